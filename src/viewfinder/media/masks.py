"""Masks that are image files: the one kind of image that is decoded here."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import numpy.typing as npt
from PIL import Image, UnidentifiedImageError

from viewfinder.errors import MediaNotFoundError, MediaUnreadableError

__all__ = ["read_mask"]


def read_mask(filepath: str | Path) -> npt.NDArray[np.bool_]:
    """The pixels of an image that are not black, as booleans (height, width).

    Raises:
        MediaNotFoundError: when there is no such file
        MediaUnreadableError: when it is no image that Pillow knows, or is cut short
    """
    try:
        with Image.open(filepath) as image:
            # Palettes number the classes of a mask: 0 is the background, whatever its colour.
            pixels = np.asarray(image if image.mode == "P" else image.convert("I"))
            mask: npt.NDArray[np.bool_] = pixels != 0
            return mask
    except FileNotFoundError:
        raise MediaNotFoundError(filepath) from None
    except UnidentifiedImageError:
        raise MediaUnreadableError(filepath, "it is no image file") from None
    except (OSError, ValueError, SyntaxError) as error:
        raise MediaUnreadableError(filepath, str(error)) from error
