"""What a view does to single fields, and to frames, of its samples; others stay as they are."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

import numpy as np

from viewfinder.errors import SchemaError
from viewfinder.samples.collection import SampleCollection
from viewfinder.samples.core import ViewT
from viewfinder.samples.frame_collection import FrameCollection
from viewfinder.samples.view_saving import changed_fields
from viewfinder.schema import FRAMES_PREFIX, Place, resolve

__all__ = ["ViewFields"]


class ViewFields(SampleCollection[ViewT]):
    """The methods that change fields of the samples, or frames, that a view shows."""

    @property
    def _whole(self) -> Any:
        """The dataset."""
        return self.root

    def clear_sample_field(self, field_name: str) -> None:
        """Sets a field, or a part of one by its path, to None on the view's samples.

        Raises:
            FieldNotFoundError: when there is no such field
            SchemaError: for ``id`` and ``filepath``, which no sample can be without
        """
        self.clear_sample_fields(field_name)

    def clear_sample_fields(self, field_names: str | Iterable[str]) -> None:
        """Clears several fields; errors as of :meth:`clear_sample_field`."""
        mine = self._whole.select(self.values("id"))
        for path in _listed(field_names):
            _clear(mine, path)

    def clone_sample_field(self, field_name: str, new_field_name: str) -> None:
        """Copies a field into a new one; samples that are not in the view get None there."""
        self.clone_sample_fields({field_name: new_field_name})

    def clone_sample_fields(self, field_mapping: Mapping[str, str]) -> None:
        """Copies several fields; see :meth:`clone_sample_field`."""
        self._whole.clone_sample_fields(field_mapping)
        mine = self._whole.select(self.values("id"), ordered=True)
        others = self._whole.exclude(mine.values("id"))
        changed = changed_fields(self.plan(self.snapshot().schema))
        for name, new in field_mapping.items():
            _clear(others, new)
            if name.partition(".")[0] in changed:
                # What the view hides is not copied.
                mine.set_values(new, self.values(name))

    def clear_frame_field(self, field_name: str) -> None:
        """Sets a field, or a part of one by its path, to None on the frames that the view shows.

        Raises:
            FieldNotFoundError: when there is no such field
        """
        self.clear_frame_fields(field_name)

    def clear_frame_fields(self, field_names: str | Iterable[str]) -> None:
        """Clears several fields of frames; errors as of :meth:`clear_frame_field`."""
        mine = self._whole.select_frames(self._frame_ids())
        for path in _listed(field_names):
            _clear(mine, FRAMES_PREFIX + path)

    def clone_frame_field(self, field_name: str, new_field_name: str) -> None:
        """Copies a field of frames into a new one; frames that the view hides get None there."""
        self.clone_frame_fields({field_name: new_field_name})

    def clone_frame_fields(self, field_mapping: Mapping[str, str]) -> None:
        """Copies several fields of frames; see :meth:`clone_frame_field`."""
        ids = self._frame_ids()
        self._whole.clone_frame_fields(field_mapping)
        others = self._whole.exclude_frames(ids)
        changed = changed_fields(self.plan(self.snapshot().schema))
        for name, new in field_mapping.items():
            _clear(others, FRAMES_PREFIX + new)
            if FRAMES_PREFIX + name.partition(".")[0] in changed:
                self.set_values(FRAMES_PREFIX + new, self.values(FRAMES_PREFIX + name))

    def keep_frames(self) -> None:
        """Deletes the frames that the view does not show of its videos.

        ::

            dataset.match_frames(F("objects.detections").length() > 0).keep_frames()
        """
        handle = self.handle.target
        snapshot = self.snapshot()
        every, _ = snapshot.frames_of(np.unique(self.seqs()))
        hidden = np.setdiff1d(every, FrameCollection(self).seqs())
        behind = getattr(snapshot.frames, "sources", None)
        if behind is not None:
            # A frame that one clip hides may be shown by another.
            hidden = np.setdiff1d(behind[hidden], behind[np.setdiff1d(every, hidden)])
        with handle.store.transaction("keep_frames") as transaction:
            gone = hidden[transaction.snapshot.frames.contains(hidden)]
            transaction.frames.delete(gone)
        for sample in list(handle.live.values()):
            sample.refresh_frames()

    def reload(self) -> None:
        """Reads the dataset's ``info`` and its kin anew; views always show what is there."""
        self._whole.reload()

    def _frame_ids(self) -> list[str]:
        frames = FrameCollection(self)
        return frames.handle.ids_of(frames.seqs())


def _listed(names: str | Iterable[str]) -> list[str]:
    return [names] if isinstance(names, str) else list(names)


def _clear(collection: Any, path: str) -> None:
    """Sets what is at a path to None in all samples, or frames, of a collection."""
    found = resolve(collection.visible_schema(), path)
    if path in ("id", "filepath"):
        raise SchemaError(f"'{path}' can't be cleared: every sample needs one.")
    if found.place is not Place.LABELS:
        collection.set_field(path, None).save(path)
    elif found.in_frames:
        counts = collection.values(f"{FRAMES_PREFIX}id")
        collection.set_values(found.root, [[None] * len(ids) for ids in counts])
    else:
        collection.set_values(found.root, [None] * len(collection))
