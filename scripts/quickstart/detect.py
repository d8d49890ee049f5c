"""Run EfficientDet-Lite0 over the photographs: the detector's raw heads, decoded with numpy."""

from __future__ import annotations

import argparse
import json
from pathlib import Path

import numpy as np
import onnxruntime
from PIL import Image

INPUT_SIDE_PX = 320
ANCHOR_SCALE = 3.0
ASPECT_RATIOS = (1.0, 2.0, 0.5)
OCTAVES = (0, 1, 2)
LEVELS = range(3, 8)
MIN_CONFIDENCE = 0.2
MAX_OVERLAP = 0.5
MAX_PER_PHOTO = 40


def anchors() -> np.ndarray:
    """Return the anchors as ``(count, 4)``: centre x, centre y, width, height in input pixels."""
    rows = []
    for level in LEVELS:
        stride = 2**level
        cells = -(-INPUT_SIDE_PX // stride)
        for y in range(cells):
            for x in range(cells):
                for octave in OCTAVES:
                    for ratio in ASPECT_RATIOS:
                        side = stride * ANCHOR_SCALE * 2 ** (octave / 3)
                        width, height = side * ratio**0.5, side / ratio**0.5
                        rows.append(((x + 0.5) * stride, (y + 0.5) * stride, width, height))
    return np.array(rows, np.float32)


def decode(offsets: np.ndarray, boxes: np.ndarray) -> np.ndarray:
    """Turn head ``offsets`` (dy, dx, dh, dw) on anchor ``boxes`` into relative ``x, y, w, h``."""
    centre_x = offsets[:, 1] * boxes[:, 2] + boxes[:, 0]
    centre_y = offsets[:, 0] * boxes[:, 3] + boxes[:, 1]
    width = np.exp(offsets[:, 3]) * boxes[:, 2]
    height = np.exp(offsets[:, 2]) * boxes[:, 3]
    corners = np.stack(
        [centre_x - width / 2, centre_y - height / 2, centre_x + width / 2, centre_y + height / 2],
        axis=1,
    )
    corners = np.clip(corners / INPUT_SIDE_PX, 0.0, 1.0)
    return np.concatenate([corners[:, :2], corners[:, 2:] - corners[:, :2]], axis=1)


def overlaps(box: np.ndarray, others: np.ndarray) -> np.ndarray:
    """Return the intersection over union of one ``x, y, w, h`` box with each of ``others``."""
    top_left = np.maximum(box[:2], others[:, :2])
    bottom_right = np.minimum(box[:2] + box[2:], others[:, :2] + others[:, 2:])
    shared = np.prod(np.clip(bottom_right - top_left, 0, None), axis=1)
    return np.asarray(shared / (box[2] * box[3] + np.prod(others[:, 2:], axis=1) - shared))


def suppress(boxes: np.ndarray, scores: np.ndarray, classes: np.ndarray) -> list[int]:
    """Greedy non-maximum suppression within each class; indices, best score first."""
    kept: list[int] = []
    for index in np.argsort(-scores, kind="stable"):
        rivals = [other for other in kept if classes[other] == classes[index]]
        if not rivals or overlaps(boxes[index], boxes[rivals]).max() <= MAX_OVERLAP:
            kept.append(int(index))
    return kept[:MAX_PER_PHOTO]


class Detector:
    """EfficientDet-Lite0, COCO classes, from an ONNX file that ends at the raw heads."""

    def __init__(self, model: Path, class_names: list[str]) -> None:
        self._session = onnxruntime.InferenceSession(str(model), providers=["CPUExecutionProvider"])
        self._names = class_names
        self._anchors = anchors()

    def detect(self, photo: Image.Image) -> list[dict[str, object]]:
        """Return ``label``, relative ``bounding_box`` and ``confidence``, best first."""
        side = (INPUT_SIDE_PX, INPUT_SIDE_PX)
        pixels = np.asarray(photo.convert("RGB").resize(side, Image.Resampling.BILINEAR))
        spec = self._session.get_inputs()[0]
        heads = [head[0] for head in self._session.run(None, {spec.name: pixels[None]})]
        offsets = next(head for head in heads if head.shape[-1] == 4)
        scores = next(head for head in heads if head.shape[-1] != 4)
        classes, best = scores.argmax(axis=1), scores.max(axis=1)
        likely = best > MIN_CONFIDENCE
        boxes = decode(offsets[likely], self._anchors[likely]).astype(np.float64)
        classes, best = classes[likely], best[likely].astype(np.float64)
        return [
            {
                "label": self._names[classes[index]],
                "bounding_box": [round(value, 5) for value in boxes[index].tolist()],
                "confidence": round(float(best[index]), 4),
            }
            for index in suppress(boxes, best, classes)
        ]


def main() -> None:
    """Read the arguments and write what the detector sees in each photograph."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("model", type=Path)
    parser.add_argument("classes", type=Path, help="text file, one class name a line")
    parser.add_argument("photos", type=Path)
    parser.add_argument("out", type=Path, help="JSON file: name of photo to its predictions")
    arguments = parser.parse_args()
    detector = Detector(arguments.model, arguments.classes.read_text().splitlines())
    found = {}
    for path in sorted(arguments.photos.glob("*.jpg")):
        with Image.open(path) as photo:
            found[path.stem] = detector.detect(photo)
    arguments.out.write_text(json.dumps(found, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
