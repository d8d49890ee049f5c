"""Getting at samples: one by id, a few from either end, or all of them in turn."""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from types import TracebackType
from typing import TYPE_CHECKING, Any, Self, cast, overload

from viewfinder.errors import DatasetError, ExpressionError, SampleNotFoundError
from viewfinder.expr import F, ViewExpression
from viewfinder.ids import is_id, plain_id
from viewfinder.progress import ProgressOption, meter
from viewfinder.samples.core import CollectionCore, ViewT
from viewfinder.samples.handle import point_rows
from viewfinder.samples.sample import Sample, SampleView, normalize_path
from viewfinder.samples.saving import SampleEdit, write_edits
from viewfinder.stages import Limit, Match, Select, Skip

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt

    from viewfinder.samples.collection import SampleCollection
    from viewfinder.samples.rows import RowBatch
    from viewfinder.stages import ViewStage

__all__ = ["AccessMethods", "SaveContext"]


class AccessMethods(CollectionCore[ViewT]):
    """The methods by which samples come out of a collection."""

    def __len__(self) -> int:
        snapshot = self.snapshot()
        if self.shows_all:
            return snapshot.count
        return self._handle.engine.count(self.plan(snapshot.schema), snapshot)

    def __iter__(self) -> Iterator[Sample]:
        return self.iter_samples()

    def iter_samples(
        self,
        progress: ProgressOption = False,
        autosave: bool = False,
        batch_size: int | None = None,
        batching_strategy: str | None = None,
    ) -> Iterator[Sample]:
        """The samples in order, as the collection was when the first was taken.

        ::

            for sample in dataset.iter_samples(progress=True, autosave=True):
                sample["brightness"] = brightness_of(sample.filepath)

        Args:
            progress: whether to show a bar; None shows one in a terminal
            autosave: whether to save what is changed, many samples in one transaction
            batch_size: samples that are read, and with `autosave` saved, at a time
            batching_strategy: has no effect: batches are cut by number and time
        """
        del batching_strategy
        total = None if progress is False else len(self)
        with meter(total, "Reading samples", progress=progress) as done:
            if autosave:
                with self.save_context(batch_size) as context:
                    for sample in self._samples(batch_size):
                        yield sample
                        context.save(sample)
                        done.advance()
                return
            for sample in self._samples(batch_size):
                yield sample
                done.advance()

    def save_context(
        self, batch_size: int | None = None, batching_strategy: str | None = None
    ) -> SaveContext:
        """A context in which ``context.save(sample)`` collects changes and writes them in batches.

        ::

            with dataset.save_context() as context:
                for sample in dataset:
                    sample["score"] = 0.5
                    context.save(sample)

        Args:
            batch_size: samples that are saved at a time; those of a fifth of a second otherwise
            batching_strategy: has no effect: batches are cut by number and time
        """
        del batching_strategy
        return SaveContext(self, batch_size)

    def first(self) -> Sample:
        """The first sample.

        Raises:
            SampleNotFoundError: when there are none
        """
        return self._one_of(self.head(1), "first")

    def last(self) -> Sample:
        """The last sample.

        Raises:
            SampleNotFoundError: when there are none
        """
        return self._one_of(self.tail(1), "last")

    def head(self, num_samples: int = 3) -> list[Sample]:
        """The first samples, at most `num_samples`."""
        if self._stages:
            return [*self._through(Limit(num_samples)).iter_samples()]
        return self._placed(self.seqs()[: max(0, num_samples)])

    def tail(self, num_samples: int = 3) -> list[Sample]:
        """The last samples, at most `num_samples`, in the collection's order."""
        first = max(0, len(self) - max(0, num_samples))
        if self._stages:
            return [*self._through(Skip(first)).iter_samples()]
        return self._placed(self.seqs()[first:])

    def one(self, expr: ViewExpression, exact: bool = False) -> Sample:
        """The first sample for which an expression holds.

        Args:
            expr: as in ``F("filepath").ends_with("cat.jpg")``
            exact: whether to refuse when there are several

        Raises:
            SampleNotFoundError: when there is none
            ExpressionError: when there are several and `exact` is set
        """
        found = self._through(Match(expr), Limit(2)).seqs()
        if exact and len(found) > 1:
            raise ExpressionError(
                f"More than one sample of {self.label} matches {expr}. Narrow the expression, or "
                "leave out exact=True to take the first."
            )
        if not len(found):
            raise SampleNotFoundError(f"where {expr}", self.label)
        return self._placed(found[:1])[0]

    @overload
    def __getitem__(self, key: str | None) -> Sample: ...
    @overload
    def __getitem__(self, key: slice | ViewExpression | Sequence[Any]) -> ViewT: ...
    def __getitem__(self, key: Any) -> Any:
        """One sample by id or filepath; a view by slice, by expression, or by a list of ids.

        Raises:
            SampleNotFoundError: when there is no such sample
            ExpressionError: when the key is of another kind, such as a number
        """
        key = plain_id(key)
        if isinstance(key, str):
            return self._by_name(key)
        if isinstance(key, slice):
            return self._sliced(key)
        if isinstance(key, ViewExpression):
            return self._with(Match(key))
        if isinstance(key, Sequence) or hasattr(key, "tolist"):
            return self._chosen(key if isinstance(key, Sequence) else key.tolist())
        raise ExpressionError(
            f"{key!r} can't choose samples of {self.label}: use an id, a filepath, a slice such as "
            "[2:5], an expression, or first(), head() and skip() for positions."
        )

    def __contains__(self, key: object) -> bool:
        key = key.id if isinstance(key, Sample) else plain_id(key)
        if not isinstance(key, str):
            return False
        try:
            self._by_name(key)
        except SampleNotFoundError:
            return False
        return True

    # Behind them

    def rows_again(self, seq: int) -> RowBatch:
        """One sample as this collection shows it now; an empty batch where it is not in it."""
        rows = self._handle.point_rows(seq)
        # A dataset finds the samples of all slices of its groups, whichever is active.
        whole = not self._stages if self.SHARES_SAMPLES else self.shows_all
        if whole or not len(rows):
            return rows
        chosen = self._through(Select([rows.column("id")[0]]))
        for batch in chosen.row_batches(1):
            return batch
        return self._handle.point_rows(-1)

    def sample_at(self, rows: RowBatch, index: int, seq: int) -> Sample:
        """The one object for a sample of the dataset; a new one for a sample of a view."""
        if not self.SHARES_SAMPLES:
            return SampleView.of_row(self._handle, rows, index, seq)
        live = self._handle.live
        sample: Sample | None = live.get(seq)
        if sample is None:
            sample = live[seq] = Sample.of_row(self._handle, rows, index, seq)
        return sample

    def _samples(self, batch_size: int | None) -> Iterator[Sample]:
        for rows in self.row_batches(batch_size or 1000):
            for index, seq in enumerate(rows.seqs.tolist()):
                yield self.sample_at(rows, index, seq)

    def samples_of(self, seqs: npt.NDArray[np.int64]) -> list[Sample]:
        """The samples of these numbers, as this collection shows them."""
        return self._placed(seqs)

    def _placed(self, seqs: npt.NDArray[np.int64]) -> list[Sample]:
        if not self._stages:
            rows = point_rows(self._handle, self.snapshot(), seqs)
            numbers = rows.seqs.tolist()
            return [self.sample_at(rows, index, seq) for index, seq in enumerate(numbers)]
        return [self.sample_at(self.rows_again(seq), 0, seq) for seq in seqs.tolist()]

    def _through(self, *stages: ViewStage) -> SampleCollection:
        """The view with more stages, as the collection that it is."""
        return cast("SampleCollection", self._with(*stages))

    def _with(self, *stages: ViewStage) -> ViewT:
        return self.with_stages((*self._stages, *stages))

    def _one_of(self, samples: list[Sample], which: str) -> Sample:
        if not samples:
            raise SampleNotFoundError(which, self.label)
        return samples[0]

    def _by_name(self, key: str) -> Sample:
        handle = self._handle
        if is_id(key):
            seq = int(handle.snapshot().seqs_of([key])[0])
            if seq >= 0:
                if self.SHARES_SAMPLES:
                    sample: Sample | None = handle.live.get(seq)
                    if sample is not None:
                        return sample
                rows = self.rows_again(seq)
                if len(rows):
                    rows.know("id", [key])
                    return self.sample_at(rows, 0, seq)
            raise SampleNotFoundError(key, self.label)
        seqs = self._found_by_path(normalize_path(key))
        if not len(seqs):
            raise SampleNotFoundError(key, self.label)
        return self._placed(seqs)[0]

    def _found_by_path(self, path: str) -> npt.NDArray[np.int64]:
        """The first sample of a filepath; of a dataset in any slice of its groups."""
        whole: Any = self
        if self.SHARES_SAMPLES:
            whole = whole.whole_groups()
        found: npt.NDArray[np.int64]
        found = whole.match(F("filepath") == path).limit(1).seqs()
        return found

    def _sliced(self, key: slice) -> ViewT:
        if key.step not in (None, 1):
            raise ExpressionError(
                f"A slice of {self.label} can't have a step. Choose ids out of values('id') and "
                "select() them."
            )
        start, stop, _ = key.indices(len(self))
        return self._with(Skip(start), Limit(max(0, stop - start)))

    def _chosen(self, keys: Sequence[Any]) -> ViewT:
        if len(keys) and all(isinstance(key, bool) for key in keys):
            ids = self._handle.ids_of(self.seqs())
            if len(keys) != len(ids):
                raise ExpressionError(
                    f"{len(keys)} booleans can't choose among the {len(ids)} samples of "
                    f"{self.label}. Give one for each."
                )
            keys = [identifier for identifier, chosen in zip(ids, keys, strict=True) if chosen]
        return self._with(Select(list(keys)))


class SaveContext:
    """Collects the changes of samples and writes them some at a time, the rest at its end.

    Args:
        collection: where the samples are from
        batch_size: write after so many samples; otherwise every fifth of a second
    """

    def __init__(self, collection: CollectionCore, batch_size: int | None = None) -> None:
        self._handle = collection.handle
        self._batch_size = batch_size
        self._waiting: list[tuple[Sample, SampleEdit]] = []
        self._since = time.monotonic()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.flush()

    def save(self, sample: Sample) -> None:
        """Takes what changed in a sample, to be written with the next batch.

        Raises:
            DatasetError: when the sample is not in this dataset
        """
        if sample.handle is not self._handle:
            raise DatasetError(
                f"The sample {sample.filepath} is not in dataset '{self._handle.name}', so it "
                "can't be saved there. Add it with add_sample(), or save it with its own save()."
            )
        edit = sample.edit()
        if edit is None:
            return
        self._waiting.append((sample, edit))
        full = self._batch_size is not None and len(self._waiting) >= self._batch_size
        late = self._batch_size is None and time.monotonic() - self._since > FLUSH_SECS
        if full or late or len(self._waiting) >= FLUSH_SAMPLES:
            self.flush()

    def flush(self) -> None:
        """Writes what was collected, in one transaction."""
        waiting, self._waiting = self._waiting, []
        if waiting:
            write_edits(self._handle, [edit for _, edit in waiting], reason="save")
            for sample, edit in waiting:
                sample.settle(edit)
        self._since = time.monotonic()


FLUSH_SECS = 0.2
FLUSH_SAMPLES = 1000
