"""The label server as an ASGI application: its parts are made and its routes put together."""

from __future__ import annotations

import logging
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from fastapi import FastAPI
from fastapi.exceptions import RequestValidationError
from fastapi.routing import APIRoute
from sqlalchemy.exc import OperationalError
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response

from viewfinder.labelserver.answers import CvatResponse, field_errors, refusal_response
from viewfinder.labelserver.auth.passwords import FailureLimit, Passwords
from viewfinder.labelserver.context import ServerParts
from viewfinder.labelserver.database import Database
from viewfinder.labelserver.errors import RefusalError
from viewfinder.labelserver.older import NEWEST_IMITATED, OlderRelease
from viewfinder.labelserver.routes import (
    auth,
    data,
    issues,
    jobs,
    label_data,
    labels,
    media,
    pages,
    projects,
    requests,
    server,
    tasks,
    users,
)
from viewfinder.labelserver.services.chunk_cache import ChunkCache
from viewfinder.labelserver.services.frames import FrameStore
from viewfinder.labelserver.services.ingest import Ingest
from viewfinder.labelserver.services.video import VideoPool
from viewfinder.labelserver.settings import Settings
from viewfinder.labelserver.shell import Shell

__all__ = ["create_app"]

_log = logging.getLogger(__name__)
_ROUTERS = (
    server.router,
    auth.router,
    auth.link_router,
    users.router,
    projects.router,
    tasks.router,
    data.router,
    media.router,
    label_data.router,
    jobs.router,
    issues.router,
    labels.router,
    requests.router,
    pages.router,
)


def create_app(settings: Settings) -> FastAPI:
    """A label server on the folder and the database of its settings.

    The database is opened and brought up to date here; what was being read when an earlier server
    ended is taken up again. Call ``app.state.close()`` when done (an ASGI server's shutdown does).

    Raises:
        ServerDataError: when the database can't be used
    """
    for folder in (settings.data_dir, settings.media_dir, settings.uploads_dir):
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    database = Database(settings.url)
    database.migrate()
    ingest = Ingest(database, settings)
    chunks = ChunkCache(settings.cache_dir, settings.max_cache_bytes)
    frames = FrameStore(settings, VideoPool(), chunks)

    def close() -> None:
        ingest.stop()
        frames.videos.close()
        database.close()

    @asynccontextmanager
    async def lifespan(_app: FastAPI) -> AsyncIterator[None]:
        yield
        close()

    app = FastAPI(
        title="Viewfinder label server",
        version=".".join(map(str, settings.cvat_version)),
        description="CVAT's REST API, version 2, as far as this server speaks it.",
        lifespan=lifespan,
        default_response_class=CvatResponse,
        docs_url=None,
        redoc_url=None,
        openapi_url="/api/schema",
        redirect_slashes=False,
        generate_unique_id_function=_operation_id,
    )
    app.state.parts = ServerParts(
        settings=settings,
        database=database,
        passwords=Passwords(),
        failure_limit=FailureLimit(settings.failed_logins_per_minute),
        frames=frames,
        start_reading=ingest.start,
    )
    app.state.close = close
    for router in _ROUTERS:
        app.include_router(router)
    app.add_exception_handler(RefusalError, refusal_response)
    app.add_exception_handler(RequestValidationError, _invalid)
    app.add_exception_handler(HTTPException, _http_error)
    app.add_exception_handler(OperationalError, _database_error)
    if settings.cvat_version < NEWEST_IMITATED:
        app.add_middleware(OlderRelease, parts=app.state.parts)
    app.add_middleware(
        Shell, allowed_hosts=settings.allowed_hosts, instance_id=settings.instance_id
    )
    ingest.resume()
    return app


def _operation_id(route: APIRoute) -> str:
    return route.name


def _invalid(_request: Request, error: Exception) -> Response:
    """A request that does not fit its message, in CVAT's form."""
    assert isinstance(error, RequestValidationError)
    errors = [
        {**each, "loc": each["loc"][1:] if each["loc"][:1] != ("path",) else each["loc"]}
        for each in error.errors()
    ]
    if any(each["type"] == "json_invalid" for each in errors):
        reason = errors[0].get("ctx", {}).get("error", "invalid JSON")
        return CvatResponse({"detail": f"JSON parse error - {reason}"}, status_code=400)
    if any(each["loc"][:1] == ("path",) for each in errors):
        return CvatResponse({"detail": "Not found."}, status_code=404)
    return CvatResponse(field_errors(errors), status_code=400)


def _database_error(_request: Request, error: Exception) -> Response:
    """The database is locked, full or gone: nothing was written, and trying again may help."""
    _log.error("the database refused", exc_info=error)
    return CvatResponse(
        {"detail": "The database can't be used at this moment. Nothing was saved; try again."},
        status_code=503,
        headers={"Retry-After": "1"},
    )


def _http_error(_request: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)
    detail = "Not found." if error.status_code == 404 else error.detail
    return CvatResponse({"detail": detail}, status_code=error.status_code, headers=error.headers)
