"""What the library says in Python, said in commands."""

from __future__ import annotations

import re
from collections.abc import Sequence

from viewfinder.errors import ConfigError

__all__ = ["as_commands", "one_of"]

_KEY = r"\('(?P<key>[^']*)'"
_COMMANDS = (
    # What begins like another comes before it.
    (
        rf"load_annotation_results{_KEY}\)\.cleanup\(\), then delete_annotation_run\('[^']*'\)",
        r"'viewfinder cleanup DATASET \g<key> --forget'",
    ),
    (rf"load_annotation_results{_KEY}\)\.cleanup\(\)", r"'viewfinder cleanup DATASET \g<key>'"),
    (rf"delete_annotation_run{_KEY}\)", r"'viewfinder cleanup DATASET \g<key> --forget'"),
    (rf"\bannotate{_KEY}, resume=True\)", r"'viewfinder annotate DATASET \g<key> --resume'"),
    (r"list_annotation_runs\(\)", "'viewfinder runs DATASET'"),
    (r"\bdelete_annotation_run\b", "'viewfinder cleanup --forget'"),
    (r"\bresume=True", "--resume"),
    (r"\bdry_run=True", "--dry-run"),
    (r"\blabel_type='(\w+)'", r"--type \1"),
    (r"\burl=(?=[' ])", "--url "),
    (r"\bbackend='(\w+)'", r"--option backend=\1"),
)
"""Calls and arguments of the library, and the commands and options that do the same."""


def as_commands(message: str) -> str:
    """A message of the library in which calls are the commands that do the same, where one does."""
    for call, command in _COMMANDS:
        message = re.sub(call, command, message)
    return re.sub(r"--url +", "--url ", message)


def one_of(option: str, value: str, choices: Sequence[str]) -> None:
    """Checks that a value was chosen from a few.

    Raises:
        ConfigError: it is another
    """
    if value not in choices:
        *most, last = choices
        raise ConfigError(f"{option} {value!r}: choose {', '.join(most)} or {last}.")
