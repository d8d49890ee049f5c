"""Frames of videos: a dict by number that is read lazily and saved with its sample."""

from __future__ import annotations

import pytest

import viewfinder as vf
from viewfinder.errors import FieldTypeError, SampleNotFoundError, SchemaError


def boxes(*names: str) -> vf.Detections:
    found = [vf.Detection(label=name, bounding_box=[0, 0, 0.5, 0.5]) for name in names]
    return vf.Detections(found)


@pytest.fixture
def dataset() -> vf.Dataset:
    """Two videos: frames 1 (cat, dog), 2 (none), 5 (cat) in the first, none in the second."""
    dataset = vf.Dataset("videos")
    one, two = vf.Sample(filepath="/one.mp4"), vf.Sample(filepath="/two.mp4")
    one.frames[5] = vf.Frame(objects=boxes("cat"), score=0.5)
    one.frames[1] = vf.Frame(objects=boxes("cat", "dog"))
    one.frames[2] = vf.Frame(objects=boxes())
    dataset.add_samples([one, two])
    return dataset


def names(frame: vf.Frame) -> list[str] | None:
    return None if frame.objects is None else [each.label for each in frame.objects.detections]


def fresh(dataset: vf.Dataset) -> vf.Dataset:
    """The same dataset without any object that was held before."""
    name = dataset.name
    dataset.handle.live.clear()
    if dataset.handle.frames is not None:
        dataset.handle.frames.live.clear()
    return vf.load_dataset(name)


def test_frames_come_in_order_of_their_numbers(dataset: vf.Dataset) -> None:
    frames = fresh(dataset).first().frames
    assert list(frames) == [1, 2, 5]
    assert [names(frame) for frame in frames.values()] == [["cat", "dog"], [], ["cat"]]
    assert len(frames) == 3
    assert 2 in frames
    assert 3 not in frames
    assert frames.first().frame_number == 1
    assert frames.last().score == 0.5
    assert [frame.frame_number for frame in frames.tail(2)] == [2, 5]
    assert frames.head(1)[0].score is None
    assert len(dataset.last().frames) == 0


def test_a_video_dataset_says_so(dataset: vf.Dataset) -> None:
    assert dataset.media_type == "video"
    assert dataset.first().media_type == "video"


def test_an_image_has_no_frames() -> None:
    with pytest.raises(AttributeError, match="Only videos"):
        vf.Sample(filepath="/a.jpg").frames  # noqa: B018


def test_a_number_that_is_none_is_refused(dataset: vf.Dataset) -> None:
    frames = dataset.first().frames
    for number in (0, -1, "1", 1.5, True):
        with pytest.raises(SchemaError, match="counted from 1"):
            frames[number]  # type: ignore[index]


def test_only_changed_frames_are_written(dataset: vf.Dataset) -> None:
    sample = fresh(dataset).first()
    sample.frames[1].objects.detections[0].label = "lynx"
    sample.frames[3] = vf.Frame(objects=boxes("bird"))
    sample.frames[7]["score"] = 0.25
    del sample.frames[2]
    sample.save()
    assert dataset.history()[-1].reason == "save"
    frames = fresh(dataset).first().frames
    assert {number: names(frame) for number, frame in frames.items()} == {
        1: ["lynx", "dog"],
        3: ["bird"],
        5: ["cat"],
        7: None,
    }
    assert frames[7].score == 0.25
    before = len(dataset.history())
    dataset.first().save()
    assert len(dataset.history()) == before


def test_a_frame_is_the_same_object_while_its_sample_is_held(dataset: vf.Dataset) -> None:
    sample = fresh(dataset).first()
    assert sample.frames[1] is sample.frames[1]
    assert sample.frames[1] is dataset.first().frames[1]


def test_a_frame_saves_alone(dataset: vf.Dataset) -> None:
    frame = fresh(dataset).first().frames[5]
    frame["score"] = 0.75
    frame.save()
    assert fresh(dataset).first().frames[5].score == 0.75
    assert frame.sample_id == dataset.first().id
    assert frame.in_dataset


def test_a_replaced_frame_has_only_the_new_fields(dataset: vf.Dataset) -> None:
    sample = fresh(dataset).first()
    sample.frames[5] = vf.Frame(weather="rain")
    sample.save()
    frame = fresh(dataset).first().frames[5]
    assert (frame.weather, frame.objects, frame.score) == ("rain", None, None)
    assert len(dataset.first().frames) == 3


def test_clear_removes_all_frames(dataset: vf.Dataset) -> None:
    sample = dataset.first()
    sample.frames.clear()
    assert len(sample.frames) == 0
    sample.save()
    assert len(fresh(dataset).first().frames) == 0


def test_a_frame_that_is_not_there_cannot_be_deleted(dataset: vf.Dataset) -> None:
    with pytest.raises(SampleNotFoundError, match="frame 9"):
        dataset.first().frames.delete_frame(9)


def test_update_and_merge_take_frames_of_another_video(dataset: vf.Dataset) -> None:
    one, two = dataset.first(), dataset.last()
    two.frames.update(one.frames)
    two.frames.merge({1: vf.Frame(objects=boxes("owl"), score=1.0)})
    two.save()
    frames = fresh(dataset).last().frames
    assert [names(frame) for frame in frames.values()] == [["cat", "dog", "owl"], [], ["cat"]]
    assert frames[1].score == 1.0
    assert names(dataset.first().frames[1]) == ["cat", "dog"]


def test_a_value_of_another_type_is_refused_and_nothing_is_written(dataset: vf.Dataset) -> None:
    sample = dataset.first()
    sample["weather"] = "sun"
    sample.frames[1]["objects"] = "none"
    with pytest.raises(FieldTypeError):
        sample.save()
    found = fresh(dataset)
    assert "weather" not in found.get_field_schema()
    assert names(found.first().frames[1]) == ["cat", "dog"]


def test_frames_go_with_their_sample(dataset: vf.Dataset) -> None:
    snapshot = dataset.snapshot()
    assert len(snapshot.frame_seqs) == 3
    dataset.delete_samples(dataset.first())
    assert len(dataset.snapshot().frame_seqs) == 0
    assert len(snapshot.frame_seqs) == 3


def test_many_frames_fold_into_segments_and_stay_the_same() -> None:
    dataset = vf.Dataset("many")
    videos = []
    for video in range(3):
        sample = vf.Sample(filepath=f"/{video}.mp4")
        for number in range(1, 301):
            cats = boxes(*["cat"] * (number % 3))
            sample.frames[number] = vf.Frame(objects=cats, n=number * video)
        videos.append(sample)
    dataset.add_samples(videos)
    dataset.add_samples([vf.Sample(filepath=f"/more{k}.mp4") for k in range(250)])
    sample = dataset.first()
    del sample.frames[4]
    sample.frames[5]["n"] = 1000
    sample.save()
    dataset.handle.store.fold(force=True)
    found = fresh(dataset)
    assert len(found) == 253
    frames = found.first().frames
    assert len(frames) == 299
    assert 4 not in frames
    assert frames[5].n == 1000
    assert names(frames[300]) == []
    assert names(frames[299]) == ["cat", "cat"]
    assert len(found.snapshot().frame_seqs) == 899
    assert found.head(3)[2].frames[300].n == 600


def test_a_copy_of_a_video_has_copies_of_its_frames(dataset: vf.Dataset) -> None:
    copied = dataset.first().copy()
    copied.frames[1].objects.detections[0].label = "lynx"
    dataset.add_sample(copied)
    assert names(fresh(dataset).last().frames[1]) == ["lynx", "dog"]
    assert names(dataset.first().frames[1]) == ["cat", "dog"]


def test_a_video_goes_through_a_dict_and_back(dataset: vf.Dataset) -> None:
    data = dataset.first().to_dict(include_frames=True)
    sample = vf.Sample.from_dict(data)
    assert list(sample.frames) == [1, 2, 5]
    assert names(sample.frames[1]) == ["cat", "dog"]
