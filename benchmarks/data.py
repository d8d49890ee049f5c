"""The data of the benchmarks: seeded columns of boxes, the same for every side that reads them.

Each block of 1,000 samples has a random stream of its own, so the first N samples are the same
however many are asked for.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

BLOCK_SAMPLES = 1000
CLASSES = [f"class_{number:02d}" for number in range(80)]
MEAN_GROUND_TRUTH = 7
MEAN_PREDICTIONS = 20

_WEIGHTS = 1 / np.arange(1, len(CLASSES) + 1) ** 0.8
_SHARES = _WEIGHTS / _WEIGHTS.sum()


@dataclass(frozen=True, slots=True)
class Boxes:
    """The labels of one field for a block of samples, as columns."""

    offsets: npt.NDArray[np.int64]
    """Those of sample `i` are ``offsets[i]`` up to ``offsets[i + 1]``."""
    classes: npt.NDArray[np.int32]
    """Indices into :data:`CLASSES`."""
    boxes_xywh: npt.NDArray[np.float64]
    """Relative to the image, (n, 4)."""
    confidences: npt.NDArray[np.float64] | None
    """Of predictions."""

    def rows(self) -> list[tuple[str, list[float], float | None]]:
        """Each label as Python values: class, box, confidence."""
        names = [CLASSES[index] for index in self.classes.tolist()]
        scores = [None] * len(names) if self.confidences is None else self.confidences.tolist()
        return list(zip(names, self.boxes_xywh.tolist(), scores, strict=True))


@dataclass(frozen=True, slots=True)
class Block:
    """Up to 1,000 samples."""

    first: int
    """The number of the first one."""
    filepaths: list[str]
    ground_truth: Boxes
    predictions: Boxes

    def __len__(self) -> int:
        return len(self.filepaths)

    def objects(self, kit: Any) -> list[Any]:
        """The samples as objects of a toolkit that has Sample, Detections and Detection."""
        truth, found = self.ground_truth.rows(), self.predictions.rows()
        truth_at, found_at = self.ground_truth.offsets.tolist(), self.predictions.offsets.tolist()
        return [
            kit.Sample(
                filepath=path,
                ground_truth=kit.Detections(
                    detections=[
                        kit.Detection(label=label, bounding_box=box)
                        for label, box, _ in truth[truth_at[i] : truth_at[i + 1]]
                    ]
                ),
                predictions=kit.Detections(
                    detections=[
                        kit.Detection(label=label, bounding_box=box, confidence=confidence)
                        for label, box, confidence in found[found_at[i] : found_at[i + 1]]
                    ]
                ),
            )
            for i, path in enumerate(self.filepaths)
        ]


def blocks(num_samples: int, seed: int = 51) -> Iterator[Block]:
    """The first `num_samples` samples, block by block."""
    for first in range(0, num_samples, BLOCK_SAMPLES):
        rng = np.random.default_rng((seed, first))
        # All random numbers of the block are drawn, however many samples of it are wanted.
        truth = _boxes(rng, 1 + rng.poisson(MEAN_GROUND_TRUTH - 1, BLOCK_SAMPLES), scored=False)
        found = _boxes(rng, rng.poisson(MEAN_PREDICTIONS, BLOCK_SAMPLES), scored=True)
        count = min(BLOCK_SAMPLES, num_samples - first)
        paths = [f"/nowhere/images/{number:08d}.jpg" for number in range(first, first + count)]
        yield Block(first, paths, _head(truth, count), _head(found, count))


def _boxes(rng: np.random.Generator, counts: npt.NDArray[Any], *, scored: bool) -> Boxes:
    total = int(counts.sum())
    offsets = np.zeros(len(counts) + 1, np.int64)
    np.cumsum(counts, out=offsets[1:])
    size = rng.uniform(0.01, 0.5, (total, 2))
    corner = rng.random((total, 2)) * (1 - size)
    return Boxes(
        offsets,
        rng.choice(len(CLASSES), size=total, p=_SHARES).astype(np.int32),
        np.concatenate([corner, size], axis=1),
        rng.beta(0.9, 2.0, total) if scored else None,
    )


def _head(boxes: Boxes, count: int) -> Boxes:
    stop = int(boxes.offsets[count])
    scores = None if boxes.confidences is None else boxes.confidences[:stop]
    return Boxes(boxes.offsets[: count + 1], boxes.classes[:stop], boxes.boxes_xywh[:stop], scores)
