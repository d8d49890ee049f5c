from __future__ import annotations

import pytest

import viewfinder as vf
from viewfinder.errors import ExpressionError, FieldNotFoundError, FieldTypeError, LabelError


def boxes(*labels: str) -> vf.Detections:
    return vf.Detections(
        [vf.Detection(label=label, bounding_box=[0, 0, 0.5, 0.5]) for label in labels]
    )


@pytest.fixture
def dataset() -> vf.Dataset:
    """/0.jpg with a cat and a dog; /1.jpg with no list; /2.jpg with a bird."""
    made = vf.Dataset("values")
    made.add_samples(
        [
            vf.Sample(filepath="/0.jpg", gt=boxes("cat", "dog"), facts={"a": 1}),
            vf.Sample(filepath="/1.jpg", metadata=vf.ImageMetadata(width=10, height=20)),
            vf.Sample(filepath="/2.jpg", gt=boxes("bird")),
        ],
        progress=False,
    )
    return made


def test_a_part_of_documents_is_set_and_the_rest_stays(dataset: vf.Dataset) -> None:
    held = dataset["/1.jpg"]
    assert held.metadata.width == 10
    dataset.set_values("metadata.width", [1, 2, None])
    assert dataset.values("metadata.width") == [1, 2, None]
    assert dataset.values("metadata.height") == [None, 20, None]
    assert dataset.last().metadata is None
    assert held.metadata.width == 2
    dataset.set_values("facts.b", ["x", None, "z"])
    assert dataset.values("facts") == [{"a": 1, "b": "x"}, None, {"b": "z"}]
    with pytest.raises(FieldNotFoundError):
        dataset.set_values("metadata.lens", [1, 1, 1], expand_schema=False)
    with pytest.raises(FieldNotFoundError):
        dataset.set_values("filepath.x", [1, 1, 1])


def test_lists_of_labels_are_set_by_the_path_of_the_list(dataset: vf.Dataset) -> None:
    new = boxes("fish").detections
    dataset.set_values("gt.detections", [new, None, []])
    assert dataset.values("gt.detections.label") == [["fish"], None, []]
    with pytest.raises(FieldTypeError, match="lists of labels"):
        dataset.set_values("gt.detections", [1, None, []])


def test_attributes_are_set_by_the_keys_of_a_field(dataset: vf.Dataset) -> None:
    dataset.set_values(
        "gt.detections.ok", {"/0.jpg": [True, False], "/2.jpg": [True]}, key_field="filepath"
    )
    assert dataset.values("gt.detections.ok") == [[True, False], None, [True]]
    ids = dataset.values("id")
    dataset.set_values("score", {ids[2]: 0.5, ids[0]: 0.1})
    assert dataset.values("score") == [0.1, None, 0.5]
    dataset.set_values("score", [None, 0.7, None], skip_none=True)
    assert dataset.values("score") == [0.1, 0.7, 0.5]


def test_values_of_single_labels_are_set_by_their_ids(dataset: vf.Dataset) -> None:
    cat, dog = dataset.values("gt.detections.id")[0]
    (bird,) = dataset.values("gt.detections.id")[2]
    dataset.set_label_values("gt.detections.score", {dog: 2, bird: 3})
    assert dataset.values("gt.detections.score") == [[None, 2], None, [3]]
    dataset.set_label_values("gt.detections.score", {cat: 1, dog: None}, skip_none=True)
    assert dataset.values("gt.detections.score") == [[1, 2], None, [3]]
    with pytest.raises(LabelError, match="ffffff"):
        dataset.set_label_values("gt.detections.score", {cat: 9, "f" * 24: 1})
    view = dataset.filter_labels("gt", vf.F("label") == "dog")
    with pytest.raises(LabelError, match=cat):
        view.set_label_values("gt.detections.score", {cat: 9})
    assert dataset.values("gt.detections.score") == [[1, 2], None, [3]]
    with pytest.raises(FieldNotFoundError):
        dataset.set_label_values("none.detections.score", {cat: 9})


def test_values_of_single_label_fields_are_set_by_ids(dataset: vf.Dataset) -> None:
    dataset.set_values("kind", [vf.Classification(label="a"), None, vf.Classification(label="b")])
    first = dataset.values("kind.id")[0]
    dataset.set_label_values("kind.checked", {first: True})
    assert dataset.values("kind.checked") == [True, None, None]
    dataset.set_values("kind.label", ["x", None, "y"])
    assert dataset.values("kind.label") == ["x", None, "y"]


def test_values_are_set_on_frames() -> None:
    dataset = vf.Dataset("frames")
    first, second = vf.Sample(filepath="/0.mp4"), vf.Sample(filepath="/1.mp4")
    first.frames[1] = vf.Frame(n=1, gt=boxes("cat", "dog"))
    first.frames[3] = vf.Frame(n=3, gt=boxes())
    second.frames[2] = vf.Frame(n=2, gt=boxes("bird"))
    dataset.add_samples([first, second], progress=False)
    dataset.set_values("frames.score", [[0.1, 0.3], [0.2]])
    assert [frame.score for frame in first.frames.values()] == [0.1, 0.3]
    dataset.set_values("frames.score", [{3: 0.9}, {2: 0.8}], skip_none=True)
    assert [frame.score for frame in first.frames.values()] == [0.1, 0.9]
    dataset.set_values("frames.gt.detections.ok", [[[True, False], []], [[None]]])
    frame = dataset.first().frames[1]
    assert [label.ok for label in frame.gt.detections] == [True, False]
    dataset.set_values("frames.gt.detections", [[None, boxes("x").detections], [None]])
    assert dataset.first().frames[3].gt.detections[0].label == "x"
    with pytest.raises(ExpressionError, match="frames of a sample"):
        dataset.set_values("frames.score", [[0.1], [0.2]])
    with pytest.raises(ExpressionError, match="no frame 9"):
        dataset.set_values("frames.score", [{9: 0.1}, {}])
