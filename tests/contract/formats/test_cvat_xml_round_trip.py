"""Writing and reading a file of CVAT's XML again gives every bit back."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any
from xml.etree import ElementTree as ET

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from viewfinder.errors import LabelError
from viewfinder.formats.records import Record
from viewfinder.formats.types import CVATImageDataset
from viewfinder.labels import (
    Classification,
    Classifications,
    Detection,
    Detections,
    Keypoint,
    Keypoints,
    Label,
    LabelList,
    Polyline,
    Polylines,
)
from viewfinder.labels.base import same_value

if TYPE_CHECKING:
    from collections.abc import Sequence

LISTS: dict[type[Label], Any] = {
    Classification: Classifications,
    Detection: Detections,
    Polyline: Polylines,
    Keypoint: Keypoints,
}


def write(records: Sequence[Record], known: Any = None, **options: Any) -> bytes:
    """The records as a file, in two batches."""
    writer = CVATImageDataset.writer(known or {}, options)
    middle = len(records) // 2
    parts = [writer.encode(records[:middle]), writer.encode(records[middle:])]
    return b"".join([writer.head(), *parts, writer.tail()])


def record(*labels: Label, size_wh: tuple[int, int] = (641, 479)) -> Record:
    lists: dict[str, LabelList | None] = {
        str(n): LISTS[type(label)]([label]) for n, label in enumerate(labels)
    }
    return Record("ein ü & <b>.jpg", *size_wh, lists)


def back(data: bytes) -> list[Any]:
    """All labels of the first image, by kind and then in their order."""
    (first, *_) = CVATImageDataset.read(data, "labels.xml", {}).records
    return [label for found in first.labels.values() if found for label in found.labels]


def same(label: Label, data: bytes) -> None:
    (again,) = back(data)
    equal(label, again)


def equal(label: Label, again: Label) -> None:
    """Whether one is the other, but for values that are none."""
    assert type(again) is type(label)
    wanted = {
        name: value
        for name, value in label.values.items()
        if value is not None and not (name == "tags" and not value)
    }
    got = {name: again.get(name) for name in wanted}
    assert same_value(got, wanted), (got, wanted)
    assert set(again.values) - set(wanted) - {"closed", "filled"} == set()
    assert again.id == label.id


NUMBERS = st.floats(-2, 3, allow_subnormal=False)
SIZES = st.tuples(st.integers(1, 6000), st.integers(1, 6000))
VALUES = (
    st.integers()
    | st.booleans()
    | st.floats()
    | st.text(st.characters(blacklist_categories=("Cs", "Cc")) | st.sampled_from("\n\t\r"))
    | st.sampled_from(["5", "true", "1.5", " ", "[1]", "nan", ""])
    | st.lists(st.integers(), min_size=1)
)
ATTRIBUTES = st.dictionaries(
    st.sampled_from(["mood", "größe", "is there", "occluded", "group_id", "z_order", "source"]),
    VALUES.filter(lambda value: "\ufffe" not in str(value) and "\uffff" not in str(value)),
    max_size=4,
)
POINT = st.tuples(NUMBERS, NUMBERS)


@st.composite
def labels(draw: st.DrawFn) -> Label:
    values: dict[str, Any] = draw(ATTRIBUTES)
    kind = draw(st.sampled_from(["tag", "box", "ellipse", "line", "cuboid", "points", "skeleton"]))
    if kind == "tag":
        return Classification("cat", **values)
    if kind in ("box", "ellipse"):
        box = draw(st.lists(NUMBERS, min_size=4, max_size=4))
        if draw(st.booleans()):
            values["rotation"] = draw(st.floats(-400, 400))
        if kind == "ellipse":
            values["shape_type"] = "ellipse"
        return Detection("cat", box, **values)
    if kind == "line":
        parts = draw(st.lists(st.lists(POINT, min_size=2, max_size=5), min_size=1, max_size=3))
        closed, filled = draw(st.booleans()), draw(st.booleans())
        return Polyline("cat", parts, closed=closed, filled=filled, **values)
    if kind == "cuboid":
        faces = draw(st.lists(st.lists(POINT, min_size=4, max_size=4), min_size=2, max_size=2))
        return Polyline("cat", faces, closed=True, shape_type="cuboid", **values)
    points = draw(st.lists(POINT, min_size=1, max_size=5))
    if kind == "skeleton":
        points[draw(st.integers(1, 5)) % len(points) :] = [(math.nan, math.nan)] * 2
        if not math.isfinite(points[0][0]):
            points.insert(0, (0.5, 0.5))
    return Keypoint("cat", points, **values)


@given(labels(), SIZES)
def test_every_label_survives_to_the_last_bit(label: Label, size_wh: tuple[int, int]) -> None:
    same(label, write([record(label, size_wh=size_wh)]))


@given(st.binary(min_size=12, max_size=12), st.integers(1, 12), st.integers(0, 20))
def test_every_mask_survives(bits: bytes, width: int, left: int) -> None:
    pixels = np.unpackbits(np.frombuffer(bits, dtype=np.uint8)).astype(bool)
    height = len(pixels) // width
    mask = pixels[: width * height].reshape(height, width)
    box = [left / 100, 3 / 100, width / 100, height / 100]
    label = Detection("cat", box, mask=mask, occluded=True)
    same(label, write([record(label, size_wh=(100, 100))]))


def test_defect_26_no_shape_is_lost_rounded_or_filled() -> None:
    mask = np.array([[True, False, True], [False, True, True]])
    box = [12.34 / 641, 5.5 / 479, 200.125 / 641, 100.75 / 479]
    face = [(0.1, 0.1), (0.2, 0.1), (0.2, 0.3), (0.1, 0.3)]
    given = [
        Detection("cat", box, rotation=-12.5, occluded=True),
        Detection("cat", [3 / 641, 4 / 479, 3 / 641, 2 / 479], mask=mask),
        Detection("cat", [1 / 3, 1 / 7, 1 / 9, 1 / 11], shape_type="ellipse"),
        Polyline("cat", [face, face], closed=True, shape_type="cuboid"),
        Polyline("cat", [face], closed=True, filled=False),
        Polyline("cat", [face], closed=True, filled=True),
        Keypoint("cat", [(0.1, 0.7), (math.nan, math.nan), (0.3, 0.4)]),
    ]
    data = write([record(*given)])
    names = [child.tag for child in ET.fromstring(data).find("image") or ()]  # noqa: S314 - ours
    assert names == ["box", "mask", "ellipse", "cuboid", "polygon", "polygon", "skeleton"]
    for label, again in zip(given, back(data), strict=True):
        equal(label, again)


def test_numbers_of_a_file_are_written_as_they_were() -> None:
    box = [12.34 / 641, 5.5 / 479, (199.9 - 12.34) / 641, (77.25 - 5.5) / 479]
    (image,) = ET.fromstring(write([record(Detection("cat", box))])).findall("image")  # noqa: S314
    given = image[0].attrib
    assert [given[key] for key in ("xtl", "ytl", "xbr", "ybr")] == [
        "12.34",
        "5.5",
        "199.9",
        "77.25",
    ]
    assert "relative" not in given


def test_the_parts_of_a_polyline_are_elements_and_one_label_again() -> None:
    parts = [[(0.0, 0.0), (0.5, 0.5)], [(0.25, 0.75), (1.0, 0.0), (0.0, 1.0)]]
    label = Polyline("cat", parts, closed=True, mood="calm")
    data = write([record(label)])
    assert data.count(b" part=") == 2
    same(label, data)


def test_classes_keep_what_cvat_said_of_them_and_get_what_is_new() -> None:
    known = {
        "created": "2026-01-01",
        "task_labels": [
            {"name": "cat", "color": "#fa0000", "type": "any", "attributes": []},
            {"name": "dog", "attributes": [{"name": "age", "input_type": "number",
                                            "values": ["0", "9"], "default_value": "1"}]},
        ],
    }  # fmt: skip
    data = write([record(Classification("cat", mood="calm"), Classification("eel"))], known)
    info = CVATImageDataset.read(data, "labels.xml", {}).info
    assert info["created"] == "2026-01-01"
    cat, dog, eel = info["task_labels"]
    assert cat["color"] == "#fa0000"
    assert [each["name"] for each in cat["attributes"]] == ["label_id", "mood"]
    assert dog["attributes"][0]["values"] == ["0", "9"]
    assert eel["name"] == "eel"
    assert "mood" not in str(known)


def test_attributes_are_written_as_asked() -> None:
    label = Classification("cat", mood="calm", age=3)
    (again,) = back(write([record(label)], extra_attrs="age"))
    assert (again.get("mood"), again.age) == (None, 3)
    (again,) = back(write([record(label)], extra_attrs=False))
    assert set(again.values) == {"label", "id"}


@pytest.mark.parametrize(
    ("label", "words"),
    [
        (Classification(None), "has no class"),
        (Detection("cat"), "can't be drawn whole"),
        (Detection("cat", [0, 0, 1, math.nan]), "can't be drawn whole"),
        (Polyline("cat", [[(0, 0), (1, 1)], [(0, 0)]]), "a part with a single point"),
        (Polyline("cat", []), "can't be drawn whole"),
        (Keypoint("cat", [(math.nan, math.nan)]), "can't be drawn whole"),
        (Classification("cat", mood=object()), "Attribute 'mood' .* extra_attrs"),
        (Classification("cat", mood="\0"), "can't hold the character"),
    ],
)
def test_labels_that_the_file_can_not_hold_are_refused(label: Label, words: str) -> None:
    with pytest.raises(LabelError, match=words):
        write([record(label)])


def test_an_image_of_unknown_size_is_refused() -> None:
    with pytest.raises(LabelError, match=r"compute_metadata\(\)"):
        write([Record("one.jpg")])


def test_nothing_to_write_is_a_file_too() -> None:
    found = CVATImageDataset.read(write([]), "labels.xml", {})
    assert list(found.records) == []
    assert found.kinds == {}
