"""What every route works with: the parts that live as long as the server, and one request's user.

A route asks for `Reader` or `Writer`: the database session of its request together with the user
who sends it. A writer's session commits when the route returns and rolls back when it raises.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Annotated

from fastapi import Depends, Request
from sqlalchemy.orm import Session

from viewfinder.labelserver.auth.identity import identify
from viewfinder.labelserver.auth.passwords import FailureLimit, Passwords
from viewfinder.labelserver.database import Database
from viewfinder.labelserver.errors import RefusalError
from viewfinder.labelserver.models import User
from viewfinder.labelserver.services.frames import FrameStore
from viewfinder.labelserver.settings import Settings

__all__ = [
    "Context",
    "Links",
    "Reader",
    "ServerParts",
    "Writer",
    "parts_of",
    "reading",
    "refuse_organization",
    "require_signed_in",
    "writing",
]


@dataclass(frozen=True, slots=True)
class ServerParts:
    """What lives as long as the server."""

    settings: Settings
    database: Database
    passwords: Passwords
    failure_limit: FailureLimit
    frames: FrameStore
    start_reading: Callable[[int], None]
    """Read the uploaded media of the task of this id, in the background."""
    active_uploads: set[str] = field(default_factory=set)
    """Keys of uploads that a request is writing to at this moment."""


@dataclass(frozen=True, slots=True)
class Links:
    """Makes whole addresses, as the client of this request sees the server."""

    base: str

    def api(self, path: str) -> str:
        """The address of something under ``/api``."""
        return f"{self.base}/api/{path}"


@dataclass(frozen=True, slots=True)
class Context:
    """One request: its session, its user, and how to make addresses for its client."""

    session: Session
    user: User
    links: Links
    parts: ServerParts


def parts_of(request: Request) -> ServerParts:
    """The parts of the server that answers this request."""
    parts = request.app.state.parts
    assert isinstance(parts, ServerParts)
    return parts


def links_of(request: Request) -> Links:
    """Addresses for this request's client, made from its Host header as CVAT does."""
    root = request.scope.get("root_path", "").rstrip("/")
    return Links(base=f"{request.url.scheme}://{request.url.netloc}{root}")


def refuse_organization(request: Request) -> None:
    """This server has no organizations: only the personal workspace ("") can be meant.

    Raises:
        RefusalError: 404 for any other
    """
    wanted = request.headers.get("x-organization") or request.query_params.get("org")
    if not wanted:
        wanted = request.query_params.get("org_id")
    if wanted:
        raise RefusalError(404, {"detail": f"{wanted} organization does not exist."})


@contextmanager
def reading(request: Request) -> Iterator[Context]:
    """A context that changes nothing.

    Raises:
        RefusalError: when nobody is signed in, or another workspace is asked for
    """
    parts = parts_of(request)
    with parts.database.reading() as session:
        user = identify(session, parts.passwords, request)
        refuse_organization(request)
        yield Context(session, user, links_of(request), parts)


@contextmanager
def writing(request: Request) -> Iterator[Context]:
    """A context whose changes are committed when the block ends well.

    Raises:
        RefusalError: when nobody is signed in, or another workspace is asked for
    """
    parts = parts_of(request)
    with parts.database.reading() as session:
        # Before the write lock is taken, so that nobody who is not signed in can hold it.
        user_id = identify(session, parts.passwords, request).id
    refuse_organization(request)
    with parts.database.writing() as session:
        user = session.get(User, user_id)
        if user is None:
            raise RefusalError(401, {"detail": "User inactive or deleted."})
        yield Context(session, user, links_of(request), parts)


def require_signed_in(request: Request) -> None:
    """Refuse strangers before a large body is read or a lock is taken.

    Raises:
        RefusalError: when nobody is signed in
    """
    with reading(request):
        pass


def _reading(request: Request) -> Iterator[Context]:
    with reading(request) as context:
        yield context


def _writing(request: Request) -> Iterator[Context]:
    with writing(request) as context:
        yield context


# A session goes from thread to thread (here, route, here again), so there may never be more of them
# than worker threads: requests that wait for one must not hold what the others need to end. SQLite
# has one writer at a time anyway.
Reader = Annotated[Context, Depends(_reading, scope="function", max_concurrency=16)]
Writer = Annotated[Context, Depends(_writing, scope="function", max_concurrency=1)]
