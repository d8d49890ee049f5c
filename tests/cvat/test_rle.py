from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from viewfinder.cvat.rle import PlacedMask, decode_mask, encode_mask, tight
from viewfinder.errors import LabelError


@pytest.mark.parametrize(
    ("rows", "runs"),
    [
        (["1"], [0, 1]),
        (["0"], [1]),
        (["011", "110"], [1, 4, 1]),
        (["111", "111"], [0, 6]),
        (["101", "010"], [0, 1, 1, 1, 1, 1, 1]),
    ],
)
def test_runs_go_row_by_row_and_start_with_background(rows: list[str], runs: list[int]) -> None:
    mask = np.array([[int(digit) for digit in row] for row in rows])
    height, width = mask.shape
    assert encode_mask(mask, left=10, top=20) == [*runs, 10, 20, 10 + width - 1, 20 + height - 1]


def test_what_a_cvat_server_recorded_decodes_to_the_drawn_square() -> None:
    # Sent to and read from CVAT 2.15: a 10 x 10 box whose second pixel alone is background.
    placed = decode_mask([0.0, 1.0, 1.0, 98.0, 10.0, 10.0, 19.0, 19.0])
    assert (placed.left, placed.top, placed.mask.shape) == (10, 10, (10, 10))
    assert np.argwhere(~placed.mask).tolist() == [[0, 1]]


@given(
    arrays(np.bool_, st.tuples(st.integers(1, 30), st.integers(1, 30))),
    st.integers(-5, 4000),
    st.integers(-5, 4000),
)
def test_every_mask_comes_back_pixel_by_pixel(
    mask: np.ndarray[tuple[int, int], np.dtype[np.bool_]], left: int, top: int
) -> None:
    points = encode_mask(mask, left=left, top=top)
    back = decode_mask(points)
    assert (back.left, back.top) == (left, top)
    np.testing.assert_array_equal(back.mask, mask)
    assert encode_mask(*back[:1], left=back.left, top=back.top) == points


@pytest.mark.parametrize(
    "points",
    [
        [],
        [1, 2, 3],
        [0, 2, 1, 1, 10, 10, 11, 10],
        [0, 3, 2, 0, 0, 0, 0],
        [0, 4, 5, 5, 4, 4],
        [-1, 5, 0, 0, 1, 1],
        [0, float("nan"), 0, 0, 1, 1],
    ],
)
def test_broken_runs_are_refused(points: list[float]) -> None:
    with pytest.raises(LabelError, match="mask"):
        decode_mask(points)


@pytest.mark.parametrize("shape", [(0, 3), (3, 0), (3,), (2, 2, 2)])
def test_a_mask_needs_two_dimensions_and_a_pixel(shape: tuple[int, ...]) -> None:
    with pytest.raises(LabelError, match="two dimensions"):
        encode_mask(np.ones(shape))


def test_tight_cuts_away_empty_borders_and_moves_the_place() -> None:
    mask = np.zeros((5, 6), dtype=np.bool_)
    mask[1:3, 2:5] = True
    cut = tight(PlacedMask(mask, 10, 20))
    assert cut is not None
    assert (cut.left, cut.top, cut.mask.shape) == (12, 21, (2, 3))
    assert tight(PlacedMask(np.zeros((2, 2), dtype=np.bool_), 0, 0)) is None
