"""Collections become datasets on disk, and those become the same collections again."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from PIL import Image

import viewfinder as vf
from viewfinder.errors import ConfigError, FieldTypeError, LabelError, MediaError, ViewfinderError

if TYPE_CHECKING:
    from tests.transfer.conftest import CocoFolder

COCO = vf.types.COCODetectionDataset


@pytest.fixture
def dataset(coco: CocoFolder) -> vf.Dataset:
    return vf.Dataset.from_dir(coco.path, COCO, name="pets")


def written(path: Path) -> dict[str, Any]:
    document: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    return document


def files(folder: Path) -> list[str]:
    return sorted(p.relative_to(folder).as_posix() for p in folder.rglob("*") if p.is_file())


def plain(dataset: Any, field: str = "ground_truth") -> list[Any]:
    """File names with labels, without ids."""
    return [
        (
            sample.filename,
            [
                {
                    name: value.tolist() if isinstance(value, np.ndarray) else value
                    for name, value in label.values.items()
                    if name != "id"
                }
                for label in sample[field].labels
            ],
        )
        for sample in dataset
    ]


def test_what_is_exported_is_imported_bit_by_bit(dataset: vf.Dataset, tmp_path: Path) -> None:
    out = tmp_path / "out"
    dataset.export(out, COCO)
    assert files(out) == ["data/one.jpg", "data/three.jpg", "data/zwei ü.png", "labels.json"]
    again = vf.Dataset.from_dir(out, COCO)
    assert plain(again) == plain(dataset)
    assert again.info == dataset.info
    assert again.default_classes == dataset.default_classes
    assert again.values("filepath")[0] == str(out / "data" / "one.jpg")


def test_numbers_ids_and_names_stay_those_of_the_file(
    coco: CocoFolder, dataset: vf.Dataset, tmp_path: Path
) -> None:
    dataset.export(tmp_path / "out", COCO, rel_dir=coco.path / "data")
    document = written(tmp_path / "out" / "labels.json")
    was = coco.document()
    assert [entry["bbox"] for entry in document["annotations"]] == [
        entry["bbox"] for entry in was["annotations"]
    ]
    assert document["categories"] == was["categories"]
    assert document["info"] == was["info"]
    assert [image["file_name"] for image in document["images"]] == [
        image["file_name"] for image in was["images"]
    ]
    assert (tmp_path / "out" / "data" / "deep" / "three.jpg").is_file()


def test_masks_survive(coco: CocoFolder, tmp_path: Path) -> None:
    dataset = vf.Dataset.from_dir(coco.path, COCO, label_types="segmentations")
    dataset.export(tmp_path / "out", COCO)
    again = vf.Dataset.from_dir(tmp_path / "out", COCO, label_types="segmentations")
    assert plain(again) == plain(dataset)


def test_polygons_survive(coco: CocoFolder, tmp_path: Path) -> None:
    options: dict[str, Any] = {"label_types": "segmentations", "use_polylines": True}
    dataset = vf.Dataset.from_dir(coco.path, COCO, **options)
    dataset.export(tmp_path / "out", COCO)
    again = vf.Dataset.from_dir(tmp_path / "out", COCO, **options)
    assert plain(again) == plain(dataset)
    assert again.first().ground_truth.polylines[0].points[0][0] == (4 / 40, 2 / 20)


def test_a_view_is_exported_as_it_is_seen(dataset: vf.Dataset, tmp_path: Path) -> None:
    view = dataset.filter_labels("ground_truth", vf.F("label") == "dog")
    view.export(tmp_path / "out", COCO)
    document = written(tmp_path / "out" / "labels.json")
    assert [image["file_name"] for image in document["images"]] == ["one.jpg"]
    assert [entry["category_id"] for entry in document["annotations"]] == [5]
    assert files(tmp_path / "out" / "data") == ["one.jpg"]


def test_labels_alone(dataset: vf.Dataset, tmp_path: Path) -> None:
    dataset.export(labels_path=tmp_path / "new" / "labels.json", dataset_type=COCO)
    assert files(tmp_path / "new") == ["labels.json"]
    assert len(written(tmp_path / "new" / "labels.json")["annotations"]) == 3


def test_only_some_classes(dataset: vf.Dataset, tmp_path: Path) -> None:
    path = tmp_path / "labels.json"
    dataset.export(labels_path=path, dataset_type=COCO, classes=["dog"])
    assert [entry["category_id"] for entry in written(path)["annotations"]] == [5]
    assert [entry["name"] for entry in written(path)["categories"]] == ["dog"]


def test_an_empty_collection_is_exported(dataset: vf.Dataset, tmp_path: Path) -> None:
    dataset.limit(0).export(tmp_path / "out", COCO)
    assert written(tmp_path / "out" / "labels.json")["images"] == []
    assert len(vf.Dataset.from_dir(tmp_path / "out", COCO)) == 0


def test_images_alone(dataset: vf.Dataset, tmp_path: Path) -> None:
    dataset.export(tmp_path / "out", vf.types.ImageDirectory)
    assert files(tmp_path / "out") == ["one.jpg", "three.jpg", "zwei ü.png"]


def test_media_may_be_linked(dataset: vf.Dataset, tmp_path: Path) -> None:
    dataset.export(tmp_path / "out", COCO, export_media="symlink")
    link = tmp_path / "out" / "data" / "one.jpg"
    assert link.is_symlink()
    assert str(link.readlink()) == dataset.first().filepath


def test_media_may_be_listed(dataset: vf.Dataset, tmp_path: Path) -> None:
    dataset.export(tmp_path / "out", COCO, export_media="manifest")
    assert files(tmp_path / "out") == ["data.json", "labels.json"]
    again = vf.Dataset.from_dir(tmp_path / "out", COCO)
    assert again.values("filepath") == dataset.values("filepath")


def test_moved_media_are_found_by_the_dataset(
    coco: CocoFolder, dataset: vf.Dataset, tmp_path: Path
) -> None:
    dataset.export(tmp_path / "out", COCO, export_media="move")
    assert files(coco.path) == ["labels.json"]
    assert all(Path(filepath).is_file() for filepath in dataset.values("filepath"))


@pytest.fixture
def twins(tmp_path: Path) -> vf.Dataset:
    """Two images of one name in two folders, and one sample that shows the first again."""
    samples = []
    for folder, color in (("a", "red"), ("b", "blue"), ("a", "red")):
        path = tmp_path / folder / "one.png"
        path.parent.mkdir(exist_ok=True)
        Image.new("RGB", (2, 2), color).save(path)
        samples.append(vf.Sample(path, gt=vf.Detections([vf.Detection(folder, [0, 0, 1, 1])])))
    dataset = vf.Dataset("twins")
    dataset.add_samples(samples)
    return dataset


def test_files_of_one_name_get_names_of_their_own(twins: vf.Dataset, tmp_path: Path) -> None:
    twins.export(tmp_path / "out", COCO)
    again = vf.Dataset.from_dir(tmp_path / "out", COCO)
    names = [sample.filename for sample in again]
    assert names == ["one.png", "one-2.png", "one.png"]
    for before, after in zip(twins, again, strict=True):
        assert Path(before.filepath).read_bytes() == Path(after.filepath).read_bytes()


def test_files_of_one_name_that_stay_are_named_by_their_paths(
    twins: vf.Dataset, tmp_path: Path
) -> None:
    twins.export(labels_path=tmp_path / "labels.json", dataset_type=COCO)
    again = vf.Dataset.from_dir(
        dataset_type=COCO, labels_path=tmp_path / "labels.json", data_path=tmp_path / "a"
    )
    assert again.values("filepath") == twins.values("filepath")


def test_the_size_of_an_image_is_read_where_it_is_not_known(
    twins: vf.Dataset, tmp_path: Path
) -> None:
    twins.export(labels_path=tmp_path / "labels.json", dataset_type=COCO)
    assert written(tmp_path / "labels.json")["images"][0]["width"] == 2


def test_single_labels_are_written_as_lists_of_one(tmp_path: Path) -> None:
    Image.new("RGB", (4, 4)).save(tmp_path / "a.png")
    dataset = vf.Dataset("one")
    box = vf.Detection("cat", [0, 0, 0.5, 0.5])
    dataset.add_samples([vf.Sample(tmp_path / "a.png", box=box), vf.Sample(tmp_path / "a.png")])
    dataset.export(labels_path=tmp_path / "labels.json", dataset_type=COCO)
    (entry,) = written(tmp_path / "labels.json")["annotations"]
    assert entry["bbox"] == [0, 0, 2, 2]


def test_masks_in_files_of_their_own_are_read(tmp_path: Path) -> None:
    Image.new("RGB", (4, 4)).save(tmp_path / "a.png")
    Image.fromarray(np.array([[0, 1], [1, 1]], dtype=np.uint8)).save(tmp_path / "mask.png")
    box = vf.Detection("cat", [0, 0, 0.5, 0.5], mask_path=str(tmp_path / "mask.png"))
    dataset = vf.Dataset("one")
    dataset.add_sample(vf.Sample(tmp_path / "a.png", gt=vf.Detections([box])))
    dataset.export(labels_path=tmp_path / "labels.json", dataset_type=COCO)
    assert written(tmp_path / "labels.json")["annotations"][0]["area"] == 3
    assert dataset.first().gt.detections[0].mask is None
    (tmp_path / "mask.png").unlink()
    with pytest.raises(MediaError, match=r"mask\.png"):
        dataset.export(labels_path=tmp_path / "labels.json", dataset_type=COCO)


def test_exporting_again_replaces_the_labels_and_keeps_other_files(
    dataset: vf.Dataset, tmp_path: Path
) -> None:
    out = tmp_path / "out"
    dataset.export(out, COCO)
    (out / "data" / "other.jpg").write_bytes(b"x")
    dataset.limit(1).export(out, COCO)
    assert len(written(out / "labels.json")["images"]) == 1
    assert "data/other.jpg" in files(out)
    dataset.limit(1).export(out, COCO, overwrite=True)
    assert files(out) == ["data/one.jpg", "labels.json"]


def test_exporting_onto_itself_harms_nothing(coco: CocoFolder, dataset: vf.Dataset) -> None:
    before = plain(dataset)
    dataset.export(coco.path, COCO, rel_dir=coco.path / "data")
    assert plain(vf.Dataset.from_dir(coco.path, COCO)) == before
    with pytest.raises(ConfigError, match="own media"):
        dataset.export(coco.path, COCO, overwrite=True)
    assert all(Path(filepath).is_file() for filepath in dataset.values("filepath"))


def spoil_label(dataset: vf.Dataset, _: CocoFolder) -> None:
    sample = dataset.first()
    sample.ground_truth.detections[0].label = None
    sample.save()


def lose_image(_: vf.Dataset, coco: CocoFolder) -> None:
    (coco.path / "data" / "deep" / "three.jpg").unlink()


def two_fields(dataset: vf.Dataset, _: CocoFolder) -> None:
    for name in ("first", "second"):
        dataset.set_values(name, [vf.Detections([])] * 3)
    dataset.delete_sample_field("ground_truth")


def other_labels(dataset: vf.Dataset, _: CocoFolder) -> None:
    dataset.set_values("scene", [vf.Classification("x")] * 3)


def nothing(_: vf.Dataset, __: CocoFolder) -> None:
    pass


FAULTS: list[tuple[str, Any, dict[str, Any], type[ViewfinderError], str]] = [
    ("label without class", spoil_label, {}, LabelError, "has no class"),
    ("image gone", lose_image, {}, MediaError, "no file at .*three.jpg"),
    ("which field", two_fields, {}, ConfigError, "first, second. Name one with label_field"),
    ("wrong labels", other_labels, {"label_field": "scene"}, FieldTypeError, "Classification"),
    ("unknown field", nothing, {"label_field": "grund"}, vf.FieldNotFoundError, "ground_truth"),
    ("unknown way", nothing, {"export_media": "fly"}, ConfigError, "fly"),
    ("no layout", nothing, {"dataset_type": None}, ConfigError, "viewfinder.types"),
]


@pytest.mark.parametrize(
    ("spoil", "options", "error", "words"), [pytest.param(*case[1:], id=case[0]) for case in FAULTS]
)
def test_a_fault_leaves_no_half_of_an_export(
    coco: CocoFolder,
    dataset: vf.Dataset,
    tmp_path: Path,
    spoil: Any,
    options: dict[str, Any],
    error: Any,
    words: str,
) -> None:
    out = tmp_path / "out"
    out.mkdir()
    (out / "labels.json").write_text("old")
    spoil(dataset, coco)
    with pytest.raises(error, match=words):
        dataset.export(out, **{"dataset_type": COCO, **options})
    assert files(out) == ["labels.json"]
    assert (out / "labels.json").read_text() == "old"


def test_there_must_be_somewhere_to_export_to(dataset: vf.Dataset, tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="give export_dir"):
        dataset.export(dataset_type=COCO)
    with pytest.raises(ConfigError, match="nowhere to put the media"):
        dataset.export(dataset_type=COCO, labels_path=tmp_path / "l.json", export_media=True)
    (tmp_path / "out").mkdir()
    (tmp_path / "out" / "data").write_text("a file")
    with pytest.raises(MediaError, match="can't be written"):
        dataset.export(tmp_path / "out", COCO)
