"""Rounds of `exactness.py`: random datasets of images, and how they are annotated."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from random import Random
from typing import Any

import numpy as np
from PIL import Image

from benchmarks.exactness_values import CLASSES, KINDS, NODES, SIZES, Author, random_attributes
from viewfinder.facade.dataset import Dataset
from viewfinder.labels import Label, LabelList
from viewfinder.samples import Sample
from viewfinder.schema import KeypointSkeleton

__all__ = [
    "Round",
    "authors_of",
    "bits",
    "field_info",
    "full_value",
    "image_round",
    "snapshot",
]


@dataclass
class Round:
    """A dataset, the view of it that is annotated, and with what arguments."""

    dataset: Dataset
    view: Any
    schema: dict[str, dict[str, Any]]
    options: dict[str, Any]
    authors: dict[str, Author] = field(default_factory=dict)
    """Who wrote each field, by its name."""
    what: str = "images"

    @property
    def is_video(self) -> bool:
        """Whether its tasks show videos."""
        return bool(self.view.media_type == "video")

    def author_of(self, name: str) -> Author | None:
        """Who wrote a field, also of frames that are annotated as images."""
        return self.authors.get(name) or self.authors.get(name.removeprefix("frames."))

    def __str__(self) -> str:
        kinds = {name: info.get("type") for name, info in self.schema.items()}
        return f"{self.what}, fields {kinds}, options {self.options}"


def image_round(rng: Random, folder: Path, name: str, *, images: int) -> Round:
    """A dataset of images with fields of several types."""
    authors = authors_of(rng, folder)
    dataset = Dataset(name)
    samples = []
    for path in _images(rng, folder, images):
        fields: dict[str, Any] = {each: author.value() for each, author in authors.items()}
        samples.append(Sample(filepath=str(path), **fields, **_plain(rng)))
    # So that every field exists whatever chance says.
    every = {each: full_value(author) for each, author in authors.items()}
    extra = next(iter(_images(rng, folder / "first", 1)))
    samples.append(Sample(filepath=str(extra), **every, speed=0.5, count=3, text="007", good=True))
    rng.shuffle(samples)
    dataset.add_samples(samples, progress=False)
    schema = {each: field_info(rng, dataset, each, author) for each, author in authors.items()}
    for scalar in rng.sample(["speed", "count", "text", "good"], rng.randrange(3)):
        schema[scalar] = {"type": "scalar"}
    options: dict[str, Any] = {}
    if rng.random() < 0.5:
        options["segment_size"] = rng.randrange(1, images + 2)
    if rng.random() < 0.4:
        options["task_size"] = rng.randrange(max(1, images // 3), images + 2)
    if rng.random() < 0.3:
        options |= {"image_quality": rng.randrange(1, 101), "chunk_size": rng.randrange(1, 5)}
    view, what = _view(rng, dataset, authors)
    if "patches" in what:
        schema = {each: info for each, info in schema.items() if each in what}
    return Round(dataset, view, schema, options, authors, what)


def authors_of(rng: Random, folder: Path, kinds: Sequence[str] = KINDS) -> dict[str, Author]:
    """Who writes the fields of a dataset: some of all kinds, by name."""
    shared = rng.sample(CLASSES, 3)
    authors = {}
    for number, kind in enumerate(rng.sample(kinds, rng.randrange(2, 6))):
        # Some fields share their classes, some have others, some are of one type.
        classes = shared if rng.random() < 0.5 else rng.sample(CLASSES, 3)
        targets: dict[Any, str] = {}
        if kind == "segmentation":
            targets = {1: classes[0], 2: classes[1]}
        if kind == "colours":
            targets = {"#ff8000": classes[0], "#000001": classes[1]}
        plain = kind in {"segmentation", "colours"}
        attributes = {} if plain else random_attributes(rng)
        authors[f"f{number}"] = Author(rng, kind, folder / "masks", classes, attributes, targets)
    return authors


def full_value(author: Author) -> Any:
    """A value with at least one label that has all attributes."""
    while True:
        value = author.value()
        if isinstance(value, LabelList) and not value.labels:
            continue
        if value is not None:
            break
    label = value.labels[0] if isinstance(value, LabelList) else value
    for name, attribute in author.attributes.items():
        label[name] = attribute.make(author.rng)
    return value


def field_info(rng: Random, dataset: Dataset, name: str, author: Author) -> dict[str, Any]:
    """How a field is asked for."""
    if author.kind in {"segmentation", "colours"}:
        if rng.random() < 0.5:
            dataset.mask_targets[name] = dict(author.targets)
            dataset.save()
            return {"type": "segmentation"}
        return {"type": "segmentation", "mask_targets": author.targets}
    if author.kind == "skeletons":
        dataset.skeletons[name] = KeypointSkeleton(list(NODES), [[0, 1], [1, 2]])
        dataset.save()
    info: dict[str, Any] = {"type": author.label_type}
    specs = {each: dict(attribute.spec) for each, attribute in author.attributes.items()}
    how = rng.random()
    if how < 0.2:
        # All classes, all attributes, by what the dataset holds.
        return info
    if how < 0.4:
        classes: list[Any] = [{"classes": [author.classes[0]], "attributes": specs}]
        return info | {"classes": classes + list(author.classes[1:]), "attributes": False}
    if how < 0.6:
        # Labels of the other classes are not sent.
        return info | {"classes": list(author.classes[:2]), "attributes": specs}
    return info | {"classes": list(author.classes), "attributes": specs}


def _view(rng: Random, dataset: Dataset, authors: Mapping[str, Author]) -> tuple[Any, str]:
    lists = [name for name, author in authors.items() if author.kind not in _SINGLE]
    boxes = [name for name in lists if authors[name].kind in {"detections", "instances"}]
    how = rng.random()
    if how < 0.15 and lists:
        from viewfinder.expr import ViewField as F

        name = rng.choice(lists)
        kept = authors[name].classes[0]
        view = dataset.filter_labels(name, F("label") == kept, only_matches=False)
        return view, f"images, of {name} only one class"
    if how < 0.3:
        return dataset.shuffle(seed=rng.randrange(99)), "shuffled images"
    if how < 0.4 and boxes:
        name = rng.choice(boxes)
        return dataset.to_patches(name), f"patches of {name}"
    if how < 0.5:
        return dataset.skip(1), "all images but one"
    return dataset, "images"


_SINGLE = {"classification", "segmentation", "colours"}


def _plain(rng: Random) -> dict[str, Any]:
    values = {
        "speed": rng.choice((rng.random(), 1e-300, 3.0)),
        "count": rng.randrange(-9, 10**12),
        "text": rng.choice(("007", "nan", "é 犬", " x ", "1_000", "true")),
        "good": rng.random() < 0.5,
    }
    return {name: value for name, value in values.items() if rng.random() < 0.6}


def _images(rng: Random, folder: Path, count: int) -> list[Path]:
    """Small images; many share their names, in folders of their own."""
    paths = []
    for number in range(count):
        place = folder / f"{number % 7} ü"
        place.mkdir(parents=True, exist_ok=True)
        path = place / f"image {number // 7 % 3} 犬.png"
        while path.exists():
            path = path.with_name(f"{path.stem}-2.png")
        width, height = rng.choice(SIZES)
        pixels = np.frombuffer(rng.randbytes(width * height), np.uint8).reshape(height, width)
        Image.fromarray(pixels).save(path)
        paths.append(path)
    return paths


def snapshot(dataset: Any) -> dict[tuple[str, int, str], Any]:
    """Every value of a dataset as it is stored, to the last bit, by sample, frame and field."""
    found: dict[tuple[str, int, str], Any] = {}
    for sample in dataset:
        sample.reload()
        owner = str(sample.id)
        for name in sample.field_names:
            if name not in {"frames", "last_modified_at"}:
                found[owner, 0, name] = bits(sample[name])
        if dataset.media_type == "video":
            for number, frame in sample.frames.items():
                for name in frame.field_names:
                    if name != "last_modified_at":
                        found[owner, number, name] = bits(frame[name])
    return found


def bits(value: Any) -> Any:
    """A value so that two of them are equal only where every bit of them is."""
    if isinstance(value, Label | LabelList):
        return {name: bits(inner) for name, inner in value.to_dict().items()}
    if isinstance(value, np.ndarray):
        return (value.dtype.str, value.shape, value.tobytes())
    if isinstance(value, dict):
        return {name: bits(inner) for name, inner in value.items()}
    if isinstance(value, list | tuple):
        return [bits(inner) for inner in value]
    return value.hex() if isinstance(value, float) else (type(value).__name__, repr(value))
