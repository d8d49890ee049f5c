"""Random expressions of functions by name, folds and sorts, on top of plain random expressions."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from hypothesis import strategies as st

from tests.contract.engines.programs import (
    LABEL_PATHS,
    expressions,
    finite,
    maybe,
    moments,
    whole,
    words,
)
from viewfinder.expr import VALUE, F, ViewExpression
from viewfinder.expr.functions import Random

_MATH = ["sin", "cos", "tan", "arcsin", "arccos", "arctan", "sinh", "cosh", "tanh", "arcsinh"]
_MATH += ["arccosh", "arctanh", "log10"]
_TIMES = ["year", "month", "week", "day_of_year", "day_of_month", "day_of_week", "hour", "minute"]
_TIMES += ["second", "millisecond"]
_KINDS = ["number", "text", "bool", "time", "numbers", "texts"]
small = st.integers(-3, 3)
spans = st.timedeltas(timedelta(days=-2), timedelta(days=2))
letters = st.sampled_from(["a", "o", "cat", "'", " ", "日", "%", "at"])


@st.composite
def functions(draw: st.DrawFn, kind: str, paths: dict[str, list[str]], depth: int) -> Any:
    """An expression of a kind: number, text, bool, time, numbers or texts."""
    if depth <= 0:
        return draw(expressions(kind, paths, 1))

    def sub(other: str) -> Any:
        return draw(functions(other, paths, depth - 1))

    makers = {
        "number": _number,
        "text": _text,
        "bool": _bool,
        "time": _time,
        "numbers": _numbers,
        "texts": _texts,
    }
    return makers[kind](draw, sub)


def any_function(paths: dict[str, list[str]]) -> st.SearchStrategy[ViewExpression]:
    """An expression of any kind."""
    kinds = st.tuples(st.sampled_from(_KINDS), st.integers(1, 3))
    return kinds.flatmap(lambda pair: functions(pair[0], paths, pair[1]))


def _pick(draw: Any, *makers: Any) -> Any:
    made = draw(st.sampled_from(makers))()
    return made() if callable(made) else made


def _number(draw: Any, sub: Any) -> Any:
    return _pick(
        draw,
        lambda: getattr(sub("number"), draw(st.sampled_from(_MATH))),
        lambda: sub("number").round(draw(small)),
        lambda: sub("number").trunc(draw(small)),
        lambda: sub("time") - sub("time"),
        lambda: abs(draw(moments) - sub("time")) / timedelta(hours=1),
        lambda: sub("number").log(draw(st.one_of(finite, whole))),
        lambda: getattr(sub("time"), draw(st.sampled_from(_TIMES))),
        lambda: sub(draw(st.sampled_from(_KINDS[:4]))).to_double(),
        lambda: sub("text").concat("1").to_int(),
        lambda: (1.0 * sub("number")).to_int().if_null(3),
        lambda: sub("numbers").std(sample=draw(st.booleans())),
        lambda: sub("numbers")[F("$number")],
        lambda: sub("numbers").filter((F() > -100) & (F() < 100)).reduce(VALUE * 0.5 + F()),
        lambda: sub("texts").reduce(VALUE + F().strlen().if_null(7), 1),
        lambda: sub("bool").switch({F(): sub("number"), ~F(): draw(finite)}),
        lambda: sub("text").cases(
            {draw(words): sub("number"), sub("text"): 1}, draw(maybe(finite))
        ),
        lambda: ViewExpression(Random(draw(st.integers(0, 9)))).round(6),
        lambda: F.enumerate(sub("texts"), draw(small)).map(F()[0]).sum(),
    )


def _text(draw: Any, sub: Any) -> Any:
    return _pick(
        draw,
        lambda: sub("text").concat(draw(letters), sub("text")),
        lambda: getattr(sub("text"), draw(st.sampled_from(["strip", "lstrip", "rstrip"])))(
            *draw(st.lists(letters, max_size=1))
        ),
        lambda: sub("text").replace(draw(letters), draw(words)),
        lambda: sub("text").substr(draw(maybe(small)), draw(maybe(small))),
        lambda: sub("text").substr(draw(maybe(small)), count=draw(st.integers(0, 3))),
        lambda: sub("texts").join(draw(letters)),
        lambda: F(draw(st.sampled_from(["$number", "$flag", "$day", "$moment"]))).to_string(),
        lambda: (sub("number") * 0.5).to_string().substr(0, 3),
        lambda: F(draw(st.sampled_from(["$anything", "$score", "$words", "$day"]))).type(),
        lambda: sub("texts").reduce(VALUE.concat("-", F().if_null("?")), draw(letters)),
        lambda: F.zip(sub("texts"), sub("numbers")).map(F()[0])[0],
    )


def _bool(draw: Any, sub: Any) -> Any:
    kind = draw(st.sampled_from(["numbers", "texts"]))
    tested = draw(st.sampled_from(["$anything", "$score", "$words", "$name"]))
    return _pick(
        draw,
        lambda: sub(draw(st.sampled_from(["number", "text", "time"]))).to_bool(),
        lambda: sub(kind).set_equals(sub(kind)),
        lambda: sub(kind).is_subset(sub(kind)),
        lambda: getattr(F(tested), draw(st.sampled_from(["is_number", "is_string", "is_array"]))),
        lambda: sub(kind[:-1]).is_in(sub(kind)),
        lambda: sub("number") > sub("number"),
        lambda: sub("text") == sub("text"),
        lambda: sub("time") <= sub("time"),
    )


def _time(draw: Any, sub: Any) -> Any:
    return _pick(
        draw,
        lambda: sub("time").to_date(),
        lambda: sub("number").round(2).to_date(),
        lambda: sub("time").to_string().to_date(),
        lambda: sub("time") + sub("number"),
        lambda: sub("time") - sub("number") * 1e5,
        lambda: draw(spans) + sub("time"),
        lambda: sub("time"),
    )


def _numbers(draw: Any, sub: Any) -> Any:
    other = st.lists(maybe(finite), max_size=3)
    return _pick(
        draw,
        lambda: sub("numbers").append(sub("number")),
        lambda: sub("numbers").prepend(draw(maybe(finite))),
        lambda: sub("numbers").insert(draw(small), draw(finite)),
        lambda: sub("numbers").extend(sub("numbers"), draw(other)),
        lambda: sub("numbers").union(draw(other)),
        lambda: sub("numbers").intersection(sub("numbers")),
        lambda: sub("numbers").difference(draw(other)),
        lambda: sub("numbers").sort(reverse=draw(st.booleans())),
        lambda: sub("texts").map(F().strlen()).sort(key=F() % 3, reverse=draw(st.booleans())),
        lambda: F.range(draw(small), F("$number")),
        lambda: sub("numbers")[F("$number") :],
        lambda: F.zip(sub("numbers"), sub("texts"), use_longest=True, defaults=[0, ""]).map(F()[0]),
        lambda: F("$preds.detections").sort("confidence").map(F("size") * 1.0),
        lambda: (
            F("$preds.detections").map(F().set_field("size", 2)).map(F("size") + F("confidence"))
        ),
    )


def _texts(draw: Any, sub: Any) -> Any:
    return _pick(
        draw,
        lambda: sub("text").split(draw(letters), draw(maybe(st.integers(0, 2)))),
        lambda: sub("text").rsplit(draw(letters), draw(maybe(st.integers(0, 2)))),
        lambda: sub("texts").sort(reverse=draw(st.booleans())),
        lambda: sub("texts").sort(key=F().strlen()),
        lambda: sub("texts").union(sub("texts")),
        lambda: sub("texts").difference(["cat"]),
        lambda: sub("texts").append(sub("text")),
        lambda: sub("texts").reduce(VALUE.append(F()), sub("texts").if_null(["x"])),
        lambda: sub("texts")[: F("$number")],
        lambda: F("$preds.detections").sort(F("confidence"), reverse=True).map(F("mood")),
    )


def label_function() -> st.SearchStrategy[ViewExpression]:
    """An expression of any kind that is seen from a label."""
    return any_function(LABEL_PATHS)
