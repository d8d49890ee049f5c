"""Labels of tasks and jobs: read, replaced, added to, changed, deleted."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from datetime import timedelta
from typing import Annotated

from fastapi import APIRouter, Depends, Header, Request
from pydantic import ValidationError
from sqlalchemy import delete, select
from sqlalchemy.orm import Session
from starlette.responses import Response

from viewfinder.labelserver.answers import CvatResponse, field_errors, json_bytes
from viewfinder.labelserver.context import Context, Reader, Writer, parts_of, require_signed_in
from viewfinder.labelserver.errors import InvalidRequestError, RefusalError
from viewfinder.labelserver.models import Job, SavedAnswer, utc_now
from viewfinder.labelserver.queries import find_job, find_task
from viewfinder.labelserver.services import label_store
from viewfinder.labelserver.services.label_scope import Scope
from viewfinder.labelserver.wire.annotations import LabeledData
from viewfinder.labelserver.wire.labels import Labels, decode_labels

__all__ = ["router"]


_Write = Callable[[Session, Scope, Labels], Labels]
_ACTIONS: dict[str, _Write] = {
    "create": label_store.create,
    "update": label_store.change_some,
    "delete": label_store.delete_some,
}
_ANSWERS_KEPT = timedelta(days=1)


async def _labeled_data(request: Request) -> tuple[Labels, bytes]:
    """The body, checked.

    It is the first thing a route asks for, so that the write lock is not held while a slow client
    sends it; and it is checked from its bytes, which is much faster for a hundred thousand shapes.
    """
    limit = parts_of(request).settings.max_labels_bytes
    raw = bytearray()
    async for chunk in request.stream():
        raw += chunk
        if len(raw) > limit:
            raise RefusalError(413, {"detail": f"Labels can have up to {limit} bytes a request."})
    try:
        labels = decode_labels(raw)
    except ValidationError as error:
        errors = error.errors(include_url=False)
        if errors and errors[0]["type"] == "json_invalid":
            reason = errors[0]["ctx"]["error"]
            raise RefusalError(400, {"detail": f"JSON parse error - {reason}"}) from error
        raise RefusalError(400, field_errors(errors)) from error
    if parts_of(request).settings.cvat_version < (2, 3):
        _refuse_masks(labels)
    return labels, bytes(raw)


def _refuse_masks(labels: Labels) -> None:
    """Before release 2.3, CVAT had none."""
    if any(shape.type == "mask" for shape in labels.shapes):
        wrong: dict[str, list[str]] = {"type": ['"mask" is not a valid choice.']}
        raise RefusalError(
            400, {"shapes": [wrong if shape.type == "mask" else {} for shape in labels.shapes]}
        )


_Sent = Annotated[tuple[Labels, bytes], Depends(_labeled_data)]
_Key = Annotated[
    str | None,
    Header(
        alias="Idempotency-Key",
        max_length=128,
        description="Sent again with the same key within a day, a write is not done again: the "
        "first answer is given.",
    ),
]


def _refuse_files(request: Request) -> None:
    """Labels come and go as JSON only.

    Raises:
        InvalidRequestError: when a file format is asked for
    """
    if "format" in request.query_params:
        raise InvalidRequestError("Unknown format specified for the request")


router = APIRouter(
    prefix="/api",
    tags=["annotations"],
    dependencies=[Depends(_refuse_files), Depends(require_signed_in)],
)


def _of_task(context: Context, task_id: int, *, lock: bool = False) -> Scope:
    task = find_task(context, task_id, lock=lock)
    jobs = context.session.scalars(
        select(Job)
        .where(Job.task_id == task_id, Job.type == "annotation")
        .order_by(Job.start_frame, Job.id)
    ).all()
    return Scope(task=task, jobs=jobs, is_job=False)


def _of_job(context: Context, job_id: int, *, lock: bool = False) -> Scope:
    job = find_job(context, job_id)
    task = find_task(context, job.task_id, lock=lock)
    return Scope(task=task, jobs=[job], is_job=True)


def _written(
    context: Context,
    scope: Scope,
    write: _Write,
    sent: tuple[Labels, bytes],
    key: str | None,
) -> Response:
    """Write once, even if the client sends the same request again with the same key."""
    data, raw = sent
    session = context.session
    if not key:
        return CvatResponse(write(session, scope, data))
    about = f"{scope.task.id}/{scope.job_ids}/{write.__name__}/".encode()
    digest = hashlib.sha256(about + raw).hexdigest()
    saved = session.get(SavedAnswer, (key, context.user.id))
    if saved is not None:
        if saved.request_digest != digest:
            raise InvalidRequestError("This Idempotency-Key was used for another request")
        return CvatResponse(saved.body)
    body = json_bytes(write(session, scope, data))
    session.execute(delete(SavedAnswer).where(SavedAnswer.created_date < utc_now() - _ANSWERS_KEPT))
    session.add(SavedAnswer(key=key, user_id=context.user.id, request_digest=digest, body=body))
    return CvatResponse(body)


def _action(name: str | None) -> _Write:
    write = _ACTIONS.get(name or "")
    if write is None:
        raise InvalidRequestError("Please specify a correct 'action' for the request")
    return write


_BODY = {
    "requestBody": {
        "required": True,
        "content": {"application/json": {"schema": {"$ref": "#/components/schemas/LabeledData"}}},
    }
}


@router.get("/tasks/{task_id}/annotations", response_model=LabeledData)
def get_task_annotations(context: Reader, task_id: int) -> Response:
    """All labels of a task, those of its jobs together."""
    scope = _of_task(context, task_id)
    if scope.task.data is None:
        raise RefusalError(400, "Exporting annotations from a task without data is not allowed")
    return CvatResponse(label_store.read(context.session, scope))


@router.put("/tasks/{task_id}/annotations", response_model=LabeledData, openapi_extra=_BODY)
def put_task_annotations(sent: _Sent, context: Writer, task_id: int, key: _Key = None) -> Response:
    """Replace all labels of a task."""
    scope = _of_task(context, task_id, lock=True)
    return _written(context, scope, label_store.replace, sent, key)


@router.patch("/tasks/{task_id}/annotations", response_model=LabeledData, openapi_extra=_BODY)
def patch_task_annotations(
    sent: _Sent, context: Writer, task_id: int, action: str | None = None, key: _Key = None
) -> Response:
    """Add, change or delete some labels of a task; `action` is create, update or delete."""
    scope = _of_task(context, task_id, lock=True)
    return _written(context, scope, _action(action), sent, key)


@router.delete("/tasks/{task_id}/annotations", status_code=204)
def delete_task_annotations(context: Writer, task_id: int) -> None:
    """Delete all labels of a task."""
    label_store.delete_all(context.session, _of_task(context, task_id, lock=True))


@router.get("/jobs/{job_id}/annotations", response_model=LabeledData)
def get_job_annotations(context: Reader, job_id: int) -> Response:
    """All labels of a job; frames are counted from the beginning of the task."""
    return CvatResponse(label_store.read(context.session, _of_job(context, job_id)))


@router.put("/jobs/{job_id}/annotations", response_model=LabeledData, openapi_extra=_BODY)
def put_job_annotations(sent: _Sent, context: Writer, job_id: int, key: _Key = None) -> Response:
    """Replace all labels of a job."""
    scope = _of_job(context, job_id, lock=True)
    return _written(context, scope, label_store.replace, sent, key)


@router.patch("/jobs/{job_id}/annotations", response_model=LabeledData, openapi_extra=_BODY)
def patch_job_annotations(
    sent: _Sent, context: Writer, job_id: int, action: str | None = None, key: _Key = None
) -> Response:
    """Add, change or delete some labels of a job; `action` is create, update or delete."""
    scope = _of_job(context, job_id, lock=True)
    return _written(context, scope, _action(action), sent, key)


@router.delete("/jobs/{job_id}/annotations", status_code=204)
def delete_job_annotations(context: Writer, job_id: int) -> None:
    """Delete all labels of a job."""
    label_store.delete_all(context.session, _of_job(context, job_id, lock=True))
