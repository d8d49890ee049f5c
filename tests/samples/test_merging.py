from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

import viewfinder as vf
from viewfinder.errors import FieldNotFoundError, FieldTypeError


def detection(label: str, identifier: str | None = None, **values: Any) -> vf.Detection:
    made = vf.Detection(label=label, bounding_box=[0, 0, 0.5, 0.5], **values)
    if identifier is not None:
        made.id = identifier
    return made


A, B, C = "a" * 24, "b" * 24, "c" * 24


@pytest.fixture
def dataset() -> vf.Dataset:
    """/1.jpg with the labels A and B and the tag "one"; /2.jpg with nothing."""
    made = vf.Dataset("merged")
    labels = vf.Detections([detection("cat", A, confidence=0.5), detection("dog", B)])
    made.add_samples(
        [
            vf.Sample(filepath="/1.jpg", tags=["one"], score=1.0, gt=labels, names=["x"]),
            vf.Sample(filepath="/2.jpg"),
        ],
        progress=False,
    )
    return made


def test_samples_of_one_path_are_merged_and_others_are_added(dataset: vf.Dataset) -> None:
    labels = vf.Detections([detection("lynx", A), detection("bird", C)])
    dataset.merge_samples(
        [
            vf.Sample(filepath="/1.jpg", tags=["one", "two"], score=2.0, gt=labels, names=["y"]),
            vf.Sample(filepath="/3.jpg", weather="rain"),
        ],
        progress=False,
    )
    assert dataset.values("filepath") == ["/1.jpg", "/2.jpg", "/3.jpg"]
    first = dataset.first()
    assert first.tags == ["one", "two"]
    assert first.score == 2.0
    assert first.names == ["x", "y"]
    assert [(label.id, label.label) for label in first.gt.detections] == [
        (A, "lynx"),
        (B, "dog"),
        (C, "bird"),
    ]
    assert first.gt.detections[0].confidence is None
    assert dataset.last().weather == "rain"


def test_none_is_missing_and_nothing_is_overwritten_where_that_is_asked(
    dataset: vf.Dataset,
) -> None:
    theirs = vf.Sample(filepath="/1.jpg", score=None, gt=vf.Detections([detection("lynx", A)]))
    dataset.merge_sample(theirs)
    assert dataset.first().score == 1.0
    theirs = vf.Sample(filepath="/1.jpg", score=9.0, gt=vf.Detections([detection("owl", A)]))
    dataset.merge_sample(theirs, overwrite=False)
    assert dataset.first().score == 1.0
    assert dataset.first().gt.detections[0].label == "lynx"
    dataset.merge_sample(vf.Sample(filepath="/2.jpg", score=3.0), overwrite=False)
    assert dataset.last().score == 3.0


def test_lists_are_replaced_where_they_are_not_merged(dataset: vf.Dataset) -> None:
    theirs = vf.Sample(filepath="/1.jpg", tags=["two"], gt=vf.Detections([detection("owl", C)]))
    dataset.merge_sample(theirs, merge_lists=False)
    assert dataset.first().tags == ["two"]
    assert [label.label for label in dataset.first().gt.detections] == ["owl"]


def test_labels_and_documents_are_merged_by_attribute(dataset: vf.Dataset) -> None:
    dataset.first().metadata = vf.ImageMetadata(width=10)
    sample = dataset.first()
    sample.metadata = vf.ImageMetadata(width=10)
    sample.save()
    theirs = vf.Sample(
        filepath="/1.jpg",
        metadata=vf.ImageMetadata(height=20),
        gt=vf.Detections([detection("lynx", A)]),
    )
    dataset.merge_sample(theirs, merge_embedded_docs=True)
    assert (dataset.first().metadata.width, dataset.first().metadata.height) == (10, 20)
    first = dataset.first().gt.detections[0]
    assert (first.label, first.confidence) == ("lynx", 0.5)


def test_fields_are_chosen_renamed_and_left_out(dataset: vf.Dataset) -> None:
    theirs = vf.Sample(filepath="/1.jpg", score=5.0, tags=["two"], other=1)
    dataset.merge_sample(theirs, fields={"score": "their_score"})
    assert dataset.first().their_score == 5.0
    assert dataset.first().tags == ["one"]
    dataset.merge_sample(theirs, omit_fields=["score", "other"])
    assert dataset.first().score == 1.0
    assert dataset.first().tags == ["one", "two"]
    assert not dataset.has_field("other")
    dataset.merge_sample(vf.Sample(filepath="/9.jpg", score=5.0, other=1), fields="score")
    assert dataset.last().score == 5.0
    assert dataset.last().filepath == "/9.jpg"
    assert not dataset.has_field("other")


def test_existing_ones_are_skipped_and_new_ones_left_out(dataset: vf.Dataset) -> None:
    theirs = [vf.Sample(filepath="/1.jpg", score=5.0), vf.Sample(filepath="/7.jpg", score=7.0)]
    dataset.merge_samples(theirs, skip_existing=True, insert_new=False, progress=False)
    assert dataset.values("score") == [1.0, None]
    dataset.merge_samples(theirs, insert_new=False, progress=False)
    assert dataset.values("score") == [5.0, None]
    dataset.merge_samples(theirs, skip_existing=True, progress=False)
    assert dataset.values("score") == [5.0, None, 7.0]


def test_the_key_is_a_field_or_a_function(dataset: vf.Dataset) -> None:
    dataset.set_values("number", [1, None])
    dataset.merge_samples(
        [vf.Sample(filepath="/moved.jpg", number=1), vf.Sample(filepath="/new.jpg")],
        key_field="number",
        omit_fields="filepath",
        progress=False,
    )
    assert dataset.values("filepath") == ["/1.jpg", "/2.jpg", "/new.jpg"]
    dataset.merge_samples(
        [vf.Sample(filepath="/elsewhere/1.jpg", score=8.0)],
        key_fcn=lambda sample: Path(sample.filepath).name,
        omit_fields="filepath",
        progress=False,
    )
    assert len(dataset) == 3
    assert dataset.first().score == 8.0


def test_one_key_twice_is_one_sample(dataset: vf.Dataset) -> None:
    dataset.merge_samples(
        [
            vf.Sample(filepath="/5.jpg", tags=["a"]),
            vf.Sample(filepath="/1.jpg", tags=["b"]),
            vf.Sample(filepath="/5.jpg", tags=["c"]),
            vf.Sample(filepath="/1.jpg", tags=["d"]),
        ],
        progress=False,
    )
    assert dataset.values("tags") == [["one", "b", "d"], [], ["a", "c"]]


def test_a_held_sample_sees_what_was_merged_into_it(dataset: vf.Dataset) -> None:
    held = dataset.first()
    assert held.score == 1.0
    dataset.merge_sample(vf.Sample(filepath="/1.jpg", score=6.0))
    assert held.score == 6.0


def test_new_fields_are_refused_and_types_must_fit(dataset: vf.Dataset) -> None:
    with pytest.raises(FieldNotFoundError, match="weather"):
        dataset.merge_sample(vf.Sample(filepath="/1.jpg", weather="rain"), expand_schema=False)
    with pytest.raises(FieldNotFoundError, match="weather"):
        dataset.merge_sample(vf.Sample(filepath="/8.jpg", weather="rain"), expand_schema=False)
    with pytest.raises(FieldTypeError):
        dataset.merge_sample(vf.Sample(filepath="/1.jpg", score="high"))
    assert dataset.values("score") == [1.0, None]


def test_a_whole_dataset_is_merged_with_its_classes(dataset: vf.Dataset) -> None:
    other = vf.Dataset("other")
    other.add_samples([vf.Sample(filepath=f"/{n}.jpg", n=n) for n in range(3000)], progress=False)
    other.default_classes = ["cat", "dog"]
    other.info = {"a": 1, "b": 1}
    dataset.info = {"a": 0}
    dataset.merge_samples(other, progress=False)
    assert len(dataset) == 3000
    assert dataset["/1.jpg"].n == 1
    assert dataset["/1.jpg"].gt.detections[0].label == "cat"
    assert dataset.default_classes == ["cat", "dog"]
    assert dataset.info == {"a": 0, "b": 1}
    dataset.merge_samples(other, overwrite_info=True, progress=False)
    assert dataset.info == {"a": 1, "b": 1}
    dataset.merge_samples(other.limit(2), include_info=False, progress=False)
    assert sorted(dataset.distinct("n")) == list(range(3000))


def test_a_collection_is_added_with_its_ids_once(dataset: vf.Dataset) -> None:
    other = vf.Dataset("target")
    other.add_sample(vf.Sample(filepath="/0.jpg"))
    view = dataset.filter_labels("gt", vf.F("label") == "dog")
    assert other.add_collection(view, progress=False) == [dataset.first().id]
    assert [label.id for label in other.last().gt.detections] == [B]
    assert other.last().id == dataset.first().id
    assert other.add_collection(dataset, progress=False) == [dataset.last().id]
    assert other.values("filepath") == ["/0.jpg", "/1.jpg", "/2.jpg"]
    added = other.add_collection(dataset, new_ids=True, progress=False)
    assert len(added) == 2
    assert not set(added) & set(dataset.values("id"))
    assert len(other) == 5
    assert len(other.last().tags) == 0
    assert len(dataset.add_collection(dataset, new_ids=True, progress=False)) == 2
    assert dataset.values("tags") == [["one"], [], ["one"], []]


def test_a_clone_has_all_and_changes_for_itself(dataset: vf.Dataset) -> None:
    dataset.add_samples([vf.Sample(filepath=f"/b{n}.jpg", n=n) for n in range(500)], progress=False)
    dataset.default_classes = ["cat"]
    clone = dataset.clone("cloned")
    assert clone.values("id") == dataset.values("id")
    assert clone.first().gt == dataset.first().gt
    assert clone.default_classes == ["cat"]
    assert [version.reason for version in clone.history()] == ["clone"]
    clone.set_values("n", [0] * len(clone))
    clone.first().gt.detections[0].label = "lynx"
    clone.first().save()
    dataset.delete_samples(dataset.match((vf.F("n") >= 0) & (vf.F("n") < 400)))
    assert dataset.values("n") == [None, None, *range(400, 500)]
    assert dataset.first().gt.detections[0].label == "cat"
    assert len(clone) == 502
    dataset.delete()
    assert clone.last().filepath == "/b499.jpg"
    assert clone.count_values("gt.detections.label") == {"cat": 1, "dog": 1}


def test_a_clones_files_are_shared(dataset: vf.Dataset) -> None:
    dataset.add_samples([vf.Sample(filepath=f"/b{n}.jpg", n=n) for n in range(500)], progress=False)
    clone = dataset.clone()
    ours = {path.name: path.stat().st_ino for path in _segments(dataset)}
    theirs = {path.name: path.stat().st_ino for path in _segments(clone)}
    assert ours == theirs
    assert ours


def test_a_clone_of_a_view_holds_what_it_shows(dataset: vf.Dataset) -> None:
    view = dataset.filter_labels("gt", vf.F("label") == "dog").select_fields("gt")
    clone = view.clone("small")
    assert len(clone) == 1
    assert clone.first().id == dataset.first().id
    assert [label.id for label in clone.first().gt.detections] == [B]
    assert not clone.has_field("score")
    assert clone.name == "small"
    assert clone.persistent


def _segments(dataset: vf.Dataset) -> list[Path]:
    return sorted((dataset.handle.entry.path / "segments").iterdir())


def test_a_merge_is_one_transaction(dataset: vf.Dataset) -> None:
    other = vf.Dataset("other")
    other.info = {"from": "other"}
    other.add_samples(
        [vf.Sample(filepath="/1.jpg", score=5.0), vf.Sample(filepath="/3.jpg")], progress=False
    )
    before = len(dataset.history())
    dataset.merge_samples(other, progress=False)
    assert [version.reason for version in dataset.history()[before:]] == ["merge_samples"]
    assert dataset.values("score") == [5.0, None, None]
    assert dataset.info == {"from": "other"}
    dataset.add_collection(other, new_ids=True, overwrite_info=True)
    assert [version.reason for version in dataset.history()[before + 1 :]] == ["add_collection"]


def test_a_merge_that_is_refused_leaves_everything_as_it_was(dataset: vf.Dataset) -> None:
    before = dataset.to_dict(), len(dataset.history())
    new = vf.Sample(filepath="/3.jpg")
    wrong = vf.Sample(filepath="/2.jpg", score="high")
    with pytest.raises(FieldTypeError):
        dataset.merge_samples([new, vf.Sample(filepath="/1.jpg", score=9.0), wrong], progress=False)
    assert (dataset.to_dict(), len(dataset.history())) == before
    assert not new.in_dataset


def test_keys_that_come_again_in_later_batches_are_merged(
    dataset: vf.Dataset, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("viewfinder.samples.sample_merging.BATCH_SAMPLES", 2)
    held = [vf.Sample(filepath=f"/{at % 4}.jpg", tags=[str(at)]) for at in range(12)]
    dataset.merge_samples(iter(held), progress=False)
    assert dict(zip(dataset.values("filepath"), dataset.values("tags"), strict=True)) == {
        "/0.jpg": ["0", "4", "8"],
        "/1.jpg": ["one", "1", "5", "9"],
        "/2.jpg": ["2", "6", "10"],
        "/3.jpg": ["3", "7", "11"],
    }
    assert [sample.in_dataset for sample in held] == [True, False, False, True, *[False] * 8]
    assert held[3].tags == ["3", "7", "11"]


def test_many_samples_are_merged_as_columns(dataset: vf.Dataset) -> None:
    paths = [f"/{at}.jpg" for at in range(1, 5_001)]
    for score in (1.0, 2.0):
        dataset.merge_samples(
            [
                vf.Sample(filepath=path, score=score, gt=vf.Detections([detection("x", C)]))
                for path in paths
            ],
            progress=False,
        )
    assert dataset.values("score") == [2.0] * 5_000
    assert dataset.count("gt.detections") == 5_002
    # Only the two samples that were added by themselves lie above the files.
    assert dataset.handle.snapshot().num_dirty == 2


def video(path: str, **labels: str) -> vf.Sample:
    made = vf.Sample(filepath=path)
    for number, label in labels.items():
        made.frames[int(number[1:])] = vf.Frame(gt=vf.Classification(label=label), weather="sun")
    return made


@pytest.mark.parametrize("from_dataset", [False, True])
def test_frames_are_merged_by_their_numbers(*, from_dataset: bool) -> None:
    videos = vf.Dataset("videos")
    videos.add_samples([video("/1.mp4", n1="cat", n2="dog")], progress=False)
    theirs: Any = [video("/1.mp4", n2="lynx", n3="owl"), video("/2.mp4", n1="fox")]
    if from_dataset:
        other = vf.Dataset("other")
        other.add_samples(theirs, progress=False)
        theirs = other
    before = len(videos.history())
    videos.merge_samples(theirs, progress=False)
    assert len(videos.history()) == before + 1
    assert videos.values("frames.frame_number") == [[1, 2, 3], [1]]
    assert videos.values("frames.gt.label") == [["cat", "lynx", "owl"], ["fox"]]
    videos.merge_samples([video("/1.mp4", n1="ant")], fields="frames.weather", progress=False)
    assert videos.first().frames[1].gt.label == "cat"
    videos.merge_samples([video("/1.mp4", n1="ant")], overwrite=False, progress=False)
    assert videos.first().frames[1].gt.label == "cat"
