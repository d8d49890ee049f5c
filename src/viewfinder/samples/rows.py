"""Rows are samples as the store holds them; a batch decodes a field when it is first asked for."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from viewfinder.labels import Label, LabelList
from viewfinder.schema import DatasetSchema, EmbeddedDocumentField
from viewfinder.schema.columns import decode_column, decode_labels

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt
    import pyarrow as pa

__all__ = ["LabelSource", "RowBatch"]

FEW = 8
"""Up to so many samples of a batch are read one by one when they are compared, then all at once."""

LabelSource = Callable[[str], "tuple[pa.Table, npt.NDArray[np.int64]]"]
"""From a label field's name to its labels' rows, and the n+1 offsets that share them out."""


class RowBatch:
    """Some samples of one snapshot (or of one view of it), as Arrow columns.

    Reading one field of one sample decodes that field for the whole batch and keeps the values, so
    going through a dataset costs nothing for the fields that nobody looks at.
    """

    __slots__ = (
        "_asked",
        "_columns",
        "_label_source",
        "_labels",
        "_pristine",
        "_samples",
        "again",
        "frame_source",
        "schema",
        "seqs",
    )

    def __init__(
        self,
        schema: DatasetSchema,
        seqs: npt.NDArray[np.int64],
        samples: pa.Table,
        label_source: LabelSource,
        again: Callable[[int], RowBatch],
    ) -> None:
        """
        Args:
            schema: the fields that are visible here
            seqs: the samples' numbers, in the order of the rows
            samples: plain columns, and for each label field the number of labels (null: None)
            label_source: where labels come from when they are asked for
            again: from a sample's number to that sample as it is now, alone in a batch
        """
        self.schema = schema
        self.seqs = seqs
        self.again = again
        self.frame_source: Callable[[int], RowBatch] | None = None
        """From a video's number to the frames that a view shows of it; None where that is all."""
        self._samples = samples
        self._label_source = label_source
        self._columns: dict[str, list[Any]] = {}
        self._pristine: dict[str, list[Any]] = {}
        self._asked: dict[str, int] = {}
        self._labels: dict[str, tuple[pa.Table, npt.NDArray[np.int64]]] = {}

    def __len__(self) -> int:
        return len(self.seqs)

    @property
    def samples(self) -> pa.Table:
        """The columns as the store holds them, label fields as numbers of labels."""
        return self._samples

    def labels(self, name: str) -> tuple[pa.Table, npt.NDArray[np.int64]]:
        """The rows of a field's labels as the store holds them, and the n+1 offsets."""
        if name not in self._labels:
            self._labels[name] = self._label_source(name)
        return self._labels[name]

    def column(self, name: str) -> list[Any]:
        """The values of a visible field, one a sample, decoded once and shared."""
        column = self._columns.get(name)
        if column is None:
            column = self._columns[name] = self._decode(name)
        return column

    def know(self, name: str, column: list[Any]) -> None:
        """Takes the values of a field from somebody who knows them already."""
        self._columns[name] = column

    def pristine(self, name: str, index: int) -> Any:
        """What the batch holds for one sample, untouched by anybody; not to be changed."""
        known = self._pristine.get(name)
        if known is not None:
            return known[index]
        asked = self._asked[name] = self._asked.get(name, 0) + 1
        if asked > FEW:
            column = self._pristine[name] = self._decode(name)
            return column[index]
        field = self.schema[name]
        if isinstance(field, EmbeddedDocumentField) and field.element_type is not None:
            return self._decode_labels(name, field, index, index + 1)[0]
        return self._decode_plain(name, index, index + 1)[0]

    def _decode(self, name: str) -> list[Any]:
        field = self.schema[name]
        if isinstance(field, EmbeddedDocumentField) and field.element_type is not None:
            return self._decode_labels(name, field, 0, len(self))
        return self._decode_plain(name, 0, len(self))

    def _decode_plain(self, name: str, start: int, stop: int) -> list[Any]:
        if name not in self._samples.column_names:
            return [[] if name == "tags" else None for _ in range(start, stop)]
        column = self._samples.column(name).slice(start, stop - start)
        values = decode_column(self.schema[name], column)
        return [[] if value is None else value for value in values] if name == "tags" else values

    def _counts(self, name: str, start: int, stop: int) -> list[int | None]:
        column = self._samples.column(name)
        if stop - start == 1:
            return [column[start].as_py()]
        counts: list[int | None] = column.slice(start, stop - start).to_pylist()
        return counts

    def _decode_labels(
        self, name: str, field: EmbeddedDocumentField, start: int, stop: int
    ) -> list[Any]:
        if name not in self._samples.column_names:
            return [None] * (stop - start)
        counts = self._counts(name, start, stop)
        if not any(counts):
            # There may be no table of labels either: a batch that was just added has none then.
            return _share_out(field.document_type, [], counts, [0] * (len(counts) + 1))
        table, offsets = self.labels(name)
        edges: list[int] = offsets[start : stop + 1].tolist()
        element = field.element_type
        assert element is not None
        first = edges[0]
        labels = decode_labels(element, table.slice(first, edges[-1] - first))
        return _share_out(field.document_type, labels, counts, [edge - first for edge in edges])


def _share_out(
    document_type: type[Any], labels: list[Label], counts: list[int | None], edges: list[int]
) -> list[Any]:
    """One label, one list of labels or None a sample, from the labels of all."""
    if issubclass(document_type, LabelList):
        return [
            None if count is None else document_type(labels[start:stop])
            for count, start, stop in zip(counts, edges, edges[1:], strict=False)
        ]
    return [labels[start] if count else None for count, start in zip(counts, edges, strict=False)]
