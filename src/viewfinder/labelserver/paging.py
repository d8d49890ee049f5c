"""Lists come in pages: `count`, `next`, `previous`, `results`; addresses as CVAT writes them."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar
from urllib.parse import urlencode

from sqlalchemy import Select, func, select
from starlette.requests import Request

from viewfinder.labelserver.context import Context
from viewfinder.labelserver.errors import NotFoundError
from viewfinder.labelserver.wire.messages import Page

__all__ = ["MAX_PAGE_SIZE", "PAGE_SIZE", "page_of"]

PAGE_SIZE = 10
MAX_PAGE_SIZE = 500
_Row = TypeVar("_Row")
_Item = TypeVar("_Item")


def _whole(text: str | None, default: int) -> int:
    if text is None or text == "":
        return default
    if not text.isascii() or not text.isdigit() or len(text) > 12 or int(text) < 1:
        raise NotFoundError("Invalid page.")
    return int(text)


def _address(context: Context, request: Request, number: int) -> str:
    query = {key: value for key, value in request.query_params.multi_items() if key != "page"}
    if number > 1:
        query["page"] = str(number)
    path = request.scope["path"]
    ordered = urlencode(sorted(query.items()))
    return f"{context.links.base}{path}?{ordered}" if ordered else f"{context.links.base}{path}"


def page_of(
    context: Context,
    request: Request,
    statement: Select[_Row],
    present: Callable[[list[_Row]], list[_Item]],
    *,
    default_size: int = PAGE_SIZE,
) -> Page[_Item]:
    """One page of what a statement finds.

    Args:
        context: the request's context
        request: carries `page` (from 1) and `page_size`
        statement: ordered
        present: makes the items of a page from its rows
        default_size: items a page where the client does not say

    Raises:
        NotFoundError: when there is no such page
    """
    number = _whole(request.query_params.get("page"), 1)
    asked_size = _whole(request.query_params.get("page_size"), default_size)
    size = min(asked_size, MAX_PAGE_SIZE)
    counted = select(func.count()).select_from(statement.order_by(None).subquery())
    count = context.session.scalar(counted) or 0
    if number > 1 and (number - 1) * size >= count:
        raise NotFoundError("Invalid page.")
    rows = [
        row
        for (row,) in context.session.execute(
            statement.offset((number - 1) * size).limit(size)
        ).unique()
    ]
    return Page(
        count=count,
        next=_address(context, request, number + 1) if number * size < count else None,
        previous=_address(context, request, number - 1) if number > 1 else None,
        results=present(rows),
    )
