"""What people see in a terminal: values laid out, the log's level, and bars."""

from __future__ import annotations

import logging
import os
import pprint as pretty
from typing import Any, TextIO

__all__ = [
    "disable_progress_bars",
    "get_logging_level",
    "pformat",
    "pprint",
    "set_logging_level",
]


def pformat(obj: Any, indent: int = 4, width: int = 80, depth: int | None = None) -> str:
    """A value as text over several lines; labels and documents as dicts.

    Args:
        obj: any value
        indent: blanks for each level
        width: how long lines may be
        depth: how many levels to show; all otherwise
    """
    return pretty.pformat(_plain(obj), indent=indent, width=width, depth=depth)


def pprint(
    obj: Any,
    stream: TextIO | None = None,
    indent: int = 4,
    width: int = 80,
    depth: int | None = None,
) -> None:
    """Prints what :func:`pformat` gives, to `stream` where one is given."""
    text = pformat(obj, indent, width, depth)
    print(text, file=stream)


def get_logging_level() -> int:
    """The level of the log of Viewfinder, such as ``logging.INFO``."""
    return logging.getLogger("viewfinder").getEffectiveLevel()


def set_logging_level(level: int) -> None:
    """Sets the level of the log of Viewfinder, such as ``logging.WARNING``."""
    logging.getLogger("viewfinder").setLevel(level)


def disable_progress_bars() -> None:
    """Shows no bars from now on, in this process and those that it starts.

    ``progress=True`` still shows one; ``VIEWFINDER_SHOW_PROGRESS`` says so for a whole environment.
    """
    os.environ["VIEWFINDER_SHOW_PROGRESS"] = "0"


def _plain(value: Any) -> Any:
    if hasattr(value, "to_dict"):
        return value.to_dict()
    if isinstance(value, dict):
        return {name: _plain(part) for name, part in value.items()}
    if isinstance(value, (list, tuple)):
        return type(value)(map(_plain, value)) if type(value) in (list, tuple) else value
    return value
