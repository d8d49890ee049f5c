from __future__ import annotations

from typing import Any

import pytest

from viewfinder.cvat.tools import LABEL_ID, AttributeTool, new_class, text_of, value_of

TEXT = AttributeTool("t")


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (True, "true"),
        (False, "false"),
        (None, ""),
        (5, "5"),
        (0.1, "0.1"),
        ("007", "007"),
        (["a", "b"], '["a", "b"]'),
        ({"é": 1}, '{"é": 1}'),
    ],
)
def test_values_as_text(value: Any, text: str) -> None:
    assert text_of(value) == text


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("1", 1),
        ("-3", -3),
        ("0", 0),
        ("1.5", 1.5),
        ("", None),
        # What would not be written back as it was typed stays text.
        ("007", "007"),
        ("1_000", "1_000"),
        ("-0", "-0"),
        ("nan", "nan"),
        ("None", "None"),
        ("1.50", "1.50"),
        ("--5", "--5"),
        ("٣", "٣"),
        ("True", "True"),
        ("true", "true"),
        (" 1", " 1"),
    ],
)
def test_text_without_a_past(text: str, value: Any) -> None:
    read = value_of(text, TEXT)
    assert read == value
    assert type(read) is type(value)


@pytest.mark.parametrize(
    ("text", "previous", "value"),
    [
        ("5", "4", "5"),
        ("5", 4.0, 5.0),
        ("x", 4.0, "x"),
        ("5", 4, 5),
        ("true", False, True),
        ("maybe", False, "maybe"),
        ('["b"]', ["a"], ["b"]),
        ("b, c", ["a"], "b, c"),
        ('{"a": 2}', {"a": 1}, {"a": 2}),
        ("", "x", None),
    ],
)
def test_text_keeps_the_type_that_was_there(text: str, previous: Any, value: Any) -> None:
    read = value_of(text, TEXT, previous)
    assert read == value
    assert type(read) is type(value)


def test_text_takes_the_type_of_the_field() -> None:
    assert value_of("5", AttributeTool("t", holds="str")) == "5"
    assert isinstance(value_of("5", AttributeTool("t", holds="float")), float)
    assert value_of("true", AttributeTool("t", holds="bool")) is True


def test_a_choice_is_the_value_that_was_offered() -> None:
    tool = AttributeTool("size", "select", values=(1, "2", 2.5, True))
    assert [value_of(text, tool) for text in ("1", "2", "2.5", "true")] == [1, "2", 2.5, True]


def test_a_checkbox_is_true_or_false() -> None:
    tool = AttributeTool("c", "checkbox")
    assert (value_of("true", tool), value_of("false", tool)) == (True, False)


def test_a_class_with_all_kinds_of_attributes() -> None:
    tools = [
        AttributeTool("mood", "select", values=("calm", "wild"), default="calm"),
        AttributeTool("ok", "checkbox"),
        AttributeTool("note"),
        AttributeTool("hidden", "occluded"),
        AttributeTool("family", "group_id"),
        AttributeTool("side", "radio", values=(1, 2), mutable=False),
    ]
    made = new_class("cat", tools)
    assert [(a.name, a.input_type, a.values, a.default_value) for a in made.attributes] == [
        ("mood", "select", ["calm", "wild"], "calm"),
        ("ok", "checkbox", ["true", "false"], "false"),
        ("note", "text", [], ""),
        ("side", "radio", ["1", "2"], ""),
        (LABEL_ID, "text", [], ""),
    ]
    assert [a.mutable for a in made.attributes] == [True, True, True, False, True]
