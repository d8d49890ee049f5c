"""What a snapshot shows, and that nothing changes it."""

from __future__ import annotations

import threading
from itertools import pairwise
from pathlib import Path

import numpy as np
import pyarrow as pa
import pytest

from tests.store.reading import add, append, read
from viewfinder.errors import FieldNotFoundError, SampleNotFoundError, SchemaError, StoreError
from viewfinder.labels import Classification, Detection, Detections
from viewfinder.schema import (
    DEFAULT_FIELDS,
    EmbeddedDocumentField,
    FloatField,
    ImageMetadata,
    IntField,
    StringField,
)
from viewfinder.schema.columns import encode_attribute, encode_column
from viewfinder.store import DatasetStore, bulk


def cat() -> Detection:
    """A detection."""
    return Detection("cat", [0.1, 0.2, 0.3, 0.4])


def test_an_empty_dataset_has_the_default_fields(store: DatasetStore) -> None:
    snapshot = store.snapshot()
    assert snapshot.count == 0
    assert list(snapshot.schema) == [*DEFAULT_FIELDS]
    assert snapshot.table("samples").take([0]).table.num_rows == 0
    assert snapshot.table("samples").base.num_rows == 0


def test_values_come_back_as_they_were(store: DatasetStore) -> None:
    metadata = ImageMetadata(size_bytes=12, mime_type="image/png", width=4, height=3)
    (seq,) = add(store, {"filepath": "/ä/🐈.png", "metadata": metadata, "n": 1 << 62})
    found = read(store.snapshot())[seq]
    assert found["filepath"] == "/ä/🐈.png"
    assert found["metadata"] == metadata
    assert found["tags"] == []
    assert found["n"] == 1 << 62


def test_no_labels_is_not_none(store: DatasetStore) -> None:
    one, none, empty = add(
        store,
        {"filepath": "1", "gt": Detections([cat()])},
        {"filepath": "2", "gt": None},
        {"filepath": "3", "gt": Detections([])},
    )
    for _ in ("as edits", "as segments"):
        found = read(store.snapshot())
        assert [label.label for label in found[one]["gt"]] == ["cat"]
        assert found[none]["gt"] is None
        assert found[empty]["gt"] == []
        store.fold(force=True)


def test_a_single_label_counts_one(store: DatasetStore) -> None:
    one, none = add(
        store, {"filepath": "1", "sky": Classification("blue")}, {"filepath": "2", "sky": None}
    )
    rows = store.snapshot().table("samples").take([one, none]).table
    assert rows["sky"].to_pylist() == [1, None]
    assert rows["sky"].type == pa.int32()


def test_a_snapshot_is_the_same_object_until_something_changes(store: DatasetStore) -> None:
    before = store.snapshot()
    assert store.snapshot() is before
    add(store, {"filepath": "1"})
    assert store.snapshot() is not before
    assert before.count == 0
    assert store.snapshot().count == 1


def test_take_gives_rows_in_the_order_asked(store: DatasetStore, small_groups: None) -> None:
    seqs = add(store, *({"filepath": str(n)} for n in range(20)))
    with store.transaction("save") as transaction:
        transaction.put("filepath", {seqs[7]: "seven"})
        transaction.delete([seqs[3]])
    table = store.snapshot().table("samples")
    rows = table.take([seqs[19], seqs[7], seqs[3], seqs[0], seqs[7], 99, seqs[8]])
    assert rows.table["filepath"].to_pylist() == ["19", "seven", "0", "seven", "8"]
    assert rows.offsets.tolist() == [0, 1, 2, 2, 3, 4, 4, 5]


def test_a_run_of_samples_is_not_copied(store: DatasetStore) -> None:
    labels = Detections([cat(), cat()])
    add(store, *({"filepath": str(n), "gt": labels.copy()} for n in range(300)))
    table = store.snapshot().table("gt")
    rows = table.take(np.arange(10, 20))
    boxes = rows.table["bounding_box"].chunk(0).buffers()
    assert len(rows.table) == 20
    assert boxes == [] or rows.table["seq"].chunk(0).offset == 20


def test_ids_are_found(store: DatasetStore) -> None:
    seqs = add(store, {"filepath": "1"}, {"filepath": "2"})
    ids: list[str] = []
    for _ in ("as edits", "as segments"):
        ids = [read(store.snapshot())[seq]["id"] for seq in seqs]
        found = store.snapshot().seqs_of([ids[1], "0" * 24, "nonsense", ids[0]])
        assert found.tolist() == [seqs[1], -1, -1, seqs[0]]
        store.fold(force=True)
    with store.transaction("delete") as transaction:
        transaction.delete(seqs[:1])
    assert store.snapshot().seqs_of(ids).tolist() == [-1, seqs[1]]


def test_places_are_never_used_again(store: DatasetStore) -> None:
    seqs = add(store, {"filepath": "1"}, {"filepath": "2"})
    with store.transaction("delete") as transaction:
        transaction.delete(seqs)
    store.fold(force=True)
    assert add(store, {"filepath": "3"}) == [2]
    assert store.snapshot().seqs.tolist() == [2]


def test_an_error_takes_everything_back(store: DatasetStore, tmp_path: Path) -> None:
    (seq,) = add(store, {"filepath": "1"})
    version = store.snapshot().version

    def fail() -> None:
        with store.transaction("save") as transaction:
            append(transaction, [{"filepath": str(n), "x": 1.5} for n in range(300)])
            transaction.put("filepath", {seq: "changed"})
            transaction.set_info("classes", ["cat"])
            raise RuntimeError("no")

    with pytest.raises(RuntimeError, match="no"):
        fail()
    after = store.snapshot()
    assert after.version == version
    assert read(after)[seq]["filepath"] == "1"
    assert "x" not in after.schema
    assert "classes" not in after.info
    assert list((tmp_path / "dataset" / "segments").iterdir()) == []


def test_a_transaction_that_does_nothing_leaves_no_trace(store: DatasetStore) -> None:
    version = store.snapshot().version
    with store.transaction("look"):
        pass
    assert store.snapshot().version == version


def test_history_tells_reasons_in_order(store: DatasetStore) -> None:
    add(store, {"filepath": "1"})
    with store.transaction("load_annotations('fix')") as transaction:
        transaction.set_info("classes", ["cat"])
    store.fold(force=True)
    history = store.history()
    assert [v.reason for v in history] == ["create", "add_samples", "load_annotations('fix')"]
    assert [v.number for v in history] == sorted({v.number for v in history})
    assert all(a.time <= b.time for a, b in pairwise(history))


def test_one_transaction_at_a_time_in_a_thread(store: DatasetStore) -> None:
    refused = pytest.raises(StoreError, match="open already")
    with store.transaction("outer"), refused, store.transaction("inner"):
        pass


def test_info_is_kept_and_removed(store: DatasetStore) -> None:
    with store.transaction("info") as transaction:
        transaction.set_info("classes", ["cat", "dög"])
        transaction.set_info("info", {"a": {"b": None}})
    assert dict(store.snapshot().info) == {"classes": ["cat", "dög"], "info": {"a": {"b": None}}}
    with store.transaction("info") as transaction:
        transaction.set_info("classes", None)
    assert "classes" not in store.snapshot().info


def test_a_value_that_does_not_fit_is_refused(store: DatasetStore) -> None:
    (seq,) = add(store, {"filepath": "1", "n": 1})
    with pytest.raises(SchemaError, match="'n' holds integers"), store.transaction("s") as t:
        t.put("n", {seq: "one"})
    with pytest.raises(FieldNotFoundError, match="no field 'm'"), store.transaction("s") as t:
        t.put("m", {seq: 1})
    with pytest.raises(SampleNotFoundError), store.transaction("s") as t:
        t.put("n", {seq + 1: 1})
    assert read(store.snapshot())[seq]["n"] == 1


def test_a_deleted_sample_can_not_be_saved(store: DatasetStore) -> None:
    seqs = add(store, {"filepath": "1"}, {"filepath": "2"})
    with store.transaction("delete") as transaction:
        transaction.delete(seqs[:1])
    for _ in ("marked", "folded"):
        with pytest.raises(SampleNotFoundError), store.transaction("s") as transaction:
            transaction.put("filepath", {seqs[0]: "again"})
        store.fold(force=True)
    with store.transaction("delete") as transaction:
        transaction.delete(seqs)
        with pytest.raises(SampleNotFoundError):
            transaction.put("filepath", {seqs[1]: "again"})


def test_integers_become_floats_when_a_float_comes(store: DatasetStore) -> None:
    one, two = add(store, {"filepath": "1", "x": 1}, {"filepath": "2", "x": 2})
    store.fold(force=True)
    with store.transaction("save") as transaction:
        transaction.put("x", {two: 3})
        transaction.grow_schema({"x": FloatField()})
    (three,) = add(store, {"filepath": "3", "x": 0.5})
    found = read(store.snapshot())
    assert [found[seq]["x"] for seq in (one, two, three)] == [1.0, 3.0, 0.5]
    assert isinstance(found[one]["x"], float)


def test_an_attribute_of_two_types_holds_anything(store: DatasetStore, small_groups: None) -> None:
    seqs = add(
        store,
        *({"filepath": str(n), "gt": Detections([Detection(x=n)])} for n in range(4)),
        {"filepath": "4", "gt": Detections([Detection(x="four", y="text")])},
    )
    with store.transaction("save") as transaction:
        transaction.put("gt", {seqs[1]: [Detection(x={"a": [1, None]}, y=7)]})
    found = read(store.snapshot())
    assert [found[seq]["gt"][0]["x"] for seq in seqs] == [0, {"a": [1, None]}, 2, 3, "four"]
    assert found[seqs[4]]["gt"][0]["y"] == "text"
    assert found[seqs[1]]["gt"][0]["y"] == 7


def test_a_dropped_field_does_not_come_back(store: DatasetStore, small_groups: None) -> None:
    sample = {"x": 1.5, "gt": Detections([cat()])}
    seqs = add(store, *({"filepath": str(n), **sample} for n in range(7)))
    with store.transaction("save") as transaction:
        transaction.put("x", {seqs[0]: 2.5})
    with store.transaction("drop") as transaction:
        transaction.drop_field("x")
        transaction.drop_field("gt")
    assert list(store.snapshot().schema) == [*DEFAULT_FIELDS]
    with store.transaction("add") as transaction:
        transaction.grow_schema(
            {"x": StringField(), "gt": EmbeddedDocumentField(Detections, {"id": IntField()})}
        )
    found = read(store.snapshot())
    assert {row["x"] for row in found.values()} == {None}
    assert [row["gt"] for row in found.values()] == [None] * 7


def test_default_fields_stay(store: DatasetStore) -> None:
    with pytest.raises(SchemaError, match="can't be removed"), store.transaction("d") as t:
        t.drop_field("filepath")


def test_a_field_may_not_be_called_samples(store: DatasetStore) -> None:
    with pytest.raises(SchemaError, match="reserved"):
        add(store, {"filepath": "1", "samples": Detections([])})


def test_columns_set_in_bulk_go_over_edits(store: DatasetStore, small_groups: None) -> None:
    gt = Detections([cat(), cat()])
    seqs = add(store, *({"filepath": str(n), "gt": gt.copy(), "x": 0.0} for n in range(9)))
    extra = add(store, {"filepath": "9", "gt": Detections([cat()])})
    with store.transaction("save") as transaction:
        transaction.put("gt", {seqs[4]: [Detection(label="dog")]})
        transaction.put("x", {seqs[5]: 5.5})
        transaction.delete([seqs[0]])
    with store.transaction("set") as transaction:
        transaction.grow_schema({"gt": EmbeddedDocumentField(Detections, {"eval": StringField()})})
        owner = transaction.schema.label_fields["gt"]
        values = [f"e{n}" for n in range(16)]
        transaction.set_column("gt", "eval", encode_attribute(owner, "eval", values, "gt.eval"))
        transaction.set_column("x", None, encode_column(FloatField(), [*range(9)], "x"))
    found = read(store.snapshot())
    assert [found[seq]["x"] for seq in [*seqs[1:], *extra]] == [float(n) for n in range(9)]
    evals = [[label["eval"] for label in found[seq]["gt"]] for seq in [*seqs[1:], *extra]]
    assert evals[:4] == [["e0", "e1"], ["e2", "e3"], ["e4", "e5"], ["e6"]]
    assert evals[-1] == ["e15"]


def test_a_column_of_the_wrong_length_is_refused(store: DatasetStore) -> None:
    add(store, {"filepath": "1", "x": 1.5})
    with pytest.raises(ValueError, match="2 values for 1 samples"), store.transaction("s") as t:
        t.set_column("x", None, pa.array([1.0, 2.0]))


def test_small_appends_make_no_files(store: DatasetStore, tmp_path: Path) -> None:
    for number in range(30):
        add(store, {"filepath": str(number), "gt": Detections([cat()])})
    assert list((tmp_path / "dataset" / "segments").iterdir()) == []
    assert store.snapshot().count == 30


def test_many_edits_are_folded_by_themselves(store: DatasetStore, small_groups: None) -> None:
    seqs = add(store, *({"filepath": str(n)} for n in range(12)))
    for seq in seqs:
        with store.transaction("save") as transaction:
            transaction.put("filepath", {seq: f"new {seq}"})
    assert store.snapshot().num_dirty < 8
    assert [row["filepath"] for row in read(store.snapshot()).values()] == [
        f"new {seq}" for seq in seqs
    ]


def test_small_groups_are_merged(store: DatasetStore, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bulk, "SMALL_APPEND", 1)
    for number in range(60):
        add(store, {"filepath": str(number)})
    assert len(store.snapshot().layout.groups) < 30
    assert [row["filepath"] for row in read(store.snapshot()).values()] == [
        str(number) for number in range(60)
    ]


def test_folding_touches_only_what_is_dirty(store: DatasetStore, small_groups: None) -> None:
    seqs = add(store, *({"filepath": str(n)} for n in range(24)))
    before = {group.seq_low: group.id for group in store.snapshot().layout.groups}
    with store.transaction("save") as transaction:
        transaction.put("filepath", {seqs[7]: "x"})
    store.fold(force=True)
    after = {group.seq_low: group.id for group in store.snapshot().layout.groups}
    assert [low for low in before if before[low] != after[low]] == [6]


def test_readers_in_threads_see_whole_transactions(store: DatasetStore) -> None:
    seqs = add(store, {"filepath": "0", "n": 0}, {"filepath": "0", "n": 0})
    stop, wrong = threading.Event(), []

    def look() -> None:
        while not stop.is_set():
            rows = store.snapshot().table("samples").take(seqs).table
            if len(set(rows["n"].to_pylist())) != 1:
                wrong.append(rows.to_pylist())

    threads = [threading.Thread(target=look) for _ in range(3)]
    for thread in threads:
        thread.start()
    for number in range(200):
        with store.transaction("save") as transaction:
            transaction.put("n", dict.fromkeys(seqs, number))
    stop.set()
    for thread in threads:
        thread.join()
    assert wrong == []


def test_runs_are_kept_with_their_parts(store: DatasetStore) -> None:
    with store.transaction("annotate") as transaction:
        transaction.put_run("annotation", "fix", {"backend": "cvat"})
        transaction.put_run_part("annotation", "fix", "task-1", b"\x00one")
        transaction.put_run_part("annotation", "fix", "task-2", b"two")
        transaction.put_run("annotation", "fix", {"backend": "cvat", "sent": 2}, results=b"r")
        transaction.put_run("evaluation", "fix", {})
    run = store.runs.get_run("annotation", "fix")
    assert run is not None
    assert run.config == {"backend": "cvat", "sent": 2}
    assert run.results == b"r"
    assert store.runs.run_parts("annotation", "fix") == {"task-1": b"\x00one", "task-2": b"two"}
    with store.transaction("rename") as transaction:
        assert transaction.rename_run("annotation", "fix", "fixed")
        assert not transaction.rename_run("annotation", "fix", "fixed")
    assert store.runs.list_runs("annotation") == ["fixed"]
    with store.transaction("delete") as transaction:
        assert transaction.delete_run_part("annotation", "fixed", "task-1")
        assert transaction.delete_run("annotation", "fixed")
    assert store.runs.list_runs("annotation") == []
    assert store.runs.run_parts("annotation", "fixed") == {}
    assert store.runs.list_runs("evaluation") == ["fix"]
