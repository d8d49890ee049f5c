"""Where each file of a task under way is on the server, kept with its run so that any process can
go on with it: one small record a change, forgotten when the task is complete.
"""

from __future__ import annotations

import zlib
from collections.abc import Iterable, Mapping
from typing import Any

import msgspec

from viewfinder.annotate.runs import KIND
from viewfinder.samples import SampleCollection
from viewfinder.samples import runs as kept

__all__ = ["KeptPlaces"]


class KeptPlaces(dict[str, str]):
    """The places of the files of one task (see ``cvat.upload.Places``) that outlive this process.

    Args:
        collection: the collection that is annotated
        key: the run
        task_id: the task; what another process has kept for it is there from the start
    """

    def __init__(self, collection: SampleCollection, key: str, task_id: int) -> None:
        super().__init__()
        self._collection, self._key = collection, key
        self._prefix = f"upload-{task_id}-"
        self._parts = 0
        for name in self._names():
            data = kept.run_part(collection, KIND, key, name)
            if data is not None:
                super().update(_decoder.decode(zlib.decompress(data)))
            self._parts += 1

    def update(self, changed: Any = (), /, **more: str) -> None:
        """Notes where some files are now; on disk when this returns."""
        found = dict(changed, **more)
        super().update(found)
        self._keep(found)

    def __setitem__(self, name: str, place: str) -> None:
        self.update({name: place})

    def forget(self) -> None:
        """Removes what was kept: the task is complete, or gone."""
        names = self._names()
        if names:
            kept.drop_run_parts(self._collection, KIND, self._key, names, internal=True)
        self.clear()

    def _keep(self, changed: Mapping[str, str]) -> None:
        name = f"{self._prefix}{self._parts}"
        data = zlib.compress(msgspec.msgpack.encode(changed), level=3)
        kept.put_run_part(self._collection, KIND, self._key, name, data, internal=True)
        self._parts += 1

    def _names(self) -> list[str]:
        names: Iterable[str] = kept.run_part_names(self._collection, KIND, self._key)
        return [name for name in names if name.startswith(self._prefix)]


_decoder = msgspec.msgpack.Decoder(dict[str, str])
