"""Frames of videos in SQL: rows of a table like labels are, with labels of their own.

The table of frames shows the video as ``seq`` and the number as ``pos``, so that a list of frames
is read as a list of labels is. The frame's own number in the store is ``"frame "``; the tables of
its labels, ``frames.…``, have it as their ``seq``.
"""

from __future__ import annotations

from viewfinder.engine.duckdb.sql import quote
from viewfinder.schema import FRAMES, FRAMES_PREFIX, VIDEO_OF_FRAME

__all__ = ["FRAME_KEY", "FRAME_ROWS", "frames_view", "inside_frames", "is_of_frames"]

FRAME_KEY = 'l."frame "'
"""The column that names the frame, where frames are the base of a SELECT."""
FRAME_ROWS = "frames rows"
"""The name of the frames as the store has them."""


def is_of_frames(field: str) -> bool:
    """Whether a field, or the table of its labels, is one of frames."""
    return field.startswith(FRAMES_PREFIX)


def inside_frames(field: str) -> str:
    """The name of such a field as a frame sees it."""
    return field.removeprefix(FRAMES_PREFIX)


def frames_view(kind: str = "table") -> str:
    """The statement that makes the table of frames out of the frames as the store has them."""
    video = quote(VIDEO_OF_FRAME)
    columns = (
        f'seq AS "frame ", {video} AS seq, frame_number::INTEGER AS pos, * EXCLUDE (seq, {video})'
    )
    source = quote(f"{kind} {FRAME_ROWS}")
    name = quote(f"{kind} {FRAMES}")
    return f"CREATE OR REPLACE TEMP VIEW {name} AS SELECT {columns} FROM {source}"
