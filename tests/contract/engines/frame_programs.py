"""Random videos, and random programs over their frames: with nulls, empty lists, missing frames."""

from __future__ import annotations

from typing import Any

from hypothesis import strategies as st

from tests.contract.engines.programs import (
    FIELDS,
    LABEL_PATHS,
    SAMPLE_PATHS,
    conditions,
    detections,
    expressions,
    maybe,
    numbers,
    samples,
    stages,
    whole,
    words,
)
from tests.engine.memory_snapshot import MemorySnapshot
from viewfinder.expr import (
    Aggregation,
    Bounds,
    Count,
    CountValues,
    Distinct,
    F,
    Mean,
    Sum,
    Values,
)
from viewfinder.labels import Detection, Detections
from viewfinder.schema import BooleanField, Field, FloatField, IntField, ListField, StringField
from viewfinder.schema.infer import document_field
from viewfinder.stages import (
    ExcludeFrames,
    Exists,
    FilterField,
    FilterLabels,
    LimitLabels,
    MapLabels,
    MapValues,
    Match,
    MatchFrames,
    MatchLabels,
    SelectFrames,
    SetField,
    SortBy,
    ViewStage,
)

FRAME_FIELDS: dict[str, Field] = {
    "objects": document_field(Detections),
    "kind": document_field(Detection),
    "speed": FloatField(),
    "step": IntField(),
    "word": StringField(),
    "calm": BooleanField(),
    "words": ListField(StringField()),
}
"""What frames have; ``kind`` is one label."""

FRAME_PATHS = {
    "number": ["speed", "step", "frame_number", "kind.confidence", "$score", "$number"],
    "text": ["word", "kind.label", "$name", "id"],
    "bool": ["calm", "$flag"],
    "time": ["$day", "$moment"],
    "numbers": ["objects.detections.confidence", "objects.detections.size", "$scores"],
    "texts": ["words", "objects.detections.label", "$words"],
    "bools": ["objects.detections.sure"],
    "any": [],
}
"""What there is to be seen from a frame."""
BOX_PATHS = {**LABEL_PATHS, "number": ["confidence", "size", "$score"], "text": ["label", "$name"]}
"""What there is to be seen from a label of a frame."""
VIDEO_PATHS = {
    **SAMPLE_PATHS,
    "numbers": ["frames.speed", "frames.frame_number", "frames.kind.confidence", "scores"],
    "texts": ["frames.word", "frames.kind.label", "words"],
    "bools": ["frames.calm"],
}
"""What there is to be seen from a video: of its frames a list of what each has."""

frames = st.fixed_dictionaries(
    {
        "objects": detections(),
        "kind": maybe(st.builds(Detection, label=maybe(words), confidence=maybe(numbers))),
        "speed": maybe(numbers),
        "step": maybe(whole),
        "word": maybe(words),
        "calm": maybe(st.booleans()),
        "words": maybe(st.lists(maybe(words), max_size=2)),
    }
)


@st.composite
def videos(draw: st.DrawFn) -> MemorySnapshot:
    rows = draw(st.lists(samples, min_size=1, max_size=4))
    for row in rows:
        # Frames are numbered from 1; any may be missing.
        row["frames"] = draw(st.dictionaries(st.integers(1, 6), frames, max_size=4))
    places = st.sets(st.integers(0, len(rows) - 1), max_size=1)
    edited, deleted = draw(places), draw(places)
    every = Detection(mood="a", size=1, sure=True, mixed="x")
    # The last video makes sure that every attribute is known.
    last: dict[str, Any] = {"preds": Detections([every, Detection(mixed=2)])}
    last["frames"] = {3: {"objects": Detections([every, Detection(mixed=2)])}}
    rows.append(last)
    return MemorySnapshot(FIELDS, rows, edited, deleted, frames=FRAME_FIELDS)


@st.composite
def frame_stages(draw: st.DrawFn, ids: list[str], frame_ids: list[str]) -> ViewStage:
    of_frame, of_box = conditions(FRAME_PATHS), conditions(BOX_PATHS)
    some = st.lists(st.sampled_from([*frame_ids, "0" * 24]), max_size=4)
    boxes = st.sampled_from(["frames.objects", "frames.objects.detections"])
    renamed = st.dictionaries(words, words, max_size=3)
    number = expressions("number", FRAME_PATHS, 2)
    text = expressions("text", FRAME_PATHS, 2)
    confidence = "frames.objects.detections.confidence"
    options: list[st.SearchStrategy[ViewStage]] = [
        stages(ids),
        st.builds(MatchFrames, of_frame, st.booleans()),
        st.builds(MatchFrames, of_frame, st.booleans()),
        st.builds(SelectFrames, some, st.booleans()),
        st.builds(ExcludeFrames, some, st.booleans()),
        st.builds(FilterLabels, boxes, of_box, st.booleans()),
        st.builds(FilterLabels, st.just("frames.kind"), of_box, st.booleans()),
        st.builds(LimitLabels, boxes, st.integers(0, 2)),
        st.builds(MatchLabels, filter=of_box, fields=st.just("frames.objects")),
        st.builds(MapLabels, st.sampled_from(["frames.objects", "frames.kind"]), renamed),
        st.builds(MapValues, st.just("frames.word"), renamed),
        st.builds(SetField, st.just("frames.speed"), number),
        st.builds(SetField, st.just("frames.word"), text),
        st.builds(SetField, st.just(confidence), expressions("number", BOX_PATHS, 2)),
        st.builds(
            SetField,
            st.just("frames.objects.detections.fresh"),
            expressions("text", BOX_PATHS, 1),
        ),
        st.builds(SetField, st.just("number"), st.builds(lambda: F("frames").length())),
        st.builds(FilterField, st.just("frames.speed"), st.builds(lambda: F() > 0), st.booleans()),
        st.builds(Exists, st.sampled_from(["frames", "frames.word", "frames.kind"]), st.booleans()),
        st.builds(lambda test: Match(F("frames").filter(test).length() > 0), of_frame),
        st.builds(Match, conditions(VIDEO_PATHS)),
        st.builds(lambda by: SortBy(F("frames").map(by).max()), number),
    ]
    return draw(st.one_of(options))


def frame_programs(snapshot: MemorySnapshot) -> st.SearchStrategy[list[ViewStage]]:
    ids = [row["id"] for row in snapshot.rows]
    frame_ids = [row["id"] for row in snapshot.frames.rows]
    return st.lists(frame_stages(ids, frame_ids), min_size=1, max_size=4)


@st.composite
def frame_aggregations(draw: st.DrawFn) -> Aggregation:
    number = st.sampled_from(
        ["frames.speed", "frames.step", "frames.objects.detections.size", "frames.kind.confidence"]
    )
    plain = st.sampled_from(
        ["frames.word", "frames.words", "frames.calm", "frames.objects.detections.label",
         "frames.objects.detections.tags", "frames.kind.label", "frames.frame_number"]
    )  # fmt: skip
    safe = draw(st.booleans())
    mapped = st.builds(
        lambda test, by: F("frames").filter(test).map(by),
        conditions(FRAME_PATHS),
        expressions(draw(st.sampled_from(["number", "text"])), FRAME_PATHS, 2),
    )
    counted = st.sampled_from(
        ["frames", "frames.objects", "frames.objects.detections", "frames.id"]
    )
    options = [
        st.builds(Count, counted),
        st.builds(Count, number, safe=st.just(safe)),
        st.builds(CountValues, plain),
        st.builds(Distinct, plain),
        st.builds(Bounds, number, safe=st.just(safe)),
        st.builds(Sum, number, safe=st.just(safe)),
        st.builds(Mean, number, safe=st.just(safe)),
        st.builds(Values, st.one_of(number, plain)),
        st.builds(Values, mapped),
        st.builds(Count, mapped),
        st.builds(CountValues, mapped),
    ]
    return draw(st.one_of(options))
