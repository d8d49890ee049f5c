"""What `annotation_crash.py` sends: views of images and videos with labels of several kinds."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Protocol

import av
import numpy as np
from PIL import Image

import viewfinder as vf

__all__ = ["WORKS", "AnnotationWork"]


JOB_FRAMES = 5


class AnnotationWork(Protocol):
    """One kind of run."""

    labels: int
    """How many labels it sends."""

    def prepare(self, dataset: Any, media: Path) -> Any:
        """Fills a new dataset whose media are made in a folder."""

    def annotate(self, dataset: Any, key: str, there: Mapping[str, str]) -> Any:
        """Sends what the run is about, or goes on with it."""

    def expected(self, name: str) -> dict[str, list[Any]]:
        """What is on the server: frames' names, and counts of tags, shapes, tracks by task."""

    def fingerprint(self, dataset: Any) -> str:
        """All labels to the last bit."""


def boxes(count: int, seed: int) -> Any:
    """Detections with attributes of several types."""
    return vf.Detections([
        vf.Detection(
            label=("cat", "dog")[number % 2],
            bounding_box=[1 / (3 + number + seed), 0.1 + number / 700, 1 / 3, 0.25],
            note=f"ünï {number}",
            seen=number % 2 == 0,
            score=number / 7,
        )
        for number in range(count)
    ])  # fmt: skip


class Images:
    """Several tasks of images with several fields."""

    SIZES = ((61, 47), (200, 133), (40, 30), (61, 47), (64, 64), (33, 90), (61, 47))
    TASK_SIZE = 3
    labels = len(SIZES) * (4 + 1 + 1)

    def prepare(self, dataset: Any, media: Path) -> Any:
        noise = np.random.default_rng(51)
        samples = []
        for number, (width, height) in enumerate(self.SIZES):
            path = media / f"image {number}.png"
            Image.fromarray(noise.integers(0, 256, (height, width, 3), np.uint8)).save(path)
            line = vf.Polyline(label="lane", points=[[(0.1, 1 / 7), (0.5, 0.9)]], filled=False)
            samples.append(
                vf.Sample(
                    filepath=str(path),
                    gt=boxes(4, number),
                    scene=vf.Classification(label="street"),
                    lines=vf.Polylines([line]),
                )
            )
        dataset.add_samples(samples, progress=False)
        return dataset

    def options(self, key: str) -> dict[str, Any]:
        """How the tasks are made."""
        del key  # the same for all
        return {"task_size": self.TASK_SIZE, "segment_size": 2}

    def annotate(self, dataset: Any, key: str, there: Mapping[str, str]) -> Any:
        fields = ["gt", "scene", "lines"]
        return dataset.annotate(
            key, fields, resume=True, progress=False, **self.options(key), **there
        )

    def expected(self, name: str) -> dict[str, list[Any]]:
        names = [f"image {number}.png" for number in range(len(self.SIZES))]
        parts = [names[at : at + self.TASK_SIZE] for at in range(0, len(names), self.TASK_SIZE)]
        return {
            f"{name}_{number}": [part, [len(part), 5 * len(part), 0]]
            for number, part in enumerate(parts, 1)
        }

    def fingerprint(self, dataset: Any) -> str:
        return json.dumps([sample.to_dict() for sample in dataset], default=str, sort_keys=True)


class Project(Images):
    """The same in a project that is made for the run."""

    def options(self, key: str) -> dict[str, Any]:
        return {"task_size": self.TASK_SIZE, "project_name": f"project {key}"}


class Large(Images):
    """Images that travel in pieces, and small ones, in one task."""

    SIZES = ((1500, 1300), (61, 47), (1400, 1350), (40, 30))
    TASK_SIZE = 4
    labels = len(SIZES) * (4 + 1 + 1)

    def options(self, key: str) -> dict[str, Any]:
        del key  # the same for all
        return {}

    def expected(self, name: str) -> dict[str, list[Any]]:
        return {name: next(iter(super().expected(name).values()))}


class Videos:
    """Objects of videos as tracks; a task for each video."""

    VIDEOS, FRAMES = 3, 12
    labels = VIDEOS * FRAMES * 3

    def prepare(self, dataset: Any, media: Path) -> Any:
        for video in range(self.VIDEOS):
            path = media / f"clip {video}.mp4"
            make_video(path, self.FRAMES)
            sample = vf.Sample(filepath=str(path))
            for number in range(1, self.FRAMES + 1):
                sample.frames[number] = vf.Frame(gt=self.objects(number, video))
            dataset.add_sample(sample)
        return dataset

    def objects(self, number: int, video: int) -> Any:
        """Two objects that move, and one that is in no track."""
        return vf.Detections([
            vf.Detection(
                label="cat",
                bounding_box=[number / (50 + at), 1 / (3 + video), 1 / 3, 0.25],
                index=None if at == 2 else at,
                note=f"n{at}",
            )
            for at in range(3)
        ])  # fmt: skip

    def annotate(self, dataset: Any, key: str, there: Mapping[str, str]) -> Any:
        view = self.view(dataset)
        return view.annotate(
            key, "frames.gt", resume=True, segment_size=JOB_FRAMES, progress=False, **there
        )

    def view(self, dataset: Any) -> Any:
        """What is sent."""
        return dataset

    def expected(self, name: str) -> dict[str, list[Any]]:
        return self.tasks(name, [(video, self.FRAMES) for video in range(self.VIDEOS)])

    def tasks(self, name: str, parts: list[tuple[int, int]]) -> dict[str, list[Any]]:
        """The tasks of these videos with so many frames; tracks are cut at the borders of jobs."""
        return {
            f"{name}_{number}": [[f"clip {video}.mp4"], [0, size, 2 * -(-size // JOB_FRAMES)]]
            for number, (video, size) in enumerate(parts, 1)
        }

    def fingerprint(self, dataset: Any) -> str:
        frames = [
            {number: frame.to_dict() for number, frame in sample.frames.items()}
            for sample in dataset
        ]
        return json.dumps(frames, default=str, sort_keys=True)


class Clips(Videos):
    """Two clips of each video; a task for each clip."""

    VIDEOS = 2
    SUPPORT = ((2, 5), (7, 12))
    labels = VIDEOS * (4 + 6) * 3

    def view(self, dataset: Any) -> Any:
        return dataset.to_clips([[list(part) for part in self.SUPPORT]] * self.VIDEOS)

    def expected(self, name: str) -> dict[str, list[Any]]:
        sizes = [last - first + 1 for first, last in self.SUPPORT]
        parts = [(video, size) for video in range(self.VIDEOS) for size in sizes]
        return self.tasks(name, parts)


def make_video(path: Path, count: int) -> None:
    """A small video of `count` frames."""
    with av.open(str(path), "w") as container:
        stream: Any = container.add_stream("libx264", rate=10)
        stream.width, stream.height, stream.pix_fmt = 128, 48, "yuv420p"
        for number in range(count):
            pixels = np.full((48, 128, 3), number * 20 % 256, np.uint8)
            container.mux(stream.encode(av.VideoFrame.from_ndarray(pixels, format="rgb24")))
        container.mux(stream.encode(None))


WORKS: dict[str, type[AnnotationWork]] = {
    "images": Images,
    "project": Project,
    "large": Large,
    "videos": Videos,
    "clips": Clips,
}
