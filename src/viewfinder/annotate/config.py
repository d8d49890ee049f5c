"""Which server a run goes to and how: options by argument, environment, or nothing at all.

With nothing configured the label server that comes with Viewfinder is used. Credentials are looked
up each time they are needed and are part of no record.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from viewfinder.cvat.signin import Credentials
from viewfinder.cvat.transport import clean_url
from viewfinder.errors import AnnotationError, ConfigError, suggestion

__all__ = ["BACKENDS", "Access", "Destination", "TaskOptions", "destination_of", "parse_options"]

BACKENDS = ("cvat", "embedded")

_PREFIXES = ("VIEWFINDER_CVAT_", "FIFTYONE_CVAT_")


@dataclass(frozen=True, slots=True, kw_only=True)
class TaskOptions:
    """How tasks are made on the server. Kept in the run's record."""

    task_name: str | None = None
    """Name of the tasks; numbered where there are several."""
    task_size: int | None = None
    """Images a task at most; None for all in one."""
    segment_size: int | None = None
    """Images a job at most; None for all in one."""
    image_quality: int = 75
    """JPEG quality (0 to 100) of the copies that browsers get."""
    use_cache: bool = True
    """Whether the server makes chunks when they are asked for."""
    use_zip_chunks: bool = True
    """Whether chunks are archives of images."""
    chunk_size: int | None = None
    """Frames a chunk."""
    task_assignee: str | tuple[str, ...] | None = None
    """User name, or several in turn, a task each."""
    job_assignees: tuple[str, ...] | None = None
    """User names in turn, a job each."""
    project_name: str | None = None
    """Project that the tasks go into; made where there is none of that name."""
    issue_tracker: str | None = None
    """Address of an issue tracker."""
    occluded_attr: str | None = None
    """Attribute that stands for the server's own occluded flag, in every field with shapes."""
    group_id_attr: str | None = None
    """Attribute that stands for the server's own group number, in every field with shapes."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Access:
    """How the server is reached. Never kept in a record, except `url` and `organization`."""

    url: str | None = None
    username: str | None = None
    password: str | None = field(default=None, repr=False)
    token: str | None = field(default=None, repr=False)
    email: str | None = field(default=None, repr=False)
    headers: Mapping[str, str] | None = field(default=None, repr=False)
    organization: str | None = None
    ca_bundle: str | Path | None = None
    verify_tls: bool = True
    timeout_secs: float = 60.0
    """The longest silence of the server within one request."""


@dataclass(frozen=True, slots=True)
class Destination:
    """A server, and who we are there; `url` is None for the server that comes with Viewfinder."""

    url: str | None
    access: Access

    @property
    def backend(self) -> str:
        """Name of the backend."""
        return "embedded" if self.url is None else "cvat"

    def credentials(self) -> Credentials:
        """Who we are there.

        Raises:
            ConfigError: neither a token nor user name and password were given
        """
        access = self.access
        return Credentials(
            username=access.username,
            password=access.password,
            token=access.token,
            email=access.email,
        )


def parse_options(options: Mapping[str, Any]) -> tuple[TaskOptions, Access]:
    """Options by name, as people give them to ``annotate``.

    Raises:
        AnnotationError: a name that is no option, or a value that can't be one
    """
    task_names = {item.name for item in fields(TaskOptions)}
    access_names = {item.name for item in fields(Access)}
    for name in options:
        if name not in task_names | access_names:
            near = suggestion(name, task_names | access_names, "Options")
            raise AnnotationError(f"annotate() has no option '{name}'. {near}")
    given = {name: value for name, value in options.items() if value is not None}
    for name in ("task_size", "segment_size", "chunk_size"):
        _check_whole(name, given.get(name), 1, None)
    _check_whole("image_quality", given.get("image_quality"), 0, 100)
    for name in ("task_assignee", "job_assignees"):
        value = given.get(name)
        if isinstance(value, list | tuple):
            given[name] = tuple(value)
        elif name == "job_assignees" and isinstance(value, str):
            given[name] = (value,)
    task = TaskOptions(**{name: value for name, value in given.items() if name in task_names})
    access = Access(**{name: value for name, value in given.items() if name in access_names})
    return task, access


def _check_whole(name: str, value: Any, least: int, most: int | None) -> None:
    if value is None:
        return
    fits = isinstance(value, int) and not isinstance(value, bool) and value >= least
    if not fits or (most is not None and value > most):
        limits = f"of at least {least}" if most is None else f"from {least} to {most}"
        raise AnnotationError(f"{name}={value!r}: give a whole number {limits}.")


def destination_of(
    access: Access, *, backend: str | None = None, recorded: Mapping[str, Any] | None = None
) -> Destination:
    """The server to talk to.

    Args:
        access: what the caller gave
        backend: "cvat", "embedded", or None to go by what is configured
        recorded: the run's own record of where it went, when it is not new

    Raises:
        AnnotationError: there is no such backend
        ConfigError: the settings contradict each other
    """
    if backend is not None and backend not in BACKENDS:
        near = suggestion(str(backend), BACKENDS, "Backends")
        raise AnnotationError(f"There is no annotation backend {backend!r}. {near}")
    if recorded is not None:
        backend, url = recorded["backend"], recorded.get("url")
    else:
        url = access.url or (_environment("URL") if backend != "embedded" else None)
    if backend == "embedded" or (backend is None and url is None):
        return Destination(None, _embedded_access(access))
    if url is None:
        raise ConfigError(
            "Say which CVAT server: url='https://cvat.example.org', or the environment variable "
            "VIEWFINDER_CVAT_URL."
        )
    return Destination(clean_url(url), _with_environment(access, clean_url(url)))


def _embedded_access(access: Access) -> Access:
    given = [
        name
        for name in ("url", "username", "password", "token", "email", "organization")
        if getattr(access, name) is not None
    ]
    if given:
        raise ConfigError(
            f"{', '.join(given)} given, but no server: give url= as well, or leave them out to use "
            "the label server that comes with Viewfinder."
        )
    return access


def _with_environment(access: Access, url: str) -> Access:
    """What was given, completed from the environment where that speaks of the same server."""
    if access.token is not None or access.password is not None:
        return access
    known = _environment("URL")
    if known is not None and urlsplit(clean_url(known)).netloc != urlsplit(url).netloc:
        # Credentials for one server are not shown to another.
        return access
    found = {
        name: getattr(access, name) or _environment(name.upper())
        for name in ("username", "password", "token", "email", "organization", "ca_bundle")
    }
    given = {item.name: getattr(access, item.name) for item in fields(Access)}
    return Access(**{**given, **found})


def _environment(name: str) -> str | None:
    values = (os.environ.get(prefix + name) for prefix in _PREFIXES)
    return next((value for value in values if value), None)
