"""Merging adds the samples that are new and merges the others into those of the same key."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from viewfinder.errors import SchemaError
from viewfinder.progress import ProgressOption, meter
from viewfinder.samples.adding import add_samples
from viewfinder.samples.bulk_methods import write_column
from viewfinder.samples.frozen import copy_value
from viewfinder.samples.growth import needed_field, refuse_new_fields
from viewfinder.samples.handle import point_rows
from viewfinder.samples.merge_values import MergeRules, merged_values
from viewfinder.samples.sample import Sample, normalize_path

if TYPE_CHECKING:
    from viewfinder.samples.collection import SampleCollection
    from viewfinder.samples.handle import DatasetHandle
    from viewfinder.schema import Field

__all__ = ["merge_samples"]

BATCH_SAMPLES = 5_000

KeyOf = Callable[[Sample], Any]


def merge_samples(
    dataset: SampleCollection,
    samples: Iterable[Sample],
    rules: MergeRules,
    *,
    key_field: str = "filepath",
    key_fcn: KeyOf | None = None,
    skip_existing: bool = False,
    insert_new: bool = True,
    expand_schema: bool = True,
    total: int | None = None,
    progress: ProgressOption = None,
) -> None:
    """See ``Dataset.merge_samples``; a batch takes two transactions at most."""
    merger = _Merger(dataset, rules, key_field, key_fcn, expand_schema=expand_schema)
    with meter(total, "Merging samples", progress=progress) as done:
        for batch in _batches(samples):
            merger.merge(batch, skip_existing=skip_existing, insert_new=insert_new)
            done.advance(len(batch))


def _batches(samples: Iterable[Sample]) -> Iterator[list[Sample]]:
    left = iter(samples)
    while batch := list(itertools.islice(left, BATCH_SAMPLES)):
        for sample in batch:
            if not isinstance(sample, Sample):
                raise SchemaError(
                    f"Only samples can be merged, not a {type(sample).__name__}. Make one with "
                    "Sample(filepath=…, field=value)."
                )
        yield batch


class _Merger:
    """Merges batch after batch; knows which key stands for which sample."""

    def __init__(
        self,
        dataset: SampleCollection,
        rules: MergeRules,
        key_field: str,
        key_fcn: KeyOf | None,
        *,
        expand_schema: bool,
    ) -> None:
        self._handle: DatasetHandle = dataset.handle
        self._rules = rules
        self._key_field = key_field
        self._key_fcn = key_fcn
        self._expand_schema = expand_schema
        keys: Sequence[Any]
        if key_fcn is not None:
            keys = [key_fcn(sample) for sample in dataset.iter_samples()]
        elif key_field == "id":
            keys = self._handle.ids_of(dataset.seqs())
        else:
            keys = dataset.values(key_field)
        seqs = dataset.seqs().tolist()
        self._seqs = dict(zip(keys, seqs, strict=True))
        self._seqs.pop(None, None)

    def merge(self, batch: list[Sample], *, skip_existing: bool, insert_new: bool) -> None:
        """Adds what is new of a batch, and merges the rest into what is there."""
        old: list[tuple[int, Sample]] = []
        new: dict[Any, Sample] = {}
        again: list[tuple[Any, Sample]] = []
        for sample in batch:
            key = self._key(sample)
            seq = None if key is None else self._seqs.get(key)
            if seq is not None:
                old.append((seq, sample))
            elif key is not None and key in new:
                again.append((key, sample))
            else:
                new[object() if key is None else key] = sample
        if new and insert_new:
            self._add(new)
            old += [(self._seqs[key], sample) for key, sample in again]
        if old and not skip_existing:
            self._merge_into(old)

    def _key(self, sample: Sample) -> Any:
        if self._key_fcn is not None:
            return self._key_fcn(sample)
        if self._key_field == "filepath":
            return normalize_path(sample.filepath)
        if self._key_field == "id":
            return sample.id
        root = self._key_field.partition(".")[0]
        return sample.get_field(self._key_field) if sample.has_field(root) else None

    def _add(self, new: Mapping[Any, Sample]) -> None:
        rules = self._rules
        taken = []
        for sample in new.values():
            values = rules.taken({name: sample[name] for name in sample.field_names})
            values.setdefault("filepath", sample.filepath)
            if sample.id is not None:
                values["id"] = sample.id
            # The sample itself is added where nothing is left out, so that it is in the dataset.
            whole = rules.renamed is None and not rules.omitted and not sample.in_dataset
            taken.append(sample if whole else Sample(**_copied(values)))
        add_samples(self._handle, taken, expand_schema=self._expand_schema, progress=False)
        for key, sample in zip(new, taken, strict=True):
            self._seqs[key] = sample.seq

    def _merge_into(self, old: list[tuple[int, Sample]]) -> None:
        handle = self._handle
        taken = [
            (seq, self._rules.taken({name: sample[name] for name in sample.field_names}))
            for seq, sample in old
        ]
        with handle.store.transaction("merge_samples") as transaction:
            # Read inside, so that nothing is lost that another process writes meanwhile.
            snapshot = transaction.snapshot
            seqs = np.unique(np.array([seq for seq, _ in taken], np.int64))
            rows = point_rows(handle, snapshot, seqs)
            place = {seq: index for index, seq in enumerate(rows.seqs.tolist())}
            changes: dict[int, dict[str, Any]] = {}
            for seq, new in taken:
                if seq not in place:
                    continue  # deleted meanwhile
                mine = changes.setdefault(seq, {})
                held = {
                    name: mine[name] if name in mine else rows.column(name)[place[seq]]
                    for name in new
                    if name in rows.schema
                }
                mine.update(merged_values({**held, **mine}, new, self._rules))
            columns: dict[str, dict[int, Any]] = {}
            for seq, mine in changes.items():
                for name, value in mine.items():
                    columns.setdefault(name, {})[seq] = value
            grown = self._grown(columns)
            if grown:
                transaction.grow_schema(grown)
            for name, values in columns.items():
                write_column(transaction, name, values)
        for seq, mine in changes.items():
            sample = handle.live.get(seq)
            if sample is not None and mine:
                sample.forget(mine)

    def _grown(self, columns: Mapping[str, Mapping[int, Any]]) -> dict[str, Field]:
        schema = before = self._handle.schema()
        for name, values in columns.items():
            for value in values.values():
                field = needed_field(schema, name, value)
                if field is not None:
                    schema = schema.merged({name: field})
        grown = {name: schema[name] for name in columns if name in schema}
        grown = {name: field for name, field in grown.items() if before.fields.get(name) != field}
        if not self._expand_schema:
            owner = f"Dataset '{self._handle.name}' (expand_schema=False)"
            refuse_new_fields(before, grown, owner)
        return grown


def _copied(values: Mapping[str, Any]) -> dict[str, Any]:
    return {name: copy_value(value) for name, value in values.items()}
