from __future__ import annotations

import io
import json

import numpy as np
import pytest
from rich.console import Console

from viewfinder.annotate.back.reading import Comment, Issue
from viewfinder.annotate.back.report import Change, Report
from viewfinder.errors import AnnotationError
from viewfinder.samples import Place

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


def test_one_of_a_thing_is_told_as_one() -> None:
    issue = Issue(3, SAMPLE, None, 12, (0.1, 0.2, 0.3, 0.4), True, (), "")
    text = str(Report("k", False, unreached={"x": "gone"}, unchanged=1, issues=(issue,)))
    assert text.splitlines()[1:] == [
        "Unchanged: 1 label, exactly as it was sent",
        "Not touched: labels of 1 sample (gone)",
        "Reviewers: 1 issue, 0 of them open",
    ]


def test_nothing_to_tell() -> None:
    out = io.StringIO()
    Report("k", dry_run=True).print_report(out)
    assert out.getvalue().startswith("Annotation run 'k' would bring: no changes\n")


def test_a_long_report_is_cut() -> None:
    many = tuple(Change("added", SAMPLE, "gt", f"{n:024}") for n in range(60))
    text = str(Report("k", dry_run=False, changes=many))
    assert "… and 10 more in report.changes" in text


def test_a_report_of_frames_and_remarks() -> None:
    issue = Issue(
        3, SAMPLE, 7, 12, (0.1, 0.2, 0.3, 0.4), False, (Comment("ann", "look", None),), ""
    )
    framed = Report(
        "k",
        dry_run=False,
        changes=(Change("added", SAMPLE, "frames.gt", LABEL, after="dog", frame_number=7),),
        unreached_frames={Place(SAMPLE, 8): "job 2 is in state 'new'"},
        issues=(issue,),
    )
    lines = str(framed).splitlines()
    assert lines[3].split() == ["what", "sample", "frame", "field", "label", "before", "after"]
    assert lines[5].split()[:3] == ["added", "abcdef", "7"]
    assert lines[-2:] == [
        "Not touched: labels of 1 frame (job 2 is in state 'new')",
        "Reviewers: 1 issue, 1 of them open",
    ]
    data = framed.to_dict()
    assert data["unreached_frames"] == [
        {"sample_id": SAMPLE, "frame_number": 8, "reason": "job 2 is in state 'new'"}
    ]
    assert data["issues"][0]["comments"] == ({"author": "ann", "text": "look", "time": None},)


def test_a_report_as_json() -> None:
    data = json.loads(report().to_json())
    assert data["counts"]["refused"] == 2
    assert data["changes"][1]["after"] == [0.25, 0.5]
    assert data["changes"][2]["after"] == "array float64 3×5"
    assert (data["unreached"], data["version"]) == (
        {"x": "its task is gone", "y": "its task is gone"},
        12,
    )


def test_a_report_in_colours() -> None:
    out = io.StringIO()
    Console(file=out, force_terminal=True, width=120).print(report())
    text = out.getvalue()
    assert "\x1b[" in text
    assert "additions not allowed" in text
    assert "Note: A note." in text


def test_a_report_without_a_dataset_shows_no_view() -> None:
    with pytest.raises(AnnotationError, match="knows no dataset"):
        report().view()
