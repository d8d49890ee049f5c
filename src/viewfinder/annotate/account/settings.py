"""What is configured for annotation: files, environment, and what a program sets while it runs.

Nothing is read before somebody asks. A value that a program has set goes before the environment,
the environment before files, an own file before one that was written for FiftyOne.
"""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from copy import deepcopy
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from viewfinder.annotate.options import ACCESS_NAMES, TASK_NAMES, url_of
from viewfinder.config import home
from viewfinder.errors import AnnotationError, ConfigError, suggestion

__all__ = ["AnnotationConfig", "Source", "annotation_config", "sources"]

BACKEND_NAMES = ("cvat", "embedded")
_PREFIXES = ("VIEWFINDER_", "FIFTYONE_")
_FILE_NAME = "annotation_config.json"
_SECRET = frozenset({"password", "token", "email", "headers"})
_TEXT = frozenset(
    {"url", "username", "password", "token", "email", "organization", "ca_bundle", "task_name"}
    | {"project_name", "occluded_attr", "group_id_attr"}
)
_LISTS = frozenset({"job_assignees", "job_reviewers", "task_assignee", "issue_tracker"})
_FROM_TEXT = (TASK_NAMES | ACCESS_NAMES) - {"headers", "project_fields", "server_files"}


@dataclass(frozen=True, slots=True)
class Source:
    """One place where something is configured."""

    place: str
    """For people: a path, or "the environment"."""
    default_backend: str | None = None
    backends: Mapping[str, Mapping[str, Any]] = field(default_factory=dict, repr=False)
    """Options by backend."""


class AnnotationConfig:
    """What is configured for annotation, to look at and to change for this process.

    ::

        vf.annotation_config.default_backend = "cvat"
        vf.annotation_config.backends["cvat"]["url"] = "https://cvat.example.org"
        print(vf.annotation_config)  # secrets are not shown
    """

    def __init__(self) -> None:
        self._default: str | None = None
        self._backends: dict[str, dict[str, Any]] | None = None
        self._found: dict[str, dict[str, Any]] = {}

    @property
    def default_backend(self) -> str | None:
        """The backend of runs that name none; None: "cvat" where an address is known."""
        found = (source.default_backend for source in sources())
        return self._default or next((name for name in found if name), None)

    @default_backend.setter
    def default_backend(self, name: str | None) -> None:
        self._default = None if name is None else _backend_name(name)

    @property
    def backends(self) -> dict[str, dict[str, Any]]:
        """Options by backend; change them in place."""
        if self._backends is None:
            self._backends = {name: {} for name in BACKEND_NAMES}
            for source in reversed(_outside()):
                for name, options in source.backends.items():
                    self._backends[name].update(options)
            self._found = deepcopy(self._backends)
        return self._backends

    @backends.setter
    def backends(self, backends: Mapping[str, Mapping[str, Any]]) -> None:
        checked = {_backend_name(name): dict(options) for name, options in backends.items()}
        self._backends = {**{name: {} for name in BACKEND_NAMES}, **checked}
        self._found = {}

    @property
    def own(self) -> dict[str, dict[str, Any]]:
        """What this process has set itself, by backend."""
        return {
            name: {
                key: value
                for key, value in options.items()
                if key not in self._found.get(name, {}) or self._found[name][key] != value
            }
            for name, options in (self._backends or {}).items()
        }

    def reload(self) -> None:
        """Forgets what this process has set."""
        self._default, self._backends, self._found = None, None, {}

    def serialize(self) -> dict[str, Any]:
        """All of it as a dict, without secrets."""
        shown = {
            name: {key: "***" if key in _SECRET else value for key, value in options.items()}
            for name, options in self.backends.items()
        }
        return {"default_backend": self.default_backend, "backends": shown}

    def __repr__(self) -> str:
        return json.dumps(self.serialize(), indent=4, default=str)


annotation_config = AnnotationConfig()


def sources() -> list[Source]:
    """Everything that is configured, the first to be asked first.

    Raises:
        ConfigError: a file or a variable can't be understood
    """
    return [Source("vf.annotation_config", None, annotation_config.own), *_outside()]


def config_paths() -> list[Path]:
    """The files that are looked for, the first to be asked first."""
    chosen = (os.environ.get(prefix + "ANNOTATION_CONFIG_PATH") for prefix in _PREFIXES)
    named = [Path(path).expanduser() for path in chosen if path]
    if named:
        return named[:1]
    user = Path("~").expanduser()
    folders = (home(), user / ".viewfinder", user / ".fiftyone")
    return list(dict.fromkeys(folder / _FILE_NAME for folder in folders))


def _outside() -> list[Source]:
    """Environment and files."""
    found = [_environment(prefix) for prefix in _PREFIXES]
    return found + [_read(path) for path in config_paths() if path.is_file()]


def _read(path: Path) -> Source:
    try:
        data = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise ConfigError(
            f"{path} can't be read ({error}). Correct the file or take it away; it is JSON like "
            '{"backends": {"cvat": {"url": "https://cvat.example.org"}}}.'
        ) from error
    if not isinstance(data, dict):
        raise ConfigError(f"{path} holds no JSON object; begin it with {{ and end it with }}.")
    backends: dict[str, dict[str, Any]] = {}
    for name, options in (data.get("backends") or {}).items():
        # Files that are shared with other tools speak of backends that are none of ours.
        if name in BACKEND_NAMES and isinstance(options, Mapping):
            backends[name] = _checked(dict(options), f"{path}: ")
    flat = {
        key.removeprefix("cvat_"): value for key, value in data.items() if key.startswith("cvat_")
    }
    if flat:
        backends["cvat"] = {**_checked(flat, f"{path}: cvat_"), **backends.get("cvat", {})}
    default = data.get("default_backend")
    return Source(str(path), default if default in BACKEND_NAMES else None, backends)


def _environment(prefix: str) -> Source:
    options: dict[str, Any] = {}
    for name in sorted(_FROM_TEXT | {"port", "https"}):
        text = os.environ.get(f"{prefix}CVAT_{name.upper()}", "")
        if text:
            options[name] = _value(f"{prefix}CVAT_{name.upper()}", name, text)
    default = os.environ.get(prefix + "ANNOTATION_DEFAULT_BACKEND") or None
    if default is not None and default not in BACKEND_NAMES:
        raise ConfigError(
            f"{prefix}ANNOTATION_DEFAULT_BACKEND={default!r}: choose one of "
            f"{', '.join(BACKEND_NAMES)}."
        )
    checked = _checked(options, f"{prefix}CVAT_")
    return Source("the environment", default, {"cvat": checked} if checked else {})


def _value(variable: str, name: str, text: str) -> Any:
    """The value of a variable; a password of digits stays text."""
    if name in _TEXT:
        return text
    if name in _LISTS:
        names = [part.strip() for part in text.split(",")]
        return names if len(names) > 1 else names[0]
    try:
        # Numbers, true and false are written as in JSON.
        return json.loads(text.lower())
    except ValueError:
        raise ConfigError(f"{variable}={text!r} can't be read; give a number or true/false.") from (
            None
        )


def _checked(options: dict[str, Any], place: str) -> dict[str, Any]:
    """Options of today's spelling, numbers that stand for text as text."""
    port, https = options.pop("port", None), options.pop("https", None)
    known = TASK_NAMES | ACCESS_NAMES
    for key in options:
        if key not in known and key != "config_cls":
            raise ConfigError(
                f"{place}there is no option '{key}'. {suggestion(key, known, 'Known')}"
            )
    made = {
        key: str(value) if key in _TEXT and isinstance(value, int | float) else value
        for key, value in options.items()
        if value is not None and key != "config_cls"
    }
    if "url" in made:
        try:
            made["url"] = url_of(made["url"], port, https)
        except AnnotationError as error:
            raise ConfigError(f"{place}{error}") from error
    return made


def _backend_name(name: str) -> str:
    if name not in BACKEND_NAMES:
        near = suggestion(str(name), BACKEND_NAMES, "Backends")
        raise ConfigError(f"There is no annotation backend {name!r}. {near}")
    return name
