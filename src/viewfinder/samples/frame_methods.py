"""The frames of a collection's videos: their fields, and what is done to all of them at once."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Any, Literal

import numpy as np

from viewfinder.errors import SampleNotFoundError
from viewfinder.expr import ViewExpression
from viewfinder.ids import is_id
from viewfinder.media import probe_video
from viewfinder.samples.core import CollectionCore, ViewT
from viewfinder.samples.field_changes import SchemaChanges
from viewfinder.samples.field_methods import FieldMethods
from viewfinder.samples.frame_handle import FrameHandle, frames_of_handle
from viewfinder.samples.frame_writing import AddedFrames
from viewfinder.samples.frames import Frame
from viewfinder.schema import VIDEO_OF_FRAME, DatasetSchema, Field
from viewfinder.stages import ExcludeFrames, MatchFrames, SelectFrames

if TYPE_CHECKING:
    from viewfinder.samples.field_methods import DocumentTypes, FieldTypes

__all__ = ["FrameChanges", "FrameMethods", "frame_count"]


class _ShownFields(FieldMethods[Any]):
    """The fields of frames that a collection shows."""

    def __init__(self, collection: CollectionCore[Any]) -> None:
        super().__init__(frames_of_handle(collection.handle.target))
        self._collection = collection

    def visible_schema(self) -> DatasetSchema:
        """The fields of frames, without what is kept for us."""
        fields = dict(self._collection.visible_schema().frame_fields)
        fields.pop(VIDEO_OF_FRAME, None)
        return DatasetSchema(fields)


class FrameMethods(CollectionCore[ViewT]):
    """The methods that choose frames, and tell of their fields."""

    def add_stage(self, stage: Any) -> ViewT:
        """The view with one more stage."""
        raise NotImplementedError

    def match_frames(self, filter: ViewExpression, omit_empty: bool = True) -> ViewT:
        """The frames for which an expression, seen from the frame, is true.

        ::

            dataset.match_frames(F("detections.detections").length() > 10)

        Args:
            filter: an expression on a frame
            omit_empty: whether samples that are left without frames go, too
        """
        return self.add_stage(MatchFrames(filter, omit_empty=omit_empty))

    def select_frames(self, frame_ids: Any, omit_empty: bool = True) -> ViewT:
        """Only the frames of the given ids.

        Args:
            frame_ids: ids, frames, or a view of frames
            omit_empty: whether samples that are left without frames go, too
        """
        return self.add_stage(SelectFrames(frame_ids, omit_empty=omit_empty))

    def exclude_frames(self, frame_ids: Any, omit_empty: bool = True) -> ViewT:
        """All frames but those of the given ids; the arguments of :meth:`select_frames`."""
        return self.add_stage(ExcludeFrames(frame_ids, omit_empty=omit_empty))

    def get_frame_field_schema(
        self,
        ftype: FieldTypes | None = None,
        embedded_doc_type: DocumentTypes | None = None,
        subfield: FieldTypes | None = None,
        read_only: bool | None = None,
        info_keys: str | Iterable[str] | None = None,
        created_after: datetime | None = None,
        include_private: bool = False,
        flat: bool = False,
        unwind: bool = True,
        mode: Literal["before", "after", "both"] = "after",
    ) -> dict[str, Field] | None:
        """The fields of frames by name; None where there are no videos.

        The arguments are those of :meth:`get_field_schema`.
        """
        if not self.visible_schema().frame_fields:
            return None
        return _ShownFields(self).get_field_schema(
            ftype,
            embedded_doc_type,
            subfield,
            read_only,
            info_keys,
            created_after,
            include_private,
            flat,
            unwind,
            mode,
        )

    def get_dynamic_frame_field_schema(
        self, fields: str | Sequence[str] | None = None, recursive: bool = True
    ) -> dict[str, Field] | None:
        """The attributes of frames' labels that are stored and not in the schema: none.

        None where there are no videos; see :meth:`get_dynamic_field_schema`.

        Raises:
            FieldNotFoundError: when one of `fields` is not there
        """
        if not self.visible_schema().frame_fields:
            return None
        return _ShownFields(self).get_dynamic_field_schema(fields, recursive)

    def has_frame_field(self, path: str) -> bool:
        """Whether frames have a field at a dotted path, seen from the frame."""
        return _ShownFields(self).has_field(path)

    def ensure_frames(self) -> None:
        """Gives every video a frame for each number that it has in its file.

        The number of frames is that of the metadata, which is read where it is not known. Frames
        that there are stay as they are.

        Raises:
            MediaError: when a video can't be read
        """
        videos = self.handle.target
        rows = list(self.row_batches())
        with videos.store.transaction("ensure_frames") as transaction:
            index = transaction.snapshot.frame_index
            for batch in rows:
                # Clips may be parts of one video.
                sources, places = np.unique(self.handle.sources(batch.seqs), return_index=True)
                starts, counts = index.spans(sources)
                added = []
                for at, seq, start, count in zip(
                    places.tolist(), sources.tolist(), starts.tolist(), counts.tolist(), strict=True
                ):
                    there = set(index.numbers[start : start + count].tolist())
                    total = frame_count(batch.column("filepath")[at], batch.column("metadata")[at])
                    missing = [n for n in range(1, total + 1) if n not in there]
                    added.append((seq, {number: Frame() for number in missing}))
                AddedFrames(videos, added).write(transaction)
        self._refresh_frames()

    def clear_frames(self) -> None:
        """Deletes all frames of the collection's videos, or clips."""
        with self.handle.target.store.transaction("clear_frames") as transaction:
            whole: Any = transaction.snapshot
            held: Any = whole if self.handle is self.handle.target else self.snapshot()
            frames, _ = held.frames_of(np.unique(self.seqs()))
            if held is not whole:
                frames = np.unique(held.frames.sources[frames])
            transaction.frames.delete(frames)
        self._refresh_frames()

    def _refresh_frames(self) -> None:
        """Lets samples that somebody holds read their frames anew."""
        handle = self.handle.target
        for sample in list(handle.live.values()):
            sample.refresh_frames()


def frame_count(filepath: str, metadata: Any) -> int:
    """The number of frames of a video: what is known of it, or what its file says.

    Raises:
        MediaError: when the file has to be read, and can't be
    """
    known = getattr(metadata, "total_frame_count", None)
    return int(known) if known is not None else probe_video(filepath).total_frame_count


class FrameChanges(FrameMethods[ViewT]):
    """The methods that change the fields of frames, and delete frames; only a dataset has them."""

    def add_frame_field(
        self,
        field_name: str,
        ftype: type[Field] | Field,
        embedded_doc_type: Any = None,
        subfield: Any = None,
        fields: Any = None,
        description: str | None = None,
        info: dict[str, Any] | None = None,
        read_only: bool = False,
    ) -> None:
        """Declares a field of frames; the arguments are those of :meth:`add_sample_field`."""
        self._frame_fields().add_sample_field(
            field_name,
            ftype,
            embedded_doc_type=embedded_doc_type,
            subfield=subfield,
            fields=fields,
            description=description,
            info=info,
            read_only=read_only,
        )

    def rename_frame_field(self, field_name: str, new_field_name: str) -> None:
        """Renames a field of frames, or an attribute of their labels."""
        self.rename_frame_fields({field_name: new_field_name})

    def rename_frame_fields(self, field_mapping: Mapping[str, str]) -> None:
        """Renames several fields of frames."""
        self._frame_fields().rename_sample_fields(field_mapping)
        self._refresh_frames()

    def clone_frame_field(self, field_name: str, new_field_name: str) -> None:
        """Copies a field of frames into a new one."""
        self.clone_frame_fields({field_name: new_field_name})

    def clone_frame_fields(self, field_mapping: Mapping[str, str]) -> None:
        """Copies several fields of frames."""
        self._frame_fields().clone_sample_fields(field_mapping)
        self._refresh_frames()

    def clear_frame_field(self, field_name: str) -> None:
        """Sets a field to None on every frame."""
        self.clear_frame_fields([field_name])

    def clear_frame_fields(self, field_names: str | Iterable[str]) -> None:
        """Sets several fields to None on every frame."""
        self._frame_fields().clear_sample_fields(field_names)
        self._refresh_frames()

    def delete_frame_field(self, field_name: str, error_level: int = 0) -> None:
        """Removes a field of frames with all its values."""
        self.delete_frame_fields([field_name], error_level)

    def delete_frame_fields(self, field_names: str | Iterable[str], error_level: int = 0) -> None:
        """Removes several fields of frames."""
        self._frame_fields().delete_sample_fields(field_names, error_level)
        self._refresh_frames()

    def add_dynamic_frame_fields(
        self,
        fields: str | Sequence[str] | None = None,
        recursive: bool = True,
        add_mixed: bool = False,
    ) -> None:
        """Declares attributes that are stored and not in the schema: there are none.

        See :meth:`get_dynamic_frame_field_schema`.
        """
        self._frame_fields().add_dynamic_sample_fields(fields, recursive, add_mixed)

    def remove_dynamic_frame_field(self, field_name: str, error_level: int = 0) -> None:
        """The same as :meth:`delete_frame_field`: what is stored is in the schema."""
        self.delete_frame_fields([field_name], error_level)

    def remove_dynamic_frame_fields(
        self, field_names: str | Iterable[str], error_level: int = 0
    ) -> None:
        """The same as :meth:`delete_frame_fields`: what is stored is in the schema."""
        self.delete_frame_fields(field_names, error_level)

    def delete_frames(self, frames_or_ids: Any) -> None:
        """Deletes frames of the dataset's videos.

        Args:
            frames_or_ids: ids, frames, samples (all of their frames), or a view of frames

        Raises:
            SampleNotFoundError: when one is not there; nothing is deleted then
        """
        one = isinstance(frames_or_ids, str) or hasattr(frames_or_ids, "raw_values")
        items = [frames_or_ids] if one else list(frames_or_ids)
        ids: list[str] = []
        for item in items:
            if hasattr(item, "new_frames"):
                ids += [str(frame.id) for frame in item.frames.values()]
            else:
                ids.append(str(item if isinstance(item, str) else item.id))
        with self.handle.store.transaction("delete_frames") as transaction:
            seqs = transaction.snapshot.frames.seqs_of(ids)
            for identifier, seq in zip(ids, seqs.tolist(), strict=True):
                if seq < 0 or not is_id(identifier):
                    raise SampleNotFoundError(f"frame {identifier}", self.label)
            transaction.frames.delete(np.unique(seqs))
        self._refresh_frames()

    def _frame_fields(self) -> SchemaChanges[Any]:
        frames: FrameHandle = frames_of_handle(self.handle)
        return SchemaChanges(frames)
