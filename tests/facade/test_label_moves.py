from __future__ import annotations

import pytest

import viewfinder as vf
from viewfinder import F
from viewfinder.errors import FieldNotFoundError, FieldTypeError


@pytest.fixture
def dataset() -> vf.Dataset:
    """Samples with the labels [cat, dog], [dog] and None."""
    made = vf.Dataset()
    labels = [["cat", "dog"], ["dog"], None]
    made.add_samples(
        [
            vf.Sample(
                f"/{n}.png",
                n=n,
                gt=None
                if names is None
                else vf.Detections([vf.Detection(label=x, size=1.5) for x in names]),
                kind=vf.Classification(label=f"k{n}"),
            )
            for n, names in enumerate(labels)
        ],
        progress=False,
    )
    return made


def words(dataset: vf.Dataset, field: str) -> list[list[str] | None]:
    return dataset.values(f"{field}.detections.label")


def test_labels_of_a_filter_are_moved(dataset: vf.Dataset) -> None:
    ids = dataset.first().gt.detections[0].id
    dataset.split_labels("gt", "cats", F("label") == "cat")
    assert words(dataset, "gt") == [["dog"], ["dog"], None]
    assert words(dataset, "cats") == [["cat"], None, None]
    moved = dataset.first().cats.detections[0]
    assert (moved.id, moved.size) == (ids, 1.5)
    dataset.merge_labels("cats", "gt")
    assert words(dataset, "gt") == [["dog", "cat"], ["dog"], None]
    assert not dataset.has_field("cats")


def test_labels_that_a_view_hides_stay(dataset: vf.Dataset) -> None:
    view = dataset.match(F("n") == 0).select_fields("gt.detections.label")
    view.split_labels("gt", "dogs", F("label") == "dog")
    assert words(dataset, "gt") == [["cat"], ["dog"], None]
    assert words(dataset, "dogs") == [["dog"], None, None]
    assert dataset.first().dogs.detections[0].size == 1.5
    dataset.to_patches("gt").limit(1).merge_labels("gt", "dogs")
    assert words(dataset, "gt") == [[], ["dog"], None]
    assert words(dataset, "dogs") == [["dog", "cat"], None, None]


def test_single_labels_are_moved(dataset: vf.Dataset) -> None:
    dataset.split_labels("kind", "other", F("label") == "k1")
    assert dataset.values("kind.label") == ["k0", None, "k2"]
    assert dataset.values("other.label") == [None, "k1", None]


def test_nothing_is_moved_where_nothing_is_found(dataset: vf.Dataset) -> None:
    dataset.split_labels("gt", "birds", F("label") == "bird")
    assert words(dataset, "gt") == [["cat", "dog"], ["dog"], None]
    assert words(dataset, "birds") == [None, None, None]


def test_fields_that_do_not_fit_are_refused(dataset: vf.Dataset) -> None:
    with pytest.raises(FieldNotFoundError):
        dataset.merge_labels("no", "gt")
    for source, target in (("n", "gt"), ("kind", "gt"), ("gt", "gt"), ("gt", "n")):
        with pytest.raises(FieldTypeError):
            dataset.merge_labels(source, target)
    assert words(dataset, "gt") == [["cat", "dog"], ["dog"], None]
