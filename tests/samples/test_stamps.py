"""Every sample says when it was added and when it was changed last; read-only fields stay."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pytest

import viewfinder as vf
from viewfinder.errors import ReadOnlyFieldError

FORMS = [3, 2500]
"""Few stamps are edits, many are a column."""


def _dataset(count: int) -> vf.Dataset:
    dataset = vf.Dataset()
    dataset.add_samples(
        [
            vf.Sample(
                f"/{n}.png",
                n=n,
                gt=vf.Detections([vf.Detection(label="a", bounding_box=[0, 0, 1, 1], iou=0.5)]),
            )
            for n in range(count)
        ],
        progress=False,
    )
    return dataset


@pytest.mark.parametrize("count", FORMS)
def test_samples_know_when_they_were_added(count: int) -> None:
    before = datetime.now(UTC)
    dataset = _dataset(count)
    after = datetime.now(UTC)
    for sample in (dataset.first(), dataset.last()):
        assert sample.created_at is not None
        assert before <= sample.created_at <= after
        assert sample.last_modified_at == sample.created_at
    assert dataset.count("created_at") == count


def test_the_object_that_was_added_knows_too() -> None:
    dataset = vf.Dataset()
    sample = vf.Sample("/a.png")
    assert sample["created_at"] is None
    dataset.add_sample(sample)
    assert sample.created_at is not None
    assert sample.copy().created_at is None


Write = Callable[[vf.Dataset], object]


def _save(dataset: vf.Dataset) -> None:
    sample = dataset.first()
    sample["n"] = 100
    sample.save()


def _save_label(dataset: vf.Dataset) -> None:
    sample = dataset.first()
    sample.gt.detections[0].label = "b"
    sample.save()


WRITES: dict[str, tuple[Write, bool]] = {
    "a saved value": (_save, False),
    "a saved label": (_save_label, False),
    "tags": (lambda d: d.limit(1).tag_samples("x"), False),
    "all values": (lambda d: d.set_values("n", [1] * len(d)), True),
    "all labels": (lambda d: d.set_values("gt.detections.iou", [[0.1]] * len(d)), True),
    "a cleared field": (lambda d: d.clear_sample_field("gt"), True),
}


@pytest.mark.parametrize("count", FORMS)
@pytest.mark.parametrize("case", WRITES)
def test_a_write_stamps_what_it_changes(case: str, count: int) -> None:
    write, everywhere = WRITES[case]
    dataset = _dataset(count)
    held = dataset.first()
    created = dataset.values("created_at")
    before = datetime.now(UTC)
    write(dataset)
    modified = dataset.values("last_modified_at")
    assert dataset.values("created_at") == created
    assert modified[0] >= before
    assert held.last_modified_at == modified[0]
    assert [moment >= before for moment in modified[1:]] == [everywhere] * (count - 1)
    dataset.handle.store.fold(force=True)
    assert dataset.values("last_modified_at") == modified


def test_deleted_samples_stay_deleted() -> None:
    dataset = _dataset(3)
    with dataset.handle.store.transaction("both") as transaction:
        transaction.put("n", {0: 5, 1: 6})
        transaction.delete([0])
    assert dataset.values("n") == [6, 2]


READ_ONLY: list[tuple[str, Callable[[vf.Dataset], Any]]] = [
    ("n", lambda d: d.set_values("n", [1, 2, 3])),
    ("n", lambda d: d.first().set_field("n", 5)),
    ("n", lambda d: d.clear_sample_field("n")),
    ("n", lambda d: d.delete_sample_field("n")),
    ("n", lambda d: d.rename_sample_field("n", "m")),
    ("gt", lambda d: d.set_values("gt", [None] * 3)),
    ("gt", _save_label),
    ("gt", lambda d: d.set_values("gt.detections.iou", [[0.1]] * 3)),
    ("gt.detections.iou", lambda d: d.set_values("gt.detections.iou", [[0.1]] * 3)),
    ("gt.detections.iou", lambda d: d.clear_sample_field("gt.detections.iou")),
]


@pytest.mark.parametrize(("path", "write"), READ_ONLY)
def test_read_only_fields_refuse_writes(path: str, write: Callable[[vf.Dataset], Any]) -> None:
    dataset = _dataset(3)
    field = dataset.get_field(path)
    assert field is not None
    field.read_only = True
    field.save()
    with pytest.raises(ReadOnlyFieldError, match="Cannot edit read-only field"):
        write(dataset)
    assert dataset.values("n") == [0, 1, 2]
    assert dataset.values("gt.detections.iou") == [[0.5]] * 3
    dataset.add_sample(vf.Sample("/new.png", n=3))
    field.read_only = False
    field.save()
    dataset.set_values("n", [7, 7, 7, 7])


def test_stamps_are_read_only() -> None:
    dataset = _dataset(3)
    with pytest.raises(ReadOnlyFieldError):
        dataset.first().created_at = datetime.now(UTC)
    with pytest.raises(ReadOnlyFieldError):
        dataset.set_values("last_modified_at", [datetime.now(UTC)] * 3)
