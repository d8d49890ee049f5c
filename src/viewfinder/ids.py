"""Identifiers: 12 bytes, written as 24 hexadecimal digits, ordered by time of making.

The form is that of BSON ObjectIds (4 bytes of seconds, 5 random bytes of the process, 3 bytes of a
counter), because people's files and scripts hold such ids.
"""

from __future__ import annotations

import hashlib
import os
import re
import threading
import time
from typing import Any

__all__ = [
    "ID_BYTES",
    "IdGenerator",
    "derived_id",
    "id_from_bytes",
    "id_to_bytes",
    "is_id",
    "new_id",
    "new_ids",
    "plain_id",
]

ID_BYTES = 12

_PATTERN = re.compile(r"[0-9a-f]{24}\Z")
_NO_IDS = (str, int, float, bytes)
"""Types whose values are no objects that stand for an id, whatever their text is."""
_COUNTER_LIMIT = 1 << 24
_lock = threading.Lock()


class IdGenerator:
    """The state behind :func:`new_ids`: one a process, renewed after a fork."""

    def __init__(self) -> None:
        self.renew()

    def renew(self) -> None:
        """Starts over with fresh random bytes, as a forked process has to."""
        self.process_hex = os.urandom(5).hex()
        self.counter = int.from_bytes(os.urandom(2), "big")
        self.seconds = int(time.time())

    def take(self, count: int) -> list[str]:
        """The next `count` ids; not safe for several threads at once."""
        ids: list[str] = []
        while len(ids) < count:
            now = int(time.time())
            if now > self.seconds:
                self.seconds = now
            elif self.counter >= _COUNTER_LIMIT:
                # The counter is spent within one second: borrow the next one, so that ids stay
                # unique and ordered.
                self.seconds += 1
            if self.counter >= _COUNTER_LIMIT:
                self.counter = 0
            prefix = f"{self.seconds:08x}{self.process_hex}"
            stop = min(self.counter + count - len(ids), _COUNTER_LIMIT)
            ids.extend([f"{prefix}{number:06x}" for number in range(self.counter, stop)])
            self.counter = stop
        return ids


_generator = IdGenerator()
if hasattr(os, "register_at_fork"):  # absent on Windows, which does not fork
    os.register_at_fork(after_in_child=_generator.renew)


def new_id() -> str:
    """A fresh id: 24 lower-case hexadecimal digits."""
    return new_ids(1)[0]


def new_ids(count: int) -> list[str]:
    """`count` fresh ids, in ascending order."""
    with _lock:
        return _generator.take(count)


def derived_id(*parts: object) -> str:
    """The id of a thing that is made anew whenever it is looked at: the same for equal parts."""
    text = "\x1f".join(map(str, parts))
    return hashlib.blake2b(text.encode(), digest_size=ID_BYTES).hexdigest()


def is_id(value: object) -> bool:
    """Whether `value` is written as an id."""
    return isinstance(value, str) and _PATTERN.match(value) is not None


def plain_id(value: Any) -> Any:
    """The text of an id that was given as an object, such as a BSON ObjectId; else the value."""
    if value is None or isinstance(value, _NO_IDS) or hasattr(value, "__len__"):
        return value
    text = str(value)
    return text if is_id(text) else value


def id_to_bytes(identifier: str) -> bytes:
    """The 12 bytes of an id.

    Raises:
        ValueError: when `identifier` is not 24 hexadecimal digits
    """
    data = bytes.fromhex(identifier)
    if len(data) != ID_BYTES:
        raise ValueError(f"{identifier!r} is not an id: 24 hexadecimal digits are needed")
    return data


def id_from_bytes(data: bytes) -> str:
    """The text of an id from its 12 bytes."""
    return data.hex()
