"""Sent, left alone, loaded: nothing changes, for every label type and kind of attribute."""

from __future__ import annotations

import math
from itertools import count
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import Phase, given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from tests.annotate.helpers import bits, labels_of, make_dataset
from viewfinder.labels import (
    Classification,
    Classifications,
    Detection,
    Detections,
    Keypoint,
    Keypoints,
    Polyline,
    Polylines,
    Segmentation,
)
from viewfinder.schema import KeypointSkeleton

# With the longest field's name behind it, the third has the 64 characters that are allowed.
NAMES = ("cat", "dög 犬", "x" * 56, " spaced ")
PLACE = st.floats(-0.5, 1.5)
EXTENT = st.floats(1e-9, 1.5)
POINT = st.tuples(PLACE, PLACE)
MISSING = st.just((math.nan, math.nan))
TEXT = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=20)

OWN = {
    "note": TEXT | st.sampled_from(["007", "1_000", "nan", "None", "true", " x ", "\n", ""]),
    "mood": st.sampled_from(["calm", "wild"]),
    "side": st.sampled_from([1, 2]),
    "ok": st.booleans(),
    "occluded": st.booleans(),
    "group_id": st.integers(0, 2**31 - 1),
    "z_order": st.integers(-9, 9),
    "source": st.sampled_from(["manual", "auto", "semi-auto", "file", "mine"]),
    "score": st.floats(allow_nan=False, allow_infinity=False),
    "number": st.integers(-(2**53), 2**53),
    "parts": st.lists(TEXT, max_size=3),
}
ATTRIBUTES: dict[str, dict[str, Any]] = {
    "note": {"type": "text"},
    "mood": {"type": "select", "values": ["calm", "wild"]},
    "side": {"type": "radio", "values": [1, 2]},
    "ok": {"type": "checkbox"},
    "occluded": {"type": "occluded"},
    "group_id": {"type": "group_id"},
    "z_order": {"type": "z_order"},
    "source": {"type": "source"},
    "score": {"type": "text"},
    "number": {"type": "text"},
    "parts": {"type": "text"},
}


@st.composite
def common(draw: st.DrawFn) -> dict[str, Any]:
    """Class, confidence, some attributes that are sent and one that is not."""
    values = {name: draw(value) for name, value in OWN.items() if draw(st.booleans())}
    return {"label": draw(st.sampled_from(NAMES)), "unsent": draw(st.floats()), **values}


def masks(*sides: int) -> st.SearchStrategy[Any]:
    shape = st.tuples(st.integers(1, sides[0]), st.integers(1, sides[1]))
    return st.sampled_from([np.bool_, np.uint8, np.float32]).flatmap(
        lambda dtype: arrays(dtype, shape, elements=st.sampled_from([0, 1]))
    )


def many(build: st.SearchStrategy[Any]) -> st.SearchStrategy[list[Any]]:
    return st.lists(build, max_size=3)


BOX = st.tuples(PLACE, PLACE, EXTENT, EXTENT).map(list)
FACES = st.lists(st.lists(POINT, min_size=4, max_size=4), min_size=2, max_size=2)
FIELDS: dict[str, st.SearchStrategy[Any]] = {
    "scene": st.none() | st.builds(lambda own: Classification(**own), common()),
    "topics": many(st.builds(lambda own: Classification(**own), common())).map(Classifications),
    "boxes": many(
        st.builds(
            lambda own, box, turn, shape: Detection(
                bounding_box=box, rotation=turn, shape_type=shape, **own
            ),
            common(), BOX, st.floats(-360, 360), st.sampled_from([None, "ellipse"]),
        )
    ).map(Detections),
    "objects": many(
        st.builds(
            lambda own, box, mask: Detection(bounding_box=box, mask=mask, **own),
            common(), BOX, masks(9, 9),
        )
    ).map(Detections),
    "areas": many(
        st.builds(
            lambda own, parts, closed: Polyline(points=parts, filled=True, closed=closed, **own),
            common(), st.lists(st.lists(POINT, max_size=5), max_size=3), st.booleans(),
        )
    ).map(Polylines),
    "lines": many(
        st.builds(
            lambda own, parts, closed, shape: Polyline(
                points=parts, closed=closed, shape_type=shape, **own
            ),
            common(), st.lists(st.lists(POINT, max_size=5), max_size=3) | FACES, st.booleans(),
            st.sampled_from([None, "cuboid"]),
        )
    ).map(Polylines),
    "hands": many(
        st.builds(
            lambda own, points, seen: Keypoint(points=points, visibility=seen, **own),
            common(), st.lists(POINT | MISSING, max_size=5),
            st.none() | st.lists(st.integers(0, 2), max_size=5),
        )
    ).map(Keypoints),
    "poses": many(
        st.builds(
            lambda own, points: Keypoint(points=points, **own),
            common(), st.lists(POINT | MISSING, max_size=5),
        )
    ).map(Keypoints),
    "pixels": st.builds(
        lambda mask: Segmentation(mask=mask),
        arrays(np.uint8, st.tuples(st.integers(1, 60), st.integers(1, 60)),
               elements=st.sampled_from([0, 1, 2, 99])),
    ),
}  # fmt: skip
KINDS = {
    "scene": "classification",
    "topics": "classifications",
    "boxes": "detections",
    "objects": "instances",
    "areas": "polygons",
    "lines": "polylines",
    "poses": "keypoints",
    "hands": "keypoints",
}
SCHEMA: dict[str, dict[str, Any]] = {
    **{
        name: {
            "type": kind,
            "classes": list(NAMES),
            "attributes": ATTRIBUTES,
        }
        for name, kind in KINDS.items()
    },
    "pixels": {"mask_targets": {1: "road", 2: "sky"}},
}
numbers = count()


@pytest.mark.slow
# A failing case is shown as found: making it smaller would take as many loops again.
@settings(max_examples=8, phases=(Phase.explicit, Phase.generate))
@given(st.lists(st.fixed_dictionaries(FIELDS), min_size=2, max_size=2))
def test_left_alone_nothing_changes(
    tmp_path: Path, there: dict[str, Any], samples: list[dict[str, Any]]
) -> None:
    number = next(numbers)
    folder = tmp_path / str(number)
    everything = {name: _one_of_each(name) for name in FIELDS}
    dataset = make_dataset(folder, everything, *samples, name=f"exact {number}")
    dataset.skeletons["hands"] = KeypointSkeleton(["wrist", "thumb", "tip"], [[0, 1], [1, 2]])
    dataset.save()
    before = {name: bits(labels_of(dataset, name)) for name in FIELDS}
    results = dataset.annotate("k", label_schema=SCHEMA, **there)
    report = dataset.load_annotations("k", **there)
    assert (report.changes, report.notes, report.version) == ((), (), None)
    sent = sum(len(task.labels) for task in results.tasks())
    assert report.unchanged == sent
    assert {name: bits(labels_of(dataset, name)) for name in FIELDS} == before
    dataset.delete()


def _one_of_each(name: str) -> Any:
    """A value for each field, so that the fields exist in every example."""
    box = [0.1, 0.2, 1 / 3, 0.4]
    points = [(0.1, 0.2), (1 / 3, 0.5), (0.7, 0.1)]
    own: dict[str, Any] = {
        "label": "cat",
        "unsent": 1.5,
        "note": "n",
        "parts": ["a"],
        "score": 0.1,
        "number": 3,
    }
    own |= {"ok": True, "occluded": True, "group_id": 4, "mood": "wild", "side": 2}
    own |= {"z_order": 1, "source": "auto", "shape_type": "box", "visibility": [2, 1, 2, 0]}
    return {
        "scene": Classification(**own),
        "topics": Classifications([Classification(**own)]),
        "boxes": Detections([Detection(bounding_box=box, rotation=0.5, **own)]),
        "objects": Detections([Detection(bounding_box=box, mask=np.eye(3), **own)]),
        "areas": Polylines([Polyline(points=[points, points], filled=True, **own)]),
        "lines": Polylines([Polyline(points=[points], **own)]),
        "poses": Keypoints([Keypoint(points=[*points, (math.nan, math.nan)], **own)]),
        "hands": Keypoints([Keypoint(points=[*points, (math.nan, math.nan)], **own)]),
        "pixels": Segmentation(mask=np.eye(5, dtype=np.uint8)),
    }[name]


def test_five_thousand_shapes_on_one_image(tmp_path: Path, there: dict[str, Any]) -> None:
    generator = np.random.default_rng(51)
    values = generator.random((5000, 4)).tolist()
    boxes = Detections([Detection("cat", box, note=f"n{n}") for n, box in enumerate(values)])
    dataset = make_dataset(tmp_path, {"gt": boxes})
    before = bits(labels_of(dataset, "gt"))
    dataset.annotate("k", label_field="gt", **there)
    report = dataset.load_annotations("k", **there)
    assert (report.changes, report.unchanged) == ((), 5000)
    assert bits(labels_of(dataset, "gt")) == before
