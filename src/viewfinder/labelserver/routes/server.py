"""What this server is, and lists that are always empty here but that clients ask for."""

from __future__ import annotations

from typing import Any

from fastapi import APIRouter, Request

from viewfinder.labelserver.context import Reader, parts_of
from viewfinder.labelserver.errors import InvalidRequestError
from viewfinder.labelserver.services import share
from viewfinder.labelserver.wire.messages import About, Page
from viewfinder.labelserver.wire.review import FileInfo

__all__ = ["router"]

router = APIRouter(prefix="/api", tags=["server"])


@router.get("/server/about")
def about(request: Request) -> About:
    """Name and version; answered to everybody."""
    return About(
        name="Viewfinder label server",
        description="A label server that speaks CVAT's REST API, version 2.",
        version=".".join(map(str, parts_of(request).settings.cvat_version)),
        logo_url="",
        subtitle="",
    )


@router.get("/server/plugins")
def plugins(_context: Reader) -> dict[str, bool]:
    """Optional parts of CVAT, of which this server has none."""
    return {"GIT_INTEGRATION": False, "ANALYTICS": False, "MODELS": False, "PREDICT": False}


@router.get("/server/annotation/formats")
def formats(_context: Reader) -> dict[str, list[Any]]:
    """File formats: this server imports and exports labels as JSON only."""
    return {"importers": [], "exporters": []}


def _nothing() -> Page[dict[str, Any]]:
    return Page(count=0, next=None, previous=None, results=[])


@router.get("/organizations")
def organizations(_context: Reader) -> Page[dict[str, Any]]:
    """There are no organizations here."""
    return _nothing()


@router.get("/server/share")
def browse_share(context: Reader, directory: str = "/", search: str = "") -> list[FileInfo]:
    """Files and folders of the share; a server without a share has none."""
    share_dir = context.parts.settings.share_dir
    if share_dir is None:
        return []
    place = share.resolved(share_dir, directory)
    if not place.is_dir():
        raise InvalidRequestError(f"{directory} is an invalid directory")
    return [
        FileInfo(
            name=path.name,
            type="DIR" if path.is_dir() else "REG",
            mime_type=share.kind_of(path),
        )
        for path in sorted(place.iterdir())
        if search.lower() in path.name.lower()
    ]
