from __future__ import annotations

from typing import Any

import pytest

from viewfinder.errors import ExpressionError, FieldNotFoundError
from viewfinder.expr import F
from viewfinder.expr.types import Holds, Scope, type_of
from viewfinder.labels import Classification, Detections
from viewfinder.schema import DatasetSchema, Field, FloatField, IntField, ListField, StringField
from viewfinder.schema.infer import document_field

SCHEMA = DatasetSchema().merged(
    {
        "preds": document_field(Detections),
        "truth": document_field(Classification),
        "score": FloatField(),
        "number": IntField(),
        "name": StringField(),
        "scores": ListField(FloatField()),
        "anything": Field(),
    }
)


@pytest.mark.parametrize(
    ("expression", "holds"),
    [
        (F("number") + 1, Holds.INT),
        (F("number") + 1.5, Holds.FLOAT),
        (F("number") / 2, Holds.FLOAT),
        (F("score") > 0, Holds.BOOL),
        (F("preds.detections"), Holds.LIST),
        (F("preds.detections").length(), Holds.INT),
        (F("preds.detections.confidence").max(), Holds.FLOAT),
        (F("preds.detections")[0], Holds.DOCUMENT),
        (F("truth.label").lower(), Holds.STRING),
        (F("metadata.width"), Holds.INT),
        (F("id"), Holds.ID),
        ((F("score") > 0).if_else(1, None), Holds.INT),
        (F("number").map_values({1: 1.5}), Holds.FLOAT),
        (F("anything"), Holds.ANY),
    ],
)
def test_the_type_of_an_expression_follows_from_the_schema(expression: Any, holds: Holds) -> None:
    assert type_of(expression.node, Scope(SCHEMA)).holds is holds


@pytest.mark.parametrize(
    "expression",
    [
        F("nope"),
        F("preds.detections.nope"),
        F("preds.nope"),
        F("metadata.nope"),
        F("score.x"),
        F("preds.detections").filter(F("nope") > 1),
        F("preds.detections").map(F("$nope")),
    ],
)
def test_a_field_that_is_not_there_is_named(expression: Any) -> None:
    with pytest.raises(FieldNotFoundError):
        type_of(expression.node, Scope(SCHEMA))


def test_a_near_name_is_suggested() -> None:
    with pytest.raises(FieldNotFoundError, match="Did you mean 'score'"):
        type_of(F("scor").node, Scope(SCHEMA))


@pytest.mark.parametrize(
    "expression",
    [
        F("name") * 2,
        F("name") > 5,
        F("preds.detections") > 5,
        F("score").lower(),
        F("score").length(),
        F("score").filter(F() > 1),
        F("name").length() + F("name"),
        F("preds") == "x",
        F("anything") == F("anything"),
        F("anything") > F("truth"),
        F("preds.detections").sum(),
        F("preds.detections").max(),
        (F("score") > 1).if_else("a", 1),
        F("preds.detections").is_in([1]),
        F(),
    ],
)
def test_what_means_nothing_for_these_types_is_refused(expression: Any) -> None:
    with pytest.raises(ExpressionError):
        type_of(expression.node, Scope(SCHEMA))
