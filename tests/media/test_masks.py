"""Masks in files of their own."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from PIL import Image

from viewfinder.errors import MediaNotFoundError, MediaUnreadableError
from viewfinder.media import read_mask

if TYPE_CHECKING:
    from pathlib import Path

PIXELS = np.array([[0, 255, 0], [7, 0, 0]], dtype=np.uint8)


@pytest.mark.parametrize("mode", ["L", "1", "P", "RGB", "I;16"])
def test_what_is_not_black_is_set(tmp_path: Path, mode: str) -> None:
    image: Any = Image.fromarray(PIXELS)
    if mode == "P":
        image.putpalette([9, 9, 9] * 256)
    elif mode == "1":
        image = Image.fromarray(PIXELS > 0)
    elif mode == "I;16":
        image = Image.fromarray(PIXELS.astype(np.uint16) * 256)
    else:
        image = image.convert(mode)
    image.save(tmp_path / "mask.png")
    assert (read_mask(tmp_path / "mask.png") == (PIXELS > 0)).all()


def test_a_mask_that_is_not_there_or_broken_is_named(tmp_path: Path) -> None:
    with pytest.raises(MediaNotFoundError, match=r"none\.png"):
        read_mask(tmp_path / "none.png")
    (tmp_path / "text.png").write_text("no image")
    with pytest.raises(MediaUnreadableError, match=r"text\.png"):
        read_mask(tmp_path / "text.png")
    Image.fromarray(PIXELS.repeat(50, 0)).save(tmp_path / "cut.png")
    data = (tmp_path / "cut.png").read_bytes()
    (tmp_path / "cut.png").write_bytes(data[:60])
    with pytest.raises(MediaUnreadableError, match=r"cut\.png"):
        read_mask(tmp_path / "cut.png")
