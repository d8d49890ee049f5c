"""Random functions over random samples and labels: DuckDB and the oracle give the same values."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, find, given, settings
from hypothesis import strategies as st

from tests.contract.engines.agreement import answers, same
from tests.contract.engines.function_programs import any_function, functions, label_function
from tests.contract.engines.programs import SAMPLE_PATHS, snapshots
from tests.contract.engines.test_agreement import rich_snapshot
from viewfinder.engine.duckdb import DuckDBEngine
from viewfinder.engine.duckdb.functions import CALLS
from viewfinder.engine.python import PythonEngine
from viewfinder.expr import (
    Bounds,
    Count,
    CountValues,
    Distinct,
    F,
    Mean,
    Values,
    from_json,
    to_json,
)
from viewfinder.stages import FilterLabels, Match, SortBy, ViewStage

_ORACLE = PythonEngine()
_SETTINGS = settings(phases=[Phase.generate], suppress_health_check=list(HealthCheck))


@pytest.fixture(scope="module")
def engine() -> DuckDBEngine:
    return DuckDBEngine(threads=1)


def agree(engine: DuckDBEngine, asked: list[Any], snapshot: Any, stages: list[ViewStage]) -> bool:
    mine = answers(engine, stages, asked, snapshot)
    return same(mine, answers(_ORACLE, stages, asked, snapshot))


@settings(_SETTINGS, max_examples=120)
@given(snapshot=snapshots(), expression=any_function(SAMPLE_PATHS), chosen=st.booleans())
def test_functions_of_samples_have_the_same_values(
    engine: DuckDBEngine, snapshot: Any, expression: Any, chosen: bool
) -> None:
    asked = [Values(expression), Count(expression), CountValues(expression), Distinct(expression)]
    stages: list[ViewStage] = [Match(expression)] if chosen else []
    mine = answers(engine, stages, asked, snapshot)
    wanted = answers(_ORACLE, stages, asked, snapshot)
    assert same(mine, wanted), (str(expression), mine, wanted)


@settings(_SETTINGS, max_examples=80)
@given(snapshot=snapshots(), expression=label_function())
def test_functions_of_labels_have_the_same_values(
    engine: DuckDBEngine, snapshot: Any, expression: Any
) -> None:
    labels = F("preds.detections")
    asked = [Values(labels.map(expression)), Count(labels.filter(expression))]
    mine = answers(engine, [], asked, snapshot)
    wanted = answers(_ORACLE, [], asked, snapshot)
    assert same(mine, wanted), (str(expression), mine, wanted)


@settings(_SETTINGS, max_examples=40)
@given(
    snapshot=snapshots(),
    condition=label_function(),
    key=functions("text", SAMPLE_PATHS, 2),
    numbers=functions("numbers", SAMPLE_PATHS, 2),
)
def test_functions_choose_labels_and_sort_samples_alike(
    engine: DuckDBEngine, snapshot: Any, condition: Any, key: Any, numbers: Any
) -> None:
    stages: list[ViewStage] = [FilterLabels("preds", condition, only_matches=False), SortBy(key)]
    asked = [Values("preds.detections.label"), Mean(numbers), Bounds(key)]
    mine = answers(engine, stages, asked, snapshot)
    wanted = answers(_ORACLE, stages, asked, snapshot)
    assert same(mine, wanted), (list(map(str, stages)), asked, mine, wanted)


@settings(_SETTINGS)
@given(expression=any_function(SAMPLE_PATHS))
def test_a_function_means_the_same_after_a_journey_as_json(expression: Any) -> None:
    assert from_json(json.loads(json.dumps(to_json(expression)))) == expression.node


FAULTS: dict[str, tuple[dict[str, Any], str, Any]] = {
    "rounding is truncating": (CALLS, "round", CALLS["trunc"]),
    "a difference is a union": (CALLS, "difference", CALLS["union"]),
    "a subset is an equal set": (CALLS, "is_subset", CALLS["set_equals"]),
}


@pytest.mark.parametrize("fault", FAULTS)
def test_a_fault_planted_in_a_function_is_found(
    engine: DuckDBEngine, fault: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    table, name, wrong = FAULTS[fault]
    monkeypatch.setitem(table, name, wrong)
    snapshot = rich_snapshot()
    questions = any_function(SAMPLE_PATHS).map(lambda expression: [Values(expression)])
    patient = settings(_SETTINGS, max_examples=4000)
    # Raises NoSuchExample where the fault stays hidden.
    find(questions, lambda asked: not agree(engine, asked, snapshot, []), settings=patient)
