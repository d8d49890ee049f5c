"""What samples can be grouped by: plain values, and lists of them."""

from __future__ import annotations

from viewfinder.errors import ExpressionError
from viewfinder.expr.nodes import Node
from viewfinder.expr.types import Holds, Scope, ValueType, type_of

__all__ = ["check_key"]


def check_key(node: Node, scope: Scope) -> None:
    """Raises ExpressionError for what samples can't be grouped by."""
    found = type_of(node, scope)
    if not _is_plain(found) and not (
        found.holds is Holds.LIST and found.element is not None and _is_plain(found.element)
    ):
        raise ExpressionError(
            f"Samples can't be grouped by {node}, which holds {found}. Group by plain values, such "
            "as text, numbers or dates."
        )


def _is_plain(found: ValueType) -> bool:
    return found.holds not in (Holds.LIST, Holds.DOCUMENT, Holds.ARRAY, Holds.ANY)
