from __future__ import annotations

import json
from typing import Any

import pytest

from viewfinder.errors import ExpressionError, FieldNotFoundError
from viewfinder.expr import F, Scan
from viewfinder.expr.plan import FilterLabels as FilterPlan
from viewfinder.expr.plan import Hide, Permute, Slice, Sort, Where
from viewfinder.labels import Classification, Detections, GeoLocation, Keypoints
from viewfinder.schema import (
    DatasetSchema,
    EmbeddedDocumentField,
    Field,
    FloatField,
    ListField,
    StringField,
)
from viewfinder.schema.infer import document_field
from viewfinder.stages import (
    STAGES,
    Concat,
    Exclude,
    ExcludeBy,
    ExcludeFields,
    ExcludeLabels,
    Exists,
    FilterField,
    FilterKeypoints,
    FilterLabels,
    GeoNear,
    GeoWithin,
    Limit,
    LimitLabels,
    MapLabels,
    MapValues,
    Match,
    MatchLabels,
    MatchTags,
    RowStage,
    Select,
    SelectBy,
    SelectFields,
    SelectLabels,
    SetField,
    Shuffle,
    Skip,
    SortBy,
    SortBySimilarity,
    Sql,
    Take,
    ToEvaluationPatches,
    ToPatches,
    ViewStage,
    stage_from_json,
)

SCHEMA = DatasetSchema().merged(
    {
        "preds": document_field(Detections),
        "truth": document_field(Classification),
        "place": document_field(GeoLocation),
        "pose": EmbeddedDocumentField(
            Keypoints,
            {**document_field(Keypoints).attributes, "sure": ListField(FloatField())},
        ),
        "score": FloatField(),
        "name": StringField(),
        "scores": ListField(FloatField()),
        "anything": Field(),
    }
)
ID = "0123456789abcdef01234567"

EVERY: list[ViewStage] = [
    Match(F("score") > 1),
    MatchTags(["a", "b"], bool=False, all=True),
    MatchLabels(filter=F("label") == "x", fields="preds", bool=False),
    FilterLabels("preds", F("confidence") > 0.5, only_matches=False),
    SortBy("score", reverse=True),
    SortBy(F("preds.detections").length()),
    SortBy([("score", 1), (F("name"), -1)]),
    Select([ID], ordered=True),
    Exclude(ID),
    SelectBy("name", ["x", "y"], ordered=True),
    ExcludeBy("name", "x"),
    SelectFields(["score", "preds"]),
    SelectFields(),
    ExcludeFields("score"),
    Take(3, seed=1),
    Shuffle(seed=2),
    Limit(5),
    Skip(2),
    Exists("score", bool=False),
    LimitLabels("preds", 2),
    SelectLabels(labels=[{"sample_id": ID, "field": "preds", "label_id": ID}]),
    ExcludeLabels(ids=[ID], tags="a", fields=["preds"], omit_empty=False),
    SetField("score", F("preds.detections").length()),
    SetField("preds.detections.confidence", F("confidence") + F("$score")),
    SetField("preds.detections", F("detections").filter(F("confidence") > 0.5)),
    MapLabels("preds", {"a": "b"}),
    MapValues("score", {1.0: None}),
    FilterField("score", F() > 1),
    FilterKeypoints("pose", F("sure") > 0.5),
    FilterKeypoints("pose", labels=["nose"], skeleton=["nose", "chin"], only_matches=False),
    SortBySimilarity([1.0, 2.0], k=2, brain_key="scores"),
    SortBySimilarity(ID, reverse=True, brain_key="scores"),
    GeoNear([7.5, 47.5], max_distance=100.0),
    GeoWithin([[[0, 0], [1, 0], [1, 1]]], "place"),
    Sql("SELECT id FROM samples"),
]


@pytest.mark.parametrize("stage", EVERY, ids=str)
def test_every_stage_lowers_and_comes_back_from_json(stage: ViewStage) -> None:
    stage.validate(SCHEMA)
    plan = stage.lower(Scan(), SCHEMA)
    again = stage_from_json(json.loads(json.dumps(stage.to_json())))
    assert again == stage
    assert again.lower(Scan(), SCHEMA) == plan
    assert hash(again) == hash(stage)


ROWS: list[RowStage] = [
    ToPatches("preds", other_fields=["score"], keep_label_lists=True),
    ToPatches("preds"),
    ToEvaluationPatches("ev"),
    Concat((Limit(2), ToPatches("preds"))),
]


@pytest.mark.parametrize("stage", ROWS, ids=str)
def test_stages_that_make_rows_come_back_from_json(stage: RowStage) -> None:
    again = stage_from_json(json.loads(json.dumps(stage.to_json())))
    assert again == stage
    assert hash(again) == hash(stage)
    with pytest.raises(ExpressionError, match="rows of its own"):
        stage.lower(Scan(), SCHEMA)


def test_there_is_an_example_of_every_stage_above() -> None:
    # The stages of videos and of groups need these to mean something; tests of their own show them.
    others = {f"viewfinder.stages.{room}" for room in ("frames", "videos", "groups")}
    here = {name for name, stage in STAGES.items() if stage.__module__ not in others}
    assert {type(stage).__name__ for stage in (*EVERY, *ROWS)} == here


@pytest.mark.parametrize(
    ("stage", "text"),
    [
        (Match(F("score") > 1), "Match(filter=(F('score') > 1))"),
        (SortBy("score", reverse=True), "SortBy(field_or_expr='score', reverse=True)"),
        (Take(3, seed=1), "Take(size=3, seed=1)"),
        (Shuffle(), "Shuffle()"),
        (MatchTags("a"), "MatchTags(tags=['a'])"),
        (Select([ID]), f"Select(sample_ids=['{ID}'])"),
    ],
)
def test_a_stage_prints_as_it_is_made(stage: ViewStage, text: str) -> None:
    assert str(stage) == text


@pytest.mark.parametrize(
    ("stage", "error", "words"),
    [
        (Match(F("scor") > 1), FieldNotFoundError, "Did you mean 'score'"),
        (Match(F("name") > 1), ExpressionError, "no order"),
        (FilterLabels("nope", F("label") == "x"), FieldNotFoundError, "nope"),
        (FilterLabels("score", F("label") == "x"), ExpressionError, "holds no labels"),
        (FilterLabels("preds", F("labl") == "x"), FieldNotFoundError, "label"),
        (SortBy("nope"), FieldNotFoundError, "nope"),
        (SortBy("scores"), ExpressionError, "length"),
        (SortBy("preds.detections.confidence"), ExpressionError, "length"),
        (SelectFields("nope"), FieldNotFoundError, "nope"),
        (ExcludeFields("filepath"), ExpressionError, "Every sample has"),
        (Exists("nope"), FieldNotFoundError, "nope"),
        (LimitLabels("truth", 1), ExpressionError, "one label"),
        (SelectBy("scores", [1]), ExpressionError, "match"),
        (MatchLabels(filter=F("bounding_box") == 1, fields="truth"), FieldNotFoundError, "box"),
        (SelectLabels(fields="score"), ExpressionError, "holds no labels"),
    ],
)
def test_a_stage_that_means_nothing_here_says_so(
    stage: ViewStage, error: type[Exception], words: str
) -> None:
    with pytest.raises(error, match=words):
        stage.validate(SCHEMA)


@pytest.mark.parametrize(
    ("make", "words"),
    [
        (lambda: Match({"$gt": 1}), "MongoDB"),
        (lambda: SortBy([("a", 2)]), "1 or -1"),
        (lambda: SortBy([]), "at least one"),
        (lambda: Select([1]), "ids"),
        (lambda: MatchTags([1]), "name"),
        (lambda: SelectLabels(labels=[{"label_id": ID}]), "label_id"),
        (lambda: stage_from_json({"stage": "Nope"}), "no view stage"),
        (lambda: stage_from_json({"stage": "Limit", "x": 1}), "JSON form of Limit"),
    ],
)
def test_wrong_arguments_are_refused_at_once(make: Any, words: str) -> None:
    with pytest.raises(ExpressionError, match=words):
        make()


def test_filter_labels_keeps_only_samples_with_matches_unless_told_otherwise() -> None:
    some, every = F("confidence") > 1, FilterPlan
    plan = FilterLabels("preds.detections", some).lower(Scan(), SCHEMA)
    assert isinstance(plan, Where)
    assert plan.source == every(Scan(), "preds", some.node)
    assert str(plan.condition) == "(F('preds.detections').length() > 0)"
    single = FilterLabels("truth", some).lower(Scan(), SCHEMA)
    assert isinstance(single, Where)
    assert str(single.condition) == "~F('truth').is_null()"
    loose = FilterLabels("preds", some, only_matches=False).lower(Scan(), SCHEMA)
    assert loose == every(Scan(), "preds", some.node)


def test_a_random_stage_without_a_seed_stays_the_same_while_it_is_used() -> None:
    stage = Shuffle()
    assert stage.lower(Scan(), SCHEMA) == stage.lower(Scan(), SCHEMA)
    assert Shuffle(seed=7).lower(Scan(), SCHEMA) == Permute(Scan(), 7)
    assert Take(3, seed=7).lower(Scan(), SCHEMA) == Permute(Scan(), 7, 3)


def test_negative_numbers_of_samples_are_none() -> None:
    assert Limit(-1).lower(Scan(), SCHEMA) == Slice(Scan(), limit=0)
    assert Skip(-1).lower(Scan(), SCHEMA) == Slice(Scan(), skip=0)


def test_sort_by_several_keys_puts_the_first_first() -> None:
    plan = SortBy([("score", 1), ("name", -1)]).lower(Scan(), SCHEMA)
    assert isinstance(plan, Sort)
    assert [(str(key.value), key.reverse) for key in plan.keys] == [
        ("F('score')", False),
        ("F('name')", True),
    ]


def test_select_labels_hides_the_label_fields_that_were_not_meant() -> None:
    plan = SelectLabels(fields="preds").lower(Scan(), SCHEMA)
    assert isinstance(plan, Hide)
    assert plan.paths == ("truth", "place", "pose")
