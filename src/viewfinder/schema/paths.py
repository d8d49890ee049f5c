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
    if len(rest) > 1 or rest[0] not in field.attributes:
        raise FieldNotFoundError(path, f"Field '{root}'", _paths_of(root, field))
    place = Place.DOCUMENT if field.element_type is None else Place.ATTRIBUTE
    return FieldPath(path, place, root, rest[0], field.attributes[rest[0]], names_list=in_list)


def _paths_of(root: str, field: EmbeddedDocumentField) -> list[str]:
    prefix = root
    if issubclass(field.document_type, LabelList):
        prefix = f"{root}.{field.document_type.LIST_NAME}"
    return [prefix, *(f"{prefix}.{name}" for name in field.attributes)]
