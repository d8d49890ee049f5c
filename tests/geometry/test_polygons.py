"""Polygons to masks and back."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from viewfinder.geometry import (
    bounds_of_mask,
    mask_to_polygons,
    paste_mask,
    rasterize_polygons,
    resize_mask,
)


def even_odd(polygons: list[np.ndarray], size_wh: tuple[int, int]) -> np.ndarray:
    out = np.zeros((size_wh[1], size_wh[0]), dtype=bool)
    for polygon in polygons:
        out ^= rasterize_polygons([polygon], size_wh)
    return out


def test_a_square_covers_the_pixels_whose_centres_it_holds() -> None:
    square = np.array([[1, 1], [3, 1], [3, 3], [1, 3]], dtype=float)
    mask = rasterize_polygons([square], (5, 4))
    assert mask.astype(int).tolist() == [
        [0, 0, 0, 0, 0],
        [0, 1, 1, 0, 0],
        [0, 1, 1, 0, 0],
        [0, 0, 0, 0, 0],
    ]


def test_points_outside_of_the_image_are_cut_off() -> None:
    square = np.array([[-5, -5], [1, -5], [1, 1], [-5, 1]], dtype=float)
    assert rasterize_polygons([square], (3, 2)).astype(int).tolist() == [[1, 0, 0], [0, 0, 0]]


def test_a_ring_gives_an_outer_border_and_a_hole() -> None:
    ring = np.ones((3, 3), dtype=bool)
    ring[1, 1] = False
    polygons = mask_to_polygons(ring)
    assert sorted(len(polygon) for polygon in polygons) == [4, 4]
    assert (even_odd(polygons, (3, 3)) == ring).all()


@pytest.mark.parametrize("pixels", [[(0, 0), (1, 1)], [(1, 0), (0, 1)]])
def test_pixels_that_touch_at_a_corner_stay_two_polygons(pixels: list[tuple[int, int]]) -> None:
    mask = np.zeros((2, 2), dtype=bool)
    for x, y in pixels:
        mask[y, x] = True
    assert len(mask_to_polygons(mask)) == 2


@given(hnp.arrays(np.bool_, st.tuples(st.integers(1, 12), st.integers(1, 12))))
def test_every_mask_comes_back_exactly(mask: np.ndarray) -> None:
    height, width = mask.shape
    assert (even_odd(mask_to_polygons(mask), (width, height)) == mask).all()


def test_bounds_paste_and_resize() -> None:
    mask = np.zeros((4, 6), dtype=bool)
    mask[1:3, 2:5] = True
    assert bounds_of_mask(mask) == (2, 1, 5, 3)
    assert bounds_of_mask(np.zeros((2, 2), dtype=bool)) is None
    assert (paste_mask(np.ones((2, 3), dtype=bool), (2, 1), (6, 4)) == mask).all()
    assert paste_mask(np.ones((2, 2), dtype=bool), (-1, -1), (2, 2)).tolist() == [
        [True, False],
        [False, False],
    ]
    small = np.array([[True, False]])
    assert resize_mask(small, (4, 2)).tolist() == [[True, True, False, False]] * 2
