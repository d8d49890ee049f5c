"""Plain values as tags and back."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from viewfinder.cvat import wire
from viewfinder.cvat.scalars import (
    Scalar,
    ScalarReading,
    new_scalar_classes,
    scalar_reading,
    scalar_tag,
)
from viewfinder.cvat.tools import AttributeTool, Holds, ServerClasses, ToolType, text_of
from viewfinder.errors import LabelError


def scalar(holds: Holds | None = None, type_: ToolType = "text", *classes: Any) -> Scalar:
    return Scalar("weather", AttributeTool("weather", type_, holds=holds), classes)


def server(plan: Scalar) -> ServerClasses:
    """The classes as a server would number them."""
    return ServerClasses(
        [
            wire.Label(
                id=number,
                name=made.name,
                attributes=[wire.AttributeSpec(id=10, name=item.name) for item in made.attributes],
            )
            for number, made in enumerate(new_scalar_classes(plan), start=1)
        ]
    )


def tag(value: Any, number: int | None = 5, plan: Scalar | None = None) -> wire.Tag:
    plan = plan or scalar()
    found = scalar_tag(value, 3, plan, server(plan).by_name)
    assert found is not None
    return msgspec.structs.replace(found, id=number)


def read(
    plan: Scalar, previous: Any, sent: wire.Tag | None, *came: wire.Tag
) -> ScalarReading | None:
    return scalar_reading(previous, sent, came, plan, server(plan).by_id)


def test_a_field_without_classes_is_a_class_with_a_value() -> None:
    (made,) = new_scalar_classes(scalar(type_="checkbox"))
    assert (made.name, made.attributes[0].name, made.attributes[0].values) == (
        "weather", "value", ["true", "false"]
    )  # fmt: skip
    assert tag(2.5).attributes == [wire.AttributeValue(spec_id=10, value="2.5")]
    assert scalar_tag(None, 3, scalar(), server(scalar()).by_name) is None


def test_a_field_with_classes_has_one_for_each_value() -> None:
    plan = scalar("int", "text", 1, 20)
    assert [made.name for made in new_scalar_classes(plan)] == ["1", "20"]
    assert (tag(20, plan=plan).label_id, tag(20, plan=plan).attributes) == (2, [])
    assert scalar_tag(3, 0, plan, server(plan).by_name) is None
    renamed = Scalar("weather", plan.tool, (1,), {"1": "1_weather"})
    assert renamed.class_name(1) == "1_weather"


@pytest.mark.parametrize(
    ("holds", "before", "text", "after"),
    [
        ("str", "sunny", "007", "007"),
        ("str", None, "7", "7"),
        ("int", 4, "5", 5),
        ("float", 4.5, "2", 2.0),
        ("float", None, "1e-3", 0.001),
        ("bool", True, "false", False),
        (None, None, "sunny", "sunny"),
        (None, None, "7", 7),
    ],
)
def test_an_edited_value_keeps_its_type(
    holds: Holds | None, before: Any, text: str, after: Any
) -> None:
    plan = scalar(holds)
    sent = None if before is None else tag(before)
    found = read(plan, before, sent, tag(text, 5))
    assert found is not None
    assert (found.value, type(found.value)) == (after, type(after))


@pytest.mark.parametrize(
    ("holds", "text"), [("int", "2.5"), ("int", "true"), ("float", "x"), ("bool", "1")]
)
def test_a_value_that_does_not_fit_is_an_error(holds: Holds, text: str) -> None:
    with pytest.raises(LabelError, match=f"field of {holds}"):
        read(scalar(holds), None, None, tag(text))


def test_values_that_come_and_go() -> None:
    plan = scalar("str")
    assert read(plan, None, None) is None
    assert read(plan, "a", tag("a"), tag("a")) is None
    assert read(plan, "a", tag("a")) == ScalarReading(None, None)
    assert read(plan, "a", tag("a"), tag("a", 9)) == ScalarReading("a", tag("a", 9))
    # An empty value is none.
    blank = msgspec.structs.replace(tag("a"), attributes=[])
    assert read(plan, "a", tag("a"), blank) == ScalarReading(None, None)


def test_a_new_tag_beside_the_old_one_is_meant() -> None:
    plan = scalar("str")
    assert read(plan, "a", tag("a"), tag("a"), tag("b", 6)) == ScalarReading("b", tag("b", 6))
    found = read(plan, "a", tag("a"), tag("c", 7), tag("a"), tag("b", 6))
    assert found is not None
    assert (found.value, found.note) == (
        "c", "Several tags give frame 3 a value; the newest counts: 'c'."
    )  # fmt: skip


def test_a_class_is_a_value() -> None:
    plan = scalar("int", "text", 1, 20)
    found = read(plan, 1, tag(1, plan=plan), tag(20, 6, plan))
    assert found == ScalarReading(20, tag(20, 6, plan))
    foreign = wire.Tag(frame=3, label_id=77, id=8)
    assert read(plan, None, None, foreign) is None


VALUES: dict[Holds, st.SearchStrategy[Any]] = {
    "str": st.text(st.characters(exclude_categories=["Cs"]), min_size=1),
    "int": st.integers(-(2**53), 2**53),
    "float": st.floats(allow_nan=False, allow_infinity=False),
    "bool": st.booleans(),
}


@given(st.data())
def test_any_value_comes_back_as_it_went(data: st.DataObject) -> None:
    holds = data.draw(st.sampled_from(sorted(VALUES)))
    value = data.draw(VALUES[holds])
    sent = tag(value)
    came = msgspec.json.decode(wire.encode(sent), type=wire.Tag)
    assert read(scalar(holds), value, sent, came) is None
    fresh = read(scalar(holds), None, None, came)
    assert fresh is not None
    assert text_of(fresh.value) == text_of(value)
