"""The one door to packages that are not part of the core install."""

from __future__ import annotations

from importlib import import_module
from types import ModuleType

from viewfinder.errors import MissingPackageError

__all__ = ["require"]


def require(package: str, *, extra: str, purpose: str) -> ModuleType:
    """Imports `package`, or says which extra of Viewfinder brings it.

    Args:
        package: the name to import
        extra: the extra of this package that installs it, as in ``viewfinder[torch]``
        purpose: the start of the sentence that a person reads, as in "Applying a torch model"

    Raises:
        MissingPackageError: when it is not installed
    """
    try:
        return import_module(package)
    except ModuleNotFoundError as error:
        raise MissingPackageError(package, extra, purpose) from error
