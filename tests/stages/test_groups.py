from __future__ import annotations

import json
from typing import Any

import pytest

from viewfinder.errors import ExpressionError
from viewfinder.expr import F, Scan
from viewfinder.expr import nodes as n
from viewfinder.expr.plan import (
    GroupSlice,
    Hide,
    OfGroups,
    Project,
    Representatives,
    Sort,
    SortGroups,
    SortKey,
    Where,
    WhereGroups,
)
from viewfinder.schema import DatasetSchema, FloatField, Group, StringField
from viewfinder.schema.infer import document_field
from viewfinder.stages import (
    STAGES,
    ExcludeFields,
    ExcludeGroups,
    ExcludeGroupSlices,
    Flatten,
    GroupBy,
    Limit,
    SelectFields,
    SelectGroups,
    SelectGroupSlices,
    SetField,
    SortBy,
    ToPatches,
    ViewStage,
    one_slice,
    stage_from_json,
)

SCHEMA = DatasetSchema().merged(
    {"group": document_field(Group), "score": FloatField(), "name": StringField()}
)
ID = "0123456789abcdef01234567"
GROUPED = GroupBy("name").lower(Scan(), SCHEMA)

EVERY: list[tuple[ViewStage, str]] = [
    (SelectGroupSlices("left"), "SelectGroupSlices(slices=['left'])"),
    (SelectGroupSlices(media_type="image"), "SelectGroupSlices(media_type='image')"),
    (SelectGroupSlices(["a", "b"], flat=False), "SelectGroupSlices(slices=['a', 'b'], flat=False)"),
    (ExcludeGroupSlices("left"), "ExcludeGroupSlices(slices=['left'])"),
    (SelectGroups([ID], ordered=True), f"SelectGroups(group_ids=['{ID}'], ordered=True)"),
    (ExcludeGroups(Group(ID)), f"ExcludeGroups(group_ids=['{ID}'])"),
    (GroupBy("name"), "GroupBy(field_or_expr='name')"),
    (
        GroupBy(["name", F("score") > 1], order_by="score", reverse=True),
        "GroupBy(field_or_expr=['name', (F('score') > 1)], order_by='score', reverse=True)",
    ),
    (GroupBy("name", flat=True), "GroupBy(field_or_expr='name', flat=True)"),
    (
        GroupBy("name", match_expr=F().length() > 1, sort_expr=F("score").max()),
        "GroupBy(field_or_expr='name', match_expr=(F().length() > 1), sort_expr=F('score').max())",
    ),
    (Flatten(), "Flatten()"),
    (
        Flatten([SortBy("score"), Limit(2)]),
        "Flatten(SortBy(field_or_expr='score'), Limit(limit=2))",
    ),
]


@pytest.mark.parametrize(("stage", "text"), EVERY)
def test_every_stage_prints_lowers_and_comes_back_from_json(stage: ViewStage, text: str) -> None:
    assert str(stage) == text
    stage.validate(SCHEMA)
    again = stage_from_json(json.loads(json.dumps(stage.to_json())))
    assert again == stage
    assert again.lower(GROUPED, SCHEMA) == stage.lower(GROUPED, SCHEMA)
    assert hash(again) == hash(stage)


def test_there_is_an_example_of_every_stage_above() -> None:
    here = {
        name for name, stage in STAGES.items() if stage.__module__ == "viewfinder.stages.groups"
    }
    assert {type(stage).__name__ for stage, _ in EVERY} == here


NAME, BY_ID = n.Field("name"), n.Field("group.id")
LEFT = one_slice("group", "left")
IS_RIGHT = n.IsIn(n.Field("group.name"), (n.Literal("right"),))
LOWEST = SortBy("score").keys
SEVERAL = F().length() > 1


@pytest.mark.parametrize(
    ("stages", "plan"),
    [
        # Before any stage a slice is read as it is; after others, groups are looked up.
        ((SelectGroupSlices("right"),), Where(Scan(), IS_RIGHT)),
        ((SelectGroupSlices(),), Scan()),
        (
            (SelectGroupSlices("right", always_by_group=True),),
            Where(OfGroups(Scan(), (BY_ID,), LEFT), IS_RIGHT),
        ),
        ((SelectGroupSlices("right", flat=False),), Where(LEFT, IS_RIGHT)),
        (
            (SelectFields("name"), SelectGroupSlices()),
            Project(OfGroups(Scan(), (BY_ID,), Project(LEFT, ("name",))), ("name",)),
        ),
        ((GroupBy("name", "score"),), Representatives(Sort(LEFT, LOWEST), (NAME,))),
        ((GroupBy("name", flat=True),), GroupSlice(LEFT, (NAME,))),
        (
            (GroupBy("name", flat=True, match_expr=SEVERAL, sort_expr=F().length(), reverse=True),),
            SortGroups(
                WhereGroups(LEFT, (NAME,), SEVERAL.node),
                (NAME,),
                SortKey(F().length().node, reverse=True),
            ),
        ),
        (
            (GroupBy("name"), ExcludeFields("score"), Flatten(Limit(2))),
            GroupSlice(
                Hide(
                    OfGroups(LEFT, (NAME,), Hide(Representatives(LEFT, (NAME,)), ("score",))),
                    ("score",),
                ),
                (NAME,),
                0,
                2,
            ),
        ),
        (
            (GroupBy("name"), Flatten(SortBy("score"))),
            OfGroups(
                Sort(OfGroups(LEFT, (NAME,), Representatives(LEFT, (NAME,))), LOWEST),
                (NAME,),
                Representatives(LEFT, (NAME,)),
            ),
        ),
    ],
)
def test_stages_lower_to_plans(stages: tuple[ViewStage, ...], plan: Any) -> None:
    found: Any = LEFT
    for stage in stages:
        found = stage.lower(found, SCHEMA)
    assert found == plan


@pytest.mark.parametrize(
    ("check", "words"),
    [
        (lambda: SelectGroups([1]), "names no group"),
        (lambda: SelectGroups({}), "names no group"),
        (lambda: GroupBy([]), "at least one"),
        (lambda: GroupBy("group").validate(SCHEMA), "can't be grouped by"),
        (lambda: GroupBy("name", order_by="group").validate(SCHEMA), "can't be sorted by"),
        (lambda: SelectGroupSlices("a").validate(DatasetSchema()), "no groups here"),
        (lambda: Flatten().lower(Scan(), SCHEMA), "no groups to flatten"),
        (lambda: Flatten(ToPatches("x")).validate(SCHEMA), "to each group"),
        (lambda: Flatten(SetField("name", F("score"))).validate(SCHEMA), "name"),
    ],
)
def test_what_means_nothing_says_so(check: Any, words: str) -> None:
    with pytest.raises(ExpressionError, match=words):
        check()
