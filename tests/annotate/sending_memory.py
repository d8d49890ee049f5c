"""A process of its own that sends much, and says by how much its memory grew: for a test, and by
hand with larger numbers.

    python tests/annotate/sending_memory.py images|files|video MEGABYTES FOLDER URL USER PASSWORD
"""

from __future__ import annotations

import resource
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from viewfinder.cvat import wire
from viewfinder.cvat.client import CvatClient
from viewfinder.cvat.signin import Credentials
from viewfinder.cvat.upload import ImageFile
from viewfinder.errors import ServerFailedError
from viewfinder.facade.dataset import Dataset
from viewfinder.labels import Detection, Detections
from viewfinder.samples import Sample

SIDES = {"images": 600, "files": 1700}
"""Images of about 1 MB, of which several travel in one request, and of 8.7 MB, in pieces."""


def peak_mb() -> float:
    """The most memory that this process has had."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def dataset_of(name: str, folder: Path, side: int, megabytes: float) -> Any:
    """A dataset of so many megabytes of images that can't be made smaller."""
    folder.mkdir(parents=True)
    noise = np.random.default_rng(51)
    count = max(1, round(megabytes / (side * side * 3 / 1e6)))
    samples = []
    for number in range(count):
        pixels = noise.integers(0, 256, (side, side, 3), np.uint8)
        path = folder / f"{number}.png"
        Image.fromarray(pixels).save(path, compress_level=0)
        box = Detections([Detection("cat", [0.1, 0.1, 0.2, 0.2])])
        samples.append(Sample(filepath=str(path), gt=box))
    dataset = Dataset(name)
    dataset.add_samples(samples, progress=False)
    return dataset


def main() -> None:
    what, megabytes, folder, url, username, password = sys.argv[1:]
    place = Path(folder)
    there: dict[str, Any] = {"url": url, "username": username, "password": password}
    # What is loaded and kept once does not count.
    small = dataset_of(f"small-{what}", place / "small", 600, 2)
    small.annotate("k", label_field="gt", **there).cleanup()
    if what == "video":
        path = place / "clip.mp4"
        with path.open("wb") as file:
            for _ in range(int(megabytes)):
                file.write(np.random.default_rng(51).bytes(10**6))
        before = peak_mb()
        who = Credentials(username=username, password=password)
        with CvatClient.connect(url, credentials=who) as client:
            task = client.create_task("large video", [wire.NewLabel(name="cat")])
            # All of it arrives; it only looks like a video by its name.
            with pytest.raises(ServerFailedError, match=r"clip\.mp4"):
                client.upload_video(task.id, ImageFile(path, "clip.mp4"))
            assert client.delete_task(task.id)
    else:
        large = dataset_of(f"large-{what}", place / "large", SIDES[what], float(megabytes))
        before = peak_mb()
        large.annotate("k", label_field="gt", **there).cleanup()
    sys.stdout.write(f"{peak_mb() - before:.1f}\n")


if __name__ == "__main__":
    main()
