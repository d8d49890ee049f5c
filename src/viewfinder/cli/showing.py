"""Tables for the terminal."""

from __future__ import annotations

from typing import Any

from rich.console import Console
from rich.table import Table

__all__ = ["show_runs"]


def show_runs(samples: Any) -> None:
    """Prints a dataset's annotation runs."""
    table = Table("key", "state", "begun", "fields", "server")
    for key in samples.list_annotation_runs():
        info = samples.get_annotation_info(key)
        fields = ", ".join(plan.field for plan in info.config.label_schema.fields)
        place = info.config.url or "label server of Viewfinder"
        table.add_row(key, info.config.state, f"{info.timestamp:%Y-%m-%d %H:%M}", fields, place)
    Console().print(table)
