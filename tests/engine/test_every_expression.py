"""Every name of FiftyOne's expressions: a case that can be checked by hand, where it is used.

Each case is the same in both engines, in ``values()``, in ``match()`` and in ``set_field()``.
"""

from __future__ import annotations

import math
from datetime import UTC, date, datetime
from typing import Any

import pytest

from tests.engine.memory_snapshot import MemorySnapshot
from viewfinder.engine.base import Engine
from viewfinder.engine.duckdb import DuckDBEngine
from viewfinder.engine.python import PythonEngine
from viewfinder.expr import VALUE, F, Plan, Scan, Values, ViewExpression, plan_schema
from viewfinder.labels import Detection, Detections
from viewfinder.schema import (
    DateTimeField,
    DictField,
    Field,
    FloatField,
    IntField,
    ListField,
    StringField,
)
from viewfinder.schema.infer import document_field
from viewfinder.stages import Match, SetField, ViewStage

WHEN = datetime(2024, 1, 3, 12, 30, 15, 250_000, tzinfo=UTC)  # a Wednesday
FIELDS: dict[str, Field] = {
    "x": FloatField(),
    "n": IntField(),
    "text": StringField(),
    "when": DateTimeField(),
    "numbers": ListField(FloatField()),
    "words": ListField(StringField()),
    "facts": DictField(),
    "found": document_field(Detections),
    **{f"new_{kind.__name__}": kind() for kind in (FloatField, IntField, StringField)},
}
ROW: dict[str, Any] = {
    "x": 0.5,
    "n": -3,
    "text": " ab,cd ",
    "when": WHEN,
    "numbers": [4.0, 1.0, 4.0],
    "words": ["b", "a"],
    "facts": {"k": 2},
    "found": Detections([Detection(label="cat", confidence=0.9), Detection(label="dog")]),
}
X, N, T, W, NUM = F("x"), F("n"), F("text"), F("words"), F("numbers")

CASES: dict[str, tuple[Any, Any]] = {
    "abs": (N.abs(), 3),
    "all": (F.all([X > 0, N > 0]), False),
    "any": (F.any([X > 0, N > 0]), True),
    "append": (W.append("c"), ["b", "a", "c"]),
    "apply": (X.apply(F() + F()), 1.0),
    "arccos": (X.arccos(), math.acos(0.5)),
    "arccosh": ((X + 1).arccosh(), math.acosh(1.5)),
    "arcsin": (X.arcsin(), math.asin(0.5)),
    "arcsinh": (X.arcsinh(), math.asinh(0.5)),
    "arctan": (X.arctan(), math.atan(0.5)),
    "arctanh": (X.arctanh(), math.atanh(0.5)),
    "cases": (N.cases({-3: "low", 3: "high"}), "low"),
    "ceil": (X.ceil(), 1.0),
    "concat": (T.concat("!"), " ab,cd !"),
    "contains": (W.contains(["a", "z"]), True),
    "contains_str": (T.contains_str("CD", case_sensitive=False), True),
    "cos": (X.cos(), math.cos(0.5)),
    "cosh": (X.cosh(), math.cosh(0.5)),
    "day_of_month": (F("when").day_of_month(), 3),
    "day_of_week": (F("when").day_of_week(), 4),
    "day_of_year": (F("when").day_of_year(), 3),
    "difference": (W.difference(["a"]), ["b"]),
    "ends_with": (T.ends_with("cd "), True),
    "enumerate": (F.enumerate(W, start=5).map(F()[0]), [5, 6]),
    "exists": (X.exists(), True),
    "exp": (X.exp(), math.exp(0.5)),
    "extend": (W.extend(["c"], ["d"]), ["b", "a", "c", "d"]),
    "filter": (NUM.filter(F() > 2), [4.0, 4.0]),
    "floor": (X.floor(), 0.0),
    "hour": (F("when").hour(), 12),
    "if_else": ((X > 0).if_else("yes", "no"), "yes"),
    "if_null": (NUM[9].if_null(7), 7.0),
    "insert": (W.insert(1, "z"), ["b", "z", "a"]),
    "intersection": (W.intersection(["a", "c"]), ["a"]),
    "is_array": (W.is_array(), True),
    "is_in": (N.is_in([-3, 4]), True),
    "is_missing": (F("facts.none").is_missing(), True),
    "is_null": (X.is_null(), False),
    "is_number": (X.is_number(), True),
    "is_string": (X.is_string(), False),
    "is_subset": (W.is_subset(["a", "b", "c"]), True),
    "join": (W.join("+"), "b+a"),
    "length": (W.length(), 2),
    "let_in": (X.let_in(F() * F()), 0.25),
    "literal": (F.literal(5), 5),
    "ln": (X.ln(), math.log(0.5)),
    "log": ((X * 16).log(2), 3.0),
    "log10": ((X * 200).log10(), 2.0),
    "lower": (F("found.detections")[0].apply(F("label").upper().lower()), "cat"),
    "lstrip": (T.lstrip(), "ab,cd "),
    "map": (F("found.detections").map(F("label")), ["cat", "dog"]),
    "map_values": (N.map_values({-3: 9}), 9),
    "matches_str": (T.strip().matches_str("ab,cd"), True),
    "max": (NUM.max(), 4.0),
    "mean": (NUM.mean(), 3.0),
    "millisecond": (F("when").millisecond(), 250),
    "min": (NUM.min(), 1.0),
    "minute": (F("when").minute(), 30),
    "month": (F("when").month(), 1),
    "pow": (X.pow(2), 0.25),
    "prepend": (W.prepend("z"), ["z", "b", "a"]),
    "rand": ((F.rand() >= 0) & (F.rand() < 1), True),
    "randn": (F.randn().abs() < 10, True),
    "range": (F.range(2, 4), [2, 3]),
    "re_match": (T.re_match("^ AB", "i"), True),
    "reduce": (NUM.reduce(VALUE + F(), init_val=1), 10.0),
    "replace": (T.replace("ab", "z"), " z,cd "),
    "reverse": (W.reverse(), ["a", "b"]),
    "round": ((X / 3).round(2), 0.17),
    "rsplit": (T.strip().rsplit(",", 1), ["ab", "cd"]),
    "rstrip": (T.rstrip(), " ab,cd"),
    "second": (F("when").second(), 15),
    "set_equals": (W.set_equals(["a", "b", "b"]), True),
    "set_field": (F("facts").set_field("k", 5).apply(F("k")) == 5, True),
    "sin": (X.sin(), math.sin(0.5)),
    "sinh": (X.sinh(), math.sinh(0.5)),
    "sort": (NUM.sort(reverse=True), [4.0, 4.0, 1.0]),
    "split": (T.strip().split(","), ["ab", "cd"]),
    "sqrt": ((X * 8).sqrt(), 2.0),
    "starts_with": (T.starts_with([" a", "z"]), True),
    "std": (NUM.std(), math.sqrt(2)),
    "strip": (T.strip(), "ab,cd"),
    "strlen": (T.strlen(), 7),
    "substr": (T.substr(1, count=2), "ab"),
    "sum": (NUM.sum(), 9.0),
    "switch": (N.switch({(F() < 0): "minus", (F() > 0): "plus"}), "minus"),
    "tan": (X.tan(), math.tan(0.5)),
    "tanh": (X.tanh(), math.tanh(0.5)),
    "to_bool": (N.to_bool(), True),
    "to_date": (F.literal("2024-01-03").to_date(), datetime(2024, 1, 3, tzinfo=UTC)),
    "to_double": (F.literal("1.5").to_double(), 1.5),
    "to_int": (F.literal("-12").to_int(), -12),
    "to_string": (N.to_string(), "-3"),
    "trunc": ((X / 3).trunc(2), 0.16),
    "type": (X.type(), "double"),
    "union": (W.union(["z"]), ["a", "b", "z"]),
    "unique": (NUM.unique(), [1.0, 4.0]),
    "upper": (T.upper(), " AB,CD "),
    "week": (F("when").week(), 0),
    "year": (F("when").year(), 2024),
    "zip": (F.zip(W, NUM).map(F()[1]), [4.0, 1.0]),
}


@pytest.fixture(params=[DuckDBEngine, PythonEngine])
def engine(request: pytest.FixtureRequest) -> Engine:
    made: Engine = request.param()
    return made


def values(engine: Engine, stages: list[ViewStage], asked: Any) -> Any:
    snapshot = MemorySnapshot(FIELDS, [ROW])
    plan: Plan = Scan()
    for stage in stages:
        schema = plan_schema(plan, snapshot.schema)
        stage.validate(schema)
        plan = stage.lower(plan, schema)
    return engine.aggregate(plan, [Values(asked)], snapshot)[0]


def test_every_name_has_a_case() -> None:
    names = {name for name in dir(ViewExpression) if not name.startswith("_")}
    assert names - {"is_frozen", "node"} == set(CASES)


@pytest.mark.parametrize("name", CASES)
def test_a_name_means_what_it_says(engine: Engine, name: str) -> None:
    expression, wanted = CASES[name]
    before = str(expression), expression.node
    (found,) = values(engine, [], expression)
    assert found == (pytest.approx(wanted) if isinstance(wanted, float) else wanted)
    # Of what it may be in a condition: the sample is there where it is true.
    if isinstance(wanted, bool):
        assert values(engine, [Match(expression)], "n") == ([-3] if wanted else [])
    kinds = {float: "new_FloatField", int: "new_IntField", str: "new_StringField"}
    target = kinds.get(type(wanted))
    if target is not None:
        (set_to,) = values(engine, [SetField(target, expression)], target)
        assert set_to == found
    if not isinstance(wanted, (list, date)):
        # Looked up from the sample inside of a label, as F("$…").
        labels = F("found.detections").filter(
            F("label") == F("$found.detections")[0].apply(F("label"))
        )
        assert values(engine, [], labels.map(F("label"))) == [["cat"]]
    assert (str(expression), expression.node) == before


def test_what_is_looked_up_from_the_sample_is_frozen() -> None:
    assert F("$x").is_frozen
    assert VALUE.is_frozen
    assert not F("x").is_frozen
    assert not (F("$x") + 1).is_frozen
