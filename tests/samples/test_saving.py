from __future__ import annotations

import gc

import pytest

import viewfinder as vf
from viewfinder.errors import DatasetError, FieldTypeError, SampleNotFoundError

F = vf.ViewField


@pytest.fixture
def dataset() -> vf.Dataset:
    """Three samples with 0, 1 and 2 predictions: a0 (0.9), b0 (0.2), b1 (0.8)."""
    made = vf.Dataset("saving")
    made.add_samples(
        [
            vf.Sample(filepath="/0.jpg", predictions=vf.Detections([]), score=0.0),
            vf.Sample(filepath="/1.jpg", predictions=vf.Detections([box("a0", 0.9)]), score=1.0),
            vf.Sample(
                filepath="/2.jpg",
                predictions=vf.Detections([box("b0", 0.2), box("b1", 0.8)]),
                score=2.0,
            ),
        ],
        progress=False,
    )
    gc.collect()
    return made


def box(label: str, confidence: float) -> vf.Detection:
    return vf.Detection(label=label, bounding_box=[0.1, 0.2, 0.3, 0.4], confidence=confidence)


def names(dataset: vf.SampleCollection) -> list[list[str]]:
    return dataset.values("predictions.detections.label")


def test_a_changed_label_is_written_and_the_others_stay(dataset: vf.Dataset) -> None:
    before = dataset.last().predictions.detections[1].copy()
    gc.collect()
    sample = dataset.last()
    sample.predictions.detections[0].label = "new"
    sample.save()
    assert names(dataset) == [[], ["a0"], ["new", "b1"]]
    assert dataset.view().last().predictions.detections[1] == before


def test_each_kind_of_change_is_seen(dataset: vf.Dataset) -> None:
    sample = dataset.last()
    labels = sample.predictions.detections
    labels[0].bounding_box[2] = 0.5
    sample.save()
    assert dataset.view().last().predictions.detections[0].bounding_box[2] == 0.5
    labels.append(box("b2", 0.5))
    sample.save()
    assert names(dataset)[2] == ["b0", "b1", "b2"]
    del labels[0]
    sample.save()
    assert names(dataset)[2] == ["b1", "b2"]
    labels[0]["mood"] = "good"
    sample.save()
    assert dataset.values("predictions.detections.mood")[2] == ["good", None]
    sample.tags.append("x")
    sample.save()
    assert dataset.values("tags") == [[], [], ["x"]]
    sample.predictions = None
    sample.save()
    assert names(dataset)[2] is None


def test_nothing_changed_writes_nothing(dataset: vf.Dataset) -> None:
    versions = len(dataset.history())
    for sample in dataset:
        assert sample.predictions is not None
        assert sample.tags == []
        for label in sample.predictions.detections:
            assert label.tags == []
        sample.save()
        sample.score = sample.score * 1.0
        sample.save()
    assert len(dataset.history()) == versions


def test_a_new_field_appears_with_save(dataset: vf.Dataset) -> None:
    sample = dataset.first()
    sample["weather"] = "sunny"
    assert not dataset.has_field("weather")
    sample.save()
    assert dataset.values("weather") == ["sunny", None, None]
    other = dataset.last()
    assert other.weather is None
    other.weather = "rain"
    other.save()
    assert dataset.values("weather") == ["sunny", None, "rain"]


def test_a_value_that_does_not_fit_leaves_everything_as_it_was(dataset: vf.Dataset) -> None:
    versions = len(dataset.history())
    sample = dataset.first()
    sample.score = "high"
    sample["colour"] = "red"
    with pytest.raises(FieldTypeError, match="score"):
        sample.save()
    assert dataset.values("score") == [0.0, 1.0, 2.0]
    assert not dataset.has_field("colour")
    assert len(dataset.history()) == versions
    sample.reload()
    assert sample.score == 0.0


def test_two_objects_that_change_two_fields_both_win(dataset: vf.Dataset) -> None:
    one, other = dataset.view().last(), dataset.view().last()
    assert one is not other
    assert one.score == other.score == 2.0
    one.score = 5.0
    other.tags = ["x"]
    one.save()
    other.save()
    assert dataset.values("score")[2] == 5.0
    assert dataset.values("tags")[2] == ["x"]


def test_a_sample_is_one_object_while_it_is_held(dataset: vf.Dataset) -> None:
    sample = dataset.last()
    assert dataset[sample.id] is sample
    assert dataset["/2.jpg"] is sample
    assert list(dataset)[2] is sample
    sample.score = 9.0
    assert dataset[sample.id].score == 9.0
    sample.reload()
    assert sample.score == 2.0


def test_the_dataset_s_sample_follows_the_view_s(dataset: vf.Dataset) -> None:
    sample = dataset.last()
    assert sample.score == 2.0
    seen = dataset.match(F("score") > 1).first()
    seen.score = 7.0
    seen.predictions.detections[0].label = "new"
    seen.save()
    assert sample.score == 7.0
    assert sample.predictions.detections[0].label == "new"
    sample.score = 8.0
    seen.score = 9.0
    seen.save()
    assert sample.score == 8.0  # changed here and not saved yet


def test_labels_that_a_view_hides_survive_its_save(dataset: vf.Dataset) -> None:
    view = dataset.filter_labels("predictions", F("confidence") > 0.5)
    sample = view.last()
    assert [label.label for label in sample.predictions.detections] == ["b1"]
    sample.predictions.detections[0].label = "changed"
    sample.predictions.detections.append(box("added", 0.99))
    sample.save()
    assert names(dataset)[2] == ["b0", "changed", "added"]
    del sample.predictions.detections[0]
    sample.save()
    assert names(dataset)[2] == ["b0", "added"]
    del sample.predictions.detections[0]
    sample.save()
    assert names(dataset)[2] == ["b0"]


def test_clearing_a_filtered_field_takes_what_was_seen(dataset: vf.Dataset) -> None:
    sample = dataset.filter_labels("predictions", F("confidence") > 0.5).last()
    sample.predictions = None
    sample.save()
    assert names(dataset)[2] == ["b0"]


def test_attributes_that_a_view_hides_survive_its_save(dataset: vf.Dataset) -> None:
    sample = dataset.select_fields("predictions.detections.label").last()
    label = sample.predictions.detections[0]
    assert label.confidence is None
    label.label = "changed"
    sample.save()
    assert names(dataset)[2] == ["changed", "b1"]
    assert dataset.values("predictions.detections.confidence")[2] == [0.2, 0.8]


def test_a_hidden_field_can_be_neither_read_nor_written(dataset: vf.Dataset) -> None:
    sample = dataset.select_fields("score").first()
    with pytest.raises(vf.FieldNotFoundError):
        sample["predictions"]
    with pytest.raises(vf.FieldNotFoundError):
        sample["predictions"] = vf.Detections([])
    assert "predictions" not in sample.field_names


def test_saving_a_deleted_sample_says_so(dataset: vf.Dataset) -> None:
    sample = dataset.first()
    dataset.delete_samples(sample)
    sample.score = 3.0
    with pytest.raises(SampleNotFoundError, match=str(sample.id)):
        sample.save()
    with pytest.raises(SampleNotFoundError):
        sample.reload()
    assert len(dataset) == 2


def test_a_field_of_one_label(dataset: vf.Dataset) -> None:
    sample = dataset.first()
    sample["kind"] = vf.Classification(label="photo")
    sample.save()
    assert dataset.view().first().kind.label == "photo"
    sample.kind.label = "drawing"
    sample.save()
    assert dataset.view().first().kind.label == "drawing"
    sample.clear_field("kind")
    sample.save()
    assert dataset.view().first().kind is None


def test_autosave_writes_in_few_transactions(dataset: vf.Dataset) -> None:
    versions = len(dataset.history())
    for sample in dataset.iter_samples(autosave=True):
        sample["double"] = sample.score * 2
    assert dataset.values("double") == [0.0, 2.0, 4.0]
    assert len(dataset.history()) == versions + 1


def test_a_save_context_writes_what_it_was_given(dataset: vf.Dataset) -> None:
    with dataset.save_context(batch_size=2) as context:
        for sample in dataset:
            sample.score += 10
            if sample.score != 11:
                context.save(sample)
    assert dataset.values("score") == [10.0, 1.0, 12.0]


def test_a_save_context_refuses_samples_of_others(dataset: vf.Dataset) -> None:
    with dataset.save_context() as context, pytest.raises(DatasetError, match="saving"):
        context.save(vf.Sample(filepath="/a.jpg"))


def test_metadata_is_changed_in_place(dataset: vf.Dataset) -> None:
    sample = dataset.first()
    sample.metadata = vf.ImageMetadata(width=4)
    sample.save()
    sample.metadata.height = 3
    sample.save()
    found = dataset.view().first().metadata
    assert (found.width, found.height) == (4, 3)
