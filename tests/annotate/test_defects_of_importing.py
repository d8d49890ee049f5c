"""What goes wrong elsewhere when tasks are imported; a test each, by its number."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from PIL import Image

from tests.labelserver.videos import number_on, video_bytes
from viewfinder.cvat import wire
from viewfinder.cvat.client import CvatClient
from viewfinder.cvat.signin import Credentials
from viewfinder.cvat.upload import DataOptions, ImageFile
from viewfinder.facade.dataset import Dataset
from viewfinder.media import probe_video, read_frames


def test_defect_24_one_task_by_its_number_and_the_last_frame_of_its_last_chunk(
    tmp_path: Path, there: dict[str, Any]
) -> None:
    # Two whole chunks of six frames, and one of a single frame.
    path = tmp_path / "film.mp4"
    path.write_bytes(video_bytes(13))
    credentials = Credentials(username=there["username"], password=there["password"])
    with CvatClient.connect(there["url"], credentials=credentials) as client:
        task = client.create_task("film", [wire.NewLabel(name="car")])
        options = DataOptions(chunk_frames=6)
        client.upload_video(task.id, ImageFile(path, path.name), options=options)
    dataset = Dataset("d")
    dataset.import_annotations(
        task_ids=task.id, data_path=tmp_path / "fetched", download_media=True, **there
    )
    fetched = Path(dataset.first().filepath)
    assert fetched != path
    assert probe_video(fetched).total_frame_count == 13
    numbers = [number_on(Image.fromarray(pixels)) for _, pixels in read_frames(fetched, [1, 13])]
    assert numbers == [0, 12]
