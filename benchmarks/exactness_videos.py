"""Rounds of `exactness.py` with videos: random objects over time, clips, and frames as images."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from random import Random
from typing import Any

import av
import numpy as np

from benchmarks.exactness_rounds import Round, authors_of, field_info, full_value
from benchmarks.exactness_values import KINDS, Author
from viewfinder.facade.dataset import Dataset
from viewfinder.labels import Label
from viewfinder.samples import Frame, Sample

__all__ = ["video_round"]

SIZE_WH = (64, 48)
_MOVING = ("detections", "instances", "polygons", "polylines", "keypoints", "skeletons")


def video_round(rng: Random, folder: Path, name: str, *, videos: int) -> Round:
    """A dataset of videos whose frames have fields of several types."""
    # Twice what can move.
    authors = authors_of(rng, folder, [*KINDS, *_MOVING])
    dataset = Dataset(name)
    lengths = []
    for number in range(videos):
        count = rng.randrange(5, 16)
        path = folder / f"{number} ü" / "video 犬.mp4"
        path.parent.mkdir(parents=True, exist_ok=True)
        _write_video(path, count)
        sample = Sample(filepath=str(path))
        frames: dict[int, dict[str, Any]] = {n: {} for n in range(1, count + 1)}
        for each, author in authors.items():
            for frame_number, value in _values(rng, author, count):
                frames[frame_number][each] = value
        if number == 0:
            frames[1] |= {each: full_value(author) for each, author in authors.items()}
            frames[2] |= {"speed": 0.1}
        for frame_number, values in frames.items():
            if rng.random() < 0.3:
                values["speed"] = rng.random()
            if values:
                sample.frames[frame_number] = Frame(**values)
        dataset.add_sample(sample)
        lengths.append(count)
    view, what, prefix = _view(rng, folder, dataset, lengths)
    schema = {
        prefix + each: field_info(rng, dataset, f"frames.{each}", author)
        for each, author in authors.items()
    }
    if rng.random() < 0.3:
        schema[prefix + "speed"] = {"type": "scalar"}
    fields = {prefix + each: author for each, author in authors.items()}
    return Round(dataset, view, schema, _options(rng, what, min(lengths)), fields, what)


def _values(rng: Random, author: Author, count: int) -> Iterator[tuple[int, Any]]:
    """What a field holds on each frame of a video: objects that come, go, and come again."""
    if author.kind in {"classification", "classifications", "segmentation", "colours"}:
        for number in range(1, count + 1):
            value = author.value() if rng.random() < 0.5 else None
            if value is not None:
                yield number, value
        return
    frames: dict[int, list[Label]] = {}
    tells_keyframes = rng.random() < 0.3
    for place in range(rng.randrange(4)):
        index = rng.choice((None, place, place + 7))
        first = author.one()
        seen = _stretches(rng, count)
        for number in seen:
            label = author.one()
            label["label"] = first["label"]
            label["index"] = index
            if rng.random() < 0.5:
                # It stands still, or only its attributes change.
                for part in ("bounding_box", "points", "mask"):
                    if part in first.field_names:
                        label[part] = first[part]
            if tells_keyframes:
                label["keyframe"] = rng.random() < 0.4
            frames.setdefault(number, []).append(label)
    for number, labels in frames.items():
        yield number, author.list_of(labels)


def _stretches(rng: Random, count: int) -> list[int]:
    """The frames on which an object is seen."""
    seen, here = [], rng.random() < 0.5
    for number in range(1, count + 1):
        here = here if rng.random() < 0.8 else not here
        if here:
            seen.append(number)
    return seen


def _view(rng: Random, folder: Path, dataset: Dataset, lengths: list[int]) -> tuple[Any, str, str]:
    how = rng.random()
    if how < 0.25:
        supports = []
        for count in lengths:
            first = rng.randrange(1, count)
            middle = rng.randrange(first, count)
            supports.append([[first, middle], [middle + 1, rng.randrange(middle + 1, count + 1)]])
        return dataset.to_clips(supports), "clips", "frames."
    if how < 0.45:
        frames = dataset.to_frames(sample_frames=True, output_dir=str(folder / "frames"))
        return frames.take(12, seed=rng.randrange(99)), "frames as images", ""
    return dataset, "videos", "frames."


def _options(rng: Random, what: str, shortest: int) -> dict[str, Any]:
    options: dict[str, Any] = {}
    if rng.random() < 0.5:
        options["segment_size"] = rng.randrange(1, 9)
    if what == "videos" and rng.random() < 0.4:
        options["frame_start"] = rng.randrange(shortest)
        if rng.random() < 0.5:
            options["frame_stop"] = rng.randrange(options["frame_start"], shortest + 3)
    if what in {"videos", "clips"} and rng.random() < 0.3:
        options["frame_step"] = rng.randrange(1, 4)
    return options


def _write_video(path: Path, count: int) -> None:
    with av.open(str(path), "w") as container:
        stream: Any = container.add_stream("mpeg4", rate=10)
        stream.width, stream.height = SIZE_WH
        stream.pix_fmt = "yuv420p"
        for number in range(count):
            pixels = np.full((SIZE_WH[1], SIZE_WH[0], 3), 8 * number, np.uint8)
            container.mux(stream.encode(av.VideoFrame.from_ndarray(pixels, format="rgb24")))
        container.mux(stream.encode(None))
