"""What every label is: a bag of attributes, some declared by its class, the rest the user's own.

Values live in the instance's ``__dict__`` and only where they were given: declared attributes fall
back to None, ``id`` and ``tags`` are made when first asked for. That keeps a label about as cheap
as a dict, which matters when a dataset holds millions.
"""

from __future__ import annotations

import copy
from collections.abc import Iterator, Mapping
from math import isnan
from typing import TYPE_CHECKING, Any, ClassVar, Self, cast

import numpy as np

from viewfinder.errors import LabelError
from viewfinder.ids import new_id
from viewfinder.labels import json_form
from viewfinder.labels.attributes import AttributeSpec, Kind

__all__ = ["COMMON_ATTRIBUTES", "DOCUMENT_CLASSES", "Label", "LabelList"]

COMMON_ATTRIBUTES = (AttributeSpec("id", Kind.ID), AttributeSpec("tags", Kind.STRINGS))


_UNDECLARED = ("id", "tags", "attributes")
"""What every label has and makes when it is first asked for."""

_CLASSES: dict[str, type[Label | LabelList]] = {}
"""Every class of labels by its name."""


DOCUMENT_CLASSES: dict[str, Any] = {}
"""Every class of documents by its name, for those that labels hold; filled where they are made."""


class Label:
    """One label: a class, a box, a shape or a mask, with attributes of the user's own.

    Attributes that the class does not declare are simply set::

        detection = Detection(label="cat", bounding_box=[0.1, 0.2, 0.3, 0.4], occluded=True)
        detection["mood"] = "grumpy"
    """

    SPECS: ClassVar[tuple[AttributeSpec, ...]] = ()
    """The declared attributes, besides `id` and `tags`."""

    if TYPE_CHECKING:
        id: str
        tags: list[str]
        attributes: dict[str, Any]
        """Attributes as documents, such as a ``CategoricalAttribute``: the older way to keep them,
        beside values of the label's own."""

    def __init_subclass__(cls, **options: Any) -> None:
        super().__init_subclass__(**options)
        _CLASSES[cls.__name__] = cls

    def __init__(self, **attributes: Any) -> None:
        self.__dict__.update(attributes)

    if not TYPE_CHECKING:

        def __getattr__(self, name: str) -> Any:
            # Reached only where the instance holds no such value.
            if name == "id":
                value: Any = new_id()
            elif name == "tags":
                value = []
            elif name == "attributes":
                value = {}
            elif name in self._declared():
                return None
            else:
                raise AttributeError(f"{type(self).__name__} has no attribute '{name}'")
            self.__dict__[name] = value
            return value

    @classmethod
    def _declared(cls) -> frozenset[str]:
        names = cls.__dict__.get("_declared_names")
        if names is None:
            names = frozenset(spec.name for spec in cls.SPECS)
            cls._declared_names = names
        return names

    _declared_names: ClassVar[frozenset[str]]

    @classmethod
    def from_values(cls, values: dict[str, Any]) -> Self:
        """A label that takes over `values` as its attributes, unchecked and uncopied."""
        label = cls.__new__(cls)
        label.__dict__ = values
        return label

    @property
    def values(self) -> Mapping[str, Any]:
        """The attributes that were given a value, `id` and `tags` only where already made."""
        return self.__dict__

    @property
    def attribute_names(self) -> tuple[str, ...]:
        """Names of the user's own attributes, in the order of setting."""
        declared = self._declared()
        return tuple(
            name for name in self.__dict__ if name not in declared and name not in _UNDECLARED
        )

    @property
    def field_names(self) -> tuple[str, ...]:
        """`id`, `tags`, the declared names, then the user's own."""
        held = ("attributes",) if self.__dict__.get("attributes") else ()
        declared = (spec.name for spec in self.SPECS)
        return ("id", *held, "tags", *declared, *self.attribute_names)

    def iter_fields(self) -> Iterator[tuple[str, Any]]:
        """All of :attr:`field_names` with their values."""
        for name in self.field_names:
            yield name, self[name]

    def has_field(self, field_name: str) -> bool:
        """Whether a name is declared or was set."""
        own = field_name in self._declared() or field_name in self.__dict__
        return own or field_name in _UNDECLARED

    def get_field(self, field_name: str) -> Any:
        """The value of an attribute.

        Raises:
            AttributeError: when it is neither declared nor set
        """
        return getattr(self, field_name)

    def set_field(self, field_name: str, value: Any, create: bool = True) -> None:
        """Sets an attribute, declared or not.

        Args:
            field_name: its name
            value: its value
            create: whether it may be a new one

        Raises:
            AttributeError: when there is no such attribute and `create` is False
        """
        if not create and not self.has_field(field_name):
            raise AttributeError(f"{type(self).__name__} has no attribute '{field_name}'")
        setattr(self, field_name, value)

    def clear_field(self, field_name: str) -> None:
        """Sets an attribute to None; `tags` and `attributes` are emptied."""
        if field_name in ("tags", "attributes"):
            self.__dict__.pop(field_name, None)
        else:
            setattr(self, field_name, None)

    def merge(
        self,
        doc: Label,
        merge_lists: bool = True,
        merge_dicts: bool = True,
        overwrite: bool = True,
    ) -> None:
        """Takes over the values of another label, those that are not None; the id stays.

        Args:
            doc: the other label
            merge_lists: whether lists, such as tags, are joined rather than replaced
            merge_dicts: whether dicts are joined rather than replaced
            overwrite: whether values that are here already are replaced
        """
        for name, new in doc.iter_fields():
            old = self.get(name)
            if name == "id" or new is None:
                continue
            if merge_lists and name == "tags":
                setattr(self, name, list(dict.fromkeys((*old, *new))))
            elif merge_dicts and isinstance(old, dict) and isinstance(new, dict):
                setattr(self, name, {**old, **new} if overwrite else {**new, **old})
            elif overwrite or old is None or old == []:
                setattr(self, name, copy.deepcopy(new))

    def get(self, name: str, default: Any = None) -> Any:
        """The value of an attribute, or `default` where it is neither declared nor set."""
        return getattr(self, name, default)

    def __getitem__(self, name: str) -> Any:
        try:
            return getattr(self, name)
        except AttributeError as error:
            raise KeyError(str(error)) from None

    def __setitem__(self, name: str, value: Any) -> None:
        setattr(self, name, value)

    def __delitem__(self, name: str) -> None:
        if not self.has_field(name):
            raise KeyError(f"{type(self).__name__} has no attribute '{name}'")
        self.__dict__.pop(name, None)

    def __contains__(self, name: str) -> bool:
        return self.has_field(name)

    def copy(self) -> Self:
        """A deep copy, with the same id."""
        _ = self.id
        return self.from_values({name: _copied(value) for name, value in self.values.items()})

    def to_dict(self) -> dict[str, Any]:
        """Class name under ``_cls``, then every attribute that holds a value."""
        values = {
            name: self[name] for name in self.field_names if self[name] is not None or name == "id"
        }
        plain = {name: _plain(value) for name, value in values.items()}
        return {"_cls": type(self).__name__, **plain}

    @classmethod
    def from_dict(cls, data: Mapping[str, Any]) -> Self:
        """The label that :meth:`to_dict` wrote, of the class that it names.

        Raises:
            LabelError: when it names a class that is none of these labels
        """
        made = _named_class(cls, data)
        values = {name: _revived(part) for name, part in data.items() if name != "_cls"}
        return cast("Self", made.from_values(values))

    def to_json(self, pretty_print: bool = False) -> str:
        """The label as JSON text; arrays, dates and NaN included."""
        return json_form.to_text(self.to_dict(), pretty=pretty_print)

    @classmethod
    def from_json(cls, text: str) -> Self:
        """The label that :meth:`to_json` wrote; errors as of :meth:`from_dict`."""
        return cls.from_dict(json_form.from_text(text))

    # Attributes by name, whether they are values of the label's own or documents in `attributes`.

    def iter_attributes(self) -> Iterator[tuple[str, Any]]:
        """The user's own attributes with their values."""
        for name in self.attribute_names:
            yield name, self.__dict__[name]
        for name, document in self.__dict__.get("attributes", {}).items():
            yield name, document.value

    def has_attribute(self, name: str) -> bool:
        """Whether `name` is an attribute that was set besides the declared ones."""
        return name in self.attribute_names or name in self.__dict__.get("attributes", {})

    def get_attribute_value(self, name: str, default: Any = None) -> Any:
        """The value of an attribute, or `default`."""
        kept = self.__dict__.get("attributes", {})
        return kept[name].value if name in kept else self.get(name, default)

    def set_attribute_value(self, name: str, value: Any) -> None:
        """Sets an attribute."""
        kept = self.__dict__.get("attributes", {})
        if name in kept:
            kept[name].value = value
        else:
            setattr(self, name, value)

    def delete_attribute(self, name: str) -> None:
        """Removes an attribute.

        Raises:
            KeyError: when there is none
        """
        kept = self.__dict__.get("attributes", {})
        if name in kept:
            del kept[name]
        else:
            del self[name]

    def __eq__(self, other: object) -> bool:
        if type(other) is not type(self):
            return NotImplemented
        assert isinstance(other, Label)
        names = dict.fromkeys((*self.field_names, *other.field_names))
        return all(same_value(self.get(name), other.get(name)) for name in names)

    __hash__ = None  # type: ignore[assignment]  # labels are mutable

    def __repr__(self) -> str:
        lines = [f"    '{name}': {_short(self[name])}," for name in self.field_names]
        return "\n".join([f"<{type(self).__name__}: {{", *lines, "}>"])


class LabelList:
    """Several labels of one type in one field: ``Detections(detections=[…])`` and its kin."""

    ELEMENT: ClassVar[type[Label]]
    """The class of the labels inside."""
    LIST_NAME: ClassVar[str]
    """The attribute that holds the list, as in ``detections.detections``."""

    def __init_subclass__(cls, **options: Any) -> None:
        super().__init_subclass__(**options)
        _CLASSES[cls.__name__] = cls

    def __init__(self, labels: list[Any] | None = None) -> None:
        self.__dict__[self.LIST_NAME] = [] if labels is None else list(labels)

    @property
    def labels(self) -> list[Any]:
        """The list of labels, whatever it is called in this class."""
        labels: list[Any] = self.__dict__[self.LIST_NAME]
        return labels

    def __getitem__(self, name: str) -> Any:
        if name != self.LIST_NAME:
            raise KeyError(f"{type(self).__name__} has no attribute '{name}'")
        return self.labels

    def __setitem__(self, name: str, value: list[Any]) -> None:
        if name != self.LIST_NAME:
            raise KeyError(f"{type(self).__name__} has no attribute '{name}'")
        self.__dict__[name] = value

    @property
    def field_names(self) -> tuple[str, ...]:
        """The name of the list."""
        return (self.LIST_NAME,)

    def has_field(self, field_name: str) -> bool:
        """Whether it is the name of the list."""
        return field_name == self.LIST_NAME

    def get_field(self, field_name: str) -> Any:
        """The list, by its name; a KeyError for any other."""
        return self[field_name]

    def set_field(self, field_name: str, value: list[Any], create: bool = True) -> None:
        """Sets the list, by its name; a KeyError for any other."""
        del create
        self[field_name] = value

    def clear_field(self, field_name: str) -> None:
        """Empties the list, by its name; a KeyError for any other."""
        self[field_name] = []

    def iter_fields(self) -> Iterator[tuple[str, Any]]:
        """The name of the list and the list."""
        yield self.LIST_NAME, self.labels

    def copy(self) -> Self:
        """A deep copy, whose labels keep their ids."""
        return type(self)([label.copy() for label in self.labels])

    def to_dict(self) -> dict[str, Any]:
        """Class name under ``_cls`` and the labels' dicts under the list's name."""
        return {
            "_cls": type(self).__name__,
            self.LIST_NAME: [label.to_dict() for label in self.labels],
        }

    @classmethod
    def from_dict(cls, data: Mapping[str, Any]) -> Self:
        """The labels that :meth:`to_dict` wrote; errors as of :meth:`Label.from_dict`."""
        made = _named_class(cls, data)
        element = made.ELEMENT
        return cast("Self", made([element.from_dict(part) for part in data[made.LIST_NAME]]))

    def to_json(self, pretty_print: bool = False) -> str:
        """The labels as JSON text; arrays, dates and NaN included."""
        return json_form.to_text(self.to_dict(), pretty=pretty_print)

    @classmethod
    def from_json(cls, text: str) -> Self:
        """The labels that :meth:`to_json` wrote; errors as of :meth:`Label.from_dict`."""
        return cls.from_dict(json_form.from_text(text))

    def __eq__(self, other: object) -> bool:
        if type(other) is not type(self):
            return NotImplemented
        assert isinstance(other, LabelList)
        return self.labels == other.labels

    __hash__ = None  # type: ignore[assignment]  # labels are mutable

    def __repr__(self) -> str:
        inner = "".join(
            "\n        " + repr(label).replace("\n", "\n        ") + "," for label in self.labels
        )
        end = "\n    " if inner else ""
        return f"<{type(self).__name__}: {{\n    '{self.LIST_NAME}': [{inner}{end}],\n}}>"


def _plain(value: Any) -> Any:
    """A copy of a value in which documents are dicts that name their class."""
    if hasattr(value, "to_dict"):
        return value.to_dict()
    if isinstance(value, dict):
        return {name: _plain(part) for name, part in value.items()}
    return copy.deepcopy(value)


def _revived(value: Any) -> Any:
    """The value that :func:`_plain` made a plain one."""
    if isinstance(value, dict):
        if value.get("_cls") in DOCUMENT_CLASSES:
            return DOCUMENT_CLASSES[value["_cls"]].from_dict(value)
        return {name: _revived(part) for name, part in value.items()}
    return copy.deepcopy(value)


def _named_class(asked: type[Any], data: Mapping[str, Any]) -> Any:
    """The class that a dict names, which must be `asked` or derived from it."""
    name = data.get("_cls", asked.__name__)
    found = _CLASSES.get(name)
    if found is None or not issubclass(found, asked):
        raise LabelError(f"'{name}' is the class of no {asked.__name__} of this version.")
    return found


_SIMPLE = frozenset({str, int, float, bool})


def _copied(value: Any) -> Any:
    """A deep copy; quickly of what most labels have."""
    kind = type(value)
    if kind in _SIMPLE or value is None:
        return value
    if kind is list:
        return [_copied(item) for item in value]
    return copy.deepcopy(value)


def same_value(one: Any, other: Any) -> bool:
    """Whether two attribute values are the same: arrays element by element, NaN equal to NaN."""
    if one is other:
        return True
    if type(one) in _SIMPLE and type(one) is type(other):
        return bool(one == other or (one != one and other != other))  # noqa: PLR0124 - is it NaN?
    if isinstance(one, np.ndarray) or isinstance(other, np.ndarray):
        if not (isinstance(one, np.ndarray) and isinstance(other, np.ndarray)):
            return False
        equal_nan = one.dtype.kind in "fc" and other.dtype.kind in "fc"
        return one.dtype == other.dtype and np.array_equal(one, other, equal_nan=equal_nan)
    if isinstance(one, (list, tuple)) and isinstance(other, (list, tuple)):
        return len(one) == len(other) and all(map(same_value, one, other))
    if isinstance(one, dict) and isinstance(other, dict):
        return one.keys() == other.keys() and all(same_value(one[key], other[key]) for key in one)
    if isinstance(one, float) and isinstance(other, float) and isnan(one) and isnan(other):
        return True
    return bool(one == other) and isinstance(one, bool) == isinstance(other, bool)


def _short(value: Any) -> str:
    if isinstance(value, np.ndarray):
        return f"array(shape={value.shape}, dtype={value.dtype})"
    text = repr(value)
    return text if len(text) <= 120 else text[:117] + "…"
