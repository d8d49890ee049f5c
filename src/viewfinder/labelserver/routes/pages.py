"""The pages for people: one built page for all of them, and its assets."""

from __future__ import annotations

from html import escape
from pathlib import Path

from fastapi import APIRouter, Request
from starlette.responses import FileResponse, HTMLResponse, Response

from viewfinder.labelserver.context import parts_of
from viewfinder.labelserver.errors import NotFoundError

__all__ = ["router"]

router = APIRouter(include_in_schema=False)
_MISSING = """<!doctype html>
<html lang="en"><head><meta charset="utf-8"><title>Viewfinder label server</title></head>
<body><h1>The label server runs, but its pages are not built</h1>
<p>Build them with <code>npm --prefix web ci</code> and <code>npm --prefix web run build</code> in
the project's folder (<code>make demo</code> does it, too), then reload this page. The API
under <code>/api</code> works without them.</p></body></html>
"""


@router.get("/")
@router.get("/auth/login")
@router.get("/tasks")
@router.get("/tasks/{task_id:int}")
@router.get("/tasks/{task_id:int}/jobs/{job_id:int}")
def page(request: Request) -> Response:
    """The page, whatever the address: it reads the address itself."""
    index = parts_of(request).settings.static_dir / "index.html"
    if not index.is_file():
        return HTMLResponse(_MISSING, status_code=503)
    root = request.scope.get("root_path", "").rstrip("/")
    # The build refers to its assets relatively, so that it works behind any prefix.
    base = f'<base href="{escape(root, quote=True)}/static/" />'
    html = index.read_text(encoding="utf-8")
    if "<base " not in html:
        html = html.replace("<head>", f"<head>{base}", 1)
    return HTMLResponse(html, headers={"Cache-Control": "no-cache"})


@router.get("/static/{path:path}")
def asset(request: Request, path: str) -> Response:
    """A built file."""
    folder = parts_of(request).settings.static_dir.resolve()
    file = (folder / path).resolve()
    if not file.is_relative_to(folder) or not file.is_file():
        raise NotFoundError
    return FileResponse(file, headers={"Cache-Control": _caching(file)})


def _caching(file: Path) -> str:
    # Assets carry a digest of their content in their names; the page itself does not.
    return "public, max-age=31536000, immutable" if file.parent.name == "assets" else "no-cache"
