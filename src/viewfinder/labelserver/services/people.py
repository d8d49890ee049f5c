"""Users are made and given passwords here; nobody registers by themselves."""

from __future__ import annotations

import re

from sqlalchemy import select

from viewfinder.labelserver.auth.passwords import Passwords
from viewfinder.labelserver.database import Database
from viewfinder.labelserver.errors import ServerDataError
from viewfinder.labelserver.models import User

__all__ = ["set_user"]

_USERNAME = re.compile(r"[\w.@+-]{1,150}\Z")


def set_user(
    database: Database,
    passwords: Passwords,
    username: str,
    password: str,
    *,
    is_superuser: bool = False,
    email: str = "",
) -> int:
    """Make a user, or give the one of that name this password.

    Returns:
        the user's id

    Raises:
        ServerDataError: for a name that no user may have
    """
    if not _USERNAME.match(username):
        raise ServerDataError(
            f"{username!r} can't be a user's name: use letters, digits and @ . + - _ only."
        )
    with database.writing() as session:
        user = session.scalars(select(User).where(User.username == username)).first()
        if user is None:
            user = User(username=username, is_superuser=is_superuser, email=email)
            user.password_hash = passwords.hash(password)
            session.add(user)
        elif not passwords.check(password, user.password_hash):
            user.password_hash = passwords.hash(password)
        session.flush()
        return user.id
