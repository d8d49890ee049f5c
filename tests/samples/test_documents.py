"""Documents of a user's own, in documents, in lists and in labels, are values like any other."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import Any

import numpy as np
import pytest

import viewfinder as vf
from viewfinder import F


class Lens(vf.EmbeddedDocument):
    """Half of a camera."""

    mm = vf.IntField()


class Camera(vf.DynamicEmbeddedDocument):
    """A document with another inside, and room for more."""

    make = vf.StringField()
    lens = vf.EmbeddedDocumentField(Lens)


@pytest.fixture
def dataset() -> vf.Dataset:
    dataset = vf.Dataset()
    dataset.add_samples(
        [
            vf.Sample(
                f"/{n}.png",
                camera=Camera(make=f"m{n}", lens=Lens(mm=n)),
                cameras=[Camera(make="q", lens=Lens(mm=k), at=datetime(2024, 5, 1, tzinfo=UTC))
                         for k in range(n)],
                gt=vf.Detections([vf.Detection(label="a", bounding_box=[0, 0, 1, 1],
                                               camera=Camera(make="z", lens=Lens(mm=n)))]),
            )
            for n in range(4)
        ],
        progress=False,
    )  # fmt: skip
    return dataset


VALUES: list[tuple[str, list[Any]]] = [
    ("camera.make", ["m0", "m1", "m2", "m3"]),
    ("camera.lens.mm", [0, 1, 2, 3]),
    ("camera.lens", [Lens(mm=n) for n in range(4)]),
    ("cameras.lens.mm", [[], [0], [0, 1], [0, 1, 2]]),
    ("gt.detections.camera.make", [["z"]] * 4),
    ("gt.detections.camera.lens.mm", [[0], [1], [2], [3]]),
]


@pytest.mark.parametrize(("path", "values"), VALUES)
def test_values_inside_of_documents(dataset: vf.Dataset, path: str, values: list[Any]) -> None:
    assert dataset.values(path) == values
    assert dataset.has_field(path)


SET: list[tuple[str, list[Any]]] = [
    ("camera.make", ["a", "b", "c", None]),
    ("camera.lens.mm", [7, 8, 9, 10]),
    ("camera.new", [1.5, None, 2.5, 3.5]),
    ("gt.detections.camera.make", [["k"], ["l"], [None], ["m"]]),
    ("gt.detections.camera.lens.mm", [[5], [6], [7], [8]]),
    ("gt.detections.camera.new", [[True], [False], [True], [False]]),
]


@pytest.mark.parametrize(("path", "values"), SET)
def test_values_are_set_inside_of_documents(
    dataset: vf.Dataset, path: str, values: list[Any]
) -> None:
    others = {other: dataset.values(other) for other, _ in VALUES if not path.startswith(other)}
    others = {other: held for other, held in others.items() if not other.startswith(path)}
    others.pop("camera.lens", None)
    dataset.set_values(path, values)
    assert dataset.values(path) == values
    assert {other: dataset.values(other) for other in others} == others


def test_views_look_into_documents(dataset: vf.Dataset) -> None:
    assert len(dataset.match(F("camera.lens.mm") > 1)) == 2
    assert len(dataset.match(F("cameras").filter(F("lens.mm") == 2).length() > 0)) == 1
    assert dataset.sort_by("camera.lens.mm", reverse=True).first().camera.make == "m3"
    assert dataset.bounds("camera.lens.mm") == (0, 3)
    kept = dataset.filter_labels("gt", F("camera.lens.mm") > 2)
    assert [sample.gt.detections[0].camera.lens.mm for sample in kept] == [3]
    assert len(dataset.exists("camera.lens.mm")) == 4
    shown = dataset.select_fields("camera.make").first()
    assert (shown.camera.make, shown.camera.lens) == ("m0", None)


def test_a_document_refuses_what_it_does_not_declare() -> None:
    with pytest.raises(AttributeError, match="no 'weight'"):
        Lens(weight=3)


def test_documents_go_to_dicts_and_back() -> None:
    camera = Camera(make="x", lens=Lens(mm=3), parts=[Lens(mm=1)], day=date(2024, 1, 2))
    assert vf.EmbeddedDocument.from_dict(camera.to_dict()) == camera
    sample = vf.Sample("/a.png", camera=camera)
    assert vf.Sample.from_dict(sample.to_dict()).camera == camera


ATTRIBUTES: dict[str, Any] = {
    "text": "ä🐈",
    "whole": 1 << 60,
    "number": 0.1 + 0.2,
    "nan": float("nan"),
    "flag": True,
    "day": date(2024, 2, 29),
    "moment": datetime(2024, 2, 29, 1, 2, 3, 456789, tzinfo=UTC),
    "words": ["a", "b"],
    "nested": [[1, 2], [3]],
    "mixed": [1, "two", None],
    "things": {"a": [1, {"b": None}], "c": 1.5},
    "array": np.arange(6, dtype=np.int16).reshape(2, 3),
    "location": [1.5, -2.0, 3.25],
    "dimensions": [0.5, 0.25, 4.0],
    "rotation": [0.0, 0.1, 0.2],
    "points3d": [[[0.0, 1.0, 2.0], [3.0, 4.0, 5.0]]],
    "camera": Camera(make="x", lens=Lens(mm=2), other=1),
    "cameras": [Camera(make="y"), Camera(lens=Lens(mm=4))],
}


@pytest.mark.parametrize("count", [3, 300])
def test_attributes_of_every_type_come_back(count: int) -> None:
    labels = [
        vf.Detection(label="a", bounding_box=[0.1, 0.2, 0.3, 0.4], **ATTRIBUTES),
        vf.Detection(label="plain"),
    ]
    wanted = [label.to_dict() for label in labels]
    dataset = vf.Dataset()
    dataset.add_samples(
        [vf.Sample(f"/{n}.png", gt=vf.Detections(labels)) for n in range(count)], progress=False
    )
    name = dataset.name
    loaded = vf.load_dataset(name).view().last().gt.detections
    for label, held in zip(loaded, wanted, strict=True):
        assert vf.Detection.from_dict({**held, "id": label.id}) == label
    again = vf.Label.from_json(loaded[1].to_json())
    assert again == loaded[1]
