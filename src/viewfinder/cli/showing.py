"""Tables for the terminal."""

from __future__ import annotations

from typing import Any

from rich.console import Console
from rich.table import Table

__all__ = ["count_of", "show_runs"]


def count_of(number: int, thing: str) -> str:
    """A number of things, as in "1 task" and "2 tasks"."""
    return f"{number} {thing}{'' if number == 1 else 's'}"


def show_runs(samples: Any) -> None:
    """Prints a dataset's annotation runs."""
    keys = samples.list_annotation_runs()
    if not keys:
        Console().print(f"{samples.name} has no annotation runs.", highlight=False)
        return
    table = Table("key", "state", "begun", "fields", "server")
    for key in keys:
        info = samples.get_annotation_info(key)
        fields = ", ".join(plan.field for plan in info.config.label_schema.fields)
        place = info.config.url or "label server of Viewfinder"
        table.add_row(key, info.config.state, f"{info.timestamp:%Y-%m-%d %H:%M}", fields, place)
    Console().print(table)
