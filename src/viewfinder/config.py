"""Where Viewfinder keeps things and what the environment says, read when asked and never before."""

from __future__ import annotations

import os
from pathlib import Path

from viewfinder.errors import ConfigError

__all__ = ["environment_flag", "home"]

_TRUE = {"1", "true", "yes", "on"}
_FALSE = {"0", "false", "no", "off"}


def home() -> Path:
    """The folder that holds the catalog, the datasets and the label server's data.

    ``VIEWFINDER_HOME`` where it is set, otherwise the platform's folder for application data. The
    folder is not made here.
    """
    chosen = os.environ.get("VIEWFINDER_HOME")
    if chosen:
        return Path(chosen).expanduser().absolute()
    from platformdirs import user_data_path

    return user_data_path("viewfinder", appauthor=False)


def environment_flag(name: str) -> bool | None:
    """A yes-or-no variable of the environment; None where it is not set.

    Raises:
        ConfigError: when the variable is set to neither
    """
    value = os.environ.get(name, "").strip().lower()
    if not value:
        return None
    if value in _TRUE:
        return True
    if value in _FALSE:
        return False
    raise ConfigError(f"{name}={value!r} is neither yes nor no; set it to 1 or 0.")
