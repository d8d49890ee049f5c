"""Signing in and out, tokens, and links that sign a browser in once."""

from __future__ import annotations

import secrets
from datetime import UTC, datetime
from typing import Annotated
from urllib.parse import quote, urlsplit

from fastapi import APIRouter, Query, Request
from sqlalchemy import select
from starlette.responses import RedirectResponse, Response

from viewfinder.labelserver.answers import CvatResponse
from viewfinder.labelserver.auth.identity import (
    CSRF_COOKIE,
    SESSION_COOKIE,
    SignedIn,
    check_password,
    end_session,
    identify,
    make_link,
    open_link,
    start_session,
)
from viewfinder.labelserver.auth.secrets import digest_of, new_secret
from viewfinder.labelserver.context import Reader, Writer, parts_of
from viewfinder.labelserver.errors import InvalidFieldError, NotFoundError, RefusalError
from viewfinder.labelserver.models import AccessToken, utc_now
from viewfinder.labelserver.paging import page_of
from viewfinder.labelserver.presenters import access_token_out
from viewfinder.labelserver.settings import Settings
from viewfinder.labelserver.wire.messages import (
    AccessTokenIn,
    AccessTokenOut,
    Detail,
    Login,
    Page,
    PasswordChange,
    SignInLinkIn,
    SignInLinkOut,
    TokenKey,
)

__all__ = ["link_router", "router"]

router = APIRouter(prefix="/api/auth", tags=["auth"])
link_router = APIRouter()
_CSRF_SECS = 365 * 24 * 3600


def _set_cookies(response: Response, signed_in: SignedIn, settings: Settings, scheme: str) -> None:
    # The SDK reads both from one joined header: the cookie that ends with a bare word comes last.
    secure = scheme == "https"
    response.set_cookie(
        CSRF_COOKIE, signed_in.csrf_token, max_age=_CSRF_SECS, samesite="lax", secure=secure
    )
    response.set_cookie(
        SESSION_COOKIE,
        signed_in.session,
        max_age=settings.session_secs,
        httponly=True,
        samesite="lax",
        secure=secure,
    )


@router.post("/login", response_model=TokenKey)
def login(request: Request, body: Login) -> Response:
    """Sign in with a user name or an e-mail address and a password."""
    parts = parts_of(request)
    if not (body.username or body.email) or not body.password:
        raise RefusalError(400, ['Must include either "username" or "email" and "password".'])
    address = request.client.host if request.client else ""
    wait = parts.failure_limit.wait_secs(address)
    if wait:
        raise RefusalError(
            429,
            {"detail": f"Request was throttled. Expected available in {wait} seconds."},
            headers={"Retry-After": str(wait)},
        )
    with parts.database.reading() as session:
        user = check_password(session, parts.passwords, body.username or body.email, body.password)
    if user is None:
        parts.failure_limit.failed(address)
        raise RefusalError(
            400, {"non_field_errors": ["Unable to log in with provided credentials."]}
        )
    with parts.database.writing() as session:
        user = session.merge(user, load=True)
        signed_in = start_session(session, user, parts.settings.session_secs)
    response = CvatResponse({"key": signed_in.token})
    _set_cookies(response, signed_in, parts.settings, request.url.scheme)
    return response


@router.post("/logout", response_model=Detail)
def logout(request: Request) -> Response:
    """Sign out: the session and its token stop working."""
    parts = parts_of(request)
    with parts.database.reading() as session:
        # A page elsewhere may not sign people out: the usual checks hold here, too.
        identify(session, parts.passwords, request)
    with parts.database.writing() as session:
        end_session(session, request)
    response = CvatResponse({"detail": "Successfully logged out."})
    response.delete_cookie(SESSION_COOKIE, samesite="lax", httponly=True)
    return response


@router.post("/password/change")
def change_password(context: Writer, body: PasswordChange) -> Detail:
    """Give oneself another password."""
    passwords = context.parts.passwords
    if not passwords.check(body.old_password, context.user.password_hash):
        raise InvalidFieldError("old_password", "Your old password was entered incorrectly.")
    if not secrets.compare_digest(body.new_password1.encode(), body.new_password2.encode()):
        raise InvalidFieldError("new_password2", "The two password fields didn't match.")
    context.user.password_hash = passwords.hash(body.new_password1)
    return Detail(detail="New password has been saved.")


@router.post("/sign-in-links", status_code=201)
def create_sign_in_link(context: Writer, body: SignInLinkIn) -> SignInLinkOut:
    """A link that opens a page of this server in a browser, signed in as oneself, once."""
    path = _local_path(body.path)
    secret = make_link(context.session, context.user, context.parts.settings.link_secs)
    return SignInLinkOut(url=f"{context.links.base}/auth/link/{secret}?next={quote(path, safe='')}")


@link_router.get("/auth/link/{secret}", include_in_schema=False)
def open_sign_in_link(
    request: Request, secret: str, next_path: Annotated[str, Query(alias="next")] = "/"
) -> Response:
    """Sign the browser in and go to the page; a link that was used leads to the sign-in form."""
    path = _local_path(next_path)
    parts = parts_of(request)
    root = request.scope.get("root_path", "").rstrip("/")
    with parts.database.writing() as session:
        user = open_link(session, secret)
        signed_in = start_session(session, user, parts.settings.session_secs) if user else None
    # A used link still opens the page; who is not signed in is led to the form from there.
    response = RedirectResponse(root + path, status_code=303)
    response.headers["Cache-Control"] = "no-store"
    response.headers["Referrer-Policy"] = "no-referrer"
    if signed_in is not None:
        _set_cookies(response, signed_in, parts.settings, request.url.scheme)
    return response


def _local_path(path: str) -> str:
    """A path of this server; never another server's address."""
    parts = urlsplit(path)
    unsafe = "\\" in path or any(ord(sign) <= 32 for sign in path)
    if parts.scheme or parts.netloc or unsafe or not path.startswith("/") or path[1:2] == "/":
        raise InvalidFieldError("path", "A path of this server is needed, such as /tasks/1.")
    return path


@router.get("/access_tokens", response_model_exclude_unset=True)
def list_access_tokens(context: Reader, request: Request) -> Page[AccessTokenOut]:
    """One's own personal access tokens, without their values."""
    statement = (
        select(AccessToken)
        .where(AccessToken.user_id == context.user.id, AccessToken.kind == "access")
        .order_by(AccessToken.id.desc())
    )
    return page_of(
        context,
        request,
        statement,
        lambda rows: [access_token_out(row, context.user, context.links) for row in rows],
    )


@router.post("/access_tokens", status_code=201, response_model_exclude_unset=True)
def create_access_token(context: Writer, body: AccessTokenIn) -> AccessTokenOut:
    """Make a personal access token; its value is told this once."""
    expiry = body.expiry_date
    if expiry is not None:
        expiry = expiry if expiry.tzinfo else expiry.replace(tzinfo=UTC)
        if expiry <= datetime.now(UTC):
            raise InvalidFieldError("expiry_date", "The date is in the past.")
    secret = new_secret()
    now = utc_now()
    token = AccessToken(
        digest=digest_of(secret),
        kind="access",
        user_id=context.user.id,
        name=body.name,
        read_only=body.read_only,
        created_date=now,
        updated_date=now,
        expiry_date=expiry,
    )
    context.session.add(token)
    context.session.flush()
    return access_token_out(token, context.user, context.links, secret)


@router.delete("/access_tokens/{token_id}", status_code=204)
def delete_access_token(context: Writer, token_id: int) -> None:
    """Revoke one of one's own personal access tokens."""
    token = context.session.get(AccessToken, token_id)
    if token is None or token.user_id != context.user.id or token.kind != "access":
        raise NotFoundError
    context.session.delete(token)
