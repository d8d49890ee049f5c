"""COCO's mask encodings, by hand and against the COCO API itself."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp
from pycocotools import mask as coco_api

from viewfinder.formats.coco_rle import (
    counts_from_text,
    counts_to_text,
    mask_from_counts,
    mask_from_polygons,
    mask_in_box,
    mask_to_counts,
    pasted_counts,
)

MASKS = hnp.arrays(np.bool_, st.tuples(st.integers(1, 20), st.integers(1, 20)))


def test_runs_go_down_the_columns_and_start_with_unset_pixels() -> None:
    mask = np.array([[0, 1], [0, 1], [1, 0]], dtype=bool)
    assert mask_to_counts(mask).tolist() == [2, 3, 1]
    assert mask_to_counts(~mask).tolist() == [0, 2, 3, 1]
    assert (mask_from_counts([2, 3, 1], (3, 2)) == mask).all()


@given(MASKS)
def test_every_mask_survives_and_equals_the_coco_api(mask: np.ndarray) -> None:
    text = counts_to_text(mask_to_counts(mask))
    assert text == coco_api.encode(np.asfortranarray(mask.astype(np.uint8)))["counts"].decode()
    assert (mask_from_counts(counts_from_text(text), mask.shape) == mask).all()


@given(MASKS, st.integers(0, 5), st.integers(0, 5), st.integers(0, 5), st.integers(0, 5))
def test_a_pasted_mask_has_the_runs_of_the_whole_image(
    mask: np.ndarray, left: int, top: int, right: int, bottom: int
) -> None:
    whole = np.pad(mask, ((top, bottom), (left, right)))
    runs = pasted_counts(mask, (left, top), whole.shape)
    assert runs.tolist() == mask_to_counts(whole).tolist()


def test_a_mask_that_sticks_out_is_not_pasted() -> None:
    with pytest.raises(ValueError, match="does not fit"):
        pasted_counts(np.ones((2, 3), dtype=bool), (2, 0), (4, 4))


@pytest.mark.filterwarnings("ignore:__array__ implementation:DeprecationWarning")  # the API's own
@given(
    st.integers(1, 40),
    st.integers(1, 40),
    st.lists(st.tuples(st.floats(-10, 50), st.floats(-10, 50)), min_size=3, max_size=8),
)
def test_polygons_cover_the_pixels_that_the_coco_api_says(
    height: int, width: int, points: list[tuple[float, float]]
) -> None:
    flat = [coordinate for point in points for coordinate in point]
    expected = coco_api.decode(coco_api.merge(coco_api.frPyObjects([flat], height, width)))
    found = mask_from_polygons([flat], (height, width))
    assert (found == expected.astype(bool)).all()
    box = (width // 3, height // 4, max(width // 2, width // 3 + 1), height)
    part = mask_in_box([flat], (height, width), box)
    assert (part == found[box[1] : box[3], box[0] : box[2]]).all()


@pytest.mark.parametrize(
    ("counts", "words"), [([1, 2], "cover 3 pixels, but 2 × 2 are 4"), ([-1, 5], "cover 4")]
)
def test_runs_of_another_size_are_refused(counts: list[int], words: str) -> None:
    with pytest.raises(ValueError, match=words):
        mask_from_counts(counts, (2, 2))


@pytest.mark.parametrize("text", ["\x10", "P", "ü", "P" * 20 + "0"])
def test_text_that_is_no_run_lengths_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="compressed run lengths"):
        counts_from_text(text)


def test_a_polygon_of_two_points_is_refused() -> None:
    with pytest.raises(ValueError, match="three or more"):
        mask_from_polygons([[1, 1, 2, 2]], (4, 4))


def test_a_corner_that_is_out_of_all_bounds_is_refused() -> None:
    with pytest.raises(ValueError, match="corner at 1e\\+09"):
        mask_from_polygons([[0, 0, 1e9, 0, 0, 5]], (4, 4))


def test_no_runs_are_no_text() -> None:
    assert counts_to_text([]) == ""
    assert counts_from_text("").tolist() == []


@given(st.lists(st.integers(0, 2**40), max_size=30))
def test_runs_of_any_length_survive(counts: list[int]) -> None:
    assert counts_from_text(counts_to_text(counts)).tolist() == counts
