"""Names around indexes. Columns are searched whole and need none: what is asked is remembered."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

from viewfinder.errors import FieldNotFoundError, SchemaError

if TYPE_CHECKING:
    from viewfinder.samples.collection import SampleCollection

__all__ = ["add_index", "index_information", "remove_index"]

GIVEN = ("id", "filepath", "created_at", "last_modified_at")
"""What FiftyOne has an index for in every dataset."""
OF_FRAMES = {
    "frames.id": [("id", 1)],
    "frames.created_at": [("created_at", 1)],
    "frames.last_modified_at": [("last_modified_at", 1)],
    "frames._sample_id_1_frame_number_1": [("_sample_id", 1), ("frame_number", 1)],
}
KEPT = "indexes"
"""The entry of the info under which indexes are remembered."""

Spec = str | Iterable[tuple[str, Any]]


def add_index(collection: SampleCollection, spec: Spec, *, unique: bool) -> str:
    """Remembers an index and returns its name.

    Raises:
        FieldNotFoundError: when there is no such field
        SchemaError: when values are to be unique, which nothing here sees to
    """
    keys = [(spec, 1)] if isinstance(spec, str) else [(str(path), way) for path, way in spec]
    if not keys:
        raise SchemaError("An index needs at least one field.")
    schema = collection.handle.target.schema()
    for path, _ in keys:
        if collection.get_field(path) is None:
            raise FieldNotFoundError(path, collection.label, schema)
    if unique and [path for path, _ in keys] != ["id"]:
        raise SchemaError(
            f"Nothing keeps the values of '{keys[0][0]}' unique here, save for ids, which always "
            "are. Look for values that come twice with count_values(), or merge samples by "
            "merge_samples(key_field=…), which adds each key once."
        )
    name = keys[0][0] if isinstance(spec, str) else "_".join(f"{path}_{way}" for path, way in keys)
    if len(keys) == 1 and keys[0][1] == 1:
        name = keys[0][0]
    if name not in index_information(collection):
        _change(collection, name, [list(key) for key in keys], f"create_index('{name}')")
    return name


def remove_index(collection: SampleCollection, name: str) -> None:
    """Forgets an index.

    Raises:
        SchemaError: when there is none of that name, or every dataset has it
    """
    known = index_information(collection)
    if name not in known:
        raise SchemaError(f"There is no index '{name}'. There are: {', '.join(known)}.")
    if name not in (collection.handle.target.snapshot().info.get(KEPT) or {}):
        raise SchemaError(f"The index '{name}' belongs to every dataset and can't be dropped.")
    _change(collection, name, None, f"drop_index('{name}')")


def index_information(
    collection: SampleCollection, *, include_stats: bool = False
) -> dict[str, dict[str, Any]]:
    """By name the fields of each index, with the directions in which they are sorted."""
    snapshot = collection.handle.target.snapshot()
    keys: dict[str, list[tuple[str, Any]]] = {name: [(name, 1)] for name in GIVEN}
    if snapshot.schema.frame_fields:
        keys |= OF_FRAMES
    for name, kept in (snapshot.info.get(KEPT) or {}).items():
        keys[name] = [(path, way) for path, way in kept]
    stats = {"size": 0, "in_progress": False} if include_stats else {}
    return {
        name: {"key": key, **({"unique": True} if name == "id" else {}), **stats}
        for name, key in keys.items()
    }


def _change(collection: SampleCollection, name: str, keys: list[Any] | None, reason: str) -> None:
    with collection.handle.target.store.transaction(reason) as transaction:
        kept = dict(transaction.snapshot.info.get(KEPT) or {})
        kept.pop(name, None)
        if keys is not None:
            kept[name] = keys
        transaction.set_info(KEPT, kept or None)
