"""A snapshot as plain dicts, one a sample with its labels inside, for the Python engine."""

from __future__ import annotations

from typing import Any

import numpy as np

from viewfinder.engine.base import Seqs, Snapshot
from viewfinder.schema import FRAMES, VIDEO_OF_FRAME, EmbeddedDocument, EmbeddedDocumentField
from viewfinder.schema.columns import decode_column, decode_labels

__all__ = ["PLACE", "read_documents"]

PLACE = " place"
"""Under this name a label's dict keeps its place in the sample's list."""


def read_documents(snapshot: Snapshot) -> dict[int, dict[str, Any]]:
    """All samples by their number."""
    seqs = snapshot.seqs
    table = snapshot.table("samples").take(seqs).table
    documents: dict[int, dict[str, Any]] = {int(seq): {} for seq in seqs}
    for name, field in snapshot.schema.fields.items():
        if name in snapshot.schema.label_fields:
            assert isinstance(field, EmbeddedDocumentField)
            values = _labels(snapshot, seqs, name, field, table[name].to_pylist())
        else:
            values = [_plain(value) for value in decode_column(field, table[name])]
        for document, value in zip(documents.values(), values, strict=True):
            document[name] = value
    if snapshot.schema.frame_fields:
        _add_frames(documents, snapshot.frames)
    return documents


def _add_frames(documents: dict[int, dict[str, Any]], frames: Snapshot) -> None:
    """Gives each video the list of its frames, by number."""
    for document in documents.values():
        document[FRAMES] = []
    found = read_documents(frames).values()
    for frame in sorted(found, key=lambda each: int(each["frame_number"])):
        video = documents.get(frame.pop(VIDEO_OF_FRAME))
        if video is not None:
            video[FRAMES].append(frame)


def _labels(
    snapshot: Snapshot, seqs: Seqs, name: str, field: EmbeddedDocumentField, counts: list[Any]
) -> list[Any]:
    rows = snapshot.table(name).take(seqs)
    element = field.element_type
    assert element is not None
    labels = decode_labels(element, rows.table)
    values: list[Any] = []
    for at, count in enumerate(counts):
        start, stop = (int(offset) for offset in rows.offsets[at : at + 2])
        found = [
            {
                PLACE: place,
                **{key: _plain(label.values.get(key)) for key in field.attributes},
                # Tags of a label are never None: where nothing is kept, there are none.
                "tags": list(label.tags),
            }
            for place, label in enumerate(labels[start:stop])
        ]
        if count is None:
            values.append(None)
        elif field.is_label_list:
            values.append({getattr(field.document_type, "LIST_NAME"): found})  # noqa: B009
        else:
            values.append(found[0])
    return values


def _plain(value: Any) -> Any:
    """Documents as dicts and tuples as lists; arrays stay."""
    if isinstance(value, EmbeddedDocument):
        return {name: _plain(part) for name, part in value.iter_fields()}
    if isinstance(value, (list, tuple)):
        return [_plain(item) for item in value]
    return value.item() if isinstance(value, np.generic) else value
