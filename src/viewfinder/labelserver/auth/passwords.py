"""Passwords are kept as argon2 hashes; a check that succeeded is remembered in memory for a while.

Clients that send a password with every request (HTTP Basic) would otherwise pay the deliberate cost
of argon2 each time.
"""

from __future__ import annotations

import hashlib
import hmac
import secrets
import threading
import time
from collections.abc import Callable
from functools import cached_property

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

__all__ = ["FailureLimit", "Passwords"]

_REMEMBERED_SECS = 300.0
_REMEMBERED_MAX = 1000


class Passwords:
    """Hashes and checks passwords."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._hasher = PasswordHasher()
        self._clock = clock
        self._secret = secrets.token_bytes(32)
        self._remembered: dict[bytes, float] = {}
        self._lock = threading.Lock()

    def hash(self, password: str) -> str:
        """The argon2 hash of a password."""
        return self._hasher.hash(password)

    def check(self, password: str, password_hash: str | None) -> bool:
        """Whether the password is the one that was hashed; None for somebody who does not exist."""
        known = password_hash or self._nobody
        note = hmac.digest(self._secret, f"{known}\0{password}".encode(), hashlib.sha256)
        if password_hash and self._is_remembered(note):
            return True
        try:
            self._hasher.verify(known, password)
        except (VerificationError, InvalidHashError):
            return False
        if password_hash is None:
            return False
        self._remember(note)
        return True

    @cached_property
    def _nobody(self) -> str:
        """Checked for users who do not exist, so that both cases take the same time."""
        return self._hasher.hash(secrets.token_hex(16))

    def _is_remembered(self, note: bytes) -> bool:
        with self._lock:
            return self._remembered.get(note, 0.0) > self._clock()

    def _remember(self, note: bytes) -> None:
        with self._lock:
            if len(self._remembered) >= _REMEMBERED_MAX:
                self._remembered.clear()
            self._remembered[note] = self._clock() + _REMEMBERED_SECS


class FailureLimit:
    """Counts wrong passwords by address, to slow down guessing."""

    def __init__(self, per_minute: int, clock: Callable[[], float] = time.monotonic) -> None:
        self._per_minute = per_minute
        self._clock = clock
        self._failures: dict[str, list[float]] = {}
        self._lock = threading.Lock()

    def wait_secs(self, address: str) -> int:
        """How long this address has to wait before it may try again; 0 for not at all."""
        now = self._clock()
        with self._lock:
            recent = [moment for moment in self._failures.get(address, []) if moment > now - 60.0]
            self._failures[address] = recent
            if not recent:
                del self._failures[address]
            if len(recent) < self._per_minute:
                return 0
            return max(1, round(recent[-self._per_minute] + 60.0 - now))

    def failed(self, address: str) -> None:
        """Note a wrong password."""
        with self._lock:
            self._failures.setdefault(address, []).append(self._clock())
