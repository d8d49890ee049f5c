"""One file name in several folders, on servers that keep folders and on those that do not."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

from tests.annotate.helpers import annotator, labels_of
from tests.annotate.serving import serving
from viewfinder.cvat import wire
from viewfinder.cvat.client import CvatClient
from viewfinder.cvat.signin import Credentials
from viewfinder.cvat.upload import ImageFile
from viewfinder.facade.dataset import Dataset
from viewfinder.labels import Detection, Detections
from viewfinder.samples import Sample

NAMES = ("a/0.png", "b/0.png", "b/c/0.png", "a/1.png")


def folders(place: Path) -> Dataset:
    """A dataset of images of which three have one name; each of its own width."""
    dataset = Dataset("folders")
    for at, name in enumerate(NAMES):
        path = place / name
        path.parent.mkdir(parents=True, exist_ok=True)
        Image.new("RGB", (40 + at, 20)).save(path)
        box = Detections([Detection("cat", [0.1, 0.1, 0.5, 0.5], note=name)])
        dataset.add_sample(Sample(filepath=str(path), gt=box))
    return dataset


def keeping(app: Any) -> Any:
    """The label server as one that tells names of frames with a folder before them."""

    async def rename(scope: Any, receive: Any, send: Any) -> None:
        if not scope["path"].endswith("/data/meta"):
            await app(scope, receive, send)
            return
        start: dict[str, Any] = {}
        body = b""

        async def hold(message: Any) -> None:
            nonlocal start, body
            if message["type"] == "http.response.start":
                start = message
                return
            body += message.get("body", b"")
            if message.get("more_body"):
                return
            meta = json.loads(body)
            for frame in meta["frames"]:
                frame["name"] = f"uploads/7/{frame['name']}"
            content = json.dumps(meta).encode()
            headers = [pair for pair in start["headers"] if pair[0] != b"content-length"]
            headers.append((b"content-length", str(len(content)).encode()))
            await send({**start, "headers": headers})
            await send({"type": "http.response.body", "body": content})

        await app(scope, receive, hold)

    return rename


def to_the_right_edge(width: int) -> Callable[[dict[str, Any]], None]:
    """Moves the right side of a box near the right side of its image."""

    def change(data: dict[str, Any]) -> None:
        data["points"][2] = width - 2

    return change


@pytest.mark.parametrize("around", [None, keeping], ids=["flat", "folders"])
def test_each_edit_arrives_at_the_image_it_was_made_on(tmp_path: Path, around: Any) -> None:
    dataset = folders(tmp_path / "photos")
    with serving(tmp_path / "server", around=around) as server:
        there = server.there
        (task_id,) = dataset.annotate("k", label_field="gt", **there).task_ids
        assert dataset.load_annotations("k", **there).unchanged == 4
        with annotator(there, task_id) as person:
            widths = [frame.width for frame in person.task.get_meta().frames]
            for shape in person.shapes():
                person.change(shape, to_the_right_edge(widths[shape.frame]))
        report = dataset.load_annotations("k", **there)
        assert report.counts["edited"] == 4
    for at, (label,) in enumerate(labels_of(dataset, "gt")):
        left, _, width, _ = label.bounding_box
        assert round((left + width) * (40 + at), 6) == 38 + at
        assert label.note == NAMES[at]


def test_names_with_folders_are_kept_apart_by_the_label_server(tmp_path: Path) -> None:
    dataset = folders(tmp_path / "photos")
    paths = dataset.values("filepath")
    with serving(tmp_path / "server") as server:
        there = server.there
        who = Credentials(username=there["username"], password=there["password"])
        with CvatClient.connect(there["url"], credentials=who) as client:
            task = client.create_task("t", [wire.NewLabel(name="cat")])
            files = [ImageFile(Path(path), name) for path, name in zip(paths, NAMES, strict=True)]
            meta = client.upload_images(task.id, files)
            assert [frame.width for frame in meta.frames] == [40, 41, 42, 43]
            assert len({frame.name for frame in meta.frames}) == 4
