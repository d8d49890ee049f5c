"""Frames through views: filtered, counted, written back; and what is done to all of them."""

from __future__ import annotations

import json
from pathlib import Path

import av
import numpy as np
import pytest

import viewfinder as vf
from viewfinder import F
from viewfinder.engine.python import PythonEngine
from viewfinder.errors import ExpressionError
from viewfinder.expr import Scan
from viewfinder.samples.viewing import stages_to_json, view_from_json


def boxes(*names: str) -> vf.Detections:
    found = [vf.Detection(label=name, bounding_box=[0, 0, 0.5, 0.5]) for name in names]
    return vf.Detections(found)


def make_video(path: Path, num_frames: int, size_wh: tuple[int, int] = (64, 48)) -> Path:
    """A video of 10 frames a second whose frame `n` is grey of value 10 * n."""
    with av.open(str(path), "w") as container:
        stream = container.add_stream("mpeg4", rate=10)
        stream.width, stream.height = size_wh
        stream.pix_fmt = "yuv420p"
        for number in range(1, num_frames + 1):
            image = np.full((size_wh[1], size_wh[0], 3), 10 * number, np.uint8)
            frame = av.VideoFrame.from_ndarray(image, format="rgb24")
            for packet in stream.encode(frame):
                container.mux(packet)
        for packet in stream.encode():
            container.mux(packet)
    return path


@pytest.fixture
def dataset() -> vf.Dataset:
    """Three videos; frames 1 (cat, dog), 2 (none), 5 (cat); no frames; frame 1 (bird)."""
    dataset = vf.Dataset("videos")
    one, two, three = (vf.Sample(filepath=f"/{name}.mp4") for name in ("one", "two", "three"))
    one.frames[5] = vf.Frame(objects=boxes("cat"), score=0.5, kind=vf.Classification(label="day"))
    one.frames[1] = vf.Frame(objects=boxes("cat", "dog"))
    one.frames[2] = vf.Frame(objects=boxes())
    three.frames[1] = vf.Frame(objects=boxes("bird"), kind=vf.Classification(label="night"))
    dataset.add_samples([one, two, three])
    return dataset


def names(frame: vf.Frame) -> list[str]:
    return [each.label for each in frame.objects.detections]


def test_values_of_frames_are_nested(dataset: vf.Dataset) -> None:
    assert dataset.values("frames.frame_number") == [[1, 2, 5], [], [1]]
    assert dataset.values("frames.objects.detections.label") == [
        [["cat", "dog"], [], ["cat"]],
        [],
        [["bird"]],
    ]
    assert dataset.values("frames.kind.label") == [[None, None, "day"], [], ["night"]]
    assert dataset.values(F("frames").length()) == [3, 0, 1]
    busy = F("frames").filter(F("objects.detections").length() > 0).length()
    assert dataset.values(busy) == [2, 0, 1]


@pytest.mark.parametrize("made", [str, F])
def test_marked_lists_of_a_path_are_taken_apart(dataset: vf.Dataset, made: type) -> None:
    labels = "objects.detections.label"
    expected = {
        f"frames[].{labels}": [["cat", "dog"], [], ["cat"], ["bird"]],
        "frames.objects.detections[].label": [["cat", "dog", "cat"], [], ["bird"]],
        "frames[].objects.detections[].label": ["cat", "dog", "cat", "bird"],
        "frames[].frame_number": [1, 2, 5, 1],
    }
    for engine in (dataset.handle.engine, PythonEngine()):
        for path, values in expected.items():
            asked = vf.Values(made(path))
            assert engine.aggregate(Scan(), [asked], dataset.snapshot()) == [values], path


def test_aggregations_go_over_all_frames(dataset: vf.Dataset) -> None:
    assert dataset.count("frames") == 4
    assert dataset.count("frames.objects.detections") == 4
    assert dataset.count_values("frames.objects.detections.label") == {
        "cat": 2,
        "bird": 1,
        "dog": 1,
    }
    assert dataset.distinct("frames.kind.label") == ["day", "night"]
    assert dataset.bounds("frames.frame_number") == (1, 5)


def test_both_engines_agree_about_frames(dataset: vf.Dataset) -> None:
    oracle = PythonEngine()
    views = [
        dataset.view(),
        dataset.match(F("frames").length() > 2),
        dataset.match_frames(F("objects.detections").length() > 0),
        dataset.match_frames(F("frame_number") > 1, omit_empty=False),
        dataset.filter_labels("frames.objects", F("label") == "cat"),
        dataset.filter_labels("frames.kind", F("label") == "day", only_matches=False),
        dataset.match_labels(fields="frames.objects", filter=F("label") == "bird"),
        dataset.limit_labels("frames.objects", 1),
        dataset.match_frames(F("$filepath").ends_with("one.mp4")),
        dataset.sort_by(F("frames").length(), reverse=True),
    ]
    asked = [
        vf.Values("id"),
        vf.Values("frames.id"),
        vf.Values("frames.objects.detections.id"),
        vf.CountValues("frames.kind.label"),
        vf.Count("frames"),
        vf.Sum(F("frames").length()),
    ]
    for view in views:
        snapshot = view.snapshot()
        plan = view.plan(snapshot.schema)
        assert view.aggregate(asked) == oracle.aggregate(plan, asked, snapshot), view.stages


def test_match_frames_shows_the_matching_frames_alone(dataset: vf.Dataset) -> None:
    view = dataset.match_frames(F("objects.detections").length() > 0)
    assert view.values("filepath") == ["/one.mp4", "/three.mp4"]
    assert list(view.first().frames) == [1, 5]
    kept = dataset.match_frames(F("frame_number") > 9, omit_empty=False)
    assert [len(sample.frames) for sample in kept] == [0, 0, 0]


def test_frames_are_selected_and_excluded_by_id(dataset: vf.Dataset) -> None:
    frame = dataset.first().frames[2]
    assert dataset.select_frames(frame).values("frames.frame_number") == [[2]]
    assert dataset.exclude_frames([frame.id]).values("frames.frame_number") == [[1, 5], [1]]


def test_labels_that_a_view_hides_stay_when_a_frame_is_saved(dataset: vf.Dataset) -> None:
    view = dataset.filter_labels("frames.objects", F("label") == "cat")
    sample = view.first()
    assert {number: names(frame) for number, frame in sample.frames.items()} == {
        1: ["cat"],
        2: [],
        5: ["cat"],
    }
    sample.frames[1].objects.detections[0].label = "lynx"
    sample.save()
    assert names(dataset.first().frames[1]) == ["lynx", "dog"]


def test_fields_of_frames_are_selected_and_hidden(dataset: vf.Dataset) -> None:
    view = dataset.select_fields("frames.objects")
    kept = ["id", "frame_number", "created_at", "last_modified_at", "objects"]
    assert list(view.get_frame_field_schema() or {}) == kept
    hidden = dataset.exclude_fields("frames.objects")
    assert "objects" not in (hidden.get_frame_field_schema() or {})
    assert not hidden.has_frame_field("objects")
    assert dataset.has_frame_field("objects.detections.label")


def test_fields_of_frames_are_added_renamed_cloned_cleared_and_deleted(dataset: vf.Dataset) -> None:
    dataset.add_frame_field("weather", vf.StringField)
    dataset.rename_frame_field("score", "points")
    dataset.clone_frame_field("objects", "boxes")
    assert dataset.values("frames.points")[0] == [None, None, 0.5]
    assert dataset.values("frames.boxes.detections.label")[2] == [["bird"]]
    assert names(dataset.first().frames[1]) == ["cat", "dog"]
    dataset.clear_frame_field("points")
    assert dataset.values("frames.points")[0] == [None, None, None]
    dataset.delete_frame_field("objects")
    fields = dataset.get_frame_field_schema() or {}
    stamps = {"created_at", "last_modified_at"}
    assert set(fields) - stamps == {"id", "frame_number", "weather", "points", "kind", "boxes"}
    assert "objects" not in dataset.first().frames[1].field_names


def test_frames_are_deleted_one_by_one_and_all(dataset: vf.Dataset) -> None:
    sample = dataset.first()
    dataset.delete_frames(sample.frames[2])
    assert list(sample.frames) == [1, 5]
    dataset.match(F("filepath") == "/one.mp4").clear_frames()
    assert dataset.values("frames.frame_number") == [[], [], [1]]


def test_values_are_set_on_frames(dataset: vf.Dataset) -> None:
    dataset.set_values("frames.score", [[0.1, 0.2, 0.3], [], [0.4]])
    assert dataset.values("frames.score") == [[0.1, 0.2, 0.3], [], [0.4]]
    checked = [[[True, False], [], [True]], [], [[False]]]
    dataset.set_values("frames.objects.detections.checked", checked)
    assert dataset.values("frames.objects.detections.checked") == checked


def test_metadata_of_videos_is_read_from_their_headers(tmp_path: Path) -> None:
    path = make_video(tmp_path / "a.mp4", 12)
    dataset = vf.Dataset("files")
    dataset.add_sample(vf.Sample(filepath=path))
    dataset.compute_metadata()
    metadata = dataset.first().metadata
    assert isinstance(metadata, vf.VideoMetadata)
    assert (metadata.frame_width, metadata.frame_height) == (64, 48)
    assert metadata.total_frame_count == 12
    assert metadata.frame_rate == pytest.approx(10)
    assert metadata.duration == pytest.approx(1.2)
    assert metadata.mime_type == "video/mp4"
    assert metadata.size_bytes == path.stat().st_size


def test_ensure_frames_adds_those_that_are_missing(tmp_path: Path) -> None:
    dataset = vf.Dataset("files")
    sample = vf.Sample(filepath=make_video(tmp_path / "a.mp4", 4))
    sample.frames[2] = vf.Frame(score=0.5)
    dataset.add_sample(sample)
    dataset.ensure_frames()
    assert list(sample.frames) == [1, 2, 3, 4]
    assert dataset.values("frames.score") == [[None, 0.5, None, None]]


def test_frames_are_samples_of_a_view_and_are_saved_to_the_video(dataset: vf.Dataset) -> None:
    frames = dataset.to_frames()
    assert len(frames) == 4
    assert frames.values("frame_number") == [1, 2, 5, 1]
    assert frames.values("filepath") == ["/one.mp4"] * 3 + ["/three.mp4"]
    assert frames.values("sample_id")[0] == dataset.first().id
    assert frames.count_values("objects.detections.label") == {"cat": 2, "bird": 1, "dog": 1}
    view = frames.match(F("objects.detections").length() > 1)
    frame = view.first()
    assert frame.frame_number == 1
    frame["score"] = 0.25
    frame.objects.detections[1].label = "wolf"
    frame.save()
    assert dataset.values("frames.score") == [[0.25, None, 0.5], [], [None]]
    assert names(dataset.first().frames[1]) == ["cat", "wolf"]
    assert "FramesView" in type(frames).__name__


def test_frames_of_a_filtered_view_are_those_that_it_shows(dataset: vf.Dataset) -> None:
    view = dataset.match_frames(F("frame_number") < 3).filter_labels(
        "frames.objects", F("label") == "cat"
    )
    assert view.to_frames().values("objects.detections.label") == [["cat"], []]


def test_images_of_frames_are_written(tmp_path: Path) -> None:
    dataset = vf.Dataset("files")
    dataset.add_sample(vf.Sample(filepath=make_video(tmp_path / "a.mp4", 3)))
    frames = dataset.to_frames(sample_frames=True, output_dir=tmp_path / "out")
    paths = frames.values("filepath")
    assert paths == [str(tmp_path / "out" / "a" / f"00000{n}.jpg") for n in (1, 2, 3)]
    assert all(Path(path).stat().st_size for path in paths)
    assert dataset.values("frames.filepath") == [paths]


def test_videos_of_one_name_do_not_share_their_images(tmp_path: Path) -> None:
    dataset = vf.Dataset("files")
    for folder, count in (("one", 2), ("two", 3)):
        (tmp_path / folder).mkdir()
        path = make_video(tmp_path / folder / "a.mp4", count)
        dataset.add_sample(vf.Sample(filepath=path))
    dataset.limit(1).to_frames(sample_frames=True, output_dir=tmp_path / "out")
    dataset.to_frames(sample_frames=True, output_dir=tmp_path / "out")
    first, second = dataset.values("frames.filepath")
    assert (len(first), len(second), len({*first, *second})) == (2, 3, 5)


def events(*spans: tuple[str, int, int]) -> vf.TemporalDetections:
    found = [vf.TemporalDetection(label=name, support=[a, b]) for name, a, b in spans]
    return vf.TemporalDetections(detections=found)


def test_clips_are_made_of_temporal_detections(dataset: vf.Dataset) -> None:
    dataset.set_values("events", [events(("run", 1, 2), ("sit", 4, 6)), None, events()])
    clips = dataset.to_clips("events")
    assert clips.values("support") == [[1, 2], [4, 6]]
    assert clips.values("events.label") == ["run", "sit"]
    assert clips.values("sample_id") == [dataset.first().id] * 2
    assert [list(clip.frames) for clip in clips] == [[1, 2], [5]]
    clip = clips.match(F("events.label") == "run").first()
    clip.frames[1]["score"] = 0.75
    clip.save()
    assert dataset.first().frames[1].score == 0.75


def test_clips_are_made_of_frames_for_which_something_holds(dataset: vf.Dataset) -> None:
    assert dataset.to_clips("frames.objects").values("support") == [[1, 1], [5, 5], [1, 1]]
    assert dataset.to_clips("frames.objects", tol=3).values("support") == [[1, 5], [1, 1]]
    assert dataset.to_clips("frames.objects", tol=3, min_len=2).values("support") == [[1, 5]]
    early = dataset.to_clips(F("frame_number") < 3)
    assert early.values("support") == [[1, 2], [1, 1]]
    given = dataset.to_clips([[[1, 2], [3, 5]], [], [[1, 9]]])
    assert given.values("support") == [[1, 2], [3, 5], [1, 9]]


def test_an_object_that_is_followed_is_one_clip() -> None:
    dataset = vf.Dataset("tracks")
    sample = vf.Sample(filepath="/street.mp4")
    for number, objects in {1: [("car", 1)], 2: [("car", 1), ("car", 2)], 3: [("car", 2)]}.items():
        found = [vf.Detection(label=name, index=index) for name, index in objects]
        sample.frames[number] = vf.Frame(objects=vf.Detections(found))
    dataset.add_sample(sample)
    tracks = dataset.to_trajectories("frames.objects")
    assert tracks.values("support") == [[1, 2], [2, 3]]
    assert tracks.values("objects.index") == [1, 2]
    assert tracks.values("objects.label") == ["car", "car"]


def test_stages_over_frames_go_through_json(dataset: vf.Dataset) -> None:
    views = [
        dataset.match_frames(F("score") > 0.5, omit_empty=False),
        dataset.select_frames(dataset.first().frames[1]),
        dataset.exclude_frames(["0" * 24]),
        dataset.to_frames().match(F("frame_number") > 1),
        dataset.to_clips("frames.objects", tol=2, min_len=3),
        dataset.to_clips(F("frame_number") > 1),
        dataset.to_clips([[[1, 2]], [], []]),
        dataset.to_trajectories("frames.objects"),
    ]
    for view in views:
        written = json.loads(json.dumps(stages_to_json(view)))
        assert view_from_json(dataset, written).stages == view.stages


def test_a_dataset_of_videos_says_what_its_frames_hold(dataset: vf.Dataset) -> None:
    text = str(dataset.select_fields("frames.score"))
    assert "Frame fields:\n    id:               ObjectIdField\n" in text
    assert "score:            FloatField" in text
    assert "objects" not in text
    assert "_sample" not in text


def test_what_belongs_to_the_video_is_not_changed_through_a_part_of_it(
    dataset: vf.Dataset,
) -> None:
    frame = dataset.to_frames().first()
    frame["filepath"] = "/other.mp4"
    with pytest.raises(ExpressionError, match="that of its video"):
        frame.save()
    clip = dataset.to_clips("frames.objects").first()
    clip["support"] = [1, 9]
    with pytest.raises(ExpressionError, match="belongs to the clip"):
        clip.save()


def test_frames_are_asked_for_where_there_are_none() -> None:
    dataset = vf.Dataset("images")
    dataset.add_sample(vf.Sample(filepath="/a.jpg"))
    assert dataset.get_frame_field_schema() is None
    assert not dataset.has_frame_field("objects")
    with pytest.raises(ExpressionError, match="there are none"):
        dataset.match_frames(F("frame_number") > 1)
    with pytest.raises(ExpressionError, match="there are none"):
        dataset.to_frames()


@pytest.mark.parametrize("words", [None, [], [None], ["x", None]])
def test_frames_look_up_lists_of_their_video_that_are_empty(words: list[str | None] | None) -> None:
    dataset = vf.Dataset()
    for number, held in enumerate((["q", "z"], words)):
        sample = vf.Sample(filepath=f"/{number}.mp4", words=held)
        sample.frames[1] = vf.Frame(kind=vf.Detection(label="a"))
        dataset.add_sample(sample)
    view = dataset.filter_labels("frames.kind", F("$words").max() == "z")
    assert [str(frame["sample_id"]) for frame in view.to_frames()] == [dataset.first().id]
