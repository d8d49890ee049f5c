"""Field types: values that say what a field holds; each is fixed once it is made.

What :meth:`get_field` hands out is a copy that belongs to a dataset: its notes (`description`,
`info`, `read_only`) can be changed and saved, nothing else.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any, ClassVar, Self

from viewfinder.errors import SchemaError
from viewfinder.labels import Kind, Label, LabelList

if TYPE_CHECKING:
    from viewfinder.schema.documents import EmbeddedDocument

__all__ = [
    "FIELD_OF_KIND",
    "ArrayField",
    "BooleanField",
    "DateField",
    "DateTimeField",
    "DictField",
    "EmbeddedDocumentField",
    "EmbeddedDocumentListField",
    "Field",
    "FloatField",
    "IntField",
    "ListField",
    "ObjectIdField",
    "StringField",
    "VectorField",
    "class_path",
]

NOTES = ("description", "info", "read_only")
"""What a field says besides what it holds."""


@dataclass(unsafe_hash=True, kw_only=True)
class Field:
    """Any value that JSON can write; subclasses are narrower."""

    description: str | None = None
    info: dict[str, Any] | None = field(default=None, hash=False)
    read_only: bool = False

    HOLDS: ClassVar[str] = "values of any type"
    """What a person reads in an error message."""

    def __setattr__(self, name: str, value: Any) -> None:
        if name in self.__dict__ and not (name in NOTES and "_saver" in self.__dict__):
            raise AttributeError(
                f"A {type(self).__name__} can't be changed. Of a field that dataset.get_field() "
                f"gave, {', '.join(NOTES)} can, and are kept by field.save()."
            )
        self.__dict__[name] = value

    def bound(self, path: str, saver: Callable[[str, Field], None]) -> Self:
        """A copy that stands for the field at `path` of a dataset, and can be saved there."""
        copy = replace(self)
        copy.__dict__["info"] = None if self.info is None else dict(self.info)
        copy.__dict__["_path"], copy.__dict__["_saver"] = path, saver
        return copy

    @property
    def name(self) -> str | None:
        """The last part of :attr:`path`."""
        return None if self.path is None else self.path.rpartition(".")[2]

    @property
    def path(self) -> str | None:
        """Where in a dataset the field is; None for one that is in none."""
        return self.__dict__.get("_path")

    def save(self) -> None:
        """Keeps what was changed in `description`, `info` and `read_only`.

        Raises:
            SchemaError: when the field is in no dataset
        """
        saver = self.__dict__.get("_saver")
        if saver is None or self.path is None:
            raise SchemaError(
                "This field is in no dataset. Take it from one with dataset.get_field(name)."
            )
        saver(self.path, self)

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


@dataclass(unsafe_hash=True, kw_only=True)
class ObjectIdField(Field):
    """An id of 24 hexadecimal digits."""

    HOLDS = "ids of 24 lower-case hexadecimal digits"


@dataclass(unsafe_hash=True, kw_only=True)
class StringField(Field):
    """Text."""

    HOLDS = "strings"


@dataclass(unsafe_hash=True, kw_only=True)
class IntField(Field):
    """64-bit integers."""

    HOLDS = "integers"


@dataclass(unsafe_hash=True, kw_only=True)
class FloatField(Field):
    """64-bit floats."""

    HOLDS = "floats"


@dataclass(unsafe_hash=True, kw_only=True)
class BooleanField(Field):
    """True or False."""

    HOLDS = "booleans"


@dataclass(unsafe_hash=True, kw_only=True)
class DateField(Field):
    """``datetime.date``."""

    HOLDS = "dates"


@dataclass(unsafe_hash=True, kw_only=True)
class DateTimeField(Field):
    """``datetime.datetime``, kept in UTC to the microsecond."""

    HOLDS = "datetimes"


@dataclass(unsafe_hash=True, kw_only=True)
class DictField(Field):
    """A dict that JSON can write."""

    HOLDS = "dicts"


@dataclass(unsafe_hash=True, kw_only=True)
class VectorField(Field):
    """A one-dimensional numpy array of floats."""

    HOLDS = "vectors"


@dataclass(unsafe_hash=True, kw_only=True)
class ArrayField(Field):
    """A numpy array of any shape and type."""

    HOLDS = "arrays"


@dataclass(unsafe_hash=True)
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


class EmbeddedDocumentListField(ListField):
    """A list of embedded documents of one class, as it is declared.

    A dataset's schema says ``ListField(EmbeddedDocumentField(...))`` of it.
    """

    def __init__(self, document_type: type[EmbeddedDocument | Label], **notes: Any) -> None:
        super().__init__(EmbeddedDocumentField(document_type), **notes)


@dataclass(unsafe_hash=True)
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
        out["document_type"] = class_path(self.document_type)
        out["attributes"] = {name: part.to_json() for name, part in self.attributes.items()}
        return out


def class_path(document_type: type) -> str:
    """The name by which a class of labels or documents is kept: its own, or with its module."""
    path: str = getattr(document_type, "CLASS_PATH", document_type.__name__)
    return path


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
