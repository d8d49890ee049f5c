from __future__ import annotations

import pytest

import viewfinder as vf
from viewfinder.errors import DatasetError, FieldNotFoundError, FieldTypeError, SchemaError


def box(label: str, confidence: float | None) -> vf.Detection:
    return vf.Detection(label=label, bounding_box=[0, 0, 0.5, 0.5], confidence=confidence)


@pytest.fixture
def dataset() -> vf.Dataset:
    made = vf.Dataset()
    boxes = [box("cat", 0.5), box("dog", 0.1), box("cat", 0.9), box("owl", None)]
    made.add_samples(
        [
            vf.Sample(
                filepath="/1.jpg", gt=vf.Detections(boxes), n=3, w=vf.Classification(label="x")
            ),
            vf.Sample(filepath="/2.jpg", gt=vf.Detections([])),
            vf.Sample(filepath="/3.jpg"),
        ],
        progress=False,
    )
    return made


def plain(value: object) -> object:
    if isinstance(value, list):
        return [plain(part) for part in value]
    if isinstance(value, vf.DynamicEmbeddedDocument):
        return {name: part for name, part in value.to_dict().items() if name != "_cls"}
    return value


@pytest.mark.parametrize(
    ("path", "asked", "name", "first"),
    [
        ("gt.detections.label", {}, "gt_label", ["cat", "dog", "owl"]),
        (
            "gt.detections.label",
            {"include_counts": True},
            "gt_label",
            [
                {"label": "cat", "count": 2},
                {"label": "dog", "count": 1},
                {"label": "owl", "count": 1},
            ],
        ),
        ("gt.detections.confidence", {}, "gt_confidence", {"min": 0.1, "max": 0.9}),
        (
            "gt.detections.confidence",
            {"group_by": "label"},
            "gt_confidence",
            [{"label": "cat", "min": 0.5, "max": 0.9}, {"label": "dog", "min": 0.1, "max": 0.1}],
        ),
        ("w.label", {}, "w_label", ["x"]),
        ("n", {}, "n_summary", {"min": 3, "max": 3}),
    ],
)
def test_a_field_is_summarized(
    dataset: vf.Dataset, path: str, asked: dict[str, object], name: str, first: object
) -> None:
    assert dataset.create_summary_field(path, **asked) == name  # type: ignore[arg-type]
    assert [plain(value) for value in dataset.values(name)] == [first, None, None]
    assert dataset.list_summary_fields() == [name]
    field = dataset.get_field(name)
    assert field is not None
    assert field.read_only
    assert dataset.check_summary_fields() == []


def test_frames_are_summarized() -> None:
    videos = vf.Dataset()
    sample = vf.Sample(filepath="/1.mp4")
    sample.frames[1] = vf.Frame(gt=vf.Detections([box("cat", 0.5)]))
    sample.frames[2] = vf.Frame(gt=vf.Detections([box("dog", 0.7), box("cat", 0.2)]))
    videos.add_samples([sample, vf.Sample(filepath="/2.mp4")], progress=False)
    assert videos.create_summary_field("frames.gt.detections.label") == "frames_gt_label"
    assert videos.values("frames_gt_label") == [["cat", "dog"], None]
    videos.create_summary_field("frames.gt.detections.confidence", "range")
    assert plain(videos.values("range")) == [{"min": 0.2, "max": 0.7}, None]
    sample.frames[3]["gt"] = vf.Detections([box("owl", 1.0)])
    sample.save()
    assert videos.check_summary_fields() == ["frames_gt_label", "range"]


def test_a_summary_follows_its_field_when_it_is_updated(dataset: vf.Dataset) -> None:
    dataset.create_summary_field("gt.detections.label")
    dataset.create_summary_field("w.label")
    sample = dataset.first()
    assert sample.gt_label == ["cat", "dog", "owl"]
    sample.gt.detections.clear()
    sample.save()
    assert dataset.check_summary_fields() == ["gt_label"]
    dataset.update_summary_field("gt_label")
    assert dataset.check_summary_fields() == []
    assert dataset.values("gt_label") == [None, None, None]
    assert sample.gt_label is None
    dataset.add_sample(vf.Sample(filepath="/4.jpg", w=vf.Classification(label="y")))
    assert dataset.check_summary_fields() == ["gt_label", "w_label"]
    dataset.update_summary_field("w_label")
    assert dataset.values("w_label")[-1] == ["y"]


def test_summaries_are_deleted(dataset: vf.Dataset) -> None:
    dataset.create_summary_field("gt.detections.label")
    dataset.create_summary_field("w.label")
    with pytest.raises(DatasetError, match="'n' is no summary field"):
        dataset.delete_summary_fields(["w_label", "n"])
    with pytest.warns(UserWarning, match="'n' is no summary field"):
        dataset.delete_summary_fields(["w_label", "n"], error_level=1)
    dataset.delete_summary_field("n", error_level=2)
    assert dataset.list_summary_fields() == ["gt_label"]
    assert dataset.has_field("n")
    with pytest.raises(DatasetError, match="There are: gt_label"):
        dataset.update_summary_field("w_label")


def test_what_can_not_be_summarized_is_refused(dataset: vf.Dataset) -> None:
    with pytest.raises(FieldNotFoundError):
        dataset.create_summary_field("gt.detections.nothing")
    with pytest.raises(FieldTypeError, match="classes or numbers"):
        dataset.create_summary_field("gt")
    with pytest.raises(DatasetError, match="field 'n' already"):
        dataset.create_summary_field("w.label", "n")
    with pytest.raises(SchemaError, match="no numbers to group by"):
        dataset.create_summary_field("gt.detections.label", group_by="confidence")
    with pytest.raises(SchemaError, match="no counts"):
        dataset.create_summary_field("gt.detections.confidence", include_counts=True)
