"""Facts about the installation, under the names that programs ask for."""

from __future__ import annotations

from importlib.metadata import version

__all__ = ["VERSION"]

VERSION = version("viewfinder")
