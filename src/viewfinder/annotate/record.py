"""What was sent, exactly: the memory of a run, written before and after each task leaves.

It holds each label as it was, the server's number and form of each of its pieces, and which frame
is which sample; what came back is compared with it and with nothing else. After a load it holds
what the server and the dataset agreed on, so that loading again brings only what is new.
"""

from __future__ import annotations

import zlib
from typing import Any

import msgspec
import numpy as np

from viewfinder.errors import AnnotationError
from viewfinder.labels import Label
from viewfinder.labels.registry import LABEL_CLASSES
from viewfinder.samples import Place

__all__ = [
    "SentFrame",
    "SentLabel",
    "SentObject",
    "SentPiece",
    "SentTask",
    "decode_task",
    "decode_values",
    "encode_task",
    "encode_values",
]

_ARRAY = 1


class SentPiece(msgspec.Struct, array_like=True, frozen=True):
    """One tag or shape on the server that is (part of) a label."""

    part: int
    """Which part of the label it is."""
    key: str
    """The server's number for it, with its sort, as in "shape:12"; for one frame of a track, the
    place of the object in the task's record, as in "keyframe:0" or "between:0"."""
    form: bytes
    """The piece as the server first had it, in the backend's own writing."""


class SentLabel(msgspec.Struct, array_like=True, frozen=True):
    """A label that is on the server."""

    field: str
    sample_id: str
    label_id: str
    frame: int
    """Number of the frame in the task."""
    type: str
    """Name of the label's class."""
    values: dict[str, Any]
    """The label's attributes that annotators can change, as they were when it was sent."""
    pieces: list[SentPiece]
    frame_number: int | None = None
    """Which frame of its video it is in, from 1, for a field of frames; None for others."""

    @property
    def place(self) -> Place:
        """The sample or frame that has it."""
        return Place(self.sample_id, self.frame_number)

    def label(self) -> Label:
        """The label as it was, as far as annotators can change it."""
        return LABEL_CLASSES[self.type].from_values({"id": self.label_id, **self.values})


class SentFrame(msgspec.Struct, array_like=True, frozen=True):
    """A frame of a task."""

    sample_id: str
    name: str
    """Its file name on the server."""
    width: int
    height: int
    frame_number: int | None = None
    """Which frame of its video it is, from 1; None for an image."""

    @property
    def place(self) -> Place:
        """The sample or frame of a video that it shows."""
        return Place(self.sample_id, self.frame_number)


class SentObject(msgspec.Struct, array_like=True, frozen=True):
    """An object of a video that is a track on the server, or part of one."""

    part: int
    """Which part of its labels it is."""
    server_ids: list[int]
    """The server's numbers for it: several where it was cut at the borders of jobs."""
    index: int | None = None
    """The ``index`` that its labels have in common."""


class SentTask(msgspec.Struct, frozen=True):
    """A task on the server and everything that was put into it."""

    task_id: int
    name: str
    frames: list[SentFrame]
    complete: bool = False
    """Whether all labels have arrived; a task that is not is gone on with, or cleaned up."""
    job_ids: list[int] = []
    classes: dict[int, tuple[str, str]] = {}
    """Field and class by the server's number of the class."""
    attributes: dict[int, str] = {}
    """Name of each attribute by the server's number."""
    labels: list[SentLabel] = []
    is_video: bool = False
    """Whether its frames are those of one video."""
    objects: list[SentObject] = []
    """The tracks of a video, in the order of their numbers here."""
    top_index: dict[str, int] = {}
    """The highest ``index`` that each field of the video's frames had when it was sent."""


def encode_task(task: SentTask) -> bytes:
    """The record as bytes for the dataset's store."""
    return zlib.compress(_encoder.encode(task), level=1)


def decode_task(data: bytes) -> SentTask:
    """The record that :func:`encode_task` wrote.

    Raises:
        AnnotationError: when the bytes are something else
    """
    try:
        return _decoder.decode(zlib.decompress(data))
    except (zlib.error, msgspec.MsgspecError) as error:
        raise AnnotationError(
            f"What this run sent can't be read ({error}). The dataset was written by another "
            "version of Viewfinder, or its folder is damaged; nothing was changed."
        ) from error


def encode_values(value: Any) -> bytes:
    """Values of labels, in any nesting, as bytes; arrays and floats keep every bit."""
    return _encoder.encode(value)


def decode_values(data: bytes) -> Any:
    """What :func:`encode_values` wrote, in plain lists and dicts.

    Raises:
        msgspec.MsgspecError: when the bytes are something else
    """
    return _any_decoder.decode(data)


def _write(value: Any) -> Any:
    if isinstance(value, np.generic):
        return value.item()
    if isinstance(value, np.ndarray):
        head = msgspec.msgpack.encode((value.dtype.str, value.shape))
        body = np.ascontiguousarray(value).tobytes()
        return msgspec.msgpack.Ext(_ARRAY, len(head).to_bytes(2, "big") + head + body)
    if isinstance(value, float):
        return float(value)
    raise NotImplementedError(type(value).__name__)


def _read(code: int, data: memoryview) -> Any:
    if code != _ARRAY:
        raise NotImplementedError(code)
    length = int.from_bytes(data[:2], "big")
    dtype, shape = msgspec.msgpack.decode(data[2 : 2 + length], type=tuple[str, tuple[int, ...]])
    return np.frombuffer(data[2 + length :], dtype=np.dtype(dtype)).reshape(shape).copy()


_encoder = msgspec.msgpack.Encoder(enc_hook=_write)
_decoder = msgspec.msgpack.Decoder(SentTask, ext_hook=_read)
_any_decoder = msgspec.msgpack.Decoder(ext_hook=_read)
