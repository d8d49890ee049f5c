"""Which group a sample is in: equal keys get equal numbers, in one query."""

from __future__ import annotations

from collections.abc import Sequence

from viewfinder.engine.duckdb.compiler import Compiler, Place
from viewfinder.engine.duckdb.relations import SampleQuery
from viewfinder.engine.duckdb.sql import Sql, as_list, strict
from viewfinder.expr.group_keys import check_key
from viewfinder.expr.nodes import Node
from viewfinder.expr.types import Holds

__all__ = ["groups_query"]


def groups_query(query: SampleQuery, keys: Sequence[Node]) -> str:
    """The query for the number of each sample's group, in the order of the samples."""
    compiler, place = Compiler(query.names), Place(query.frame)
    texts = []
    for key in keys:
        check_key(key, place.scope)
        texts.append(_comparable(strict(as_list(compiler.scalar(key, place)))))
    return query.select(f"dense_rank() OVER (ORDER BY {', '.join(texts)}) AS number")


def _comparable(value: Sql) -> str:
    """The text of a key: both zeros are one value."""
    if value.type.holds is Holds.FLOAT:
        return f"(CASE WHEN {value.text} = 0 THEN 0 ELSE {value.text} END)"
    element = value.type.element
    if element is not None and element.holds is Holds.FLOAT:
        return f"list_transform({value.text}, lambda e: CASE WHEN e = 0 THEN 0 ELSE e END)"
    return value.text
