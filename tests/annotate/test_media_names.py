from __future__ import annotations

import json
from pathlib import Path

import pytest

from viewfinder.annotate.intake.media_names import Names, paths_at
from viewfinder.errors import AnnotationError

FILES = ["/data/a/0.jpg", "/data/b/0.jpg", "/data/b/1.jpg", "/other/b/1.jpg", "/data/x1.jpg"]


@pytest.mark.parametrize(
    ("name", "found"),
    [
        ("a/0.jpg", ["/data/a/0.jpg"]),
        ("b/0.jpg", ["/data/b/0.jpg"]),
        # The same name in two folders, and no word of the folder.
        ("0.jpg", ["/data/a/0.jpg", "/data/b/0.jpg"]),
        ("b/1.jpg", ["/data/b/1.jpg", "/other/b/1.jpg"]),
        ("data/b/1.jpg", ["/data/b/1.jpg"]),
        # The server knows more folders than there are here.
        ("share/data/b/1.jpg", ["/data/b/1.jpg"]),
        # Whole parts of a path, never the end of a name.
        ("1.jpg", ["/data/b/1.jpg", "/other/b/1.jpg"]),
        ("2.jpg", []),
        ("b\\0.jpg", ["/data/b/0.jpg"]),
    ],
)
def test_files_are_found_by_the_ends_of_their_paths(name: str, found: list[str]) -> None:
    assert Names(FILES).find(name) == found


def test_what_data_path_speaks_of(tmp_path: Path) -> None:
    (tmp_path / "a").mkdir()
    image = tmp_path / "a" / "0.jpg"
    image.write_bytes(b"x")
    manifest = tmp_path / "m.json"
    manifest.write_text(json.dumps({"zero.jpg": "a/0.jpg"}))
    assert paths_at({"zero.jpg": str(image)}) == {"zero.jpg": str(image)}
    assert paths_at(manifest) == {"zero.jpg": str(image)}
    assert paths_at(tmp_path / "a") == {"0.jpg": str(image)}
    manifest.write_text("[1]")
    with pytest.raises(AnnotationError, match="no JSON file with a dict"):
        paths_at(manifest)
