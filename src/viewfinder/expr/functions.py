"""Functions of values by name, and the nodes of odd shape: folds, sorts, changed documents, chance.

What each function means for None, NaN and values out of range is the same in all engines: text,
dates and lists that are None give None, a number outside of what a function is defined for gives
None, and tests of None are false.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from viewfinder.expr.nodes import Literal, Node

__all__ = [
    "WHITESPACE",
    "Accumulated",
    "Call",
    "Entry",
    "Lookup",
    "Random",
    "Reduce",
    "SetAttribute",
    "SortList",
]

WHITESPACE = " \t\n\r\x0b\x0c\x00\xa0\u1680" + "".join(map(chr, range(0x2000, 0x200B)))
"""What is stripped from texts where nothing else is said."""

_STATIC = frozenset({"range", "zip", "zip_longest", "enumerate"})


class Entry(list[object]):
    """What the lists of ``F.zip()`` and ``F.enumerate()`` hold: values of different types."""


@dataclass(frozen=True, slots=True)
class Call(Node):
    """A function of values: ``Call("sin", (Field("angle"),))``; the names are those of methods."""

    name: str
    arguments: tuple[Node, ...]

    def __str__(self) -> str:
        if self.name == "list_of":
            return f"[{', '.join(map(str, self.arguments))}]"
        if self.name in _STATIC:
            return f"F.{self.name}({', '.join(map(str, self.arguments))})"
        value, *others = self.arguments
        if self.name == "element_at":
            return f"{value}[{others[0]}]"
        if self.name == "slice":
            bounds = ("" if part == Literal(None) else str(part) for part in others)
            return f"{value}[{':'.join(bounds)}]"
        return f"{value}.{self.name}({', '.join(map(str, others))})"


@dataclass(frozen=True, slots=True)
class Accumulated(Node):
    """Inside of a fold: what the elements before this one came to."""

    def __str__(self) -> str:
        return "VALUE"


@dataclass(frozen=True, slots=True)
class Reduce(Node):
    """A list folded into one value, element by element, beginning with another value."""

    value: Node
    result: Node
    initial: Node

    def __str__(self) -> str:
        return f"{self.value}.reduce({self.result}, {self.initial})"


@dataclass(frozen=True, slots=True)
class SortList(Node):
    """A list in the order of its elements, or of a key seen from each; equals stay as they are."""

    value: Node
    key: Node | None = None
    reverse: bool = False

    def __str__(self) -> str:
        extra = [] if self.key is None else [f"key={self.key}"]
        extra += ["reverse=True"] if self.reverse else []
        return f"{self.value}.sort({', '.join(extra)})"


@dataclass(frozen=True, slots=True)
class SetAttribute(Node):
    """A document with another value, seen from the document, under one of its names."""

    value: Node
    name: str
    result: Node
    made: bool = False
    """Whether there is a document afterwards where there was None."""

    def __str__(self) -> str:
        return f"{self.value}.set_field({self.name!r}, {self.result})"


@dataclass(frozen=True, slots=True)
class Lookup(Node):
    """The constant that stands beside a whole number in a table; null where it is in none."""

    value: Node
    keys: tuple[int, ...]
    """Ascending."""
    values: tuple[Any, ...]
    """The first one says of which type all of them are."""

    def __str__(self) -> str:
        return f"lookup({self.value})"


@dataclass(frozen=True, slots=True)
class Random(Node):
    """A number in [0, 1) that follows from the seed and the id of the label or sample alone."""

    seed: int

    def __str__(self) -> str:
        return "F.rand()"
