"""Small datasets of real image files, an annotator who works through the official SDK, and bits."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Any

import numpy as np
from cvat_sdk import make_client, models
from PIL import Image

from viewfinder.facade.dataset import Dataset
from viewfinder.labels import Label, LabelList
from viewfinder.samples import Sample

SIZES = ((61, 47), (200, 133), (40, 30))


def make_dataset(folder: Path, *fields: Mapping[str, Any], name: str = "d") -> Dataset:
    """A dataset with an image for each dict of fields."""
    folder.mkdir(parents=True, exist_ok=True)
    samples = []
    for number, values in enumerate(fields):
        path = folder / f"image {number}.png"
        Image.effect_noise(SIZES[number % len(SIZES)], 80).save(path)
        samples.append(Sample(filepath=str(path), **values))
    dataset = Dataset(name)
    dataset.add_samples(samples, progress=False)
    return dataset


def labels_of(dataset: Any, field: str) -> list[list[Any]]:
    """The labels of a field, sample by sample, as they are stored."""
    found = []
    for sample in dataset:
        sample.reload()
        value = sample[field]
        found.append(list(value.labels) if isinstance(value, LabelList) else [value])
    return found


def bits(value: Any) -> Any:
    """A value so that two of them are equal only where every bit of them is."""
    if isinstance(value, Label):
        return {name: bits(inner) for name, inner in value.to_dict().items()}
    if isinstance(value, np.ndarray):
        return (value.dtype.str, value.shape, value.tobytes())
    if isinstance(value, list | tuple):
        return [bits(inner) for inner in value]
    return value.hex() if isinstance(value, float) else (type(value).__name__, value)


class Annotator:
    """Somebody who edits one task through the official SDK."""

    def __init__(self, client: Any, task_id: int) -> None:
        self.task = client.tasks.retrieve(task_id)
        self.client = client
        labels = self.task.get_labels()
        self.class_ids = {label.name: label.id for label in labels}
        self.spec_ids = {
            (label.name, spec.name): spec.id for label in labels for spec in label.attributes
        }

    def shapes(self, type_: str | None = None, frame: int | None = None) -> list[Any]:
        """All shapes, or those of a type or frame, in the order of their numbers."""
        found = [
            shape
            for shape in self.task.get_annotations().shapes
            if type_ in (None, str(shape.type)) and frame in (None, shape.frame)
        ]
        return sorted(found, key=lambda shape: shape.id)

    def tags(self) -> list[Any]:
        """All tags."""
        return sorted(self.task.get_annotations().tags, key=lambda tag: tag.id)

    def change(self, shape: Any, change: Callable[[dict[str, Any]], None]) -> None:
        """Changes a shape in place, as the editor does when it saves."""
        data = shape.to_dict()
        change(data)
        update = models.PatchedLabeledDataRequest(shapes=[models.LabeledShapeRequest(**data)])
        self.task.update_annotations(update)

    def change_tag(self, tag: Any, class_name: str) -> None:
        """Gives a tag another class."""
        data = {**tag.to_dict(), "label_id": self.class_ids[class_name], "attributes": []}
        update = models.PatchedLabeledDataRequest(tags=[models.LabeledImageRequest(**data)])
        self.task.update_annotations(update)

    def set_text(self, shape: Any, class_name: str, attribute: str, text: str) -> None:
        """Sets an attribute of a shape."""
        spec = self.spec_ids[class_name, attribute]

        def change(data: dict[str, Any]) -> None:
            others = [item for item in data["attributes"] if item["spec_id"] != spec]
            data["attributes"] = [*others, {"spec_id": spec, "value": text}]

        self.change(shape, change)

    def draw(self, type_: str, class_name: str, points: Sequence[float], frame: int = 0) -> None:
        """Draws a new shape."""
        shape = models.LabeledShapeRequest(
            type=type_, frame=frame, label_id=self.class_ids[class_name], points=list(points)
        )
        self.create(shapes=[shape])

    def tag(self, class_name: str, frame: int = 0) -> None:
        """Adds a tag."""
        label_id = self.class_ids[class_name]
        self.create(tags=[models.LabeledImageRequest(frame=frame, label_id=label_id)])

    def copy(self, shape: Any) -> None:
        """Copies a shape with all that belongs to it, as the editor's clipboard does."""
        data = {name: value for name, value in shape.to_dict().items() if name != "id"}
        self.create(shapes=[models.LabeledShapeRequest(**data)])

    def delete(self, *records: Any) -> None:
        """Deletes shapes or tags."""
        self.task.remove_annotations(ids=[record.id for record in records])

    def create(self, **parts: Any) -> None:
        """Adds shapes or tags."""
        from cvat_sdk.core.proxies.annotations import AnnotationUpdateAction

        update = models.PatchedLabeledDataRequest(**parts)
        self.task.update_annotations(update, action=AnnotationUpdateAction.CREATE)


class Child:
    """A second process; killed when the test ends, if it was not killed before."""

    def __init__(self, what: str, there: Mapping[str, str], name: str = "d") -> None:
        arguments = [what, name, there["url"], there["username"], there["password"]]
        script = Path(__file__).with_name("child.py")
        self.process = subprocess.Popen(
            [sys.executable, str(script), *arguments],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        self.expect("ready")

    def expect(self, word: str) -> None:
        assert self._pipe(self.process.stdout).readline().strip() == word

    def go(self) -> None:
        pipe = self._pipe(self.process.stdin)
        pipe.write("\n")
        pipe.flush()

    def kill(self) -> None:
        self.process.kill()
        self.process.wait()
        self._pipe(self.process.stdin).close()
        self._pipe(self.process.stdout).close()

    @staticmethod
    def _pipe(pipe: IO[str] | None) -> IO[str]:
        assert pipe is not None
        return pipe


@contextmanager
def annotator(there: Mapping[str, str], task_id: int) -> Iterator[Annotator]:
    """An annotator at work on a task."""
    credentials = (there["username"], there["password"])
    with make_client(there["url"], credentials=credentials) as client:
        yield Annotator(client, task_id)
