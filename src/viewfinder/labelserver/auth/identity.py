"""From a request's headers to a user, as CVAT does it: Token, Bearer, Basic, or session cookie.

A session cookie is sent by browsers without being asked, so writes with it must also carry the
session's CSRF token in the header X-CSRFToken; the other ways are never sent unasked.
"""

from __future__ import annotations

import base64
import binascii
import hmac
from dataclasses import dataclass
from datetime import timedelta

from sqlalchemy import delete, select
from sqlalchemy.orm import Session
from starlette.requests import Request

from viewfinder.labelserver.auth.passwords import Passwords
from viewfinder.labelserver.auth.secrets import digest_of, new_secret
from viewfinder.labelserver.errors import RefusalError
from viewfinder.labelserver.models import (
    AccessToken,
    BrowserSession,
    SignInLink,
    User,
    utc_now,
)

__all__ = [
    "CSRF_COOKIE",
    "SESSION_COOKIE",
    "SignedIn",
    "check_password",
    "end_session",
    "identify",
    "make_link",
    "open_link",
    "start_session",
]

CSRF_COOKIE = "csrftoken"
SESSION_COOKIE = "sessionid"
_SAFE_METHODS = frozenset({"GET", "HEAD", "OPTIONS"})
_CHALLENGE = {"WWW-Authenticate": "Token"}


@dataclass(frozen=True, slots=True)
class SignedIn:
    """The secrets that a client gets when it signs in."""

    session: str
    csrf_token: str
    token: str


def _not_signed_in(sentence: str) -> RefusalError:
    return RefusalError(401, {"detail": sentence}, headers=_CHALLENGE)


def identify(session: Session, passwords: Passwords, request: Request) -> User:
    """The user who sends this request.

    Raises:
        RefusalError: 401 when nobody is signed in or the token is wrong, 403 when a session's write
            lacks its CSRF token or a read-only token writes
    """
    scheme, _, value = request.headers.get("authorization", "").partition(" ")
    value = value.strip()
    match scheme.lower():
        case "":
            return _by_cookie(session, request)
        case "token":
            return _by_token(session, value, "login", request)
        case "bearer":
            return _by_token(session, value, "access", request)
        case "basic":
            return _by_basic(session, passwords, value)
        case _:
            raise _not_signed_in("Authentication credentials were not provided.")


def check_password(session: Session, passwords: Passwords, name: str, password: str) -> User | None:
    """The active user of that name or e-mail address, if the password is right."""
    condition = User.email == name if "@" in name else User.username == name
    user = session.scalars(select(User).where(condition)).first()
    if user is None and "@" in name:
        user = session.scalars(select(User).where(User.username == name)).first()
    right = passwords.check(password, user.password_hash if user else None)
    return user if right and user is not None and user.is_active else None


def start_session(session: Session, user: User, lifetime_secs: int) -> SignedIn:
    """Sign a user in: a browser session and a token that ends with it."""
    now = utc_now()
    session.execute(delete(BrowserSession).where(BrowserSession.expires < now))
    session.execute(delete(AccessToken).where(AccessToken.expiry_date < now))
    signed_in = SignedIn(session=new_secret(), csrf_token=new_secret(), token=new_secret())
    expires = now + timedelta(seconds=lifetime_secs)
    digest = digest_of(signed_in.session)
    session.add_all(
        [
            BrowserSession(
                digest=digest, user_id=user.id, csrf_token=signed_in.csrf_token, expires=expires
            ),
            AccessToken(
                digest=digest_of(signed_in.token),
                kind="login",
                user_id=user.id,
                session_digest=digest,
                expiry_date=expires,
            ),
        ]
    )
    user.last_login = now
    return signed_in


def end_session(session: Session, request: Request) -> None:
    """Sign out: the session and the tokens that belong to it stop working."""
    digests = {digest_of(request.cookies.get(SESSION_COOKIE, ""))}
    scheme, _, value = request.headers.get("authorization", "").partition(" ")
    if scheme.lower() == "token":
        token = _find_token(session, value.strip(), "login")
        if token is not None and token.session_digest is not None:
            digests.add(token.session_digest)
    session.execute(delete(BrowserSession).where(BrowserSession.digest.in_(digests)))
    session.execute(delete(AccessToken).where(AccessToken.session_digest.in_(digests)))


def make_link(session: Session, user: User, lifetime_secs: int) -> str:
    """The secret of a link that signs this user in once."""
    session.execute(delete(SignInLink).where(SignInLink.expires < utc_now()))
    secret = new_secret()
    session.add(
        SignInLink(
            digest=digest_of(secret),
            user_id=user.id,
            expires=utc_now() + timedelta(seconds=lifetime_secs),
        )
    )
    return secret


def open_link(session: Session, secret: str) -> User | None:
    """The user whom the link signs in; it works once."""
    link = session.get(SignInLink, digest_of(secret), with_for_update=True)
    if link is None:
        return None
    session.delete(link)
    user = session.get(User, link.user_id) if link.expires > utc_now() else None
    return user if user is not None and user.is_active else None


def _active(user: User | None) -> User:
    if user is None or not user.is_active:
        raise _not_signed_in("User inactive or deleted.")
    return user


def _find_token(session: Session, secret: str, kind: str) -> AccessToken | None:
    return session.scalars(
        select(AccessToken).where(AccessToken.digest == digest_of(secret), AccessToken.kind == kind)
    ).first()


def _by_token(session: Session, secret: str, kind: str, request: Request) -> User:
    token = _find_token(session, secret, kind)
    now = utc_now()
    if token is None or (token.expiry_date is not None and token.expiry_date < now):
        raise _not_signed_in("Invalid token.")
    if token.read_only and request.method not in _SAFE_METHODS:
        raise RefusalError(403, {"detail": "This access token may only read."})
    return _active(session.get(User, token.user_id))


def _by_basic(session: Session, passwords: Passwords, value: str) -> User:
    try:
        name, password = base64.b64decode(value, validate=True).decode().split(":", 1)
    except (binascii.Error, ValueError) as error:
        raise _not_signed_in(
            "Invalid basic header. Credentials not correctly base64 encoded."
        ) from error
    user = check_password(session, passwords, name, password)
    if user is None:
        raise _not_signed_in("Invalid username/password.")
    return user


def _by_cookie(session: Session, request: Request) -> User:
    secret = request.cookies.get(SESSION_COOKIE)
    found = session.get(BrowserSession, digest_of(secret)) if secret else None
    if found is None or found.expires < utc_now():
        raise _not_signed_in("Authentication credentials were not provided.")
    if request.method not in _SAFE_METHODS:
        sent = request.headers.get("x-csrftoken", "")
        if not sent:
            raise RefusalError(403, {"detail": "CSRF Failed: CSRF token missing."})
        if not hmac.compare_digest(sent.encode(), found.csrf_token.encode()):
            raise RefusalError(403, {"detail": "CSRF Failed: CSRF token incorrect."})
    return _active(session.get(User, found.user_id))
