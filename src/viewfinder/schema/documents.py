"""Embedded documents: small records with named, typed values inside of one field.

Users declare their own as they would declare a class::

    class Camera(vf.EmbeddedDocument):
        make = vf.StringField()
        lens_mm = vf.FloatField()
"""

from __future__ import annotations

import copy
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any, ClassVar, Self

from viewfinder.errors import LabelError
from viewfinder.labels.base import DOCUMENT_CLASSES, Label, LabelList, same_value
from viewfinder.labels.registry import LABEL_CLASSES, LABEL_LIST_CLASSES, label_class
from viewfinder.schema.fields import Field, FloatField, IntField, StringField

__all__ = [
    "DynamicEmbeddedDocument",
    "EmbeddedDocument",
    "ImageMetadata",
    "Metadata",
    "VideoMetadata",
    "document_class",
    "known_document",
]


class EmbeddedDocument:
    """A record of named values; subclasses declare them as fields. Undeclared ones are refused."""

    FIELDS: ClassVar[dict[str, Field]] = {}
    """What the class declares, with what its bases declare."""
    CLASS_PATH: ClassVar[str] = "EmbeddedDocument"
    """The name under which datasets keep the class: of a user's class with its module."""
    IS_DYNAMIC: ClassVar[bool] = False
    """Whether values that are not declared can be set."""

    def __init_subclass__(cls, **options: Any) -> None:
        super().__init_subclass__(**options)
        declared = {name: part for name, part in vars(cls).items() if isinstance(part, Field)}
        for name in declared:
            delattr(cls, name)
        cls.FIELDS = {**cls.FIELDS, **declared}
        if "CLASS_PATH" not in vars(cls):
            ours = cls.__module__ == __name__
            cls.CLASS_PATH = cls.__name__ if ours else f"{cls.__module__}.{cls.__qualname__}"
        DOCUMENT_CLASSES[cls.CLASS_PATH] = cls

    def __init__(self, **values: Any) -> None:
        self.__dict__.update(dict.fromkeys(self.FIELDS))
        for name, value in values.items():
            self[name] = value

    @property
    def field_names(self) -> tuple[str, ...]:
        """The declared names, then those that were set besides."""
        return tuple(self.__dict__)

    def has_field(self, name: str) -> bool:
        """Whether there is a value of that name."""
        return name in self.__dict__

    def get_field(self, name: str) -> Any:
        """The value of that name.

        Raises:
            AttributeError: when there is none
        """
        return getattr(self, name)

    def set_field(self, name: str, value: Any) -> None:
        """Sets a value; errors as of setting the attribute."""
        setattr(self, name, value)

    def clear_field(self, name: str) -> None:
        """Sets a value to None."""
        setattr(self, name, None)

    def iter_fields(self) -> Iterator[tuple[str, Any]]:
        """Every value with its name."""
        yield from self.__dict__.items()

    def __setattr__(self, name: str, value: Any) -> None:
        if not self.IS_DYNAMIC and name not in self.FIELDS:
            raise AttributeError(
                f"{type(self).__name__} has no '{name}'; it has {', '.join(self.FIELDS)}. Declare "
                "it in the class, or derive the class from DynamicEmbeddedDocument."
            )
        self.__dict__[name] = value

    def __getitem__(self, name: str) -> Any:
        if name not in self.__dict__:
            raise KeyError(f"{type(self).__name__} has no '{name}'")
        return self.__dict__[name]

    def __setitem__(self, name: str, value: Any) -> None:
        setattr(self, name, value)

    def __contains__(self, name: str) -> bool:
        return self.has_field(name)

    def copy(self) -> Self:
        """A deep copy."""
        return copy.deepcopy(self)

    def to_dict(self) -> dict[str, Any]:
        """Every value by name, with the class's name under ``_cls``."""
        return {
            "_cls": self.CLASS_PATH,
            **{name: _to_dict(value) for name, value in self.__dict__.items()},
        }

    @classmethod
    def from_dict(cls, data: Mapping[str, Any]) -> EmbeddedDocument:
        """The document that :meth:`to_dict` wrote, of the class that it names."""
        made = document_class(data.get("_cls", cls.CLASS_PATH))
        assert issubclass(made, EmbeddedDocument)
        return made(**{name: _from_dict(part) for name, part in data.items() if name != "_cls"})

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, EmbeddedDocument) or other.CLASS_PATH != self.CLASS_PATH:
            return False
        return same_value(_without_none(self.__dict__), _without_none(other.__dict__))

    __hash__ = None  # type: ignore[assignment]  # documents are mutable

    def __repr__(self) -> str:
        lines = [f"    '{name}': {value!r}," for name, value in self.__dict__.items()]
        return "\n".join([f"<{type(self).__name__}: {{", *lines, "}>"])


class DynamicEmbeddedDocument(EmbeddedDocument):
    """A record that takes any values besides those that its class declares."""

    IS_DYNAMIC = True

    if TYPE_CHECKING:

        def __getattr__(self, name: str) -> Any: ...


class Metadata(EmbeddedDocument):
    """What is known of any media file: size in bytes and MIME type."""

    FIELDS: ClassVar = {"size_bytes": IntField(), "mime_type": StringField()}
    if TYPE_CHECKING:
        size_bytes: int | None
        mime_type: str | None


class ImageMetadata(Metadata):
    """What is known of an image file, in pixels."""

    FIELDS: ClassVar = {
        **Metadata.FIELDS,
        "width": IntField(),
        "height": IntField(),
        "num_channels": IntField(),
    }
    if TYPE_CHECKING:
        width: int | None
        height: int | None
        num_channels: int | None


class VideoMetadata(Metadata):
    """What is known of a video file: frame size in pixels, rate in frames a second, seconds."""

    FIELDS: ClassVar = {
        **Metadata.FIELDS,
        "frame_width": IntField(),
        "frame_height": IntField(),
        "frame_rate": FloatField(),
        "total_frame_count": IntField(),
        "duration": FloatField(),
        "encoding_str": StringField(),
    }
    if TYPE_CHECKING:
        frame_width: int | None
        frame_height: int | None
        frame_rate: float | None
        total_frame_count: int | None
        duration: float | None
        encoding_str: str | None


def document_class(path: str) -> type[Label | LabelList | EmbeddedDocument]:
    """The class of labels or documents that a dataset keeps under that name.

    A class of a user's own that this process has not defined is stood in for by one that takes the
    values as they are, so that they can be read; nothing is imported for it.

    Raises:
        LabelError: when it can only be a class of a newer version of ours
    """
    if path in LABEL_CLASSES or path in LABEL_LIST_CLASSES:
        return label_class(path)
    known = known_document(path)
    if known is not None:
        return known
    module, _, name = path.rpartition(".")
    if not module:
        raise LabelError(f"'{path}' is the class of no label or document of this version.")
    stand_in: type[EmbeddedDocument] = type(
        name, (DynamicEmbeddedDocument,), {"CLASS_PATH": path, "__module__": __name__}
    )
    return stand_in


def known_document(path: object) -> type[EmbeddedDocument] | None:
    """The class of documents of that name that this process knows; None where there is none."""
    return DOCUMENT_CLASSES.get(path) if isinstance(path, str) else None


def _without_none(values: Mapping[str, Any]) -> dict[str, Any]:
    """Without what is None: a value that was never set is the same as one that is None."""
    return {name: value for name, value in values.items() if value is not None}


def _to_dict(value: Any) -> Any:
    if isinstance(value, EmbeddedDocument):
        return value.to_dict()
    if isinstance(value, (list, tuple)):
        return [_to_dict(part) for part in value]
    return copy.deepcopy(value)


def _from_dict(value: Any) -> Any:
    if isinstance(value, dict) and "_cls" in value:
        return EmbeddedDocument.from_dict(value)
    if isinstance(value, list):
        return [_from_dict(part) for part in value]
    return copy.deepcopy(value)


for _cls in (EmbeddedDocument, DynamicEmbeddedDocument):
    DOCUMENT_CLASSES[_cls.__name__] = _cls
