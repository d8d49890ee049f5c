"""A person who edits labels, played by the official cvat-sdk.

Works on a task of any CVAT server, like Viewfinder's own: moves a box, deletes one, adds one, and
gives one another class and another attribute. Prints what it did as JSON, so that the caller can
check that exactly that came back.

    CVAT_USERNAME=… CVAT_PASSWORD=… python examples/annotator.py http://127.0.0.1:8080 1
"""

from __future__ import annotations

import json
import os
import sys
from typing import Any

from cvat_sdk import make_client, models
from cvat_sdk.core.proxies.annotations import AnnotationUpdateAction
from cvat_sdk.core.proxies.tasks import Task

SHIFT_PX = 7.25


def edit(task: Task) -> dict[str, Any]:
    """Edits four labels of a task; the server's ids of the labels tell which."""
    shapes = [shape for shape in task.get_annotations().shapes if shape.type.value == "rectangle"]
    if len(shapes) < 3:
        raise SystemExit(f"task {task.id} has {len(shapes)} boxes; three or more are needed")
    moved, deleted, changed = (shape.to_dict() for shape in shapes[:3])
    labels = {label.id: label for label in task.get_labels()}

    moved["points"] = [value + SHIFT_PX for value in moved["points"]]
    old_class = labels[changed["label_id"]].name
    new_class = next(label for label in labels.values() if label.name != old_class)
    _change_class(changed, labels[changed["label_id"]], new_class)
    changed["occluded"] = not changed["occluded"]
    added = {
        "type": "rectangle",
        "frame": moved["frame"],
        "label_id": moved["label_id"],
        "points": [10.5, 12.125, 90.75, 80.0625],
        "attributes": [],
    }
    _send(task, [moved, changed], AnnotationUpdateAction.UPDATE)
    _send(task, [deleted], AnnotationUpdateAction.DELETE)
    _send(task, [added], AnnotationUpdateAction.CREATE)
    return {
        "moved": moved["id"],
        "deleted": deleted["id"],
        "changed": {
            "id": changed["id"],
            "from": old_class,
            "to": new_class.name,
            "attribute": "occluded",
        },
        "added": 1,
    }


def _change_class(shape: dict[str, Any], old: Any, new: Any) -> None:
    """Gives a shape another class, with the attributes that both classes have."""
    names = {spec.id: spec.name for spec in old.attributes}
    specs = {spec.name: spec.id for spec in new.attributes}
    shape["label_id"] = new.id
    shape["attributes"] = [
        {"spec_id": specs[names[value["spec_id"]]], "value": value["value"]}
        for value in shape["attributes"]
        if names[value["spec_id"]] in specs
    ]


def _send(task: Task, shapes: list[dict[str, Any]], action: AnnotationUpdateAction) -> None:
    requests = [models.LabeledShapeRequest(**shape) for shape in shapes]
    task.update_annotations(models.PatchedLabeledDataRequest(shapes=requests), action=action)


def main() -> None:
    """Signs in, edits the task, says what was done."""
    url, task_id = sys.argv[1], int(sys.argv[2])
    credentials = (os.environ["CVAT_USERNAME"], os.environ["CVAT_PASSWORD"])
    with make_client(host=url, credentials=credentials) as client:
        print(json.dumps(edit(client.tasks.retrieve(task_id))))


if __name__ == "__main__":
    main()
