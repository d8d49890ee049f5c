"""Hand-checkable answers, the same from both engines."""

from __future__ import annotations

import math
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

import pytest

from tests.engine.memory_snapshot import MemorySnapshot
from viewfinder.engine.base import Engine
from viewfinder.engine.duckdb import DuckDBEngine
from viewfinder.engine.python import PythonEngine
from viewfinder.errors import ExpressionError, FieldNotFoundError
from viewfinder.expr import (
    Bounds,
    Count,
    CountValues,
    Distinct,
    F,
    HistogramValues,
    Max,
    Mean,
    Min,
    Plan,
    Quantiles,
    Scan,
    Std,
    Sum,
    Values,
    plan_schema,
)
from viewfinder.expr.nodes import Node
from viewfinder.labels import (
    Classification,
    Detection,
    Detections,
    Keypoint,
    Keypoints,
    Polyline,
    Polylines,
)
from viewfinder.schema import (
    DEFAULT_FIELDS,
    DateTimeField,
    Field,
    FloatField,
    ImageMetadata,
    IntField,
    ListField,
    StringField,
)
from viewfinder.schema.infer import document_field
from viewfinder.stages import (
    Exclude,
    Exists,
    FilterLabels,
    Limit,
    LimitLabels,
    Match,
    MatchLabels,
    MatchTags,
    Select,
    SelectFields,
    Shuffle,
    Skip,
    SortBy,
    Take,
    ViewStage,
)

NAN = float("nan")


def box(label: str | None, confidence: float | None = None, size: float = 0.5, **more: Any) -> Any:
    return Detection(
        label=label, bounding_box=[0.0, 0.0, size, size], confidence=confidence, **more
    )


FIELDS: dict[str, Field] = {
    "preds": document_field(Detections),
    "truth": document_field(Classification),
    "points": document_field(Keypoints),
    "lines": document_field(Polylines),
    "score": FloatField(),
    "number": IntField(),
    "name": StringField(),
    "moment": DateTimeField(),
    "scores": ListField(FloatField()),
    "anything": Field(),
}
SAMPLES: list[dict[str, Any]] = [
    {
        "preds": Detections([box("cat", 0.9), box("dog", 0.4, mood="calm")]),
        "truth": Classification("cat", confidence=0.8),
        "tags": ["train"],
        "metadata": ImageMetadata(width=640, height=480),
        "score": 0.5,
        "number": 3,
        "name": "Anna",
        "moment": datetime(2024, 5, 1, tzinfo=UTC),
        "scores": [1.0, 2.0, 3.0],
        "anything": 5,
        "points": Keypoints([Keypoint(label="nose", points=[(0.1, 0.2), (NAN, 0.4)])]),
    },
    {
        "preds": Detections([]),
        "tags": ["train", "night"],
        "score": NAN,
        "number": -1,
        "name": "bert",
        "scores": [],
        "anything": "five",
    },
    {
        "preds": None,
        "truth": Classification("dog"),
        "metadata": ImageMetadata(width=1280),
        "score": None,
        "name": "Ännchen",
        "anything": [1, 2],
    },
    {
        "preds": Detections([box("cat", 0.95), box("cat", NAN), box(None, None, 0.1)]),
        "score": -2.0,
        "number": 3,
        "lines": Polylines([Polyline(points=[[(0, 0), (1, 1)], []], closed=True)]),
        "moment": datetime(2024, 6, 1, tzinfo=UTC),
        "anything": True,
    },
]


@pytest.fixture(scope="module", params=["as written", "with edits"])
def snapshot(request: pytest.FixtureRequest) -> MemorySnapshot:
    return MemorySnapshot(FIELDS, SAMPLES, edited=[0, 3] if request.param == "with edits" else [])


@pytest.fixture(scope="module", params=[DuckDBEngine, PythonEngine])
def engine(request: pytest.FixtureRequest) -> Engine:
    made: Engine = request.param()
    return made


def plan_of(snapshot: MemorySnapshot, stages: Sequence[ViewStage]) -> Plan:
    plan: Plan = Scan()
    for stage in stages:
        schema = plan_schema(plan, snapshot.schema)
        stage.validate(schema)
        plan = stage.lower(plan, schema)
    return plan


def seqs(engine: Engine, snapshot: MemorySnapshot, *stages: ViewStage) -> list[int]:
    plan = plan_of(snapshot, stages)
    found: list[int] = engine.seqs(plan, snapshot).tolist()
    assert engine.count(plan, snapshot) == len(found)
    return found


@pytest.mark.parametrize(
    ("condition", "wanted"),
    [
        # None comes before everything, NaN before every number
        (F("score") > 0, [0]),
        (F("score") < 0, [1, 2, 3]),
        (F("score") >= -2, [0, 3]),
        (F("score") == None, [2]),  # noqa: E711
        (F("score") != None, [0, 1, 3]),  # noqa: E711
        (F("score").is_in([NAN]), [1]),
        (~(F("score") > 0), [1, 2, 3]),
        (F("number").is_in([3, None]), [0, 2, 3]),
        (F("number") == 3.0, [0, 3]),
        (F("name") == 3, []),
        (F("name") != 3, [0, 1, 2, 3]),
        # arithmetic
        (F("number") * 2 + 1 == 7, [0, 3]),
        (F("number") / 0 == None, [0, 1, 2, 3]),  # noqa: E711
        (F("number") / 2 == 1.5, [0, 3]),
        (F("number") % 2 == -1, [1]),
        (F("number").abs() == 1, [1]),
        (-F("number") == 1, [1]),
        (F("score").floor() == 0.0, [0]),
        # text
        (F("name").contains_str("nn"), [0, 2]),
        (F("name").contains_str(["ANN", "Bert"], case_sensitive=False), [0, 1]),
        (F("name").starts_with(("A", "b")), [0, 1]),
        (F("name").ends_with("EN", case_sensitive=False), [2]),
        (F("name").matches_str("ANNA", case_sensitive=False), [0]),
        (F("name").re_match("^.n+"), [0, 2]),
        (F("name").re_match("^B", options="i"), [1]),
        (F("name").strlen() == 4, [0, 1]),
        (F("name").lower() == "anna", [0]),
        (F("name") > "b", [1, 2]),
        # lists
        (F("tags").contains("night"), [1]),
        (F("tags").contains(["night", "train"], all=True), [1]),
        (F("tags").length() == 0, [2, 3]),
        (F("scores").length() == 0, [1, 2, 3]),
        (F("scores")[0] == 1, [0]),
        (F("scores")[-1] == 3, [0]),
        (F("scores")[7] == None, [0, 1, 2, 3]),  # noqa: E711
        (F("scores").filter(F() > 1).length() == 2, [0]),
        (F("scores")[1:].sum() == 5, [0]),
        (F("scores").map(F() * 2).max() == 6, [0]),
        (F("scores").mean() == 2, [0]),
        # documents
        (F("metadata.width") > 700, [2]),
        (F("metadata") == None, [1, 3]),  # noqa: E711
        (F("moment") >= datetime(2024, 6, 1), [3]),  # noqa: DTZ001
        # values of any type
        (F("anything") == 5, [0]),
        (F("anything") == "five", [1]),
        (F("anything") == True, [3]),  # noqa: E712
        (F("anything") > 4, [0]),
        # labels
        (F("preds.detections").length() > 0, [0, 3]),
        (F("preds") == None, [2]),  # noqa: E711
        (F("preds.detections").filter(F("confidence") > 0.5).length() == 1, [0, 3]),
        (F("preds.detections.label").contains("dog"), [0]),
        (F("preds.detections.label").contains([None]), [3]),
        (F("preds.detections.confidence").max() > 0.92, [3]),
        (F("preds.detections.confidence").min() == 0.4, [0]),
        (F("preds.detections").map(F("bounding_box")[2]).sum() == 1.0, [0]),
        (F("preds.detections")[0].apply(F("label")) == "cat", [0, 3]),
        (F("preds.detections").map(F("label") == "cat").any(), [0, 3]),
        (F("preds.detections").map(F("label") == "cat").all(), [1]),
        (F("preds.detections").filter(F("label") == F("$truth.label")).length() > 0, [0, 3]),
        (F("truth.label") == "dog", [2]),
        (F("truth") != None, [0, 2]),  # noqa: E711
        (F("points.keypoints").filter(F("points").length() == 2).length() > 0, [0]),
        (F("lines.polylines").map(F("points")[0][1][0]).max() == 1.0, [3]),
        # truth
        (F("number"), [0, 1, 3]),
        (F("scores"), [0, 1]),
        (F.any([F("number") == -1, F("name") == "Anna"]), [0, 1]),
        ((F("number") == 3).if_else(F("score") > 0, True), [0, 1, 2]),
        (F("number").if_null(9) == 9, [2]),
        (F("name").map_values({"Anna": "x"}) == "x", [0]),
    ],
    ids=str,
)
def test_match_keeps_the_samples_for_which_a_condition_is_true(
    engine: Engine, snapshot: MemorySnapshot, condition: Any, wanted: list[int]
) -> None:
    assert seqs(engine, snapshot, Match(condition)) == wanted


@pytest.mark.parametrize(
    ("key", "reverse", "wanted"),
    [
        ("score", False, [2, 1, 3, 0]),
        ("score", True, [0, 3, 1, 2]),
        ("number", False, [2, 1, 0, 3]),
        ("number", True, [0, 3, 1, 2]),
        (F("preds.detections").length(), True, [3, 0, 1, 2]),
        ("truth.label", False, [1, 3, 0, 2]),
        (F("number") > 100, True, [0, 1, 2, 3]),
        ([("number", -1), ("score", 1)], False, [3, 0, 1, 2]),
    ],
)
def test_sort_by_puts_none_and_nan_first_and_keeps_the_order_of_equals(
    engine: Engine, snapshot: MemorySnapshot, key: Any, reverse: bool, wanted: list[int]
) -> None:
    assert seqs(engine, snapshot, SortBy(key, reverse=reverse)) == wanted


def test_places_are_counted_after_what_came_before(
    engine: Engine, snapshot: MemorySnapshot
) -> None:
    ids = [row["id"] for row in snapshot.rows]

    def ask(*stages: ViewStage) -> list[int]:
        return seqs(engine, snapshot, *stages)

    assert ask() == [0, 1, 2, 3]
    assert ask(SortBy("score"), Skip(1), Limit(2)) == [1, 3]
    assert ask(Limit(2), SortBy("score")) == [1, 0]
    assert ask(Limit(3), Match(F("number") == 3)) == [0]
    assert ask(Select([ids[3], ids[0]])) == [0, 3]
    assert ask(Select([ids[3], ids[0], ids[3], "0" * 24], ordered=True)) == [3, 0]
    assert ask(Exclude([ids[1]]), Skip(1)) == [2, 3]
    assert ask(Match(F("id") == ids[2])) == [2]
    assert ask(MatchTags("train", bool=False)) == [2, 3]
    assert ask(Exists("preds.detections.mood")) == [0]
    assert ask(Exists("truth", bool=False)) == [1, 3]
    assert ask(MatchLabels(filter=F("label") == "cat")) == [0, 3]
    assert ask(Limit(0), SortBy("score")) == []
    assert ask(SortBy("score"), Limit(2), Select([ids[2], ids[3]])) == [2]


def test_a_seed_gives_the_same_samples_everywhere(engine: Engine, snapshot: MemorySnapshot) -> None:
    assert seqs(engine, snapshot, Shuffle(seed=51)) == seqs(
        PythonEngine(), snapshot, Shuffle(seed=51)
    )
    shuffled = seqs(engine, snapshot, Shuffle(seed=51))
    assert seqs(engine, snapshot, Take(2, seed=51)) == shuffled[:2]
    assert seqs(engine, snapshot, Shuffle(seed=51), Match(F("number") == 3)) == [
        seq for seq in shuffled if seq in (0, 3)
    ]


def labels_of(
    engine: Engine, snapshot: MemorySnapshot, field: str, *stages: ViewStage
) -> dict[int, list[Any]]:
    found: dict[int, list[Any]] = {}
    for batch in engine.batches(plan_of(snapshot, stages), snapshot, batch_size=2):
        rows = batch.label_rows(field)
        names = rows.table["label"].to_pylist()
        for at, seq in enumerate(batch.seqs.tolist()):
            found[seq] = names[rows.offsets[at] : rows.offsets[at + 1]]
    return found


def test_filter_labels_shows_the_labels_that_pass_and_the_samples_that_have_them(
    engine: Engine, snapshot: MemorySnapshot
) -> None:
    def ask(*stages: ViewStage) -> dict[int, list[Any]]:
        return labels_of(engine, snapshot, "preds", *stages)

    sure = FilterLabels("preds", F("confidence") > 0.5)
    assert ask(sure) == {0: ["cat"], 3: ["cat"]}
    loose = FilterLabels("preds", F("confidence") > 0.5, only_matches=False)
    assert ask(loose) == {0: ["cat"], 1: [], 2: [], 3: ["cat"]}
    assert ask(sure, SortBy(F("preds.detections").length(), reverse=True), Limit(1)) == {0: ["cat"]}
    assert ask(FilterLabels("preds", F("$number") == 3)) == {
        0: ["cat", "dog"],
        3: ["cat"] * 2 + [None],
    }
    assert ask(FilterLabels("preds", F("$preds.detections").length() > 2)) == {
        3: ["cat", "cat", None]
    }
    assert ask(LimitLabels("preds", 1)) == {0: ["cat"], 1: [], 2: [], 3: ["cat"]}
    assert ask(sure, FilterLabels("preds", F("label") == "dog")) == {}


def test_counts_of_a_batch_are_those_after_the_filter(
    engine: Engine, snapshot: MemorySnapshot
) -> None:
    stages = [
        FilterLabels("preds", F("label") == "cat", only_matches=False),
        FilterLabels("truth", F("label") == "cat", only_matches=False),
    ]
    (batch,) = engine.batches(plan_of(snapshot, stages), snapshot)
    assert batch.samples["preds"].to_pylist() == [1, 0, None, 2]
    assert batch.samples["truth"].to_pylist() == [1, None, None, None]


def test_hidden_fields_are_absent(engine: Engine, snapshot: MemorySnapshot) -> None:
    plan = plan_of(snapshot, [SelectFields(["score", "preds.detections.label"])])
    (batch,) = engine.batches(plan, snapshot)
    assert batch.samples.column_names == [*DEFAULT_FIELDS, "preds", "score"]
    names = batch.label_rows("preds").table.column_names
    assert names == ["seq", "pos", "id", "tags", "label"]
    with pytest.raises(FieldNotFoundError):
        batch.label_rows("truth")
    with pytest.raises(FieldNotFoundError):
        engine.aggregate(plan, [Count("number")], snapshot)


@pytest.mark.parametrize(
    ("aggregation", "wanted"),
    [
        (Count(), 4),
        (Count("preds"), 3),
        (Count("preds.detections"), 5),
        (Count("preds.detections.label"), 4),
        (Count("tags"), 3),
        (Count("metadata"), 2),
        (CountValues("preds.detections.label"), {"cat": 3, None: 1, "dog": 1}),
        (CountValues("truth.label"), {None: 2, "cat": 1, "dog": 1}),
        (CountValues("tags"), {"train": 2, "night": 1}),
        (CountValues("number"), {3: 2, None: 1, -1: 1}),
        (Distinct("preds.detections.label"), ["cat", "dog"]),
        (Distinct("tags"), ["night", "train"]),
        (Distinct("number"), [-1, 3]),
        (Bounds("number"), (-1, 3)),
        (Bounds("score", safe=True), (-2.0, 0.5)),
        (Bounds("name"), ("Anna", "Ännchen")),
        (Bounds("scores"), (1.0, 3.0)),
        (Bounds("preds.detections.index"), (None, None)),
        (Min("number"), -1),
        (Max("preds.detections.confidence"), 0.95),
        (Max(F("preds.detections").length()), 3),
        (Sum("number"), 5),
        (Sum("preds.detections.index"), 0),
        (Mean("scores"), 2.0),
        (Mean("number", safe=True), 5 / 3),
        (Std("scores"), math.sqrt(2 / 3)),
        (Std("scores", sample=True), 1.0),
        (Quantiles("scores", [0, 0.5, 1]), [1.0, 2.0, 3.0]),
        (Quantiles("scores", 0.5), 2.0),
        (HistogramValues("scores", bins=[1, 2, 3]), ([1, 1], [1.0, 2.0, 3.0], 1)),
        (HistogramValues("number", bins=2, range=(-1, 5)), ([1, 2], [-1.0, 2.0, 5.0], 1)),
        (Values("number"), [3, -1, None, 3]),
        (Values("number", missing_value=0), [3, -1, 0, 3]),
        (Values("tags"), [["train"], ["train", "night"], [], []]),
        (Values("tags", unwind=True), ["train", "train", "night"]),
        (Values("metadata.width"), [640, None, 1280, None]),
        (Values("metadata"), [SAMPLES[0]["metadata"], None, SAMPLES[2]["metadata"], None]),
        (Values("preds.detections.label"), [["cat", "dog"], [], None, ["cat", "cat", None]]),
        (Values("preds.detections.mood"), [[None, "calm"], [], None, [None] * 3]),
        (Values("truth.label"), ["cat", None, "dog", None]),
        (Values("anything"), [5, "five", [1, 2], True]),
        (Values("moment"), [SAMPLES[0]["moment"], None, None, SAMPLES[3]["moment"]]),
        (Values("lines.polylines.points"), [None] * 3 + [[[[[0.0, 0.0], [1.0, 1.0]], []]]]),
        (Values(F("number") + 1), [4, 0, None, 4]),
        (Values("scores", expr=F().length()), [3, 0, 0, 0]),
        (Sum("preds.detections[]", expr=F("bounding_box")[2] * F("bounding_box")[3]), 1.01),
        (CountValues("preds.detections.label", expr=F().upper()), {"CAT": 3, None: 1, "DOG": 1}),
    ],
    ids=str,
)
def test_aggregations_over_everything(
    engine: Engine, snapshot: MemorySnapshot, aggregation: Any, wanted: Any
) -> None:
    (found,) = engine.aggregate(Scan(), [aggregation], snapshot)
    assert found == (pytest.approx(wanted) if isinstance(wanted, float) else wanted)


def test_labels_come_out_of_values_as_objects(engine: Engine, snapshot: MemorySnapshot) -> None:
    found = engine.aggregate(
        Scan(), [Values("preds"), Values("preds.detections"), Values("truth")], snapshot
    )
    rows = snapshot.rows
    assert found[0][0] == rows[0]["preds"]
    assert found[0][1] == Detections([])
    assert found[0][2] is None
    assert found[1][0] == rows[0]["preds"].detections
    assert found[2] == [rows[0].get("truth"), None, rows[2]["truth"], None]


def test_aggregations_see_the_view_and_answer_together(
    engine: Engine, snapshot: MemorySnapshot
) -> None:
    view = plan_of(
        snapshot, [FilterLabels("preds", F("confidence") > 0.5), SortBy("score"), Limit(1)]
    )
    asked = [
        Count(),
        Values("number"),
        Count("preds.detections"),
        Bounds("preds.detections.confidence"),
        CountValues("preds.detections.label"),
        Mean("score"),
        Values("preds.detections.confidence"),
        Count("truth"),
    ]
    assert engine.aggregate(view, asked, snapshot) == [
        *(1, [3], 1, (0.95, 0.95), {"cat": 1}, -2.0, [[0.95]], 0),
    ]


def test_nan_is_smaller_than_every_number(engine: Engine, snapshot: MemorySnapshot) -> None:
    (found,) = engine.aggregate(Scan(), [Bounds("score")], snapshot)
    assert math.isnan(found[0])
    assert found[1] == 0.5


def test_a_number_beyond_64_bits_is_an_error_and_not_a_wrong_answer(
    engine: Engine, snapshot: MemorySnapshot
) -> None:
    with pytest.raises(ExpressionError, match="can't be computed"):
        engine.aggregate(Scan(), [Values(F("number") * (2**62))], snapshot)


def test_a_broken_regular_expression_is_an_error_of_ours(
    engine: Engine, snapshot: MemorySnapshot
) -> None:
    with pytest.raises(ExpressionError, match="no regular expression"):
        engine.seqs(plan_of(snapshot, [Match(F("name").re_match("(a"))]), snapshot)


class Strange(Node):
    """A node that no engine knows."""

    __slots__ = ()


def test_an_unknown_node_names_itself_and_the_engine(
    engine: Engine, snapshot: MemorySnapshot
) -> None:
    from viewfinder.expr.plan import FilterLabels as FilterPlan

    with pytest.raises(ExpressionError, match=r"(DuckDB|Python) engine does not know .*Strange"):
        list(map(len, _label_rows(engine, FilterPlan(Scan(), "preds", Strange()), snapshot)))


def _label_rows(engine: Engine, plan: Plan, snapshot: MemorySnapshot) -> list[Any]:
    return [batch.label_rows("preds").table for batch in engine.batches(plan, snapshot)]


def test_an_empty_dataset_has_answers_too(engine: Engine) -> None:
    empty = MemorySnapshot(FIELDS, [])
    asked = [Count(), Count("preds.detections"), Bounds("score"), Mean("score"), Values("id")]
    assert engine.aggregate(Scan(), asked, empty) == [0, 0, (None, None), 0, []]
    assert seqs(engine, empty, SortBy("score"), Match(F("score") > 0)) == []
    assert list(engine.batches(Scan(), empty)) == []


def test_deleted_samples_are_gone_everywhere(engine: Engine) -> None:
    snapshot = MemorySnapshot(FIELDS, SAMPLES, edited=[3], deleted=[0])
    assert seqs(engine, snapshot, SortBy("score")) == [2, 1, 3]
    asked = [Count("preds.detections"), CountValues("preds.detections.label"), Count("truth")]
    assert engine.aggregate(Scan(), asked, snapshot) == [3, {"cat": 2, None: 1}, 1]


def test_duckdb_follows_from_one_snapshot_to_the_next() -> None:
    engine = DuckDBEngine()
    first = MemorySnapshot(FIELDS, SAMPLES)
    second = MemorySnapshot(FIELDS, SAMPLES[:2])
    for snapshot, count in ((first, 4), (second, 2), (first, 4)):
        assert engine.aggregate(Scan(), [Count("filepath")], snapshot) == [count]
        assert seqs(engine, snapshot, SortBy("number"))[-1] == (3 if count == 4 else 0)
    engine.close()


def test_names_and_values_with_quotes_are_only_names_and_values() -> None:
    nasty = 'x" OR 1=1; --'
    label = Detection(label=nasty)
    label[nasty] = 1
    rows = [{"preds": Detections([label])}, {"preds": Detections()}]
    snapshot = MemorySnapshot({"preds": document_field(Detections)}, rows)
    engine = DuckDBEngine()
    assert seqs(engine, snapshot, FilterLabels("preds", F("label") == nasty)) == [0]
    assert engine.aggregate(Scan(), [CountValues("preds.detections.label")], snapshot) == [
        {nasty: 1}
    ]
    assert seqs(engine, snapshot, FilterLabels("preds", F(nasty) == 1)) == [0]
