"""Fields are declared, renamed, cloned, cleared and deleted, whatever form their values are in."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

import viewfinder as vf
from viewfinder.errors import (
    FieldNotFoundError,
    FieldTypeError,
    InvalidFieldNameError,
    SchemaError,
)

FORMS = [3, 300]
"""Few samples are edits in the database, many are columns in files."""


class Lens(vf.EmbeddedDocument):
    """Half of a camera."""

    mm = vf.FloatField()


class Camera(vf.DynamicEmbeddedDocument):
    """A document in a document, with room for more."""

    make = vf.StringField()
    lens = vf.EmbeddedDocumentField(Lens)


def _sample(number: int) -> vf.Sample:
    return vf.Sample(
        filepath=f"/{number}.png",
        tags=[f"t{number % 2}"],
        score=number / 2,
        camera=Camera(make="Leica", lens=Lens(mm=number + 0.5), iso=number),
        gt=vf.Detections(
            detections=[
                vf.Detection(
                    label="cat", bounding_box=[0, 0, 0.5, 0.25], area=number, camera=Camera(n=at)
                )
                for at in range(number % 3)
            ]
        ),
        best=vf.Classification(label=f"c{number}", why={"a": number}),
    )


def _dataset(count: int, *, edited: bool = False) -> vf.Dataset:
    dataset = vf.Dataset()
    dataset.add_samples([_sample(number) for number in range(count)], progress=False)
    if edited:
        # The second sample lies over the files.
        sample = dataset[f"/{1}.png"]
        sample.score = 100.0
        sample.gt.detections[0].area = 100
        sample.save()
    return dataset


Case = tuple[str, str]
CASES: list[Case] = [
    ("score", "points"),
    ("camera", "device"),
    ("gt", "truth"),
    ("best", "top"),
    ("gt.detections.area", "gt.detections.size"),
    ("best.why", "best.reason"),
    ("camera.iso", "camera.speed"),
    ("gt.detections.camera.n", "gt.detections.camera.number"),
]


def _reopened(dataset: vf.Dataset) -> vf.Dataset:
    """The same dataset after its edits went into files."""
    dataset.handle.store.fold(force=True)
    return dataset


def _plain(values: Any) -> Any:
    """Labels without what differs between a field and its copy."""
    if isinstance(values, list):
        return [_plain(value) for value in values]
    return values.to_dict() if hasattr(values, "to_dict") else values


def _values(dataset: vf.Dataset, path: str) -> list[Any]:
    return [_at(sample, path.split(".")) for sample in dataset.view()]


def _at(value: Any, names: list[str]) -> Any:
    if value is None or not names:
        return _plain(value)
    if isinstance(value, list):
        return [_at(part, names) for part in value]
    is_there = isinstance(value, vf.LabelList) or names[0] in value
    return _at(value[names[0]], names[1:]) if is_there else None


@pytest.mark.parametrize("count", FORMS)
@pytest.mark.parametrize(("old", "new"), CASES)
def test_renaming_keeps_every_value(count: int, old: str, new: str) -> None:
    dataset = _dataset(count, edited=True)
    before = _values(dataset, old)
    held = dataset.first()
    dataset.rename_sample_field(old, new)
    assert not dataset.has_field(old)
    assert dataset.has_field(new)
    assert _values(dataset, new) == before
    assert held.has_field(new.split(".", maxsplit=1)[0])
    assert _values(_reopened(dataset), new) == before


@pytest.mark.parametrize("count", FORMS)
@pytest.mark.parametrize(
    ("old", "new"), [*CASES, ("gt.detections.bounding_box", "gt.detections.before"), ("id", "was")]
)
def test_cloning_keeps_both(count: int, old: str, new: str) -> None:
    dataset = _dataset(count, edited=True)
    before = _values(dataset, old)
    dataset.clone_sample_field(old, new)
    assert _values(dataset, old) == before
    assert _values(dataset, new) == before
    assert _values(_reopened(dataset), new) == before


def test_a_clone_is_a_copy() -> None:
    dataset = _dataset(300)
    dataset.clone_sample_field("gt", "copy")
    dataset.set_values("copy.detections.area", [[0] * (n % 3) for n in range(300)])
    dataset.delete_sample_field("score")
    assert dataset.values("gt.detections.area")[2] == [2, 2]
    assert dataset.values("copy.detections.area")[2] == [0, 0]
    dataset.delete_sample_field("gt")
    assert dataset.values("copy.detections.label")[2] == ["cat", "cat"]


@pytest.mark.parametrize("count", FORMS)
@pytest.mark.parametrize(("path", "_new"), CASES)
def test_clearing_leaves_the_field(count: int, path: str, _new: str) -> None:
    dataset = _dataset(count, edited=True)
    dataset.clear_sample_field(path)
    assert dataset.has_field(path)
    leaves = str(_values(dataset, path)).replace("[", "").replace("]", "").replace(",", "").split()
    assert set(leaves) == {"None"}
    assert len(dataset) == count


def test_tags_are_cleared_to_empty_lists() -> None:
    dataset = _dataset(3)
    dataset.clear_sample_field("tags")
    assert dataset.values("tags") == [[], [], []]


@pytest.mark.parametrize("count", FORMS)
@pytest.mark.parametrize(("path", "_new"), CASES)
def test_deleting_leaves_the_rest(count: int, path: str, _new: str) -> None:
    dataset = _dataset(count, edited=True)
    others = [old for old, _ in CASES if not old.startswith(path) and not path.startswith(old)]
    before = {other: _values(dataset, other) for other in others}
    held = dataset.first()
    dataset.delete_sample_field(path)
    assert not dataset.has_field(path)
    assert {other: _values(dataset, other) for other in others} == before
    if "." not in path:
        with pytest.raises(FieldNotFoundError):
            held[path]


def test_names_change_places() -> None:
    dataset = _dataset(300, edited=True)
    dataset.clone_sample_field("gt", "other")
    dataset.set_values("other.detections.label", [["dog"] * (n % 3) for n in range(300)])
    dataset.rename_sample_fields({"gt": "kept", "other": "gt", "kept": "other"})
    assert dataset.distinct("gt.detections.label") == ["dog"]
    assert dataset.distinct("other.detections.label") == ["cat"]


def test_a_name_is_free_again() -> None:
    dataset = _dataset(300)
    dataset.rename_sample_field("score", "old")
    dataset.set_values("score", ["new"] * 300)
    assert dataset.values("old")[4] == 2.0
    assert dataset.values("score")[4] == "new"


Change = Callable[[vf.Dataset], object]
REFUSED: list[tuple[Change, type[Exception], str]] = [
    (lambda d: d.rename_sample_field("nope", "x"), FieldNotFoundError, "nope"),
    (lambda d: d.rename_sample_field("gt.detections.nope", "gt.detections.x"), SchemaError, "nope"),
    (lambda d: d.rename_sample_field("filepath", "x"), SchemaError, "every sample has one"),
    (lambda d: d.rename_sample_field("score", "gt"), InvalidFieldNameError, "already"),
    (lambda d: d.rename_sample_field("score", "a b"), InvalidFieldNameError, "letters"),
    (lambda d: d.rename_sample_field("gt.detections.area", "area"), SchemaError, "stays where"),
    (lambda d: d.rename_sample_field("gt.detections.label", "gt.detections.x"), SchemaError,
     "always have it"),
    (lambda d: d.rename_sample_field("camera.make", "camera.x"), SchemaError, "declares it"),
    (lambda d: d.delete_sample_field("tags"), SchemaError, "every sample has one"),
    (lambda d: d.delete_sample_field("metadata.width"), SchemaError, "declares it"),
    (lambda d: d.delete_sample_fields(["score", "nope"]), FieldNotFoundError, "nope"),
    (lambda d: d.clear_sample_field("id"), SchemaError, "every sample needs one"),
    (lambda d: d.clear_sample_field("gt.detections.id"), SchemaError, "ids of labels"),
    (lambda d: d.clear_sample_field("gt.detections"), SchemaError, "name 'gt' itself"),
]  # fmt: skip


@pytest.mark.parametrize(("change", "error", "words"), REFUSED)
def test_what_is_refused_changes_nothing(
    change: Change, error: type[Exception], words: str
) -> None:
    dataset = _dataset(3)
    before = dataset.get_field_schema(flat=True)
    version = dataset.handle.snapshot().version
    with pytest.raises(error, match=words):
        change(dataset)
    assert dataset.get_field_schema(flat=True) == before
    assert dataset.handle.snapshot().version == version


def test_a_field_that_is_not_there_can_be_passed_over() -> None:
    dataset = _dataset(3)
    dataset.delete_sample_fields(["nope", "score"], error_level=1)
    assert not dataset.has_field("score")


DECLARED = [
    ("a", vf.FloatField, {}, "FloatField"),
    ("b", vf.ListField, {"subfield": vf.IntField}, "ListField(IntField)"),
    ("c", vf.EmbeddedDocumentField, {"embedded_doc_type": vf.Keypoints},
     "EmbeddedDocumentField(Keypoints)"),
    ("d", vf.EmbeddedDocumentListField, {"embedded_doc_type": Lens},
     "ListField(EmbeddedDocumentField(Lens))"),
    ("e", vf.ListField(vf.ListField(vf.FloatField())), {}, "ListField(ListField(FloatField))"),
    ("f", vf.GeoPointField, {}, "GeoPointField"),
    ("g", vf.FrameSupportField, {}, "FrameSupportField"),
    ("h", vf.DictField, {}, "DictField"),
    ("i", vf.DateTimeField, {}, "DateTimeField"),
    ("gt.detections.score", vf.FloatField, {}, "FloatField"),
    ("camera.weight", vf.FloatField, {}, "FloatField"),
    ("gt.detections.camera.weight", vf.FloatField, {}, "FloatField"),
]  # fmt: skip


@pytest.mark.parametrize(("path", "ftype", "options", "text"), DECLARED)
def test_fields_are_declared(path: str, ftype: Any, options: dict[str, Any], text: str) -> None:
    dataset = _dataset(3)
    dataset.add_sample_field(path, ftype, **options, description="said", info={"k": 1})
    field = dataset.get_field(path)
    assert str(field) == text
    assert field is not None
    assert (field.description, field.info, field.path) == ("said", {"k": 1}, path)
    dataset.add_sample_field(path, ftype, **options)
    with pytest.raises(FieldTypeError):
        dataset.add_sample_field(path, vf.BooleanField)


def test_what_is_said_of_a_field_is_kept() -> None:
    dataset = _dataset(3)
    field = dataset.get_field("gt.detections.area")
    assert field is not None
    field.description = "in pixels"
    field.info = {"unit": "px"}
    assert dataset.get_field("gt.detections.area") != field
    field.save()
    again = dataset.get_field("gt.detections.area")
    assert again is not None
    assert (again.description, again.info) == ("in pixels", {"unit": "px"})
    assert [*dataset.get_field_schema(flat=True, info_keys="unit")] == ["gt.detections.area"]


def test_a_field_itself_does_not_change() -> None:
    with pytest.raises(AttributeError, match="get_field"):
        vf.FloatField().description = "x"
    with pytest.raises(SchemaError, match="in no dataset"):
        vf.FloatField().save()
