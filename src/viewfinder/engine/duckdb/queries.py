"""A user's own SQL: a single SELECT that sees the view's samples and labels as tables."""

from __future__ import annotations

import numpy as np
import pyarrow as pa

from viewfinder.engine.base import Seqs, Snapshot
from viewfinder.engine.duckdb.frames import LabelState
from viewfinder.engine.duckdb.sql import quote
from viewfinder.errors import ExpressionError
from viewfinder.ids import id_from_bytes, is_id

__all__ = ["CHOSEN", "named_seqs", "user_query"]

CHOSEN = "chosen by steps before"
"""The samples that are left when the query is asked."""


def user_query(sql: str, state: LabelState, *, chosen: bool) -> str:
    """The query with the tables that it may name: ``samples``, and one a label field."""
    narrowed = f" WHERE s.seq IN (SELECT seq FROM {quote(CHOSEN)})" if chosen else ""
    tables = [f"samples AS (SELECT s.* {_AS_TEXT} FROM {state.samples} s{narrowed})"]
    for name in state.schema.label_fields:
        labels = state.table(name).select(
            f"l.* {_AS_TEXT}, (SELECT i.id FROM samples i WHERE i.seq = l.seq) AS sample_id"
        )
        inside = " WHERE seq IN (SELECT seq FROM samples)"
        tables.append(f"{quote(name)} AS (SELECT * FROM ({labels}){inside})")
    return f"WITH {', '.join(tables)} SELECT * FROM (\n{sql}\n)"


_AS_TEXT = "REPLACE (lower(hex(id)) AS id)"
"""Ids as users know them."""


def named_seqs(found: pa.Table, snapshot: Snapshot, chosen: Seqs | None) -> Seqs:
    """The samples that an answer names, in its order, each once."""
    seqs = _seqs(found, snapshot)
    _, first = np.unique(seqs, return_index=True)
    seqs = seqs[np.sort(first)]
    return seqs[np.isin(seqs, snapshot.seqs if chosen is None else chosen)]


def _seqs(found: pa.Table, snapshot: Snapshot) -> Seqs:
    if "seq" in found.column_names:
        return np.asarray(found["seq"].drop_null(), dtype=np.int64)
    name = next((name for name in ("sample_id", "id") if name in found.column_names), None)
    if name is None:
        raise ExpressionError(
            "A query of sql() names samples by a column 'id', 'sample_id' or 'seq'; this one gives "
            f"{', '.join(found.column_names)}."
        )
    ids = [id_from_bytes(one) if isinstance(one, bytes) else one for one in found[name].to_pylist()]
    return snapshot.seqs_of([one for one in ids if isinstance(one, str) and is_id(one)])
