"""Pictures of tasks and jobs: single frames, chunks of frames, previews, and what they are."""

from __future__ import annotations

from typing import Any

from fastapi import APIRouter, Request
from starlette.responses import FileResponse, Response

from viewfinder.labelserver.context import Context, Reader, Writer
from viewfinder.labelserver.errors import InvalidRequestError, RefusalError
from viewfinder.labelserver.models import Frame, Job, Task, TaskData, utc_now
from viewfinder.labelserver.presenters import frame_meta
from viewfinder.labelserver.queries import find_job, find_task, require_owner
from viewfinder.labelserver.services.frames import Content, TaskFrames
from viewfinder.labelserver.services.ingest import step_of
from viewfinder.labelserver.wire.messages import DataMeta, DataMetaPatch

__all__ = ["router"]

router = APIRouter(prefix="/api", tags=["media"])
# A frame never changes, but its address may come to mean another one on a fresh database: browsers
# keep it and ask each time whether it is still the same.
_CACHE = {"Cache-Control": "private, no-cache", "Content-Security-Policy": "sandbox"}


def _data(task: Task) -> TaskData:
    if task.data is None or task.data.state != "finished":
        raise InvalidRequestError("The task has no data yet")
    return task.data


def _number(request: Request) -> int | None:
    text = request.query_params.get("number")
    if text is None or text == "":
        return None
    if not text.isascii() or not text.isdigit() or len(text) > 12:
        raise InvalidRequestError("Number is not a valid frame or chunk number")
    return int(text)


def _frames(context: Context, task: Task) -> TaskFrames:
    return context.parts.frames.of(context.session, task, _data(task))


def _sent(content: Content, headers: dict[str, str]) -> Response:
    if content.path is not None:
        return FileResponse(content.path, media_type=content.media_type, headers=headers)
    return Response(content.data, media_type=content.media_type, headers=headers)


def _picture(request: Request, frames: TaskFrames, number: int, quality: int | None) -> Response:
    """A frame's own bytes, or a JPEG of this quality; 304 if the client has it."""
    headers = _CACHE | {"ETag": frames.etag(number, quality)}
    if headers["ETag"] in request.headers.get("if-none-match", ""):
        return Response(status_code=304, headers=headers)
    return _sent(frames.picture(number, quality), headers)


def _answer(context: Context, request: Request, task: Task, job: Job | None) -> Response:
    """``type=frame``, ``type=chunk`` or ``type=preview`` of a task or one of its jobs."""
    data = _data(task)
    query = request.query_params
    first, last = (job.start_frame, job.stop_frame) if job else (0, data.size - 1)
    own = range(first, last + 1) if job is None else job.frame_numbers
    quality = None if query.get("quality") == "original" else data.image_quality
    number = _number(request)
    match query.get("type"):
        case "preview":
            return _preview(context, task, own[0])
        case "frame" | "chunk" if number is None and "index" not in query:
            raise InvalidRequestError("Number is not specified")
        case "frame":
            if number is None or not first <= number <= last:
                raise RefusalError(
                    400, f"The frame number should be in the [{first}, {last}] range"
                )
            if number not in own:
                raise RefusalError(400, f"Frame {number} is not one of the job's frames")
            return _picture(request, _frames(context, task), number, quality)
        case "chunk":
            size = data.chunk_size or context.parts.settings.chunk_size
            start, stop = _chunk_range(request, size, first, last)
            return _sent(
                _frames(context, task).chunk(
                    [at for at in range(start, stop + 1) if at in own], quality
                ),
                _CACHE,
            )
        case _:
            raise InvalidRequestError("Data type not specified or has wrong value")


def _chunk_range(request: Request, size: int, first: int, last: int) -> tuple[int, int]:
    """First and last frame of a chunk: `number` counts in the task, `index` in the job."""
    index = request.query_params.get("index")
    if index is not None:
        if not index.isascii() or not index.isdigit() or int(index) > (last - first) // size:
            raise RefusalError(
                400, f"The chunk index should be in the [0, {(last - first) // size}] range"
            )
        start = first + int(index) * size
        return start, min(start + size - 1, last)
    number = _number(request)
    assert number is not None
    if not first // size <= number <= last // size:
        raise RefusalError(
            400, f"The chunk number should be in  the [{first // size}, {last // size}] range"
        )
    return max(first, number * size), min(last, (number + 1) * size - 1)


def _preview(context: Context, task: Task, number: int) -> Response:
    content = _frames(context, task).preview(number)
    return Response(content, media_type="image/jpeg", headers=_CACHE)


# Read by hand, since CVAT answers in words of its own when one is missing or out of range.
_QUERY: dict[str, Any] = {
    "parameters": [
        {"name": "type", "in": "query", "required": True,
         "schema": {"type": "string", "enum": ["frame", "chunk", "preview"]}},
        {"name": "number", "in": "query", "description": "Of the frame or chunk, in the task",
         "schema": {"type": "integer"}},
        {"name": "index", "in": "query", "description": "Of the chunk, in the job",
         "schema": {"type": "integer"}},
        {"name": "quality", "in": "query",
         "schema": {"type": "string", "enum": ["original", "compressed"], "default": "compressed"}},
    ]
}  # fmt: skip
_PICTURES: dict[int | str, dict[str, object]] = {
    200: {"content": {"image/*": {}, "application/zip": {}}, "description": "The bytes"}
}


@router.get(
    "/tasks/{task_id}/data", response_class=Response, responses=_PICTURES, openapi_extra=_QUERY
)
def get_task_data(
    context: Reader,
    request: Request,
    task_id: int,
) -> Response:
    """A frame or a chunk of frames (a ZIP archive), original or as JPEG."""
    return _answer(context, request, find_task(context, task_id), None)


@router.get(
    "/jobs/{job_id}/data", response_class=Response, responses=_PICTURES, openapi_extra=_QUERY
)
def get_job_data(
    context: Reader,
    request: Request,
    job_id: int,
) -> Response:
    """A frame or a chunk of frames of a job; frames are counted from the beginning of the task."""
    job = find_job(context, job_id)
    return _answer(context, request, job.task, job)


@router.get("/tasks/{task_id}/preview", response_class=Response, responses=_PICTURES)
def get_task_preview(context: Reader, task_id: int) -> Response:
    """A small JPEG of the first frame."""
    task = find_task(context, task_id)
    _data(task)
    return _preview(context, task, 0)


@router.get("/jobs/{job_id}/preview", response_class=Response, responses=_PICTURES)
def get_job_preview(context: Reader, job_id: int) -> Response:
    """A small JPEG of the job's first frame."""
    job = find_job(context, job_id)
    return _preview(context, job.task, job.frame_numbers[0])


def _placeholder(frame: Frame, is_included: bool) -> Frame:
    """The frame, or something in its place: clients count on a row for every number."""
    if is_included:
        return frame
    return Frame(name="placeholder.jpg", width=frame.width, height=frame.height)


def _meta(context: Context, task: Task, job: Job | None) -> DataMeta:
    data = _data(task)
    first, last = (job.start_frame, job.stop_frame) if job else (0, data.size - 1)
    frames = _frames(context, task).rows(range(first, last + 1))
    step = step_of(data.frame_filter)
    included = job.frames if job else None
    if included is not None and data.media_kind == "images":
        frames = [_placeholder(frame, frame.number in included) for frame in frames]
    return DataMeta(
        chunks_updated_date=data.finished_date or data.created_date,
        chunk_size=data.chunk_size,
        size=len(job.frame_numbers) if job else data.size,
        image_quality=data.image_quality,
        start_frame=data.start_frame + first * step,
        stop_frame=data.start_frame + last * step,
        frame_filter=data.frame_filter,
        frames=[frame_meta(frame) for frame in frames],
        deleted_frames=[number for number in data.deleted_frames if first <= number <= last],
        included_frames=included,
        storage="local",
        cloud_storage_id=None,
    )


@router.get("/tasks/{task_id}/data/meta")
def get_task_meta(context: Reader, task_id: int) -> DataMeta:
    """The frames of a task: names and sizes in pixels."""
    return _meta(context, find_task(context, task_id), None)


@router.get("/jobs/{job_id}/data/meta")
def get_job_meta(context: Reader, job_id: int) -> DataMeta:
    """The frames of a job: names and sizes in pixels."""
    job = find_job(context, job_id)
    return _meta(context, job.task, job)


def _leave_out(task: Task, numbers: list[int], first: int, last: int) -> None:
    data = _data(task)
    if any(not first <= number <= last for number in numbers):
        raise InvalidRequestError(f"Frames to leave out must be in the [{first}, {last}] range")
    others = [number for number in data.deleted_frames if not first <= number <= last]
    data.deleted_frames = sorted({*others, *numbers})
    task.updated_date = utc_now()


@router.patch("/tasks/{task_id}/data/meta")
def patch_task_meta(context: Writer, task_id: int, body: DataMetaPatch) -> DataMeta:
    """Say which frames of a task are left out of the work; nothing of them is deleted."""
    task = find_task(context, task_id, lock=True)
    require_owner(context, task)
    _leave_out(task, body.deleted_frames, 0, _data(task).size - 1)
    context.session.flush()
    return _meta(context, task, None)


@router.patch("/jobs/{job_id}/data/meta")
def patch_job_meta(context: Writer, job_id: int, body: DataMetaPatch) -> DataMeta:
    """Say which frames of a job are left out of the work; nothing of them is deleted."""
    job = find_job(context, job_id)
    _leave_out(job.task, body.deleted_frames, job.start_frame, job.stop_frame)
    context.session.flush()
    return _meta(context, job.task, job)
