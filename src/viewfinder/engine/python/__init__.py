"""The oracle in plain Python that every other engine must equal."""

from __future__ import annotations

from viewfinder.engine.python.engine import PythonEngine

__all__ = ["PythonEngine"]
