"""Files on their way in: each is streamed to the uploads folder and known by its length on disk.

A resumed upload goes on where the file on disk ends, whatever died in between. Names that clients
give are kept for people; on disk a file is called by a random key, so no name can lead elsewhere.
"""

from __future__ import annotations

import shutil
import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from viewfinder.labelserver.errors import (
    InvalidFieldError,
    InvalidRequestError,
    NotFoundError,
    RefusalError,
)
from viewfinder.labelserver.models import TaskData, UploadFile

__all__ = [
    "Received",
    "add_received",
    "add_shared",
    "announce",
    "base_name",
    "finish_file",
    "forget_uploads",
    "new_upload_path",
    "open_data",
    "upload_of",
    "upload_path",
]

_CONTAINER_ENDINGS = frozenset(
    [".7z", ".bz2", ".gz", ".pcd", ".pdf", ".rar", ".tar", ".tgz", ".xz", ".zip"]
)
_OPEN_STATES = frozenset({"uploading", "failed"})


@dataclass(frozen=True, slots=True)
class Received:
    """One file of a multipart request, as it lies in the uploads folder."""

    key: str
    """Its name on disk."""
    client_path: str
    """The name or path that the client gave."""
    index: int
    """The client's number of the file in its request."""
    length: int
    """Bytes."""


def base_name(client_path: str) -> str:
    """The last part of a path of any system, which is what a frame is called.

    Raises:
        InvalidFieldError: when nothing is left
    """
    name = PurePosixPath(client_path.replace("\\", "/")).name
    if name in {"", ".", ".."} or "\0" in name or len(name) > 1024:
        raise InvalidFieldError("client_files", f"{client_path!r} is no file name.")
    ending = PurePosixPath(name).suffix.lower()
    if ending in _CONTAINER_ENDINGS:
        raise InvalidRequestError(
            f"{name}: archives and documents are not unpacked by this server. Send the images."
        )
    return name


def open_data(session: Session, task_id: int) -> TaskData:
    """The media record of a task that still takes files; made at the first one.

    Raises:
        RefusalError: 400 when the task has its media already, or they are being read
    """
    data = session.get(TaskData, task_id, with_for_update=True)
    if data is None:
        data = TaskData(task_id=task_id, state="uploading")
        session.add(data)
        session.flush()
    if data.state not in _OPEN_STATES:
        raise RefusalError(400, "Adding more data is not supported")
    return data


def task_folder(uploads_dir: Path, task_id: int) -> Path:
    """The folder for the uploads of a task."""
    return uploads_dir / str(int(task_id))


def upload_path(uploads_dir: Path, task_id: int, key: str) -> Path:
    """Where the bytes of an upload are."""
    return task_folder(uploads_dir, task_id) / str(uuid.UUID(key))


def new_upload_path(uploads_dir: Path, task_id: int) -> tuple[str, Path]:
    """A fresh key and the path for its bytes."""
    key = str(uuid.uuid4())
    path = upload_path(uploads_dir, task_id, key)
    path.parent.mkdir(parents=True, exist_ok=True)
    return key, path


def _next_position(session: Session, task_id: int) -> int:
    highest = session.scalar(
        select(func.max(UploadFile.position)).where(UploadFile.task_id == task_id)
    )
    return 0 if highest is None else highest + 1


def _older(session: Session, task_id: int, client_path: str) -> UploadFile | None:
    """The file that the client sent from the same path before."""
    return session.scalars(
        select(UploadFile).where(
            UploadFile.task_id == task_id, UploadFile.client_path == client_path
        )
    ).first()


def _free_name(session: Session, task_id: int, client_path: str) -> str:
    """What a new file is called: the last part of its path, or all of it where that is taken.

    Raises:
        InvalidFieldError: when both are
    """
    name = base_name(client_path)
    for candidate in dict.fromkeys([name, _relative(client_path)]):
        taken = select(UploadFile.key).where(
            UploadFile.task_id == task_id, UploadFile.name == candidate
        )
        if session.scalars(taken).first() is None:
            return candidate
    raise _same_name(name)


def _same_name(name: str) -> InvalidFieldError:
    return InvalidFieldError(
        "client_files",
        f"Two files are called {name!r}. Rename one, so that none takes the other's place.",
    )


def _relative(client_path: str) -> str:
    """A path of any system as one in a folder of ours; it is a name and leads nowhere."""
    parts = PurePosixPath(client_path.replace("\\", "/")).parts
    kept = [part for part in parts if part not in {"/", "..", "."} and not part.endswith(":")]
    return "/".join(kept)[-1024:]


def add_received(session: Session, task_id: int, files: Sequence[Received]) -> list[str]:
    """Note the files of a finished request; the same file sent again takes the older one's place.

    Returns:
        the keys of the older files, whose bytes are no longer needed

    Raises:
        InvalidFieldError: when two files have one name
    """
    obsolete: list[str] = []
    position = _next_position(session, task_id)
    seen: set[str] = set()
    for file in sorted(files, key=lambda file: file.index):
        if file.client_path in seen:
            raise _same_name(file.client_path)
        seen.add(file.client_path)
        older = _older(session, task_id, file.client_path)
        name = _free_name(session, task_id, file.client_path) if older is None else older.name
        if older is not None:
            obsolete.append(older.key)
            session.delete(older)
            session.flush()
        session.add(
            UploadFile(
                key=file.key,
                task_id=task_id,
                name=name,
                client_path=file.client_path,
                position=older.position if older is not None else position,
                length=file.length,
                complete=True,
            )
        )
        position += 1
    session.flush()
    return obsolete


def add_shared(
    session: Session, task_id: int, files: Sequence[tuple[str, int]]
) -> list[UploadFile]:
    """Note files of the share; in the task they are called by their path in it.

    Args:
        session: writing
        task_id: the task
        files: (path in the share, bytes)
    """
    position = _next_position(session, task_id)
    added = [
        UploadFile(
            key=str(uuid.uuid4()),
            task_id=task_id,
            name=path,
            client_path=path,
            position=position + at,
            length=length,
            complete=True,
            share_path=path,
        )
        for at, (path, length) in enumerate(files)
    ]
    session.add_all(added)
    session.flush()
    return added


def announce(
    session: Session, task_id: int, client_path: str, length: int, key: str
) -> UploadFile | None:
    """Note a file that will come in pieces.

    Returns:
        the older, unfinished or identical upload of that path, whose place this one takes

    Raises:
        InvalidFieldError: when another file has its name
    """
    older = _older(session, task_id, client_path)
    name = _free_name(session, task_id, client_path) if older is None else older.name
    position = older.position if older is not None else _next_position(session, task_id)
    if older is not None:
        session.delete(older)
        session.flush()
    session.add(
        UploadFile(
            key=key,
            task_id=task_id,
            name=name,
            client_path=client_path,
            position=position,
            length=length,
            complete=length == 0,
        )
    )
    return older


def upload_of(session: Session, task_id: int, key: str) -> UploadFile:
    """An announced upload.

    Raises:
        NotFoundError: when there is none of that key in that task
    """
    upload = session.get(UploadFile, key)
    if upload is None or upload.task_id != task_id:
        raise NotFoundError
    return upload


def finish_file(session: Session, task_id: int, key: str) -> None:
    """Note that all bytes of an announced upload are there."""
    upload_of(session, task_id, key).complete = True


def forget_uploads(uploads_dir: Path, task_id: int) -> None:
    """Remove the bytes of all uploads of a task; the next start sweeps what stays behind."""
    shutil.rmtree(task_folder(uploads_dir, task_id), ignore_errors=True)
