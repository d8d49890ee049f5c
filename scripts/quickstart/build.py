"""Put photographs, drawn boxes and predictions together into the data of the quickstart."""

from __future__ import annotations

import argparse
import hashlib
import json
import shutil
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image

from viewfinder.geometry import bounds_of_mask, rasterize_polygons

HERE = Path(__file__).parent
ABOUT = {
    "bounding_box": "[x, y, width, height] of the box, relative to the photograph's size, top left",
    "outlines": "some of the objects again, with their outline as [[x, y], ...], relative",
    "instances": "the outlined objects again, with the pixels of their bounding box as a mask file",
    "ground_truth": "every object of the 80 COCO classes, drawn by eye",
    "predictions": "EfficientDet-Lite0 at confidence > 0.2, as it came out of the model",
}


def label_id(*parts: object) -> str:
    """Return 24 hexadecimal digits that depend on ``parts`` alone."""
    return hashlib.sha256("/".join(map(str, ("quickstart", *parts))).encode()).hexdigest()[:24]


def bounds(outline: list[list[float]]) -> tuple[float, float, float, float]:
    """Return left, top, right and bottom of an outline."""
    columns, rows = zip(*outline, strict=True)
    return min(columns), min(rows), max(columns), max(rows)


def drawn_outlines(name: str, drawn: dict[str, Any], size_wh: tuple[int, int]) -> list[Any]:
    """Return the outlines of one photograph: drawn pixels made relative."""
    width, height = size_wh
    return [
        {
            "id": label_id(name, "outlines", index),
            "label": drawn["objects"][item["object"]][0],
            "points": [[x / width, y / height] for x, y in item["points_xy"]],
        }
        for index, item in enumerate(drawn.get("outlines", ()))
    ]


def drawn_instances(
    name: str, drawn: dict[str, Any], size_wh: tuple[int, int], masks: Path
) -> list[Any]:
    """Write a mask for each outline of one photograph and return what they are instances of."""
    width, height = size_wh
    instances = []
    for index, item in enumerate(drawn.get("outlines", ())):
        mask = rasterize_polygons([np.array(item["points_xy"])], size_wh)
        corners = bounds_of_mask(mask)
        if corners is None:
            raise ValueError(f"{name}: outline {index} holds no pixel")
        left, top, right, bottom = corners
        file = masks / f"{name}_{index}.png"
        Image.fromarray(mask[top:bottom, left:right]).save(file, optimize=True)
        instances.append(
            {
                "id": label_id(name, "instances", index),
                "label": drawn["objects"][item["object"]][0],
                "bounding_box": [
                    left / width,
                    top / height,
                    (right - left) / width,
                    (bottom - top) / height,
                ],
                "mask": f"{masks.name}/{file.name}",
            }
        )
    return instances


def drawn_labels(name: str, drawn: dict[str, Any], size_wh: tuple[int, int]) -> list[Any]:
    """Return the ground truth of one photograph: drawn pixels made relative."""
    width, height = size_wh
    outlines = {item["object"]: item["points_xy"] for item in drawn.get("outlines", ())}
    labels = []
    for index, (label, *sides, occluded) in enumerate(drawn["objects"]):
        outline = outlines.get(index)
        left, top, right, bottom = sides if outline is None else bounds(outline)
        if not (0 <= left < right <= width and 0 <= top < bottom <= height):
            raise ValueError(f"{name}: box {index} ({label}) is not inside the photograph")
        box = [left / width, top / height, (right - left) / width, (bottom - top) / height]
        item = {
            "id": label_id(name, "ground_truth", index),
            "label": label,
            "bounding_box": box,
            "attributes": {"occluded": occluded},
        }
        labels.append(item)
    return labels


def image_record(
    row: dict[str, str], photo: Path, masks: Path, drawn: Any, predictions: Any
) -> dict[str, Any]:
    """Return what ``labels.json`` says of one photograph."""
    name = row["name"]
    with Image.open(photo) as image:
        size_wh = image.size
    return {
        "id": label_id(name),
        "filename": photo.name,
        "width": size_wh[0],
        "height": size_wh[1],
        "scene": {"id": label_id(name, "scene"), "label": row["scene"]},
        "ground_truth": drawn_labels(name, drawn, size_wh),
        "outlines": drawn_outlines(name, drawn, size_wh),
        "instances": drawn_instances(name, drawn, size_wh, masks),
        "predictions": [
            {"id": label_id(name, "predictions", index), **prediction}
            for index, prediction in enumerate(predictions)
        ],
    }


def provenance(rows: list[dict[str, str]]) -> str:
    """Return ``PROVENANCE.md``: the preface and a table of all photographs."""
    table = ["| file | author | licence | source | came in | path in the package |"]
    table.append("|---|---|---|---|---|---|")
    for row in rows:
        source = row["source"]
        link = f"<{source}>" if source.startswith("http") else source
        table.append(
            f"| `{row['name']}.jpg` | {row['author']} | {row['licence']} | {link} "
            f"| {row['package']} | `{row['path']}` |"
        )
    preface = (HERE / "provenance_preface.md").read_text(encoding="utf-8")
    return preface + "\n" + "\n".join(table) + "\n"


def main() -> None:
    """Read the arguments and write the data, ``labels.json`` and ``PROVENANCE.md``."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("photos", type=Path, help="folder written by collect.py")
    parser.add_argument("predictions", type=Path, help="file written by detect.py")
    parser.add_argument("out", type=Path, help="src/viewfinder/zoo/quickstart_data")
    arguments = parser.parse_args()
    rows = json.loads((HERE / "sources.json").read_text(encoding="utf-8"))
    rows.sort(key=lambda row: row["name"])
    drawn = json.loads((HERE / "drawn.json").read_text(encoding="utf-8"))
    predictions = json.loads(arguments.predictions.read_text(encoding="utf-8"))
    data, masks = arguments.out / "data", arguments.out / "masks"
    for folder in (data, masks):
        folder.mkdir(parents=True, exist_ok=True)
    images = []
    for row in rows:
        name = row["name"]
        photo = Path(shutil.copy(arguments.photos / f"{name}.jpg", data))
        images.append(image_record(row, photo, masks, drawn[name], predictions[name]))
    text = json.dumps({"about": ABOUT, "images": images}, indent=1, ensure_ascii=False)
    (arguments.out / "labels.json").write_text(text + "\n", encoding="utf-8")
    (arguments.out / "PROVENANCE.md").write_text(provenance(rows), encoding="utf-8")


if __name__ == "__main__":
    main()
