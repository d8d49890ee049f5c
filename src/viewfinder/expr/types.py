"""The type of an expression follows from the schema; what can't mean anything is refused here."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import date, datetime
from enum import Enum
from typing import Any

from viewfinder.errors import ExpressionError, FieldNotFoundError
from viewfinder.expr import nodes as n
from viewfinder.schema import (
    FRAMES,
    FRAMES_PREFIX,
    VIDEO_OF_FRAME,
    ArrayField,
    BooleanField,
    DatasetSchema,
    DateField,
    DateTimeField,
    EmbeddedDocumentField,
    Field,
    FloatField,
    IntField,
    ListField,
    ObjectIdField,
    StringField,
    VectorField,
)

__all__ = [
    "RULES",
    "Holds",
    "Scope",
    "ValueType",
    "as_listed",
    "constant_type",
    "either",
    "element_type",
    "field_type",
    "frames_type",
    "need_number",
    "need_text",
    "type_of",
    "walk",
]


class Holds(Enum):
    """The families of values."""

    NULL = "None"
    BOOL = "True or False"
    INT = "whole numbers"
    FLOAT = "numbers"
    STRING = "text"
    DATE = "dates"
    DATETIME = "datetimes"
    ID = "ids"
    LIST = "lists"
    DOCUMENT = "documents"
    ARRAY = "arrays"
    ANY = "values of any type"


@dataclass(frozen=True, slots=True)
class ValueType:
    """What an expression gives."""

    holds: Holds
    element: ValueType | None = None
    """LIST only: the type of its elements."""
    attributes: tuple[tuple[str, ValueType], ...] = ()
    """DOCUMENT only: its values by name."""
    document: type | None = None
    """DOCUMENT only: the class of its values."""
    label_field: str | None = None
    """The label field whose label, or list of labels, this is."""

    @property
    def is_number(self) -> bool:
        """Whether it can be calculated with."""
        return self.holds in (Holds.INT, Holds.FLOAT)

    def __str__(self) -> str:
        if self.holds is Holds.LIST and self.element is not None:
            return f"lists of {self.element}"
        return self.holds.value


NULL = ValueType(Holds.NULL)
BOOL = ValueType(Holds.BOOL)
INT = ValueType(Holds.INT)
FLOAT = ValueType(Holds.FLOAT)
STRING = ValueType(Holds.STRING)
ANY = ValueType(Holds.ANY)

_SIMPLE: dict[type[Field], Holds] = {
    StringField: Holds.STRING,
    IntField: Holds.INT,
    FloatField: Holds.FLOAT,
    BooleanField: Holds.BOOL,
    DateField: Holds.DATE,
    DateTimeField: Holds.DATETIME,
    ObjectIdField: Holds.ID,
    VectorField: Holds.ARRAY,
    ArrayField: Holds.ARRAY,
}


def field_type(field: Field, name: str | None = None) -> ValueType:
    """The type of a field's values; `name` is that of a sample field."""
    if isinstance(field, ListField):
        inner = ANY if field.field is None else field_type(field.field)
        # Lists of anything are kept as JSON, whole.
        return ANY if inner.holds is Holds.ANY else ValueType(Holds.LIST, inner)
    if isinstance(field, EmbeddedDocumentField):
        is_label = field.element_type is not None
        attributes = tuple((key, field_type(part)) for key, part in field.attributes.items())
        document = ValueType(
            Holds.DOCUMENT,
            attributes=attributes,
            document=field.element_type or field.document_type,
            label_field=name if is_label else None,
        )
        if not field.is_label_list:
            return document
        labels = ValueType(Holds.LIST, document, label_field=name)
        list_name: str = getattr(field.document_type, "LIST_NAME")  # noqa: B009
        return ValueType(
            Holds.DOCUMENT,
            attributes=((list_name, labels),),
            document=field.document_type,
            label_field=name,
        )
    for kind in type(field).__mro__:
        if kind in _SIMPLE:
            return ValueType(_SIMPLE[kind])
    return ANY


def frames_type(schema: DatasetSchema) -> ValueType:
    """The type of the frames of a video: a list of documents."""
    attributes = tuple(
        (name, field_type(field, FRAMES_PREFIX + name))
        for name, field in schema.frame_fields.items()
        if name != VIDEO_OF_FRAME
    )
    return ValueType(Holds.LIST, ValueType(Holds.DOCUMENT, attributes=attributes))


@dataclass(frozen=True, slots=True)
class Scope:
    """Where an expression stands: the schema of the samples, and the type of ``F()``."""

    schema: DatasetSchema
    this: ValueType | None = None
    """None where the expression looks at the sample itself."""
    accumulated: ValueType | None = None
    """The type of ``VALUE``; None outside of a fold."""

    def inside(self, this: ValueType) -> Scope:
        """The scope of an expression that looks at a value of that type."""
        return replace(self, this=this)

    def lookup(self, path: str, *, root: bool = False) -> ValueType:
        """The type of what a path names from here.

        Raises:
            FieldNotFoundError: when there is no such thing
        """
        path = path.replace("[]", "")
        if self.this is not None and not root:
            return walk(self.this, path, f"What {n.Field(path)} looks into") if path else self.this
        if not path:
            raise ExpressionError(
                "F() alone means nothing for a sample. Name a field, as in F('ground_truth')."
            )
        name, _, rest = path.partition(".")
        if name == FRAMES and self.schema.frame_fields:
            whole = frames_type(self.schema)
        elif name in self.schema:
            whole = field_type(self.schema[name], name)
        else:
            raise FieldNotFoundError(path, "The dataset or view", self.schema)
        return walk(whole, rest, f"Field '{name}'") if rest else whole


def walk(start: ValueType, path: str, owner: str) -> ValueType:
    """The type at a dotted path inside of a value.

    Raises:
        FieldNotFoundError: when there is no such thing
    """
    if start.holds is Holds.LIST and start.element is not None:
        return ValueType(Holds.LIST, walk(start.element, path, owner))
    if start.holds is Holds.ANY:
        return ANY  # a dict may have anything in it
    name, _, rest = path.partition(".")
    attributes = dict(start.attributes)
    if start.holds is not Holds.DOCUMENT or name not in attributes:
        raise FieldNotFoundError(path, owner, attributes)
    found = attributes[name]
    return walk(found, rest, owner) if rest else found


def element_type(value: ValueType, node: n.Node) -> ValueType:
    """The type of a list's elements.

    Raises:
        ExpressionError: when it is no list
    """
    if value.holds in (Holds.NULL, Holds.ANY):
        return value  # what may be anything may be a list of anything
    if value.holds is not Holds.LIST or value.element is None:
        raise ExpressionError(f"{node} needs a list, but it is given {value}.")
    return value.element


def as_listed(value: ValueType) -> ValueType:
    """The type of a list: of anything, where it may be anything itself."""
    return ValueType(Holds.LIST, ANY) if value.holds is Holds.ANY else value


def type_of(node: n.Node, scope: Scope) -> ValueType:
    """The type of an expression.

    Raises:
        FieldNotFoundError: when it names a field that is not there
        ExpressionError: when it can't mean anything for the types of its parts
    """
    rule = RULES.get(type(node))
    if rule is None:
        raise ExpressionError(f"No type is known for expressions of {type(node).__name__}.")
    return rule(node, scope)


def constant_type(value: Any) -> ValueType:
    """The type of a constant."""
    for kinds, found in _CONSTANTS:
        if isinstance(value, kinds):
            return found
    if isinstance(value, tuple):
        types = {constant_type(item) for item in value} - {NULL}
        if len(types) == 2 and types == {INT, FLOAT}:
            types = {FLOAT}
        if len(types) > 1:
            return ValueType(Holds.LIST, ANY)
        return ValueType(Holds.LIST, types.pop() if types else NULL)
    return NULL


_CONSTANTS: tuple[tuple[type, ValueType], ...] = (
    (bool, BOOL),
    (int, INT),
    (float, FLOAT),
    (str, STRING),
    (datetime, ValueType(Holds.DATETIME)),
    (date, ValueType(Holds.DATE)),
)

_FAMILY = {
    Holds.INT: Holds.FLOAT,
    Holds.DATE: Holds.DATETIME,
    Holds.ID: Holds.STRING,
}


def family(value: ValueType) -> Holds:
    """The family in which values compare: numbers with numbers, ids with text."""
    return _FAMILY.get(value.holds, value.holds)


def comparable(one: ValueType, other: ValueType) -> bool:
    """Whether values of the two types can be equal."""
    if Holds.ANY in (one.holds, other.holds):
        return True
    if one.holds is Holds.LIST and other.holds is Holds.LIST:
        assert one.element is not None
        assert other.element is not None
        return Holds.NULL in (one.element.holds, other.element.holds) or comparable(
            one.element, other.element
        )
    return family(one) is family(other)


_JSON_SCALARS = frozenset({Holds.BOOL, Holds.INT, Holds.FLOAT, Holds.STRING})
ORDERED = frozenset(
    {Holds.BOOL, Holds.INT, Holds.FLOAT, Holds.STRING, Holds.DATE, Holds.DATETIME, Holds.ID}
)


def _equality(node: Any, scope: Scope) -> ValueType:
    types = [type_of(node.left, scope), type_of(node.right, scope)]
    if not any(value.holds is Holds.NULL for value in types):
        for value in types:
            inner = value
            while inner.holds is Holds.LIST and inner.element is not None:
                inner = inner.element
            if inner.holds in (Holds.DOCUMENT, Holds.ARRAY) or (
                inner.holds is Holds.ANY and inner is not value
            ):
                raise ExpressionError(f"{node}: {value} can only be compared with None.")
        _need_known(node, *types)
    return BOOL


def _need_known(node: n.Node, *types: ValueType) -> None:
    """Refuses to compare a value of any type with what JSON does not know as such."""
    others = [value.holds for value in types if value.holds is not Holds.ANY]
    if len(others) < len(types) and not set(others) <= _JSON_SCALARS | {Holds.NULL}:
        raise ExpressionError(f"{node}: values of any type compare with numbers, text and booleans")
    if not others:
        raise ExpressionError(f"{node}: two values of any type can't be compared.")


def _order(node: Any, scope: Scope) -> ValueType:
    left, right = type_of(node.left, scope), type_of(node.right, scope)
    known = [value for value in (left, right) if value.holds not in (Holds.NULL, Holds.ANY)]
    if any(value.holds not in ORDERED for value in known) or (
        len(known) == 2 and family(left) is not family(right)
    ):
        raise ExpressionError(f"{node}: {left} and {right} have no order among each other.")
    _need_known(node, left, right)
    return BOOL


def need_number(node: n.Node, value: ValueType) -> None:
    """Raises ExpressionError where a value is no number."""
    if not (value.is_number or value.holds in (Holds.NULL, Holds.ANY)):
        raise ExpressionError(f"{node} needs numbers, but it is given {value}.")


def need_text(node: n.Node, value: ValueType) -> None:
    """Raises ExpressionError where a value is no text."""
    if value.holds not in (Holds.STRING, Holds.ID, Holds.NULL, Holds.ANY):
        raise ExpressionError(f"{node} needs text, but it is given {value}.")


_TIMES = (Holds.DATE, Holds.DATETIME)


def _time_arithmetic(node: n.Node, left: ValueType, right: ValueType) -> ValueType | None:
    """What dates give with milliseconds, or with each other; None where there are none."""
    if isinstance(node, n.Subtract) and left.holds in _TIMES and right.holds in _TIMES:
        return INT
    for moment, span in ((left, right), (right, left)):
        if moment.holds in _TIMES and isinstance(node, (n.Add, n.Subtract)):
            if moment is right and isinstance(node, n.Subtract):
                break
            need_number(node, span)
            return ValueType(Holds.DATETIME)
    return None


def _arithmetic(node: Any, scope: Scope) -> ValueType:
    left, right = type_of(node.left, scope), type_of(node.right, scope)
    of_times = _time_arithmetic(node, left, right)
    if of_times is not None:
        return of_times
    need_number(node, left)
    need_number(node, right)
    whole = left.holds is Holds.INT and right.holds is Holds.INT
    return INT if whole and not isinstance(node, (n.Divide, n.Power)) else FLOAT


def _number(node: Any, scope: Scope) -> ValueType:
    value = type_of(node.value, scope)
    need_number(node, value)
    return INT if isinstance(node, n.Absolute) and value.holds is Holds.INT else FLOAT


def _logic(node: n.Node, scope: Scope) -> ValueType:
    for child in n.children(node):
        type_of(child, scope)
    return BOOL


def _text(node: Any, scope: Scope) -> ValueType:
    need_text(node, type_of(node.value, scope))
    return STRING


def _text_test(node: Any, scope: Scope) -> ValueType:
    _text(node, scope)
    return BOOL


def _string_length(node: Any, scope: Scope) -> ValueType:
    _text(node, scope)
    return INT


def _length(node: n.Length, scope: Scope) -> ValueType:
    element_type(type_of(node.value, scope), node)
    return INT


def _extreme(node: Any, scope: Scope) -> ValueType:
    element = element_type(type_of(node.value, scope), node)
    if element.holds not in ORDERED | {Holds.NULL}:
        raise ExpressionError(f"{node} needs a list of things with an order, not of {element}.")
    return element


def _number_list(node: Any, scope: Scope) -> ValueType:
    element = element_type(type_of(node.value, scope), node)
    if not (element.is_number or element.holds in (Holds.NULL, Holds.ANY)):
        raise ExpressionError(f"{node} needs a list of numbers, not of {element}.")
    return INT if element.holds is Holds.INT and isinstance(node, n.ListSum) else FLOAT


def _same_list(node: Any, scope: Scope) -> ValueType:
    value = type_of(node.value, scope)
    element = element_type(value, node)
    if isinstance(node, n.Unique) and element.holds not in ORDERED | {Holds.NULL}:
        raise ExpressionError(f"{node} needs a list of plain values, not of {element}.")
    return as_listed(value)


def _list_test(node: Any, scope: Scope) -> ValueType:
    element_type(type_of(node.value, scope), node)
    return BOOL


def _contains(node: n.Contains, scope: Scope) -> ValueType:
    value = type_of(node.value, scope)
    options = [type_of(option, scope) for option in node.options]
    if value.holds in (Holds.STRING, Holds.ID):
        for option in options:
            need_text(node, option)
        return BOOL
    element = element_type(value, node)
    if element.holds in (Holds.DOCUMENT, Holds.ARRAY, Holds.ANY):
        raise ExpressionError(f"{node} needs a list of plain values, not of {element}.")
    if any(option.holds is Holds.ANY for option in options):
        raise ExpressionError(f"{node}: values of any type can't be looked for.")
    return BOOL


def _is_in(node: n.IsIn, scope: Scope) -> ValueType:
    value = type_of(node.value, scope)
    if value.holds in (Holds.DOCUMENT, Holds.ARRAY, Holds.LIST):
        raise ExpressionError(f"{node} needs a plain value, not {value}; see contains().")
    if value.holds is Holds.ANY:
        for option in node.options:
            _need_known(node, value, constant_type(option.value))
    return BOOL


def _filter(node: n.Filter, scope: Scope) -> ValueType:
    value = type_of(node.value, scope)
    type_of(node.condition, scope.inside(element_type(value, node)))
    return as_listed(value)


def _map(node: n.Map, scope: Scope) -> ValueType:
    element = element_type(type_of(node.value, scope), node)
    return ValueType(Holds.LIST, type_of(node.result, scope.inside(element)))


def _apply(node: n.Apply, scope: Scope) -> ValueType:
    return type_of(node.result, scope.inside(type_of(node.value, scope)))


def either(node: n.Node, one: ValueType, other: ValueType) -> ValueType:
    """The type of a value that is one or the other."""
    if one == other or other.holds is Holds.NULL:
        return one
    if one.holds is Holds.NULL:
        return other
    if one.is_number and other.is_number:
        return FLOAT
    if one.element is not None and other.element is not None:
        return ValueType(Holds.LIST, either(node, one.element, other.element))
    raise ExpressionError(f"{node}: its outcomes, {one} and {other}, must be of one type.")


def _if_else(node: n.IfElse, scope: Scope) -> ValueType:
    type_of(node.condition, scope)
    return either(node, type_of(node.then, scope), type_of(node.otherwise, scope))


def _if_null(node: n.IfNull, scope: Scope) -> ValueType:
    return either(node, type_of(node.value, scope), type_of(node.otherwise, scope))


def _map_values(node: n.MapValues, scope: Scope) -> ValueType:
    found = type_of(node.value, scope)
    if found.holds in (Holds.DOCUMENT, Holds.ARRAY, Holds.LIST, Holds.ANY):
        raise ExpressionError(f"{node} needs a plain value, not {found}.")
    for _, result in node.pairs:
        found = either(node, found, constant_type(result.value))
    return found


RULES: dict[type[n.Node], Callable[[Any, Scope], ValueType]] = {
    n.Field: lambda node, scope: scope.lookup(node.path),
    n.RootField: lambda node, scope: scope.lookup(node.path, root=True),
    n.Literal: lambda node, _: constant_type(node.value),
    n.Equal: _equality,
    n.NotEqual: _equality,
    **dict.fromkeys((n.Greater, n.GreaterEqual, n.Less, n.LessEqual), _order),
    **dict.fromkeys((n.And, n.Or, n.Not, n.IsNull), _logic),
    **dict.fromkeys((n.Add, n.Subtract, n.Multiply, n.Divide, n.Modulo, n.Power), _arithmetic),
    **dict.fromkeys(
        (n.Absolute, n.Floor, n.Ceil, n.SquareRoot, n.Exponential, n.Logarithm), _number
    ),
    **dict.fromkeys((n.Lower, n.Upper), _text),
    **dict.fromkeys(
        (n.ContainsString, n.StartsWith, n.EndsWith, n.MatchesString, n.MatchesRegex), _text_test
    ),
    n.StringLength: _string_length,
    n.Length: _length,
    n.ListMin: _extreme,
    n.ListMax: _extreme,
    n.ListSum: _number_list,
    n.ListMean: _number_list,
    n.Reverse: _same_list,
    n.Unique: _same_list,
    n.SliceList: _same_list,
    n.AnyOf: _list_test,
    n.AllOf: _list_test,
    n.Contains: _contains,
    n.IsIn: _is_in,
    n.Filter: _filter,
    n.Map: _map,
    n.Apply: _apply,
    n.IfElse: _if_else,
    n.IfNull: _if_null,
    n.MapValues: _map_values,
}
