"""Dotted paths: which column of which table a name like ``predictions.detections.label`` means."""

from __future__ import annotations

from dataclasses import dataclass, replace
from enum import Enum

from viewfinder.errors import FieldNotFoundError
from viewfinder.labels import LabelList
from viewfinder.schema.dataset import FRAMES, FRAMES_PREFIX, DatasetSchema
from viewfinder.schema.fields import EmbeddedDocumentField, Field, ListField

__all__ = ["FieldPath", "Place", "resolve"]


class Place(Enum):
    """What kind of place a path names."""

    SAMPLE = "sample"
    """A value of the sample: one a sample."""
    DOCUMENT = "document"
    """A value inside an embedded document of the sample, such as ``metadata.width``."""
    LABELS = "labels"
    """A label field as a whole, or its list of labels: ``predictions[.detections]``."""
    ATTRIBUTE = "attribute"
    """An attribute of the labels of a field: ``predictions.detections.confidence``."""
    FRAMES = "frames"
    """The frames of a video as a whole."""


@dataclass(frozen=True, slots=True)
class FieldPath:
    """A path that was found in a schema."""

    text: str
    """The path as it was written."""
    place: Place
    root: str
    """The sample field that the path starts with: also the name of the labels' table."""
    leaf: str | None
    """The attribute or document value at its end; None for SAMPLE and LABELS."""
    field: Field
    """The type at the end of the path."""
    names_list: bool = False
    """LABELS only: whether the path names the list inside (``predictions.detections``)."""
    below: str | None = None
    """What the path names inside of the document that `leaf` is."""
    in_frames: bool = False
    """Whether each frame has such a place; `root` then begins with ``frames.``."""

    @property
    def is_list(self) -> bool:
        """Whether a sample can have many values there."""
        if self.place is Place.ATTRIBUTE:
            return self.names_list
        return isinstance(self.field, ListField) or self.names_list


def resolve(schema: DatasetSchema, path: str) -> FieldPath:
    """Finds `path` in `schema`.

    Raises:
        FieldNotFoundError: when there is nothing of that name; near names are suggested
    """
    root, *rest = path.split(".")
    if root == FRAMES and schema.frame_fields:
        if not rest:
            return FieldPath(path, Place.FRAMES, FRAMES, None, ListField())
        inside = resolve(schema.frames, ".".join(rest))
        return replace(inside, text=path, root=FRAMES_PREFIX + inside.root, in_frames=True)
    if root not in schema:
        raise FieldNotFoundError(path, "The dataset", schema)
    field = schema[root]
    if not rest:
        place = Place.LABELS if root in schema.label_fields else Place.SAMPLE
        return FieldPath(path, place, root, None, field)
    if not isinstance(field, EmbeddedDocumentField):
        raise FieldNotFoundError(path, f"Field '{root}' ({field})")
    in_list = False
    if issubclass(field.document_type, LabelList):
        list_name = field.document_type.LIST_NAME
        if rest[0] != list_name:
            raise FieldNotFoundError(path, f"Field '{root}'", _paths_of(root, field))
        in_list = True
        rest = rest[1:]
        if not rest:
            return FieldPath(path, Place.LABELS, root, None, field, names_list=True)
    found = field.attributes.get(rest[0])
    for name in rest[1:]:
        found = None if found is None else _inside(found).get(name)
    if found is None:
        raise FieldNotFoundError(path, f"Field '{root}'", _paths_of(root, field))
    place = Place.DOCUMENT if field.element_type is None else Place.ATTRIBUTE
    below = ".".join(rest[1:]) or None
    return FieldPath(path, place, root, rest[0], found, names_list=in_list, below=below)


def _inside(field: Field) -> dict[str, Field]:
    """What documents hold, be they in lists or not."""
    while isinstance(field, ListField) and field.field is not None:
        field = field.field
    return field.attributes if isinstance(field, EmbeddedDocumentField) else {}


def _paths_of(root: str, field: EmbeddedDocumentField) -> list[str]:
    prefix = root
    if issubclass(field.document_type, LabelList):
        prefix = f"{root}.{field.document_type.LIST_NAME}"
    return [prefix, *(f"{prefix}.{name}" for name in field.attributes)]
