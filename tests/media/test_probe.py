"""What a header tells of an image."""

from __future__ import annotations

import io
import random
from pathlib import Path

import pytest
from PIL import Image

from viewfinder.errors import MediaNotFoundError, MediaUnreadableError
from viewfinder.media import media_type_of, mime_type_of, probe_image


@pytest.mark.parametrize(
    ("mode", "name", "channels", "mime_type"),
    [
        ("RGB", "a.jpg", 3, "image/jpeg"),
        ("L", "b.png", 1, "image/png"),
        ("RGBA", "c.webp", 4, "image/webp"),
    ],
)
def test_size_channels_and_type(
    tmp_path: Path, mode: str, name: str, channels: int, mime_type: str
) -> None:
    path = tmp_path / name
    Image.new(mode, (7, 5)).save(path)
    info = probe_image(path)
    assert (info.width, info.height, info.num_channels) == (7, 5, channels)
    assert info.mime_type == mime_type
    assert info.size_bytes == path.stat().st_size


def test_a_quarter_turn_in_the_exif_data_swaps_width_and_height(tmp_path: Path) -> None:
    path = tmp_path / "turned.jpg"
    exif = Image.Exif()
    exif[0x0112] = 6
    Image.new("RGB", (8, 4)).save(path, exif=exif)
    info = probe_image(path)
    assert (info.width, info.height) == (4, 8)


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(MediaNotFoundError, match=r"no file at .*gone\.jpg"):
        probe_image(tmp_path / "gone.jpg")


@pytest.mark.parametrize(("content", "reason"), [(b"", "empty"), (b"hello", "no image file")])
def test_a_file_that_is_no_image_is_named(tmp_path: Path, content: bytes, reason: str) -> None:
    path = tmp_path / "broken.jpg"
    path.write_bytes(content)
    with pytest.raises(MediaUnreadableError, match=reason):
        probe_image(path)


def test_kinds_by_extension() -> None:
    assert media_type_of("x/Y.JPG") == "image"
    assert media_type_of("clip.mp4") == "video"
    assert media_type_of("notes.txt") == "unknown"
    assert mime_type_of("x.heic") == "image/heic"
    assert mime_type_of("x") is None


@pytest.mark.filterwarnings("ignore::UserWarning:PIL")
@pytest.mark.parametrize("form", ["JPEG", "PNG", "WEBP", "TIFF", "GIF", "BMP", "PPM"])
def test_damaged_files_are_measured_or_refused_and_nothing_else(tmp_path: Path, form: str) -> None:
    exif = Image.Exif()
    exif[0x0112] = 6
    whole = io.BytesIO()
    Image.new("RGB", (20, 10)).save(
        whole, form, **({} if form in "BMP PPM GIF" else {"exif": exif})
    )
    rng = random.Random(51)
    refused = 0
    for _ in range(150):
        data = bytearray(whole.getvalue())
        for _ in range(rng.randint(1, 6)):
            data[rng.randrange(min(len(data), 300))] = rng.randrange(256)
        path = tmp_path / "damaged"
        path.write_bytes(data[: rng.randint(1, len(data))])
        try:
            assert probe_image(path).width > 0
        except MediaUnreadableError:
            refused += 1
    assert refused


def test_more_pixels_than_pillow_allows_say_what_to_do(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "large.png"
    Image.new("1", (64, 64)).save(path)
    monkeypatch.setattr(Image, "MAX_IMAGE_PIXELS", 1000)
    with pytest.raises(MediaUnreadableError, match="MAX_IMAGE_PIXELS"):
        probe_image(path)
