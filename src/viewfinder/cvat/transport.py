"""One request to a server that may be slow, busy, broken or something else than expected.

Everything that goes wrong leaves here as an error of our tree that carries the server's own words;
what may be sent twice is sent again with growing pauses. Secrets are in headers only, which appear
in no message and no representation.
"""

from __future__ import annotations

import random
import re
import ssl
import time
import warnings
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from html import unescape
from ipaddress import ip_address
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar
from urllib.parse import urlsplit

import msgspec

from viewfinder.cvat.redaction import redact_log
from viewfinder.errors import (
    ConfigError,
    ServerCertificateError,
    ServerFailedError,
    ServerRefusedError,
    ServerUnreachableError,
    WrongCredentialsError,
)

if TYPE_CHECKING:
    import httpx

__all__ = ["Call", "Options", "Transport", "clean_url", "server_words"]

T = TypeVar("T")

_BUSY = {429, 503}
_RETRIED = {429, 500, 502, 503, 504}
_ATTEMPTS_TO_FIND = 2
_LONGEST_PAUSE_SECS = 120.0
_LONGEST_WORDS = 600


@dataclass(frozen=True, slots=True)
class Options:
    """How patient and how careful the client is."""

    timeout_secs: float = 60.0
    """The longest silence of the server within one request."""
    connect_timeout_secs: float = 10.0
    """The longest wait for a connection."""
    attempts: int = 5
    """How often a request that may be repeated is sent at most."""
    pause_secs: float = 0.5
    """The pause before the second attempt; it doubles with each one and varies by half."""
    chunk_bytes: int = 10 * 2**20
    """The most of a file that is held in memory and sent in one request."""
    ready_timeout_secs: float = 600.0
    """The longest wait for the server to read uploaded media."""
    poll_secs: float = 0.1
    """The first pause between two questions whether it is done; pauses grow with the time that it
    takes, to ten times as much."""
    verify_tls: bool = True
    """Whether the certificate of an https server is verified."""
    ca_bundle: Path | None = None
    """A file of certificates to verify with, for servers with an authority of their own."""


@dataclass(frozen=True, slots=True)
class Call:
    """One request: what it is for, and what it says."""

    action: str
    """What the request does, as in "create the task"; becomes part of error messages."""
    method: str
    path: str
    """Path under the server's address, as in ``/api/tasks``."""
    params: Mapping[str, str | int] | None = None
    json: bytes | None = None
    """A body that is JSON already."""
    headers: Mapping[str, str] | None = None
    content: Callable[[], Iterator[bytes]] | None = None
    """Reads a body that is not JSON, piece by piece, anew for each attempt; its length is among the
    headers."""
    repeatable: bool | None = None
    """Whether sending it twice does no harm; None: decided by the method."""


class Transport:
    """Sends calls to one server, and reads pages of lists.

    Args:
        url: the server's address, with the path prefix it is served under, if any
        options: patience and care
        headers: sent with every request
        transport: an httpx transport to use instead of the network
        sleep: waits for so many seconds; tests pass their own
    """

    def __init__(
        self,
        url: str,
        *,
        options: Options,
        headers: Mapping[str, str] | None = None,
        transport: httpx.BaseTransport | None = None,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        self.url = clean_url(url)
        self.options = options
        self.sleep = sleep
        self._secrets: tuple[str, ...] = ()
        self._reached = False
        import httpx  # slow to import, and only who talks to a server needs it

        redact_log()
        if self.url.startswith("https://") and not options.verify_tls:
            warnings.warn(
                f"The certificate of {self.url} is not verified (verify_tls=False): whoever is in "
                "between can read and change everything, passwords too. For a server with an "
                "authority of its own, give the file of that as ca_bundle instead.",
                stacklevel=2,
            )

        timeout = httpx.Timeout(options.timeout_secs, connect=options.connect_timeout_secs)
        self._client = httpx.Client(
            timeout=timeout,
            headers={"Accept": "application/vnd.cvat+json, application/json", **(headers or {})},
            transport=transport,
            verify=_tls(self.url, options),
            trust_env=not _is_loopback(self.url),
        )

    def __repr__(self) -> str:
        return f"Transport({self.url!r})"

    @property
    def cookies(self) -> httpx.Cookies:
        """The cookies that the server has set."""
        return self._client.cookies

    def close(self) -> None:
        """Closes all connections."""
        self._client.close()

    def set_header(self, name: str, value: str | None) -> None:
        """A header for all requests from now on; None removes it."""
        if value is None:
            self._client.headers.pop(name, None)
        else:
            self._client.headers[name] = value

    def header(self, name: str) -> str | None:
        """A header of all requests; None where it is not set."""
        value: str | None = self._client.headers.get(name)
        return value

    def keep_secret(self, *secrets: str | None) -> None:
        """Words that never appear in an error, even if the server repeats them."""
        self._secrets = (*self._secrets, *(secret for secret in secrets if secret))

    def send(self, call: Call, *, files: Callable[[], list[Any]] | None = None) -> httpx.Response:
        """The answer to a call, whose status is below 400.

        Args:
            call: the request
            files: makes the parts of a multipart body, anew for each attempt

        Raises:
            ServerUnreachableError: nothing answers, or the connection broke
            ServerCertificateError: the certificate can't be verified
            WrongCredentialsError: the server does not accept who we say we are
            ServerRefusedError: it answered 4xx
            ServerFailedError: it answered 5xx
        """
        response = self.answer(call, files=files)
        if response.status_code >= 400:
            raise self.error(call, response)
        return response

    def answer(self, call: Call, *, files: Callable[[], list[Any]] | None = None) -> httpx.Response:
        """The answer to a call, whatever its status; repeated where that helps and does no harm.

        Raises:
            ServerUnreachableError: nothing answers, or the connection broke
            ServerCertificateError: the certificate can't be verified
        """
        import httpx

        repeatable = call.repeatable
        if repeatable is None:
            repeatable = call.method in {"GET", "HEAD", "PUT", "DELETE"}
        attempt = 0
        while True:
            attempt += 1
            last = attempt >= self.options.attempts
            # Where nobody has ever answered, the address is more likely wrong than the server busy.
            hopeless = not self._reached and attempt >= _ATTEMPTS_TO_FIND
            try:
                response = self._once(call, files)
            except httpx.TransportError as error:
                # A connection that never stood has carried nothing: any request may follow it.
                harmless = repeatable or isinstance(
                    error, httpx.ConnectError | httpx.ConnectTimeout | httpx.PoolTimeout
                )
                nobody = hopeless and isinstance(error, httpx.ConnectError)
                if last or nobody or not harmless or _certificate_problem(error) is not None:
                    raise self._unreachable(error) from error
                self.pause(attempt)
                continue
            self._reached = True
            status = response.status_code
            if last or status not in (_RETRIED if repeatable else _BUSY):
                return response
            self.pause(attempt, response)

    def read(self, call: Call, kind: type[T]) -> T:
        """The answer to a call, decoded.

        Raises:
            ServerFailedError: when the answer is no such record
        """
        return self.decode(call, self.send(call), kind)

    def decode(self, call: Call, response: httpx.Response, kind: type[T]) -> T:
        """The body of an answer as a record.

        Raises:
            ServerFailedError: when the body is no such record
        """
        try:
            return msgspec.json.decode(response.content, type=kind)
        except (msgspec.MsgspecError, UnicodeDecodeError) as error:
            words = f"its answer is not what a CVAT server answers ({error})"
            raise ServerFailedError(call.action, self.url, words) from error

    def error(self, call: Call, response: httpx.Response) -> Exception:
        """The error that an answer of 4xx or 5xx means."""
        words = server_words(response)
        for secret in self._secrets:
            words = words.replace(secret, "…")
        status = response.status_code
        if status == 401:
            return WrongCredentialsError(self.url, None)
        if status >= 500:
            return ServerFailedError(call.action, self.url, f"HTTP {status}, {words}")
        return ServerRefusedError(call.action, self.url, status, words)

    def pause(self, attempt: int, response: httpx.Response | None = None) -> None:
        """Waits before the next attempt: as long as the server asks, else longer each time."""
        asked = None if response is None else _retry_after_secs(response)
        if asked is None:
            asked = self.options.pause_secs * 2 ** (attempt - 1)
            asked *= random.uniform(0.5, 1.5)
        self.sleep(min(asked, _LONGEST_PAUSE_SECS))

    def path_of(self, location: str) -> str:
        """The path (and query) under our address of a URL that the server gave.

        Servers behind a proxy name hosts and schemes that can't be reached from here; only what
        comes after counts.
        """
        parts = urlsplit(location)
        prefix = urlsplit(self.url).path
        path = parts.path
        if prefix and path.startswith(prefix + "/"):
            path = path[len(prefix) :]
        return f"{path}?{parts.query}" if parts.query else path

    def _once(self, call: Call, files: Callable[[], list[Any]] | None) -> httpx.Response:
        headers = dict(call.headers or {})
        if call.json is not None:
            headers["Content-Type"] = "application/json"
        csrf = self._client.cookies.get("csrftoken")
        if csrf is not None and call.method not in {"GET", "HEAD"}:
            headers["X-CSRFToken"] = csrf
            headers["Referer"] = self.url + "/"
        return self._client.request(
            call.method,
            self.url + call.path,
            params=None if call.params is None else dict(call.params),
            content=call.json if call.content is None else call.content(),
            files=None if files is None else files(),
            headers=headers,
        )

    def _unreachable(self, error: httpx.TransportError) -> Exception:
        import httpx

        problem = _certificate_problem(error)
        if problem is not None:
            return ServerCertificateError(self.url, problem)
        if isinstance(error, httpx.TimeoutException):
            reason = f"no answer within {self.options.timeout_secs:.0f} s"
        else:
            reason = str(error) or type(error).__name__
        return ServerUnreachableError(self.url, reason)


def clean_url(url: str) -> str:
    """The address of a server without a slash at its end.

    Raises:
        ConfigError: when it is no http address, or holds a password
    """
    parts = urlsplit(url.strip() if "://" in url else f"https://{url.strip()}")
    if parts.username or parts.password:
        raise ConfigError(
            f"The address of the label server at {parts.hostname} holds a user name or password. "
            "Leave them out of the address and give them as username and password."
        )
    if parts.scheme not in {"http", "https"} or not parts.hostname:
        raise ConfigError(
            f"{url!r} is not the address of a label server; it looks like https://cvat.example.org"
        )
    return f"{parts.scheme}://{parts.netloc}{parts.path.rstrip('/')}"


def server_words(response: httpx.Response) -> str:
    """What an answer says in words, out of CVAT's JSON or a page of HTML."""
    text = response.text
    try:
        words = "; ".join(_words_of(msgspec.json.decode(response.content)))
    except (msgspec.DecodeError, UnicodeDecodeError):
        words = unescape(re.sub(r"<(script|style).*?</\1>|<[^>]*>", " ", text, flags=re.DOTALL))
    words = " ".join(words.split()) or response.reason_phrase
    return words if len(words) <= _LONGEST_WORDS else words[: _LONGEST_WORDS - 1] + "…"


def _words_of(value: object, name: str = "") -> list[str]:
    if isinstance(value, Mapping):
        return [
            words
            for key, inner in value.items()
            for words in _words_of(inner, "" if key in {"detail", "non_field_errors"} else str(key))
        ]
    if isinstance(value, list):
        return [words for inner in value for words in _words_of(inner, name)]
    return [f"{name}: {value}" if name else str(value)]


def _retry_after_secs(response: httpx.Response) -> float | None:
    value = response.headers.get("Retry-After", "").strip()
    if value.isdigit():
        return float(value)
    try:
        moment = parsedate_to_datetime(value)
    except ValueError:
        return None
    if moment.tzinfo is None:
        moment = moment.replace(tzinfo=UTC)
    return max(0.0, (moment - datetime.now(UTC)).total_seconds())


def _certificate_problem(error: BaseException) -> str | None:
    """Why TLS failed, if that is what lies behind an error."""
    cause: BaseException | None = error
    while cause is not None:
        if isinstance(cause, ssl.SSLCertVerificationError):
            return cause.verify_message
        if isinstance(cause, ssl.SSLError):
            return cause.reason or str(cause)
        cause = cause.__cause__ or cause.__context__
    return None


def _tls(url: str, options: Options) -> ssl.SSLContext | bool:
    if not url.startswith("https://"):
        # Redirects are not followed, so no TLS is ever spoken: reading all certificates of the
        # system would be lost time. A context without any would trust nobody.
        return ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    if not options.verify_tls:
        return False
    if options.ca_bundle is None:
        return True
    if not options.ca_bundle.is_file():
        raise ConfigError(
            f"There is no file of certificates at {options.ca_bundle}; correct ca_bundle."
        )
    try:
        return ssl.create_default_context(cafile=options.ca_bundle)
    except ssl.SSLError as error:
        raise ConfigError(
            f"{options.ca_bundle} holds no certificates in PEM form ({error.reason}); give "
            "another file as ca_bundle."
        ) from error


def _is_loopback(url: str) -> bool:
    """Whether the server is this machine, which no proxy of the environment can reach."""
    host = urlsplit(url).hostname or ""
    if host == "localhost":
        return True
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return False
