"""A handle is one open dataset in this process: its store, its engine, and its live samples."""

from __future__ import annotations

import os
import threading
from collections.abc import Callable
from contextlib import suppress
from typing import TYPE_CHECKING, Any
from weakref import ReferenceType, WeakValueDictionary, ref

import numpy as np

from viewfinder.config import home
from viewfinder.errors import DatasetError, StoreDiskError
from viewfinder.samples.rows import RowBatch
from viewfinder.schema import DatasetSchema
from viewfinder.schema.columns import decode_column
from viewfinder.store import Catalog, DatasetEntry, DatasetStore, Snapshot

if TYPE_CHECKING:
    from collections.abc import Sequence

    import numpy.typing as npt

    from viewfinder.engine.base import Engine

__all__ = ["DatasetHandle", "create_handle", "open_catalog", "open_handle", "point_rows"]

_catalogs: dict[str, Catalog] = {}
_lock = threading.Lock()

LOADED = "loaded"
"""An empty file in a dataset's folder, whose time is when it was opened last."""


def open_catalog() -> Catalog:
    """The catalog of the Viewfinder home that is configured at this moment."""
    place = home()
    with _lock:
        catalog = _catalogs.get(str(place))
        if catalog is None or not place.exists():
            catalog = _catalogs[str(place)] = Catalog(place)
        return catalog


class DatasetHandle:
    """What every collection over one dataset shares."""

    def __init__(self, catalog: Catalog, entry: DatasetEntry, store: DatasetStore) -> None:
        self.catalog = catalog
        self.entry = entry
        self.deleted = False
        self.live: WeakValueDictionary[int, Any] = WeakValueDictionary()
        """The samples of the dataset that somebody holds, by number: one object a sample."""
        self.make_dataset: Callable[[DatasetHandle], Any] | None = None
        """How the public Dataset is made when only a sample of it is left; set by its owner."""
        self.frames: DatasetHandle | None = None
        """The handle of the frames of its videos, once somebody asked for one."""
        self._dataset: ReferenceType[Any] | None = None
        self._store = store
        self._engine: Engine | None = None
        self._engine_pid = os.getpid()
        self._left_alone: list[Engine | None] = []

    @property
    def name(self) -> str:
        """The dataset's name."""
        return self.entry.name

    @property
    def store(self) -> DatasetStore:
        """The folder.

        Raises:
            DatasetError: when the dataset was deleted
        """
        self._refuse_deleted()
        return self._store

    @property
    def target(self) -> DatasetHandle:
        """The handle that writes: this one, unless a stage made the rows that it reads."""
        return self

    def sources(self, seqs: npt.NDArray[np.int64]) -> npt.NDArray[np.int64]:
        """The numbers of the dataset's samples behind what this handle numbers."""
        return seqs

    @property
    def engine(self) -> Engine:
        """What runs the plans of this dataset's views."""
        if self._engine is None or self._engine_pid != os.getpid():
            # An engine's threads don't survive a fork: the child leaves the parent's alone, for
            # letting go of it would wait for them, and starts its own.
            self._left_alone.append(self._engine)
            # Imported here: adding and saving samples need no database engine in memory.
            from viewfinder.engine.duckdb import DuckDBEngine

            self._engine = DuckDBEngine()
            self._engine_pid = os.getpid()
        return self._engine

    @property
    def dataset(self) -> Any:
        """The public Dataset over this handle: always the same one while somebody holds it."""
        dataset = self._dataset() if self._dataset is not None else None
        if dataset is None and self.make_dataset is not None:
            dataset = self.make_dataset(self)
            self._dataset = ref(dataset)
        return dataset

    def owned_by(self, dataset: Any, make_dataset: Callable[[DatasetHandle], Any]) -> None:
        """Says which Dataset stands over this handle, and how to make it again."""
        self._dataset = ref(dataset)
        self.make_dataset = make_dataset

    def snapshot(self) -> Snapshot:
        """The dataset as it is now."""
        return self.store.snapshot()

    def schema(self) -> DatasetSchema:
        """The dataset's fields as they are now."""
        return self.store.snapshot().schema

    def point_rows(self, seq: int) -> RowBatch:
        """One sample as it is now; an empty batch where it was deleted."""
        return point_rows(self, self.snapshot(), [seq])

    def ids_of(self, seqs: npt.NDArray[np.int64]) -> list[str]:
        """The ids of samples by their numbers, in the same order."""
        column = self.snapshot().table("samples").take(seqs).table.column("id")
        ids: list[str] = decode_column(self.schema()["id"], column)
        return ids

    @property
    def loaded_at(self) -> float | None:
        """When any process opened the dataset last, in seconds since 1970."""
        mark = self.entry.path / LOADED
        return mark.stat().st_mtime if mark.exists() else None

    def forget_caches(self) -> None:
        """Lets go of all that is kept in memory to answer faster."""
        self._engine = None
        if self.frames is not None:
            self.frames.forget_caches()

    def rename(self, name: str) -> None:
        """Gives the dataset another name."""
        self.entry = self.catalog.rename(self._current_name(), name)

    def set_persistent(self, *, persistent: bool) -> None:
        """Keeps the dataset when this process ends, or not."""
        self.entry = self.catalog.set_persistent(self._current_name(), persistent)

    def delete(self) -> None:
        """Deletes the dataset with its folder; the media files are not touched."""
        self._refuse_deleted()
        self.close()
        try:
            self.catalog.delete(self._current_name())
        except StoreDiskError:
            self.catalog.delete_files_first(self.entry.id)
        self.deleted = True

    def close(self) -> None:
        """Lets go of files and memory."""
        self._store.close()
        self._engine = None

    def _current_name(self) -> str:
        """The name by now: another process may have renamed the dataset, or deleted it."""
        self._refuse_deleted()
        entry = self.catalog.get_by_id(self.entry.id)
        if entry is None:
            self.deleted = True
            self._refuse_deleted()
        else:
            self.entry = entry
        return self.entry.name

    def _refuse_deleted(self) -> None:
        if self.deleted:
            raise DatasetError(
                f"Dataset '{self.entry.name}' was deleted. Make it anew with "
                f"Dataset('{self.entry.name}')."
            )


def create_handle(
    name: str | None,
    *,
    persistent: bool,
    overwrite: bool = False,
    clone_of: DatasetHandle | None = None,
) -> DatasetHandle:
    """A new dataset: empty, or with all that another one holds.

    Raises:
        DatasetExistsError: when the name is taken and `overwrite` is not set
        InvalidDatasetNameError: when it can't be a name
    """
    catalog = open_catalog()
    if overwrite and name is not None and name in catalog.names():
        catalog.delete(name)
    source = None if clone_of is None else clone_of.store
    return open_handle(catalog.create(name, persistent=persistent, clone_of=source))


def open_handle(entry: DatasetEntry) -> DatasetHandle:
    """The dataset of a catalog entry."""
    handle = DatasetHandle(open_catalog(), entry, DatasetStore.open(entry.path))
    with suppress(OSError):  # where nothing may be written, reading is still possible
        (entry.path / LOADED).touch()
    return handle


def point_rows(
    handle: DatasetHandle, snapshot: Snapshot, seqs: Sequence[int] | npt.NDArray[np.int64]
) -> RowBatch:
    """Samples of the dataset by their numbers, read without a query; absent ones are left out."""
    wanted: npt.NDArray[np.int64] = np.asarray(seqs, np.int64)
    rows = snapshot.table("samples").take(wanted)
    found = np.asarray(rows.table.column("seq"), dtype=np.int64)

    def labels(name: str) -> tuple[Any, npt.NDArray[np.int64]]:
        of_field = snapshot.table(name).take(found)
        return of_field.table, of_field.offsets

    return RowBatch(snapshot.schema, found, rows.table, labels, handle.point_rows)
