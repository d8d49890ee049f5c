"""Labels as columns and rows: every kind of label comes back equal, every bit."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec import msgpack

from viewfinder.errors import FieldNotFoundError, FieldTypeError, LabelError
from viewfinder.ids import is_id
from viewfinder.labels import (
    Classification,
    Detection,
    Detections,
    Keypoint,
    Label,
    Polyline,
    Segmentation,
)
from viewfinder.schema import BooleanField, EmbeddedDocumentField, Field, FloatField, IntField
from viewfinder.schema.columns import (
    decode_labels,
    encode_labels,
    infer_attributes,
    label_to_row,
    labels_table_schema,
    row_to_label,
    rows_to_table,
    table_to_rows,
)
from viewfinder.schema.infer import document_field, widen

NAN = float("nan")
ARRAY_BOX: Any = np.array([NAN, 0, 5e-324, 1])
ARRAY_POINTS: Any = np.array([[0.5, 0.25]])
LABELS: dict[str, list[Label]] = {
    "classifications": [
        Classification("cat", 0.1, logits=[0.25, -1.5]),
        Classification(),
        Classification("dög", tags=["a", "b"], id="0123456789abcdef01234567"),
    ],
    "detections": [
        Detection("cat", [0.1, 1 / 3, -2.5, 7], confidence=0.2, index=3),
        Detection(bounding_box=(0, 0, 1, 1), mask=np.eye(3, dtype=bool)),
        Detection(bounding_box=ARRAY_BOX, mask_path="/m.png", iscrowd=True),
        Detection("x", mask=np.arange(6, dtype=">u2").reshape(2, 3), tags=[]),
    ],
    "polylines": [
        Polyline("road", [[(0.1, 0.2), (0.3, 0.4)], [(1, 2)]], closed=True, filled=True),
        Polyline(points=[]),
        Polyline(points=[[]]),
        Polyline(),
    ],
    "keypoints": [
        Keypoint("eye", [(0.1, 0.2), (NAN, NAN)], confidence=[0.5, NAN]),
        Keypoint(points=[]),
        Keypoint(points=ARRAY_POINTS),
        Keypoint(),
    ],
    "segmentations": [
        Segmentation(mask=np.full((4, 5), 255, dtype=np.uint8)),
        Segmentation(mask_path="/seg.png"),
    ],
    "own attributes": [
        Detection(area=12, weather="wet", occluded=True, cells=[[1], [2, 3]], mixed=1),
        Detection(area=12.5, info={"a": [None, NAN]}, mixed="one"),
        Detection(mixed=[1.5, "x"], vector=np.array([1.5]), none=None),
    ],
}


def plain(labels: list[Label]) -> list[Any]:
    """The labels' values with arrays where columns give lists."""
    found = []
    for label in labels:
        values = {key: value for key, value in label.values.items() if value is not None}
        for key in ("bounding_box", "points"):
            if isinstance(values.get(key), np.ndarray):
                values[key] = values[key].tolist()
        found.append(type(label).from_values(values))
    return found


@pytest.mark.parametrize("name", LABELS)
def test_labels_come_back_from_columns(name: str) -> None:
    labels = LABELS[name]
    element = type(labels[0])
    table, fields = encode_labels(element, labels)
    assert set(table.column_names) == set(fields)
    back = decode_labels(element, table)
    assert back == plain(labels)
    assert decode_labels(element, table.slice(1)) == plain(labels)[1:]
    assert decode_labels(element, table.slice(0, 0)) == []


@pytest.mark.parametrize("name", LABELS)
def test_labels_come_back_from_rows(name: str) -> None:
    labels = LABELS[name]
    element = type(labels[0])
    field = document_field(element)
    field = EmbeddedDocumentField(element, {**field.attributes, **infer_attributes(labels, "x")})
    rows = [msgpack.decode(msgpack.encode(label_to_row(label, field, "x"))) for label in labels]
    assert [row_to_label(field, row) for row in rows] == plain(labels)
    table = rows_to_table(field, rows)
    assert table.schema.equals(labels_table_schema(field))
    assert decode_labels(element, table) == plain(labels)
    assert [row_to_label(field, row) for row in table_to_rows(field, table)] == plain(labels)


boxes = st.lists(st.floats(allow_nan=True), min_size=4, max_size=4)
points = st.lists(st.tuples(st.floats(), st.floats()), max_size=3)


@given(st.lists(boxes, max_size=5), st.lists(st.lists(points, max_size=3), max_size=5))
def test_coordinates_keep_every_bit(
    some: list[list[float]], others: list[list[list[tuple[float, float]]]]
) -> None:
    detections = [Detection(bounding_box=box) for box in some]
    table, _ = encode_labels(Detection, detections)
    back = decode_labels(Detection, table)
    found = np.array([label["bounding_box"] for label in back], dtype=np.float64)
    assert found.tobytes() == np.array(some, dtype=np.float64).reshape(found.shape).tobytes()
    polylines = [Polyline(points=shapes) for shapes in others]
    table, _ = encode_labels(Polyline, polylines)
    assert decode_labels(Polyline, table) == polylines


def test_labels_without_an_id_get_one() -> None:
    labels = [Detection(), Detection(id="0123456789abcdef01234567"), Detection()]
    table, _ = encode_labels(Detection, labels)
    assert all(is_id(label.values["id"]) for label in labels)
    assert [label.id for label in decode_labels(Detection, table)] == [each.id for each in labels]
    assert len({label.id for label in labels}) == 3


def test_columns_of_nothing_are_left_out() -> None:
    table, fields = encode_labels(Detection, [Detection("cat", mask=None)])
    assert table.column_names == ["id", "label"]
    assert set(fields) == {"id", "label"}


REFUSED: list[tuple[Label, type[Exception], str]] = [
    (Detection(bounding_box=[1, 2, 3]), LabelError, r"gt.bounding_box\[1\] must be four numbers"),
    (Detection(bounding_box=[1, 2, 3, "4"]), LabelError, "four numbers"),  # type: ignore[list-item]
    (Detection(bounding_box=[1, 2, 3, None]), LabelError, "four numbers"),  # type: ignore[list-item]
    (Detection(bounding_box=[1, 2, 3, True]), LabelError, "four numbers"),
    (Detection(bounding_box=5), LabelError, "four numbers"),  # type: ignore[arg-type]
    (Detection(label=5), FieldTypeError, r"gt.label\[1\].*strings"),  # type: ignore[arg-type]
    (Detection(confidence="high"), FieldTypeError, "gt.confidence"),  # type: ignore[arg-type]
    (Detection(index=0.5), FieldTypeError, "gt.index"),  # type: ignore[arg-type]
    (Detection(mask=[[1]]), FieldTypeError, "gt.mask"),  # type: ignore[arg-type]
    (Detection(id="abc"), FieldTypeError, "gt.id"),
    (Detection(seq=1), LabelError, "kept for us"),
    (Detection(own=object()), FieldTypeError, "gt.own"),
    (Classification(), LabelError, r"gt\[1\] must be a Detection"),
]


@pytest.mark.parametrize(("label", "error", "words"), REFUSED, ids=lambda v: str(v)[:25])
def test_a_label_that_can_not_be_kept_is_named(
    label: Label, error: type[Exception], words: str
) -> None:
    with pytest.raises(error, match=words):
        encode_labels(Detection, [Detection("fine", [0, 0, 1, 1]), label], "gt")


@pytest.mark.parametrize("points", [[(1, 2, 3)], [1, 2], [("a", 1)], "ab", [[(1, 2)]], 5], ids=str)
def test_points_that_are_none_are_refused(points: Any) -> None:
    with pytest.raises(LabelError, match="points"):
        encode_labels(Keypoint, [Keypoint(points=points)])


def test_types_under_one_name_widen() -> None:
    labels = [Detection(a=1, b=1, c=True), Detection(a=2.5, b="x", c=None)]
    _, fields = encode_labels(Detection, labels)
    assert fields["a"] == FloatField()
    assert fields["b"] == Field()
    assert fields["c"] == BooleanField()


def test_a_row_of_an_unknown_attribute_is_refused() -> None:
    with pytest.raises(FieldNotFoundError, match="mood"):
        label_to_row(Detection(mood="good"), document_field(Detections), "gt")


def test_a_row_has_the_types_of_the_schema() -> None:
    grown = widen(document_field(Detections), EmbeddedDocumentField(Detections, {"n": IntField()}))
    wide = widen(grown, EmbeddedDocumentField(Detections, {"n": Field()}))
    assert isinstance(grown, EmbeddedDocumentField)
    assert isinstance(wide, EmbeddedDocumentField)
    assert label_to_row(Detection(n=5), grown, "gt")["n"] == 5
    assert label_to_row(Detection(n=5), wide, "gt")["n"] == "5"
