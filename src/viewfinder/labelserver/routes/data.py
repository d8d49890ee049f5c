"""Media on their way in, in every way that CVAT's clients send them.

``Upload-Start``, then files in bulk (``Upload-Multiple``) or in resumable pieces (TUS), then
``Upload-Finish``; or everything in a single multipart request.
"""

from __future__ import annotations

import base64
import binascii
import json
import re
from typing import Any
from uuid import UUID

from fastapi import APIRouter, Request
from pydantic import ValidationError
from sqlalchemy import delete, select
from starlette.concurrency import run_in_threadpool
from starlette.responses import Response

from viewfinder.labelserver.answers import CvatResponse, field_errors
from viewfinder.labelserver.context import Context, parts_of, reading, writing
from viewfinder.labelserver.errors import InvalidFieldError, InvalidRequestError, RefusalError
from viewfinder.labelserver.models import TaskData, UploadFile, utc_now
from viewfinder.labelserver.multipart import Form, receive_form
from viewfinder.labelserver.queries import find_task, require_owner
from viewfinder.labelserver.services import share, uploads
from viewfinder.labelserver.services.ingest import step_of
from viewfinder.labelserver.wire.messages import DataIn, DataRequestOut

__all__ = ["router"]

router = APIRouter(prefix="/api/tasks", tags=["media"])
_TUS = {
    "Tus-Resumable": "1.0.0",
    "Tus-Version": "1.0.0",
    "Tus-Extension": "creation",
    "Access-Control-Expose-Headers": "Tus-Resumable,Upload-Length,Upload-Metadata,Location,"
    "Upload-Offset,Upload-Filename",
}
_MAX_DRAINED_BYTES = 2**30
_INDEXED = re.compile(r"(.+)\[(\d{1,9})\]\Z")


def _content_kind(request: Request) -> str:
    return request.headers.get("content-type", "").partition(";")[0].strip().lower()


@router.post("/{task_id}/data", status_code=202, response_model=DataRequestOut)
async def post_data(request: Request, task_id: int) -> Response:
    """Send media: one step of an upload, or all of them at once."""
    try:
        await run_in_threadpool(_check_open, request, task_id)
    except RefusalError:
        await _drain(request)
        raise
    headers = request.headers
    if "upload-start" in headers:
        await run_in_threadpool(_start, request, task_id)
        return Response(status_code=202)
    if "upload-length" in headers:
        return await run_in_threadpool(_announce, request, task_id)
    if "upload-multiple" in headers:
        form = await _form(request, task_id)
        await run_in_threadpool(_keep_files, request, task_id, form)
        return Response(status_code=200)
    match _content_kind(request):
        case "multipart/form-data":
            form = await _form(request, task_id)
            try:
                wanted = _wanted(_form_fields(form))
            except RefusalError:
                form.discard()
                raise
            await run_in_threadpool(_keep_files, request, task_id, form)
        case "application/json" | "":
            wanted = _wanted(await _json_fields(request))
        case kind:
            raise RefusalError(415, {"detail": f'Unsupported media type "{kind}" in request.'})
    return await run_in_threadpool(_finish, request, task_id, wanted)


@router.head("/{task_id}/data/{upload_id:uuid}", include_in_schema=False)
def head_upload(request: Request, task_id: int, upload_id: UUID) -> Response:
    """How many bytes of an announced file are there."""
    key = str(upload_id)
    with reading(request) as context:
        find_task(context, task_id)
        upload = uploads.upload_of(context.session, task_id, key)
        offset = _offset(context, task_id, key)
    return Response(
        status_code=200,
        headers=_TUS
        | {
            "Upload-Offset": str(offset),
            "Upload-Length": str(upload.length),
            "Cache-Control": "no-store",
        },
    )


@router.patch("/{task_id}/data/{upload_id:uuid}", status_code=204)
async def patch_upload(request: Request, task_id: int, upload_id: UUID) -> Response:
    """The next bytes of an announced file; `Upload-Offset` says where they belong."""
    key = str(upload_id)
    sent_offset = request.headers.get("upload-offset", "")
    if not sent_offset.isascii() or not sent_offset.isdigit():
        raise RefusalError(400, {"detail": "The header Upload-Offset is missing."})
    parts = parts_of(request)
    length, name = await run_in_threadpool(_expected, request, task_id, key)
    if key in parts.active_uploads:
        raise RefusalError(423, {"detail": "Another request is writing to this upload."})
    parts.active_uploads.add(key)
    try:
        path = uploads.upload_path(parts.settings.uploads_dir, task_id, key)
        offset = path.stat().st_size if path.exists() else 0
        if int(sent_offset) != offset:
            raise RefusalError(
                409,
                {"detail": f"This upload goes on at byte {offset}."},
                headers=_TUS | {"Upload-Offset": str(offset)},
            )
        with path.open("ab") as file:
            async for chunk in request.stream():
                offset += len(chunk)
                if offset > length:
                    raise RefusalError(413, {"detail": f"More than {length} bytes were sent."})
                await run_in_threadpool(file.write, chunk)
    finally:
        parts.active_uploads.discard(key)
    if offset == length:
        await run_in_threadpool(_complete, request, task_id, key)
    headers = _TUS | {"Upload-Offset": str(offset), "Upload-Filename": _header_text(name)}
    return Response(status_code=204, headers=headers)


async def _drain(request: Request) -> None:
    """Let a client finish its sentence: many do not hear a refusal while they are sending."""
    left = _MAX_DRAINED_BYTES
    async for chunk in request.stream():
        left -= len(chunk)
        if left < 0:
            return


def _own_task(context: Context, task_id: int) -> None:
    require_owner(context, find_task(context, task_id))


def _check_open(request: Request, task_id: int) -> None:
    """Refuse before the body is read, so that nothing is sent for nothing."""
    with reading(request) as context:
        _own_task(context, task_id)
        data = context.session.get(TaskData, task_id)
        if data is not None and data.state not in {"uploading", "failed"}:
            raise RefusalError(400, "Adding more data is not supported")


def _start(request: Request, task_id: int) -> None:
    """A new upload begins: what an earlier one left behind does not belong to it."""
    with writing(request) as context:
        _own_task(context, task_id)
        data = uploads.open_data(context.session, task_id)
        data.state = "uploading"
        context.session.execute(delete(UploadFile).where(UploadFile.task_id == task_id))
    uploads.forget_uploads(parts_of(request).settings.uploads_dir, task_id)


def _offset(context: Context, task_id: int, key: str) -> int:
    path = uploads.upload_path(context.parts.settings.uploads_dir, task_id, key)
    return path.stat().st_size if path.exists() else 0


def _expected(request: Request, task_id: int, key: str) -> tuple[int, str]:
    with reading(request) as context:
        _own_task(context, task_id)
        upload = uploads.upload_of(context.session, task_id, key)
        return upload.length, upload.name


def _complete(request: Request, task_id: int, key: str) -> None:
    with writing(request) as context:
        _own_task(context, task_id)
        uploads.finish_file(context.session, task_id, key)


def _header_text(text: str) -> str:
    return text.encode("ascii", "backslashreplace").decode()


def _announce(request: Request, task_id: int) -> Response:
    settings = parts_of(request).settings
    text = request.headers["upload-length"]
    if not text.isascii() or not text.isdigit() or int(text) > settings.max_upload_bytes:
        raise RefusalError(
            413, {"detail": f"A file can have up to {settings.max_upload_bytes} bytes."}
        )
    client_path = _metadata(request.headers.get("upload-metadata", "")).get("filename", "")
    key, path = uploads.new_upload_path(settings.uploads_dir, task_id)
    path.touch()
    with writing(request) as context:
        _own_task(context, task_id)
        uploads.open_data(context.session, task_id).state = "uploading"
        older = uploads.announce(context.session, task_id, client_path, int(text), key)
        location = context.links.api(f"tasks/{task_id}/data/{key}")
    if older is not None:
        uploads.upload_path(settings.uploads_dir, task_id, older.key).unlink(missing_ok=True)
    name = _header_text(uploads.base_name(client_path))
    headers = _TUS | {"Location": location, "Upload-Filename": name, "Upload-Offset": "0"}
    return Response(status_code=201, headers=headers)


def _metadata(header: str) -> dict[str, str]:
    """TUS metadata: words and base64 values, separated by commas."""
    result: dict[str, str] = {}
    for pair in header.split(","):
        name, _, value = pair.strip().partition(" ")
        try:
            result[name] = base64.b64decode(value, validate=True).decode()
        except (binascii.Error, UnicodeDecodeError) as error:
            raise RefusalError(400, {"detail": "Upload-Metadata can't be read."}) from error
    return result


async def _form(request: Request, task_id: int) -> Form:
    if _content_kind(request) != "multipart/form-data":
        kind = _content_kind(request)
        raise RefusalError(415, {"detail": f'Unsupported media type "{kind}" in request.'})
    settings = parts_of(request).settings
    return await receive_form(
        request.headers["content-type"],
        request.stream(),
        lambda: uploads.new_upload_path(settings.uploads_dir, task_id),
        max_file_bytes=settings.max_upload_bytes,
    )


def _keep_files(request: Request, task_id: int, form: Form) -> None:
    """Note the files of a form; if they can't be kept, their bytes go."""
    settings = parts_of(request).settings
    received = []
    for position, file in enumerate(form.files):
        match = _INDEXED.match(file.field)
        index = int(match[2]) if match else position
        received.append(uploads.Received(file.key, file.client_path, index, file.length))
    try:
        with writing(request) as context:
            _own_task(context, task_id)
            uploads.open_data(context.session, task_id).state = "uploading"
            obsolete = uploads.add_received(context.session, task_id, received)
    except BaseException:
        form.discard()
        raise
    for key in obsolete:
        uploads.upload_path(settings.uploads_dir, task_id, key).unlink(missing_ok=True)


def _form_fields(form: Form) -> dict[str, Any]:
    """Fields of a form as a JSON body would have them: ``name[0]``, ``name[1]`` make a list."""
    fields: dict[str, Any] = {}
    lists: dict[str, list[tuple[int, str]]] = {}
    for name, values in form.fields.items():
        match = _INDEXED.match(name)
        if match:
            lists.setdefault(match[1], []).extend((int(match[2]), value) for value in values)
        elif name in {"server_files", "remote_files", "upload_file_order"}:
            lists.setdefault(name, []).extend(enumerate(values))
        elif values[-1] != "":
            fields[name] = values[-1]
    for name, indexed in lists.items():
        fields[name] = [value for _, value in sorted(indexed)]
    return fields


async def _json_fields(request: Request) -> dict[str, Any]:
    raw = await request.body()
    try:
        fields = json.loads(raw) if raw else {}
    except ValueError as error:
        raise RefusalError(400, {"detail": f"JSON parse error - {error}"}) from error
    if not isinstance(fields, dict):
        raise RefusalError(400, {"non_field_errors": ["Invalid data. Expected a dictionary."]})
    return fields


def _wanted(fields: dict[str, Any]) -> DataIn:
    try:
        wanted = DataIn.model_validate(fields)
    except ValidationError as error:
        raise RefusalError(400, field_errors(error.errors(include_url=False))) from error
    if wanted.remote_files or wanted.cloud_storage_id is not None:
        raise InvalidRequestError(
            "This server takes files from the client and from its share, not from clouds or "
            "addresses."
        )
    if wanted.stop_frame is not None and wanted.stop_frame < wanted.start_frame:
        raise InvalidFieldError("stop_frame", "It is before start_frame.")
    step_of(wanted.frame_filter)
    return wanted


def _finish(request: Request, task_id: int, wanted: DataIn) -> Response:
    """The upload is complete: have it read in the background."""
    with writing(request) as context:
        _own_task(context, task_id)
        session = context.session
        data = uploads.open_data(session, task_id)
        sent = session.scalars(
            select(UploadFile).where(UploadFile.task_id == task_id).order_by(UploadFile.position)
        ).all()
        share_dir = context.parts.settings.share_dir
        shared = share.files_of(share_dir, wanted.server_files, wanted.server_files_exclude)
        files = [*sent, *uploads.add_shared(session, task_id, shared)]
        cut = [file.name for file in files if not file.complete]
        if cut:
            raise InvalidRequestError(f"These files have not arrived completely: {cut[:5]}")
        data.image_quality = wanted.image_quality
        data.chunk_size = wanted.chunk_size
        data.sorting_method = wanted.sorting_method
        if context.parts.settings.cvat_version < (2, 4, 6):
            data.sorting_method = "lexicographical"
        data.file_order = wanted.upload_file_order or None
        data.start_frame = wanted.start_frame
        data.stop_frame = wanted.stop_frame
        data.frame_filter = wanted.frame_filter
        data.use_zip_chunks = wanted.use_zip_chunks
        data.copy_data = wanted.copy_data
        data.job_file_mapping = wanted.job_file_mapping
        params = wanted.validation_params
        data.validation = None if params is None else params.model_dump(exclude_none=True)
        data.requested_by_id = context.user.id
        data.state, data.message, data.progress = "queued", "", 0.0
        data.created_date, data.started_date, data.finished_date = utc_now(), None, None
        names = [file.name for file in sent]
    parts_of(request).start_reading(task_id)
    knows_requests = parts_of(request).settings.cvat_version >= (2, 16)
    request_id = {"rq_id": f"action=create&target=task&id={task_id}"} if knows_requests else {}
    return CvatResponse(
        wanted.model_dump(
            exclude={
                "upload_file_order",
                "job_file_mapping",
                "cloud_storage_id",
                "stop_frame",
                "validation_params",
            }
        )
        | {
            "stop_frame": wanted.stop_frame or 0,
            "client_files": names,
            "storage_method": "file_system",
            "storage": "local",
        }
        | request_id,
        status_code=202,
    )
