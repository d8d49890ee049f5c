"""The quickstart for videos: three real shots with tracks drawn by eye, and one composed clip.

``quickstart_video_data/labels.json`` holds one record a clip. Its coordinates are relative to the
frame, its ids the same for everybody, and ``about`` in it explains the rest.
"""

from __future__ import annotations

import hashlib
import json
from pathlib import Path
from typing import Any

from viewfinder.errors import MediaNotFoundError
from viewfinder.labels import Detection, Detections
from viewfinder.samples import Frame, Sample
from viewfinder.zoo.entry import ZooDataset

__all__ = ["QUICKSTART_VIDEO"]

_FOLDER = Path(__file__).parent / "quickstart_video_data"


def _read() -> list[Sample]:
    path = _FOLDER / "labels.json"
    if not path.is_file():
        raise MediaNotFoundError(path)
    videos = json.loads(path.read_text(encoding="utf-8"))["videos"]
    return [_sample(video) for video in videos]


def _sample(video: dict[str, Any]) -> Sample:
    sample = Sample(filepath=_FOLDER / "data" / video["filename"], tags=["train"], id=video["id"])
    for number in range(1, video["frames"] + 1):
        found = [_seen(track, number) for track in video["tracks"] if str(number) in track["boxes"]]
        sample.frames[number] = Frame(detections=Detections(detections=found))
    return sample


def _seen(track: dict[str, Any], number: int) -> Detection:
    """One object in one frame. Its id hangs on the track and the frame alone."""
    digest = hashlib.sha256(f"{track['id']}/{number}".encode()).hexdigest()
    return Detection(
        id=digest[:24],
        label=track["label"],
        index=track["index"],
        bounding_box=track["boxes"][str(number)],
        keyframe=number in track["keyframes"],
    )


QUICKSTART_VIDEO = ZooDataset(
    name="quickstart-video",
    description=(
        "4 short clips with the objects of COCO's classes tracked: three real shots drawn by eye, "
        "one composed clip with exact boxes"
    ),
    license="BSD-3-Clause and MIT, told for each clip in its provenance",
    tags=("video", "detection", "tracking"),
    provenance_path=_FOLDER / "PROVENANCE.md",
    read=_read,
)
"""The quickstart for videos as the zoo lists it."""
