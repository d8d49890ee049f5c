"""What is done to all frames that a view shows as samples: tags, values, deletion."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

from viewfinder.errors import ExpressionError
from viewfinder.progress import ProgressOption
from viewfinder.samples.core import ViewT
from viewfinder.samples.frame_collection import FrameCollection
from viewfinder.samples.row_collection import RowCollection
from viewfinder.schema import ListField, StringField

__all__ = ["FrameRows"]


class FrameRows(RowCollection[ViewT]):
    """The part of a view that is particular where its samples are frames of videos."""

    @property
    def _whole(self) -> Any:
        """The dataset."""
        return self.root

    def tag_samples(self, tags: str | Iterable[str]) -> None:
        """Adds tags to the frames: a frame shows its own tags behind those of its video."""
        new = [tags] if isinstance(tags, str) else list(tags)
        self._edit_own_tags(lambda old: [*dict.fromkeys([*old, *new])])

    def untag_samples(self, tags: str | Iterable[str]) -> None:
        """Takes tags away from the frames; those of their videos stay."""
        gone = {tags} if isinstance(tags, str) else set(tags)
        self._edit_own_tags(lambda old: [tag for tag in old if tag not in gone])

    def set_values(
        self,
        field_name: str,
        values: Sequence[Any] | Mapping[Any, Any],
        key_field: str | None = None,
        skip_none: bool = False,
        expand_schema: bool = True,
        dynamic: bool = False,
        validate: bool = True,
        progress: ProgressOption = False,
    ) -> None:
        """Sets a field, or a part of it, on the frames; as of any collection."""
        keys = self.values("id")
        if isinstance(values, Mapping):
            by_key = dict(zip(self.values(key_field or "id"), keys, strict=True))
            column: Any = {by_key[key]: value for key, value in values.items()}
        else:
            given = list(values)
            if len(given) != len(keys):
                raise ExpressionError(
                    f"{len(given)} values can't be set on the {len(keys)} samples of {self.label}. "
                    "Give one for each, or a dict by id."
                )
            column = dict(zip(keys, given, strict=True))
        FrameCollection(self._whole).set_values(
            field_name, column, None, skip_none, expand_schema, dynamic, validate, progress
        )

    def clear(self) -> None:
        """Deletes the frames that the view shows from their videos."""
        self._whole.delete_frames(self.values("id"))

    def keep(self) -> None:
        """Deletes the frames that this view does not show from the view it was made of."""
        shown = set(self.values("id"))
        source = FrameCollection(self.row_handle.source)
        every = source.handle.ids_of(source.seqs())
        self._whole.delete_frames([each for each in every if each not in shown])

    def _edit_own_tags(self, edit: Callable[[list[str]], list[str]]) -> None:
        frames = FrameCollection(self._whole)
        if "tags" not in frames.visible_schema():
            self._whole.add_frame_field("tags", ListField, subfield=StringField)
        ids = self.values("id")
        own = dict(zip(frames.values("id"), frames.values("tags"), strict=True))
        edited = {each: edit(own[each] or []) for each in ids}
        frames.set_values(
            "tags", {each: tags for each, tags in edited.items() if tags != own[each]}
        )
