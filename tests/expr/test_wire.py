from __future__ import annotations

import json
from datetime import UTC, date, datetime
from typing import Any

import pytest

from viewfinder.errors import ExpressionError
from viewfinder.expr import (
    VALUE,
    Count,
    F,
    FacetAggregations,
    ListSchema,
    Mean,
    Quantiles,
    Scan,
    Schema,
    Values,
    from_json,
    to_json,
)
from viewfinder.expr import nodes as n
from viewfinder.expr.plan import Pick, Sort, SortKey, Where


@pytest.mark.parametrize(
    "value",
    [
        (F("a.b").filter((F("c") >= 0.5) | F("$d").is_in(["x", None])).length() == 2).node,
        (F("a") == datetime(2020, 1, 2, 3, tzinfo=UTC)).node,
        (F("a") < date(2020, 1, 2)).node,
        F("a").is_in([float("nan"), float("-inf")]).node,
        F("a").map_values({"x": "y", 1: None}).node,
        F("a")[1:-1].contains_str(["b"], case_sensitive=False).node,
        Sort(Where(Pick(Scan(), ("0" * 24,)), F("a").node), (SortKey(F("b").node, reverse=True),)),
        Quantiles("a", [0.5], safe=True),
        Count(),
    ],
)
def test_everything_comes_back_from_json_as_it_was(value: object) -> None:
    assert from_json(json.loads(json.dumps(to_json(value), allow_nan=False))) == value


def test_what_is_not_ours_is_refused() -> None:
    for data in ({"op": "Nope"}, {"op": "Equal", "left": 1}, {"x": 1}, {"$date": "never"}):
        with pytest.raises(ExpressionError, match="JSON form"):
            from_json(data)
    with pytest.raises(ExpressionError, match="no JSON form"):
        to_json(object())


def test_every_node_has_a_json_form() -> None:
    from viewfinder.expr.wire import to_json as write

    assert all(isinstance(getattr(n, name), type) or name == "children" for name in n.__all__)
    assert write(F("x").abs()) == {"op": "Absolute", "value": {"op": "Field", "path": "x"}}


@pytest.mark.parametrize(
    "asked",
    [
        FacetAggregations("preds.detections", {"n": Count(), "m": Mean("confidence")}),
        FacetAggregations("preds", [Schema("detections", dynamic_only=True), Count()]),
        ListSchema("tags"),
        Values(F("tags").reduce(VALUE.concat(F()), "").strip().set_field("a", [F("b"), 1])),
        Values(F("tags").sort(key=F().strlen(), reverse=True)[F("n") :]),
    ],
)
def test_folds_sorts_facets_and_schemas_come_back(asked: Any) -> None:
    assert from_json(json.loads(json.dumps(to_json(asked)))) == asked
