from __future__ import annotations

import gc
from pathlib import Path

import pytest

import viewfinder as vf
from viewfinder.errors import (
    DatasetError,
    DatasetExistsError,
    DatasetNotFoundError,
    InvalidDatasetNameError,
    SchemaError,
)
from viewfinder.schema import DEFAULT_FIELDS


def test_named_datasets_are_kept_and_unnamed_ones_are_not() -> None:
    assert vf.Dataset("pets").persistent
    temporary = vf.Dataset()
    assert not temporary.persistent
    assert temporary.name
    temporary.persistent = True
    assert temporary.persistent
    assert not vf.Dataset("scratch", persistent=False).persistent


def test_a_name_can_be_had_once() -> None:
    vf.Dataset("pets").add_sample(vf.Sample(filepath="/a.jpg"))
    with pytest.raises(DatasetExistsError, match="load_dataset"):
        vf.Dataset("pets")
    assert len(vf.load_dataset("pets")) == 1
    old = vf.load_dataset("pets")
    assert len(vf.Dataset("pets", overwrite=True)) == 0
    assert old.deleted


@pytest.mark.parametrize("name", ["", " pets", 7])
def test_a_name_that_no_dataset_can_have_is_refused(name: str) -> None:
    with pytest.raises(InvalidDatasetNameError):
        vf.Dataset(name)
    assert vf.list_datasets() == []


def test_a_dataset_is_one_object_in_a_process() -> None:
    dataset = vf.Dataset("pets")
    assert vf.load_dataset("pets") is dataset
    dataset.name = "animals"
    assert vf.load_dataset("animals") is dataset
    with pytest.raises(DatasetNotFoundError, match="'animals'"):
        vf.load_dataset("animal")


def test_a_dataset_that_nobody_holds_is_opened_anew() -> None:
    identifier = vf.Dataset("pets").add_sample(vf.Sample(filepath="/a.jpg"))
    gc.collect()
    assert vf.load_dataset("pets").first().id == identifier


def test_a_sample_knows_its_dataset_when_nobody_else_does() -> None:
    dataset = vf.Dataset("pets")
    dataset.add_sample(vf.Sample(filepath="/a.jpg"))
    sample = dataset.first()
    del dataset
    gc.collect()
    assert sample.dataset.name == "pets"
    assert sample.dataset is vf.load_dataset("pets")


def test_list_exists_delete() -> None:
    for name in ("cats-1", "cats-2", "dogs"):
        vf.Dataset(name)
    assert vf.list_datasets() == ["cats-1", "cats-2", "dogs"]
    assert vf.list_datasets("cats-*") == ["cats-1", "cats-2"]
    assert vf.dataset_exists("dogs")
    vf.delete_dataset("dogs")
    assert not vf.dataset_exists("dogs")
    with pytest.raises(DatasetNotFoundError):
        vf.delete_dataset("dogs")
    vf.delete_datasets("cats-*")
    assert vf.list_datasets() == []


def test_temporary_datasets_can_be_deleted_together() -> None:
    kept, gone = vf.Dataset("kept"), vf.Dataset()
    vf.delete_non_persistent_datasets()
    assert vf.list_datasets() == ["kept"]
    assert gone.deleted
    assert not kept.deleted


def test_a_deleted_dataset_says_so() -> None:
    dataset = vf.Dataset("pets")
    view = dataset.limit(3)
    folder = dataset.handle.entry.path
    dataset.delete()
    assert dataset.deleted
    assert not folder.exists()
    for use in (dataset.count, dataset.first, view.first, dataset.clear, dataset.delete):
        with pytest.raises(DatasetError, match="was deleted"):
            use()


def test_a_name_that_is_taken_stops_a_rename() -> None:
    pets, cats = vf.Dataset("pets"), vf.Dataset("cats")
    with pytest.raises(DatasetExistsError):
        pets.name = "cats"
    assert (pets.name, cats.name) == ("pets", "cats")


def test_homes_are_apart(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    vf.Dataset("pets")
    monkeypatch.setenv("VIEWFINDER_HOME", str(tmp_path / "other"))
    assert vf.list_datasets() == []
    vf.Dataset("pets")


def test_facts_are_kept_with_the_dataset() -> None:
    dataset = vf.Dataset("pets")
    assert (dataset.info, dataset.tags, dataset.classes) == ({}, [], {})
    assert dataset.media_type is None
    dataset.info = {"author": "me"}
    dataset.info["year"] = 2026
    dataset.save()
    dataset.tags = ["clean"]
    dataset.description = "Animals at home"
    dataset.classes = {"ground_truth": ["cat", "dog"]}
    dataset.default_classes = ["cat"]
    dataset.mask_targets = {"pixels": {1: "cat", 2: "dog"}}
    dataset.default_mask_targets = {255: "edge", "#ff0000": "red"}
    del dataset
    gc.collect()
    again = vf.load_dataset("pets")
    assert again.info == {"author": "me", "year": 2026}
    assert again.tags == ["clean"]
    assert again.description == "Animals at home"
    assert again.classes == {"ground_truth": ["cat", "dog"]}
    assert again.default_classes == ["cat"]
    assert again.mask_targets == {"pixels": {1: "cat", 2: "dog"}}
    assert again.default_mask_targets == {255: "edge", "#ff0000": "red"}
    again.info["forgotten"] = True
    again.reload()
    assert again.limit(1).info == {"author": "me", "year": 2026}
    again.add_sample(vf.Sample(filepath="/a.mp4"))
    assert again.media_type == "video"


def test_facts_that_json_cannot_write_are_refused() -> None:
    dataset = vf.Dataset("pets")
    with pytest.raises(SchemaError, match="object"):
        dataset.info = {"what": object()}
    assert dataset.info == {}


def test_fields_are_declared_listed_and_deleted() -> None:
    dataset = vf.Dataset("pets")
    dataset.add_sample_field("score", vf.FloatField, description="How good")
    dataset.add_sample_field("words", vf.ListField, subfield=vf.StringField)
    dataset.add_sample_field("things", vf.EmbeddedDocumentField, embedded_doc_type=vf.Detections)
    assert [*dataset.get_field_schema()] == [
        *DEFAULT_FIELDS,
        *("score", "words", "things"),
    ]
    assert dataset.get_field_schema()["score"].description == "How good"
    assert [*dataset.get_field_schema(ftype=vf.FloatField)] == ["score"]
    assert [*dataset.get_field_schema(embedded_doc_type=vf.Detections)] == ["things"]
    flat = dataset.get_field_schema(flat=True)
    assert isinstance(flat["things.detections.confidence"], vf.FloatField)
    assert dataset.has_field("metadata.width")
    assert not dataset.has_field("metadata.colour")
    assert dataset.get_field("nothing") is None
    dataset.add_sample(vf.Sample(filepath="/a.jpg", score=1.0))
    sample = dataset.first()
    assert sample.score == 1.0
    dataset.delete_sample_field("score")
    assert not dataset.has_field("score")
    with pytest.raises(AttributeError):
        _ = sample.score
    with pytest.raises(vf.FieldNotFoundError):
        dataset.delete_sample_field("score")
    with pytest.raises(SchemaError, match="every sample"):
        dataset.delete_sample_field("filepath")
    assert dataset.make_unique_field_name("words") == "words2"


def test_a_second_declaration_must_agree() -> None:
    dataset = vf.Dataset("pets")
    dataset.add_sample_field("score", vf.FloatField)
    dataset.add_sample_field("score", vf.FloatField)
    with pytest.raises(SchemaError, match="score"):
        dataset.add_sample_field("score", vf.StringField)
    with pytest.raises(SchemaError, match="embedded_doc_type"):
        dataset.add_sample_field("things", vf.EmbeddedDocumentField)


def test_samples_are_deleted_all_or_none() -> None:
    dataset = vf.Dataset("pets")
    ids = dataset.add_samples([vf.Sample(filepath=f"/{n}.jpg") for n in range(4)])
    with pytest.raises(vf.SampleNotFoundError):
        dataset.delete_samples([ids[0], "f" * 24])
    assert len(dataset) == 4
    dataset.delete_samples(ids[0])
    dataset.delete_samples([dataset[ids[1]]])
    assert dataset.values("id") == ids[2:]
    dataset.clear()
    assert len(dataset) == 0
    assert list(dataset) == []


def test_stats_count_what_there_is() -> None:
    dataset = vf.Dataset("pets")
    dataset.add_sample(
        vf.Sample(filepath="/a.jpg", things=vf.Detections([vf.Detection("cat"), vf.Detection()]))
    )
    stats = dataset.stats()
    assert stats["samples_count"] == 1
    assert stats["label_counts"] == {"things": 2}
    assert stats["samples_bytes"] > 0
