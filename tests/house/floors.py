"""The floors of docs/architecture.md as data: who stands where, and whom each room may import."""

from __future__ import annotations

from dataclasses import dataclass

GROUND = frozenset({"config", "errors", "ids", "optional", "progress"})
"""The modules at the bottom: every room may import them, they import only each other."""


@dataclass(frozen=True, slots=True)
class Floor:
    """Where one room stands: its level, and the rooms below that it may import."""

    level: int
    may_import: frozenset[str]


def _floor(level: int, *rooms: str) -> Floor:
    return Floor(level, frozenset(rooms))


FLOORS: dict[str, Floor] = {
    "__init__": _floor(
        13,
        *("labels", "schema", "expr", "stages", "samples", "facade", "zoo", "server"),
    ),
    "cli": _floor(12, "facade", "zoo", "server", "labelserver"),
    "zoo": _floor(11, "media", "labels", "samples", "transfer", "compute", "facade"),
    "server": _floor(
        11,
        *("media", "labels", "schema", "expr", "stages", "samples", "brain", "evaluate"),
        *("labelserver", "facade"),
    ),
    "facade": _floor(
        10, "samples", "compute", "transfer", "annotate", "evaluate", "brain", "plots"
    ),
    "brain": _floor(9, "labels", "expr", "samples", "compute"),
    "plots": _floor(9, "expr", "samples", "evaluate"),
    "compute": _floor(8, "media", "labels", "schema", "samples"),
    "transfer": _floor(8, "media", "labels", "schema", "formats", "samples"),
    "annotate": _floor(
        8, "geometry", "media", "labels", "schema", "cvat", "labelserver", "samples"
    ),
    "evaluate": _floor(8, "geometry", "labels", "schema", "expr", "samples"),
    "samples": _floor(
        7, "geometry", "media", "labels", "schema", "expr", "stages", "engine", "store"
    ),
    "labelserver": _floor(6, "geometry", "media", "labels", "cvat", "formats"),
    "engine": _floor(6, "schema", "expr", "labels", "store"),
    "store": _floor(5, "schema", "labels"),
    "stages": _floor(5, "labels", "schema", "expr"),
    "formats": _floor(5, "geometry", "media", "labels", "cvat"),
    "expr": _floor(4, "schema"),
    "cvat": _floor(4, "geometry", "labels"),
    "schema": _floor(3, "labels", "media"),
    "labels": _floor(2, "geometry"),
    "geometry": _floor(1),
    "media": _floor(1),
}
# compat serves another package's names from this one: it may know every room below it.
FLOORS["compat"] = Floor(12, frozenset(name for name, floor in FLOORS.items() if floor.level < 12))
