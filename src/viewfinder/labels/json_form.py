"""Labels as JSON text: what JSON has no word for becomes an object with one key that starts with $.

NaN is written as Python's ``json`` writes it. Every number and every bit of an array comes back.
"""

from __future__ import annotations

import base64
import json
import zlib
from datetime import date, datetime
from typing import Any

import numpy as np

from viewfinder.errors import LabelError

__all__ = ["from_text", "to_text"]


def to_text(value: Any, *, pretty: bool = False) -> str:
    """JSON text of a label's dict.

    Raises:
        LabelError: when a part of it can't be written
    """
    indent = 4 if pretty else None
    return json.dumps(value, ensure_ascii=False, indent=indent, default=_plain)


def from_text(text: str) -> Any:
    """The dict that :func:`to_text` wrote; tuples come back as lists.

    Raises:
        LabelError: when it is no JSON
    """
    try:
        return json.loads(text, object_hook=_revive)
    except json.JSONDecodeError as error:
        raise LabelError(f"A label can't be read from text that is no JSON: {error}.") from error


def _plain(value: Any) -> Any:
    if isinstance(value, np.generic):
        return value.item()
    if isinstance(value, np.ndarray) and value.dtype.kind in "biufcSU":
        data = zlib.compress(np.ascontiguousarray(value).tobytes(), 1)
        return {"$array": [value.dtype.str, list(value.shape), base64.b64encode(data).decode()]}
    if isinstance(value, datetime):
        return {"$datetime": value.isoformat()}
    if isinstance(value, date):
        return {"$date": value.isoformat()}
    if isinstance(value, (set, frozenset)):
        return sorted(value)
    if hasattr(value, "to_dict"):
        return value.to_dict()
    raise LabelError(f"A {type(value).__name__} can't be written as JSON. Convert it first.")


def _revive(found: dict[str, Any]) -> Any:
    if len(found) != 1:
        return found
    ((key, value),) = found.items()
    match key:
        case "$array":
            dtype, shape, data = value
            raw = zlib.decompress(base64.b64decode(data))
            return np.frombuffer(raw, dtype=np.dtype(dtype)).reshape(shape).copy()
        case "$datetime":
            return datetime.fromisoformat(value)
        case "$date":
            return date.fromisoformat(value)
        case _:
            return found
