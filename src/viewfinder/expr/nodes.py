"""An expression is a tree of frozen nodes; what a node means is said here once, for every engine.

Meaning of values, the same in all engines:

- A field that is missing and a field that is None are the same: null.
- Equality: null equals null only. Values of different types are unequal, and True is not 1.
- Order: null comes before everything, NaN before every number. So ``F("confidence") < 0.5`` holds
  for a label without a confidence, as it does in FiftyOne, and ``> 0.5`` does not.
- Arithmetic with null is null, and so is division by zero. Whole numbers are 64 bits wide.
- Tests of text and of lists on null are false; a null list has length 0.
- In a condition null, False and 0 are false, everything else is true.
- A path through a list is the list of what each element has: ``predictions.detections.label``.
"""

from __future__ import annotations

from dataclasses import dataclass, fields
from typing import Any

__all__ = [
    "Absolute",
    "Add",
    "AllOf",
    "And",
    "AnyOf",
    "Apply",
    "Ceil",
    "Contains",
    "ContainsString",
    "Divide",
    "ElementAt",
    "EndsWith",
    "Equal",
    "Exponential",
    "Field",
    "Filter",
    "Floor",
    "Greater",
    "GreaterEqual",
    "IfElse",
    "IfNull",
    "IsIn",
    "IsNull",
    "Length",
    "Less",
    "LessEqual",
    "ListMax",
    "ListMean",
    "ListMin",
    "ListSum",
    "Literal",
    "Logarithm",
    "Lower",
    "Map",
    "MapValues",
    "MatchesRegex",
    "MatchesString",
    "Modulo",
    "Multiply",
    "Node",
    "Not",
    "NotEqual",
    "Or",
    "Power",
    "Reverse",
    "RootField",
    "SliceList",
    "SquareRoot",
    "StartsWith",
    "StringLength",
    "Subtract",
    "Unique",
    "Upper",
    "children",
]


@dataclass(frozen=True, slots=True)
class Node:
    """Any expression."""

    def __str__(self) -> str:
        values = ", ".join(str(getattr(self, part.name)) for part in fields(self))
        return f"{type(self).__name__}({values})"


def children(node: Node) -> list[Node]:
    """The nodes directly inside of a node."""
    found: list[Node] = []
    for part in fields(node):
        value = getattr(node, part.name)
        if isinstance(value, Node):
            found.append(value)
        elif isinstance(value, tuple):
            found.extend(item for item in value if isinstance(item, Node))
    return found


@dataclass(frozen=True, slots=True)
class Field(Node):
    """The value at a path, from where the expression stands: the sample, a label, an element."""

    path: str
    """Dotted names; empty for the very thing."""

    def __str__(self) -> str:
        return f"F({self.path!r})" if self.path else "F()"


@dataclass(frozen=True, slots=True)
class RootField(Node):
    """The value at a path from the sample, wherever the expression stands."""

    path: str

    def __str__(self) -> str:
        return f"F({'$' + self.path!r})"


@dataclass(frozen=True, slots=True, eq=False)
class Literal(Node):
    """A constant: None, a bool, number, text, date, or a tuple of constants."""

    value: Any

    # 1, 1.0 and True are different constants here, and NaN is one.
    def __eq__(self, other: object) -> bool:
        return isinstance(other, Literal) and repr(other.value) == repr(self.value)

    def __hash__(self) -> int:
        return hash(repr(self.value))

    def __str__(self) -> str:
        return repr(list(self.value) if isinstance(self.value, tuple) else self.value)


@dataclass(frozen=True, slots=True)
class _Unary(Node):
    value: Node

    def __str__(self) -> str:
        name = type(self).__name__
        if name == "Not":
            return f"~{self.value}"
        return f"{self.value}.{_METHODS.get(name, name.lower())}()"


@dataclass(frozen=True, slots=True)
class _Binary(Node):
    left: Node
    right: Node

    def __str__(self) -> str:
        return f"({self.left} {_SIGNS[type(self).__name__]} {self.right})"


class Equal(_Binary):
    """Whether both are the same value."""

    __slots__ = ()


class NotEqual(_Binary):
    """Whether both are different values."""

    __slots__ = ()


class Greater(_Binary):
    """Whether the left comes after the right."""

    __slots__ = ()


class GreaterEqual(_Binary):
    """Whether the left comes after the right, or equals it."""

    __slots__ = ()


class Less(_Binary):
    """Whether the left comes before the right."""

    __slots__ = ()


class LessEqual(_Binary):
    """Whether the left comes before the right, or equals it."""

    __slots__ = ()


class And(_Binary):
    """Whether both are true."""

    __slots__ = ()


class Or(_Binary):
    """Whether at least one is true."""

    __slots__ = ()


class Add(_Binary):
    """The sum of two numbers; a date and milliseconds are a datetime, in whole milliseconds."""

    __slots__ = ()


class Subtract(_Binary):
    """The difference of two numbers; of two dates milliseconds, of a date and those a datetime."""

    __slots__ = ()


class Multiply(_Binary):
    """The product of two numbers."""

    __slots__ = ()


class Divide(_Binary):
    """The quotient of two numbers, a float."""

    __slots__ = ()


class Modulo(_Binary):
    """The remainder of a division, with the sign of the left number."""

    __slots__ = ()


class Power(_Binary):
    """The left number to the power of the right, a float; null where no real number is."""

    __slots__ = ()


_SIGNS = {
    "Equal": "==",
    "NotEqual": "!=",
    "Greater": ">",
    "GreaterEqual": ">=",
    "Less": "<",
    "LessEqual": "<=",
    "And": "&",
    "Or": "|",
    "Add": "+",
    "Subtract": "-",
    "Multiply": "*",
    "Divide": "/",
    "Modulo": "%",
    "Power": "**",
}


_METHODS = {
    "Absolute": "abs",
    "SquareRoot": "sqrt",
    "Exponential": "exp",
    "Logarithm": "ln",
    "IsNull": "is_null",
    "StringLength": "strlen",
    "ListMin": "min",
    "ListMax": "max",
    "ListSum": "sum",
    "ListMean": "mean",
    "AnyOf": "any",
    "AllOf": "all",
}


class Not(_Unary):
    """Whether it is not true."""

    __slots__ = ()


class Absolute(_Unary):
    """The number without its sign."""

    __slots__ = ()


class Floor(_Unary):
    """The next whole number downwards, as a float."""

    __slots__ = ()


class Ceil(_Unary):
    """The next whole number upwards, as a float."""

    __slots__ = ()


class SquareRoot(_Unary):
    """The square root; null of a negative number."""

    __slots__ = ()


class Exponential(_Unary):
    """Euler's number to the power of the value."""

    __slots__ = ()


class Logarithm(_Unary):
    """The natural logarithm; null of zero and negative numbers."""

    __slots__ = ()


class IsNull(_Unary):
    """Whether it is null."""

    __slots__ = ()


class Length(_Unary):
    """The number of elements of a list; 0 of null."""

    __slots__ = ()


class StringLength(_Unary):
    """The number of characters of a text; null of null."""

    __slots__ = ()


class Lower(_Unary):
    """The text in small letters."""

    __slots__ = ()


class Upper(_Unary):
    """The text in capital letters."""

    __slots__ = ()


class ListMin(_Unary):
    """The smallest element of a list that is not null; null where there is none."""

    __slots__ = ()


class ListMax(_Unary):
    """The largest element of a list that is not null; null where there is none."""

    __slots__ = ()


class ListSum(_Unary):
    """The sum of a list's numbers; 0 where there are none."""

    __slots__ = ()


class ListMean(_Unary):
    """The mean of a list's numbers; null where there are none."""

    __slots__ = ()


class Reverse(_Unary):
    """A list from its end to its beginning."""

    __slots__ = ()


class Unique(_Unary):
    """The values of a list without null, each once, in order."""

    __slots__ = ()


class AnyOf(_Unary):
    """Whether an element of a list is true."""

    __slots__ = ()


class AllOf(_Unary):
    """Whether every element of a list is true; of an empty list it holds, of null it does not."""

    __slots__ = ()


@dataclass(frozen=True, slots=True)
class IsIn(Node):
    """Whether the value equals one of some constants."""

    value: Node
    options: tuple[Literal, ...]

    def __str__(self) -> str:
        return f"{self.value}.is_in([{', '.join(map(str, self.options))}])"


@dataclass(frozen=True, slots=True)
class Contains(Node):
    """Whether a list holds one, or every one, of some values; a text, those parts."""

    value: Node
    options: tuple[Node, ...]
    all: bool = False

    def __str__(self) -> str:
        options = ", ".join(map(str, self.options))
        return f"{self.value}.contains([{options}]{', all=True' if self.all else ''})"


@dataclass(frozen=True, slots=True)
class _TextTest(Node):
    value: Node
    options: tuple[str, ...]
    case_sensitive: bool = True

    def __str__(self) -> str:
        extra = "" if self.case_sensitive else ", case_sensitive=False"
        return f"{self.value}.{_TEXT_TESTS[type(self).__name__]}({list(self.options)!r}{extra})"


class ContainsString(_TextTest):
    """Whether a text has one of some texts in it."""

    __slots__ = ()


class StartsWith(_TextTest):
    """Whether a text begins with one of some texts."""

    __slots__ = ()


class EndsWith(_TextTest):
    """Whether a text ends with one of some texts."""

    __slots__ = ()


class MatchesString(_TextTest):
    """Whether a text is one of some texts."""

    __slots__ = ()


_TEXT_TESTS = {
    "ContainsString": "contains_str",
    "StartsWith": "starts_with",
    "EndsWith": "ends_with",
    "MatchesString": "matches_str",
}


@dataclass(frozen=True, slots=True)
class MatchesRegex(Node):
    """Whether a regular expression is found in a text; `options` of the letters i, m and s."""

    value: Node
    regex: str
    options: str = ""

    def __str__(self) -> str:
        return f"{self.value}.re_match({self.regex!r})"


@dataclass(frozen=True, slots=True)
class ElementAt(Node):
    """One element of a list, from the end where `index` is negative; null beyond its ends."""

    value: Node
    index: int

    def __str__(self) -> str:
        return f"{self.value}[{self.index}]"


@dataclass(frozen=True, slots=True)
class SliceList(Node):
    """A part of a list, from `start` up to but not including `stop`, as in Python."""

    value: Node
    start: int | None
    stop: int | None

    def __str__(self) -> str:
        bounds = ":".join("" if n is None else str(n) for n in (self.start, self.stop))
        return f"{self.value}[{bounds}]"


@dataclass(frozen=True, slots=True)
class Filter(Node):
    """The elements of a list for which a condition, seen from the element, is true."""

    value: Node
    condition: Node

    def __str__(self) -> str:
        return f"{self.value}.filter({self.condition})"


@dataclass(frozen=True, slots=True)
class Map(Node):
    """A list with an expression, seen from the element, in the place of each element."""

    value: Node
    result: Node

    def __str__(self) -> str:
        return f"{self.value}.map({self.result})"


@dataclass(frozen=True, slots=True)
class Apply(Node):
    """An expression seen from the value; null of null is still given to it."""

    value: Node
    result: Node

    def __str__(self) -> str:
        return f"{self.value}.apply({self.result})"


@dataclass(frozen=True, slots=True)
class IfElse(Node):
    """One of two values, by a condition."""

    condition: Node
    then: Node
    otherwise: Node

    def __str__(self) -> str:
        return f"{self.condition}.if_else({self.then}, {self.otherwise})"


@dataclass(frozen=True, slots=True)
class IfNull(Node):
    """The value, or another where it is null."""

    value: Node
    otherwise: Node

    def __str__(self) -> str:
        return f"{self.value}.if_null({self.otherwise})"


@dataclass(frozen=True, slots=True)
class MapValues(Node):
    """The value that a table of constants gives for it; itself where the table has none."""

    value: Node
    pairs: tuple[tuple[Literal, Literal], ...]

    def __str__(self) -> str:
        pairs = ", ".join(f"{key}: {value}" for key, value in self.pairs)
        return f"{self.value}.map_values({{{pairs}}})"
