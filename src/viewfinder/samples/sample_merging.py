"""Merging adds the samples that are new and merges the others into those of the same key."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from viewfinder.errors import SchemaError
from viewfinder.progress import ProgressOption, meter
from viewfinder.samples.adding import AddedSamples
from viewfinder.samples.frames import Frame
from viewfinder.samples.frozen import copy_value
from viewfinder.samples.merge_rows import merge_frames, merge_rows
from viewfinder.samples.merge_values import MergeRules
from viewfinder.samples.sample import Sample, normalize_path
from viewfinder.schema import FRAME_FIELDS

if TYPE_CHECKING:
    from viewfinder.samples.collection import SampleCollection
    from viewfinder.samples.handle import DatasetHandle
    from viewfinder.store import Transaction

__all__ = ["merge_samples"]

BATCH_SAMPLES = 10_000

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
    facts: Callable[[Transaction], None] | None = None,
    total: int | None = None,
    progress: ProgressOption = None,
) -> None:
    """See ``Dataset.merge_samples``; all of it is one transaction.

    `facts` is called in the transaction, for what is merged besides the samples.
    """
    handle = dataset.handle
    with (
        meter(total, "Merging samples", progress=progress) as done,
        handle.store.transaction("merge_samples") as transaction,
    ):
        # Keys are read under the lock, so that nobody adds a sample of the same key meanwhile.
        keys = _Keys(dataset, key_field, key_fcn)
        merger = _Merger(handle, transaction, keys, rules, expand_schema=expand_schema)
        for batch in _batches(samples):
            merger.merge(batch, skip_existing=skip_existing, insert_new=insert_new)
            done.advance(len(batch))
        if facts is not None:
            facts(transaction)
    merger.settle()


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


class _Keys:
    """Which key stands for which sample."""

    def __init__(self, dataset: SampleCollection, key_field: str, key_fcn: KeyOf | None) -> None:
        dataset = dataset.whole_groups()
        self._key_field = key_field
        self._key_fcn = key_fcn
        keys: Sequence[Any]
        if key_fcn is not None:
            keys = [key_fcn(sample) for sample in dataset.iter_samples()]
        elif key_field == "id":
            keys = dataset.handle.ids_of(dataset.seqs())
        else:
            keys = dataset.values(key_field)
        self.seqs: dict[Any, int] = dict(zip(keys, dataset.seqs().tolist(), strict=True))
        self.seqs.pop(None, None)

    def of(self, sample: Sample) -> Any:
        """The key of a sample; None for one that is new in any case."""
        if self._key_fcn is not None:
            return self._key_fcn(sample)
        if self._key_field == "filepath":
            return normalize_path(sample.filepath)
        if self._key_field == "id":
            return sample.id
        root = self._key_field.partition(".")[0]
        return sample.get_field(self._key_field) if sample.has_field(root) else None


class _Merger:
    """Merges batch after batch, each a step of the transaction."""

    def __init__(
        self,
        handle: DatasetHandle,
        transaction: Transaction,
        keys: _Keys,
        rules: MergeRules,
        *,
        expand_schema: bool,
    ) -> None:
        self._handle = handle
        self._transaction = transaction
        self._keys = keys
        self._rules = rules
        self._frame_rules = rules.of_frames()
        self._expand_schema = expand_schema
        self._added: list[AddedSamples] = []
        self._changed: dict[int, set[str]] = {}

    def merge(self, batch: list[Sample], *, skip_existing: bool, insert_new: bool) -> None:
        """Adds what is new of a batch, and merges the rest into what is there."""
        old: list[tuple[int, Sample]] = []
        new: dict[Any, Sample] = {}
        again: list[tuple[Any, Sample]] = []
        for sample in batch:
            key = self._keys.of(sample)
            seq = None if key is None else self._keys.seqs.get(key)
            if seq is not None:
                old.append((seq, sample))
            elif key is not None and key in new:
                again.append((key, sample))
            else:
                new[object() if key is None else key] = sample
        if new and insert_new:
            self._add(new)
            old += [(self._keys.seqs[key], sample) for key, sample in again]
        if old and not skip_existing:
            self._merge_into(old)
        self._transaction.step()

    def settle(self) -> None:
        """Takes note that all is committed."""
        for added in self._added:
            added.settle()
        for seq, names in self._changed.items():
            sample = self._handle.live.get(seq)
            if sample is not None:
                sample.forget(dict.fromkeys(names))
                sample.refresh_frames()

    def _add(self, new: Mapping[Any, Sample]) -> None:
        rules = self._rules
        taken = []
        for sample in new.values():
            # The sample itself is added where nothing is left out, so that it is in the dataset.
            if rules.renamed is None and not rules.omitted and not sample.in_dataset:
                taken.append(sample)
                continue
            values = rules.taken({name: sample[name] for name in sample.field_names})
            values.setdefault("filepath", sample.filepath)
            if sample.id is not None:
                values["id"] = sample.id
            copy = Sample(**_copied(values))
            frames = self._frames_of(sample)
            if frames:
                copy.frames.update({n: Frame(**_copied(of)) for n, of in frames.items()})
            taken.append(copy)
        added = AddedSamples(
            self._handle, self._transaction.snapshot, taken, expand_schema=self._expand_schema
        )
        seqs = added.write(self._transaction).tolist()
        self._added = [each for each in self._added if each.is_held]
        self._added.append(added)
        self._keys.seqs.update(zip(new, seqs, strict=True))
        # What is merged into them next has to find them.
        self._transaction.step()

    def _merge_into(self, old: list[tuple[int, Sample]]) -> None:
        taken = [
            (seq, self._rules.taken({name: sample[name] for name in sample.field_names}))
            for seq, sample in old
        ]
        changed = merge_rows(
            self._transaction, self._handle, taken, self._rules, expand_schema=self._expand_schema
        )
        for seq, names in changed.items():
            self._changed.setdefault(seq, set()).update(names)
        frames = [
            (seq, number, values)
            for seq, sample in old
            for number, values in self._frames_of(sample).items()
        ]
        if frames:
            merge_frames(
                self._transaction,
                self._handle,
                frames,
                self._frame_rules,
                expand_schema=self._expand_schema,
            )
            for seq, _, _ in frames:
                self._changed.setdefault(seq, set())

    def _frames_of(self, sample: Sample) -> dict[int, dict[str, Any]]:
        """What is taken over of the frames of a video, by frame number."""
        if self._frame_rules.takes_nothing or sample.media_type != "video":
            return {}
        return {
            number: self._frame_rules.taken(
                {name: frame[name] for name in frame.field_names if name not in FRAME_FIELDS}
            )
            for number, frame in sample.frames.items()
        }


def _copied(values: Mapping[str, Any]) -> dict[str, Any]:
    return {name: copy_value(value) for name, value in values.items()}
