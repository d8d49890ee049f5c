"""Pixel numbers that divide back to the relative numbers they were."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from viewfinder.formats.pixels import exact_pixels, pixel_box

SIZES = st.integers(1, 20_000)


def recovered(pixel: float, size: int) -> float:
    return float(exact_pixels(np.array([pixel / size]), np.array([float(size)]))[0])


@given(st.floats(-1e5, 1e5), SIZES)
def test_every_pixel_number_divides_back_bit_for_bit(pixel: float, size: int) -> None:
    assert recovered(pixel, size) / size == pixel / size


@given(st.integers(-(10**9), 10**9), st.integers(0, 6), SIZES)
def test_a_number_of_few_decimals_comes_back_itself(digits: int, decimals: int, size: int) -> None:
    pixel = digits / 10**decimals
    assert recovered(pixel, size) == pixel


@given(st.floats(-10, 10), SIZES)
def test_a_number_that_was_no_division_is_right_to_the_last_bits(
    relative: float, size: int
) -> None:
    pixel = float(exact_pixels(np.array([relative]), np.array([float(size)]))[0])
    assert abs(pixel / size - relative) <= np.spacing(abs(relative))


def test_many_at_once_keep_their_shape_and_bits() -> None:
    rng = np.random.default_rng(51)
    sizes = rng.integers(1, 5000, (20_000, 4)).astype(float)
    relative = rng.uniform(0, 5000, (20_000, 4)) / sizes
    pixels = exact_pixels(relative, sizes)
    assert pixels.shape == (20_000, 4)
    assert (pixels / sizes == relative).all()


def test_nan_stays_nan() -> None:
    assert np.isnan(exact_pixels(np.array([np.nan]), np.array([5.0]))[0])


@pytest.mark.parametrize(
    ("bbox", "box"),
    [
        ((1, 2, 3, 4), (1, 2, 4, 6)),
        ((1.4, 1.6, 3.2, 0.1), (1, 2, 5, 3)),
        ((-3, -3, 5, 5), (0, 0, 2, 2)),
        ((8, 6, 10, 10), (8, 6, 10, 8)),
        ((50, 50, 5, 5), (9, 7, 10, 8)),
        ((4, 4, 0, 0), (4, 4, 5, 5)),
    ],
)
def test_a_box_covers_whole_pixels_of_the_image_and_one_at_least(
    bbox: tuple[float, float, float, float], box: tuple[int, int, int, int]
) -> None:
    assert pixel_box(bbox, (10, 8)) == box
