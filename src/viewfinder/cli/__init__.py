"""Commands: the library from a terminal, and the only place that may ask a question."""

from __future__ import annotations
