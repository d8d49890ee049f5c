"""The figures of the table: what each is called, its unit, and the target that was promised."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

__all__ = ["FIGURES", "TARGET_SAMPLES", "Figure", "as_text", "compare_answers", "table"]

TARGET_SAMPLES = 100_000
"""The size that the targets are promised for."""

Unit = Literal["samples/s", "ms", "MiB", "MB"]


@dataclass(frozen=True, slots=True)
class Figure:
    """One line of the table."""

    key: str
    title: str
    unit: Unit
    target: float | None = None
    """At least so many samples a second, or at most so much of anything else."""
    peer: Literal["same", "fewer", "none"] = "same"
    """Whether the peer is measured with as many samples, with fewer where the work goes through its
    Python objects, or not at all."""

    def value(self, figures: Mapping[str, Mapping[str, Any]]) -> float | None:
        """The figure of one side in its unit; None where it was not measured."""
        found = figures.get(self.key)
        if found is None:
            return None
        if self.unit == "samples/s":
            return float(found["per_sec"])
        return float(found["wall_secs"] * 1e3 if self.unit == "ms" else found["value"])

    def meets(self, value: float) -> bool | None:
        """Whether the target is met; None where there is none."""
        if self.target is None:
            return None
        return value >= self.target if self.unit == "samples/s" else value <= self.target

    def ratio(self, ours: float, peers: float) -> float:
        """How many times better we are."""
        return ours / peers if self.unit == "samples/s" else peers / ours


FIGURES = (
    Figure("ingest", "ingest of Python objects, building them not counted", "samples/s", 10_000,
           peer="fewer"),
    Figure("build_and_ingest", "the same, building them counted", "samples/s", peer="fewer"),
    Figure("ingest_peak_mib", "peak memory of that process", "MiB", 1500, peer="none"),
    Figure("ingest_arrays", "ingest of arrays", "samples/s", 100_000),
    Figure("disk_mb", "size on disk", "MB"),
    Figure("iterate", "iterating samples with all their labels", "samples/s", 5_000,
           peer="fewer"),
    Figure("filter_sort_first_20", "filter labels, sort by their number, first 20", "ms", 60),
    Figure("filter_sort_first_20_cold", "the same as the first question of a process", "ms"),
    Figure("filter_sort_count", "filter labels, sort by their number, count", "ms"),
    Figure("count_values", "`count_values` of labels", "ms", 30),
    Figure("count_values_after_saves", "the same over 2,000 saves just made", "ms"),
    Figure("distinct", "`distinct` of labels", "ms"),
    Figure("bounds", "`bounds` of confidences", "ms"),
    Figure("mean", "`mean` of confidences", "ms"),
    Figure("histogram", "`histogram_values` of confidences, 50 bins", "ms"),
    Figure("values", "`values` of all confidences, as Python numbers", "ms"),
    Figure("lookup", "`dataset[id]` with its labels", "ms", peer="fewer"),
    Figure("save_scalar", "committed `sample.save()` of a number", "ms", 0.5, peer="fewer"),
    Figure("save_label", "committed `sample.save()` of a changed label", "ms", 0.5,
           peer="fewer"),
    Figure("reopen", "reopening and the first count", "ms", 50),
    Figure("import", "import", "ms"),
)  # fmt: skip


def table(
    ours: Mapping[str, Mapping[str, Any]],
    peers: Mapping[str, Mapping[str, Any]],
    *,
    targets: bool,
) -> list[tuple[str, str, str, str, str, str]]:
    """The lines: title, our figure, target, whether it is met, the peer's figure, the ratio.

    Targets are left out where `targets` is not set, because they were promised for one size.
    """
    rows = []
    for figure in FIGURES:
        mine = figure.value(ours)
        its = None if figure.peer == "none" else figure.value(peers)
        if mine is None:
            continue
        met = figure.meets(mine) if targets else None
        target = "" if met is None else _target(figure)
        rows.append(
            (
                figure.title + (" *" if its is not None and figure.peer == "fewer" else ""),
                as_text(mine, figure.unit),
                target,
                {None: "", True: "met", False: "MISSED"}[met],
                "" if its is None else as_text(its, figure.unit),
                "" if its is None else f"{figure.ratio(mine, its):,.3g}×",
            )
        )
    return rows


def compare_answers(one: Mapping[str, Any], other: Mapping[str, Any]) -> list[str]:
    """The names of the answers that both sides gave and that differ."""
    return [name for name in one.keys() & other.keys() if not _same(one[name], other[name])]


def as_text(value: float, unit: str) -> str:
    """A number with about three digits that count, and its unit."""
    digits = 0 if value >= 100 else 1 if value >= 10 else 2
    return f"{value:,.{digits}f} {unit}"


def _target(figure: Figure) -> str:
    sign = "≥" if figure.unit == "samples/s" else "≤"
    return f"{sign} {figure.target:,g} {figure.unit}"


def _same(one: Any, other: Any) -> bool:
    if isinstance(one, float) and isinstance(other, (int, float)):
        # Sums of floats depend on the order in which they are added up.
        return abs(one - other) <= 1e-9 * max(abs(one), abs(other))
    if isinstance(one, list) and isinstance(other, list):
        return len(one) == len(other) and all(map(_same, one, other))
    return bool(one == other)
