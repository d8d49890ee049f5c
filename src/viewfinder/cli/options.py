"""What was typed behind a command, as arguments of the library."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from viewfinder.errors import ConfigError

__all__ = ["chosen_view", "read_options", "read_schema"]


def read_options(typed: Sequence[str] | None, **named: Any) -> dict[str, Any]:
    """Options by name: ``name=value`` where the value is JSON, or else text.

    Raises:
        ConfigError: something has no ``=``
    """
    options = {name: value for name, value in named.items() if value is not None}
    for item in typed or ():
        name, equals, text = item.partition("=")
        if not equals:
            raise ConfigError(f"--option {item!r}: write name=value, like segment_size=25.")
        options[name.strip()] = _value(name.strip(), text)
    return options


def read_schema(path: Path | None, fields: Sequence[str] | None) -> Any:
    """The label schema: a file's, or the fields that were named.

    Raises:
        ConfigError: the file can't be read
    """
    if path is None:
        return list(fields) if fields else None
    try:
        return json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise ConfigError(
            f"{path} can't be read as a label schema ({error}); it is JSON like "
            '{"gt": {"type": "detections", "classes": ["cat"]}}.'
        ) from error


def chosen_view(
    dataset: Any, *, view: str | None, tags: Sequence[str] | None, limit: int | None
) -> Any:
    """The samples that a command is about."""
    chosen = dataset if view is None else dataset.load_saved_view(view)
    if tags:
        chosen = chosen.match_tags(list(tags))
    return chosen if limit is None else chosen.limit(limit)


def _value(name: str, text: str) -> Any:
    if name in {"password", "token", "username"}:
        # Digits stay text.
        return text
    try:
        return json.loads(text)
    except ValueError:
        return text
