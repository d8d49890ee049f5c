"""The one file that knows DuckDB's Python API: a database in memory that never touches a disk."""

from __future__ import annotations

import os
import re
from collections.abc import Mapping
from typing import Any

import duckdb
import pyarrow as pa

from viewfinder.errors import ExpressionError

__all__ = ["Connection"]

_PARAMETER = re.compile(r"\$(p\d+)\b")


class Connection:
    """A database in memory. Not to be used by two threads at the same moment.

    Args:
        threads: how many threads a query may use; as many as there are cores if not given
    """

    def __init__(self, threads: int | None = None) -> None:
        config: dict[str, str | bool | int | float | list[str]] = {
            "threads": threads or os.cpu_count() or 1,
            # What does not fit into memory is an error, not a file in the working directory.
            "temp_directory": "",
            "autoinstall_known_extensions": False,
            "autoload_known_extensions": False,
            # A key of a sort may turn out to be the same for all samples.
            "order_by_non_integer_literal": True,
        }
        self._connection = duckdb.connect(":memory:", config=config)
        # Queries that users write see the tables of the dataset, and no files.
        self._connection.execute("SET enable_external_access = false")

    def register(self, name: str, table: pa.Table) -> None:
        """Makes an Arrow table readable under a name, without copying it.

        Documents of a slice are the exception: DuckDB would read those of other rows.
        """
        for at, column in enumerate(table.schema):
            if pa.types.is_struct(column.type) and any(part.offset for part in table[at].chunks):
                rows = pa.array(range(table.num_rows), pa.int64())
                table = table.set_column(at, column, table[at].take(rows))
        self._connection.register(name, table)

    def unregister(self, name: str) -> None:
        """Forgets a table."""
        self._connection.unregister(name)

    def define(self, sql: str) -> None:
        """Runs a statement that answers nothing."""
        self._connection.execute(sql)

    def query(self, sql: str, parameters: Mapping[str, Any]) -> pa.Table:
        """The answer to a query, in which parameters are written as ``$p1``.

        Raises:
            ExpressionError: when values make the computation impossible, such as a number that
                grows beyond 64 bits
        """
        used = {name: parameters[name] for name in set(_PARAMETER.findall(sql))}
        try:
            return self._connection.sql(sql, params=used or None).to_arrow_table()
        except (duckdb.OutOfRangeException, duckdb.ConversionException) as error:
            raise ExpressionError(f"The expression can't be computed: {_first(error)}.") from error
        except duckdb.InvalidInputException as error:
            if "regexp_matches(" in sql:
                raise ExpressionError(
                    f"This is no regular expression: {_first(error)}. Look-around and "
                    "back-references are not supported."
                ) from error
            raise

    def select(self, sql: str, parameters: Mapping[str, Any]) -> pa.Table:
        """The answer to a query that a user wrote a part of.

        Raises:
            ExpressionError: when it is no single SELECT, or can't be run
        """
        try:
            statements = duckdb.extract_statements(sql)
            if [each.type for each in statements] != [duckdb.StatementType.SELECT]:
                raise ExpressionError("A query of sql() is one SELECT and nothing else.")
            return self.query(sql, parameters)
        except duckdb.Error as error:
            raise ExpressionError(f"The query of sql() can't be run: {_first(error)}.") from error

    def close(self) -> None:
        """Frees what the database holds."""
        self._connection.close()


def _first(error: Exception) -> str:
    return str(error).splitlines()[0].rstrip(".! ")
