"""Steps that change values rather than choose: a table with one column replaced by an expression.

Readers of the table that comes after such a step see the new values as if they had been stored.
"""

from __future__ import annotations

from dataclasses import replace

from viewfinder.engine.duckdb import lists
from viewfinder.engine.duckdb.compiler import Compiler, Place, label_document
from viewfinder.engine.duckdb.frames import Frame, LabelState, LabelTable, labels_frame
from viewfinder.engine.duckdb.sql import Names, Sql, quote
from viewfinder.expr.changes import changed_field, schema_after
from viewfinder.expr.plan import SetValue
from viewfinder.expr.types import field_type
from viewfinder.labels import Kind
from viewfinder.schema import FRAMES, EmbeddedDocumentField
from viewfinder.schema.columns import attribute_kind

__all__ = ["after_change"]


def after_change(state: LabelState, step: SetValue, names: Names) -> LabelState:
    """The tables after a step that changes values, and the schema with what it adds."""
    grown = replace(state, schema=schema_after(state.schema, step))
    if step.attribute is None:
        return _changed_samples(state, grown, step, names)
    return _changed_labels(state, grown, step, step.attribute, names)


def _changed_samples(
    state: LabelState, grown: LabelState, step: SetValue, names: Names
) -> LabelState:
    frame = Frame(state, names, f"{state.samples} s", "s.seq", "s")
    value = Compiler(names).scalar(step.value, Place(frame))
    text = lists.as_type(value, field_type(grown.schema[step.field]))
    changed = f"(SELECT s.* REPLACE ({text} AS {quote(step.field)}) FROM {frame.sql})"
    return replace(grown, changed_samples=changed)


def _changed_labels(
    state: LabelState, grown: LabelState, step: SetValue, attribute: str, names: Names
) -> LabelState:
    """Labels of a field, or frames, with other values under a name that may be new."""
    table = state.table(step.field)
    frame = labels_frame(state, names, step.field)
    place = Place(frame, label_document(frame, step.field))
    value = Compiler(names).scalar(step.value, place)
    if step.field == FRAMES:
        text = lists.as_type(value, field_type(grown.schema.frame_fields[attribute]))
    else:
        owner = grown.schema.holder(step.field)
        assert isinstance(owner, EmbeddedDocumentField)
        text = _stored(value, owner, attribute, names)
    known = changed_field(state.schema, step.field, attribute) is not None
    new = f"{text} AS {quote(attribute)}"
    columns = f"l.* REPLACE ({new})" if known else f"l.*, {new}"
    source = f"({table.select(columns, frame.joins)})"
    tables = {**state.tables, step.field: LabelTable(source, filtered=table.filtered)}
    return replace(grown, tables=tables)


def _stored(value: Sql, owner: EmbeddedDocumentField, attribute: str, names: Names) -> str:
    """The text of a value as the column of an attribute holds it: points flat, boxes fixed."""
    text = lists.as_type(value, field_type(owner.attributes[attribute]))
    kind = attribute_kind(owner, attribute)
    if kind is Kind.BOX:
        return f"({text})::DOUBLE[4]"
    if kind is Kind.POINTS:
        return f"flatten({text})"
    if kind is Kind.SHAPES:
        shape = names.fresh("e")
        return f"list_transform({text}, lambda {shape}: flatten({shape}))"
    return text
