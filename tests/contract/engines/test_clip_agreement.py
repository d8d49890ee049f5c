"""Clips of random videos, and random programs after them, are the same in both engines."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any, cast

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from tests.contract.engines.agreement import answers, plan_of, same
from tests.contract.engines.frame_programs import (
    BOX_PATHS,
    FRAME_PATHS,
    frame_aggregations,
    frame_programs,
    videos,
)
from tests.contract.engines.programs import conditions
from viewfinder.engine.base import Engine
from viewfinder.engine.duckdb import DuckDBEngine
from viewfinder.engine.python import PythonEngine
from viewfinder.errors import ExpressionError, FieldNotFoundError
from viewfinder.expr import plan_schema
from viewfinder.samples import SampleCollection
from viewfinder.samples.frame_handle import FrameHandle
from viewfinder.samples.frame_rows import frame_rows
from viewfinder.stages import (
    FilterLabels,
    Limit,
    MatchFrames,
    SortBy,
    ToClips,
    ViewStage,
)

_ORACLE = PythonEngine()
_SETTINGS = settings(phases=[Phase.generate], suppress_health_check=list(HealthCheck))
OBJECTS = "frames.objects"


@pytest.fixture(scope="module")
def engine() -> DuckDBEngine:
    return DuckDBEngine(threads=1)


class Frames(FrameHandle):
    """The frames of the videos, asked of one engine."""

    @property
    def engine(self) -> Engine:
        return self.whole.engine


class View(SampleCollection[Any]):
    """A view of videos in memory, asked of one engine."""

    def __init__(self, engine: Engine, snapshot: Any, stages: Any) -> None:
        held: Any = SimpleNamespace(
            engine=engine,
            catalog=None,
            entry=None,
            frames=None,
            snapshot=lambda: snapshot,
            schema=lambda: snapshot.schema,
        )
        held.target = held
        held.frames = Frames(held)
        super().__init__(held, tuple(stages))

    @property
    def root(self) -> Any:
        return self

    def planned_stages(self) -> Any:
        return self.stages

    @property
    def label(self) -> str:
        return "the videos"

    def base_plan(self) -> Any:
        return plan_of([], self.snapshot())


@st.composite
def followed_videos(draw: st.DrawFn) -> Any:
    """Videos whose objects have an index, so that they can be followed."""
    snapshot: Any = draw(videos())
    snapshot.info, snapshot.version = {}, 1
    snapshot.frames.info, snapshot.frames.version = {}, 1
    return snapshot


@st.composite
def makers(draw: st.DrawFn, num_videos: int) -> ViewStage:
    """Stages that make clips."""
    tol, min_len = draw(st.integers(0, 2)), draw(st.integers(0, 2))
    support = st.tuples(st.integers(1, 6), st.integers(1, 6))
    given = st.lists(support, max_size=3)
    options: list[st.SearchStrategy[Any]] = [
        st.just(OBJECTS),
        st.just("frames.kind"),
        conditions(FRAME_PATHS),
        st.lists(given, min_size=num_videos, max_size=num_videos),
    ]
    return ToClips(draw(st.one_of(options)), draw(st.booleans()), tol, min_len)


@st.composite
def cases(draw: st.DrawFn) -> Any:
    snapshot: Any = draw(followed_videos())
    before = draw(
        st.lists(
            st.one_of(
                st.builds(FilterLabels, st.just(OBJECTS), conditions(BOX_PATHS), st.booleans()),
                st.builds(MatchFrames, conditions(FRAME_PATHS), st.booleans()),
                st.builds(SortBy, st.sampled_from(["filepath", "number"]), st.booleans()),
                st.builds(Limit, st.integers(1, 3)),
            ),
            max_size=2,
        )
    )
    maker = draw(makers(len(snapshot.rows)))
    after = draw(frame_programs(snapshot))
    asked = draw(st.lists(frame_aggregations(), min_size=1, max_size=3))
    return snapshot, before, maker, after, asked


def told(engine: Engine, case: Any) -> list[Any]:
    """What an engine says of clips, of their frames, and of a program after them."""
    snapshot, before, maker, after, asked = case
    try:
        plan = plan_of(before, snapshot)
        maker.validate(plan_schema(plan, snapshot.schema))
        made = frame_rows(cast("Any", View(engine, snapshot, before)), maker)
        frames = made.frames
    except (ExpressionError, FieldNotFoundError) as error:
        return [type(error).__name__]
    shown = frames.table("samples").base.drop_columns(["last_modified_at", "created_at"])
    plain: Any = made
    return [
        made.table("samples").base.column("support").to_pylist(),
        made.sources.tolist(),
        shown.to_pydict(),
        frames.sources.tolist(),
        [frames.table(name).base["id"].to_pylist() for name in frames.schema.label_fields],
        answers(engine, after, asked, plain),
    ]


@settings(_SETTINGS, max_examples=120)
@given(case=cases())
def test_programs_after_clips_have_the_same_answers(engine: DuckDBEngine, case: Any) -> None:
    mine, wanted = told(engine, case), told(_ORACLE, case)
    assert same(mine, wanted), (list(map(str, [*case[1], case[2], *case[3]])), case[4])
