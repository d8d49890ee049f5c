"""The official cvat-sdk, unpatched, works on videos."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from cvat_sdk import Client, models
from cvat_sdk.core.exceptions import BackgroundRequestException
from PIL import Image

from tests.labelserver.videos import SIZE_WH, number_on, numbers_in_video, video_bytes
from tests.wire.conftest import LABELS

if TYPE_CHECKING:
    from pathlib import Path

    from cvat_sdk.core.proxies.tasks import Task

# The SDK leaves the temporary file of a download open.
pytestmark = pytest.mark.filterwarnings(
    "ignore:Exception ignored in:pytest.PytestUnraisableExceptionWarning"
)


def _make(client: Client, folder: Path, content: bytes, **spec: int) -> Task:
    path = folder / "clip.mp4"
    path.write_bytes(content)
    return client.tasks.create_from_data(
        models.TaskWriteRequest(name="video", labels=LABELS, **spec),
        [path],
        data_params={"image_quality": 80, "use_zip_chunks": True, "chunk_size": 6},
    )


def test_a_video_is_uploaded_shown_and_tracked(client: Client, tmp_path: Path) -> None:
    task = _make(client, tmp_path, video_bytes(20), segment_size=10, overlap=0)
    assert (task.size, task.mode) == (20, "interpolation")
    meta = task.get_meta()
    assert [(frame.name, frame.width, frame.height) for frame in meta.frames] == [
        ("clip.mp4", *SIZE_WH)
    ]
    shown = [
        number_on(Image.open(task.get_frame(number, quality="original"))) for number in (3, 17)
    ]
    assert shown == [3, 17]
    _, chunk = client.api_client.tasks_api.retrieve_data(
        task.id, type="chunk", number=3, quality="original", _parse_response=False
    )
    assert numbers_in_video(chunk.data) == [18, 19]
    car = task.get_labels()[0]
    key_frames = [
        models.TrackedShapeRequest(
            type="rectangle", frame=frame, points=[10.0 + frame, 5, 30, 25], outside=outside
        )
        for frame, outside in ((2, False), (6, True))
    ]
    task.set_annotations(
        models.LabeledDataRequest(
            tracks=[models.LabeledTrackRequest(frame=2, label_id=car.id, shapes=key_frames)]
        )
    )
    (track,) = task.get_annotations().tracks
    assert [(shape.frame, shape.points[0], shape.outside) for shape in track.shapes] == [
        (2, 12.0, False),
        (6, 16.0, True),
    ]
    last, first = task.get_jobs()
    assert (first.start_frame, last.start_frame) == (0, 10)
    assert len(first.get_annotations().tracks) == 1
    assert not last.get_annotations().tracks
    task.remove_frames_by_ids([4])
    assert task.get_meta().deleted_frames == [4]
    task.remove()


def test_a_broken_video_is_told_in_words(client: Client, tmp_path: Path) -> None:
    with pytest.raises(BackgroundRequestException, match=r"clip.mp4 can't be read as a video"):
        _make(client, tmp_path, b"broken")
    client.tasks.list()[0].remove()
