from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, find, given, settings
from hypothesis import strategies as st

from tests.contract.engines.agreement import answers, same
from tests.contract.engines.programs import (
    FIELDS,
    SAMPLE_PATHS,
    aggregations,
    expressions,
    programs,
    snapshots,
)
from tests.engine.memory_snapshot import MemorySnapshot
from viewfinder.engine.duckdb import DuckDBEngine, comparisons, lists
from viewfinder.engine.duckdb.scalars import SCALARS
from viewfinder.engine.duckdb.sql import Sql
from viewfinder.engine.python import PythonEngine
from viewfinder.expr import Values, from_json, to_json
from viewfinder.expr import nodes as n
from viewfinder.expr.types import BOOL
from viewfinder.labels import Classification, Detection, Detections
from viewfinder.stages import stage_from_json

_ORACLE = PythonEngine()

# Programs are large: to make a failing one small takes minutes. Add Phase.shrink to have it done.
_SETTINGS = settings(phases=[Phase.generate], suppress_health_check=list(HealthCheck))


@pytest.fixture(scope="module")
def engine() -> DuckDBEngine:
    return DuckDBEngine(threads=1)


def rich_snapshot() -> MemorySnapshot:
    """Equal, different and missing values of the kinds that programs look at."""
    boxes = [
        Detection(label="cat", confidence=0.5, size=1, sure=True, mixed=1, mood="cat"),
        Detection(label="dog", confidence=1.0, size=-2, sure=False, mixed="cat", mood=""),
        Detection(),
    ]
    rows: list[dict[str, Any]] = [
        {"preds": Detections(boxes), "score": 0.5, "number": 1, "name": "cat", "flag": True},
        {"preds": Detections(), "score": 1.0, "number": -2, "scores": [0.5, 1.0], "words": ["cat"]},
        {"truth": Classification(label="cat", confidence=0.5), "score": float("nan"), "name": ""},
        {"truth": Classification(), "number": 0, "score": -2.5, "flag": False, "scores": [None]},
    ]
    return MemorySnapshot(FIELDS, rows)


@st.composite
def cases(draw: st.DrawFn) -> tuple[Any, Any, Any]:
    snapshot = draw(snapshots())
    stages = draw(programs([row["id"] for row in snapshot.rows]))
    return snapshot, stages, draw(st.lists(aggregations(), min_size=1, max_size=3))


def _sql_not_equal(_: Any, one: Sql, other: Sql) -> Sql:
    return Sql(f"({one.text} <> {other.text})", BOOL)


def agree(engine: DuckDBEngine, case: tuple[Any, Any, Any]) -> bool:
    snapshot, stages, asked = case
    return same(answers(engine, stages, asked, snapshot), answers(_ORACLE, stages, asked, snapshot))


@settings(_SETTINGS, max_examples=150)
@given(case=cases())
def test_random_programs_have_the_same_answers_in_duckdb_and_in_the_oracle(
    engine: DuckDBEngine, case: tuple[Any, Any, Any]
) -> None:
    snapshot, stages, asked = case
    mine = answers(engine, stages, asked, snapshot)
    wanted = answers(_ORACLE, stages, asked, snapshot)
    assert same(mine, wanted), (list(map(str, stages)), asked, mine, wanted)


@settings(_SETTINGS)
@given(case=cases())
def test_a_program_means_the_same_after_a_journey_as_json(case: tuple[Any, Any, Any]) -> None:
    _, stages, asked = case
    for stage in stages:
        assert stage_from_json(json.loads(json.dumps(stage.to_json()))) == stage
    for aggregation in asked:
        assert from_json(json.loads(json.dumps(to_json(aggregation)))) == aggregation


def _count_all(_: Any) -> tuple[str, str]:
    return "count(*) + 1", "0"


FAULTS: dict[str, tuple[dict[Any, Any], Any, Any]] = {
    "greater than takes equal in": (
        comparisons.COMPARISONS,
        n.Greater,
        comparisons.COMPARISONS[n.GreaterEqual],
    ),
    "a condition's nulls are kept by not": (comparisons.COMPARISONS, n.NotEqual, _sql_not_equal),
    "subtraction adds": (SCALARS, n.Subtract, SCALARS[n.Add]),
    "a list is one longer": (lists.AGGREGATES, n.Length, (_count_all, None)),
}


@pytest.mark.parametrize("fault", FAULTS)
def test_a_fault_planted_in_the_compiler_is_found(
    engine: DuckDBEngine, fault: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    table, node, wrong = FAULTS[fault]
    right = table[node]
    monkeypatch.setitem(table, node, (wrong[0], right[1]) if isinstance(wrong, tuple) else wrong)
    snapshot = rich_snapshot()
    questions = st.one_of(*(expressions(kind, SAMPLE_PATHS, 2) for kind in ("bool", "number"))).map(
        lambda expression: [Values(expression)]
    )
    patient = settings(_SETTINGS, max_examples=2000)
    # Raises NoSuchExample where the fault stays hidden.
    find(questions, lambda asked: not agree(engine, (snapshot, [], asked)), settings=patient)
