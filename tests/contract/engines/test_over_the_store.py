"""Both engines over snapshots of the real store: segments, edits on top, deletions, threads."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pytest

from tests.contract.engines.agreement import answers, same
from viewfinder.engine.duckdb import DuckDBEngine
from viewfinder.engine.python import PythonEngine
from viewfinder.expr import Bounds, Count, CountValues, F, Mean, Scan, Values
from viewfinder.ids import new_ids
from viewfinder.labels import Detection, Detections
from viewfinder.schema import FloatField
from viewfinder.schema.columns import encode_labels
from viewfinder.schema.infer import document_field
from viewfinder.stages import FilterLabels, Limit, Match, Shuffle, SortBy, ViewStage
from viewfinder.store import DatasetStore

COUNT = 60
STAGES: list[list[ViewStage]] = [
    [],
    [Match(F("score") > 0.3)],
    [FilterLabels("preds", F("confidence") > 0.5), SortBy(F("preds.detections").length())],
    [FilterLabels("preds", F("$score") > F("confidence"), only_matches=False), Limit(20)],
    [Shuffle(seed=3), Match(F("preds.detections.label").contains("cat"))],
]
ASKED = [
    Count(),
    Count("preds.detections"),
    CountValues("preds.detections.label"),
    Bounds("preds.detections.confidence"),
    Mean("score"),
    Values("preds.detections.confidence"),
    Values("preds.detections"),
    Values("filepath"),
]


@pytest.fixture
def store(tmp_path: Path) -> Iterator[DatasetStore]:
    store = DatasetStore.create(tmp_path / "dataset")
    rng = np.random.default_rng(5)
    with store.transaction("schema") as change:
        change.grow_schema({"preds": document_field(Detections), "score": FloatField()})
    for _ in range(2):
        labels = [
            Detection(label=str(rng.choice(["cat", "dog"])), confidence=float(rng.random()))
            for _ in range(3 * COUNT)
        ]
        table, _ = encode_labels(Detection, labels)
        samples = {
            "id": pa.array([bytes.fromhex(i) for i in new_ids(COUNT)], pa.binary(12)),
            "filepath": pa.array([f"/{i}.jpg" for i in range(COUNT)]),
            "score": pa.array(rng.random(COUNT)),
        }
        with store.transaction("add_samples") as change:
            change.append(pa.table(samples), {"preds": (table, np.arange(0, 3 * COUNT + 1, 3))})
    yield store
    store.close()


def edit(store: DatasetStore) -> None:
    with store.transaction("edit") as change:
        change.put("preds", {1: [Detection(label="cat", confidence=0.99, mood="new")], 2: None})
        change.put("score", {1: None, 70: float("nan")})
        change.delete([5, 100])


def check(engine: DuckDBEngine, store: DatasetStore) -> None:
    snapshot = store.snapshot()
    for stages in STAGES:
        mine = answers(engine, stages, ASKED, snapshot)
        assert same(mine, answers(PythonEngine(), stages, ASKED, snapshot)), stages


def test_engines_agree_before_and_after_edits_and_when_these_are_folded(
    store: DatasetStore,
) -> None:
    engine = DuckDBEngine()
    check(engine, store)
    edit(store)
    check(engine, store)
    assert engine.aggregate(Scan(), [Count()], store.snapshot()) == [2 * COUNT - 2]
    store.fold(force=True)
    check(engine, store)
    engine.close()


def test_an_older_snapshot_is_answered_as_it_was(store: DatasetStore) -> None:
    engine = DuckDBEngine()
    before = store.snapshot()
    counts: list[Any] = []
    edit(store)
    for snapshot in (before, store.snapshot(), before):
        counts += engine.aggregate(Scan(), [Count("preds.detections")], snapshot)
    assert counts == [6 * COUNT, 6 * COUNT - 2 - 3 - 6, 6 * COUNT]


def test_threads_take_turns(store: DatasetStore) -> None:
    engine = DuckDBEngine()
    snapshot = store.snapshot()
    wanted = answers(engine, STAGES[2], ASKED, snapshot)
    with ThreadPoolExecutor(4) as pool:
        found = list(pool.map(lambda _: answers(engine, STAGES[2], ASKED, snapshot), range(8)))
    assert all(same(answer, wanted) for answer in found)
