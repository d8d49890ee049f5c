"""Field types: frozen values that say what a field holds, written as JSON in the catalog."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import Any, ClassVar, Self

from viewfinder.errors import StoreError
from viewfinder.labels import Kind, Label, LabelList, label_class
from viewfinder.labels.registry import LABEL_CLASSES, LABEL_LIST_CLASSES
from viewfinder.schema.documents import DOCUMENT_CLASSES, EmbeddedDocument

__all__ = [
    "FIELD_OF_KIND",
    "ArrayField",
    "BooleanField",
    "DateField",
    "DateTimeField",
    "DictField",
    "EmbeddedDocumentField",
    "Field",
    "FloatField",
    "IntField",
    "ListField",
    "ObjectIdField",
    "StringField",
    "VectorField",
    "field_from_json",
]


@dataclass(frozen=True, kw_only=True)
class Field:
    """Any value that JSON can write; subclasses are narrower."""

    description: str | None = None
    info: dict[str, Any] | None = field(default=None, hash=False)
    read_only: bool = False

    HOLDS: ClassVar[str] = "values of any type"
    """What a person reads in an error message."""

    def __str__(self) -> str:
        return type(self).__name__

    def to_json(self) -> dict[str, Any]:
        """The form in which the catalog keeps it."""
        out: dict[str, Any] = {"type": type(self).__name__}
        if self.description is not None:
            out["description"] = self.description
        if self.info is not None:
            out["info"] = self.info
        if self.read_only:
            out["read_only"] = True
        return out

    def bare(self) -> Self:
        """The same type without description, info and read-only mark, for comparison."""
        return replace(self, description=None, info=None, read_only=False)


@dataclass(frozen=True, kw_only=True)
class ObjectIdField(Field):
    """An id of 24 hexadecimal digits."""

    HOLDS = "ids of 24 lower-case hexadecimal digits"


@dataclass(frozen=True, kw_only=True)
class StringField(Field):
    """Text."""

    HOLDS = "strings"


@dataclass(frozen=True, kw_only=True)
class IntField(Field):
    """64-bit integers."""

    HOLDS = "integers"


@dataclass(frozen=True, kw_only=True)
class FloatField(Field):
    """64-bit floats."""

    HOLDS = "floats"


@dataclass(frozen=True, kw_only=True)
class BooleanField(Field):
    """True or False."""

    HOLDS = "booleans"


@dataclass(frozen=True, kw_only=True)
class DateField(Field):
    """``datetime.date``."""

    HOLDS = "dates"


@dataclass(frozen=True, kw_only=True)
class DateTimeField(Field):
    """``datetime.datetime``, kept in UTC to the microsecond."""

    HOLDS = "datetimes"


@dataclass(frozen=True, kw_only=True)
class DictField(Field):
    """A dict that JSON can write."""

    HOLDS = "dicts"


@dataclass(frozen=True, kw_only=True)
class VectorField(Field):
    """A one-dimensional numpy array of floats."""

    HOLDS = "vectors"


@dataclass(frozen=True, kw_only=True)
class ArrayField(Field):
    """A numpy array of any shape and type."""

    HOLDS = "arrays"


@dataclass(frozen=True)
class ListField(Field):
    """A list whose elements are of one type, or of any where `field` is None."""

    field: Field | None = None

    HOLDS = "lists"

    def __str__(self) -> str:
        return f"ListField({self.field})" if self.field is not None else "ListField"

    def to_json(self) -> dict[str, Any]:
        """The form in which the catalog keeps it, with the type of its elements."""
        out = super().to_json()
        if self.field is not None:
            out["field"] = self.field.to_json()
        return out


@dataclass(frozen=True)
class EmbeddedDocumentField(Field):
    """A label, a list of labels, or another embedded document such as metadata.

    For a list of labels `attributes` are those of one label in the list: ``Detections`` is a field
    whose attributes are ``label``, ``bounding_box``, ….
    """

    document_type: type[Label | LabelList | EmbeddedDocument]
    attributes: dict[str, Field] = field(default_factory=dict, hash=False)

    HOLDS = "embedded documents"

    def __str__(self) -> str:
        return f"EmbeddedDocumentField({self.document_type.__name__})"

    @property
    def is_label(self) -> bool:
        """Whether it holds one label."""
        return issubclass(self.document_type, Label)

    @property
    def is_label_list(self) -> bool:
        """Whether it holds a list of labels."""
        return issubclass(self.document_type, LabelList)

    @property
    def element_type(self) -> type[Label] | None:
        """The class of its labels, single or in a list; None for other documents."""
        if issubclass(self.document_type, LabelList):
            return self.document_type.ELEMENT
        return self.document_type if issubclass(self.document_type, Label) else None

    def to_json(self) -> dict[str, Any]:
        """The form in which the catalog keeps it, with its attributes."""
        out = super().to_json()
        out["document_type"] = self.document_type.__name__
        out["attributes"] = {name: part.to_json() for name, part in self.attributes.items()}
        return out


FIELD_OF_KIND: dict[Kind, Field] = {
    Kind.STRING: StringField(),
    Kind.INT: IntField(),
    Kind.FLOAT: FloatField(),
    Kind.BOOL: BooleanField(),
    Kind.ID: ObjectIdField(),
    Kind.BOX: ListField(FloatField()),
    Kind.POINTS: ListField(ListField(FloatField())),
    Kind.SHAPES: ListField(ListField(ListField(FloatField()))),
    Kind.FLOATS: ListField(FloatField()),
    Kind.INTS: ListField(IntField()),
    Kind.STRINGS: ListField(StringField()),
    Kind.ARRAY: ArrayField(),
    Kind.JSON: Field(),
}
"""The field that a declared attribute of each kind becomes."""

_SIMPLE: dict[str, type[Field]] = {
    cls.__name__: cls
    for cls in (
        Field,
        ObjectIdField,
        StringField,
        IntField,
        FloatField,
        BooleanField,
        DateField,
        DateTimeField,
        DictField,
        VectorField,
        ArrayField,
    )
}


def field_from_json(data: dict[str, Any]) -> Field:
    """The field that :meth:`Field.to_json` wrote.

    Raises:
        StoreError: when the catalog holds a type that this version does not know
    """
    common = {name: data[name] for name in ("description", "info", "read_only") if name in data}
    name = data["type"]
    if name == "ListField":
        inner = data.get("field")
        return ListField(field_from_json(inner) if inner is not None else None, **common)
    if name == "EmbeddedDocumentField":
        attributes = {key: field_from_json(part) for key, part in data["attributes"].items()}
        return EmbeddedDocumentField(_document_class(data["document_type"]), attributes, **common)
    if name not in _SIMPLE:
        raise StoreError(
            f"This dataset has a field of type '{name}', which this version of Viewfinder does not "
            "know. Open it with the version that wrote it, or a newer one."
        )
    return _SIMPLE[name](**common)


def _document_class(name: str) -> type[Label | LabelList | EmbeddedDocument]:
    if name in DOCUMENT_CLASSES:
        return DOCUMENT_CLASSES[name]
    if name in LABEL_CLASSES or name in LABEL_LIST_CLASSES:
        return label_class(name)
    raise StoreError(
        f"This dataset holds documents of type '{name}', which this version of Viewfinder does not "
        "know. Open it with the version that wrote it, or a newer one."
    )
