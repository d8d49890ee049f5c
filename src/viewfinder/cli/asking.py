"""Questions to the person at the terminal."""

from __future__ import annotations

import sys
from collections.abc import Callable, Mapping
from typing import Any, TypeVar

import typer

from viewfinder.errors import MissingCredentialsError

__all__ = ["ask_for_fields", "signed_in", "somebody_is_there"]

T = TypeVar("T")
_LEAVE = "-"


def somebody_is_there() -> bool:
    """Whether a question would be read by a person."""
    return sys.stdin.isatty()


def signed_in(call: Callable[..., T], options: dict[str, Any], *arguments: Any, **named: Any) -> T:
    """Calls something that needs a server; asks who we are where nothing says it.

    Raises:
        MissingCredentialsError: nothing says it, and there is nobody to ask
    """
    try:
        return call(*arguments, **named, **options)
    except MissingCredentialsError:
        if not somebody_is_there():
            raise
    # Kept for the calls that follow in the same command.
    options["username"] = options.get("username") or typer.prompt("User name")
    options["password"] = typer.prompt("Password", hide_input=True)
    return call(*arguments, **named, **options)


def ask_for_fields(
    samples: Any, key: str, options: dict[str, Any], arguments: Mapping[str, Any]
) -> Any:
    """Where drawings go that no field of the run has room for, asked type by type."""
    report = signed_in(
        samples.load_annotations, options, key, unexpected="return", dry_run=True, **arguments
    )
    homes: dict[str, str | None] = {}
    for kind, found in report.returned.items():
        count = sum(len(labels) for labels in found.values())
        field = typer.prompt(
            f"{count} {kind} were drawn that no field of the run has room for. Field to keep them "
            f"in ({_LEAVE} leaves them on the server)",
            default=kind,
        ).strip()
        homes[kind] = None if field == _LEAVE else field
    return homes or "keep"
