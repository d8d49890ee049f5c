"""Every function of expressions by cases that can be checked by hand, the same in both engines."""

from __future__ import annotations

import math
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest

from tests.engine.memory_snapshot import MemorySnapshot
from viewfinder.engine.base import Engine
from viewfinder.engine.duckdb import DuckDBEngine
from viewfinder.engine.python import PythonEngine
from viewfinder.errors import ExpressionError, FieldNotFoundError
from viewfinder.expr import (
    VALUE,
    Bounds,
    Count,
    F,
    FacetAggregations,
    ListSchema,
    Mean,
    Scan,
    Schema,
    Sum,
    Values,
)
from viewfinder.labels import Detection, Detections
from viewfinder.schema import (
    DateField,
    DateTimeField,
    DictField,
    Field,
    FloatField,
    IntField,
    ListField,
    StringField,
)
from viewfinder.schema.infer import document_field

MOMENT = datetime(2026, 11, 22, 16, 36, 7, 123_000, tzinfo=UTC)  # a Sunday
ROW: dict[str, Any] = {
    "x": 2.345,
    "n": -3,
    "text": " Dog-cat-Dog ",
    "day": date(2024, 12, 31),
    "moment": MOMENT,
    "numbers": [3.0, None, 1.0, 3.0],
    "words": ["b", "a", None, "b"],
    "extra": {
        "a": {"b": 2.5},
        "s": "text",
        "list": [1, "x"],
        "rows": [{"k": 1, "in": [{"z": 1}, {"z": 2}]}, {"k": 2.5}, {}],
    },
    "mixed": 7,
    "preds": Detections(
        [
            Detection(label="cat", confidence=0.9, mood="calm"),
            Detection(label="dog", confidence=0.4),
            Detection(label="cow"),
        ]
    ),
}
FIELDS = {
    "x": FloatField(),
    "n": IntField(),
    "text": StringField(),
    "day": DateField(),
    "moment": DateTimeField(),
    "numbers": ListField(FloatField()),
    "words": ListField(StringField()),
    "extra": DictField(),
    "mixed": Field(),
    "preds": document_field(Detections),
}
NOTHING: dict[str, Any] = {}


@pytest.fixture(params=[DuckDBEngine, PythonEngine])
def engine(request: pytest.FixtureRequest) -> Engine:
    made: Engine = request.param()
    return made


@pytest.fixture
def snapshot() -> MemorySnapshot:
    return MemorySnapshot(FIELDS, [ROW, NOTHING])


N, W, T, P = F("numbers"), F("words"), F("text"), F("preds.detections")


@pytest.mark.parametrize(
    ("expression", "full", "empty"),
    [
        (F("x").round(2), 2.35, None),
        (F.literal(2.25).round(1), 2.2, 2.2),
        (F("x").round(1), 2.3, None),
        ((F("n") * 50).round(-2), -200.0, None),
        (F.literal(2.5).round(), 2.0, 2.0),
        ((F("x") * -1).trunc(1), -2.3, None),
        (F.literal(100).log10(), 2.0, 2.0),
        (F.literal(8).log(2), 3.0, 3.0),
        (F("n").log10(), None, None),
        (F("n").sin(), math.sin(-3), None),
        (F("n").arccos(), None, None),
        (F.literal(1).arctan(), math.pi / 4, math.pi / 4),
        (F.literal(0.5).arctanh(), math.atanh(0.5), math.atanh(0.5)),
        (F("n").cosh(), math.cosh(-3), None),
        (T.strip(), "Dog-cat-Dog", None),
        (T.lstrip(), "Dog-cat-Dog ", None),
        (T.rstrip(" goD"), " Dog-cat-", None),
        (T.strip().replace("Dog", "Emu"), "Emu-cat-Emu", None),
        (T.strip().split("-"), ["Dog", "cat", "Dog"], None),
        (T.strip().split("-", 1), ["Dog", "cat-Dog"], None),
        (T.strip().rsplit("-", 1), ["Dog-cat", "Dog"], None),
        (T.substr(1, 4), "Dog", None),
        (T.substr(-4, count=3), "Dog", None),
        (T.substr(5), "cat-Dog ", None),
        (T.concat("!", F("words")[0]), " Dog-cat-Dog !b", None),
        (W.join("+"), "b+a+b", None),
        (F("day").year(), 2024, None),
        (F("day").day_of_year(), 366, None),
        (F("day").hour(), 0, None),
        (F("moment").month(), 11, None),
        (F("moment").day_of_week(), 1, None),
        (F("moment").day_of_month(), 22, None),
        (F("moment").week(), 47, None),
        (F("moment").hour(), 16, None),
        (F("moment").minute(), 36, None),
        (F("moment").second(), 7, None),
        (F("moment").millisecond(), 123, None),
        (F("n").to_bool(), True, None),
        (F("x").to_int(), 2, None),
        (F.literal("-12").to_int(), -12, -12),
        (F.literal("1.5").to_int(), None, None),
        (F.literal("1.5").to_double(), 1.5, 1.5),
        (F("x").to_string(), "2.345", None),
        (F("n").to_string(), "-3", None),
        (F("day").to_string(), "2024-12-31T00:00:00.000Z", None),
        (F("moment").to_string().to_date(), MOMENT, None),
        (F.literal(86_400_000).to_date(), *[datetime(1970, 1, 2, tzinfo=UTC)] * 2),
        (F("x").type(), "double", "null"),
        (F("extra.list").type(), "array", "null"),
        (F("mixed").is_number(), True, False),
        (T.is_string(), True, False),
        (W.is_array(), True, False),
        (N.append(7), [3.0, None, 1.0, 3.0, 7.0], None),
        (N.prepend(None), [None, 3.0, None, 1.0, 3.0], None),
        (W.insert(1, "new"), ["b", "new", "a", None, "b"], None),
        (W.insert(-1, "new"), ["b", "a", None, "new", "b"], None),
        (W.extend(["c"], ["d"]), ["b", "a", None, "b", "c", "d"], None),
        (W.union(["z"]), ["a", "b", "z"], None),
        (W.intersection(["b", "c"]), ["b"], None),
        (W.difference(["b"]), ["a"], None),
        (W.set_equals(["a", "b"]), True, False),
        (W.is_subset(["a", "b", "c"]), True, False),
        (F("n").is_in(N.map(F() - 6)), True, False),
        (N.sort(), [None, 1.0, 3.0, 3.0], None),
        (W.sort(reverse=True), ["b", "b", "a", None], None),
        (P.sort("confidence").map(F("label")), ["cow", "dog", "cat"], None),
        (P.sort(key=F("confidence"), reverse=True)[0].apply(F("label")), "cat", None),
        (N.filter(F().exists()).reduce(VALUE * 2 + F()), 17.0, None),
        (W.filter(F() != None).reduce(VALUE.concat(F()), ">"), ">bab", None),  # noqa: E711
        (N.std(), math.sqrt(8 / 9), None),
        (N.std(sample=True), math.sqrt(4 / 3), None),
        (W[F("n") + 3], "b", None),
        (W[F("n") :], ["a", None, "b"], None),
        (F.range(2), [0, 1], [0, 1]),
        (F.range(F("n"), -1), [-3, -2], None),
        (F.zip([1, 2, 3], ["a", "b"]), *[[[1, "a"], [2, "b"]]] * 2),
        (F.zip([1], ["a", "b"], use_longest=True, defaults=[0, ""])[1][0], 0, 0),
        (F.enumerate(W, start=1)[-1], [4, "b"], None),
        (F("n").cases({-3: "three", 4: "four"}, "none"), "three", "none"),
        (F("n").switch({(F() > 0): "plus", (F() < 0): "minus"}), "minus", "minus"),
        (
            P.map(F().set_field("confidence", F("confidence") * 2))[0].apply(F("confidence")),
            1.8,
            None,
        ),
        (F("extra.a.b"), 2.5, None),
        (F("extra.a.b") > 2, True, False),
        (F("extra.s.none"), None, None),
        (F("extra.rows.k"), [1, 2.5, None], None),
        (F("extra.rows.in.z"), [[1, 2], None, None], None),
        (F("extra.rows").length(), 3, 0),
        (F("extra.s").length(), 0, 0),
        (F("extra.rows").filter(F("k") > 1).map(F("k")), [2.5], None),
        (F("extra.rows").map(F("k") + F("$n")), [-2, -0.5, None], None),
        (F("extra.rows")[-2].apply(F("k")), 2.5, None),
        (F("extra.rows")[1:].map(F("k")), [2.5, None], None),
        (F("extra.rows.k").sum(), 3.5, 0),
        (F("extra.rows.k").mean(), 1.75, None),
        (F("extra.list").reverse(), ["x", 1], None),
        (F("extra.list")[F("n") + 3], 1, None),
        (F("extra.list").extend(F("extra.rows.k")), [1, "x", 1, 2.5, None], None),
        (F("extra.rows").map(F("k")).any(), True, False),
        (F("extra.s").map(F("k")), None, None),
        (F("day") + timedelta(hours=36), datetime(2025, 1, 1, 12, tzinfo=UTC), None),
        (F("moment") - 123, MOMENT.replace(microsecond=0), None),
        (F("moment") + 0.5, MOMENT.replace(microsecond=124_000), None),
        (F("moment") - datetime(2026, 11, 22, tzinfo=UTC), 59_767_123, None),
        (datetime(2025, 1, 1, tzinfo=UTC) - F("day"), 86_400_000, None),
        ((F("moment") - F("day")) / timedelta(days=1), 691 + 59_767.123 / 86_400, None),
        (F("day") + 1e20, None, None),
        (abs(F("day") - datetime(2025, 1, 1, tzinfo=UTC)) < timedelta(days=2), True, True),
        (F("n").apply([F(), 1, None]), [-3, 1, None], [None, 1, None]),
    ],
)
def test_a_function_gives(
    engine: Engine, snapshot: MemorySnapshot, expression: Any, full: Any, empty: Any
) -> None:
    (found,) = engine.aggregate(Scan(), [Values(expression)], snapshot)
    for value, wanted in zip(found, (full, empty), strict=True):
        assert value == (pytest.approx(wanted) if isinstance(wanted, float) else wanted)


def test_a_changed_label_is_a_label(engine: Engine, snapshot: MemorySnapshot) -> None:
    changed = P.map(F().set_field("label", F("label").upper()))
    (values,) = engine.aggregate(Scan(), [Values(changed)], snapshot)
    assert [type(label) for label in values[0]] == [Detection] * 3
    assert [(label.label, label.confidence) for label in values[0]] == [
        ("CAT", 0.9),
        ("DOG", 0.4),
        ("COW", None),
    ]


def test_chance_is_the_same_each_time_and_different_for_each_label(
    engine: Engine, snapshot: MemorySnapshot
) -> None:
    drawn = Values(P.map(F.rand()))
    first, second = (engine.aggregate(Scan(), [drawn], snapshot)[0][0] for _ in range(2))
    assert first == second
    assert len(set(first)) == 3
    assert all(0 <= number < 1 for number in first)
    assert engine.aggregate(Scan(), [Values(P.map(F.rand()))], snapshot)[0][0] != first


@pytest.mark.parametrize(
    ("expression", "advice"),
    [
        (T.sin(), "needs numbers"),
        (F("n").year(), "needs a date"),
        (F("day") + F("moment"), "needs numbers"),
        (1 - F("day"), "needs numbers"),
        (F("n").strip(), "needs text"),
        (T.append("x"), "needs a list"),
        (W.append(1), "one type"),
        (P.sort(), "Give a key"),
        (VALUE + 1, "only there"),
        (P.to_string(), "plain value"),
        (F.zip([1], [2]).map(F()[2]), "only 2 values"),
        (F("n").set_field("a", 1), "needs a document"),
    ],
)
def test_what_means_nothing_says_so(
    engine: Engine, snapshot: MemorySnapshot, expression: Any, advice: str
) -> None:
    with pytest.raises(ExpressionError, match=advice):
        engine.aggregate(Scan(), [Values(expression)], snapshot)


def test_a_path_into_a_dict_is_aggregated(engine: Engine, snapshot: MemorySnapshot) -> None:
    asked = [Count("extra.s"), Sum("extra.a.b"), Bounds("mixed"), Mean("extra.s")]
    assert engine.aggregate(Scan(), asked, snapshot) == [1, 2.5, (7.0, 7.0), 0]


def test_a_facet_asks_from_one_path(engine: Engine, snapshot: MemorySnapshot) -> None:
    named = FacetAggregations(
        "preds.detections", {"n": Count(), "sure": Bounds("confidence"), "e": Sum(F("confidence"))}
    )
    listed = FacetAggregations("preds", [Count("detections.mood"), Schema("detections")])
    found = engine.aggregate(Scan(), [named, Count(), listed], snapshot)
    assert found[:2] == [{"n": 3, "sure": (0.4, 0.9), "e": pytest.approx(1.3)}, 2]
    assert found[2][0] == 1
    assert sorted(found[2][1]) == ["confidence", "id", "label", "mood", "tags"]


def test_schemas_name_what_has_values(engine: Engine, snapshot: MemorySnapshot) -> None:
    dynamic = Schema("preds.detections", dynamic_only=True)
    asked = [dynamic, Schema("extra"), ListSchema("words"), ListSchema("extra.list")]
    found = engine.aggregate(Scan(), asked, snapshot)
    assert found[0] == {"mood": StringField()}
    assert list(found[1]) == ["a", "list", "rows", "s"]
    assert found[1]["s"] == StringField()
    assert found[2] == StringField()
    assert found[3] == [IntField(), StringField()]


def test_schemas_of_plain_values_are_refused(engine: Engine, snapshot: MemorySnapshot) -> None:
    with pytest.raises(ExpressionError, match="needs documents"):
        engine.aggregate(Scan(), [Schema("n")], snapshot)
    with pytest.raises(ExpressionError, match="needs lists"):
        engine.aggregate(Scan(), [ListSchema("n")], snapshot)
    with pytest.raises(FieldNotFoundError):
        engine.aggregate(Scan(), [FacetAggregations("nope", [Count()])], snapshot)
