"""Expressions into SQL: plain operators from a table, odd ones by a short function each."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any, TypeAlias

from viewfinder.engine.duckdb import lists
from viewfinder.engine.duckdb.comparisons import COMPARISONS, Comparer, is_null
from viewfinder.engine.duckdb.folds import FOLDS
from viewfinder.engine.duckdb.frames import Frame, Labels, labels_frame
from viewfinder.engine.duckdb.scalars import SCALARS
from viewfinder.engine.duckdb.sql import Document, Names, Sql, as_list, opened, quote, strict
from viewfinder.errors import ExpressionError
from viewfinder.expr import nodes as n
from viewfinder.expr.types import (
    BOOL,
    Holds,
    Scope,
    ValueType,
    field_type,
    frames_type,
    type_of,
    walk,
)
from viewfinder.labels import Kind
from viewfinder.schema import FRAMES, FRAMES_PREFIX, EmbeddedDocumentField
from viewfinder.schema.columns import attribute_kind

__all__ = ["Compiler", "Place", "Value"]

Value: TypeAlias = Sql | Document | Labels


@dataclass(frozen=True, slots=True)
class Place:
    """Where an expression stands: the frame that it may join to, and what ``F()`` is."""

    frame: Frame
    this: Value | None = None
    """None for the sample."""
    accumulated: Value | None = None
    """What ``VALUE`` is; None outside of a fold."""

    @property
    def scope(self) -> Scope:
        """The same for the types of expressions."""
        return Scope(
            self.frame.state.schema,
            None if self.this is None else self.this.type,
            None if self.accumulated is None else self.accumulated.type,
        )


class Compiler:
    """Compiles expressions for one query."""

    def __init__(self, names: Names) -> None:
        self.names = names
        self.compare = Comparer(names)

    def condition(self, node: n.Node, place: Place) -> str:
        """The text of a condition, for WHERE: null stands for false there."""
        return self.truth(self.scalar(node, place)).text

    def scalar(self, node: n.Node, place: Place) -> Sql:
        """An expression as one SQL value."""
        return self.whole(self.value(node, place), place)

    def value(self, node: n.Node, place: Place) -> Value:
        """An expression; lists of labels stay unread as long as possible."""
        rule = _RULES.get(type(node))
        if rule is not None:
            return rule(self, node, place)
        plain = SCALARS.get(type(node))
        if plain is not None:
            operands = [self.scalar(child, place) for child in n.children(node)]
            return plain(self.compare, node, operands, type_of(node, place.scope))
        raise ExpressionError(
            f"The DuckDB engine does not know expressions of {type(node).__name__}: {node}."
        )

    def whole(self, value: Value, place: Place) -> Sql:
        """Anything as one SQL value; lists of labels are read here."""
        if isinstance(value, Document):
            return value.whole()
        if isinstance(value, Labels):
            item = value.value or self.whole_label(value)
            found = place.frame.aggregate(
                value, f"list({strict(as_list(item)).text} ORDER BY l.pos)"
            )
            held = place.frame.sample_column(value.field)
            text = f"(CASE WHEN {held} IS NOT NULL THEN coalesce({found}, []) END)"
            return Sql(text, ValueType(Holds.LIST, item.type))
        return value

    @staticmethod
    def whole_label(labels: Labels) -> Sql:
        """One label of a list as one SQL value."""
        return label_document(labels.frame, labels.field).whole()

    def truth(self, sql: Sql) -> Sql:
        """A value as a condition."""
        if sql.type.holds is Holds.BOOL:
            return replace(sql, loose=True)
        if sql.type.is_number:
            return Sql(f"({sql.text} <> 0)", BOOL, nullable=sql.nullable, loose=True)
        if sql.type.holds is Holds.ANY:
            text = f"NOT ({is_null(sql)} OR {sql.text} IN ('false', '0', '0.0', '-0.0'))"
            return Sql(f"({text})", BOOL, nullable=False, loose=True)
        return Sql(f"(NOT {is_null(sql)})", BOOL, nullable=False, loose=True)

    def column(self, text: str, found: ValueType) -> Value:
        """A value as it is stored, or an element of a list."""
        return stored(text, found)


def sample_value(frame: Frame, name: str) -> Value:
    """A field of the samples, or of the frames of videos as ``frames.…``."""
    if name == FRAMES and frame.state.schema.frame_fields:
        inner = labels_frame(frame.state, frame.names, FRAMES)
        return Labels(FRAMES, frames_type(frame.state.schema), inner)
    field = frame.state.schema.holder(name)
    found = field_type(field, name)
    if isinstance(field, EmbeddedDocumentField):
        if field.is_label_list:
            return _label_list_holder(frame, name, found)
        if field.is_label:
            return _single_label(frame, name, found)
    return stored(frame.sample_column(name), found)


def stored(text: str, type_: ValueType) -> Value:
    """A value as it is stored, or an element of a list."""
    if type_.holds is not Holds.DOCUMENT:
        return Sql(text, type_)
    parts = dict(type_.attributes)
    return Document(
        type_,
        f"({text} IS NULL)",
        lambda name: stored(f"{text}.{quote(name)}", parts[name]),
        lambda: Sql(text, type_),
    )


def _label_list_holder(frame: Frame, name: str, type_: ValueType) -> Document:
    def labels(list_name: str) -> Labels:
        inner = labels_frame(frame.state, frame.names, name)
        return Labels(name, dict(type_.attributes)[list_name], inner)

    def whole() -> Sql:
        if name.startswith(FRAMES_PREFIX):
            list_name = type_.attributes[0][0]
            inside = Compiler(frame.names).whole(labels(list_name), Place(frame))
            text = f"struct_pack({quote(list_name)} := {inside.text})"
            held = frame.sample_column(name)
            return Sql(f"(CASE WHEN {held} IS NOT NULL THEN {text} END)", type_)
        raise ExpressionError(
            f"F({name!r}) holds a list of labels; name the list, as in "
            f"F('{name}.{type_.attributes[0][0]}'), to compute with it."
        )

    return Document(type_, f"({frame.sample_column(name)} IS NULL)", labels, whole)


def _single_label(frame: Frame, name: str, type_: ValueType) -> Document:
    table = frame.state.table(name)

    missing = f"({frame.sample_column(name)} IS NULL)"
    if table.filtered:
        missing = f"({frame.single_label(name)}.seq IS NULL)"

    def attribute(attribute_name: str) -> Sql:
        column = _label_column(frame, name, frame.single_label(name), attribute_name)
        if attribute_name != "tags":
            return column
        return Sql(f"(CASE WHEN NOT {missing} THEN {_listed(column).text} END)", column.type)

    def whole() -> Sql:
        text = _struct(type_, attribute)
        return Sql(f"(CASE WHEN NOT {missing} THEN {text} END)", type_)

    return Document(type_, missing, attribute, whole)


def label_document(frame: Frame, field: str) -> Document:
    """The label that is the base of a frame."""
    if field == FRAMES:
        return _frame_document(frame)
    part = frame.state.schema.holder(field)
    found = field_type(part, field)
    if isinstance(part, EmbeddedDocumentField) and part.is_label_list:
        element = found.attributes[0][1].element
        assert element is not None
        found = element

    def attribute(name: str) -> Sql:
        column = _label_column(frame, field, "l", name)
        return _listed(column) if name == "tags" else column

    return Document(found, "false", attribute, lambda: Sql(_struct(found, attribute), found))


def _listed(tags: Sql) -> Sql:
    """Tags of a label: none are kept as null, and are an empty list."""
    return Sql(f"coalesce({tags.text}, [])", tags.type)


def _frame_document(frame: Frame) -> Document:
    """The frame of a video that is the base of a frame."""
    found = frames_type(frame.state.schema).element
    assert found is not None

    def attribute(name: str) -> Value:
        return sample_value(frame, FRAMES_PREFIX + name)

    def whole() -> Sql:
        compiler, place = Compiler(frame.names), Place(frame)

        def part(name: str) -> Sql:
            return compiler.whole(attribute(name), place)

        return Sql(_struct(found, part), found)

    return Document(found, "false", attribute, whole)


def _struct(type_: ValueType, attribute: Callable[[str], Sql]) -> str:
    parts = [f"{quote(name)} := {as_list(attribute(name)).text}" for name, _ in type_.attributes]
    return f"struct_pack({', '.join(parts)})"


def _label_column(frame: Frame, field: str, alias: str, name: str) -> Sql:
    """An attribute of a label; points, which are stored flat, as pairs."""
    owner = frame.state.schema.holder(field)
    assert isinstance(owner, EmbeddedDocumentField)
    found = field_type(owner.attributes[name])
    text = f"{alias}.{quote(name)}"
    kind = attribute_kind(owner, name)
    if kind is Kind.POINTS:
        return Sql(lists.pairs(text, frame.names), found)
    if kind is Kind.SHAPES:
        shape = frame.names.fresh("e")
        pairs = lists.pairs(shape, frame.names)
        return Sql(f"list_transform({text}, lambda {shape}: {pairs})", found)
    return Sql(text, found, fixed=kind is Kind.BOX)


def _field(compiler: Compiler, node: n.Field, place: Place) -> Value:
    if place.this is None:
        return _root(compiler, node, place)
    return _walked(compiler, place.this, node.path.replace("[]", ""), place)


def _root(compiler: Compiler, node: n.Field | n.RootField, place: Place) -> Value:
    place.scope.lookup(node.path, root=True)
    name, _, rest = node.path.replace("[]", "").partition(".")
    return _walked(compiler, sample_value(place.frame, name), rest, place)


def _walked(compiler: Compiler, value: Value, path: str, place: Place) -> Value:
    """What a path names inside of a value."""
    if not path:
        return value
    if isinstance(value, Sql) and _is_document(value):
        value = stored(value.text, value.type)
    if isinstance(value, Document):
        name, _, rest = path.partition(".")
        if name not in dict(value.type.attributes):
            walk(value.type, path, "What is looked into")
        return _walked(compiler, value.get(name), rest, place)
    if isinstance(value, Sql) and value.type.holds is Holds.ANY:
        return _json_part(compiler, value, path)
    if value.type.holds is not Holds.LIST:
        walk(value.type, path, "What is looked into")
    return _mapped(compiler, value, n.Field(path), place)


def _json_part(compiler: Compiler, value: Sql, path: str) -> Sql:
    """What a dict has at a path, or each dict of a list; null where it has nothing there."""
    text = value.text
    for depth, name in enumerate(path.split("."), start=1):
        quoted = name.replace('"', "")
        text = _json_step(compiler, text, compiler.names.bind(f'$."{quoted}"'), depth)
    return Sql(text, value.type)


def _json_step(compiler: Compiler, text: str, name: str, depth: int) -> str:
    """What is under a name in a dict, or in those of a list, which is at most so deep."""
    plain = f"json_extract({text}, {name})::VARCHAR"
    if depth == 0:
        return plain
    item = compiler.names.fresh("e")
    inner = _json_step(compiler, item, name, depth - 1)
    each = f"list_transform(json_extract({text}, '$[*]')::VARCHAR[], lambda {item}: {inner}::JSON)"
    return f"(CASE WHEN json_type({text}) = 'ARRAY' THEN to_json({each})::VARCHAR ELSE {plain} END)"


def _mapped(compiler: Compiler, value: Value, result: n.Node, place: Place) -> Value:
    """A list with an expression in the place of each element."""
    if isinstance(value, Labels):
        found = compiler.scalar(result, _inside_labels(value))
        return replace(value, value=found, type=ValueType(Holds.LIST, found.type))
    return lists.transform(compiler, opened(compiler.whole(value, place)), result, place)


def _inside_labels(labels: Labels) -> Place:
    value = labels.value
    if value is None:
        return Place(labels.frame, label_document(labels.frame, labels.field))
    return Place(labels.frame, stored(value.text, value.type) if _is_document(value) else value)


def _is_document(value: Sql) -> bool:
    return value.type.holds is Holds.DOCUMENT


def _map(compiler: Compiler, node: n.Map, place: Place) -> Value:
    return _mapped(compiler, compiler.value(node.value, place), node.result, place)


def _filter(compiler: Compiler, node: n.Filter, place: Place) -> Value:
    value = compiler.value(node.value, place)
    if isinstance(value, Labels):
        text = compiler.condition(node.condition, _inside_labels(value))
        return replace(value, where=(*value.where, text))
    return lists.filtered(compiler, opened(compiler.whole(value, place)), node.condition, place)


def _apply(compiler: Compiler, node: n.Apply, place: Place) -> Value:
    value = compiler.value(node.value, place)
    return compiler.value(node.result, replace(place, this=value))


def _is_null(compiler: Compiler, node: n.IsNull, place: Place) -> Sql:
    return Sql(_null_text(compiler.value(node.value, place), place), BOOL, nullable=False)


def _null_text(value: Value, place: Place) -> str:
    if isinstance(value, Document):
        return value.is_null
    if isinstance(value, Labels):
        return f"({place.frame.sample_column(value.field)} IS NULL)"
    return is_null(value)


def _equality(compiler: Compiler, node: n.Equal | n.NotEqual, place: Place) -> Sql:
    values = [compiler.value(child, place) for child in (node.left, node.right)]
    type_of(node, place.scope)
    for one, other in (values, values[::-1]):
        if isinstance(other, Sql) and other.is_null_literal:
            text = _null_text(one, place)
            text = text if isinstance(node, n.Equal) else f"(NOT {text})"
            return Sql(text, BOOL, nullable=False)
    return COMPARISONS[type(node)](
        compiler.compare, *(compiler.whole(value, place) for value in values)
    )


def _order(compiler: Compiler, node: Any, place: Place) -> Sql:
    type_of(node, place.scope)
    left, right = compiler.scalar(node.left, place), compiler.scalar(node.right, place)
    return COMPARISONS[type(node)](compiler.compare, left, right)


def _logic(compiler: Compiler, node: n.And | n.Or, place: Place) -> Sql:
    sides = [compiler.truth(compiler.scalar(child, place)) for child in (node.left, node.right)]
    sign = "AND" if isinstance(node, n.And) else "OR"
    text = f"({sides[0].text} {sign} {sides[1].text})"
    return Sql(text, BOOL, nullable=any(side.nullable for side in sides), loose=True)


def _not(compiler: Compiler, node: n.Not, place: Place) -> Sql:
    truth = strict(compiler.truth(compiler.scalar(node.value, place)))
    return Sql(f"(NOT {truth.text})", BOOL, nullable=False)


def _literal(compiler: Compiler, node: n.Literal, _: Place) -> Sql:
    return compiler.names.literal(node.value)


def _is_in(compiler: Compiler, node: n.IsIn, place: Place) -> Sql:
    type_of(node, place.scope)
    options = [compiler.names.literal(option.value) for option in node.options]
    return compiler.compare.is_in(compiler.scalar(node.value, place), options)


def _if_else(compiler: Compiler, node: n.IfElse, place: Place) -> Sql:
    found = type_of(node, place.scope)
    condition = compiler.condition(node.condition, place)
    then, otherwise = (
        lists.as_type(compiler.scalar(child, place), found) for child in (node.then, node.otherwise)
    )
    return Sql(f"(CASE WHEN {condition} THEN {then} ELSE {otherwise} END)", found)


def _if_null(compiler: Compiler, node: n.IfNull, place: Place) -> Sql:
    found = type_of(node, place.scope)
    value, otherwise = compiler.scalar(node.value, place), compiler.scalar(node.otherwise, place)
    texts = lists.as_type(value, found), lists.as_type(otherwise, found)
    return Sql(f"(CASE WHEN {is_null(value)} THEN {texts[1]} ELSE {texts[0]} END)", found)


def _map_values(compiler: Compiler, node: n.MapValues, place: Place) -> Sql:
    found = type_of(node, place.scope)
    value = compiler.scalar(node.value, place)
    cases = []
    for key, result in node.pairs:
        test = compiler.compare.equal(value, compiler.names.literal(key.value)).text
        text = lists.as_type(compiler.names.literal(result.value), found)
        cases.append(f"WHEN {test} THEN {text} ")
    if not cases:
        return value
    return Sql(f"(CASE {''.join(cases)}ELSE {lists.as_type(value, found)} END)", found)


def _reduced(compiler: Compiler, node: Any, place: Place) -> Sql:
    """What is one value of a list: over labels a flat aggregate, else a function of the list."""
    found = type_of(node, place.scope)
    value = compiler.value(node.value, place)
    if isinstance(value, Labels):
        return lists.label_aggregate(compiler, node, value, place, found)
    return lists.list_aggregate(compiler, node, opened(compiler.whole(value, place)), found)


def _contains(compiler: Compiler, node: n.Contains, place: Place) -> Sql:
    type_of(node, place.scope)
    value = compiler.value(node.value, place)
    options = [compiler.scalar(option, place) for option in node.options]
    if isinstance(value, Labels):
        local = [option for option in options if option.constant]
        if len(local) == len(options):
            return lists.labels_contain(compiler, node, value, local, place)
    held = as_list(compiler.whole(value, place))
    return lists.contains(compiler, node, held, options)


def _list_function(compiler: Compiler, node: Any, place: Place) -> Value:
    found = type_of(node, place.scope)
    value = compiler.scalar(node.value, place)
    if value.type.holds is Holds.ANY:
        value = opened(value)
    result = lists.FUNCTIONS[type(node)](compiler, node, value, found)
    return stored(result.text, found) if found.holds is Holds.DOCUMENT else result


_RULES: dict[type[n.Node], Callable[[Compiler, Any, Place], Value]] = {
    n.Field: _field,
    n.RootField: _root,
    n.Literal: _literal,
    n.Equal: _equality,
    n.NotEqual: _equality,
    **dict.fromkeys((n.Greater, n.GreaterEqual, n.Less, n.LessEqual), _order),
    n.And: _logic,
    n.Or: _logic,
    n.Not: _not,
    n.IsNull: _is_null,
    n.IsIn: _is_in,
    n.IfElse: _if_else,
    n.IfNull: _if_null,
    n.MapValues: _map_values,
    n.Map: _map,
    n.Filter: _filter,
    n.Apply: _apply,
    n.Contains: _contains,
    **dict.fromkeys(lists.AGGREGATES, _reduced),
    **dict.fromkeys(lists.FUNCTIONS, _list_function),
    **FOLDS,
}
"""Expressions that need more than the values of their parts."""
