"""Aggregations as methods: one question about all samples of a collection, one answer."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from viewfinder.expr import (
    Aggregation,
    Bounds,
    Count,
    CountValues,
    Distinct,
    HistogramValues,
    ListSchema,
    Max,
    Mean,
    Min,
    Quantiles,
    Schema,
    Std,
    Sum,
    Values,
    ViewExpression,
)
from viewfinder.samples.core import CollectionCore, ViewT

__all__ = ["AggregateMethods"]

FieldOrExpr = str | ViewExpression


class AggregateMethods(CollectionCore[ViewT]):
    """The methods that count, list and measure.

    Each takes a dotted path or an expression, and an `expr` that is applied to each value there:
    ``dataset.bounds("predictions.detections", F("bounding_box")[2] * F("bounding_box")[3])``.
    With ``safe=True`` NaN and infinite numbers are left out. A path that does not exist raises a
    FieldNotFoundError, values that can't be aggregated so an ExpressionError.
    """

    def aggregate(self, aggregations: Aggregation | Sequence[Aggregation]) -> Any:
        """The answer to one aggregation, or a list of answers to several in few passes.

        ::

            counts, bounds = dataset.aggregate([vf.CountValues("tags"), vf.Bounds("score")])
        """
        several = not isinstance(aggregations, Aggregation)
        asked = list(aggregations) if not isinstance(aggregations, Aggregation) else [aggregations]
        snapshot = self.snapshot()
        answers = self._handle.engine.aggregate(self.plan(snapshot.schema), asked, snapshot)
        return answers if several else answers[0]

    def count(
        self,
        field_or_expr: FieldOrExpr | None = None,
        expr: ViewExpression | None = None,
        safe: bool = False,
    ) -> int:
        """The number of samples, or of values that are not None."""
        return int(self.aggregate(Count(field_or_expr, expr, safe=safe)))

    def count_values(
        self,
        field_or_expr: FieldOrExpr,
        expr: ViewExpression | None = None,
        safe: bool = False,
    ) -> dict[Any, int]:
        """How often each value occurs, the most frequent first."""
        counts: dict[Any, int] = self.aggregate(CountValues(field_or_expr, expr, safe=safe))
        return counts

    def distinct(
        self,
        field_or_expr: FieldOrExpr,
        expr: ViewExpression | None = None,
        safe: bool = False,
    ) -> list[Any]:
        """The different values that are not None, in order."""
        values: list[Any] = self.aggregate(Distinct(field_or_expr, expr, safe=safe))
        return values

    def bounds(
        self,
        field_or_expr: FieldOrExpr,
        expr: ViewExpression | None = None,
        safe: bool = False,
    ) -> tuple[Any, Any]:
        """The smallest and the largest value; ``(None, None)`` where there are none."""
        lowest, highest = self.aggregate(Bounds(field_or_expr, expr, safe=safe))
        return lowest, highest

    def min(
        self,
        field_or_expr: FieldOrExpr,
        expr: ViewExpression | None = None,
        safe: bool = False,
    ) -> Any:
        """The smallest value; None where there is none."""
        return self.aggregate(Min(field_or_expr, expr, safe=safe))

    def max(
        self,
        field_or_expr: FieldOrExpr,
        expr: ViewExpression | None = None,
        safe: bool = False,
    ) -> Any:
        """The largest value; None where there is none."""
        return self.aggregate(Max(field_or_expr, expr, safe=safe))

    def sum(
        self,
        field_or_expr: FieldOrExpr,
        expr: ViewExpression | None = None,
        safe: bool = False,
    ) -> Any:
        """The sum of the numbers; 0 where there are none."""
        return self.aggregate(Sum(field_or_expr, expr, safe=safe))

    def mean(
        self,
        field_or_expr: FieldOrExpr,
        expr: ViewExpression | None = None,
        safe: bool = False,
    ) -> Any:
        """The mean of the numbers; 0 where there are none."""
        return self.aggregate(Mean(field_or_expr, expr, safe=safe))

    def std(
        self,
        field_or_expr: FieldOrExpr,
        expr: ViewExpression | None = None,
        safe: bool = False,
        sample: bool = False,
    ) -> Any:
        """The standard deviation of the numbers; with `sample`, as of a sample of more numbers."""
        return self.aggregate(Std(field_or_expr, expr, safe=safe, sample=sample))

    def quantiles(
        self,
        field_or_expr: FieldOrExpr,
        quantiles: float | Sequence[float],
        expr: ViewExpression | None = None,
        safe: bool = False,
    ) -> Any:
        """The value that is not below a share of all values, for one share in [0, 1] or several."""
        return self.aggregate(Quantiles(field_or_expr, quantiles, expr, safe=safe))

    def histogram_values(
        self,
        field_or_expr: FieldOrExpr,
        expr: ViewExpression | None = None,
        bins: int | Sequence[float] | None = None,
        range: tuple[float, float] | None = None,
        auto: bool = False,
    ) -> tuple[list[int], list[float], int]:
        """Counts in bins: ``(counts, edges, other)``.

        Args:
            field_or_expr: a path or an expression
            expr: an expression that is applied to each value
            bins: the number of bins, or their edges
            range: ``(lower, upper)``; the bounds of the values otherwise
            auto: whether to choose the number of bins from the data
        """
        counts, edges, other = self.aggregate(
            HistogramValues(field_or_expr, expr, bins=bins, range=range, auto=auto)
        )
        return counts, edges, other

    def values(
        self,
        field_or_expr: FieldOrExpr | Sequence[FieldOrExpr],
        expr: ViewExpression | None = None,
        missing_value: Any = None,
        unwind: bool = False,
    ) -> list[Any]:
        """The values of all samples, nested like the data.

        Args:
            field_or_expr: a path or expression, or several, which give one list each
            expr: an expression that is applied to each value
            missing_value: what stands in the place of None
            unwind: whether to give one flat list
        """
        if isinstance(field_or_expr, (str, ViewExpression)):
            asked: Any = Values(field_or_expr, expr, missing_value=missing_value, unwind=unwind)
        else:
            asked = [
                Values(part, expr, missing_value=missing_value, unwind=unwind)
                for part in field_or_expr
            ]
        answer: list[Any] = self.aggregate(asked)
        return answer

    def schema(
        self,
        field_or_expr: FieldOrExpr,
        expr: ViewExpression | None = None,
        dynamic_only: bool = False,
    ) -> dict[str, Any]:
        """The fields of what documents or dicts have in them, by name, where there is a value.

        With ``dynamic_only=True`` without what the class of the documents declares::

            dataset.schema("ground_truth.detections", dynamic_only=True)
        """
        fields: dict[str, Any] = self.aggregate(
            Schema(field_or_expr, expr, dynamic_only=dynamic_only)
        )
        return fields

    def list_schema(self, field_or_expr: FieldOrExpr, expr: ViewExpression | None = None) -> Any:
        """The field of a list's elements; several in a list, None where there are no elements."""
        return self.aggregate(ListSchema(field_or_expr, expr))

    @classmethod
    def list_aggregations(cls) -> list[str]:
        """The names of all aggregation methods."""
        plumbing = ("aggregate", "list_aggregations")
        return sorted(
            name for name in vars(AggregateMethods) if name[0] != "_" and name not in plumbing
        )
