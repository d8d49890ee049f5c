"""Runs are records kept with a dataset: what was done to it, how, and what came of it.

A run has a kind (such as "annotation"), a key that is unique among its kind, a config (JSON), and
perhaps results and named parts (bytes). They are written in the same transactions as labels.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from viewfinder.errors import DatasetError, suggestion
from viewfinder.samples.core import CollectionCore
from viewfinder.store.locks import FileLock

if TYPE_CHECKING:
    from viewfinder.store import Run, Transaction

__all__ = [
    "delete_run",
    "drop_run_parts",
    "has_run",
    "list_runs",
    "put_run_part",
    "register_run",
    "rename_run",
    "run_held",
    "run_info",
    "run_part",
    "run_part_names",
    "run_parts",
    "update_run",
    "write_run_parts",
]


def register_run(
    collection: CollectionCore,
    kind: str,
    key: str,
    config: Mapping[str, Any],
    *,
    taken: Callable[[str], Exception] | None = None,
) -> None:
    """Keeps a new run; its key is taken from this moment on.

    Args:
        collection: the dataset, or any view of it
        kind: the kind of run
        key: the run's name among its kind
        config: what the run is about, as JSON
        taken: makes the error to raise when there is a run of that key

    Raises:
        DatasetError: when the key is taken and `taken` is not given
    """
    with collection.root.handle.store.transaction(f"register {kind} run '{key}'") as transaction:
        if transaction.get_run(kind, key) is not None:
            raise taken(key) if taken is not None else _taken(kind, key)
        transaction.put_run(kind, key, dict(config))


def update_run(
    collection: CollectionCore,
    kind: str,
    key: str,
    config: Mapping[str, Any],
    *,
    results: bytes | None = None,
) -> None:
    """Replaces the config of a run, and its results where they are given."""
    with collection.root.handle.store.transaction(f"update {kind} run '{key}'") as transaction:
        _present(transaction, collection, kind, key)
        transaction.put_run(kind, key, dict(config), results=results)


def has_run(collection: CollectionCore, kind: str, key: str) -> bool:
    """Whether there is a run of that kind and key."""
    return collection.root.handle.store.runs.get_run(kind, key) is not None


def list_runs(collection: CollectionCore, kind: str) -> list[str]:
    """The keys of all runs of a kind, oldest first."""
    return list(collection.root.handle.store.runs.list_runs(kind))


def run_info(collection: CollectionCore, kind: str, key: str) -> Run:
    """One run: key, config, results, time.

    Raises:
        DatasetError: when there is none
    """
    run = collection.root.handle.store.runs.get_run(kind, key)
    if run is None:
        raise _missing(collection, kind, key)
    return run


def delete_run(collection: CollectionCore, kind: str, key: str) -> None:
    """Removes a run with its results and parts.

    Raises:
        DatasetError: when there is none
    """
    with collection.root.handle.store.transaction(f"delete {kind} run '{key}'") as transaction:
        _present(transaction, collection, kind, key)
        transaction.delete_run(kind, key)


def rename_run(collection: CollectionCore, kind: str, key: str, new_key: str) -> None:
    """Gives a run another key.

    Raises:
        DatasetError: when there is none of that key, or the new one is taken
    """
    with collection.root.handle.store.transaction(f"rename {kind} run '{key}'") as transaction:
        _present(transaction, collection, kind, key)
        if transaction.get_run(kind, new_key) is not None:
            raise _taken(kind, new_key)
        transaction.rename_run(kind, key, new_key)


@contextmanager
def run_held(
    collection: CollectionCore, kind: str, key: str, *, busy: Callable[[str], Exception]
) -> Iterator[None]:
    """Keeps other processes out while this one works on a run; let go however the process ends.

    Args:
        collection: the dataset, or any view of it
        kind: the kind of run
        key: the run
        busy: makes the error to raise when another process works on it
    """
    lock = FileLock(collection.root.handle.entry.path / f"{kind}-{key}.lock")
    if not lock.acquire():
        raise busy(key)
    try:
        yield
    finally:
        lock.release(remove=True)


def put_run_part(
    collection: CollectionCore,
    kind: str,
    key: str,
    part: str,
    data: bytes,
    *,
    internal: bool = False,
) -> None:
    """Keeps bytes with a run under a name; a part of that name is replaced.

    Args:
        collection: the dataset, or any view of it
        kind: the kind of run
        key: the run
        part: the name
        data: the bytes
        internal: whether that is nothing that a user looks for in the dataset's history
    """
    store = collection.root.handle.store
    with store.transaction(f"{kind} run '{key}': {part}", internal=internal) as transaction:
        _present(transaction, collection, kind, key)
        transaction.put_run_part(kind, key, part, data)


def drop_run_parts(
    collection: CollectionCore,
    kind: str,
    key: str,
    parts: Sequence[str],
    *,
    internal: bool = False,
) -> None:
    """Forgets what is kept with a run under some names; see :func:`put_run_part`."""
    store = collection.root.handle.store
    reason = f"{kind} run '{key}': no {', '.join(parts)}"
    with store.transaction(reason, internal=internal) as transaction:
        for part in parts:
            transaction.delete_run_part(kind, key, part)


def run_parts(collection: CollectionCore, kind: str, key: str) -> dict[str, bytes]:
    """All parts of a run by name."""
    return dict(collection.root.handle.store.runs.run_parts(kind, key))


def run_part_names(collection: CollectionCore, kind: str, key: str) -> list[str]:
    """The names of all parts of a run, in order of putting."""
    return list(collection.root.handle.store.runs.run_part_names(kind, key))


def run_part(collection: CollectionCore, kind: str, key: str, part: str) -> bytes | None:
    """One part of a run; None where there is none of that name."""
    return collection.root.handle.store.runs.run_part(kind, key, part)


def write_run_parts(
    collection: CollectionCore,
    kind: str,
    key: str,
    parts: Mapping[str, bytes],
    *,
    if_version: int,
) -> bool:
    """Keeps parts that change nothing that a user sees; False where the dataset has moved on."""
    store = collection.root.handle.store
    with store.transaction(f"{kind} run '{key}'", internal=True) as transaction:
        if transaction.snapshot.version != if_version:
            return False
        _present(transaction, collection, kind, key)
        for part, data in parts.items():
            transaction.put_run_part(kind, key, part, data)
    return True


def _present(transaction: Transaction, collection: CollectionCore, kind: str, key: str) -> None:
    if transaction.get_run(kind, key) is None:
        raise _missing(collection, kind, key)


def _missing(collection: CollectionCore, kind: str, key: str) -> DatasetError:
    known = list_runs(collection, kind)
    return DatasetError(
        f"There is no {kind} run '{key}' on {collection.root.label}. "
        f"{suggestion(key, known, 'Runs here')}"
    )


def _taken(kind: str, key: str) -> DatasetError:
    return DatasetError(
        f"There is a {kind} run '{key}' already. Choose another key, or delete that run first."
    )
