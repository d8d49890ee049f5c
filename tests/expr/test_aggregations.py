from __future__ import annotations

from typing import Any

import pytest

from viewfinder.errors import ExpressionError
from viewfinder.expr import (
    Bounds,
    Count,
    CountValues,
    F,
    HistogramValues,
    Mean,
    Quantiles,
    Sum,
    Values,
)
from viewfinder.expr import nodes as n
from viewfinder.expr.types import Scope
from viewfinder.labels import Detections
from viewfinder.schema import DatasetSchema, FloatField, ListField
from viewfinder.schema.infer import document_field

SCOPE = Scope(
    DatasetSchema().merged(
        {
            "preds": document_field(Detections),
            "score": FloatField(),
            "scores": ListField(FloatField()),
        }
    )
)
TWICE = F() * 2


@pytest.mark.parametrize(
    ("path", "node"),
    [
        ("score", n.Apply(n.Field("score"), TWICE.node)),
        ("scores[]", n.Map(n.Field("scores"), TWICE.node)),
        ("preds.detections.confidence", n.Map(n.Field("preds.detections.confidence"), TWICE.node)),
    ],
)
def test_expr_is_applied_to_each_value_at_the_path(path: str, node: n.Node) -> None:
    assert Values(path, expr=TWICE).node(SCOPE) == node


def test_expr_sees_a_whole_list_unless_brackets_go_into_it() -> None:
    area = F("bounding_box")[2] * F("bounding_box")[3]
    whole = Values("preds.detections", expr=F().length())
    assert whole.node(SCOPE) == n.Apply(n.Field("preds.detections"), F().length().node)
    each = Values("preds.detections[]", expr=area)
    assert each.node(SCOPE) == n.Map(n.Field("preds.detections"), area.node)


def test_expr_that_can_only_be_meant_of_each_label_needs_no_brackets() -> None:
    area = F("bounding_box")[2] * F("bounding_box")[3]
    found = Values("preds.detections", expr=area).node(SCOPE)
    assert found == n.Map(n.Field("preds.detections"), area.node)
    twice = Values("scores", expr=TWICE).node(SCOPE)
    assert twice == n.Map(n.Field("scores"), TWICE.node)


def test_expr_on_a_list_inside_of_labels_sees_each_labels_list() -> None:
    found = Values("preds.detections.bounding_box", expr=F()[2]).node(SCOPE)
    assert found == n.Map(n.Field("preds.detections.bounding_box"), F()[2].node)


@pytest.mark.parametrize(
    "aggregation",
    [
        Sum("filepath"),
        Mean("preds.detections"),
        Bounds("preds"),
        CountValues("metadata"),
        CountValues("preds.detections"),
    ],
)
def test_values_that_cannot_be_aggregated_are_refused(aggregation: Any) -> None:
    with pytest.raises(ExpressionError, match=type(aggregation).__name__):
        aggregation.node(SCOPE)


@pytest.mark.parametrize(
    "make",
    [
        lambda: Bounds(None),
        lambda: Bounds(3),
        lambda: Bounds(F("score"), expr=F()),
        lambda: Quantiles("score", [1.5]),
        lambda: HistogramValues("score", bins=0),
        lambda: HistogramValues("score", bins=[1, 0]),
    ],
)
def test_wrong_arguments_are_refused_at_once(make: Any) -> None:
    with pytest.raises(ExpressionError):
        make()


def test_count_alone_counts_samples() -> None:
    assert Count().field_or_expr is None
