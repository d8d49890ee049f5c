"""Labels of one type made into labels of another, exactly where that is possible."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp
from PIL import Image

from viewfinder.errors import LabelError, MediaNotFoundError
from viewfinder.labels import (
    Detection,
    Detections,
    Keypoint,
    Polyline,
    Segmentation,
)

MASKS = hnp.arrays(np.bool_, st.tuples(st.integers(1, 14), st.integers(1, 14))).filter(np.any)


def frame_of(mask: np.ndarray) -> tuple[int, int]:
    return mask.shape[1], mask.shape[0]


@given(MASKS)
def test_mask_to_detection_to_polyline_to_mask_is_exact(mask: np.ndarray) -> None:
    size_wh = frame_of(mask)
    detection = Detection.from_mask(mask, label="cat")
    assert detection is not None
    painted = detection.to_segmentation(frame_size=size_wh, target=1).mask
    assert painted is not None
    assert (painted == mask).all()
    polyline = detection.to_polyline(frame_size=size_wh)
    back = polyline.to_detection(frame_size=size_wh)
    assert back.bounding_box == detection.bounding_box
    assert np.array_equal(back.mask, detection.mask)  # type: ignore[arg-type]


@given(
    hnp.arrays(
        np.uint8, st.tuples(st.integers(1, 10), st.integers(1, 10)), elements=st.integers(0, 3)
    )
)
def test_a_segmentation_comes_back_from_its_detections_and_polylines(mask: np.ndarray) -> None:
    targets = {1: "a", 2: "b", 3: "c"}
    segmentation = Segmentation(mask=mask)
    for labels in (segmentation.to_detections(targets), segmentation.to_polylines(targets)):
        back = labels.to_segmentation(frame_size=frame_of(mask), mask_targets=targets)
        assert back.mask is not None
        assert (back.mask == mask).all()


def test_a_box_becomes_its_four_corners_and_carries_its_attributes() -> None:
    box = Detection(
        label="cat", bounding_box=[0.25, 0.5, 0.5, 0.25], confidence=0.5, tags=["x"], mood="grumpy"
    )
    line = box.to_polyline()
    assert line.points == [[(0.25, 0.5), (0.75, 0.5), (0.75, 0.75), (0.25, 0.75)]]
    assert (line.label, line.confidence, line["mood"], line.tags) == ("cat", 0.5, "grumpy", ["x"])
    assert (line.closed, line.filled) == (True, True)
    assert line.id != box.id
    assert line.to_detection().bounding_box == [0.25, 0.5, 0.5, 0.25]


def test_a_box_without_a_mask_is_painted_whole_and_cut_at_the_frame() -> None:
    box = Detection(label="cat", bounding_box=[0.5, -0.5, 1.0, 1.0])
    painted = box.to_segmentation(frame_size=(4, 2), target=7).mask
    assert painted is not None
    assert painted.tolist() == [[0, 0, 7, 7], [0, 0, 0, 0]]
    assert painted.dtype == np.uint8


def test_classes_without_a_target_are_left_out() -> None:
    boxes = Detections(
        [
            Detection(label="cat", bounding_box=[0, 0, 0.5, 1]),
            Detection(label="fish", bounding_box=[0, 0, 1, 1]),
        ]
    )
    painted = boxes.to_segmentation(frame_size=(2, 1), mask_targets={300: "cat"}).mask
    assert painted is not None
    assert painted.tolist() == [[300, 0]]


def test_a_mask_in_a_file_is_read_when_asked_for(tmp_path: Path) -> None:
    path = tmp_path / "mask.png"
    Image.fromarray(np.array([[0, 255], [255, 255]], dtype=np.uint8)).save(path)
    detection = Detection(label="cat", bounding_box=[0, 0, 1, 1], mask_path=str(path))
    assert detection.has_mask
    assert detection.mask is None
    assert detection.to_segmentation(frame_size=(2, 2), target=1).mask.tolist() == [[0, 1], [1, 1]]  # type: ignore[union-attr]
    with pytest.raises(MediaNotFoundError):
        Segmentation(mask_path=str(tmp_path / "gone.png")).get_mask()


def test_what_can_not_be_converted_says_why() -> None:
    with pytest.raises(LabelError, match="bounding_box"):
        Detection(label="cat").to_polyline()
    with pytest.raises(LabelError, match="frame_size"):
        Polyline(points=[[(0, 0), (1, 0), (1, 1)]]).to_segmentation()
    with pytest.raises(LabelError, match="no bounding box"):
        Polyline(points=[]).to_detection()
    assert not hasattr(Keypoint(), "to_detection")
