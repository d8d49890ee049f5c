"""Which server a run goes to, and who we are there: arguments, configuration, keyring, or nothing
at all. With nothing configured the label server that comes with Viewfinder is used. Credentials are
looked up each time they are needed and are part of no record.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields, replace
from typing import Any
from urllib.parse import urlsplit

from viewfinder.annotate.account.settings import BACKEND_NAMES, Source, annotation_config, sources
from viewfinder.annotate.options import ACCESS_NAMES, TASK_NAMES, Access
from viewfinder.cvat.signin import Credentials
from viewfinder.cvat.transport import clean_url
from viewfinder.errors import AnnotationError, ConfigError, MissingPackageError, suggestion
from viewfinder.optional import require

__all__ = ["Destination", "configured_options", "destination_of", "keyring_service"]

_TOKEN_ENTRY = "token"  # noqa: S105 – the name under which the keyring has a token, not a token
_IDENTITY = ("token", "username", "password", "email")


@dataclass(frozen=True, slots=True)
class Destination:
    """A server, and who we are there; `url` is None for the server that comes with Viewfinder."""

    url: str | None
    access: Access

    @property
    def backend(self) -> str:
        """Name of the backend."""
        return "embedded" if self.url is None else "cvat"

    def credentials(self) -> Credentials:
        """Who we are there, asked of the system's keyring where nothing else says it.

        Raises:
            ConfigError: neither a token nor user name and password are known
        """
        access = self.access
        if self.url is not None and access.token is None and access.password is None:
            access = _with_keyring(access, self.url)
        return Credentials(
            username=access.username,
            password=access.password,
            token=access.token,
            email=access.email,
        )


def configured_options(backend: str | None = None) -> dict[str, Any]:
    """The options about tasks that are configured for a backend.

    Raises:
        ConfigError: a file or a variable can't be understood
    """
    found: dict[str, Any] = {}
    for source in reversed(sources()):
        options = source.backends.get(backend or "cvat", {})
        found.update({name: options[name] for name in options if name in TASK_NAMES})
    return found


def destination_of(
    access: Access, *, backend: str | None = None, recorded: Mapping[str, Any] | None = None
) -> Destination:
    """The server to talk to.

    Args:
        access: what the caller gave
        backend: "cvat", "embedded", or None to go by what is configured
        recorded: the run's own record of where it went, when it is not new

    Raises:
        AnnotationError: there is no such backend
        ConfigError: the settings contradict each other, or can't be understood
    """
    if backend is not None and backend not in BACKEND_NAMES:
        near = suggestion(str(backend), BACKEND_NAMES, "Backends")
        raise AnnotationError(f"There is no annotation backend {backend!r}. {near}")
    if recorded is not None:
        backend, url = recorded["backend"], recorded.get("url")
        access = replace(access, organization=access.organization or recorded.get("organization"))
    else:
        if backend is None and access.url is None:
            backend = annotation_config.default_backend
        url = access.url or (None if backend == "embedded" else _configured("url"))
        if url is None and backend is None and not _names_given(access):
            _refuse_credentials_without_server()
    if backend == "embedded" or (backend is None and url is None):
        return Destination(None, _embedded_access(access, recorded is not None))
    if url is None:
        raise ConfigError(
            "Say which CVAT server: url='https://cvat.example.org', or the environment variable "
            "VIEWFINDER_CVAT_URL."
        )
    return Destination(clean_url(url), _completed(access, clean_url(url)))


def keyring_service(url: str) -> str:
    """The name under which the system's keyring has what signs us in to a server."""
    return f"viewfinder:{url}"


def _configured(name: str) -> Any:
    values = (source.backends.get("cvat", {}).get(name) for source in sources())
    return next((value for value in values if value is not None), None)


def _refuse_credentials_without_server() -> None:
    """Somebody who has an account means a server: images don't go elsewhere without a word."""
    for source in sources():
        named = [name for name in _IDENTITY if source.backends.get("cvat", {}).get(name)]
        if named:
            raise ConfigError(
                f"{source.place} has {' and '.join(named)} for a CVAT server, but no address of "
                "one. Set url as well (VIEWFINDER_CVAT_URL; the hosted server is "
                "https://app.cvat.ai), or give backend='embedded' for the label server that comes "
                "with Viewfinder."
            )


def _names_given(access: Access) -> list[str]:
    names = ("url", "username", "password", "token", "email", "organization")
    return [name for name in names if getattr(access, name) is not None]


def _embedded_access(access: Access, recorded: bool) -> Access:
    given = [] if recorded else _names_given(access)
    if given:
        raise ConfigError(
            f"{', '.join(given)} given, but no server: give url= as well, or leave them out to use "
            "the label server that comes with Viewfinder."
        )
    return access


def _completed(access: Access, url: str) -> Access:
    """What was given, completed from what is configured for the same server."""
    for source in sources():
        options = source.backends.get("cvat", {})
        if options and _speaks_of(source, url):
            access = _completed_from(access, options)
    return access


def _speaks_of(source: Source, url: str) -> bool:
    """Whether a source is about a server: credentials for one are not shown to another."""
    known = source.backends["cvat"].get("url")
    return known is None or urlsplit(clean_url(known)).netloc == urlsplit(url).netloc


def _completed_from(access: Access, options: Mapping[str, Any]) -> Access:
    found = {name: value for name, value in options.items() if name in ACCESS_NAMES - {"url"}}
    who = found.get("username")
    if access.username is not None and who not in {None, access.username}:
        # Another person's password and token.
        found = {name: value for name, value in found.items() if name not in _IDENTITY}
    if access.username is not None or (access.password is not None and who is not None):
        # A name or a password that was given further up is not overruled by a token from below.
        found.pop("token", None)
    if access.token is not None:
        found = {name: value for name, value in found.items() if name not in _IDENTITY}
    untouched = {item.name for item in fields(Access) if getattr(access, item.name) == item.default}
    return replace(access, **{name: found[name] for name in found if name in untouched})


def _with_keyring(access: Access, url: str) -> Access:
    """What the system's keyring knows of a server, where the package for it is installed."""
    try:
        keyring = require("keyring", extra="keyring", purpose="Asking the system's keyring")
    except MissingPackageError:
        return access
    service = keyring_service(url)
    try:
        if access.username is not None:
            password = keyring.get_password(service, access.username)
            return access if password is None else replace(access, password=password)
        token = keyring.get_password(service, _TOKEN_ENTRY)
        if token is not None:
            return replace(access, token=token)
        found = keyring.get_credential(service, None)
    except keyring.errors.KeyringError:
        # A machine without a keyring is one that knows nobody; what is missing is said elsewhere.
        return access
    if found is None:
        return access
    return replace(access, username=found.username, password=found.password)
