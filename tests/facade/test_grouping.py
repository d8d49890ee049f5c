from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

import viewfinder as vf
from viewfinder import F
from viewfinder.errors import DatasetError, SampleNotFoundError, SchemaError

SLICES = (("left", "right"), ("left", "right"), ("right", "left", "top"), ("left", "right"))
"""The slices of groups 0 to 3, in the order in which they are added; group 4 is "right" alone."""


@pytest.fixture
def dataset() -> vf.Dataset:
    made = vf.Dataset("groups")
    for number, slices in enumerate((*SLICES, ("right",))):
        group = vf.Group()
        samples = [
            vf.Sample(
                filepath=f"/{name}{number}.jpg",
                group=group.element(name),
                num=number,
                kind=vf.Classification(label=name),
            )
            for name in slices
        ]
        made.add_samples(samples, progress=False)
    return made


def names(samples: Any) -> str:
    return " ".join(sample.filename.removesuffix(".jpg") for sample in samples)


def test_a_dataset_knows_its_groups(dataset: vf.Dataset) -> None:
    assert dataset.media_type == "group"
    assert dataset.group_field == "group"
    assert dataset.group_slices == ["left", "right", "top"]
    assert dataset.group_media_types == dict.fromkeys(["left", "right", "top"], "image")
    assert (dataset.group_slice, dataset.default_group_slice) == ("left", "left")
    assert not dataset.is_dynamic_groups
    assert "Group slice: left\nNum groups:  4" in str(dataset)


def test_everything_sees_the_active_slice(dataset: vf.Dataset) -> None:
    assert names(dataset) == "left0 left1 left2 left3"
    assert len(dataset) == dataset.count() == 4
    assert (dataset.first().filename, dataset.last().filename) == ("left0.jpg", "left3.jpg")
    assert names(dataset.head(2)) == "left0 left1"
    assert names(dataset.tail(1)) == "left3"
    assert dataset.distinct("group.name") == ["left"]
    assert names(dataset[1:3]) == "left1 left2"
    assert dataset.count_values("kind.label") == {"left": 4}
    assert len(dataset.to_patches("kind")) == 4
    assert dataset.to_patches("kind").media_type == "image"
    dataset.group_slice = "right"
    assert names(dataset.match(F("num") > 2)) == "right3 right4"
    assert dataset.values("num") == [0, 1, 2, 3, 4]
    dataset.group_slice = None
    assert names(dataset) == "left0 left1 left2 left3"
    with pytest.raises(DatasetError, match="left, right, top"):
        dataset.group_slice = "up"


def test_one_sample_is_found_in_any_slice_of_a_dataset(dataset: vf.Dataset) -> None:
    right = dataset["/right4.jpg"]
    assert right.group.name == "right"
    assert dataset[right.id] is right
    assert right.id in dataset
    assert right.id not in dataset.view()
    with pytest.raises(SampleNotFoundError):
        dataset.view()[right.id]


def test_views_have_a_slice_of_their_own(dataset: vf.Dataset) -> None:
    view = dataset.match(F("num") > 0)
    view.group_slice = "right"
    assert names(view) == "right1 right2 right3 right4"
    assert names(view.limit(2)) == "right1 right2"
    assert view.sort_by("num").group_slice == "right"
    assert dataset.group_slice == "left"
    assert names(view.concat(dataset.limit(1))) == "right1 right2 right3 right4 left0"
    assert names(dataset.limit(1).concat(view)) == "left0 right1 right2 right3 right4"
    dataset.save_view("seen", view)
    assert dataset.load_saved_view("seen").group_slice == "left"
    found = view.map_samples(lambda sample: sample.filename, progress=False)
    assert [name for _, name in found] == ["right1.jpg", "right2.jpg", "right3.jpg", "right4.jpg"]


Choice = Callable[[vf.Dataset], Any]


@pytest.mark.parametrize(
    ("choose", "expected"),
    [
        (lambda d: d.select_group_slices("right"), "right0 right1 right2 right3 right4"),
        (lambda d: d.match(F("num") > 1).select_group_slices("right"), "right2 right3"),
        (lambda d: d.select_group_slices("right").match(F("num") > 1), "right2 right3 right4"),
        (lambda d: d.limit(1).select_group_slices(), "left0 right0"),
        (
            lambda d: d.sort_by("num", reverse=True).select_group_slices(["right", "left"]),
            "left3 right3 right2 left2 left1 right1 left0 right0",
        ),
        (
            lambda d: d.sort_by("num", reverse=True).select_group_slices(["left", "right"]).skip(5),
            "right1 left0 right0",
        ),
        (
            lambda d: d.select_group_slices("right", flat=False),
            "right0 right1 right2 right3 right4",
        ),
        (
            lambda d: d.match(F("num") > 1).select_group_slices(["right", "top"], flat=False),
            "right2 right3 right4",
        ),
        (
            lambda d: d.select_group_slices(["left", "right"], flat=False).select_group_slices(),
            "left0 right0 left1 right1 right2 left2 left3 right3",
        ),
        (lambda d: d.exclude_group_slices("left"), "right0 right1 right2 right3 right4"),
        (lambda d: d.exclude_group_slices(["left", "right"]), "top2"),
        (lambda d: d.exclude_group_slices(["left", "right", "top"]), ""),
        (lambda d: d.exclude_group_slices("none"), "left0 left1 left2 left3"),
        (lambda d: d.exclude_group_slices(media_type="image"), ""),
        (lambda d: d.select_group_slices(media_type="video"), ""),
        (lambda d: d.select_groups(d.first()), "left0"),
        (
            lambda d: d.select_groups(d.values("group.id")[:1:-1], ordered=True),
            "left3 left2",
        ),
        (lambda d: d.exclude_groups(d.limit(3)), "left3"),
        (lambda d: d.select_groups(d.limit(2)).select_group_slices("right"), "right0 right1"),
        (lambda d: d.filter_labels("kind", F("label") == "right"), ""),
    ],
)
def test_slices_and_groups_are_chosen(dataset: vf.Dataset, choose: Choice, expected: str) -> None:
    view = choose(dataset)
    assert names(view) == expected
    assert len(view) == view.count("filepath") == len(expected.split())
    again = dataset.with_stages(tuple(map(_from_json, view.stages)))
    assert names(again) == expected
    assert again == view


def _from_json(stage: vf.ViewStage) -> vf.ViewStage:
    data = stage.to_json()
    return getattr(vf, data["stage"]).from_json(data)  # type: ignore[no-any-return]


def test_flat_views_have_no_groups_and_others_fewer_slices(dataset: vf.Dataset) -> None:
    flat = dataset.select_group_slices(["left", "right"])
    assert (flat.media_type, flat.group_field, flat.group_slices) == ("image", None, None)
    assert (flat.group_slice, flat.default_group_slice, flat.group_media_types) == (None,) * 3
    fewer = dataset.exclude_group_slices("left")
    assert (fewer.media_type, fewer.group_slices, fewer.group_slice) == (
        "group",
        ["right", "top"],
        "right",
    )
    assert fewer.default_group_slice == "right"
    dataset.default_group_slice = "top"
    assert fewer.group_slice == "right"
    with pytest.raises(DatasetError, match="has no groups"):
        flat.select_group_slices("left")
    with pytest.raises(DatasetError, match="right, top"):
        fewer.select_group_slices("left")
    with pytest.raises(DatasetError, match="no group slice 'none'"):
        dataset.add_stage(vf.SelectGroupSlices("none"))


def test_siblings_come_as_the_dataset_has_them(dataset: vf.Dataset) -> None:
    view = dataset.set_field("num", 7).filter_labels("kind", F("label") == "left")
    every = view.select_fields("num").select_group_slices()
    assert every.values("num") == [0, 0, 1, 1, 2, 2, 2, 3, 3]
    assert not every.has_field("kind")
    assert every.has_field("group")


def test_groups_are_read(dataset: vf.Dataset) -> None:
    group = dataset.skip(2).first().group
    found = dataset.get_group(group.id)
    assert list(found) == ["right", "left", "top"]
    assert found["top"] is dataset["/top2.jpg"]
    assert isinstance(dataset.view().get_group(group.id)["top"], vf.SampleView)
    assert list(dataset.get_group(group.id, ["top", "left"])) == ["left", "top"]
    with pytest.raises(SampleNotFoundError):
        dataset.get_group("f" * 24)
    with pytest.raises(SampleNotFoundError):
        dataset.match(F("num") == 0).get_group(group.id)


def test_groups_are_gone_through_and_saved(dataset: vf.Dataset) -> None:
    assert [" ".join(group) for group in dataset.iter_groups()] == [" ".join(s) for s in SLICES]
    view = dataset.sort_by("num", reverse=True).limit(2)
    assert [list(group) for group in view.iter_groups(["left", "top"])] == [
        ["left"],
        ["left", "top"],
    ]
    for number, group in enumerate(dataset.iter_groups(autosave=True, batch_size=2)):
        assert {sample.num for sample in group.values()} == {number}
        group["right"]["seen"] = True
    assert dataset.count("seen") == 0
    assert dataset.select_group_slices("right").values("seen") == [True, True, True, True, None]


def test_what_is_written_goes_to_the_active_slice(dataset: vf.Dataset) -> None:
    dataset.set_values("mark", [1, 2, 3, 4])
    dataset.limit(1).tag_samples("seen")
    dataset.tag_labels("checked")
    every = dataset.select_group_slices()
    assert every.values("mark") == [1, None, 2, None, None, 3, None, 4, None, None]
    assert names(every.match_tags("seen")) == "left0"
    assert every.count_values("kind.tags") == {"checked": 4}
    dataset.set_field("num", 9).save()
    assert every.values("num") == [9, 0, 9, 1, 2, 9, 2, 9, 3, 4]
    dataset.delete_labels(tags="checked")
    assert every.count("kind") == 6


def test_clearing_and_keeping_concern_whole_groups(dataset: vf.Dataset) -> None:
    dataset.limit(1).clear()
    every = dataset.select_group_slices()
    assert names(every) == "left1 right1 right2 left2 top2 left3 right3 right4"
    dataset.skip(1).keep()
    assert names(every) == "right2 left2 top2 left3 right3"
    dataset.delete_samples(dataset.limit(1))
    assert names(every) == "right2 top2 left3 right3"


def test_groups_survive_copies(dataset: vf.Dataset) -> None:
    view = dataset.match(F("num") > 1)
    for copy in (view.clone(), vf.Dataset.from_dict(view.to_dict(), name="read")):
        assert (copy.media_type, copy.group_slices) == ("group", ["left", "right", "top"])
        assert names(copy.select_group_slices()) == "right2 left2 top2 left3 right3"
    fewer = dataset.exclude_group_slices("left").clone()
    assert (fewer.group_slices, fewer.group_slice, len(fewer)) == (["right", "top"], "right", 5)
    flat = dataset.select_group_slices("right").clone()
    assert (flat.media_type, flat.group_field, len(flat)) == ("image", None, 5)
    other = vf.Dataset("other")
    assert len(other.add_collection(dataset.limit(2))) == 4
    other.merge_samples(dataset, progress=False)
    assert names(other.select_group_slices()).count("top2") == 1
    assert (len(other), other.stats()["samples_count"]) == (4, 10)
    changed = vf.Sample("/right4.jpg", num=77)
    other.merge_samples([changed], progress=False)
    assert other["/right4.jpg"].num == 77
    with pytest.raises(SchemaError, match="have none"):
        other.add_collection(flat)


def test_samples_have_to_fit_the_groups(dataset: vf.Dataset) -> None:
    for sample, words in (
        (vf.Sample("/a.jpg"), "has no group in 'group'"),
        (vf.Sample("/a.jpg", group=vf.Group()), "has no group in 'group'"),
        (vf.Sample("/a.mp4", group=vf.Group().element("left")), "can't hold videos"),
        (vf.Sample("/a.jpg", other=vf.Group().element("left")), "has groups in 'group' already"),
    ):
        with pytest.raises(SchemaError, match=words):
            dataset.add_sample(sample)
    plain = vf.Dataset("plain")
    plain.add_sample(vf.Sample("/a.jpg"))
    with pytest.raises(SchemaError, match="add_group_field"):
        plain.add_sample(vf.Sample("/b.jpg", group=vf.Group().element("left")))
    assert (dataset.stats()["samples_count"], len(plain)) == (10, 1)
    assert (plain.group_field, plain.group_slices, plain.group_slice) == (None, None, None)
    with pytest.raises(DatasetError, match="no groups"):
        plain.select_group_slices("left")


def test_slices_of_several_media_types_are_kept_apart(dataset: vf.Dataset) -> None:
    dataset.add_sample(vf.Sample("/film.mp4", group=dataset.first().group.element("film")))
    assert (dataset.group_media_types or {})["film"] == "video"
    assert names(dataset) == "left0 left1 left2 left3"
    assert dataset.select_group_slices(media_type="video").media_type == "video"
    assert dataset.exclude_group_slices(media_type="video").group_slices == [
        "left",
        "right",
        "top",
    ]
    for wanted in (None, ["left", "film"]):
        with pytest.raises(DatasetError, match="several media types"):
            dataset.select_group_slices(wanted)
    assert list(dataset.get_group(dataset.first().group.id)) == ["left", "right", "film"]
    assert dataset.clone().stats()["samples_count"] == 11


def test_several_views_of_groups_are_in_groups(dataset: vf.Dataset) -> None:
    view = dataset.match(F("num") > 2).concat(dataset.limit(1))
    assert view.media_type == "group"
    assert (view.group_slice, view.group_slices) == ("left", dataset.group_slices)
    assert names(view) == "left3 left0"
    assert [sorted(group) for group in view.iter_groups()][1] == sorted(
        next(iter(dataset.iter_groups()))
    )
    group = view.get_group(view.first().group.id)
    assert group["left"].id == view.first().id
    view.group_slice = "right"
    assert names(view.sort_by("num")) == "right0 right3"
    assert "Group fields:" in str(view)
    assert "Num groups:  2" in str(view)
