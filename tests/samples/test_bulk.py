from __future__ import annotations

import pytest

import viewfinder as vf
from viewfinder.errors import ExpressionError, FieldTypeError, SampleNotFoundError, SchemaError

F = vf.ViewField


def make(count: int, name: str = "bulk") -> vf.Dataset:
    """Sample n has n % 3 labels of confidence 0.0, 0.1."""
    dataset = vf.Dataset(name)
    dataset.add_samples(
        [
            vf.Sample(
                filepath=f"/{n}.jpg",
                number=n,
                things=vf.Detections(
                    [vf.Detection(label=f"{n}.{k}", confidence=k / 10) for k in range(n % 3)]
                ),
            )
            for n in range(count)
        ],
        progress=False,
    )
    return dataset


@pytest.fixture(params=[6, 2500], ids=["few", "many"])
def dataset(request: pytest.FixtureRequest) -> vf.Dataset:
    """Few samples are written one by one, many as a column: the outcome is the same."""
    return make(request.param)


def test_a_field_is_set_on_all(dataset: vf.Dataset) -> None:
    count = len(dataset)
    dataset.set_values("score", [n / 2 for n in range(count)])
    assert dataset.values("score") == [n / 2 for n in range(count)]
    dataset.set_values("score", [None] * count)
    assert dataset.values("score") == [None] * count


def test_a_field_is_set_on_a_view_in_its_order(dataset: vf.Dataset) -> None:
    count = len(dataset)
    dataset.set_values("score", [0.0] * count)
    view = dataset.match(F("number") > 0).sort_by("number", reverse=True)
    view.set_values("score", [float(n) for n in range(count - 1, 0, -1)])
    assert dataset.values("score") == [0.0, *(float(n) for n in range(1, count))]


def test_values_are_given_by_id_or_by_another_field(dataset: vf.Dataset) -> None:
    ids = dataset.values("id")
    dataset.set_values("mood", {ids[2]: "good", ids[0]: "bad"})
    assert dataset.values("mood")[:3] == ["bad", None, "good"]
    dataset.set_values("mood", {"/1.jpg": "fair"}, key_field="filepath")
    assert dataset.values("mood")[:3] == ["bad", "fair", "good"]
    with pytest.raises(SampleNotFoundError):
        dataset.set_values("mood", {"f" * 24: "good"})


def test_skip_none_leaves_what_is_there(dataset: vf.Dataset) -> None:
    count = len(dataset)
    dataset.set_values("number", [None, 7] + [None] * (count - 2), skip_none=True)
    assert dataset.values("number")[:3] == [0, 7, 2]


def test_an_attribute_of_labels_is_set_on_all(dataset: vf.Dataset) -> None:
    count = len(dataset)
    values = [[n * 10 + k for k in range(n % 3)] for n in range(count)]
    dataset.set_values("things.detections.rank", values)
    assert dataset.values("things.detections.rank") == values
    sample = dataset.skip(2).first()
    assert [thing.rank for thing in sample.things.detections] == [20, 21]


def test_an_attribute_is_set_on_the_labels_of_a_view(dataset: vf.Dataset) -> None:
    view = dataset.filter_labels("things", F("confidence") > 0.05)
    view.set_values("things.detections.label", [["seen"]] * len(view))
    assert dataset.values("things.detections.label")[:3] == [[], ["1.0"], ["2.0", "seen"]]


def test_labels_are_set_on_all(dataset: vf.Dataset) -> None:
    count = len(dataset)
    kinds = [vf.Classification(label=str(n)) if n != 1 else None for n in range(count)]
    dataset.set_values("kind", kinds)
    assert dataset.values("kind.label")[:3] == ["0", None, "2"]
    dataset.set_values("things", [vf.Detections([vf.Detection("new")])] * count)
    assert dataset.count("things.detections") == count
    dataset.clear_sample_field("things")
    assert dataset.values("things.detections.label")[0] is None
    assert dataset.count("things.detections") == 0


def test_a_held_sample_sees_what_was_set(dataset: vf.Dataset) -> None:
    sample = dataset.first()
    assert sample.number == 0
    dataset.set_values("number", [n + 1 for n in range(len(dataset))])
    assert sample.number == 1


def test_tags_of_samples(dataset: vf.Dataset) -> None:
    count = len(dataset)
    dataset.tag_samples(["a", "b"])
    dataset.match(F("number") < 2).tag_samples("a")
    assert dataset.count_sample_tags() == {"a": count, "b": count}
    dataset.skip(1).untag_samples("a")
    assert dataset.values("tags")[:2] == [["a", "b"], ["b"]]
    assert dataset.count_sample_tags() == {"b": count, "a": 1}


def test_what_does_not_fit_is_refused() -> None:
    dataset = make(3)
    with pytest.raises(ExpressionError, match="2 values"):
        dataset.set_values("score", [1.0, 2.0])
    with pytest.raises(ExpressionError, match="labels"):
        dataset.set_values("things.detections.rank", [[], [], []])
    with pytest.raises(FieldTypeError, match="number"):
        dataset.set_values("number", ["a", "b", "c"])
    with pytest.raises(SchemaError, match="ids"):
        dataset.set_values("id", ["a", "b", "c"])
    with pytest.raises(vf.FieldNotFoundError):
        dataset.set_values("score", [1, 2, 3], expand_schema=False)
    with pytest.raises(vf.FieldNotFoundError):
        dataset.set_values("number.deep", [1, 2, 3])
    assert dataset.values("number") == [0, 1, 2]
    assert "rank" not in dataset.get_field_schema(flat=True)


def test_label_tags_are_counted() -> None:
    dataset = vf.Dataset("tags")
    dataset.add_sample(
        vf.Sample(
            filepath="/a.jpg",
            things=vf.Detections([vf.Detection(tags=["x"]), vf.Detection(tags=["x", "y"])]),
            kind=vf.Classification(tags=["y"]),
        )
    )
    assert dataset.count_label_tags() == {"x": 2, "y": 2}
    assert dataset.count_label_tags("kind") == {"y": 1}


def test_values_of_all_labels_are_those_of_each_by_its_id() -> None:
    dataset = vf.Dataset()
    sizes = (2, 0, 3)
    for at, size in enumerate(sizes):
        labels = [vf.Detection(label="x", bounding_box=[0, 0, 1, 1]) for _ in range(size)]
        dataset.add_sample(vf.Sample(f"/{at}.jpg", boxes=vf.Detections(detections=labels)))
    sample = dataset.first()
    ranks: list[list[float | None]] = [[0.0, None], [], [1.0, 2.0, 3.0]]
    dataset.set_values("boxes.detections.rank", ranks)
    dataset.view().set_values("boxes.detections.same", ranks)
    assert dataset.values("boxes.detections.rank") == ranks
    assert dataset.values("boxes.detections.same") == ranks
    assert sample.boxes.detections[0].rank == 0.0
    dataset.set_values("boxes.detections.rank", [[1, 2], [], [3, 4, 5]])
    assert dataset.values("boxes.detections.rank") == [[1.0, 2.0], [], [3.0, 4.0, 5.0]]
    before = len(dataset.history())
    with pytest.raises(ExpressionError, match="has 3 labels"):
        dataset.set_values("boxes.detections.rank", [[1.0, 2.0], [], [3.0]])
    assert len(dataset.history()) == before
