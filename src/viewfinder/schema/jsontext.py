"""Values of any type as JSON text, and back: what JSON has no word for is tagged, not dropped.

NaN and the infinities are written as Python's ``json`` writes them. Dates, datetimes, bytes and
arrays become an object with one key that starts with ``$``, documents one that names its class in
``_cls``.
"""

from __future__ import annotations

import base64
import json
from datetime import date, datetime
from typing import Any

import numpy as np

from viewfinder.errors import FieldTypeError
from viewfinder.schema.arrays import array_from_bytes, array_to_bytes
from viewfinder.schema.documents import EmbeddedDocument, known_document

__all__ = ["from_json_text", "to_json_text"]

_PLAIN = frozenset({str, int, float, bool, type(None)})


def to_json_text(value: Any, path: str) -> str:
    """JSON text of `value`.

    Raises:
        FieldTypeError: when a part of it can't be kept, such as an object of an unknown class or a
            key that is no string
    """
    plain = value if type(value) in _PLAIN else _plain(value, path)
    text = json.dumps(plain, ensure_ascii=False, separators=(",", ":"))
    try:
        text.encode()
    except UnicodeEncodeError:
        raise FieldTypeError(path, "text in Unicode", "text with lone surrogates") from None
    return text


def from_json_text(text: str) -> Any:
    """The value that :func:`to_json_text` wrote; tuples and sets come back as lists."""
    return json.loads(text, object_hook=_revive)


def _plain(value: Any, path: str) -> Any:
    if value is None or isinstance(value, (bool, int, float, str)):
        return value
    if isinstance(value, np.generic):
        return _plain(value.item(), path)
    if isinstance(value, (list, tuple, set, frozenset)):
        return [_plain(part, path) for part in value]
    if isinstance(value, dict):
        for key in value:
            if not isinstance(key, str):
                raise FieldTypeError(path, "dicts with strings as keys", f"the key {key!r}")
        return {key: _plain(part, path) for key, part in value.items()}
    if isinstance(value, datetime):
        return {"$datetime": value.isoformat()}
    if isinstance(value, date):
        return {"$date": value.isoformat()}
    if isinstance(value, bytes):
        return {"$bytes": base64.b64encode(value).decode("ascii")}
    if isinstance(value, np.ndarray):
        return {"$array": base64.b64encode(array_to_bytes(value, path)).decode("ascii")}
    if isinstance(value, EmbeddedDocument):
        return _plain(value.to_dict(), path)
    raise FieldTypeError(path, "what JSON or numpy can hold", f"a {type(value).__name__}")


def _revive(found: dict[str, Any]) -> Any:
    if "_cls" in found:
        known = known_document(found["_cls"])
        return found if known is None else known.from_dict(found)
    if len(found) != 1:
        return found
    ((key, value),) = found.items()
    if not (key.startswith("$") and isinstance(value, str)):
        return found
    match key:
        case "$datetime":
            return datetime.fromisoformat(value)
        case "$date":
            return date.fromisoformat(value)
        case "$bytes":
            return base64.b64decode(value)
        case "$array":
            return array_from_bytes(base64.b64decode(value))
        case _:
            return found
