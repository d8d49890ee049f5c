"""DuckDB in memory runs plans over the columns of a snapshot."""

from __future__ import annotations

from viewfinder.engine.duckdb.engine import DuckDBEngine

__all__ = ["DuckDBEngine"]
