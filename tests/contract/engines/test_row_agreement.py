"""Rows that stages make are the same ones, whichever engine looks at the view below."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from tests.contract.engines.agreement import answers, plan_of, same
from tests.contract.engines.programs import programs, snapshots
from viewfinder.engine.base import Engine
from viewfinder.engine.duckdb import DuckDBEngine
from viewfinder.engine.python import PythonEngine
from viewfinder.errors import ExpressionError, FieldNotFoundError
from viewfinder.expr import F, plan_schema
from viewfinder.samples.making_rows import patch_rows
from viewfinder.samples.row_tables import ViewRows
from viewfinder.stages import FilterLabels, SortBy, ToPatches

_SETTINGS = settings(phases=[Phase.generate], suppress_health_check=list(HealthCheck))
AFTER = [FilterLabels("preds", F("label") == "cat"), SortBy("filepath")]


@pytest.fixture(scope="module")
def engine() -> DuckDBEngine:
    return DuckDBEngine(threads=1)


@st.composite
def cases(draw: st.DrawFn) -> tuple[Any, Any]:
    snapshot: Any = draw(snapshots())
    # What stored snapshots have, too.
    snapshot.info, snapshot.version = {}, 1
    stages = draw(programs([row["id"] for row in snapshot.rows]))
    return snapshot, stages


def patches(engine: Engine, case: tuple[Any, Any]) -> list[Any]:
    """What an engine says of the patches of a view, and of a view of those."""
    snapshot, stages = case
    try:
        plan = plan_of(stages, snapshot)
        schema = plan_schema(plan, snapshot.schema)
        stage = ToPatches("preds", keep_label_lists=True)
        stage.validate(schema)
        made = patch_rows(ViewRows.of(engine, plan, snapshot, schema), stage)
    except (ExpressionError, FieldNotFoundError) as error:
        return [type(error).__name__]
    found = [made.table("samples").base.to_pydict(), made.sources.tolist()]
    return [*found, answers(engine, AFTER, [], made)]


@given(case=cases())
@_SETTINGS
def test_patches_of_any_view_are_the_same_in_both_engines(engine: DuckDBEngine, case: Any) -> None:
    assert same(patches(engine, case), patches(PythonEngine(), case))
