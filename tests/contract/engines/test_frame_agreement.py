"""Random programs over frames of videos have the same answers in DuckDB and in the oracle."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, find, given, settings
from hypothesis import strategies as st

from tests.contract.engines.agreement import answers, plan_of, same
from tests.contract.engines.frame_programs import frame_aggregations, frame_programs, videos
from viewfinder.engine.base import Engine
from viewfinder.engine.duckdb import DuckDBEngine, changes, relations
from viewfinder.engine.duckdb.frames import LabelState
from viewfinder.engine.python import PythonEngine
from viewfinder.errors import ExpressionError, FieldNotFoundError
from viewfinder.expr import Values
from viewfinder.samples.frame_plans import frame_plan
from viewfinder.schema import VIDEO_OF_FRAME
from viewfinder.stages import stage_from_json

_ORACLE = PythonEngine()
_SETTINGS = settings(phases=[Phase.generate], suppress_health_check=list(HealthCheck))


@pytest.fixture(scope="module")
def engine() -> DuckDBEngine:
    return DuckDBEngine(threads=1)


@st.composite
def cases(draw: st.DrawFn) -> tuple[Any, Any, Any]:
    snapshot = draw(videos())
    stages = draw(frame_programs(snapshot))
    return snapshot, stages, draw(st.lists(frame_aggregations(), min_size=1, max_size=3))


def rows_of_frames(engine: Engine, stages: Any, snapshot: Any) -> Any:
    """The frames that a view shows, as a plan over frames gives them: by video, with labels."""
    try:
        plan = plan_of(stages, snapshot)
        shown = set(engine.seqs(plan, snapshot).tolist())
        inside = frame_plan(plan, engine, snapshot)
        found = {}
        for batch in engine.batches(inside, snapshot.frames, batch_size=2):
            samples = batch.samples.to_pydict()
            labels = batch.label_rows("objects") if "objects" in batch.schema else None
            for at, video in enumerate(samples[VIDEO_OF_FRAME]):
                if video in shown:
                    ids: Any = None
                    if labels is not None:
                        first, last = labels.offsets[at : at + 2]
                        ids = labels.table["id"].to_pylist()[first:last]
                    found[samples["id"][at].hex()] = (ids, samples.get("speed", [None] * 99)[at])
    except (ExpressionError, FieldNotFoundError) as error:
        return type(error).__name__
    return sorted(found.items())


@settings(_SETTINGS, max_examples=120)
@given(case=cases())
def test_random_programs_over_frames_have_the_same_answers(
    engine: DuckDBEngine, case: tuple[Any, Any, Any]
) -> None:
    snapshot, stages, asked = case
    mine = answers(engine, stages, asked, snapshot)
    wanted = answers(_ORACLE, stages, asked, snapshot)
    assert same(mine, wanted), (list(map(str, stages)), asked, mine, wanted)


@settings(_SETTINGS, max_examples=80)
@given(case=cases())
def test_frames_are_read_as_rows_as_they_are_counted(
    engine: DuckDBEngine, case: tuple[Any, Any, Any]
) -> None:
    snapshot, stages, _ = case
    mine = rows_of_frames(engine, stages, snapshot)
    assert same(mine, rows_of_frames(_ORACLE, stages, snapshot)), list(map(str, stages))
    if not isinstance(mine, str):
        (ids,) = engine.aggregate(plan_of(stages, snapshot), [Values("frames.id")], snapshot)
        assert [key for key, _ in mine] == sorted(i for some in ids for i in some)


@settings(_SETTINGS, max_examples=40)
@given(case=cases())
def test_a_program_over_frames_means_the_same_after_a_journey_as_json(case: Any) -> None:
    for stage in case[1]:
        assert stage_from_json(json.loads(json.dumps(stage.to_json()))) == stage


def _nothing(state: Any, *_: Any) -> Any:
    return state


@pytest.mark.parametrize("fault", ["values stay as they were", "all labels are left"])
def test_a_fault_planted_in_what_happens_to_frames_is_found(
    engine: DuckDBEngine, fault: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    if fault == "values stay as they were":
        monkeypatch.setattr(relations, "after_change", _nothing)
        monkeypatch.setattr(changes, "after_change", _nothing)
    else:
        monkeypatch.setattr(LabelState, "with_table", _nothing)
    patient = settings(_SETTINGS, max_examples=400)

    def hidden(case: Any) -> bool:
        snapshot, stages, asked = case
        return same(
            answers(engine, stages, asked, snapshot), answers(_ORACLE, stages, asked, snapshot)
        )

    # Raises NoSuchExample where the fault stays hidden.
    find(cases(), lambda case: not hidden(case), settings=patient)
