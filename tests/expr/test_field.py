from __future__ import annotations

import numpy as np
import pytest

from viewfinder.errors import ExpressionError
from viewfinder.expr import F, ViewExpression, as_node
from viewfinder.expr import nodes as n


def test_an_expression_prints_as_it_was_written() -> None:
    sure = (F("confidence") > 0.9) & ~(F("label") == "cat")
    assert str(sure) == "((F('confidence') > 0.9) & ~(F('label') == 'cat'))"
    assert str(F("p").filter(F() > 1).length() > 2) == "(F('p').filter((F() > 1)).length() > 2)"
    assert str(F("$metadata.width") % 2) == "(F('$metadata.width') % 2)"
    assert str(F("box")[2] * F("box")[-1]) == "(F('box')[2] * F('box')[-1])"
    assert str(F("x").is_in(["a", 1])) == "F('x').is_in(['a', 1])"
    assert str(F("x")[1:]) == "F('x')[1:]"
    assert str(F()) == "F()"


def test_using_an_expression_never_changes_it() -> None:
    field = F("x")
    before = str(field)
    _ = field > 1, field.filter(F() > 0), field[0], ~field, field.map(F() * 2), -field
    assert str(field) == before
    assert field.node == n.Field("x")


def test_constants_may_stand_on_the_left() -> None:
    assert (1 + F("x")).node == n.Add(n.Literal(1), n.Field("x"))
    assert (1 - F("x")).node == n.Subtract(n.Literal(1), n.Field("x"))
    assert (np.float64(2) * F("x")).node == n.Multiply(n.Literal(2.0), n.Field("x"))
    assert (F("x") > 1).node == n.Greater(n.Field("x"), n.Literal(1))


def test_numpy_values_become_plain_constants() -> None:
    assert as_node(np.int64(3)) == n.Literal(3)
    assert as_node(np.array([1, 2])) == n.Literal((1, 2))
    assert F("x").is_in(np.array(["a"])).node == n.IsIn(n.Field("x"), (n.Literal("a"),))


def test_one_and_true_and_one_point_zero_are_different_constants() -> None:
    assert len({n.Literal(1), n.Literal(1.0), n.Literal(True)}) == 3
    assert n.Literal(float("nan")) == n.Literal(float("nan"))


@pytest.mark.parametrize(
    ("use", "advice"),
    [
        (lambda: (F("a") == 1) and (F("b") == 2), "& | ~"),
        (lambda: not F("a"), "& | ~"),
        (lambda: "x" in F("tags"), "is_in"),
        (lambda: list(F("tags")), "map"),
        (lambda: F("a")["b"], "path"),
        (lambda: F("a")[::2], "step"),
        (lambda: F("a") == object(), "can't be part"),
        (lambda: F("a") == 2**63, "64 bits"),
        (lambda: F("a").is_in("abc"), "list of values"),
        (lambda: F("a").round(1.5), "decimals"),  # type: ignore[arg-type]
        (lambda: F("a").contains_str([1]), "text"),  # type: ignore[list-item]
        (lambda: F("a").re_match("x", "q"), "options"),
        (lambda: F(3), "name of a field"),  # type: ignore[arg-type]
    ],
)
def test_what_means_nothing_says_what_to_write_instead(use: object, advice: str) -> None:
    assert callable(use)
    with pytest.raises(ExpressionError, match=advice.replace("|", r"\|")):
        use()


def test_any_and_all_take_lists_of_expressions_or_a_list_field() -> None:
    assert F.any([F("a"), F("b")]).node == n.Or(n.Field("a"), n.Field("b"))
    assert F.all([F("a"), F("b")]).node == n.And(n.Field("a"), n.Field("b"))
    assert F.any([]).node == n.Literal(value=False)
    assert F("flags").any().node == n.AnyOf(n.Field("flags"))
    assert isinstance(F("flags").all(), ViewExpression)


def test_apply_on_a_path_with_brackets_goes_into_the_list() -> None:
    assert F("p.detections[]").apply(F("x")).node == n.Map(n.Field("p.detections[]"), n.Field("x"))
    assert F("p").apply(F("x")).node == n.Apply(n.Field("p"), n.Field("x"))
