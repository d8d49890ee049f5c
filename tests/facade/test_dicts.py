from __future__ import annotations

import json
from datetime import UTC, date, datetime
from math import isnan
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import viewfinder as vf
from viewfinder import F
from viewfinder.errors import DatasetExistsError, FormatError


@pytest.fixture
def dataset() -> vf.Dataset:
    """Two images: one with a value of every kind, one with next to nothing."""
    made = vf.Dataset("source")
    detection = vf.Detection(
        label="cat",
        bounding_box=[0.1, 0.2, 0.3, 1 / 3],
        mask=np.array([[True, False], [False, True]]),
        confidence=0.1 + 0.2,
        instance=vf.Instance(),
        seen=datetime(2024, 2, 29, 1, 2, 3, 456789, tzinfo=UTC),
        score=float("nan"),
        tags=["ä"],
    )
    made.add_samples(
        [
            vf.Sample(
                "/data/a.png",
                tags=["train"],
                metadata=vf.ImageMetadata(width=4, height=3),
                gt=vf.Detections([detection]),
                kind=vf.Classification(label="pet"),
                none=vf.Detections([]),
                vector=np.arange(3, dtype=np.float32),
                number=float("nan"),
                day=date(2024, 2, 29),
                things={"a": [1, {"$other": "x"}], "b": {"_cls": "mine"}, "c": np.eye(2)},
                whole=1 << 60,
            ),
            vf.Sample("/elsewhere/b.png"),
        ],
        progress=False,
    )
    made.add_sample_field("later", vf.ListField, subfield=vf.FloatField, description="empty")
    made.info = {"a": {"$date": 1}, "nan": float("nan")}
    made.mask_targets = {"seg": {1: "cat", "#ff0000": "dog"}}
    made.default_skeleton = vf.KeypointSkeleton(labels=["x", "y"], edges=[[0, 1]])
    made.description = "All kinds"
    made.tags = ["t"]
    return made


def facts(dataset: vf.Dataset) -> Any:
    mine = dataset.mask_targets, dataset.default_skeleton, dataset.description, dataset.tags
    return [*mine, dataset.info["a"], dataset.media_type]


def test_a_dataset_comes_back_from_json_bit_by_bit(dataset: vf.Dataset) -> None:
    text = dataset.to_json()
    again = vf.Dataset.from_json(text, name="again")
    assert not again.persistent
    assert facts(again) == facts(dataset)
    assert isnan(again.info["nan"])
    assert again.get_field_schema(flat=True) == dataset.get_field_schema(flat=True)
    mine, theirs = dataset.first(), again.first()
    for name in ("id", "filepath", "tags", "metadata", "gt", "kind", "none", "day", "whole"):
        assert theirs[name] == mine[name], name
    assert theirs.vector.dtype == np.float32
    assert theirs.vector.tobytes() == mine.vector.tobytes()
    assert isnan(theirs.number)
    assert theirs.gt.detections[0].mask.tolist() == [[True, False], [False, True]]
    assert theirs.things["a"] == [1, {"$other": "x"}]
    assert theirs.things["b"] == {"_cls": "mine"}
    assert theirs.things["c"].tolist() == [[1, 0], [0, 1]]
    assert (again.last().gt, again.last().none) == (None, None)
    stamps = ("created_at", "last_modified_at")
    first, second = (
        [{k: v for k, v in sample.items() if k not in stamps} for sample in data["samples"]]
        for data in (json.loads(text), again.to_dict())
    )
    assert json.dumps(first) == json.dumps(second)


def test_paths_are_relative_to_a_folder(dataset: vf.Dataset, tmp_path: Path) -> None:
    data = dataset.to_dict(rel_dir="/data/")
    assert [sample["filepath"] for sample in data["samples"]] == ["a.png", "/elsewhere/b.png"]
    again = vf.Dataset.from_dict(data, name="moved", rel_dir=tmp_path)
    assert again.values("filepath") == [str(tmp_path / "a.png"), "/elsewhere/b.png"]


def test_a_view_writes_what_it_shows(dataset: vf.Dataset, tmp_path: Path) -> None:
    view = dataset.match(F("whole") > 0).select_fields("kind")
    path = tmp_path / "new" / "view.json"
    view.write_json(path, pretty_print=True, include_private=True)
    assert path.read_text(encoding="utf-8").startswith('{\n    "name": "source"')
    with pytest.raises(DatasetExistsError):
        vf.Dataset.from_json(path)
    again = vf.Dataset.from_json(path, overwrite=True)
    assert (again.name, len(again), again.first().kind.label) == ("source", 1, "pet")
    assert not again.has_field("gt")


@pytest.mark.parametrize("apart", [False, True])
def test_frames_of_videos_come_along(tmp_path: Path, apart: bool) -> None:
    dataset = vf.Dataset()
    video = vf.Sample("/v.mp4")
    video.frames[2] = vf.Frame(gt=vf.Detections([vf.Detection(label="car")]))
    dataset.add_samples([video, vf.Sample("/w.mp4")], progress=False)
    folder = tmp_path / "frames" if apart else None
    text = dataset.to_json(include_frames=True, frame_labels_dir=folder)
    assert apart == ("car" not in text)
    again = vf.Dataset.from_json(text, name="videos", frame_labels_dir=folder)
    assert list(again.first().frames) == [2]
    assert again.first().frames[2].gt == dataset.first().frames[2].gt
    assert len(again.last().frames) == 0
    assert "frames" not in dataset.to_dict()["samples"][0]


def test_patches_can_be_written(dataset: vf.Dataset) -> None:
    again = vf.Dataset.from_dict(dataset.to_patches("gt").to_dict(), name="patches")
    assert again.first().gt == dataset.first().gt.detections[0]
    assert again.values("sample_id") == [dataset.first().id]


@pytest.mark.parametrize(
    "text",
    ["{", "{}", '{"samples": [], "sample_fields": {"a": "b"}}', '{"samples": [{}], "form": 1}'],
)
def test_what_is_no_dataset_is_refused(text: str) -> None:
    with pytest.raises(FormatError):
        vf.Dataset.from_json(text, name="refused")
    assert not vf.dataset_exists("refused")
