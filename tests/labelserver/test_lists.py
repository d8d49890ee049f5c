from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from tests.labelserver.conftest import Asker

NAMES = ["alpha", "beta", "gamma", "alpha two"]


@pytest.fixture
def tasks(ask: Asker) -> dict[int, str]:
    body = {"labels": [{"name": "a"}]}
    ids = {}
    for name in NAMES:
        subset = "train" if "a t" in name else ""
        made = ask("POST", "/api/tasks", json=body | {"name": name, "subset": subset})
        ids[made.json()["id"]] = name
    return ids


def _found(ask: Asker, tasks: dict[int, str], **query: str) -> list[str]:
    answer = ask("GET", "/api/tasks", params=query)
    assert answer.status_code == 200, answer.text
    return [tasks[task["id"]] for task in answer.json()["results"]]


@pytest.mark.parametrize(
    ("logic", "expected"),
    [
        ({"==": [{"var": "name"}, "beta"]}, ["beta"]),
        ({"!": {"==": [{"var": "name"}, "beta"]}}, ["alpha two", "gamma", "alpha"]),
        ({"!": [{"==": [{"var": "name"}, "beta"]}]}, ["alpha two", "gamma", "alpha"]),
        ({"in": ["PHA", {"var": "name"}]}, ["alpha two", "alpha"]),
        ({"in": [{"var": "name"}, ["beta", "gamma"]]}, ["gamma", "beta"]),
        ({"in": [{"var": "name"}, []]}, []),
        ({"and": [{"in": ["a", {"var": "name"}]}, {"==": [{"var": "subset"}, "train"]}]},
         ["alpha two"]),
        ({"or": [{"==": [{"var": "name"}, "beta"]}, {"==": [{"var": "subset"}, "train"]}]},
         ["alpha two", "beta"]),
        ({"and": []}, ["alpha two", "gamma", "beta", "alpha"]),
        ({"or": []}, []),
        ({"==": [{"var": "owner"}, "admin"]}, ["alpha two", "gamma", "beta", "alpha"]),
        ({"var": "assignee"}, []),
        ({"==": [{"var": "status"}, "annotation"]}, ["alpha two", "gamma", "beta", "alpha"]),
    ],
)  # fmt: skip
def test_json_logic(
    ask: Asker, tasks: dict[int, str], logic: dict[str, Any], expected: list[str]
) -> None:
    assert _found(ask, tasks, filter=json.dumps(logic)) == expected


def test_json_logic_between(ask: Asker, tasks: dict[int, str]) -> None:
    first, second, third, _ = sorted(tasks)
    logic = {"<=": [second, {"var": "id"}, third]}
    assert _found(ask, tasks, filter=json.dumps(logic)) == ["gamma", "beta"]
    assert _found(ask, tasks, filter=json.dumps({"<": [{"var": "id"}, second]})) == ["alpha"]
    assert first < second


@pytest.mark.parametrize(
    "text",
    [
        "nonsense",
        "[]",
        "3",
        '{"a": 1, "b": 2}',
        '{"==": [{"var": "password_hash"}, "x"]}',
        '{"like": [{"var": "name"}, "x"]}',
        '{"==": [{"var": "id"}, "x"]}',
        '{"==": [1]}',
        '{"!=": [1, {"var": "id"}, 2]}',
        "[" * 5000,
        '{"!":' * 200 + '{"var": "id"}' + "}" * 200,
    ],
)
def test_filters_that_mean_nothing(ask: Asker, text: str) -> None:
    assert ask("GET", "/api/tasks", params={"filter": text}).status_code == 400


def test_search_looks_for_every_word(ask: Asker, tasks: dict[int, str]) -> None:
    assert _found(ask, tasks, search="alpha") == ["alpha two", "alpha"]
    assert _found(ask, tasks, search="TWO alpha") == ["alpha two"]
    assert _found(ask, tasks, search="%") == []
    assert _found(ask, tasks, search="'; DROP TABLE tasks; --") == []
    assert len(_found(ask, tasks)) == 4


def test_order(ask: Asker, tasks: dict[int, str]) -> None:
    assert _found(ask, tasks, sort="name") == ["alpha", "alpha two", "beta", "gamma"]
    assert _found(ask, tasks, sort="-subset,name") == ["alpha two", "alpha", "beta", "gamma"]


def test_pages(ask: Asker, tasks: dict[int, str]) -> None:
    first = ask("GET", "/api/tasks?page_size=3&sort=id").json()
    assert first["count"] == 4
    assert first["previous"] is None
    assert first["next"] == "http://127.0.0.1:8080/api/tasks?page=2&page_size=3&sort=id"
    second = ask("GET", first["next"].removeprefix("http://127.0.0.1:8080")).json()
    assert second["next"] is None
    assert second["previous"] == "http://127.0.0.1:8080/api/tasks?page_size=3&sort=id"
    assert [tasks[task["id"]] for task in second["results"]] == ["alpha two"]
    for page in ("0", "-1", "x", "3", "99999999999999999999"):
        assert ask("GET", f"/api/tasks?page={page}&page_size=3").status_code == 404, page
