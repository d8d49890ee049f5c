from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

import viewfinder as vf
from viewfinder import F
from viewfinder.errors import DatasetError, ExpressionError, FieldNotFoundError

WORDS = ("b", "a", "b", None, "c", "a", "b", "c")
NUMBERS = (5, 1, 3, 2, None, 9, 1, 4)


@pytest.fixture
def dataset() -> vf.Dataset:
    """Samples 0 to 7 with a word and a number each; flags are true and false in turn."""
    made = vf.Dataset("values")
    box = vf.Detection(label="q", bounding_box=[0, 0, 1, 1])
    made.add_samples(
        [
            vf.Sample(
                filepath=f"/{at}.jpg",
                word=WORDS[at],
                num=NUMBERS[at],
                flag=at % 2 == 0,
                boxes=vf.Detections([box.copy() for _ in range(at % 3)]),
            )
            for at in range(8)
        ],
        progress=False,
    )
    return made


def names(samples: Any) -> str:
    return "".join(sample.filename[0] for sample in samples)


Choice = Callable[[vf.Dataset], Any]


@pytest.mark.parametrize(
    ("choose", "expected"),
    [
        (lambda d: d.group_by("word"), "0134"),
        (lambda d: d.group_by("num"), "0123457"),
        (lambda d: d.group_by("word", order_by="num"), "1346"),
        (lambda d: d.group_by("word", order_by="num", reverse=True), "0357"),
        (lambda d: d.group_by("word", order_by=F("num")), "1346"),
        (lambda d: d.sort_by("num").group_by("word"), "1346"),
        (lambda d: d.group_by(["word", "flag"]), "01347"),
        (lambda d: d.group_by(F("num") > 2), "01"),
        (lambda d: d.group_by(F("boxes.detections").length()), "012"),
        (lambda d: d.group_by("boxes.detections.label"), "012"),
        (lambda d: d.group_by("tags"), "0"),
        (lambda d: d.group_by("word", order_by="num", order_by_key=3), "2"),
        (lambda d: d.group_by("word").match(F("num") > 1), "03"),
        (lambda d: d.group_by("word").sort_by("num"), "4130"),
        (lambda d: d.group_by("word").skip(1).limit(1), "1"),
        (lambda d: d.group_by("word", flat=True), "02615347"),
        (lambda d: d.group_by("word", order_by="num", reverse=True, flat=True), "51026743"),
        (lambda d: d.group_by("word", flat=True, match_expr=F().length() > 1), "0261547"),
        (lambda d: d.group_by("word", flat=True, sort_expr=F().length()), "31547026"),
        (
            lambda d: d.group_by("word", flat=True, sort_expr=F().length(), reverse=True),
            "02615473",
        ),
        (
            lambda d: d.group_by(
                "word",
                order_by="num",
                flat=True,
                match_expr=F().filter(F("boxes.detections").length() == 2).length() > 0,
                sort_expr=F().map(F("num")).max(),
            ),
            "62015",
        ),
        (lambda d: d.group_by("word").flatten(), "02615347"),
        (lambda d: d.group_by("word", order_by="num").flatten(), "15347620"),
        (lambda d: d.group_by("word").limit(2).flatten(), "02615"),
        (lambda d: d.group_by("word").sort_by("num").flatten(), "47153026"),
        (lambda d: d.group_by("word").flatten().limit(3), "026"),
        (lambda d: d.group_by("word").flatten(vf.Limit(2)), "0215347"),
        (lambda d: d.group_by("word").flatten([vf.Skip(1)]), "2657"),
        (
            lambda d: d.group_by("word").flatten([vf.SortBy("num", reverse=True), vf.Limit(2)]),
            "0251374",
        ),
        (lambda d: d.group_by("word").flatten(vf.Match(F("num") > 2)), "0257"),
        (lambda d: d.group_by("word").flatten().group_by("flag"), "01"),
        (lambda d: d.group_by("word", order_by="num", order_by_key=1).flatten(), "15620"),
        (lambda d: d.group_by("word").concat(d.limit(1)), "01340"),
        (lambda d: d.to_patches("boxes").group_by("sample_id"), "12457"),
        (lambda d: d.to_patches("boxes").group_by("sample_id").flatten(), "1224557"),
    ],
)
def test_samples_are_grouped_by_values(dataset: vf.Dataset, choose: Choice, expected: str) -> None:
    view = choose(dataset)
    assert names(view) == expected
    assert len(view) == view.count() == len(view.values("id")) == len(expected)
    dataset.save_view("kept", view)
    again = dataset.load_saved_view("kept")
    assert (names(again), again) == (expected, view)


@pytest.mark.parametrize(
    ("choose", "value", "expected"),
    [
        (lambda d: d.group_by("word"), "b", "026"),
        (lambda d: d.group_by("word"), None, "3"),
        (lambda d: d.group_by("word"), "zz", ""),
        (lambda d: d.group_by("word", order_by="num"), "b", "620"),
        (lambda d: d.group_by("word", order_by="num", reverse=True), "b", "026"),
        (lambda d: d.group_by("word").match(F("num") > 100), "b", "026"),
        (lambda d: d.match(F("num") > 1).group_by("word"), "b", "02"),
        (lambda d: d.group_by(["word", "flag"]), ["c", False], "7"),
        (lambda d: d.group_by(F("num") > 2), True, "0257"),
        (lambda d: d.group_by("boxes.detections.label"), ["q", "q"], "25"),
        (lambda d: d.group_by(["tags", "flag"]), [[], True], "0246"),
    ],
)
def test_one_group_is_a_view(
    dataset: vf.Dataset, choose: Choice, value: Any, expected: str
) -> None:
    group = choose(dataset).get_dynamic_group(value)
    assert names(group) == expected
    assert (group.media_type, group.is_dynamic_groups) == ("image", False)


@pytest.mark.parametrize(
    ("choose", "expected"),
    [
        (lambda d: d.group_by("word"), ["026", "15", "3", "47"]),
        (lambda d: d.group_by("word").sort_by("num"), ["47", "15", "3", "026"]),
        (lambda d: d.group_by("word").match(F("num") > 1), ["026", "3"]),
        (lambda d: d.group_by("word", order_by="num", reverse=True), ["026", "3", "51", "74"]),
        (lambda d: d.group_by(["word", "flag"]), ["026", "15", "3", "4", "7"]),
        (lambda d: d.group_by("word").set_field("word", "x"), ["026", "15", "3", "47"]),
    ],
)
def test_groups_are_gone_through(dataset: vf.Dataset, choose: Choice, expected: list[str]) -> None:
    assert [names(group) for group in choose(dataset).iter_dynamic_groups()] == expected


def test_a_view_of_groups_knows_what_it_is(dataset: vf.Dataset) -> None:
    view = dataset.group_by("word")
    assert (view.is_dynamic_groups, view.media_type, len(view)) == (True, "group", 4)
    assert view.limit(2).is_dynamic_groups
    assert "Num groups: 4" in str(view)
    assert (view.flatten().is_dynamic_groups, view.flatten().media_type) == (False, "image")
    assert not dataset.group_by("word", flat=True).is_dynamic_groups
    assert view.values("num") == [5, 1, 2, None]
    assert view.bounds("num") == (1, 5)


def test_flattening_shows_samples_as_they_were_grouped(dataset: vf.Dataset) -> None:
    view = dataset.group_by("word").set_field("num", 7)
    assert view.values("num") == [7] * 4
    assert view.flatten().values("num") == [5, 3, 1, 1, 9, 2, None, 4]
    before = dataset.set_field("num", 7).group_by("word").flatten()
    assert before.values("num") == [7] * 8
    assert not view.select_fields("word").flatten().has_field("boxes")
    taken = dataset.group_by("word").flatten(vf.Take(1, seed=51))
    assert sorted(WORDS[int(at)] or "" for at in names(taken)) == ["", "a", "b", "c"]
    mixed = names(dataset.group_by("word").flatten(vf.Shuffle(seed=51)))
    assert [sorted(mixed[:3]), sorted(mixed[3:5])] == [["0", "2", "6"], ["1", "5"]]


def test_edits_of_a_view_of_groups_go_to_its_first_samples(dataset: vf.Dataset) -> None:
    view = dataset.group_by("word")
    view.tag_samples("first")
    view.set_values("mark", [1, 2, 3, 4])
    assert names(dataset.match_tags("first")) == "0134"
    assert dataset.values("mark") == [1, 2, None, 3, 4, None, None, None]
    view.limit(1).set_field("num", 8).save()
    assert dataset.first().num == 8


def test_groups_are_copied_kept_and_deleted_whole(dataset: vf.Dataset) -> None:
    view = dataset.group_by("word")
    clone = view.limit(1).clone()
    assert (clone.media_type, names(clone)) == ("image", "026")
    assert len(view.limit(1).to_dict()["samples"]) == 3
    view.limit(3).keep()
    assert names(dataset) == "012356"
    view.limit(1).clear()
    assert names(dataset) == "135"


def test_what_makes_no_groups_is_refused(dataset: vf.Dataset) -> None:
    view = dataset.group_by("word")
    with pytest.raises(DatasetError, match="grouped already"):
        view.group_by("flag")
    with pytest.raises(DatasetError, match="group_by"):
        dataset.flatten()
    with pytest.raises(DatasetError, match="group_by"):
        dataset.view().get_dynamic_group("b")
    with pytest.raises(DatasetError, match="group_by"):
        list(dataset.iter_dynamic_groups())
    with pytest.raises(DatasetError, match="get_dynamic_group"):
        view.get_group("x")
    with pytest.raises(DatasetError, match="iter_dynamic_groups"):
        list(view.iter_groups())
    with pytest.raises(FieldNotFoundError):
        dataset.group_by("nothing")
    with pytest.raises(ExpressionError, match="can't be grouped by"):
        dataset.group_by("boxes")
    with pytest.raises(ExpressionError, match="a group is no sample"):
        dataset.group_by("word", flat=True, match_expr=F("$num") > 3)
    with pytest.raises(ExpressionError, match="Groups can't be sorted"):
        dataset.group_by("word", flat=True, sort_expr=F("num"))
    with pytest.raises(ExpressionError, match="2 were given"):
        dataset.group_by(["word"]).get_dynamic_group(["a", True])
    with pytest.raises(ExpressionError, match="order_by"):
        dataset.group_by("word", order_by_key=3)
    with pytest.raises(ExpressionError, match="can't be applied to each group"):
        view.flatten(vf.GroupBy("flag"))


def test_groups_of_values_have_slices_where_the_dataset_has() -> None:
    dataset = vf.Dataset("both")
    for at in range(6):
        group = vf.Group()
        dataset.add_samples(
            [
                vf.Sample(f"/{side}{at}.jpg", group=group.element(side), scene="pqp"[at % 3], t=-at)
                for side in ("left", "right")
            ],
            progress=False,
        )

    def shown(samples: Any) -> str:
        return " ".join(sample.filename[0] + sample.filename[-5] for sample in samples)

    view = dataset.group_by("scene")
    assert (view.media_type, view.group_slice, len(view)) == ("group", "left", 2)
    assert shown(dataset.group_by("scene", order_by="t")) == "l4 l5"
    assert shown(view.get_dynamic_group("p")) == "l0 l2 l3 l5"
    assert shown(view.get_dynamic_group("q").select_group_slices()) == "l1 r1 l4 r4"
    assert shown(view.flatten()) == "l0 l2 l3 l5 l1 l4"
    assert shown(view.select_group_slices()) == "l0 r0 l1 r1"
    assert shown(dataset.select_group_slices("right").group_by("scene")) == "r0 r1"
    assert shown(dataset.exclude_group_slices("left").group_by("scene").flatten()) == (
        "r0 r2 r3 r5 r1 r4"
    )
    view.group_slice = "right"
    assert [shown(group) for group in view.iter_dynamic_groups()] == ["r0 r2 r3 r5", "r1 r4"]
    view.limit(1).clear()
    assert shown(dataset.select_group_slices()) == "l1 r1 l4 r4"
