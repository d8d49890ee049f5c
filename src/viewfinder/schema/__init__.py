"""The schema says what may live where: typed fields, and the dotted paths that name them."""

from __future__ import annotations

from viewfinder.schema.dataset import (
    DEFAULT_FIELDS,
    FRAME_FIELDS,
    VIDEO_OF_FRAME,
    DatasetSchema,
)
from viewfinder.schema.documents import EmbeddedDocument, ImageMetadata, Metadata, VideoMetadata
from viewfinder.schema.fields import (
    ArrayField,
    BooleanField,
    DateField,
    DateTimeField,
    DictField,
    EmbeddedDocumentField,
    Field,
    FloatField,
    IntField,
    ListField,
    ObjectIdField,
    StringField,
    VectorField,
)
from viewfinder.schema.infer import infer_field, widen
from viewfinder.schema.paths import FieldPath, Place, resolve

__all__ = [
    "DEFAULT_FIELDS",
    "FRAME_FIELDS",
    "VIDEO_OF_FRAME",
    "ArrayField",
    "BooleanField",
    "DatasetSchema",
    "DateField",
    "DateTimeField",
    "DictField",
    "EmbeddedDocument",
    "EmbeddedDocumentField",
    "Field",
    "FieldPath",
    "FloatField",
    "ImageMetadata",
    "IntField",
    "ListField",
    "Metadata",
    "ObjectIdField",
    "Place",
    "StringField",
    "VectorField",
    "VideoMetadata",
    "infer_field",
    "resolve",
    "widen",
]
