"""Schemas as values: how fields are inferred, widen, merge, and are found by path."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import Any

import numpy as np
import pytest

from viewfinder.errors import (
    FieldNotFoundError,
    FieldTypeError,
    InvalidFieldNameError,
    StoreError,
)
from viewfinder.labels import Classification, Detection, Detections, Keypoints
from viewfinder.schema import (
    ArrayField,
    BooleanField,
    DatasetSchema,
    DateField,
    DateTimeField,
    DictField,
    EmbeddedDocumentField,
    Field,
    FloatField,
    ImageMetadata,
    IntField,
    ListField,
    Place,
    StringField,
    VectorField,
    infer_field,
    resolve,
    widen,
)
from viewfinder.schema.field_json import field_from_json
from viewfinder.schema.infer import document_field

INFERRED: list[tuple[Any, Field | None]] = [
    (None, None),
    (True, BooleanField()),
    (np.bool_(1), BooleanField()),
    (1, IntField()),
    (np.int8(1), IntField()),
    (1.0, FloatField()),
    ("", StringField()),
    (date(2020, 1, 1), DateField()),
    (datetime(2020, 1, 1, tzinfo=UTC), DateTimeField()),
    ({}, DictField()),
    (np.zeros(3), VectorField()),
    (np.zeros(3, dtype=int), ArrayField()),
    (np.zeros((2, 2)), ArrayField()),
    ([], ListField()),
    ([None], ListField()),
    ([1, 2.5], ListField(FloatField())),
    ([1, "a"], ListField(Field())),
    (("a",), ListField(StringField())),
    ([[1], []], ListField(ListField(IntField()))),
    (Detections(), document_field(Detections)),
    (ImageMetadata(), document_field(ImageMetadata)),
]


@pytest.mark.parametrize(("value", "field"), INFERRED, ids=lambda value: str(value)[:25])
def test_the_field_of_a_value(value: Any, field: Field | None) -> None:
    assert infer_field(value, "x") == field


@pytest.mark.parametrize("value", [object(), [Detection()], 1j])
def test_values_that_no_field_holds(value: Any) -> None:
    with pytest.raises(FieldTypeError, match="'x'"):
        infer_field(value, "x")


WIDENED: list[tuple[Field, Field, Field]] = [
    (IntField(), IntField(), IntField()),
    (IntField(), FloatField(), FloatField()),
    (FloatField(), IntField(), FloatField()),
    (IntField(), StringField(), Field()),
    (BooleanField(), IntField(), Field()),
    (ListField(), ListField(IntField()), ListField(IntField())),
    (ListField(IntField()), ListField(FloatField()), ListField(FloatField())),
    (Field(), IntField(), Field()),
]


@pytest.mark.parametrize(("one", "other", "both"), WIDENED, ids=str)
def test_widening(one: Field, other: Field, both: Field) -> None:
    assert widen(one, other) == both


def test_schemas_merge_to_one_that_holds_both() -> None:
    one = DatasetSchema().merged({"x": IntField(), "gt": document_field(Detections)})
    own = EmbeddedDocumentField(Detections, {"area": IntField()})
    both = one.merged({"x": FloatField(), "gt": own, "y": StringField()})
    assert both["x"] == FloatField()
    assert both["y"] == StringField()
    grown = both["gt"]
    assert isinstance(grown, EmbeddedDocumentField)
    assert grown.attributes["area"] == IntField()
    assert "bounding_box" in grown.attributes
    assert both.merged({"x": IntField()}) is both
    assert "y" not in one


REFUSED: list[tuple[Field, Field]] = [
    (StringField(), IntField()),
    (IntField(), StringField()),
    (document_field(Detections), document_field(Keypoints)),
    (document_field(Classification), StringField()),
    (ListField(StringField()), ListField(IntField())),
]


@pytest.mark.parametrize(("old", "new"), REFUSED, ids=str)
def test_a_field_does_not_become_another(old: Field, new: Field) -> None:
    schema = DatasetSchema().merged({"x": old})
    with pytest.raises(FieldTypeError, match="'x' holds"):
        schema.merged({"x": new})


@pytest.mark.parametrize("name", ["", "a b", "1a", "_a", "seq", "frames", "a.b", "a-b"])
def test_names_that_no_field_may_have(name: str) -> None:
    with pytest.raises(InvalidFieldNameError):
        DatasetSchema().merged({name: IntField()})


def test_a_schema_comes_back_from_json() -> None:
    schema = DatasetSchema().merged({
        "gt": document_field(Detections),
        "n": IntField(description="how many", info={"unit": "1"}, read_only=True),
        "lists": ListField(ListField(FloatField())),
        "any": Field(),
    })  # fmt: skip
    assert DatasetSchema.from_json(schema.to_json()) == schema


@pytest.mark.parametrize(
    "data",
    [{"type": "QuantumField"}, {"type": "EmbeddedDocumentField", "document_type": "Cuboid",
                                "attributes": {}}],
)  # fmt: skip
def test_a_field_of_a_newer_version_is_refused(data: dict[str, Any]) -> None:
    with pytest.raises(StoreError, match="does not know"):
        field_from_json(data)


PATHS = [
    ("filepath", Place.SAMPLE, "filepath", None, False),
    ("tags", Place.SAMPLE, "tags", None, True),
    ("metadata.width", Place.DOCUMENT, "metadata", "width", False),
    ("gt", Place.LABELS, "gt", None, False),
    ("gt.detections", Place.LABELS, "gt", None, True),
    ("gt.detections.label", Place.ATTRIBUTE, "gt", "label", True),
    ("sky.confidence", Place.ATTRIBUTE, "sky", "confidence", False),
]
SCHEMA = DatasetSchema().merged(
    {"gt": document_field(Detections), "sky": document_field(Classification)}
)


@pytest.mark.parametrize(("text", "place", "root", "leaf", "is_list"), PATHS)
def test_paths_name_places(
    text: str, place: Place, root: str, leaf: str | None, is_list: bool
) -> None:
    path = resolve(SCHEMA, text)
    assert (path.place, path.root, path.leaf, path.is_list) == (place, root, leaf, is_list)


@pytest.mark.parametrize(
    ("text", "hint"),
    [("filepat", "'filepath'"), ("gt.label", "'gt.detections.label'"), ("sky.x.y", "sky"),
     ("filepath.x", "StringField"), ("metadata.widht", "'metadata.width'")],
)  # fmt: skip
def test_paths_to_nothing_are_refused_with_a_hint(text: str, hint: str) -> None:
    with pytest.raises(FieldNotFoundError) as caught:
        resolve(SCHEMA, text)
    assert hint in str(caught.value)
