"""A field's value of any type as what JSON can write, and back with every bit.

Labels and documents are dicts that name their class under ``_cls``. What JSON has no word for is a
dict with one key that starts with ``$``; a dict of a user's own that looks like either is wrapped.
"""

from __future__ import annotations

import json
from typing import Any

from viewfinder.errors import FormatError
from viewfinder.labels import Label, LabelList
from viewfinder.schema import EmbeddedDocument
from viewfinder.schema.documents import document_class
from viewfinder.schema.jsontext import from_json_text, to_json_text

__all__ = ["plain_value", "revived_value"]

_CLASS = "_cls"
_DICT = "$dict"


def plain_value(value: Any, path: str) -> Any:
    """The value in numbers, text, lists and dicts; arrays as text in base64.

    Args:
        value: what a field of a sample may hold
        path: the field, for an error

    Raises:
        FieldTypeError: when a part of it is of a class that no field can hold
    """
    if value is None or type(value) in (bool, int, float, str):
        return value
    if isinstance(value, LabelList):
        labels = [plain_value(label, path) for label in value.labels]
        return {_CLASS: type(value).__name__, value.LIST_NAME: labels}
    if isinstance(value, Label):
        values = {name: value[name] for name in value.field_names}
        return {
            _CLASS: type(value).__name__,
            **{name: plain_value(v, path) for name, v in values.items() if v is not None},
        }
    if isinstance(value, EmbeddedDocument):
        parts = {name: plain_value(part, path) for name, part in value.iter_fields()}
        return {_CLASS: value.CLASS_PATH, **parts}
    if isinstance(value, (list, tuple, set, frozenset)):
        return [plain_value(part, path) for part in value]
    if isinstance(value, dict):
        plain = {key: plain_value(part, path) for key, part in value.items()}
        odd = _CLASS in plain or (len(plain) == 1 and str(next(iter(plain))).startswith("$"))
        return {_DICT: plain} if odd else plain
    return json.loads(to_json_text(value, path))


def revived_value(plain: Any) -> Any:
    """The value that :func:`plain_value` wrote; tuples and sets come back as lists.

    Raises:
        LabelError: when a dict names a class of a newer version
        FormatError: when a dict is none of those that are written
    """
    if isinstance(plain, list):
        return [revived_value(part) for part in plain]
    if not isinstance(plain, dict):
        return plain
    if len(plain) == 1:
        ((key, part),) = plain.items()
        if key == _DICT and isinstance(part, dict):
            return {name: revived_value(inner) for name, inner in part.items()}
        if key.startswith("$") and isinstance(part, str):
            return from_json_text(json.dumps(plain))
    values = {key: revived_value(part) for key, part in plain.items()}
    return _document(values) if _CLASS in values else values


def _document(values: dict[str, Any]) -> Any:
    made = document_class(values.pop(_CLASS))
    if issubclass(made, EmbeddedDocument):
        return made(**values)
    if issubclass(made, Label):
        return made.from_values(values)
    if made.LIST_NAME not in values:
        raise FormatError(f"A {made.__name__} in a dict", f"it has no '{made.LIST_NAME}'")
    return made(values[made.LIST_NAME])
