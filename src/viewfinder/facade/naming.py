"""Names that no dataset has yet."""

from __future__ import annotations

import itertools
from datetime import UTC, datetime

from viewfinder.samples import open_catalog

__all__ = ["get_default_dataset_name", "make_unique_dataset_name"]


def get_default_dataset_name() -> str:
    """A name made from the time, such as ``"2026.05.01.12.30.00"``, that no dataset has yet."""
    now = datetime.now(tz=UTC).astimezone()
    return make_unique_dataset_name(now.strftime("%Y.%m.%d.%H.%M.%S"))


def make_unique_dataset_name(root: str) -> str:
    """A name that no dataset has yet: `root`, or `root` and a number.

    ::

        dataset = vf.Dataset(vf.make_unique_dataset_name("pets"))  # pets, pets-2, pets-3…

    Args:
        root: what the name begins with
    """
    taken = set(open_catalog().names())
    names = itertools.chain([root], (f"{root}-{number}" for number in itertools.count(2)))
    return next(name for name in names if name not in taken)
