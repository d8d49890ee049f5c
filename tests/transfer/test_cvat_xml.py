"""Datasets become folders of CVAT's XML, and those become the same datasets again."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from PIL import Image

import viewfinder as vf
from viewfinder.errors import ConfigError, FieldTypeError, FormatError, MediaNotFoundError

if TYPE_CHECKING:
    from pathlib import Path

CVAT = vf.types.CVATImageDataset
FIELDS = ["weather", "boxes", "lines", "joints"]
KINDS = {
    "classifications": "weather",
    "detections": "boxes",
    "polylines": "lines",
    "keypoints": "joints",
}


@pytest.fixture
def dataset(tmp_path: Path) -> vf.Dataset:
    """Three images of 37 × 23 pixels; the first has a label of every kind, the second a box."""
    samples = []
    for name in ("one.png", "zwei ü.png", "three.png"):
        path = tmp_path / "media" / name
        path.parent.mkdir(exist_ok=True)
        Image.new("RGB", (37, 23)).save(path)
        samples.append(vf.Sample(filepath=path))
    first, second, _ = samples
    first["weather"] = vf.Classification(label="sunny", sure=True)
    box = [4 / 37, 2 / 23, 3 / 37, 2 / 23]
    mask = np.array([[True, False, True], [False, True, True]])
    first["boxes"] = vf.Detections(
        detections=[
            vf.Detection(label="cat", bounding_box=[0.1, 0.2, 1 / 3, 1 / 7], rotation=-3.5),
            vf.Detection(label="cat", bounding_box=box, mask=mask, confidence=0.25),
        ]
    )
    second["boxes"] = vf.Detections(
        detections=[vf.Detection(label="dog", bounding_box=[0, 0, 1, 1])]
    )
    part = [(0.1, 0.1), (0.5, 0.1), (1 / 3, 0.9)]
    first["lines"] = vf.Polylines(
        polylines=[vf.Polyline(label="edge", points=[part, part], closed=True, filled=False)]
    )
    first["joints"] = vf.Keypoints(
        keypoints=[vf.Keypoint(label="hand", points=[(0.1, 0.2), (math.nan, math.nan)])]
    )
    made = vf.Dataset("shapes")
    made.add_samples(samples)
    return made


def plain(dataset: vf.Dataset) -> Any:
    """The labels by file name and field, ids included, without what is not set."""

    def values(label: Any) -> dict[str, Any]:
        return {
            name: str(getattr(value, "tolist", lambda value=value: value)())
            for name, value in label.values.items()
            if value is not None and not (name == "tags" and not value)
        }

    return {
        sample.filename: {
            field: [values(each) for each in (getattr(found, "labels", None) or [found])]
            for field in FIELDS
            if (found := sample[field]) is not None
        }
        for sample in dataset
    }


def test_what_is_exported_is_imported_bit_by_bit(dataset: vf.Dataset, tmp_path: Path) -> None:
    out = tmp_path / "out"
    dataset.export(out, CVAT, label_field=FIELDS)
    assert sorted(path.name for path in out.rglob("*")) == [
        "data",
        "labels.xml",
        "one.png",
        "three.png",
        "zwei ü.png",
    ]
    again = vf.Dataset.from_dir(out, CVAT, label_field=KINDS)
    assert plain(again) == plain(dataset)
    assert isinstance(again.first()["weather"], vf.Classifications)
    assert again.values("metadata.width") == [37, 37, 37]


def test_fields_are_named_by_kind(dataset: vf.Dataset, tmp_path: Path) -> None:
    dataset.export(tmp_path / "out", CVAT, label_field="boxes")
    for prefix, field in ((None, "detections"), ("cvat", "cvat_detections")):
        again = vf.Dataset.from_dir(tmp_path / "out", CVAT, label_field=prefix)
        assert again.count(f"{field}.detections") == 3
        assert not again.has_field("polylines")
    with pytest.raises(ConfigError, match=r"only detections will be imported\. Leave it"):
        vf.Dataset.from_dir(tmp_path / "out", CVAT, label_field={"keypoints": "k"})


def test_images_are_chosen_and_found_elsewhere(dataset: vf.Dataset, tmp_path: Path) -> None:
    labels = tmp_path / "pets.xml"
    dataset.export(labels_path=labels, dataset_type=CVAT, label_field="boxes")
    again = vf.Dataset("again")
    ids = again.add_dir(
        dataset_type=CVAT, data_path=tmp_path / "media", labels_path=labels, max_samples=1
    )
    assert len(ids) == 1
    assert again.values("filepath") == dataset.values("filepath")[:1]
    assert [each["name"] for each in again.info["task_labels"]] == ["cat", "dog"]
    with pytest.raises(MediaNotFoundError, match="It is named by"):
        again.add_dir(dataset_type=CVAT, data_path=tmp_path / "none", labels_path=labels)


def test_a_broken_file_imports_nothing(dataset: vf.Dataset, tmp_path: Path) -> None:
    out = tmp_path / "out"
    dataset.export(out, CVAT, label_field=FIELDS)
    text = (out / "labels.xml").read_text(encoding="utf-8")
    (out / "labels.xml").write_text(text.replace('xtl="', 'xtl="x'), encoding="utf-8")
    again = vf.Dataset("again")
    with pytest.raises(FormatError, match=r"labels.xml: line \d+: <box> of image 'one.png'"):
        again.add_dir(out, CVAT)
    assert len(again) == 0


def test_several_fields_are_for_layouts_that_hold_them(dataset: vf.Dataset, tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="COCODetectionDataset holds the labels of one field"):
        dataset.export(tmp_path, vf.types.COCODetectionDataset, label_field=["boxes", "lines"])
    with pytest.raises(FieldTypeError, match="filepath"):
        dataset.export(tmp_path / "out", CVAT, label_field=["boxes", "filepath"])
