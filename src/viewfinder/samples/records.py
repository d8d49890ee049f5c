"""Named records are kept with a dataset: saved views and workspaces, each with who and when."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from viewfinder.errors import DatasetError, suggestion

if TYPE_CHECKING:
    from viewfinder.samples.handle import DatasetHandle

__all__ = ["NamedRecords", "slug_of"]

EDITABLE = ("name", "description", "color")
_TIMES = ("created_at", "last_modified_at", "last_loaded_at")


class NamedRecords:
    """The records of one kind that a dataset keeps."""

    def __init__(self, handle: DatasetHandle, key: str, word: str) -> None:
        """
        Args:
            handle: the dataset
            key: under which entry of the dataset's info they are kept
            word: what one is called in messages, such as "saved view"
        """
        self._handle = handle
        self._key = key
        self._word = word

    def names(self) -> list[str]:
        """The names in order."""
        return sorted(self._held())

    def info(self, name: str) -> dict[str, Any]:
        """Name, slug, description, color and the times of a record, without its content.

        Raises:
            DatasetError: when there is none of that name
        """
        record = self._find(self._held(), name)
        shown = {key: value for key, value in record.items() if key != "content"}
        return {"name": name, **shown, **{key: _time(record.get(key)) for key in _TIMES}}

    def content(self, name: str) -> Any:
        """What was kept; notes that it was loaded. Errors as of :meth:`info`."""
        loaded: dict[str, Any] = {}

        def touch(records: dict[str, Any]) -> None:
            record = self._find(records, name)
            record["last_loaded_at"] = _now()
            loaded.update(record)

        self._change(f"load {self._word} '{name}'", touch)
        return loaded["content"]

    def save(
        self,
        name: str,
        content: Any,
        *,
        description: str | None = None,
        color: str | None = None,
        overwrite: bool = False,
    ) -> None:
        """Keeps a record.

        Raises:
            DatasetError: when the name can't be one, or is taken and `overwrite` is not set
        """

        def put(records: dict[str, Any]) -> None:
            self._check_free(records, name, overwrite=overwrite)
            now = _now()
            created = records.get(name, {}).get("created_at", now)
            records[name] = {
                "slug": slug_of(name),
                "description": description,
                "color": color,
                "created_at": created,
                "last_modified_at": now,
                "last_loaded_at": None,
                "content": content,
            }

        self._change(f"save {self._word} '{name}'", put)

    def update(self, name: str, info: Mapping[str, Any]) -> None:
        """Changes name, description or color of a record.

        Raises:
            DatasetError: when there is none, the new name is taken, or `info` says anything else
        """
        for key in info:
            if key not in EDITABLE:
                raise DatasetError(
                    f"'{key}' of a {self._word} can't be changed; {', '.join(EDITABLE)} can."
                )

        def change(records: dict[str, Any]) -> None:
            record = self._find(records, name)
            new = info.get("name", name)
            if new != name:
                others = {key: part for key, part in records.items() if key != name}
                self._check_free(others, new, overwrite=False)
                del records[name]
                records[new] = record
            changed = {key: value for key, value in info.items() if key != "name"}
            record.update(changed, slug=slug_of(new), last_modified_at=_now())

        self._change(f"update {self._word} '{name}'", change)

    def delete(self, name: str) -> None:
        """Forgets a record. Errors as of :meth:`info`."""

        def drop(records: dict[str, Any]) -> None:
            self._find(records, name)
            del records[name]

        self._change(f"delete {self._word} '{name}'", drop)

    def clear(self) -> None:
        """Forgets all records."""
        if self._held():
            self._change(f"delete every {self._word}", dict.clear)

    def _held(self) -> dict[str, Any]:
        return dict(self._handle.snapshot().info.get(self._key) or {})

    def _change(self, reason: str, change: Callable[[dict[str, Any]], None]) -> None:
        with self._handle.store.transaction(reason) as transaction:
            # Read inside, so that a record of another process is not lost.
            held = transaction.snapshot.info.get(self._key) or {}
            records = {name: dict(record) for name, record in held.items()}
            change(records)
            transaction.set_info(self._key, records)

    def _find(self, records: Mapping[str, Any], name: str) -> dict[str, Any]:
        if name not in records:
            known = f"Those of '{self._handle.name}'"
            raise DatasetError(
                f"There is no {self._word} '{name}'. {suggestion(name, sorted(records), known)}"
            )
        record: dict[str, Any] = records[name]
        return record

    def _check_free(self, records: Mapping[str, Any], name: str, *, overwrite: bool) -> None:
        slug = slug_of(name)
        if not slug:
            raise DatasetError(
                f"{name!r} can't be the name of a {self._word}: letters or digits are needed."
            )
        for other, record in records.items():
            if other == name and overwrite:
                continue
            if other == name or record["slug"] == slug:
                raise DatasetError(
                    f"There is a {self._word} '{other}' already. Choose a name that differs in "
                    "more than case and punctuation, or pass overwrite=True for the same name."
                )


def slug_of(name: str) -> str:
    """A name in the letters of an address: ``"My view!"`` is ``"my-view"``."""
    return re.sub(r"[^\w]+", "-", name.lower().replace("_", "-")).strip("-")


def _now() -> str:
    return datetime.now(UTC).isoformat()


def _time(text: str | None) -> datetime | None:
    return None if text is None else datetime.fromisoformat(text)
