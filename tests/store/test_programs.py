"""Random programs of writes against a dict, which is what a store should be to its users."""

from __future__ import annotations

import copy
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.store.reading import append, fields_of, labels_in, read
from viewfinder.labels import Classification, Detection, Detections
from viewfinder.schema import DatasetSchema, EmbeddedDocumentField, FloatField
from viewfinder.schema.columns import encode_attribute, encode_column, encode_labels
from viewfinder.store import DatasetStore, Transaction

texts = st.text(alphabet=st.characters(codec="utf-8"), max_size=5)
floats = st.floats(allow_nan=False)
boxes = st.lists(floats, min_size=4, max_size=4)
own_attributes = st.fixed_dictionaries(
    {}, optional={"n": st.one_of(st.integers(-9, 9), floats, texts), "own": st.lists(floats)}
)
detections = st.builds(
    lambda label, box, own: Detection(label=label, bounding_box=box, **own),
    st.one_of(st.none(), texts),
    boxes,
    own_attributes,
)
detection_lists = st.one_of(st.none(), st.builds(Detections, st.lists(detections, max_size=3)))
classifications = st.one_of(st.none(), st.builds(Classification, texts, floats))
samples = st.fixed_dictionaries(
    {"filepath": texts, "tags": st.lists(texts, max_size=2)},
    optional={"score": floats, "gt": detection_lists, "weather": classifications},
)
picks = st.lists(st.integers(0, 30), min_size=1, max_size=6)
operations = st.one_of(
    st.tuples(st.just("add"), st.lists(samples, min_size=1, max_size=14)),
    st.tuples(st.just("put"), picks, st.just("tags"), st.lists(texts, max_size=2)),
    st.tuples(st.just("put"), picks, st.just("score"), st.one_of(st.none(), floats)),
    st.tuples(st.just("put"), picks, st.just("gt"), detection_lists),
    st.tuples(st.just("put"), picks, st.just("weather"), classifications),
    st.tuples(st.just("set_column"), st.randoms(use_true_random=False)),
    st.tuples(st.just("set_attribute"), st.randoms(use_true_random=False)),
    st.tuples(st.just("set_labels"), picks, detection_lists),
    st.tuples(st.just("delete"), picks),
    st.tuples(st.just("drop"), st.sampled_from(["score", "gt", "weather"])),
    st.tuples(st.just("fold"), st.booleans()),
    st.tuples(st.just("reopen")),
)


_OWN = ("id", "metadata", "created_at", "last_modified_at")
"""What the store fills in by itself, or the programs leave empty."""


class Model:
    """A dataset as a dict: what each operation means, in the plainest words."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.store = DatasetStore.create(path)
        self.rows: dict[int, dict[str, Any]] = {}

    def run(self, operation: tuple[Any, ...]) -> None:
        name, *arguments = operation
        getattr(self, f"do_{name}")(*arguments)

    def picked(self, picks: list[int]) -> list[int]:
        seqs = sorted(self.rows)
        return sorted({seqs[at % len(seqs)] for at in picks}) if seqs else []

    def do_add(self, found: list[dict[str, Any]]) -> None:
        with self.store.transaction("add") as transaction:
            seqs = append(transaction, found)
        for seq, sample in zip(seqs, found, strict=True):
            self.rows[seq] = dict(sample)

    def do_put(self, picks: list[int], field: str, value: Any) -> None:
        with self.store.transaction("put") as transaction:
            transaction.grow_schema(fields_of([{field: value}]))
            if field not in transaction.schema:
                return
            transaction.put(field, {seq: _stored(value) for seq in self.picked(picks)})
        for seq in self.picked(picks):
            self.rows[seq][field] = value

    def do_set_column(self, random: Any) -> None:
        values = [random.choice([None, random.random()]) for _ in self.rows]
        with self.store.transaction("set_column") as transaction:
            transaction.grow_schema({"score": FloatField()})
            column = encode_column(FloatField(), values, "score")
            transaction.set_column("score", None, column)
        for seq, value in zip(sorted(self.rows), values, strict=True):
            self.rows[seq]["score"] = value

    def do_set_attribute(self, random: Any) -> None:
        if "gt" not in self.store.snapshot().schema:
            return
        labels = [each for seq in sorted(self.rows) for each in _labels(self.rows[seq])]
        values = [random.choice([None, "tp", "fp"]) for _ in labels]
        with self.store.transaction("set_attribute") as transaction:
            _grow_eval(transaction)
            owner = transaction.schema.label_fields["gt"]
            column = encode_attribute(owner, "eval", values, "gt.eval")
            transaction.set_column("gt", "eval", column)
        values.reverse()
        for seq in sorted(self.rows):
            mine = [each.copy() for each in _labels(self.rows[seq])]
            for label in mine:
                label["eval"] = values.pop()
            if self.rows[seq].get("gt") is not None:
                self.rows[seq]["gt"] = Detections(mine)

    def do_set_labels(self, picks: list[int], value: Detections | None) -> None:
        seqs = self.picked(picks)
        if not seqs:
            return
        copies = [None if value is None else value.copy() for _ in seqs]
        flat = [each for many in copies for each in (many.labels if many else ())]
        table, found = encode_labels(Detection, flat)
        size = 0 if value is None else len(value.labels)
        with self.store.transaction("set_labels") as transaction:
            transaction.grow_schema({"gt": EmbeddedDocumentField(Detections, {})})
            transaction.grow_schema({"gt": EmbeddedDocumentField(Detections, found)})
            transaction.set_labels(
                "gt",
                np.array(seqs),
                (table, np.arange(len(seqs) + 1) * size),
                missing=np.full(len(seqs), value is None),
            )
        for seq, many in zip(seqs, copies, strict=True):
            self.rows[seq]["gt"] = many

    def do_delete(self, picks: list[int]) -> None:
        seqs = self.picked(picks)
        with self.store.transaction("delete") as transaction:
            transaction.delete(np.array(seqs, dtype=np.int64))
        for seq in seqs:
            del self.rows[seq]

    def do_drop(self, field: str) -> None:
        if field not in self.store.snapshot().schema:
            return
        with self.store.transaction("drop") as transaction:
            transaction.drop_field(field)
        for row in self.rows.values():
            row.pop(field, None)

    def do_fold(self, force: bool) -> None:
        self.store.fold(force=force)

    def do_reopen(self) -> None:
        self.store.close()
        self.store = DatasetStore.open(self.path)

    def expected(self, schema: DatasetSchema) -> dict[int, dict[str, Any]]:
        """What :func:`read` should give."""
        return {
            seq: {
                name: labels_in(row.get(name)) if name in schema.label_fields else row.get(name)
                for name in schema
                if name not in _OWN
            }
            for seq, row in sorted(self.rows.items())
        }


def _stored(value: Any) -> Any:
    return value.labels if isinstance(value, Detections) else value


def _labels(row: dict[str, Any]) -> list[Any]:
    return labels_in(row.get("gt")) or []


def _grow_eval(transaction: Transaction) -> None:
    found = fields_of([{"x": ""}])["x"]
    transaction.grow_schema({"gt": EmbeddedDocumentField(Detections, {"eval": found})})


def _without_own(rows: dict[int, dict[str, Any]]) -> dict[int, dict[str, Any]]:
    return {seq: {k: v for k, v in row.items() if k not in _OWN} for seq, row in rows.items()}


@pytest.mark.usefixtures("small_groups")
@settings(max_examples=80, report_multiple_bugs=False)
@given(program=st.lists(operations, max_size=14))
def test_a_store_is_a_dict(
    program: list[tuple[Any, ...]], tmp_path_factory: pytest.TempPathFactory
) -> None:
    model = Model(tmp_path_factory.mktemp("program") / "dataset")
    kept: list[tuple[Any, dict[int, dict[str, Any]]]] = []
    try:
        for operation in program:
            model.run(operation)
            snapshot = model.store.snapshot()
            expected = model.expected(snapshot.schema)
            assert _without_own(read(snapshot)) == expected
            kept.append((snapshot, copy.deepcopy(expected)))
            ids = [row["id"] for row in read(snapshot).values()]
            assert snapshot.seqs_of(ids).tolist() == sorted(expected)
        # What came later changed nothing in the snapshots from before.
        for snapshot, expected in kept:
            assert _without_own(read(snapshot)) == expected
    finally:
        model.store.close()
