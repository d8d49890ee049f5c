from __future__ import annotations

import io
import zipfile
from typing import TYPE_CHECKING, Any

import pytest
from cvat_sdk import models
from cvat_sdk.api_client import exceptions
from cvat_sdk.core import uploading
from cvat_sdk.core.exceptions import BackgroundRequestException
from PIL import Image

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from cvat_sdk import Client
    from cvat_sdk.core.proxies.tasks import Task

# The SDK leaves the temporary file of a download open.
pytestmark = pytest.mark.filterwarnings(
    "ignore:Exception ignored in:pytest.PytestUnraisableExceptionWarning"
)


def test_create_from_local_images(make_task: Callable[..., Task], pictures: list[Path]) -> None:
    task = make_task(pictures)
    assert (task.size, task.mode, task.status, task.data_chunk_size) == (
        5,
        "annotation",
        "annotation",
        72,
    )
    (job,) = task.get_jobs()
    assert (job.start_frame, job.stop_frame, job.stage, job.state) == (0, 4, "annotation", "new")
    frames = [(frame.name, frame.width, frame.height) for frame in task.get_frames_info()]
    assert frames == [(path.name, 64 + number, 48) for number, path in enumerate(pictures)]
    task.remove()


def test_label_classes_come_back_as_sent(
    make_task: Callable[..., Task], pictures: list[Path]
) -> None:
    task = make_task(pictures[:1])
    car, person, body = task.get_labels()
    assert (car.name, car.color, person.name) == ("car", "#ff0000", "person")
    attributes = [
        (spec.name, spec.input_type.value, spec.values, spec.default_value, spec.mutable)
        for spec in car.attributes
    ]
    assert attributes == [
        ("make", "select", ["vw", "fiat"], "vw", True),
        ("note", "text", [""], "", False),
    ]
    nose, neck = body.sublabels
    assert (nose.name, neck.name) == ("nose", "neck")
    assert f'data-label-id="{nose.id}"' in body.svg
    assert f'data-label-id="{neck.id}"' in body.svg
    (job,) = task.get_jobs()
    assert [label.id for label in job.get_labels()] == [car.id, person.id, body.id]
    task.remove()


def test_original_frames_are_the_uploaded_bytes(
    make_task: Callable[..., Task], pictures: list[Path]
) -> None:
    task = make_task(pictures, segment_size=2)
    for number, path in enumerate(pictures):
        assert task.get_frame(number, quality="original").read() == path.read_bytes()
    job = task.get_jobs()[0]
    assert job.start_frame == 4
    assert job.get_frame(4, quality="original").read() == pictures[4].read_bytes()
    with pytest.raises(exceptions.ApiException, match=r"\[4, 4\] range"):
        job.get_frame(0, quality="original")
    task.remove()


def test_compressed_frames_and_previews_are_jpeg(
    make_task: Callable[..., Task], pictures: list[Path]
) -> None:
    task = make_task(pictures)
    with Image.open(task.get_frame(3)) as compressed:
        assert (compressed.format, compressed.size) == ("JPEG", (67, 48))
    with Image.open(task.get_preview()) as preview:
        assert preview.format == "JPEG"
    with Image.open(task.get_jobs()[0].get_preview()) as preview:
        assert preview.format == "JPEG"
    task.remove()


def test_chunks_hold_the_frames(make_task: Callable[..., Task], pictures: list[Path]) -> None:
    task = make_task(pictures, chunk_size=2)
    assert task.data_chunk_size == 2
    found = []
    for chunk in range(3):
        buffer = io.BytesIO()
        task.download_chunk(chunk, buffer, quality="original")
        with zipfile.ZipFile(buffer) as archive:
            found += [archive.read(name) for name in sorted(archive.namelist())]
    assert found == [path.read_bytes() for path in pictures]
    with pytest.raises(exceptions.ApiException, match=r"\[0, 2\] range"):
        task.download_chunk(3, io.BytesIO(), quality="compressed")
    task.remove()


def test_segments_become_jobs_newest_first(
    make_task: Callable[..., Task], pictures: list[Path]
) -> None:
    task = make_task(pictures, segment_size=2)
    jobs = task.get_jobs()
    assert [(job.start_frame, job.stop_frame) for job in jobs] == [(4, 4), (2, 3), (0, 1)]
    assert jobs[0].id > jobs[1].id > jobs[2].id
    meta = jobs[1].get_meta()
    assert (meta.size, meta.start_frame, meta.stop_frame) == (2, 2, 3)
    assert [frame.name for frame in meta.frames] == ["picture_2.jpg", "picture_3.webp"]
    task.remove()


def test_frames_keep_the_order_that_is_asked_for(
    make_task: Callable[..., Task], pictures: list[Path]
) -> None:
    wanted = [pictures[3], pictures[0], pictures[4]]
    task = make_task(wanted, sorting_method="predefined")
    assert [frame.name for frame in task.get_frames_info()] == [path.name for path in wanted]
    task.remove()


@pytest.mark.parametrize("predefined", [False, True])
def test_tus_upload_in_small_pieces(
    make_task: Callable[..., Task],
    pictures: list[Path],
    monkeypatch: pytest.MonkeyPatch,
    predefined: bool,
) -> None:
    # Every file is "too large" for a bulk request, and is sent in pieces of 1000 bytes.
    monkeypatch.setattr(uploading.DataUploader.__init__, "__kwdefaults__", {"max_request_size": 10})
    monkeypatch.setattr(uploading, "TUS_CHUNK_SIZE", 1000)
    assert min(path.stat().st_size for path in pictures) > 1000
    wanted = list(reversed(pictures)) if predefined else pictures
    params = {"sorting_method": "predefined"} if predefined else {}
    task = make_task(wanted, **params)
    for number, path in enumerate(wanted):
        assert task.get_frame(number, quality="original").read() == path.read_bytes()
    task.remove()


def test_a_broken_picture_fails_the_request_and_makes_no_job(
    client: Client, make_task: Callable[..., Task], pictures: list[Path]
) -> None:
    cut = pictures[1].read_bytes()
    pictures[1].write_bytes(cut[: len(cut) // 2])
    with pytest.raises(BackgroundRequestException, match=r"picture_1\.png can't be read"):
        make_task(pictures)
    task = client.tasks.list()[0]
    assert (task.size, task.get_jobs()) == (0, [])
    status, _ = client.api_client.tasks_api.retrieve_status(task.id)
    assert status.state.value == "Failed"
    # The same task takes a second, whole upload.
    pictures[1].write_bytes(cut)
    task.upload_data(pictures, params={"image_quality": 80})
    assert task.size == 5
    task.remove()


def test_what_is_no_image_is_refused_with_a_reason(
    make_task: Callable[..., Task], client: Client, tmp_path: Path
) -> None:
    path = tmp_path / "many.zip"
    path.write_bytes(b"0123")
    with pytest.raises(exceptions.ApiException, match="archives and documents") as raised:
        make_task([path])
    assert raised.value.status == 400
    client.tasks.list()[0].remove()


def test_a_server_without_a_share_has_no_files_for_clients(client: Client) -> None:
    task = client.tasks.create(models.TaskWriteRequest(name="share", labels=[{"name": "a"}]))
    with pytest.raises(exceptions.ApiException, match="has no share"):
        client.api_client.tasks_api.create_data(
            task.id,
            data_request=models.DataRequest(image_quality=70, server_files=["/etc/passwd"]),
        )
    task.remove()


def test_a_removed_task_is_gone(make_task: Callable[..., Task], pictures: list[Path]) -> None:
    task = make_task(pictures[:2])
    task.remove()
    with pytest.raises(exceptions.NotFoundException):
        task.fetch()


def test_list_find_and_update(
    client: Client, make_task: Callable[..., Task], pictures: list[Path]
) -> None:
    first, second = make_task(pictures[:1]), make_task(pictures[:1])
    second.update({"name": "renamed", "bug_tracker": "https://example.org/7"})
    assert (second.name, second.bug_tracker) == ("renamed", "https://example.org/7")
    listed = [task.id for task in client.tasks.list()]
    assert listed[:2] == [second.id, first.id]
    for query in (
        {"name": "renamed"},
        {"search": "RENAM"},
        {"filter": {"==": [{"var": "name"}, "renamed"]}},
        {"name__contains": "enam"},
        {"id__in": [second.id]},
        {"owner": "admin", "id__gte": second.id},
    ):
        assert [task.id for task in client.tasks.list(**query)] == [second.id], query
    second.update({"labels": [{"name": "bus"}]})
    assert [label.name for label in second.get_labels()] == ["car", "person", "body", "bus"]
    client.tasks.remove_by_ids([first.id, second.id])
    assert not {first.id, second.id} & {task.id for task in client.tasks.list()}


def test_long_lists_come_in_pages(client: Client) -> None:
    made = [
        client.tasks.create(models.TaskWriteRequest(name=f"page {n}", labels=[{"name": "a"}]))
        for n in range(23)
    ]
    found = client.tasks.list(search="page")
    assert [task.id for task in found] == [task.id for task in reversed(made)]
    client.tasks.remove_by_ids([task.id for task in made])


def test_jobs_are_given_to_people_and_move_on(
    client: Client, make_task: Callable[..., Task], pictures: list[Path]
) -> None:
    task = make_task(pictures, segment_size=3)
    later, earlier = task.get_jobs()
    (user,) = client.users.list(search="adm")
    earlier.update({"assignee": user.id, "state": "in progress"})
    assert (earlier.assignee.username, earlier.state) == ("admin", "in progress")
    earlier.update({"stage": "acceptance"})
    assert (earlier.stage, earlier.state, earlier.status) == ("acceptance", "new", "validation")
    for job in (earlier, later):
        job.update({"stage": "acceptance", "state": "completed"})
    task.fetch()
    assert (task.status, task.jobs.count, task.jobs.completed) == ("completed", 2, 2)
    assert [j.id for j in client.jobs.list(task_id=task.id, state="completed")] == [
        later.id,
        earlier.id,
    ]
    assert client.tasks.list(status="completed", name="wire")[0].id == task.id
    earlier.update({"assignee": None})
    assert earlier.assignee is None
    assert earlier.get_issues() == []
    task.remove()


def test_tasks_of_a_project_share_its_label_classes(client: Client, pictures: list[Path]) -> None:
    project = client.projects.create(
        models.ProjectWriteRequest(name="shared", labels=[{"name": "cat"}, {"name": "dog"}])
    )
    task = client.tasks.create_from_data(
        models.TaskWriteRequest(name="in project", project_id=project.id), pictures[:1]
    )
    assert [label.name for label in task.get_labels()] == ["cat", "dog"]
    assert [each.id for each in project.get_tasks()] == [task.id]
    project.update({"labels": [{"name": "cow"}]})
    assert [label.name for label in task.get_labels()] == ["cat", "dog", "cow"]
    assert task.project_name == "shared"
    project.remove()
    with pytest.raises(exceptions.NotFoundException):
        task.fetch()


def test_frames_can_be_left_out(make_task: Callable[..., Task], pictures: list[Path]) -> None:
    task = make_task(pictures)
    task.remove_frames_by_ids([1, 3])
    assert task.get_meta().deleted_frames == [1, 3]
    assert task.get_frame(1, quality="original").read() == pictures[1].read_bytes()
    task.remove()


def test_a_step_takes_every_second_picture(
    make_task: Callable[..., Task], pictures: list[Path]
) -> None:
    task = make_task(pictures, start_frame=1, frame_step=2)
    assert [frame.name for frame in task.get_frames_info()] == ["picture_1.png", "picture_3.webp"]
    task.remove()


def test_the_sdks_own_dataset_reads_a_task(
    client: Client, make_task: Callable[..., Task], pictures: list[Path], tmp_path: Path
) -> None:
    from cvat_sdk.datasets import MediaDownloadPolicy, TaskDataset

    client.config.cache_dir = tmp_path / "cache"
    task = make_task(pictures, chunk_size=2)
    for policy in (
        MediaDownloadPolicy.PRELOAD_ALL,
        MediaDownloadPolicy.FETCH_FRAMES_ON_DEMAND,
    ):
        dataset: Any = TaskDataset(client, task.id, media_download_policy=policy)
        sizes = [sample.media.load_image().size for sample in dataset.samples]
        assert sizes == [(64 + number, 48) for number in range(5)]
    task.remove()
