"""Writing frames: new ones in bulk, changed ones by their changed fields, with their sample."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from viewfinder.ids import new_ids
from viewfinder.samples.encoding import Columns, encode_records
from viewfinder.samples.frame_handle import frames_of_handle
from viewfinder.samples.growth import refuse_new_fields
from viewfinder.samples.rows import RowBatch
from viewfinder.samples.saving import SampleEdit, grown_fields, put_edits
from viewfinder.schema import VIDEO_OF_FRAME

if TYPE_CHECKING:
    import numpy.typing as npt
    import pyarrow as pa

    from viewfinder.samples.frames import Frame
    from viewfinder.samples.handle import DatasetHandle
    from viewfinder.store import Transaction

__all__ = ["AddedFrames", "EditedFrames"]


class AddedFrames:
    """New frames of some samples."""

    def __init__(
        self,
        handle: DatasetHandle,
        of_samples: Sequence[tuple[int, Mapping[int, Frame]]],
        *,
        expand_schema: bool = True,
    ) -> None:
        """
        Args:
            handle: the dataset of the samples
            of_samples: the numbers of samples, and the new frames of each by frame number
            expand_schema: whether fields that frames have not yet may be added
        """
        self._handle = handle
        self._expand_schema = expand_schema
        self._frames = [
            (sample, number, frame)
            for sample, frames in of_samples
            for number, frame in frames.items()
        ]
        self._seqs: npt.NDArray[np.int64] = np.zeros(0, np.int64)
        self._rows: RowBatch | None = None

    def write(self, transaction: Transaction) -> None:
        """Adds the frames; one that has the number of another takes its place.

        Raises:
            FieldTypeError, LabelError: when a value does not fit
            FieldNotFoundError: when a field is new and may not be added
        """
        if not self._frames:
            return
        schema = transaction.has_frames()
        raw: list[Mapping[str, Any]] = [
            {**frame.raw_values, "frame_number": number, VIDEO_OF_FRAME: sample}
            for sample, number, frame in self._frames
        ]
        ids = new_ids(len(raw))
        columns = encode_records(schema, raw, ids)
        if not self._expand_schema:
            owner = f"Dataset '{self._handle.name}' (expand_schema=False)"
            refuse_new_fields(schema, columns.grown, owner)
        schema = transaction.frames.grow_schema(columns.grown)
        transaction.frames.delete(self._replaced(transaction))
        samples = transaction.frames.stamped(columns.samples)
        self._seqs = transaction.frames.append(samples, columns.labels)
        self._rows = self._batch(columns, samples)

    def settle(self) -> None:
        """Takes note that all is committed: the frames are in the dataset now."""
        if self._rows is None:
            return
        frames = frames_of_handle(self._handle)
        for index, (seq, (_, _, frame)) in enumerate(
            zip(self._seqs.tolist(), self._frames, strict=True)
        ):
            frame.bind(frames, self._rows, index, seq)
            frames.live[seq] = frame

    def _batch(self, columns: Columns, samples: pa.Table) -> RowBatch:
        frames = frames_of_handle(self._handle)
        return RowBatch(
            frames.schema().merged(columns.grown),
            self._seqs,
            samples,
            columns.labels.__getitem__,
            frames.point_rows,
        )

    def _replaced(self, transaction: Transaction) -> list[int]:
        """The frames that there are of the same samples and numbers."""
        index = transaction.snapshot.frame_index
        new = {(sample, number) for sample, number, _ in self._frames}
        starts, counts = index.spans(np.array(sorted({sample for sample, _ in new}), np.int64))
        found: list[int] = []
        for start, count in zip(starts.tolist(), counts.tolist(), strict=True):
            there = slice(start, start + count)
            found += [
                seq
                for seq, sample, number in zip(
                    index.seqs[there].tolist(),
                    index.samples[there].tolist(),
                    index.numbers[there].tolist(),
                    strict=True,
                )
                if (sample, number) in new
            ]
        return found


class EditedFrames:
    """What was done to the frames of one sample since they were read."""

    def __init__(
        self,
        handle: DatasetHandle,
        sample: int,
        added: Mapping[int, Frame],
        edited: Sequence[tuple[Frame, SampleEdit]],
        deleted: Sequence[int],
    ) -> None:
        """
        Args:
            handle: the dataset
            sample: the number of the sample
            added: new frames by frame number
            edited: frames that were changed, and how
            deleted: the numbers in the store of frames that were removed
        """
        self._handle = handle
        self._added = AddedFrames(handle, [(sample, added)])
        self._edited = edited
        self._deleted = deleted

    def write(self, transaction: Transaction) -> None:
        """Writes it.

        Raises:
            SampleNotFoundError: when an edited frame was deleted meanwhile
            FieldTypeError, LabelError: when a value does not fit
        """
        schema = transaction.has_frames()
        frames = transaction.frames
        frames.delete(self._deleted)
        edits = [edit for _, edit in self._edited]
        put_edits(frames, edits, grown_fields(schema, edits))
        self._added.write(transaction)

    def settle(self) -> None:
        """Takes note that all is committed."""
        for frame, edit in self._edited:
            frame.settle(edit)
        self._added.settle()
