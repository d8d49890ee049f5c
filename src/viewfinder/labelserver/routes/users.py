"""People: oneself, and others to give work to."""

from __future__ import annotations

from fastapi import APIRouter, Request
from sqlalchemy import select

from viewfinder.labelserver.context import Context, Reader
from viewfinder.labelserver.errors import NotFoundError
from viewfinder.labelserver.filters import ListFields, narrowed
from viewfinder.labelserver.models import User
from viewfinder.labelserver.paging import page_of
from viewfinder.labelserver.presenters import basic_user, user_out
from viewfinder.labelserver.wire.messages import BasicUser, Page, UserOut

__all__ = ["router"]

router = APIRouter(prefix="/api/users", tags=["users"])
_FIELDS = ListFields(
    columns={
        "id": User.id,
        "username": User.username,
        "first_name": User.first_name,
        "last_name": User.last_name,
        "is_active": User.is_active,
    },
    search=["username", "first_name", "last_name"],
    default_sort="id",
)


def _presented(context: Context, user: User) -> UserOut | BasicUser:
    """Everything of oneself and for administrators; of others the name."""
    if context.user.is_superuser or context.user.id == user.id:
        return user_out(user, context.links)
    short = basic_user(user, context.links)
    assert short is not None
    return short


@router.get("")
def list_users(context: Reader, request: Request) -> Page[UserOut | BasicUser]:
    """Everybody."""
    return page_of(
        context,
        request,
        narrowed(select(User), _FIELDS, request),
        lambda rows: [_presented(context, row) for row in rows],
    )


@router.get("/self")
def get_self(context: Reader) -> UserOut:
    """Oneself."""
    return user_out(context.user, context.links)


@router.get("/{user_id}")
def get_user(context: Reader, user_id: int) -> UserOut | BasicUser:
    """Somebody."""
    user = context.session.get(User, user_id)
    if user is None:
        raise NotFoundError
    return _presented(context, user)
