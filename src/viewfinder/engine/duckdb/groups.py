"""Which group a sample is in, as a number for equal keys, and what is computed from groups."""

from __future__ import annotations

from collections.abc import Sequence

from viewfinder.engine.duckdb.compiler import Compiler, Place, sample_value
from viewfinder.engine.duckdb.frames import Frame
from viewfinder.engine.duckdb.relations import SampleQuery, order_of
from viewfinder.engine.duckdb.sql import Document, Sql, as_list, quote, strict
from viewfinder.expr.group_keys import check_key, group_type, type_of_group_value
from viewfinder.expr.nodes import Node
from viewfinder.expr.plan import SortGroups, WhereGroups
from viewfinder.expr.types import Holds, ValueType

__all__ = ["chosen_groups_query", "groups_query"]


def groups_query(query: SampleQuery, keys: Sequence[Node]) -> str:
    """The query for the number of each sample's group, in the order of the samples."""
    return query.select(_number(query, keys))


def chosen_groups_query(query: SampleQuery, step: WhereGroups | SortGroups) -> str:
    """The query for the numbers of the groups that a step leaves, in its order."""
    node = step.condition if isinstance(step, WhereGroups) else step.key.value
    type_of_group_value(node, query.state.schema)
    held = group_type(node, query.state.schema)
    member = _member(query, held)
    inner = query.select(
        f"{_number(query, step.keys)}, {member} AS member, {query.place} AS place", ordered=False
    )
    groups = (
        "SELECT number, list(member ORDER BY place) AS members, min(place) AS first "
        f"FROM ({inner}) GROUP BY number"
    )
    compiler = Compiler(query.names)
    frame = Frame(query.state, query.names, f"({groups}) g", "g.number")
    place = Place(frame, Sql("g.members", held, nullable=False))
    if isinstance(step, WhereGroups):
        found = compiler.condition(node, place)
        return f"SELECT number FROM {frame.sql} WHERE {found}"
    value = strict(as_list(compiler.scalar(node, place)))
    order = ", ".join(map(str, order_of(value, reverse=step.key.reverse)))
    return f"SELECT number FROM {frame.sql} ORDER BY {order}, g.first"


def _number(query: SampleQuery, keys: Sequence[Node]) -> str:
    compiler, place = Compiler(query.names), Place(query.frame)
    texts = []
    for key in keys:
        check_key(key, place.scope)
        texts.append(_comparable(strict(as_list(compiler.scalar(key, place)))))
    return f"dense_rank() OVER (ORDER BY {', '.join(texts)}) AS number"


def _member(query: SampleQuery, held: ValueType) -> str:
    """A sample as one value, with the fields that are looked at."""
    assert held.element is not None
    parts = [f"{quote(name)} := {_whole(query, name)}" for name, _ in held.element.attributes]
    return f"struct_pack({', '.join(parts)})" if parts else "true"


def _whole(query: SampleQuery, name: str) -> str:
    compiler, place = Compiler(query.names), Place(query.frame)
    value = sample_value(query.frame, name)
    field = query.state.schema.label_fields.get(name)
    if field is None or not field.is_label_list or not isinstance(value, Document):
        return as_list(compiler.whole(value, place)).text
    ((list_name, _),) = value.type.attributes
    labels = compiler.whole(value.get(list_name), place)
    packed = f"struct_pack({quote(list_name)} := {labels.text})"
    return f"(CASE WHEN NOT {value.is_null} THEN {packed} END)"


def _comparable(value: Sql) -> str:
    """The text of a key: both zeros are one value."""
    if value.type.holds is Holds.FLOAT:
        return f"(CASE WHEN {value.text} = 0 THEN 0 ELSE {value.text} END)"
    element = value.type.element
    if element is not None and element.holds is Holds.FLOAT:
        return f"list_transform({value.text}, lambda e: CASE WHEN e = 0 THEN 0 ELSE e END)"
    return value.text
