"""Engines run plans: DuckDB in memory over columns, and a slow, obvious one in Python as oracle."""
