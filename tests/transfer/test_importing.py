"""Datasets on disk become samples, all of them or none."""

from __future__ import annotations

import gc
import json
from typing import TYPE_CHECKING, Any

import pytest
from PIL import Image

import viewfinder as vf
from viewfinder.errors import ConfigError, FieldTypeError, FormatError, MediaError, ViewfinderError
from viewfinder.schema import DEFAULT_FIELDS

if TYPE_CHECKING:
    from pathlib import Path

    from tests.transfer.conftest import CocoFolder

COCO = vf.types.COCODetectionDataset


def labels_of(dataset: vf.Dataset | vf.DatasetView, field: str = "ground_truth") -> list[list[str]]:
    found: list[list[str]] = dataset.values(f"{field}.detections.label")
    return found


def test_a_coco_folder_becomes_samples_with_boxes(coco: CocoFolder) -> None:
    dataset = vf.Dataset("pets")
    ids = dataset.add_dir(coco.path, COCO, tags="train")
    assert ids == dataset.values("id")
    assert dataset.values("filepath") == [
        str(coco.path / "data" / name) for name in ("one.jpg", "zwei ü.png", "deep/three.jpg")
    ]
    assert labels_of(dataset) == [["cat", "dog"], ["cat"], []]
    cat, dog = dataset.first().ground_truth.detections
    assert cat.bounding_box == [4 / 40, 2 / 20, 10 / 40, 5 / 20]
    assert cat.mood == "calm"
    assert dog.bounding_box == [20 / 40, 10 / 20, 10.5 / 40, 5.25 / 20]
    assert dataset.first().metadata.width == 40
    assert dataset.count_sample_tags() == {"train": 3}
    assert dataset.media_type == "image"


def test_an_image_without_annotations_has_no_labels_rather_than_none(coco: CocoFolder) -> None:
    dataset = vf.Dataset.from_dir(coco.path, COCO)
    assert dataset.last().ground_truth == vf.Detections([])


def test_what_the_file_says_about_itself_comes_along(coco: CocoFolder) -> None:
    dataset = vf.Dataset("pets")
    dataset.default_classes = ["bird", "dog"]
    dataset.info["mine"] = 1
    dataset.add_dir(coco.path, COCO)
    assert dataset.default_classes == ["bird", "dog", "cat"]
    assert dataset.info["mine"] == 1
    assert dataset.info["year"] == 2026
    assert [entry["id"] for entry in dataset.info["categories"]] == [2, 5]


def test_the_file_is_kept_to_itself_where_asked(coco: CocoFolder) -> None:
    dataset = vf.Dataset.from_dir(coco.path, COCO, add_info=False)
    assert dataset.info == {}
    assert dataset.default_classes == []


@pytest.mark.parametrize(
    ("label_types", "label_field", "fields"),
    [
        (None, None, ["ground_truth"]),
        ("segmentations", None, ["ground_truth"]),
        ("detections", "gt", ["gt"]),
        (["detections", "segmentations"], None, ["detections", "segmentations"]),
        (["detections", "segmentations"], "gt", ["gt_detections", "gt_segmentations"]),
        (["detections", "segmentations"], {"detections": "boxes"}, ["boxes"]),
    ],
)
def test_kinds_of_labels_have_fields_of_their_own(
    coco: CocoFolder, label_types: Any, label_field: Any, fields: list[str]
) -> None:
    dataset = vf.Dataset.from_dir(coco.path, COCO, label_types=label_types, label_field=label_field)
    schema = dataset.get_field_schema()
    assert [name for name in schema if name not in DEFAULT_FIELDS] == fields


def test_masks_are_read(coco: CocoFolder) -> None:
    dataset = vf.Dataset.from_dir(coco.path, COCO, label_types="segmentations")
    cat, dog = dataset.first().ground_truth.detections
    assert cat.mask.shape == (5, 10)
    assert cat.mask.all()
    assert dog.mask is None


def test_ids_of_the_file_become_a_field(coco: CocoFolder) -> None:
    dataset = vf.Dataset.from_dir(coco.path, COCO, include_id=True, max_samples=2)
    assert dataset.values("coco_id") == [101, 102]


def test_a_file_without_annotations_leaves_labels_none(coco: CocoFolder) -> None:
    document = coco.document()
    del document["annotations"]
    coco.write(document)
    dataset = vf.Dataset.from_dir(coco.path, COCO)
    assert dataset.values("ground_truth") == [None] * 3
    assert str(dataset.get_field_schema()["ground_truth"]) == "EmbeddedDocumentField(Detections)"


def test_an_empty_file_makes_an_empty_dataset_with_its_field(coco: CocoFolder) -> None:
    coco.write({"images": [], "annotations": [], "categories": []})
    dataset = vf.Dataset.from_dir(coco.path, COCO)
    assert len(dataset) == 0
    assert dataset.has_field("ground_truth")


def test_media_and_labels_may_be_apart(coco: CocoFolder, tmp_path: Path) -> None:
    elsewhere = tmp_path / "elsewhere.json"
    coco.labels_path.rename(elsewhere)
    dataset = vf.Dataset.from_dir(
        dataset_type=COCO, data_path=coco.path / "data", labels_path=elsewhere
    )
    assert labels_of(dataset) == [["cat", "dog"], ["cat"], []]
    in_folder = vf.Dataset.from_dir(coco.path, COCO, labels_path=elsewhere, data_path="data/")
    assert in_folder.values("filepath") == dataset.values("filepath")


def test_media_may_be_given_by_a_manifest_or_a_dict(coco: CocoFolder) -> None:
    (coco.path / "data").rename(coco.path / "moved")
    names = ("one.jpg", "zwei ü.png", "deep/three.jpg")
    paths = {name: str(coco.path / "moved" / name) for name in names}
    by_dict = vf.Dataset.from_dir(coco.path, COCO, data_path=paths)
    (coco.path / "data.json").write_text(json.dumps(paths), encoding="utf-8")
    by_manifest = vf.Dataset.from_dir(coco.path, COCO)
    assert by_dict.values("filepath") == by_manifest.values("filepath") == list(paths.values())


def test_a_folder_of_images_becomes_samples_in_the_order_of_names(tmp_path: Path) -> None:
    for name in ("b.jpg", "a.PNG", "in/c.jpg", ".hidden.jpg", ".in/d.jpg"):
        (tmp_path / "images" / name).parent.mkdir(parents=True, exist_ok=True)
        Image.new("L", (2, 2)).save(tmp_path / "images" / name)
    (tmp_path / "images" / "notes.txt").write_text("no image")
    dataset = vf.Dataset.from_images_dir(tmp_path / "images", tags=["new"])
    assert [sample.filename for sample in dataset] == ["a.PNG", "b.jpg", "c.jpg"]
    assert dataset.count_sample_tags() == {"new": 3}
    flat = vf.Dataset.from_images_dir(tmp_path / "images", recursive=False)
    assert [sample.filename for sample in flat] == ["a.PNG", "b.jpg"]
    by_type = vf.Dataset.from_dir(tmp_path / "images", vf.types.ImageDirectory, max_samples=1)
    assert [sample.filename for sample in by_type] == ["a.PNG"]


def test_images_are_added_by_path_all_or_none(coco: CocoFolder) -> None:
    one = coco.path / "data" / "one.jpg"
    dataset = vf.Dataset.from_images(iter([one]), tags="new")
    with pytest.raises(MediaError, match=r"gone.jpg\. It is among the paths to add"):
        dataset.add_images([one, coco.path / "gone.jpg"])
    assert dataset.values("filepath") == [str(one)]


def test_labels_join_those_that_are_there(coco: CocoFolder) -> None:
    dataset = vf.Dataset.from_dir(coco.path, COCO)
    dataset.add_dir(coco.path, COCO, label_field="predictions", tags="second")
    assert labels_of(dataset) == [["cat", "dog"], ["cat"], [], None, None, None]
    assert labels_of(dataset.match_tags("second"), "predictions") == [["cat", "dog"], ["cat"], []]


def test_an_import_is_one_version_of_the_dataset(coco: CocoFolder) -> None:
    dataset = vf.Dataset("pets")
    before = dataset.handle.store.snapshot().version
    dataset.add_dir(coco.path, COCO)
    assert dataset.handle.store.snapshot().version == before + 1


def test_progress_goes_to_whoever_asks(coco: CocoFolder) -> None:
    seen: list[tuple[int, int | None]] = []
    vf.Dataset.from_dir(coco.path, COCO, progress=lambda done, total: seen.append((done, total)))
    assert seen == [(3, 3)]


def broken(part: str, place: int, **entry: Any) -> Any:
    def change(coco: CocoFolder) -> None:
        document = coco.document()
        document[part][place].update(entry)
        coco.write(document)

    return change


def nothing(_: CocoFolder) -> None:
    pass


FAULTS: list[tuple[str, Any, dict[str, Any], type[ViewfinderError], str]] = [
    (
        "missing image",
        lambda coco: (coco.path / "data" / "one.jpg").unlink(),
        {},
        MediaError,
        r"data/one.jpg\. It is named by .*labels.json\. Put the media there.*Nothing was imported",
    ),
    (
        "missing images",
        lambda coco: (coco.path / "data").rename(coco.path / "away"),
        {},
        MediaError,
        "as 2 more that are missing",
    ),
    (
        "no labels file",
        lambda coco: coco.labels_path.unlink(),
        {},
        FormatError,
        "no such labels file. Say where it is with labels_path",
    ),
    (
        "labels are a folder",
        nothing,
        {"labels_path": "data"},
        FormatError,
        "can't be read",
    ),
    (
        "cut short",
        lambda coco: coco.labels_path.write_bytes(coco.labels_path.read_bytes()[:200]),
        {},
        FormatError,
        "labels.json: it is not valid JSON: line 1, column .* cut short",
    ),
    ("three numbers", broken("annotations", 2, bbox=[1, 2, 3]), {}, FormatError, r"\[2\] needs"),
    ("unknown image", broken("annotations", 2, image_id=9), {}, FormatError, "image 9"),
    ("unknown category", broken("annotations", 2, category_id=9), {}, FormatError, "category 9"),
    (
        "bad mask in the last of the images",
        broken("annotations", 2, segmentation={"size": [20, 40], "counts": [1]}),
        {"label_types": "segmentations"},
        FormatError,
        "annotation 3",
    ),
    (
        "field of numbers",
        nothing,
        {"label_field": "score"},
        FieldTypeError,
        "score",
    ),
    ("unknown kind", nothing, {"label_field": {"boxes": "x"}}, ConfigError, "boxes"),
    ("unknown class", nothing, {"classes": "cow"}, FormatError, "no class 'cow'"),
    ("no layout", nothing, {"dataset_type": dict}, ConfigError, "viewfinder.types"),
    (
        "broken manifest",
        lambda coco: (coco.path / "m.json").write_text("{"),
        {"data_path": "m.json"},
        FormatError,
        "manifest is not valid JSON",
    ),
    (
        "manifest of numbers",
        lambda coco: (coco.path / "m.json").write_text('{"a": 1}'),
        {"data_path": "m.json"},
        FormatError,
        "gives each file name its path",
    ),
]


@pytest.mark.parametrize(
    ("spoil", "options", "error", "words"), [pytest.param(*case[1:], id=case[0]) for case in FAULTS]
)
def test_a_fault_leaves_the_dataset_as_it_was(
    coco: CocoFolder, spoil: Any, options: dict[str, Any], error: Any, words: str
) -> None:
    dataset = vf.Dataset("pets")
    dataset.add_sample(vf.Sample("/tmp/a.jpg", score=0.5))
    before = (dataset.handle.store.snapshot().version, str(dataset), dataset.info)
    spoil(coco)
    with pytest.raises(error, match=f"(?s){words}"):
        dataset.add_dir(coco.path, **{"dataset_type": COCO, **options})
    dataset.reload()
    assert (dataset.handle.store.snapshot().version, str(dataset), dataset.info) == before
    assert gc.isenabled()


def test_a_new_dataset_is_not_left_behind_by_a_fault(coco: CocoFolder) -> None:
    coco.labels_path.write_text("{}")
    with pytest.raises(FormatError):
        vf.Dataset.from_dir(coco.path, COCO, name="pets")
    assert vf.list_datasets() == []


def test_a_fault_leaves_the_dataset_that_was_to_be_replaced(coco: CocoFolder) -> None:
    vf.Dataset.from_dir(coco.path, COCO, name="pets")
    coco.labels_path.write_text("{}")
    with pytest.raises(FormatError):
        vf.Dataset.from_dir(coco.path, COCO, name="pets", overwrite=True)
    assert len(vf.load_dataset("pets")) == 3


def test_a_name_is_taken_or_replaced_where_asked(coco: CocoFolder) -> None:
    first = vf.Dataset.from_dir(coco.path, COCO, name="pets")
    assert first.persistent
    with pytest.raises(vf.DatasetExistsError):
        vf.Dataset.from_dir(coco.path, COCO, name="pets")
    second = vf.Dataset.from_dir(coco.path, COCO, name="pets", overwrite=True, max_samples=1)
    assert first.deleted
    assert len(vf.load_dataset("pets")) == 1
    assert vf.load_dataset("pets") is second
    assert vf.list_datasets() == ["pets"]


def test_a_field_is_only_added_where_that_is_allowed(coco: CocoFolder) -> None:
    dataset = vf.Dataset("pets")
    with pytest.raises(vf.FieldNotFoundError, match="ground_truth"):
        dataset.add_dir(coco.path, COCO, expand_schema=False)
    assert len(dataset) == 0


def test_there_must_be_something_to_import(tmp_path: Path) -> None:
    dataset = vf.Dataset("pets")
    with pytest.raises(ConfigError, match="give dataset_dir"):
        dataset.add_dir(dataset_type=COCO)
    with pytest.raises(MediaError, match="no folder"):
        dataset.add_images_dir(tmp_path / "nowhere")
    with pytest.raises(TypeError, match="colour"):
        dataset.add_dir(tmp_path, vf.types.ImageDirectory, colour="red")
