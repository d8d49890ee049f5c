"""Random secrets, and the digests that are stored in their place."""

from __future__ import annotations

import hashlib
import secrets

__all__ = ["digest_of", "new_secret"]


def new_secret() -> str:
    """40 hexadecimal digits that nobody can guess."""
    return secrets.token_hex(20)


def digest_of(secret: str) -> str:
    """What is stored of a secret: useless to somebody who reads the database."""
    return hashlib.sha256(secret.encode()).hexdigest()
