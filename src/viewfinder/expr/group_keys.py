"""What samples can be grouped by, and what a group is to an expression: a list of samples."""

from __future__ import annotations

from viewfinder.errors import ExpressionError
from viewfinder.expr.nodes import Field, Node, RootField, children
from viewfinder.expr.types import Holds, Scope, ValueType, field_type, type_of
from viewfinder.schema import DatasetSchema

__all__ = ["check_key", "group_scope", "group_type", "type_of_group_value"]


def check_key(node: Node, scope: Scope) -> None:
    """Raises ExpressionError for what samples can't be grouped by."""
    found = type_of(node, scope)
    if not _is_plain(found) and not (
        found.holds is Holds.LIST and found.element is not None and _is_plain(found.element)
    ):
        raise ExpressionError(
            f"Samples can't be grouped by {node}, which holds {found}. Group by plain values, such "
            "as text, numbers or dates; of a document name one, as in 'group.id'."
        )


def _is_plain(found: ValueType) -> bool:
    return found.holds not in (Holds.LIST, Holds.DOCUMENT, Holds.ARRAY, Holds.ANY)


def group_type(node: Node, schema: DatasetSchema) -> ValueType:
    """The type of a group for an expression: a list of its samples, with what is looked at."""
    names = _names(node)
    attributes = tuple(
        (name, field_type(field, name)) for name, field in schema.fields.items() if name in names
    )
    return ValueType(Holds.LIST, ValueType(Holds.DOCUMENT, attributes=attributes))


def type_of_group_value(node: Node, schema: DatasetSchema) -> ValueType:
    """The type of what an expression computes from a group.

    Raises:
        ExpressionError: when it means nothing for a group
        FieldNotFoundError: when it names a field that samples have not
    """
    if _has_root(node):
        raise ExpressionError(
            f"{node} names a field of a sample by F('$…'), and a group is no sample. F() is the "
            "list of the group's samples, as in F().length() or F().map(F('score')).max()."
        )
    return type_of(node, group_scope(node, schema))


def group_scope(node: Node, schema: DatasetSchema) -> Scope:
    """Where an expression about a group stands."""
    return Scope(schema).inside(group_type(node, schema))


def _names(node: Node) -> set[str]:
    """The names with which paths in an expression begin."""
    found = {node.path.partition(".")[0]} if isinstance(node, Field) else set()
    return found.union(*map(_names, children(node)))


def _has_root(node: Node) -> bool:
    return isinstance(node, RootField) or any(map(_has_root, children(node)))
