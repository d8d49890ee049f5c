"""Read a Qt binary resource file (.rcc): the tree of names, and each file's bytes."""

from __future__ import annotations

import struct
import zlib
from collections.abc import Iterator

DIRECTORY, COMPRESSED, ZSTD = 2, 1, 4


def files(blob: bytes) -> Iterator[tuple[str, bytes]]:
    """Yield ``(path, content)`` of every file in ``blob``, the bytes of an ``.rcc`` file."""
    magic, version, tree, data, names = struct.unpack(">4s4I", blob[:20])
    if magic != b"qres":
        raise ValueError("not a Qt resource file: it does not begin with 'qres'")
    node_size = 14 if version < 2 else 22

    def walk(index: int, parent: str) -> Iterator[tuple[str, bytes]]:
        at = tree + index * node_size
        name_at, flags = struct.unpack(">IH", blob[at : at + 6])
        length = struct.unpack(">H", blob[names + name_at : names + name_at + 2])[0]
        start = names + name_at + 6
        name = blob[start : start + 2 * length].decode("utf-16-be") if index else ""
        path = f"{parent}/{name}" if parent else name
        if flags & DIRECTORY:
            count, first = struct.unpack(">II", blob[at + 6 : at + 14])
            for child in range(first, first + count):
                yield from walk(child, path)
            return
        offset = data + struct.unpack(">I", blob[at + 10 : at + 14])[0]
        size = struct.unpack(">I", blob[offset : offset + 4])[0]
        content = blob[offset + 4 : offset + 4 + size]
        if flags & ZSTD:
            raise ValueError(f"{path} is compressed with zstd, which this reader does not know")
        yield path, zlib.decompress(content[4:]) if flags & COMPRESSED else content

    yield from walk(0, "")
