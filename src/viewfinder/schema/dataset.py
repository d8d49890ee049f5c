"""A dataset's schema: its sample fields by name, an immutable value that grows by merging."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from viewfinder.errors import FieldNotFoundError, FieldTypeError, InvalidFieldNameError, LabelError
from viewfinder.schema.documents import ImageMetadata, VideoMetadata
from viewfinder.schema.field_json import field_from_json
from viewfinder.schema.fields import (
    DateTimeField,
    EmbeddedDocumentField,
    Field,
    FloatField,
    IntField,
    ListField,
    ObjectIdField,
    StringField,
)
from viewfinder.schema.infer import document_field, widen

__all__ = [
    "CREATED_AT",
    "DEFAULT_FIELDS",
    "FRAMES",
    "FRAMES_PREFIX",
    "FRAME_FIELDS",
    "LAST_MODIFIED_AT",
    "STAMPS",
    "VIDEO_OF_FRAME",
    "DatasetSchema",
]

CREATED_AT = "created_at"
LAST_MODIFIED_AT = "last_modified_at"
STAMPS = (CREATED_AT, LAST_MODIFIED_AT)
"""The fields that the store itself writes: when a sample was added, and when changed last."""

DEFAULT_FIELDS: dict[str, Field] = {
    "id": ObjectIdField(),
    "filepath": StringField(),
    "tags": ListField(StringField()),
    "metadata": document_field(ImageMetadata),
    CREATED_AT: DateTimeField(read_only=True),
    LAST_MODIFIED_AT: DateTimeField(read_only=True),
}
"""What every sample has."""

VIDEO_OF_FRAME = "_sample"
"""The column of frames that names their video, by the number of its sample; no field for users."""

FRAMES = "frames"
"""The path of a video's frames."""
FRAMES_PREFIX = "frames."

FRAME_FIELDS: dict[str, Field] = {
    "id": ObjectIdField(),
    "frame_number": IntField(),
    CREATED_AT: DateTimeField(read_only=True),
    LAST_MODIFIED_AT: DateTimeField(read_only=True),
    VIDEO_OF_FRAME: IntField(),
}
"""What every frame of a video has."""

_NAME = re.compile(r"[^\W\d]\w*\Z")
_RESERVED = frozenset({"seq", "pos", "frames", "dataset", "field_names", "values"})


@dataclass(frozen=True)
class DatasetSchema:
    """The fields of a dataset's samples.

    Two schemas merge into one that holds the data of both, so schemas that two processes grew at
    the same time never lose a field to each other.
    """

    fields: Mapping[str, Field] = field(default_factory=lambda: dict(DEFAULT_FIELDS))
    frame_fields: Mapping[str, Field] = field(default_factory=dict)
    """The fields of the frames of videos, with :data:`VIDEO_OF_FRAME`; empty where there are none.
    They grow by their own row space: merging leaves them alone."""

    def __contains__(self, name: str) -> bool:
        return name in self.fields

    def __getitem__(self, name: str) -> Field:
        try:
            return self.fields[name]
        except KeyError:
            raise FieldNotFoundError(name, "The dataset", self.fields) from None

    def __iter__(self) -> Iterator[str]:
        return iter(self.fields)

    @property
    def label_fields(self) -> dict[str, EmbeddedDocumentField]:
        """The fields that hold labels, single or in lists."""
        return {
            name: part
            for name, part in self.fields.items()
            if isinstance(part, EmbeddedDocumentField) and part.element_type is not None
        }

    @property
    def frames(self) -> DatasetSchema:
        """The fields of frames as a schema of their own."""
        return DatasetSchema(self.frame_fields)

    def of_videos(self) -> DatasetSchema:
        """This schema for a dataset of videos: with their metadata and the fields of frames."""
        fields = {**self.fields, "metadata": document_field(VideoMetadata)}
        return replace(self, fields=fields, frame_fields=self.frame_fields or dict(FRAME_FIELDS))

    def holder(self, name: str) -> Field:
        """The field that holds the values of a table: of samples, or ``frames.…`` of frames.

        Raises:
            FieldNotFoundError: when there is none
        """
        if name.startswith(FRAMES_PREFIX):
            return self.frames[name.removeprefix(FRAMES_PREFIX)]
        return self[name]

    @property
    def all_label_fields(self) -> dict[str, EmbeddedDocumentField]:
        """The fields that hold labels, those of frames included, as ``frames.…``."""
        of_frames = self.frames.label_fields if self.frame_fields else {}
        return {**self.label_fields, **{FRAMES_PREFIX + k: part for k, part in of_frames.items()}}

    @property
    def plain_fields(self) -> dict[str, Field]:
        """The fields that hold no labels."""
        labels = self.label_fields
        return {name: part for name, part in self.fields.items() if name not in labels}

    def merged(self, added: Mapping[str, Field]) -> DatasetSchema:
        """This schema with more fields, or more attributes of label fields.

        Raises:
            InvalidFieldNameError: when a new name can't be one
            FieldTypeError: when a field of that name holds something else
        """
        fields = dict(self.fields)
        for name, new in added.items():
            old = fields.get(name)
            if old is None:
                check_field_name(name)
            fields[name] = new if old is None else _merge_field(name, old, new)
        return self if fields == self.fields else replace(self, fields=fields)

    def place(self, name: str, attribute: str | None = None) -> Field:
        """The field of that name, or an attribute of the labels that it holds.

        Raises:
            FieldNotFoundError: when there is none
        """
        field = self[name]
        if attribute is None:
            return field
        attributes = field.attributes if isinstance(field, EmbeddedDocumentField) else {}
        if attribute not in attributes:
            raise FieldNotFoundError(attribute, f"Field '{name}'", attributes)
        return attributes[attribute]

    def with_field(self, name: str, field: Field, attribute: str | None = None) -> DatasetSchema:
        """This schema with another type for a field, or for an attribute of its labels."""
        if attribute is not None:
            owner = self.place(name)
            assert isinstance(owner, EmbeddedDocumentField)
            field = replace(owner, attributes={**owner.attributes, attribute: field})
        return replace(self, fields={**self.fields, name: field})

    def without(self, name: str, attribute: str | None = None) -> DatasetSchema:
        """This schema less one field, or one attribute of a field's labels."""
        owner = self.place(name)
        if attribute is not None:
            assert isinstance(owner, EmbeddedDocumentField)
            rest = {key: part for key, part in owner.attributes.items() if key != attribute}
            return self.with_field(name, replace(owner, attributes=rest))
        kept = {key: part for key, part in self.fields.items() if key != name}
        return replace(self, fields=kept)

    def renamed(self, name: str, new_name: str, attribute: str | None = None) -> DatasetSchema:
        """This schema with one field, or attribute of a field's labels, under another name."""
        owner = self.place(name)
        if attribute is None:
            fields = {new_name if key == name else key: part for key, part in self.fields.items()}
            return replace(self, fields=fields)
        assert isinstance(owner, EmbeddedDocumentField)
        attributes = {
            new_name if key == attribute else key: part for key, part in owner.attributes.items()
        }
        return self.with_field(name, replace(owner, attributes=attributes))

    def to_json(self) -> dict[str, Any]:
        """The form in which the catalog keeps it."""
        return {name: part.to_json() for name, part in self.fields.items()}

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> DatasetSchema:
        """The schema that :meth:`to_json` wrote."""
        fields = {name: field_from_json(part) for name, part in data.items()}
        if "filepath" in fields:
            # A dataset that an older version made gets the fields that came since.
            fields = {**DEFAULT_FIELDS, **fields}
        elif VIDEO_OF_FRAME in fields:
            fields = {**FRAME_FIELDS, **fields}
        return cls(fields)


def check_field_name(name: str) -> None:
    """Raises InvalidFieldNameError where `name` can't be a field's."""
    if not _NAME.match(name):
        raise InvalidFieldNameError(
            name, "use letters, digits and underscores, not starting with a digit"
        )
    if name.startswith("_"):
        raise InvalidFieldNameError(name, "names that start with an underscore are kept for us")
    if name in _RESERVED:
        raise InvalidFieldNameError(name, "the name is reserved")


def _merge_field(name: str, old: Field, new: Field) -> Field:
    """What a field becomes when `new` values arrive: label attributes widen, other types don't."""
    if isinstance(new, ListField) and new.field is None and isinstance(old, ListField):
        return old
    try:
        merged = widen(old, new)
    except LabelError:
        merged = Field()
    if type(merged) is Field and type(old) is not Field:
        raise FieldTypeError(name, _describe(old), _describe(new))
    if isinstance(old, ListField) and isinstance(merged, ListField):
        inner_old, inner = old.field, merged.field
        if type(inner) is Field and inner_old is not None and type(inner_old) is not Field:
            raise FieldTypeError(name, _describe(old), _describe(new))
    if isinstance(old, FloatField) and isinstance(new, IntField):
        return old
    return merged


def _describe(part: Field) -> str:
    if isinstance(part, EmbeddedDocumentField):
        return part.document_type.__name__
    if isinstance(part, ListField) and part.field is not None:
        return f"lists of {_describe(part.field)}"
    return part.HOLDS
