"""Labels chosen one by one, as patches, are annotated on their samples."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from tests.annotate.helpers import annotator, bits, labels_of, make_dataset
from viewfinder.errors import AnnotationError
from viewfinder.expr import F
from viewfinder.labels import Detection, Detections

There = dict[str, Any]


def boxes(*labels: str) -> Detections:
    return Detections(
        [Detection(label, [0.1 * n, 0.1, 0.2, 0.3]) for n, label in enumerate(labels)]
    )


def test_patches_send_their_labels_and_no_others(tmp_path: Path, there: There) -> None:
    dataset = make_dataset(tmp_path, {"gt": boxes("cat", "dog")}, {"gt": boxes("cat")})
    patches = dataset.to_patches("gt").match(F("gt.label") == "dog")
    before = [[bits(label) for label in labels] for labels in labels_of(dataset, "gt")]
    results = patches.annotate("dogs", label_field="gt", **there)
    with annotator(there, results.task_ids[0]) as person:
        (shape,) = person.shapes(frame=0)
        person.delete(shape)
    report = dataset.load_annotations("dogs", **there)
    assert report.counts["deleted"] == 1
    after = [[bits(label) for label in labels] for labels in labels_of(dataset, "gt")]
    assert after == [before[0][:1], before[1]]


def test_rows_that_are_no_samples_are_refused(tmp_path: Path) -> None:
    dataset = make_dataset(tmp_path, {"gt": boxes("cat")})
    both = dataset.limit(1).concat(dataset.limit(1))
    with pytest.raises(AnnotationError, match="Concat can't be annotated"):
        both.annotate("twice", label_field="gt")
    assert not dataset.has_annotation_runs
