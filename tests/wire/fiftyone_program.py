# mypy: ignore-errors
"""Run by FiftyOne's own Python: its CVAT client, unpatched, sends, edits and loads labels.

Arguments: what to do ("images" or "video"), the label server's address, user and password, and a
folder with the media. Prints what came back as JSON.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path

import fiftyone as fo
import fiftyone.utils.cvat as fouc

what, url, username, password, folder = sys.argv[1:]
ACCOUNT = {"url": url, "username": username, "password": password}
API = fouc.CVATAnnotationAPI(
    "cvat", url, username=username, password=password, email="somebody@example.com"
)


def images():
    dataset = fo.Dataset()
    for path in sorted(Path(folder).glob("*.png")):
        sample = fo.Sample(filepath=str(path), metadata=fo.ImageMetadata(width=160, height=120))
        sample["boxes"] = fo.Detections(
            detections=[
                fo.Detection(label="cat", bounding_box=[0.1, 0.1, 0.3, 0.3], mood="calm"),
                fo.Detection(label="dog", bounding_box=[0.5, 0.4, 0.2, 0.4]),
            ]
        )
        sample["lines"] = fo.Polylines(
            polylines=[fo.Polyline(label="road", points=[[(0.1, 0.2), (0.5, 0.5), (0.9, 0.25)]])]
        )
        sample["points"] = fo.Keypoints(keypoints=[fo.Keypoint(label="eye", points=[(0.25, 0.5)])])
        sample["weather"] = fo.Classification(label="sun")
        dataset.add_sample(sample)
    schema = {
        "boxes": {
            "type": "detections",
            "classes": ["cat", "dog"],
            "attributes": {"mood": {"type": "select", "values": ["calm", "wild"]}},
        },
        "lines": {"type": "polylines", "classes": ["road"]},
        "points": {"type": "keypoints", "classes": ["eye"]},
        "weather": {"type": "classification", "classes": ["sun", "rain"]},
    }
    results = dataset.annotate(
        "run", backend="cvat", label_schema=schema, segment_size=2, **ACCOUNT
    )
    (task,) = results.task_ids
    _edit_images(task)
    dataset.load_annotations("run", cleanup=True, **ACCOUNT)
    dataset.reload()
    return [
        {
            "boxes": [
                [each.label, each.bounding_box, each.get_attribute_value("mood", None)]
                for each in sample.boxes.detections
            ],
            "lines": [each.points for each in sample.lines.polylines],
            "points": [each.points for each in sample.points.keypoints],
            "weather": sample.weather.label,
        }
        for sample in dataset
    ]


def _edit_images(task):
    """As an annotator: delete the first cat, move the first dog, add one, on the first frame."""
    address = API.task_annotation_url(task)
    labels = API.get(address).json()
    first = [shape for shape in labels["shapes"] if shape["frame"] == 0]
    cat, dog = [shape for shape in first if shape["type"] == "rectangle"]
    empty = {"version": 0, "tags": [], "tracks": []}
    API.patch(address + "?action=delete", json={**empty, "shapes": [cat]})
    moved = {**dog, "points": [16, 12, 32, 24]}
    API.patch(address + "?action=update", json={**empty, "shapes": [moved]})
    added = {
        "type": "rectangle", "frame": 0, "label_id": cat["label_id"], "points": [80, 60, 160, 120],
        "occluded": False, "group": 0, "attributes": [],
    }  # fmt: skip
    API.patch(address + "?action=create", json={**empty, "shapes": [added]})


def video():
    dataset = fo.Dataset()
    (path,) = Path(folder).glob("*.mp4")
    metadata = fo.VideoMetadata(
        frame_width=160, frame_height=120, total_frame_count=12, frame_rate=10, duration=1.2
    )
    sample = fo.Sample(filepath=str(path), metadata=metadata)
    for number in range(1, 9):
        box = [0.1 + 0.0125 * number, 0.2, 0.2, 0.2]
        sample.frames[number] = fo.Frame(
            boxes=fo.Detections(detections=[fo.Detection(label="car", bounding_box=box, index=1)])
        )
    dataset.add_sample(sample)
    results = dataset.annotate(
        "run",
        backend="cvat",
        label_field="frames.boxes",
        label_type="detections",
        classes=["car"],
        **ACCOUNT,
    )
    (task,) = results.task_ids
    address = API.task_annotation_url(task)
    (track,) = API.get(address).json()["tracks"]
    box = {"type": "rectangle", "points": [16, 12, 32, 24], "occluded": False, "attributes": []}
    added = {
        "label_id": track["label_id"], "frame": 2, "group": 0, "attributes": [],
        "shapes": [
            {**box, "frame": 2, "outside": False},
            {**box, "frame": 4, "points": [32, 12, 48, 24], "outside": False},
            {**box, "frame": 6, "outside": True},
        ],
    }  # fmt: skip
    API.patch(
        address + "?action=create", json={"version": 0, "tags": [], "shapes": [], "tracks": [added]}
    )
    dataset.load_annotations("run", cleanup=True, **ACCOUNT)
    dataset.reload()
    loaded = dataset.first()
    return {
        number: sorted(
            [each.bounding_box for each in frame.boxes.detections] if frame.boxes else []
        )
        for number, frame in loaded.frames.items()
    }


sys.stdout.write("ANSWER " + json.dumps({"images": images, "video": video}[what]()) + "\n")
