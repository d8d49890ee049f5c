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
from viewfinder.expr.composed import FacetAggregations, ListSchema, Schema, in_parts
from viewfinder.expr.field import VALUE, F, ViewExpression, ViewField, as_node
from viewfinder.expr.function_types import common_element
from viewfinder.expr.plan import Plan, Scan, plan_schema
from viewfinder.expr.wire import from_json, to_json

__all__ = [
    "VALUE",
    "Aggregation",
    "Bounds",
    "Count",
    "CountValues",
    "Distinct",
    "F",
    "FacetAggregations",
    "HistogramValues",
    "ListSchema",
    "Max",
    "Mean",
    "Min",
    "Plan",
    "Quantiles",
    "Scan",
    "Schema",
    "Std",
    "Sum",
    "Values",
    "ViewExpression",
    "ViewField",
    "as_node",
    "common_element",
    "from_json",
    "in_parts",
    "plan_schema",
    "to_json",
]
