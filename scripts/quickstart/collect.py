"""Collect the quickstart photographs out of unpacked packages and re-encode them as JPEG."""

from __future__ import annotations

import argparse
import io
import json
from pathlib import Path

import av
import qt_resources
from PIL import Image

HERE = Path(__file__).parent
LONGEST_SIDE_PX = 640
JPEG_QUALITY = 86


def read_photo(package_root: Path, path: str) -> Image.Image:
    """Return the photograph at ``path`` below ``package_root`` (found by its trailing parts).

    ``NAME.rcc:INNER`` reads from a Qt resource file, ``FILE#frame=N`` decodes a video frame.
    """
    outer, _, inner = path.partition(".rcc:")
    if inner:
        (resources,) = package_root.rglob(f"{outer}.rcc")
        for name, content in qt_resources.files(resources.read_bytes()):
            if name.endswith(inner):
                return Image.open(io.BytesIO(content))
        raise FileNotFoundError(f"{inner} is not in {resources}")
    file, _, frame = path.partition("#frame=")
    (found,) = package_root.rglob(file)
    if not frame:
        return Image.open(found)
    with av.open(str(found)) as container:
        for index, decoded in enumerate(container.decode(video=0)):
            if index == int(frame):
                return decoded.to_image()
    raise FileNotFoundError(f"{found} has no frame {frame}")


def main() -> None:
    """Read the arguments and write one JPEG file for each row of ``sources.json``."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("packages", type=Path, help="folder with a subfolder for each package")
    parser.add_argument("out", type=Path, help="where to write the JPEG files")
    arguments = parser.parse_args()
    arguments.out.mkdir(parents=True, exist_ok=True)
    for row in json.loads((HERE / "sources.json").read_text(encoding="utf-8")):
        _registry, package, _version = row["package"].split()
        folder = arguments.packages / package.strip("@").replace("/", "-")
        photo = read_photo(folder, row["path"]).convert("RGB")
        photo.thumbnail((LONGEST_SIDE_PX, LONGEST_SIDE_PX), Image.Resampling.LANCZOS)
        photo.save(arguments.out / f"{row['name']}.jpg", quality=JPEG_QUALITY, optimize=True)


if __name__ == "__main__":
    main()
