"""Views of rows that stages make: patches, matches of an evaluation, views one after the other."""

from __future__ import annotations

import pytest

import viewfinder as vf
from viewfinder.errors import DatasetError, ExpressionError, FieldNotFoundError
from viewfinder.samples.viewing import stages_to_json, view_from_json
from viewfinder.schema import DEFAULT_FIELDS

F = vf.ViewField


@pytest.fixture
def dataset() -> vf.Dataset:
    """Samples 0…3; sample n has n objects a0, a1, … with confidences 0.1, 0.2, …"""
    made = vf.Dataset("patches")
    made.add_samples(
        [
            vf.Sample(
                filepath=f"/{n}.jpg",
                tags=[f"t{n}"],
                number=n,
                truth=vf.Detections(
                    [
                        vf.Detection(
                            label=f"{'abc'[k]}",
                            bounding_box=[0, 0, 0.5, 0.5],
                            confidence=(k + 1) / 10,
                        )
                        for k in range(n)
                    ]
                ),
            )
            for n in range(4)
        ],
        progress=False,
    )
    return made


def test_there_is_one_patch_for_each_label(dataset: vf.Dataset) -> None:
    patches = dataset.to_patches("truth")
    assert len(patches) == 6
    assert patches.values("truth.label") == ["a", "a", "b", "a", "b", "c"]
    assert patches.values("id") == dataset.values("truth.detections.id", unwind=True)
    samples = dataset.values("id")
    assert patches.values("sample_id") == [samples[n] for n in (1, 2, 2, 3, 3, 3)]
    assert patches.values("filepath") == [f"/{n}.jpg" for n in (1, 2, 2, 3, 3, 3)]
    assert patches.values("tags") == [[f"t{n}"] for n in (1, 2, 2, 3, 3, 3)]
    assert patches.bounds("truth.confidence") == (0.1, pytest.approx(0.3))
    assert list(patches.get_field_schema()) == [*DEFAULT_FIELDS, "sample_id", "truth"]


def test_views_of_patches_and_patches_of_views(dataset: vf.Dataset) -> None:
    patches = dataset.filter_labels("truth", F("confidence") > 0.15).to_patches("truth")
    assert patches.values("truth.label") == ["b", "b", "c"]
    assert len(patches) == 3
    chosen = patches.match(F("truth.label") == "b").sort_by("filepath", reverse=True)
    assert [patch.filepath for patch in chosen] == ["/3.jpg", "/2.jpg"]
    assert len(chosen.skip(1)) == 1
    assert patches[1:].values("truth.label") == ["b", "c"]
    assert patches.first().id in patches
    assert patches[patches.last().id].truth.label == "c"
    lists = dataset.to_patches("truth", other_fields=["number"], keep_label_lists=True)
    assert [len(patch.truth.detections) for patch in lists] == [1] * 6
    assert lists.values("number") == [1, 2, 2, 3, 3, 3]


def test_saving_a_patch_changes_its_label_and_no_other(dataset: vf.Dataset) -> None:
    patches = dataset.to_patches("truth")
    patch = patches.match(F("truth.confidence") > 0.25).first()
    patch.truth.label = "z"
    patch["truth"]["checked"] = True
    patch.save()
    assert dataset.values("truth.detections.label") == [[], ["a"], ["a", "b"], ["a", "b", "z"]]
    assert dataset.count_values("truth.detections.checked") == {None: 5, True: 1}
    assert patches.values("truth.label")[-1] == "z"


def test_patches_of_one_sample_may_be_saved_together(dataset: vf.Dataset) -> None:
    for patch in dataset.to_patches("truth").iter_samples(autosave=True):
        patch.truth.label = patch.truth.label.upper()
    assert dataset.values("truth.detections.label") == [[], ["A"], ["A", "B"], ["A", "B", "C"]]


def test_a_patch_without_its_label_takes_it_from_the_sample(dataset: vf.Dataset) -> None:
    patch = dataset.to_patches("truth").match(F("truth.label") == "b").first()
    patch["truth"] = None
    patch.save()
    assert dataset.values("truth.detections.label") == [[], ["a"], ["a"], ["a", "b", "c"]]
    assert len(dataset.to_patches("truth")) == 5


def test_a_patch_finds_itself_again_when_others_are_gone(dataset: vf.Dataset) -> None:
    patches = dataset.to_patches("truth")
    held = patches.last()
    dataset.delete_samples(dataset.limit(3))
    assert len(patches) == 3
    held.reload()
    assert held.truth.label == "c"


def test_what_is_a_patch_s_own_can_t_be_changed(dataset: vf.Dataset) -> None:
    patch = dataset.to_patches("truth").first()
    patch["sample_id"] = "0" * 24
    with pytest.raises(ExpressionError, match="belongs to the patch"):
        patch.save()
    with pytest.raises(FieldNotFoundError):
        dataset.to_patches("nothing")
    with pytest.raises(ExpressionError, match="holds no labels"):
        dataset.to_patches("number")
    with pytest.raises(DatasetError, match="kept nowhere"):
        _ = dataset.to_patches("truth").handle.store


def test_views_one_after_the_other(dataset: vf.Dataset) -> None:
    sure = dataset.filter_labels("truth", F("confidence") > 0.25)
    both = dataset.limit(2).concat(sure)
    assert both.values("number") == [0, 1, 3]
    assert both.values("truth.detections.label") == [[], ["a"], ["c"]]
    assert len(both) == 3
    twice = dataset.limit(1).concat(dataset.limit(1))
    assert twice.values("number") == [0, 0]
    sample = both.last()
    sample["number"] = 30
    sample.truth.detections[0].label = "z"
    sample.save()
    assert dataset.values("number") == [0, 1, 2, 30]
    assert dataset.values("truth.detections.label")[-1] == ["a", "b", "z"]
    patches = dataset.to_patches("truth")
    ends = patches.limit(1).concat(patches.skip(5))
    assert ends.values("truth.label") == ["a", "z"]
    with pytest.raises(ExpressionError, match="not of the same dataset"):
        dataset.concat(vf.Dataset("other"))


def test_stages_that_make_rows_are_written_down(dataset: vf.Dataset) -> None:
    view = dataset.match(F("number") > 1).to_patches("truth").match(F("truth.label") == "b")
    views = [view, dataset.limit(1).concat(dataset.skip(2)), view.concat(view.limit(1))]
    for made in views:
        again = view_from_json(dataset, stages_to_json(made))
        assert again.values("id") == made.values("id")
        assert again == made
        assert type(again) is type(made)


def test_evaluation_patches_are_matches_and_what_has_none() -> None:
    box, far = [0, 0, 0.5, 0.5], [0.6, 0.6, 0.1, 0.1]
    dataset = vf.Dataset("evaluated")
    dataset.add_samples(
        [
            vf.Sample(
                "/1.jpg",
                truth=vf.Detections([vf.Detection(label="a", bounding_box=box)]),
                found=vf.Detections(
                    [
                        vf.Detection(label="a", bounding_box=far, confidence=0.9),
                        vf.Detection(label="a", bounding_box=box, confidence=0.8),
                    ]
                ),
            ),
            vf.Sample(
                "/2.jpg",
                truth=vf.Detections([vf.Detection(label="b", bounding_box=far)]),
                found=vf.Detections([]),
            ),
        ],
        progress=False,
    )
    dataset.evaluate_detections("found", "truth", eval_key="ev", progress=False)
    patches = dataset.to_evaluation_patches("ev")
    assert patches.values("type") == ["tp", "fp", "fn"]
    assert patches.values("truth.detections.label") == [["a"], [], ["b"]]
    assert patches.values("found.detections.confidence") == [[0.8], [0.9], []]
    assert patches.values("iou") == [1.0, None, None]
    assert patches.match(F("type") == "fn").values("filepath") == ["/2.jpg"]
    with pytest.raises(ExpressionError, match="no evaluation 'xx'"):
        dataset.to_evaluation_patches("xx")
