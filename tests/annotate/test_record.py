from __future__ import annotations

import math

import numpy as np
import pytest

from viewfinder.annotate.record import (
    SentFrame,
    SentLabel,
    SentPiece,
    SentTask,
    decode_task,
    encode_task,
)
from viewfinder.errors import AnnotationError
from viewfinder.labels import Detection
from viewfinder.labels.base import same_value


def test_a_record_comes_back_bit_for_bit() -> None:
    values = {
        "label": "cät",
        "bounding_box": [0.1, 1 / 3, np.float64(0.2), -0.0],
        "mask": np.array([[True, False], [False, True]]),
        "points": [(0.5, math.nan)],
        "note": None,
        "big": np.int64(2**40),
        "wide": np.arange(6, dtype=">u2").reshape(2, 3),
        "parts": {"a": [1, "b"]},
    }
    label = SentLabel(
        "gt", "s" * 24, "a" * 24, 0, "Detection", values, [SentPiece(0, "shape:1", b"{}")]
    )
    task = SentTask(
        task_id=7,
        name="t",
        frames=[SentFrame("s" * 24, "a.jpg", 10, 20)],
        complete=True,
        job_ids=[3],
        classes={5: ("gt", "cät")},
        attributes={9: "label_id"},
        labels=[label],
    )
    back = decode_task(encode_task(task))
    read = back.labels[0].values
    assert set(read) == set(values)
    assert all(same_value(read[name], value) for name, value in values.items() if name != "parts")
    assert read["bounding_box"][1].hex() == (1 / 3).hex()
    assert math.copysign(1, read["bounding_box"][3]) == -1
    assert (back.classes, back.attributes, back.frames) == (
        task.classes,
        task.attributes,
        task.frames,
    )
    made = back.labels[0].label()
    assert isinstance(made, Detection)
    assert (made.id, made.label) == ("a" * 24, "cät")


@pytest.mark.parametrize("data", [b"", b"nothing", b"x\x9c\x03\x00\x00\x00\x00\x01"])
def test_a_record_that_is_none(data: bytes) -> None:
    with pytest.raises(AnnotationError, match="can't be read"):
        decode_task(data)
