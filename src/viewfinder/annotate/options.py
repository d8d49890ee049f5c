"""The options of ``annotate`` beside what is annotated: checked by name and value, older spellings
included, and sorted into those about tasks and those about reaching the server.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, fields
from pathlib import Path
from typing import Any

from viewfinder.errors import AnnotationError, suggestion

__all__ = ["Access", "FrameOption", "TaskOptions", "parse_access", "parse_options"]

FrameOption = int | tuple[int | None, ...] | dict[str, int | None] | None
"""A number of frames for every video, for each in turn, or for each path."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TaskOptions:
    """How tasks are made on the server. Kept in the run's record."""

    task_name: str | None = None
    """Name of the tasks; numbered where there are several."""
    task_size: int | None = None
    """Images a task at most; None for all in one. A video is always a task of its own."""
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
    job_reviewers: tuple[str, ...] | None = None
    """User names of reviewers. Servers of today know no reviewer of a job: a note says so."""
    project_name: str | None = None
    """Project that the tasks go into; made where there is none of that name."""
    project_id: int | None = None
    """Project that the tasks go into; it has to exist. Goes before `project_name`."""
    project_fields: dict[str, str] | None = None
    """The field of each class of the project, where several fields of the run share its classes."""
    issue_tracker: str | tuple[str, ...] | None = None
    """Address of an issue tracker, or several in turn, a task each."""
    occluded_attr: str | None = None
    """Attribute that stands for the server's own occluded flag, in every field with shapes."""
    group_id_attr: str | None = None
    """Attribute that stands for the server's own group number, in every field with shapes."""
    frame_start: FrameOption = None
    """First frame of videos, from 0."""
    frame_stop: FrameOption = None
    """Last frame of videos, which is part of the task."""
    frame_step: FrameOption = None
    """Every how many frames of videos are annotated."""
    server_files: dict[str, str] | None = None
    """Media that the server has already: folder here to folder there. Nothing is uploaded."""
    cloud: int | None = None
    """The server's number of the cloud storage that `server_files` lie in."""
    coerce_text_attrs: bool = True
    """Whether text typed into an attribute that no label has yet may become a number."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Access:
    """How the server is reached. Never kept in a record, except `url` and `organization`."""

    url: str | None = None
    username: str | None = None
    password: str | None = field(default=None, repr=False)
    token: str | None = field(default=None, repr=False)
    """An API token or a personal access token."""
    email: str | None = field(default=None, repr=False)
    headers: Mapping[str, str] | None = field(default=None, repr=False)
    organization: str | None = None
    ca_bundle: str | Path | None = None
    verify_tls: bool = True
    timeout_secs: float = 60.0
    """The longest silence of the server within one request."""


TASK_NAMES = frozenset(item.name for item in fields(TaskOptions))
ACCESS_NAMES = frozenset(item.name for item in fields(Access))

_RENAMED = {"job_asignees": "job_assignees"}
"""Older spellings of options."""
_OLDER = frozenset({"auth", "port", "https", *_RENAMED})


def parse_options(options: Mapping[str, Any]) -> tuple[TaskOptions, Access]:
    """Options by name, as people give them to ``annotate``.

    Raises:
        AnnotationError: a name that is no option, or a value that can't be one
    """
    known = TASK_NAMES | ACCESS_NAMES
    given = {name: value for name, value in _modern(options).items() if value is not None}
    for name in given:
        if name not in known:
            raise AnnotationError(
                f"annotate() has no option '{name}'. {suggestion(name, known, 'Options')}"
            )
    for name, value in given.items():
        given[name] = _CHECKS[name](name, value) if name in _CHECKS else value
    task = TaskOptions(**{name: value for name, value in given.items() if name in TASK_NAMES})
    if task.cloud is not None and not task.server_files:
        raise AnnotationError("cloud= says where server_files lie; give server_files as well.")
    return task, Access(**{name: value for name, value in given.items() if name in ACCESS_NAMES})


def parse_access(options: Mapping[str, Any]) -> Access:
    """Only how the server is reached, of options that may say more."""
    return parse_options(options)[1]


def _modern(options: Mapping[str, Any]) -> dict[str, Any]:
    """The same options in the spelling of today.

    Raises:
        AnnotationError: an option was given twice, or an older one holds something else
    """
    modern = {name: value for name, value in options.items() if name not in _OLDER}
    found: dict[str, Any] = {
        new: options[old] for old, new in _RENAMED.items() if options.get(old) is not None
    }
    auth = options.get("auth")
    if auth is not None:
        if not isinstance(auth, Mapping) or not set(auth) <= {"username", "password", "email"}:
            raise AnnotationError('auth: give a dict like {"username": "ann", "password": "…"}.')
        found.update(auth)
    url = url_of(modern.pop("url", None), options.get("port"), options.get("https"))
    for name, value in found.items():
        if modern.get(name, value) not in (None, value):
            raise AnnotationError(f"{name} was given twice, with different values; give it once.")
        modern[name] = value
    return modern if url is None else {**modern, "url": url}


def url_of(url: Any, port: Any = None, https: Any = None) -> str | None:
    """The address of a server of which scheme and port may have been given apart.

    Raises:
        AnnotationError: something of it is no part of an address
    """
    if url is None:
        if port is not None or https is not None:
            raise AnnotationError("port and https belong to a url; give url as well.")
        return None
    if not isinstance(url, str):
        raise AnnotationError(f"url={url!r}: give text like 'https://cvat.example.org'.")
    scheme, slashes, place = url.strip().rpartition("://")
    if https is not None:
        scheme, slashes = ("https" if _flag("https", https) else "http"), "://"
    if port is not None:
        if not str(port).isdigit():
            raise AnnotationError(f"port={port!r}: give a whole number like 8080.")
        host, slash, path = place.partition("/")
        place = f"{host}:{port}{slash}{path}" if ":" not in host else place
    return f"{scheme}{slashes}{place}"


def _flag(name: str, value: Any) -> bool:
    known = {"true": True, "1": True, "false": False, "0": False}
    if isinstance(value, bool):
        return value
    if str(value).strip().lower() not in known:
        raise AnnotationError(f"{name}={value!r}: give True or False.")
    return known[str(value).strip().lower()]


def _boolean(name: str, value: Any) -> bool:
    if not isinstance(value, bool):
        raise AnnotationError(f"{name}={value!r}: give True or False.")
    return value


def _name_or_names(name: str, value: Any) -> str | tuple[str, ...]:
    return value if isinstance(value, str) else _names(name, value)


def _names(name: str, value: Any) -> tuple[str, ...]:
    if isinstance(value, str):
        return (value,)
    if not isinstance(value, list | tuple) or not all(isinstance(item, str) for item in value):
        raise AnnotationError(f"{name}={value!r}: give a name or a list of names.")
    return tuple(value)


def _pairs(name: str, value: Any) -> dict[str, str]:
    if isinstance(value, Mapping) and value:
        return {str(key): str(item) for key, item in value.items()}
    like = "{'cat': 'animals'}" if name == "project_fields" else "{'/data/photos': 'photos'}"
    raise AnnotationError(f"{name}={value!r}: give a dict like {like}.")


def _frames(name: str, value: Any) -> FrameOption:
    least = 1 if name == "frame_step" else 0
    if isinstance(value, Mapping):
        made: FrameOption = {str(path): number for path, number in value.items()}
        numbers = list(value.values())
    elif isinstance(value, list | tuple):
        made, numbers = tuple(value), list(value)
        if not value:
            raise AnnotationError(f"{name}=[]: give a number for each video in turn.")
    else:
        made, numbers = value, [value]
    for number in numbers:
        _check_whole(name, number, least, None)
    return made


def _whole(name: str, value: Any) -> int:
    least = 0 if name == "image_quality" else 1
    _check_whole(name, value, least, 100 if name == "image_quality" else None)
    return int(value)


def _check_whole(name: str, value: Any, least: int, most: int | None) -> None:
    if value is None:
        return
    fits = isinstance(value, int) and not isinstance(value, bool) and value >= least
    if not fits or (most is not None and value > most):
        limits = f"of at least {least}" if most is None else f"from {least} to {most}"
        raise AnnotationError(f"{name}={value!r}: give a whole number {limits}.")


_CHECKS: dict[str, Callable[[str, Any], Any]] = {
    **dict.fromkeys(("task_size", "segment_size", "chunk_size", "image_quality"), _whole),
    **dict.fromkeys(("project_id", "cloud"), _whole),
    **dict.fromkeys(("use_cache", "use_zip_chunks", "coerce_text_attrs", "verify_tls"), _boolean),
    **dict.fromkeys(("job_assignees", "job_reviewers"), _names),
    **dict.fromkeys(("task_assignee", "issue_tracker"), _name_or_names),
    **dict.fromkeys(("frame_start", "frame_stop", "frame_step"), _frames),
    **dict.fromkeys(("project_fields", "server_files"), _pairs),
}
"""How the value of an option is checked and written."""
