"""Who we are for a CVAT server: a personal access token, or a user name and password.

A password is sent once. What comes back is used as the server means it: newer servers only set a
session cookie, older ones also give a token.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from viewfinder.cvat import wire
from viewfinder.cvat.transport import Call, Transport
from viewfinder.errors import MissingCredentialsError, WrongCredentialsError

__all__ = ["Credentials", "sign_in", "whoami"]


@dataclass(frozen=True, slots=True)
class Credentials:
    """A token, or user name and password. Only the user name shows in representations."""

    username: str | None = None
    password: str | None = field(default=None, repr=False)
    token: str | None = field(default=None, repr=False)
    """An API token or a personal access token; it goes before a password."""
    email: str | None = field(default=None, repr=False)
    """Sent along with the password, for servers that ask for it."""

    def __post_init__(self) -> None:
        if self.token is None and (not self.username or self.password is None):
            raise MissingCredentialsError


def sign_in(transport: Transport, credentials: Credentials) -> wire.User:
    """Signs the transport in; returns who the server takes us for.

    Raises:
        WrongCredentialsError: the server does not know this user, password or token
    """
    transport.keep_secret(credentials.password, credentials.token)
    if credentials.token is not None:
        transport.set_header("Authorization", f"Bearer {credentials.token}")
        try:
            return whoami(transport, None)
        except WrongCredentialsError:
            # An API token is shown under another word than a personal access token.
            transport.set_header("Authorization", f"Token {credentials.token}")
        return whoami(transport, None)
    fields = {
        "username": credentials.username,
        "password": credentials.password,
        "email": credentials.email,
    }
    body = wire.encode({name: value for name, value in fields.items() if value is not None})
    call = Call("sign in", "POST", "/api/auth/login", json=body, repeatable=True)
    response = transport.answer(call)
    if response.status_code in {400, 401, 403}:
        raise WrongCredentialsError(transport.url, credentials.username)
    if response.status_code >= 400:
        raise transport.error(call, response)
    key = transport.decode(call, response, wire.Login).key if response.content else None
    if key is None:
        return whoami(transport, credentials.username)
    transport.keep_secret(key)
    transport.set_header("Authorization", f"Token {key}")
    try:
        user = whoami(transport, credentials.username)
    except WrongCredentialsError:
        # The server still hands out tokens but takes them no more: the cookie has to do.
        transport.set_header("Authorization", None)
        return whoami(transport, credentials.username)
    # With both a cookie and a token, servers would ask for proof against forged requests.
    transport.cookies.clear()
    return user


def whoami(transport: Transport, username: str | None) -> wire.User:
    """Who the server takes us for.

    Raises:
        WrongCredentialsError: nobody that it knows; `username` is who we said that we are
    """
    call = Call("say who we are", "GET", "/api/users/self")
    response = transport.answer(call)
    if response.status_code in {401, 403}:
        raise WrongCredentialsError(transport.url, username)
    if response.status_code >= 400:
        raise transport.error(call, response)
    return transport.decode(call, response, wire.User)
