"""Questions about samples and labels as frozen values that know no engine and no database."""

from __future__ import annotations

from viewfinder.expr.aggregations import (
    Aggregation,
    Bounds,
    Count,
    CountValues,
    Distinct,
    HistogramValues,
    Max,
    Mean,
    Min,
    Quantiles,
    Std,
    Sum,
    Values,
)
from viewfinder.expr.field import F, ViewExpression, ViewField, as_node
from viewfinder.expr.plan import Plan, Scan, plan_schema
from viewfinder.expr.wire import from_json, to_json

__all__ = [
    "Aggregation",
    "Bounds",
    "Count",
    "CountValues",
    "Distinct",
    "F",
    "HistogramValues",
    "Max",
    "Mean",
    "Min",
    "Plan",
    "Quantiles",
    "Scan",
    "Std",
    "Sum",
    "Values",
    "ViewExpression",
    "ViewField",
    "as_node",
    "from_json",
    "plan_schema",
    "to_json",
]
