from __future__ import annotations

import io

import numpy as np

from viewfinder.annotate.report import Change, Report

SAMPLE, LABEL = "s" * 18 + "abcdef", "l" * 18 + "012345"


def report() -> Report:
    return Report(
        key="k",
        dry_run=False,
        changes=(
            Change("added", SAMPLE, "gt", LABEL, after="dog"),
            Change("edited", SAMPLE, "gt", LABEL[::-1], "bounding_box", [0.1, 1 / 3], [0.25, 0.5]),
            Change("edited", SAMPLE, "gt", LABEL[::-1], "mask", None, np.ones((3, 5))),
            Change("refused", SAMPLE, "gt", None, after="cat", reason="additions not allowed"),
            Change("refused", SAMPLE, "gt", None, after="cat", reason="additions not allowed"),
        ),
        unreached={"x": "its task is gone", "y": "its task is gone"},
        notes=("A note.",),
        unchanged=7,
        version=12,
    )


def test_labels_are_counted_once_and_the_nameless_each() -> None:
    counts = report().counts
    assert counts == {
        "added": 1, "edited": 1, "deleted": 0, "conflict": 0, "refused": 2, "unexpected": 0
    }  # fmt: skip
    assert report().has_changes
    assert len(report().of("edited")) == 2


def test_a_report_is_a_table() -> None:
    assert (
        str(report())
        == """\
Annotation run 'k' brought: 1 added, 1 edited, 2 refused
Unchanged: 7 labels, exactly as they were sent

what     sample  field  label   attribute     before         after        why
───────  ──────  ─────  ──────  ────────────  ─────────────  ───────────  ─────────────────────
added    abcdef  gt     012345                –              dog
edited   abcdef  gt     llllll  bounding_box  [0.1, 0.3333]  [0.25, 0.5]
edited   abcdef  gt     llllll  mask          –              mask 5×3
refused  abcdef  gt                           –              cat          additions not allowed
refused  abcdef  gt                           –              cat          additions not allowed
Not touched: labels of 2 samples (its task is gone)
Note: A note."""
    )


def test_nothing_to_tell() -> None:
    out = io.StringIO()
    Report("k", dry_run=True).print_report(out)
    assert out.getvalue().startswith("Annotation run 'k' would bring: no changes\n")


def test_a_long_report_is_cut() -> None:
    many = tuple(Change("added", SAMPLE, "gt", f"{n:024}") for n in range(60))
    text = str(Report("k", dry_run=False, changes=many))
    assert "… and 10 more in report.changes" in text
