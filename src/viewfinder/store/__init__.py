"""The store: a dataset is a folder; SQLite for what can change, Arrow files for what is bulk."""

from __future__ import annotations

from viewfinder.store.catalog import Catalog, DatasetEntry
from viewfinder.store.dataset_store import DatasetStore, Version
from viewfinder.store.difference import Difference, LabelDifference, difference
from viewfinder.store.frames import FrameIndex
from viewfinder.store.past import Retention
from viewfinder.store.runs import Run, RunReader
from viewfinder.store.snapshot import Snapshot
from viewfinder.store.tables import Rows, TableVersion
from viewfinder.store.transaction import Transaction

__all__ = [
    "Catalog",
    "DatasetEntry",
    "DatasetStore",
    "Difference",
    "FrameIndex",
    "LabelDifference",
    "Retention",
    "Rows",
    "Run",
    "RunReader",
    "Snapshot",
    "TableVersion",
    "Transaction",
    "Version",
    "difference",
]
