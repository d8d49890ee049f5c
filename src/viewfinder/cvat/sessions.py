"""Who is signed in where, in this process: a password is sent and checked once, not at every call.

Nothing of it is ever written anywhere or shown: sessions end with the process. The server is asked
each time whether a session still counts; where it does not, the password is sent again.
"""

from __future__ import annotations

import hashlib
import hmac
import secrets
import threading
from dataclasses import dataclass, field

from viewfinder.cvat import wire
from viewfinder.cvat.signin import Credentials, whoami
from viewfinder.cvat.transport import Transport
from viewfinder.errors import WrongCredentialsError

__all__ = ["SESSIONS", "Sessions"]

_MOST = 64


@dataclass(frozen=True, slots=True)
class _Session:
    version: str
    authorization: str | None = field(repr=False)
    cookies: dict[str, str] = field(repr=False)


class Sessions:
    """Sessions by server and credentials."""

    def __init__(self) -> None:
        self._secret = secrets.token_bytes(32)
        self._known: dict[bytes, _Session] = {}
        self._lock = threading.Lock()

    def resume(
        self, transport: Transport, credentials: Credentials
    ) -> tuple[wire.User, str] | None:
        """Signs a transport in without the password.

        Returns:
            who the server takes us for, and its version; None where there is no session, or the
            server takes it no more
        """
        name = self._name(transport, credentials)
        with self._lock:
            session = self._known.get(name)
        if session is None:
            return None
        transport.keep_secret(credentials.password, credentials.token, session.authorization)
        transport.set_header("Authorization", session.authorization)
        transport.cookies.update(session.cookies)
        try:
            return whoami(transport, credentials.username), session.version
        except WrongCredentialsError:
            with self._lock:
                self._known.pop(name, None)
            transport.set_header("Authorization", None)
            transport.cookies.clear()
            return None

    def keep(self, transport: Transport, credentials: Credentials, version: str) -> None:
        """Remembers a transport that has just been signed in."""
        session = _Session(version, transport.header("Authorization"), dict(transport.cookies))
        with self._lock:
            if len(self._known) >= _MOST:
                self._known.clear()
            self._known[self._name(transport, credentials)] = session

    def _name(self, transport: Transport, credentials: Credentials) -> bytes:
        """Tells sessions apart without holding a password."""
        parts = (transport.url, credentials.username, credentials.password, credentials.token)
        return hmac.digest(self._secret, repr(parts).encode(), hashlib.sha256)


SESSIONS = Sessions()
"""Those of this process."""
