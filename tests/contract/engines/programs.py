"""Random datasets, and random programs of stages, expressions and aggregations over them."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import Any

from hypothesis import strategies as st

from tests.engine.memory_snapshot import MemorySnapshot
from viewfinder.expr import (
    Aggregation,
    Bounds,
    Count,
    CountValues,
    Distinct,
    F,
    HistogramValues,
    Max,
    Mean,
    Min,
    Quantiles,
    Std,
    Sum,
    Values,
    ViewExpression,
)
from viewfinder.labels import (
    Classification,
    Detection,
    Detections,
    Keypoint,
    Keypoints,
    Polyline,
    Polylines,
)
from viewfinder.schema import (
    BooleanField,
    DateField,
    DateTimeField,
    Field,
    FloatField,
    Group,
    ImageMetadata,
    IntField,
    ListField,
    StringField,
)
from viewfinder.schema.infer import document_field
from viewfinder.stages import (
    Exclude,
    ExcludeFields,
    ExcludeGroups,
    ExcludeGroupSlices,
    ExcludeLabels,
    Exists,
    FilterField,
    FilterLabels,
    Flatten,
    GroupBy,
    Limit,
    LimitLabels,
    MapLabels,
    MapValues,
    Match,
    MatchLabels,
    MatchTags,
    Select,
    SelectBy,
    SelectGroups,
    SelectGroupSlices,
    SelectLabels,
    SetField,
    Shuffle,
    Skip,
    SortBy,
    Take,
    ViewStage,
)

FIELDS: dict[str, Field] = {
    "preds": document_field(Detections),
    "truth": document_field(Classification),
    "lines": document_field(Polylines),
    "points": document_field(Keypoints),
    "score": FloatField(),
    "number": IntField(),
    "name": StringField(),
    "flag": BooleanField(),
    "day": DateField(),
    "moment": DateTimeField(),
    "scores": ListField(FloatField()),
    "words": ListField(StringField()),
    "anything": Field(),
    "group": document_field(Group),
}

LABELS = ["cat", "dog", "Cat", "", "ä", "o'x\"%_", "日本"]
TAGS = ["train", "test", "x"]
SLICES = ["left", "right"]
GROUPS = ["1" * 24, "2" * 24]
numbers = st.one_of(
    st.sampled_from([0.0, -0.0, 1.0, 0.5, -2.5, 0.85, 1e300, -1e-300]),
    st.sampled_from([float("nan"), float("inf"), float("-inf")]),
    st.floats(-10, 10, allow_nan=False),
)
finite = st.one_of(st.sampled_from([0.0, 1.0, 0.5, -2.5]), st.floats(-10, 10, allow_nan=False))
whole = st.integers(-5, 5)
words = st.sampled_from(LABELS)
days = st.dates(date(2020, 1, 1), date(2020, 1, 5))
first = datetime(2020, 1, 1)  # noqa: DTZ001  # hypothesis adds the zone
# UTC knows no hour that comes twice, and neither does ISO 8601.
moments = st.datetimes(first, first.replace(day=3), timezones=st.just(UTC)).map(
    lambda moment: moment.replace(fold=0)
)
anything = st.one_of(finite, whole, words, st.booleans(), st.just([1, 2]), st.just(float("nan")))


def maybe(values: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    return st.one_of(st.none(), values)


@st.composite
def detections(draw: st.DrawFn) -> Any:
    if draw(st.integers(0, 4)) == 0:
        return None
    found = []
    for _ in range(draw(st.integers(0, 4))):
        extra = {"mood": words, "size": whole, "sure": st.booleans(), "mixed": anything}
        chosen = {k: draw(v) for k, v in extra.items() if draw(st.booleans())}
        if draw(st.booleans()):
            chosen["tags"] = draw(st.lists(st.sampled_from(TAGS), max_size=2))
        found.append(
            Detection(
                label=draw(maybe(words)),
                bounding_box=draw(maybe(st.lists(finite, min_size=4, max_size=4))),
                confidence=draw(maybe(numbers)),
                **chosen,
            )
        )
    return Detections(found)


points = st.lists(st.tuples(numbers, finite), max_size=3)
classifications = st.builds(Classification, label=maybe(words), confidence=maybe(numbers))
keypoints = st.builds(
    Keypoints, st.lists(st.builds(Keypoint, label=maybe(words), points=points), max_size=2)
)
polylines = st.builds(
    Polylines, st.lists(st.builds(Polyline, points=st.lists(points, max_size=2)), max_size=2)
)
metadata = st.builds(ImageMetadata, width=maybe(st.integers(1, 3)), height=maybe(st.just(2)))
samples = st.fixed_dictionaries(
    {
        "preds": detections(),
        "truth": maybe(classifications),
        "lines": maybe(polylines),
        "points": maybe(keypoints),
        "score": maybe(numbers),
        "number": maybe(whole),
        "name": maybe(words),
        "flag": maybe(st.booleans()),
        "day": maybe(days),
        "moment": maybe(moments),
        "scores": maybe(st.lists(maybe(numbers), max_size=3)),
        "words": maybe(st.lists(maybe(words), max_size=3)),
        "anything": maybe(anything),
        "tags": st.lists(st.sampled_from(TAGS), max_size=2, unique=True),
        "metadata": maybe(metadata),
        "group": maybe(st.builds(Group, st.sampled_from(GROUPS), st.sampled_from(SLICES))),
    }
)


@st.composite
def snapshots(draw: st.DrawFn) -> MemorySnapshot:
    rows = draw(st.lists(samples, min_size=1, max_size=6))
    places = st.sets(st.integers(0, len(rows) - 1), max_size=2)
    extra = Detections([Detection(mood="a", size=1, sure=True, mixed="x"), Detection(mixed=2)])
    # The last sample makes sure that every attribute is known.
    rows.append({"preds": extra})
    return MemorySnapshot(FIELDS, rows, edited=draw(places), deleted=draw(places))


SAMPLE_PATHS = {
    "number": ["score", "number", "metadata.width", "truth.confidence"],
    "text": ["name", "truth.label", "id"],
    "bool": ["flag"],
    "time": ["day", "moment"],
    "numbers": ["scores", "preds.detections.confidence", "preds.detections.size"],
    "texts": ["words", "tags", "preds.detections.label", "preds.detections.mood"],
    "bools": ["preds.detections.sure"],
    "any": ["anything"],
}
LABEL_PATHS = {
    "number": ["confidence", "size"],
    "text": ["label", "mood", "id"],
    "bool": ["sure"],
    "time": ["$day", "$moment"],
    "numbers": ["bounding_box", "$scores"],
    "texts": ["tags", "$words"],
    "bools": ["$preds.detections.sure"],
    "any": ["mixed"],
}


@st.composite
def expressions(draw: st.DrawFn, kind: str, paths: dict[str, list[str]], depth: int) -> Any:
    """An expression of a kind: number, text, bool, numbers, texts."""

    def sub(other: str, paths: dict[str, list[str]] = paths) -> Any:
        return draw(expressions(other, paths, depth - 1))

    field = F(draw(st.sampled_from(paths[kind])))
    if depth <= 0:
        return field
    pick = draw(st.integers(0, 9))
    if kind == "number":
        return _number(draw, sub, pick, field)
    if kind == "text":
        return _text(draw, sub, pick, field)
    if kind == "bool":
        return _bool(draw, sub, pick, field, paths)
    element = {"number": [""], "text": [""], "bool": ["$flag"], "time": ["$day"], "any": []}
    element |= {"numbers": ["$scores"], "texts": ["$words"], "bools": ["$preds.detections.sure"]}
    inner = {**element, "number": ["$score"]} if kind == "texts" else {**element, "text": ["$name"]}
    if pick < 2:
        return sub(kind).filter(draw(expressions("bool", inner, depth - 1)))
    if pick == 2:
        return sub(kind)[draw(st.integers(-2, 2)) : draw(st.integers(-2, 2))]
    if pick == 3:
        return sub(kind).reverse()
    if pick == 4:
        return sub(kind).unique()
    if pick == 5 and paths is SAMPLE_PATHS:
        found = F("preds.detections").filter(draw(expressions("bool", LABEL_PATHS, depth - 1)))
        wanted = "number" if kind == "numbers" else "text"
        return found.map(draw(expressions(wanted, LABEL_PATHS, depth - 1)))
    return field


def _number(draw: Any, sub: Any, pick: int, field: ViewExpression) -> Any:
    if pick == 0:
        return sub("numbers").length()
    if pick == 1:
        values = sub("numbers")
        return draw(st.sampled_from([values.min(), values.max()]))
    if pick == 2:
        return sub("numbers")[draw(st.integers(-4, 4))]
    if pick == 3:
        return sub("number").abs()
    if pick == 4:
        one, other = sub("number"), draw(st.one_of(whole, finite, st.just(0)))
        return draw(
            st.sampled_from([one + other, one - other, one * other, one / other, other - one])
        )
    if pick == 5:
        return sub("bool").if_else(sub("number"), draw(finite))
    if pick == 6:
        return sub("number").if_null(draw(whole))
    if pick == 7:
        return sub("text").strlen() if draw(st.booleans()) else sub("number") % 3
    if pick == 8:
        return sub("numbers").filter(F() < 10).filter(F() > -10).sum()
    return field


def _text(draw: Any, sub: Any, pick: int, field: ViewExpression) -> Any:
    if pick == 0:
        return sub("text").lower()
    if pick == 1:
        return sub("texts")[draw(st.integers(-3, 3))]
    if pick == 2:
        return sub("text").map_values({"cat": "dog", "": "empty"})
    if pick == 3:
        return sub("texts").max()
    if pick == 4:
        return sub("bool").if_else(sub("text"), None)
    return field


def _bool(draw: Any, sub: Any, pick: int, field: ViewExpression, paths: Any) -> Any:
    if pick == 0:
        one, other = sub("bool"), sub("bool")
        return draw(st.sampled_from([one & other, one | other]))
    if pick == 1:
        return ~sub("bool")
    if pick in (2, 3):
        one = sub("number")
        other = draw(st.one_of(finite, whole, numbers, st.builds(lambda: sub("number")), st.none()))
        return _compared(draw, one, other)
    if pick == 4:
        one = sub("text")
        return _compared(draw, one, draw(st.one_of(words, st.builds(lambda: sub("text")))))
    if pick == 5:
        one, option = sub("text"), draw(words)
        sensitive = draw(st.booleans())
        tests = [one.contains_str, one.starts_with, one.ends_with, one.matches_str]
        return draw(st.sampled_from(tests))([option, "zz"], case_sensitive=sensitive)
    if pick == 6:
        kind, values = draw(st.sampled_from([("number", finite), ("text", words)]))
        return sub(kind).is_in(draw(st.lists(st.one_of(values, st.none()), max_size=3)))
    if pick == 7:
        kind, values = draw(st.sampled_from([("numbers", numbers), ("texts", words)]))
        options = draw(st.lists(st.one_of(values, st.none()), max_size=2))
        return sub(kind).contains(options, all=draw(st.booleans()))
    if pick == 8 and paths["any"]:
        found = F(draw(st.sampled_from(paths["any"])))
        return _compared(draw, found, draw(st.one_of(finite, whole, words, st.none())))
    kind = draw(st.sampled_from(["number", "text", "bool", "numbers", "texts", "time"]))
    if kind == "time":
        return _compared(
            draw, F(draw(st.sampled_from(paths["time"]))), draw(st.one_of(days, moments))
        )
    one, some = sub(kind), F(draw(st.sampled_from(paths["bools"])))
    tests = [one.exists(), one.is_null(), some.any(), some.all(), field == draw(st.booleans())]
    return draw(st.sampled_from(tests))


def _compared(draw: Any, one: Any, other: Any) -> Any:
    tests = [one == other, one != other, one > other, one >= other, one < other, one <= other]
    return draw(st.sampled_from(tests))


def conditions(paths: dict[str, list[str]]) -> st.SearchStrategy[Any]:
    return st.integers(1, 3).flatmap(lambda depth: expressions("bool", paths, depth))


@st.composite
def stages(draw: st.DrawFn, ids: list[str]) -> ViewStage:
    some = st.lists(st.sampled_from([*ids, "0" * 24]), max_size=3)
    count = st.integers(0, 5)
    labels = st.sampled_from(["preds", "preds.detections"])
    keys = st.sampled_from(["number", "text", "bool", "time"]).flatmap(
        lambda kind: expressions(kind, SAMPLE_PATHS, 2)
    )
    options = [
        st.builds(Match, conditions(SAMPLE_PATHS)),
        st.builds(FilterLabels, labels, conditions(LABEL_PATHS), st.booleans()),
        st.builds(FilterLabels, st.just("truth"), st.builds(lambda: F("confidence") > 0.2)),
        st.builds(SortBy, keys, st.booleans()),
        st.builds(lambda a, b: SortBy([(a, 1), (b, -1)]), keys, keys),
        st.builds(Select, some, st.booleans()),
        st.builds(Exclude, some),
        st.builds(Limit, count),
        st.builds(Skip, count),
        st.builds(Take, count, st.integers(0, 9)),
        st.builds(Shuffle, st.integers(0, 9)),
        st.builds(MatchTags, st.lists(st.sampled_from(TAGS), max_size=2), st.booleans()),
        st.builds(Exists, st.sampled_from(["score", "truth", "preds.detections.mood"])),
        st.builds(LimitLabels, labels, count),
        st.builds(MatchLabels, filter=conditions({**LABEL_PATHS}), fields=st.just("preds")),
        st.builds(SelectLabels, tags=st.sampled_from(TAGS), fields=st.just("preds")),
        st.builds(ExcludeLabels, tags=st.sampled_from(TAGS), omit_empty=st.booleans()),
        st.builds(SelectBy, st.just("name"), st.lists(words, max_size=3), st.booleans()),
        st.builds(ExcludeFields, st.just("lines")),
        *changes(),
        *grouping(keys),
    ]
    return draw(st.one_of(options))


def changes() -> list[st.SearchStrategy[ViewStage]]:
    """Stages that show other values."""
    renamed = st.dictionaries(words, words, max_size=3)
    confidence = "preds.detections.confidence"
    kinds = st.sampled_from(["number", "text", "bool", "numbers", "texts"])
    fresh = kinds.flatmap(lambda kind: expressions(kind, LABEL_PATHS, 2))
    return [
        st.builds(SetField, st.just("score"), expressions("number", SAMPLE_PATHS, 2)),
        st.builds(SetField, st.just("name"), expressions("text", SAMPLE_PATHS, 2)),
        st.builds(SetField, st.just(confidence), expressions("number", LABEL_PATHS, 2)),
        st.builds(SetField, st.just("preds.detections.mood"), expressions("text", LABEL_PATHS, 2)),
        st.builds(SetField, st.just("metadata.width"), st.builds(lambda: F("$number"))),
        st.builds(SetField, st.just("anything.x"), st.builds(lambda: F("$name"))),
        st.builds(SetField, st.just("preds.detections.fresh"), fresh),
        st.builds(SetField, st.just("preds.detections"), st.builds(_on_detections, words)),
        st.builds(MapLabels, st.sampled_from(["preds", "truth"]), renamed),
        st.builds(MapValues, st.just("name"), renamed),
        st.builds(FilterField, st.just("score"), st.builds(lambda: F() > 0.2), st.booleans()),
        st.builds(FilterField, st.just(confidence), st.builds(lambda: F() > 0.2), st.booleans()),
    ]


def _on_detections(word: str) -> ViewExpression:
    """A list of labels, chosen from and changed."""
    kept = F("detections").filter(F("label") != word)
    return kept.map(F().set_field("mood", F("label").upper()))[:2]


OF_GROUPS: dict[str, list[ViewExpression]] = {
    "bool": [
        F().length() > 1,
        F().map(F("score")).max() > 0.5,
        F().filter(F("flag") | (F("number") > 0)).length() == 1,
        F().map(F("preds.detections").length()).sum() > 2,
        F().filter(F("truth.label") == "cat").length() > 0,
        F().map(F("name")).contains(["cat", "ä"]),
        F("words").length() > 3,
    ],
    "key": [
        F().length(),
        F().map(F("score")).min(),
        F().map(F("name")).max(),
        F().map(F("metadata.width")).sum(),
        F().filter(F("preds.detections").length() > 0).length(),
        F("moment").max(),
    ],
}
"""Expressions that see a group as the list of its samples."""


def grouping(keys: st.SearchStrategy[Any]) -> list[st.SearchStrategy[ViewStage]]:
    """Stages that make groups of samples, by their slices or by any values."""
    slices = st.lists(st.sampled_from([*SLICES, "none"]), max_size=2)
    by = st.one_of(keys, st.sampled_from(["words", "name", "score"]))
    return [
        st.builds(SelectGroupSlices, st.one_of(st.none(), slices), flat=st.booleans()),
        st.builds(ExcludeGroupSlices, slices),
        st.builds(SelectGroups, st.lists(st.sampled_from(GROUPS), max_size=2), st.booleans()),
        st.builds(ExcludeGroups, st.lists(st.sampled_from(GROUPS), max_size=2)),
        st.builds(GroupBy, by, st.one_of(st.none(), keys), st.booleans()),
        st.builds(GroupBy, st.lists(by, min_size=1, max_size=2), flat=st.booleans()),
        st.builds(GroupBy, by, st.just("number"), order_by_key=whole),
        st.builds(
            GroupBy,
            by,
            st.one_of(st.none(), keys),
            st.booleans(),
            flat=st.just(True),
            match_expr=st.one_of(st.none(), st.sampled_from(OF_GROUPS["bool"])),
            sort_expr=st.one_of(st.none(), st.sampled_from(OF_GROUPS["key"])),
        ),
    ]


def flattening() -> st.SearchStrategy[ViewStage]:
    """Groups by a value, and all of their samples again, perhaps through stages of each group."""
    inside = st.one_of(
        st.none(),
        st.lists(
            st.one_of(
                st.builds(Limit, st.integers(0, 2)),
                st.builds(Skip, st.integers(0, 2)),
                st.builds(Take, st.integers(0, 2), st.integers(0, 9)),
                st.builds(Shuffle, st.integers(0, 9)),
                st.builds(SortBy, st.just("score"), st.booleans()),
                st.builds(Match, st.builds(lambda: F("number") > 0)),
                st.builds(SetField, st.just("score"), st.builds(lambda: F("number") + 0.5)),
            ),
            max_size=2,
        ),
    )
    return st.builds(Flatten, inside)


def programs(ids: list[str]) -> st.SearchStrategy[list[ViewStage]]:
    plain = st.lists(stages(ids), min_size=1, max_size=4)
    by = st.sampled_from(["name", "number", "flag", "truth.label", "score"])
    grouped = st.builds(GroupBy, by, st.one_of(st.none(), st.just("score")), st.booleans())
    few = st.lists(stages(ids), max_size=2)
    flat = st.builds(
        lambda before, group, after, flatten, rest: [*before, group, *after, flatten, *rest],
        few, grouped, few, flattening(), few,
    )  # fmt: skip
    return st.one_of(plain, plain, flat)


ANY_PATHS = [path for paths in SAMPLE_PATHS.values() for path in paths]
NUMBER_PATHS = [*SAMPLE_PATHS["number"], *SAMPLE_PATHS["numbers"], "preds.detections.bounding_box"]
ORDERED_PATHS = [path for path in ANY_PATHS if path != "anything"]
DOCUMENT_PATHS = ["preds", "preds.detections", "truth", "metadata", "points.keypoints", "lines"]
VALUE_PATHS = [*ANY_PATHS, *DOCUMENT_PATHS, "points.keypoints.points", "lines.polylines.points"]


@st.composite
def aggregations(draw: st.DrawFn) -> Aggregation:
    safe = draw(st.booleans())
    number = st.one_of(
        st.sampled_from(NUMBER_PATHS),
        expressions("number", SAMPLE_PATHS, 2),
        expressions("numbers", SAMPLE_PATHS, 2),
    )
    plain = st.one_of(st.sampled_from(ANY_PATHS), expressions("texts", SAMPLE_PATHS, 2))
    ordered = st.one_of(st.sampled_from(ORDERED_PATHS), number)
    options = [
        st.builds(Count),
        st.builds(Count, st.sampled_from(VALUE_PATHS), safe=st.just(safe)),
        st.builds(CountValues, plain, safe=st.just(safe)),
        st.builds(Distinct, plain, safe=st.just(safe)),
        st.builds(Bounds, ordered, safe=st.just(safe)),
        st.builds(Min, ordered),
        st.builds(Max, ordered),
        st.builds(Sum, number, safe=st.just(safe)),
        st.builds(Mean, number, safe=st.just(safe)),
        st.builds(Std, number, sample=st.booleans(), safe=st.just(safe)),
        st.builds(Quantiles, number, st.just([0, 0.3, 1]), safe=st.just(safe)),
        st.builds(HistogramValues, number, bins=st.integers(1, 4)),
        st.builds(Values, st.one_of(st.sampled_from(VALUE_PATHS), number, plain)),
        st.builds(Values, st.sampled_from(ANY_PATHS), unwind=st.booleans()),
        st.builds(
            Mean, st.just("preds.detections[]"), expr=st.builds(lambda: F("bounding_box")[2])
        ),
        st.builds(Bounds, st.just("preds.detections.size"), expr=st.builds(lambda: F() * 2)),
    ]
    return draw(st.one_of(options))
