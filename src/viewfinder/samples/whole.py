"""What is done to a dataset as a whole: deleting samples, and the facts kept beside them."""

from __future__ import annotations

import copy
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from viewfinder.errors import SampleNotFoundError, SchemaError
from viewfinder.samples.group_state import GROUP_FACTS
from viewfinder.schema import EmbeddedDocument

if TYPE_CHECKING:
    from viewfinder.samples.core import CollectionCore
    from viewfinder.samples.handle import DatasetHandle

__all__ = ["copy_facts", "delete_samples_by_id", "read_info", "write_info"]


OF_ONE_DATASET = frozenset({"saved_views", "workspaces", "media_type", *GROUP_FACTS})
"""What a dataset of a view does not take over: it speaks of the whole dataset."""


def delete_samples_by_id(handle: DatasetHandle, ids: Sequence[str], *, reason: str) -> None:
    """Deletes all of these samples or none.

    Raises:
        SampleNotFoundError: when one is not in the dataset
    """
    with handle.store.transaction(reason) as transaction:
        seqs = transaction.snapshot.seqs_of(ids)
        absent = np.flatnonzero(seqs < 0)
        if len(absent):
            raise SampleNotFoundError(ids[int(absent[0])], f"dataset '{handle.name}'")
        transaction.delete(np.unique(seqs))


def read_info(handle: DatasetHandle, key: str, empty: Any) -> Any:
    """What the dataset keeps under `key`, to be changed freely; `empty` where there is nothing."""
    value = handle.snapshot().info.get(key)
    if value is None:
        return copy.deepcopy(empty)
    if key == "mask_targets":
        return {field: _numbered(targets) for field, targets in value.items()}
    return _numbered(value) if key == "default_mask_targets" else _revived(value)


def write_info(handle: DatasetHandle, values: Mapping[str, Any]) -> None:
    """Keeps the values that differ from what the dataset keeps, in one transaction.

    Raises:
        SchemaError: when JSON can't write a value
    """
    info = handle.snapshot().info
    changed = {}
    for key, value in values.items():
        plain = _plain(value, key)
        if plain != info.get(key) and not (plain in ({}, []) and key not in info):
            changed[key] = plain
    if changed:
        with handle.store.transaction(f"set {', '.join(sorted(changed))}") as transaction:
            for key, value in changed.items():
                transaction.set_info(key, value)


def copy_facts(source: CollectionCore, target: DatasetHandle) -> None:
    """Gives a new dataset the fields that `source` shows and what its dataset keeps beside them."""
    with target.store.transaction("clone") as transaction:
        schema = source.visible_schema()
        if schema.frame_fields:
            # Before the fields: an empty dataset becomes one of videos, with their metadata.
            transaction.has_frames()
            transaction.frames.grow_schema(schema.frame_fields)
        transaction.grow_schema(dict(schema.fields))
        for key, value in source.snapshot().info.items():
            if key not in OF_ONE_DATASET:
                transaction.set_info(key, value)


def _numbered(targets: Mapping[str, str]) -> dict[int | str, str]:
    """Pixel values as numbers again; JSON makes them text. Colours such as "#ff0000" stay."""
    return {int(key) if key.lstrip("-").isdigit() else key: name for key, name in targets.items()}


def _revived(value: Any) -> Any:
    """A copy of what JSON kept, with the documents in it."""
    if isinstance(value, Mapping):
        if "_cls" in value:
            return EmbeddedDocument.from_dict(value)
        return {key: _revived(part) for key, part in value.items()}
    return [_revived(part) for part in value] if isinstance(value, list) else value


def _plain(value: Any, path: str) -> Any:
    """The value as JSON gives it back."""
    if value is None or isinstance(value, (bool, int, float, str)):
        return value
    if isinstance(value, np.generic):
        return value.item()
    if isinstance(value, EmbeddedDocument):
        return _plain(value.to_dict(), path)
    if isinstance(value, Mapping):
        return {str(key): _plain(part, f"{path}.{key}") for key, part in value.items()}
    if isinstance(value, (list, tuple, set, frozenset)):
        return [_plain(part, path) for part in value]
    raise SchemaError(
        f"'{path}' can't keep a {type(value).__name__}: use what JSON can write (numbers, text, "
        "lists and dicts)."
    )
