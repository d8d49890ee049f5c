"""Paths of frames on views of clips and trajectories, and what is written through them."""

from __future__ import annotations

import pytest

import viewfinder as vf
from viewfinder import F
from viewfinder.errors import ExpressionError


@pytest.fixture
def dataset() -> vf.Dataset:
    """One video of five frames: frame n has n objects (dog, cat, dog …), and two events."""
    dataset = vf.Dataset()
    events = [vf.TemporalDetection(label=n, support=s) for n, s in (("a", [1, 3]), ("b", [2, 5]))]
    video = vf.Sample(filepath="/one.mp4", events=vf.TemporalDetections(detections=events))
    for number in range(1, 6):
        objects = [
            vf.Detection(label="cat" if at % 2 else "dog", index=at, bounding_box=[0, 0, 0.1, 0.1])
            for at in range(number)
        ]
        video.frames[number] = vf.Frame(d=vf.Detections(detections=objects), q=number)
    dataset.add_samples([video, vf.Sample(filepath="/two.mp4")])
    return dataset


def lengths(view: vf.DatasetView) -> list[list[int]]:
    return [[len(frame.d.detections) for frame in clip.frames.values()] for clip in view]


def test_clips_have_the_frames_of_their_support(dataset: vf.Dataset) -> None:
    clips = dataset.to_clips("events")
    assert clips.values("frames.frame_number") == [[1, 2, 3], [2, 3, 4, 5]]
    assert clips.count("frames") == 7
    assert clips.count_values("frames.d.detections.label") == {"dog": 12, "cat": 8}
    assert set(clips.get_frame_field_schema() or ()) >= {"d", "q", "frame_number"}
    assert "q" not in (clips.select_fields("frames.d").get_frame_field_schema() or ())
    assert clips.match(F("frames").length() > 3).count() == 1
    assert clips.match(F("frames").map(F("q")).max() > 3).values("support") == [[2, 5]]
    assert clips.to_clips("frames.d").values("support") == [[1, 3], [2, 5]]


def test_stages_after_clips_choose_among_their_frames(dataset: vf.Dataset) -> None:
    clips = dataset.to_clips("events")
    late = clips.match_frames(F("q") > 2)
    assert late.values("frames.q") == [[3], [3, 4, 5]]
    assert [list(clip.frames) for clip in late] == [[3], [3, 4, 5]]
    cats = clips.filter_labels("frames.d", F("label") == "cat")
    assert cats.count("frames.d.detections") == 8
    assert lengths(cats) == [[0, 1, 1], [1, 1, 2, 2]]


def test_clips_show_what_the_view_behind_them_shows(dataset: vf.Dataset) -> None:
    cats = dataset.filter_labels("frames.d", F("label") == "cat").to_clips("events")
    assert cats.values("frames.d.detections.label")[0] == [[], ["cat"], ["cat"]]
    assert lengths(cats) == [[0, 1, 1], [1, 1, 2, 2]]
    late = dataset.match_frames(F("q") > 2).to_clips("events")
    assert late.values("frames.q") == [[3], [3, 4, 5]]
    hidden = dataset.exclude_fields("frames.q").to_clips("events")
    assert not hidden.has_frame_field("q")


def test_trajectories_show_the_object_that_they_follow_alone(dataset: vf.Dataset) -> None:
    view = dataset.to_trajectories("frames.d")
    assert view.values("support") == [[1, 5], [2, 5], [3, 5], [4, 5], [5, 5]]
    assert view.count("frames.d.detections") == 15
    shown = [[d.index for f in clip.frames.values() for d in f.d.detections] for clip in view]
    assert shown == [[0] * 5, [1] * 4, [2] * 3, [3] * 2, [4]]
    whole = dataset.to_clips("frames.d", trajectories=True)
    assert whole.values("frames.d.detections.index")[4] == [[0, 1, 2, 3, 4]]


def test_ids_of_clips_stay(dataset: vf.Dataset) -> None:
    for view in (dataset.to_clips([[[1, 2], [1, 2]], []]), dataset.to_trajectories("frames.d")):
        before = view.values("id")
        assert len(set(before)) == len(before)
        dataset.tag_samples("seen")
        assert view.values("id") == before


def test_values_are_set_on_frames_through_clips(dataset: vf.Dataset) -> None:
    clips = dataset.to_clips("events")
    clips.set_values("frames.z", [[1, 2, 3], [4, 5, 6, 7]])
    assert dataset.values("frames.z") == [[1, 4, 5, 6, 7], []]
    clips.match_frames(F("q") == 2).set_field("frames.q", 20).save()
    assert dataset.values("frames.q") == [[1, 20, 3, 4, 5], []]
    with pytest.raises(ExpressionError, match="can't be set on the 3 frames"):
        clips.set_values("frames.z", [[1], [2]])


def test_labels_of_frames_are_tagged_and_filtered_through_clips(dataset: vf.Dataset) -> None:
    first = dataset.to_clips("events")[:1]
    first.tag_labels("new", "frames.d")
    assert dataset.count_label_tags("frames.d") == {"new": 6}
    dataset.tag_labels("all")
    assert dataset.count_label_tags() == {"new": 6, "all": 17}
    first.filter_labels("frames.d", F("label") == "cat").save()
    labels = dataset.values("frames.d.detections.label")[0]
    assert [len(each) for each in labels] == [0, 1, 1, 4, 5]


def test_a_frame_of_a_clip_is_saved_and_read_again(dataset: vf.Dataset) -> None:
    clip = dataset.filter_labels("frames.d", F("label") == "cat").to_clips("events").first()
    clip.frames[2]["q"] = 7
    clip.frames[2].d.detections[0].label = "lion"
    clip.save()
    assert dataset.values("frames.q") == [[1, 7, 3, 4, 5], []]
    assert dataset.values("frames.d.detections.label")[0][1] == ["dog", "lion"]


def test_frames_are_kept_and_cleared_through_clips(dataset: vf.Dataset) -> None:
    dataset.to_clips([[[3, 5]], []]).match_frames(F("q") > 3).keep_frames()
    assert dataset.values("frames.frame_number") == [[1, 2, 4, 5], []]
    dataset.to_clips([[[1, 2]], []]).clear_frames()
    assert dataset.values("frames.frame_number") == [[4, 5], []]


def test_clips_are_cloned_with_their_frames(dataset: vf.Dataset) -> None:
    copied = dataset.to_clips("events").clone()
    assert [list(sample.frames) for sample in copied] == [[1, 2, 3], [2, 3, 4, 5]]
    ids = [each for some in copied.values("frames.id") for each in some]
    assert len(set(ids)) == 7


def test_frames_of_clips_become_samples(dataset: vf.Dataset) -> None:
    frames = dataset.to_clips("events").to_frames()
    assert frames.values("frame_number") == [1, 2, 3, 2, 3, 4, 5]
    assert set(frames.values("sample_id")) == {dataset.first().id}
    assert len(frames.to_patches("d")) == 20


def test_several_views_of_videos_show_their_frames(dataset: vf.Dataset) -> None:
    view = dataset.match_frames(F("q") > 3).concat(dataset[1:]).concat(dataset.to_clips([]))
    assert view.values("frames.q") == [[4, 5], []]
    twice = dataset[:1].concat(dataset[:1].match_frames(F("q") < 2))
    assert twice.values("frames.q") == [[1, 2, 3, 4, 5], [1]]
    assert [list(sample.frames) for sample in twice] == [[1, 2, 3, 4, 5], [1]]


def test_more_supports_than_samples_are_refused(dataset: vf.Dataset) -> None:
    view = dataset.to_clips([[[1, 2]], [], [[1, 2]]])
    with pytest.raises(ExpressionError, match="supports of 3 samples"):
        view.count()


def test_a_view_that_changes_samples_and_frames_is_saved_at_once(dataset: vf.Dataset) -> None:
    dataset.add_sample_field("word", vf.StringField)
    before = len(dataset.history())
    view = dataset.set_field("word", "x")
    view = view.filter_labels("frames.d", F("label") == "cat", only_matches=False)
    view.set_field("frames.q", F("q") * 2).save()
    assert len(dataset.history()) == before + 1
    assert dataset.values("word") == ["x", "x"]
    assert dataset.values("frames.q") == [[2, 4, 6, 8, 10], []]
    assert dataset.count("frames.d.detections") == 6
