"""FiftyOne's own CVAT client, unpatched, does its whole loop of images and of video.

Set ``VIEWFINDER_PEER_PYTHON`` to the Python of an environment that has FiftyOne 1.22.
"""

from __future__ import annotations

import json
import os
import subprocess
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from PIL import Image

from benchmarks.peer_setup import running_peer
from tests.labelserver.videos import video_bytes

if TYPE_CHECKING:
    from cvat_sdk import Client

    from viewfinder.labelserver import embedded

PEER = os.environ.get("VIEWFINDER_PEER_PYTHON")
pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(PEER is None, reason="VIEWFINDER_PEER_PYTHON names no Python with FiftyOne"),
]


def _answer(what: str, endpoint: embedded.Endpoint, folder: Path) -> Any:
    assert PEER is not None
    program = Path(__file__).with_name("fiftyone_program.py")
    account = (endpoint.url, endpoint.username, endpoint.password)
    with running_peer(Path(PEER)) as variables:
        done = subprocess.run(
            [PEER, str(program), what, *account, str(folder)],
            env={**os.environ, **variables, "PYTHONPATH": ""},
            capture_output=True,
            text=True,
            check=False,
            timeout=300,
        )
    assert done.returncode == 0, done.stdout[-2000:] + done.stderr[-4000:]
    (line,) = [each for each in done.stdout.splitlines() if each.startswith("ANSWER ")]
    return json.loads(line.removeprefix("ANSWER "))


def test_images(endpoint: embedded.Endpoint, client: Client, tmp_path: Path) -> None:
    for number in range(3):
        Image.new("RGB", (160, 120), (number * 40, 9, 9)).save(tmp_path / f"{number}.png")
    before = len(client.tasks.list())
    first, *others = _answer("images", endpoint, tmp_path)
    assert [(label, box) for label, box, _ in first["boxes"]] == [
        ("dog", pytest.approx([0.1, 0.1, 0.1, 0.1])),
        ("cat", pytest.approx([0.5, 0.5, 0.5, 0.5])),
    ]
    for sample in others:
        assert [(label, box) for label, box, _ in sample["boxes"]] == [
            ("cat", pytest.approx([0.1, 0.1, 0.3, 0.3])),
            ("dog", pytest.approx([0.5, 0.4, 0.2, 0.4])),
        ]
        assert sample["boxes"][0][2] == "calm"
    for sample in (first, *others):
        ((line,),) = sample["lines"]
        assert [tuple(point) for point in line] == [
            pytest.approx(point) for point in ((0.1, 0.2), (0.5, 0.5), (0.9, 0.25))
        ]
        assert sample["points"] == [[pytest.approx([0.25, 0.5])]]
        assert sample["weather"] == "sun"
    assert len(client.tasks.list()) == before


def test_video(endpoint: embedded.Endpoint, client: Client, tmp_path: Path) -> None:
    (tmp_path / "clip.mp4").write_bytes(video_bytes(12, size_wh=(160, 120)))
    before = len(client.tasks.list())
    frames = {int(number): boxes for number, boxes in _answer("video", endpoint, tmp_path).items()}
    sent = {number: [0.1 + 0.0125 * number, 0.2, 0.2, 0.2] for number in range(1, 9)}
    # Frames are numbered from 1 there: 2 to 5 of the task, in a straight line between key frames.
    added = {3: 0.1, 4: 0.15, 5: 0.2, 6: 0.15}
    for number in range(1, 13):
        expected = [[x, 0.1, 0.1, 0.1] for at, x in added.items() if at == number]
        expected += [sent[number]] if number in sent else []
        found = frames.get(number, [])
        assert found == [pytest.approx(box) for box in sorted(expected)], number
    assert len(client.tasks.list()) == before
