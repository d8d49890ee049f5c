"""Outlines of masks, exact and simplified."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from viewfinder.geometry import mask_to_shapes, rasterize_polygons, simplify_polygon

MASKS = hnp.arrays(np.bool_, st.tuples(st.integers(1, 14), st.integers(1, 14)))


@given(MASKS)
def test_the_shapes_of_a_mask_fill_it_exactly(mask: np.ndarray) -> None:
    height, width = mask.shape
    assert (rasterize_polygons(mask_to_shapes(mask), (width, height)) == mask).all()


def test_a_part_inside_of_a_hole_is_a_shape_of_its_own() -> None:
    mask = np.ones((5, 5), dtype=bool)
    mask[1:4, 1:4] = False
    mask[2, 2] = True
    shapes = mask_to_shapes(mask)
    assert sorted(len(shape) for shape in shapes) == [4, 11]
    assert (rasterize_polygons(shapes, (5, 5)) == mask).all()


def test_nothing_has_no_shape() -> None:
    assert mask_to_shapes(np.zeros((3, 3), dtype=bool)) == []


def test_a_staircase_becomes_a_line_within_the_tolerance() -> None:
    stairs = np.array([[0, 0], [1, 0], [1, 1], [2, 1], [2, 2], [3, 2], [3, 3], [0, 3]], dtype=float)
    assert simplify_polygon(stairs, 1.0).tolist() == [[0, 0], [3, 3], [0, 3]]
    assert simplify_polygon(stairs, 0.0) is stairs


@given(MASKS, st.floats(0.5, 3))
def test_simplified_points_are_points_of_the_outline(mask: np.ndarray, tolerance: float) -> None:
    exact = {tuple(point) for shape in mask_to_shapes(mask) for point in shape.tolist()}
    for shape in mask_to_shapes(mask, tolerance=tolerance):
        assert {tuple(point) for point in shape.tolist()} <= exact
