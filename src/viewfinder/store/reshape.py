"""What a transaction does to fields as such: renaming, cloning, clearing and dropping them.

Files of segments stay as they are: only what the database says of them changes, and so does the
small part of the values that lies above them as edits.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from viewfinder.store.edits import Edit, pack, unpack
from viewfinder.store.layout import SAMPLES
from viewfinder.store.writer import Writer

__all__ = [
    "clear_attribute",
    "clear_field",
    "clone_attribute",
    "clone_field",
    "rename_attribute",
    "rename_field",
]


def rename_field(writer: Writer, name: str, new_name: str) -> None:
    """Gives the values of a field another name."""
    files = writer.read_files()
    writer.rename_column([file for file in files if file.table == SAMPLES], name, new_name)
    writer.rename_table([file for file in files if file.table == name], new_name)
    writer.rename_edits(name, new_name)


def clone_field(writer: Writer, name: str, new_name: str) -> None:
    """Lets the values of a field count under another name, too; files are shared."""
    files = writer.read_files()
    writer.alias_column([file for file in files if file.table == SAMPLES], name, new_name)
    writer.alias_table([file for file in files if file.table == name], new_name)
    writer.copy_edits(name, new_name)


def clear_field(writer: Writer, name: str) -> None:
    """Removes every value of a field."""
    files = writer.read_files()
    writer.kill_files(file for file in files if file.table == name)
    writer.hide_column([file for file in files if file.table == SAMPLES], name)
    writer.drop_edits(name)


def rename_attribute(writer: Writer, table: str, name: str, new_name: str) -> None:
    """Gives an attribute of the labels of a field another name."""
    files = [file for file in writer.read_files() if file.table == table]
    writer.rename_column(files, name, new_name)

    def rename(row: dict[str, Any]) -> None:
        if name in row:
            row[new_name] = row.pop(name)

    _edit_rows(writer, table, rename)


def clone_attribute(writer: Writer, table: str, name: str, new_name: str) -> None:
    """Lets an attribute of the labels of a field count under another name, too."""
    files = [file for file in writer.read_files() if file.table == table]
    writer.alias_column(files, name, new_name)

    def clone(row: dict[str, Any]) -> None:
        if name in row:
            row[new_name] = row[name]

    _edit_rows(writer, table, clone)


def clear_attribute(writer: Writer, table: str, name: str) -> None:
    """Removes every value of an attribute of the labels of a field."""
    files = [file for file in writer.read_files() if file.table == table]
    writer.hide_column(files, name)
    _edit_rows(writer, table, lambda row: row.pop(name, None))


def _edit_rows(writer: Writer, table: str, edit: Callable[[dict[str, Any]], object]) -> None:
    """Changes the rows of labels that are edits."""
    edits = {}
    for seq, held in writer.read_edits(table).items():
        rows = unpack(held.value)
        for row in rows or ():
            edit(row)
        edits[seq] = Edit(held.count, pack(rows))
    writer.new_epoch()
    writer.put_edits({table: edits})
