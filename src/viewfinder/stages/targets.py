"""Where the values go that a stage sets: what a path names, and what the whole becomes."""

from __future__ import annotations

from dataclasses import replace

from viewfinder.errors import ExpressionError, FieldNotFoundError
from viewfinder.expr import Plan, Scan
from viewfinder.expr import nodes as n
from viewfinder.expr.changes import changed_field, schema_after, scope_of_change
from viewfinder.expr.functions import SetAttribute
from viewfinder.expr.plan import SetValue
from viewfinder.expr.types import Holds, ValueType, field_type, type_of
from viewfinder.schema import (
    FRAMES,
    FRAMES_PREFIX,
    DatasetSchema,
    EmbeddedDocumentField,
    Field,
    FieldPath,
    ListField,
    Place,
    resolve,
)

__all__ = ["changed", "check_value", "own_value", "present", "target"]


def own_value(found: FieldPath) -> n.Node:
    """The value at a place, as the expression that replaces it sees it."""
    name = found.below or found.leaf or found.root.removeprefix(FRAMES_PREFIX)
    return n.Field(name.rpartition(".")[2])


def present(schema: DatasetSchema, path: str) -> n.Node:
    """Whether there is a value at a path: in a list of labels or frames, in one of them."""
    found = resolve(schema, path)
    if found.place is Place.FRAMES:
        return _some(n.Field(FRAMES))
    if found.in_frames:
        inside = present(schema.frames, path.removeprefix(FRAMES_PREFIX))
        return _some(n.Filter(n.Field(FRAMES), inside))
    if found.place is Place.ATTRIBUTE and found.is_list:
        parent, _, leaf = path.rpartition(".")
        return _some(n.Filter(n.Field(parent), n.Not(n.IsNull(n.Field(leaf)))))
    return n.Not(n.IsNull(n.Field(path)))


def _some(values: n.Node) -> n.Node:
    return n.Greater(n.Length(values), n.Literal(0))


def target(schema: DatasetSchema, path: str) -> FieldPath:
    """The place whose values are set; a name at its end may be new to labels and documents.

    Raises:
        FieldNotFoundError: when there is no such place, and there can be none
    """
    try:
        return resolve(schema, path)
    except FieldNotFoundError:
        parent, _, name = path.rpartition(".")
        if not parent or parent == FRAMES:
            raise
        in_dict = _inside_dict(schema, path)
        if in_dict is not None:
            return in_dict
        found = resolve(schema, parent)
        of_labels = found.place is Place.LABELS and (found.names_list or not _in_list(found.field))
        if of_labels:
            return replace(found, text=path, place=Place.ATTRIBUTE, leaf=name, field=Field())
        if found.place is not Place.LABELS and _of_documents(found.field):
            return _below(found, path, name)
        raise


def _below(found: FieldPath, path: str, name: str) -> FieldPath:
    """A name inside of the value at a place."""
    place = Place.DOCUMENT if found.place is Place.SAMPLE else found.place
    if found.leaf is None:
        return replace(found, text=path, place=place, leaf=name, field=Field())
    below = name if found.below is None else f"{found.below}.{name}"
    return replace(found, text=path, place=place, below=below, field=Field())


def _inside_dict(schema: DatasetSchema, path: str) -> FieldPath | None:
    """The place of a path into a dict; None where it leads into none."""
    parent, _, name = path.rpartition(".")
    if not parent or parent == FRAMES:
        return None
    found: FieldPath | None
    try:
        found = resolve(schema, parent)
    except FieldNotFoundError:
        found = _inside_dict(schema, parent)
    if found is None or field_type(found.field).holds is not Holds.ANY:
        return None
    return _below(found, path, name)


def _in_list(field: Field) -> bool:
    return isinstance(field, EmbeddedDocumentField) and field.is_label_list


def _of_documents(field: Field) -> bool:
    while isinstance(field, ListField) and field.field is not None:
        field = field.field
    return isinstance(field, EmbeddedDocumentField)


def changed(plan: Plan, schema: DatasetSchema, path: str, value: n.Node) -> Plan:
    """The plan in which the values at a path are those of an expression."""
    found = target(schema, path)
    field, attribute = _holder(found)
    return SetValue(plan, field, attribute, _inside(found, schema, value))


def _holder(found: FieldPath) -> tuple[str, str | None]:
    """The field and the attribute, as :class:`SetValue` names them, that have a place in them."""
    if found.place is Place.ATTRIBUTE:
        return found.root, found.leaf
    if found.in_frames:
        return FRAMES, found.root.removeprefix(FRAMES_PREFIX)
    return found.root, None


def _inside(found: FieldPath, schema: DatasetSchema, value: n.Node) -> n.Node:
    """The value of the whole field or attribute, of which only what lies at the path is new."""
    names = [] if found.below is None else found.below.split(".")
    if found.place is Place.DOCUMENT:
        names.insert(0, str(found.leaf))
    if not names:
        return value
    field, attribute = _holder(found)
    whole = attribute or field
    held = changed_field(schema, field, attribute)
    assert held is not None
    return _set_below(n.Field(whole), field_type(held), names, value)


def _set_below(holder: n.Node, held: ValueType, names: list[str], value: n.Node) -> n.Node:
    """A document, or each of a list, with another value below it."""
    if held.holds is Holds.LIST and held.element is not None:
        return n.Map(holder, _set_below(n.Field(""), held.element, names, value))
    name, *rest = names
    if rest:
        inner = dict(held.attributes).get(name, ValueType(Holds.ANY))
        value = _set_below(n.Field(name), inner, rest, value)
    return SetAttribute(holder, name, value, made=True)


def check_value(value: n.Node, schema: DatasetSchema, path: str) -> None:
    """Raises where a field can't hold what an expression gives."""
    found = target(schema, path)
    if found.place not in (Place.SAMPLE, Place.ATTRIBUTE, Place.DOCUMENT):
        raise ExpressionError(
            f"The values of '{path}' can't be replaced in a view: set a plain field, a value of a "
            "document, or an attribute of labels."
        )
    plain = found.root.removeprefix(FRAMES_PREFIX)
    fixed = found.leaf in ("id", "pos", "seq") and found.below is None
    if fixed or (found.place is Place.SAMPLE and plain in ("id", "seq", "frame_number")):
        raise ExpressionError(f"'{path}' is what tells things apart: it can't be replaced.")
    field, attribute = _holder(found)
    held = changed_field(schema, field, attribute)
    whole = _inside(found, schema, value)
    given = type_of(whole, scope_of_change(schema, field, attribute))
    if held is None:
        schema_after(schema, SetValue(Scan(), field, attribute, whole))
    elif not _fits(given, field_type(held)):
        raise ExpressionError(
            f"'{path}' holds {_at_end(field_type(held), found)}, but {value} gives "
            f"{_at_end(given, found)}. Add a field of the right type with add_sample_field() and "
            "set that one."
        )


def _at_end(held: ValueType, found: FieldPath) -> ValueType:
    """The type of what lies at the end of a path, inside of the whole."""
    names = [] if found.below is None else found.below.split(".")
    if found.place is Place.DOCUMENT:
        names.insert(0, str(found.leaf))
    for name in names:
        while held.holds is Holds.LIST and held.element is not None:
            held = held.element
        held = dict(held.attributes).get(name, held)
    return held


def _fits(given: ValueType, held: ValueType) -> bool:
    if given.holds is Holds.NULL:
        return True
    if given.holds is Holds.LIST and held.holds is Holds.LIST:
        assert given.element is not None
        assert held.element is not None
        return _fits(given.element, held.element)
    if given.holds is Holds.DOCUMENT and held.holds is Holds.DOCUMENT:
        known = dict(held.attributes)
        return given.document is held.document and all(
            name not in known or _fits(part, known[name]) for name, part in given.attributes
        )
    return given.holds is held.holds or (given.holds is Holds.INT and held.holds is Holds.FLOAT)
