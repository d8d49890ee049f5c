from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pytest

import viewfinder as vf
from viewfinder.errors import FieldTypeError, LabelError, SchemaError
from viewfinder.schema import DEFAULT_FIELDS


def samples(count: int) -> list[vf.Sample]:
    return [vf.Sample(filepath=f"/photos/{n}.jpg", number=n) for n in range(count)]


def test_added_samples_are_in_the_dataset() -> None:
    dataset = vf.Dataset("pets")
    given = samples(3)
    ids = dataset.add_samples(given, progress=False)
    assert [sample.id for sample in given] == ids
    assert all(sample.in_dataset for sample in given)
    assert given[0].dataset is dataset
    assert len(dataset) == 3
    assert dataset.values("number") == [0, 1, 2]
    assert dataset[ids[1]] is given[1]


def test_add_sample_returns_the_id() -> None:
    dataset = vf.Dataset()
    identifier = dataset.add_sample(vf.Sample(filepath="/a.jpg"))
    assert dataset.first().id == identifier


def test_a_generator_is_written_in_batches(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("viewfinder.samples.adding.BATCH_SAMPLES", 10)
    dataset = vf.Dataset()
    counts: list[int] = []

    def stream() -> Iterator[vf.Sample]:
        for n in range(25):
            counts.append(len(dataset))
            yield vf.Sample(filepath=f"/{n}.jpg")

    ids = dataset.add_samples(stream(), progress=False)
    assert len(ids) == len(set(ids)) == 25
    assert counts[9] == 0
    assert counts[10] == 10
    assert counts[24] == 20
    assert dataset.values("id") == ids


def test_progress_is_told_to_a_function() -> None:
    seen: list[tuple[int, int | None]] = []
    vf.Dataset().add_samples(samples(3), progress=lambda done, total: seen.append((done, total)))
    assert seen == [(3, 3)]


def test_every_kind_of_value_comes_back() -> None:
    mask = np.array([[True, False], [False, True]])
    dataset = vf.Dataset()
    dataset.add_samples(
        [
            vf.Sample(
                filepath="/a.jpg",
                tags=["x", "y"],
                metadata=vf.ImageMetadata(width=4, height=3),
                number=7,
                score=0.1,
                flag=True,
                words=["a", "b"],
                extra={"deep": [1, {"x": None}]},
                vector=np.array([0.1, 0.2], np.float32),
                things=vf.Detections(
                    [
                        vf.Detection(label="cat", bounding_box=[0.1, 0.2, 0.3, 0.4], age=3),
                        vf.Detection(label="dog", mask=mask, confidence=0.9, tags=["big"]),
                    ]
                ),
                lines=vf.Polylines([vf.Polyline(points=[[(0.1, 0.2), (0.3, 0.4)]], closed=True)]),
                dots=vf.Keypoints([vf.Keypoint(points=[(0.1, 0.2)], confidence=[0.5])]),
                kind=vf.Classification(label="photo"),
                kinds=vf.Classifications([vf.Classification(label="a", logits=[0.1, 0.9])]),
                pixels=vf.Segmentation(mask=np.arange(6, dtype=np.uint8).reshape(2, 3)),
                empty=vf.Detections([]),
            ),
            vf.Sample(filepath="/b.jpg"),
        ],
        progress=False,
    )
    vf_home_again = vf.load_dataset(dataset.name)
    first, second = (sample.copy() for sample in vf_home_again.view())
    assert first.tags == ["x", "y"]
    assert (first.metadata.width, first.metadata.height) == (4, 3)
    assert (first.number, first.score, first.flag) == (7, 0.1, True)
    assert first.words == ["a", "b"]
    assert first.extra == {"deep": [1, {"x": None}]}
    assert first.vector.dtype == np.float32
    cat, dog = first.things.detections
    assert (cat.label, list(cat.bounding_box), cat.age) == ("cat", [0.1, 0.2, 0.3, 0.4], 3)
    assert dog.mask.tolist() == mask.tolist()
    assert dog.mask.dtype == bool
    assert (dog.confidence, dog.tags) == (0.9, ["big"])
    assert [list(map(tuple, shape)) for shape in first.lines.polylines[0].points] == [
        [(0.1, 0.2), (0.3, 0.4)]
    ]
    assert first.lines.polylines[0].closed is True
    assert first.dots.keypoints[0].confidence == [0.5]
    assert first.kind.label == "photo"
    assert list(first.kinds.classifications[0].logits) == [0.1, 0.9]
    assert first.pixels.mask.tolist() == [[0, 1, 2], [3, 4, 5]]
    assert first.empty == vf.Detections([])
    assert second.tags == []
    for name in second.field_names:
        if name not in ("id", "filepath", "tags"):
            assert second[name] is None, name


def test_a_field_seen_later_is_none_in_older_samples() -> None:
    dataset = vf.Dataset()
    dataset.add_sample(vf.Sample(filepath="/a.jpg"))
    dataset.add_sample(vf.Sample(filepath="/b.jpg", score=1.5))
    assert dataset.values("score") == [None, 1.5]
    assert dataset.first().score is None


def test_an_attribute_of_two_types_keeps_every_value() -> None:
    dataset = vf.Dataset()
    for value in (1, 2.5, "three"):
        label = vf.Detection(label="x", bounding_box=[0, 0, 1, 1], size=value)
        dataset.add_sample(vf.Sample(filepath="/a.jpg", things=vf.Detections([label])))
    found = [sample.things.detections[0].size for sample in dataset.view()]
    assert found == [1, 2.5, "three"]


def test_a_value_of_another_type_is_refused_and_nothing_is_written() -> None:
    dataset = vf.Dataset()
    dataset.add_sample(vf.Sample(filepath="/a.jpg", score=0.5))
    with pytest.raises(FieldTypeError, match="score"):
        dataset.add_samples([*samples(2), vf.Sample(filepath="/b.jpg", score="high")])
    assert len(dataset) == 1
    assert not dataset.has_field("number")


def test_two_kinds_of_labels_in_one_field_are_refused() -> None:
    dataset = vf.Dataset()
    with pytest.raises(FieldTypeError, match="things"):
        dataset.add_samples(
            [
                vf.Sample(filepath="/a.jpg", things=vf.Detections([])),
                vf.Sample(filepath="/b.jpg", things=vf.Polylines([])),
            ]
        )
    wrong = vf.Detections([vf.Polyline()])  # type: ignore[list-item]
    with pytest.raises(LabelError):
        dataset.add_sample(vf.Sample(filepath="/a.jpg", boxes=wrong))
    assert len(dataset) == 0


def test_a_box_that_is_none_is_refused() -> None:
    dataset = vf.Dataset()
    bad = vf.Detections([vf.Detection(label="x", bounding_box=[0, 0, 1])])
    with pytest.raises((LabelError, FieldTypeError), match="bounding_box"):
        dataset.add_sample(vf.Sample(filepath="/a.jpg", things=bad))
    assert len(dataset) == 0


def test_new_fields_can_be_forbidden() -> None:
    dataset = vf.Dataset()
    dataset.add_sample(vf.Sample(filepath="/a.jpg", score=0.5))
    with pytest.raises(vf.FieldNotFoundError, match="'score'"):
        dataset.add_sample(vf.Sample(filepath="/b.jpg", scores=0.5), expand_schema=False)
    assert len(dataset) == 1
    assert list(dataset.get_field_schema()) == [*DEFAULT_FIELDS, "score"]


def test_only_samples_can_be_added() -> None:
    with pytest.raises(SchemaError, match="str"):
        vf.Dataset().add_samples(["/a.jpg"])  # type: ignore[list-item]


def test_ids_of_ones_own_are_kept_and_must_be_new() -> None:
    dataset = vf.Dataset()
    own = "5f" * 12
    assert dataset.add_sample(vf.Sample(filepath="/a.jpg", id=own)) == own
    with pytest.raises(SchemaError, match=own):
        dataset.add_sample(vf.Sample(filepath="/b.jpg", id=own))
    with pytest.raises(SchemaError, match="two samples"):
        dataset.add_samples([vf.Sample(filepath="/b.jpg", id="6f" * 12) for _ in range(2)])
    assert len(dataset) == 1


def test_a_sample_of_another_dataset_is_copied() -> None:
    one, other = vf.Dataset(), vf.Dataset()
    sample = vf.Sample(filepath="/a.jpg", score=0.5)
    one.add_sample(sample)
    other.add_sample(sample)
    assert sample.dataset is one
    assert other.first().id != sample.id
    assert other.first().score == 0.5


def test_an_added_sample_saves_what_changed_since() -> None:
    dataset = vf.Dataset()
    sample = vf.Sample(filepath="/a.jpg", score=0.5, things=vf.Detections([vf.Detection("cat")]))
    dataset.add_sample(sample)
    versions = len(dataset.history())
    sample.save()
    assert len(dataset.history()) == versions
    sample.things.detections[0].label = "dog"
    sample.save()
    assert dataset.distinct("things.detections.label") == ["dog"]
    assert dataset.values("score") == [0.5]


def test_a_field_of_nothing_but_none_is_no_field() -> None:
    dataset = vf.Dataset()
    dataset.add_sample(vf.Sample(filepath="/a.jpg", score=None))
    assert not dataset.has_field("score")
