"""From uploaded files to a task that can be labelled, in the background, all or nothing.

Every file is read to its last pixel. Then the files move to the media folder, and frames, jobs and
the end of the request are written in one transaction. A process that dies in between starts again
from the uploaded files, which are removed last.
"""

from __future__ import annotations

import logging
import random
import re
import shutil
import threading
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from sqlalchemy import delete, select

from viewfinder.labelserver.database import Database
from viewfinder.labelserver.errors import InvalidFieldError, LabelServerError
from viewfinder.labelserver.models import Frame, Task, TaskData, UploadFile, utc_now
from viewfinder.labelserver.services import media, share, uploads
from viewfinder.labelserver.services.layout import Layout, lay_out
from viewfinder.labelserver.services.video import inspect_video, is_video_name
from viewfinder.labelserver.settings import Settings

__all__ = ["VIDEO_INDEX", "Ingest", "frame_path", "in_order", "step_of"]

VIDEO_INDEX = "index.npz"
"""The file beside a video that says where its frames are."""

_STEP = re.compile(r"\s*step\s*=\s*([1-9][0-9]{0,6})\s*\Z")
_PICTURES_AT_A_TIME = 2
"""Pictures that one task decodes beside each other; more would starve those who look at tasks."""
_PICTURES_AT_ONCE = 64
_NUMBERS = re.compile(r"(\d+)")
_log = logging.getLogger(__name__)


def step_of(frame_filter: str) -> int:
    """The step that a frame filter asks for; 1 for none.

    Raises:
        InvalidFieldError: for anything but "step=N"
    """
    if not frame_filter.strip():
        return 1
    match = _STEP.match(frame_filter)
    if match is None:
        raise InvalidFieldError("frame_filter", "Only step=N is understood, with N from 1.")
    return int(match[1])


def _in_layout(read: _Media, laid_out: Layout) -> list[Frame]:
    """The frames with their numbers in the task; a picture may be several of them."""
    if read.kind == "video" or laid_out.order == list(range(read.size)):
        return read.frames
    return [
        Frame(
            task_id=frame.task_id,
            number=number,
            name=frame.name,
            file_name=frame.file_name,
            media_type=frame.media_type,
            width=frame.width,
            height=frame.height,
            digest=frame.digest,
        )
        for number, frame in enumerate(read.frames[place] for place in laid_out.order)
    ]


def in_order(files: Sequence[UploadFile], data: TaskData) -> list[UploadFile]:
    """The files in the order of frames.

    Raises:
        LabelServerError: when the order names files that were not sent, or not all that were
    """
    if data.job_file_mapping is not None:
        data.sorting_method = "predefined"
        data.file_order = [name for names in data.job_file_mapping for name in names]
    match data.sorting_method:
        case "predefined" if data.file_order is not None:
            by_name = {file.name: file for file in files}
            names = [
                name if name in by_name else uploads.base_name(name) for name in data.file_order
            ]
            if sorted(names) != sorted(by_name):
                raise LabelServerError(
                    "upload_file_order must name every uploaded file once; it differs in "
                    f"{sorted(set(names) ^ set(by_name))[:5]}"
                )
            return [by_name[name] for name in names]
        case "predefined":
            return sorted(files, key=lambda file: file.position)
        case "natural":
            return sorted(files, key=lambda file: _natural_key(file.name))
        case "random":
            shuffled = sorted(files, key=lambda file: file.name)
            random.Random(data.task_id).shuffle(shuffled)
            return shuffled
        case _:
            return sorted(files, key=lambda file: file.name)


def _natural_key(name: str) -> list[tuple[int, int, str]]:
    parts = _NUMBERS.split(name)
    return [(0, int(part), "") if part.isdigit() else (1, 0, part) for part in parts]


def frame_path(settings: Settings, frame: Frame) -> Path:
    """Where the picture of a frame is."""
    return settings.media_dir / str(int(frame.task_id)) / frame.file_name


def _place(source: Path, target: Path, *, refers: bool) -> None:
    """Let the file be at the target, too: without copying where the file system can do that."""
    try:
        if refers:
            target.symlink_to(source)
        else:
            target.hardlink_to(source)
    except OSError:
        shutil.copyfile(source, target)


@dataclass(frozen=True, slots=True)
class _Chosen:
    """A file that becomes a frame, or all of them."""

    key: str
    name: str
    share_path: str | None


@dataclass(frozen=True, slots=True)
class _Plan:
    """What is to be read."""

    files: Sequence[_Chosen]
    is_video: bool
    start: int
    stop: int | None
    """The last frame that was asked for; None for all."""
    step: int
    copies: bool
    """Whether files of the share are copied rather than referred to."""


@dataclass(frozen=True, slots=True)
class _Media:
    """What was read."""

    frames: list[Frame]
    size: int
    kind: str


def _refers(file: _Chosen, plan: _Plan) -> bool:
    return file.share_path is not None and not plan.copies


def _plan(ordered: Sequence[UploadFile], data: TaskData) -> _Plan:
    """Which files become frames.

    Raises:
        LabelServerError: when a video comes with other files, or nothing is left
    """
    names = [file.name for file in ordered]
    is_video = any(is_video_name(name) for name in names)
    if is_video and len(names) > 1:
        raise LabelServerError(
            f"A task has one video, or images; {len(names)} files were sent, with "
            f"{next(name for name in names if is_video_name(name))} among them. Make a task for "
            "each video."
        )
    step = step_of(data.frame_filter)
    if not is_video:
        stop = len(ordered) if data.stop_frame is None else data.stop_frame + 1
        ordered = ordered[data.start_frame : stop : step]
    if not ordered:
        raise LabelServerError("No media data found: no file was sent, or none was chosen.")
    files = [_Chosen(file.key, file.name, file.share_path) for file in ordered]
    return _Plan(files, is_video, data.start_frame, data.stop_frame, step, data.copy_data)


class Ingest:
    """Reads the media of tasks in threads of its own; a long video does not hold up the others."""

    def __init__(self, database: Database, settings: Settings) -> None:
        self._database = database
        self._settings = settings
        self._executor = ThreadPoolExecutor(2, thread_name_prefix="ingest")
        self._stopping = threading.Event()

    def start(self, task_id: int) -> None:
        """Read the media of a task whose request was committed as queued."""
        self._executor.submit(self._run, task_id)

    def resume(self) -> None:
        """Go on with what was queued or begun when the server ended; sweep what nobody needs."""
        with self._database.reading() as session:
            waiting = session.scalars(
                select(TaskData.task_id).where(TaskData.state.in_(["queued", "started"]))
            ).all()
            tasks = set(session.scalars(select(Task.id)))
            finished = set(
                session.scalars(select(TaskData.task_id).where(TaskData.state == "finished"))
            )
        self._sweep(self._settings.uploads_dir, tasks - finished)
        self._sweep(self._settings.media_dir, finished)
        self._sweep(self._settings.cache_dir, finished)
        for task_id in waiting:
            self.start(task_id)

    def stop(self) -> None:
        """Stop after the picture in hand; the rest is read after the next start."""
        self._stopping.set()
        self._executor.shutdown(wait=True, cancel_futures=True)

    def _sweep(self, folder: Path, needed: set[int]) -> None:
        for path in folder.iterdir() if folder.is_dir() else ():
            if not path.name.isdigit() or int(path.name) not in needed:
                shutil.rmtree(path, ignore_errors=True)

    def _run(self, task_id: int) -> None:
        try:
            plan = self._begin(task_id)
            if plan is None:
                return
            read = self._read_video(task_id, plan) if plan.is_video else self._read(task_id, plan)
            if read is None:
                return
            self._finish(task_id, read)
            uploads.forget_uploads(self._settings.uploads_dir, task_id)
        except (LabelServerError, OSError) as error:
            self._fail(task_id, str(error))
        except Exception as error:
            _log.exception("reading the media of task %d failed", task_id)
            self._fail(task_id, f"The server failed while reading the media: {error!r}")
            raise

    def _begin(self, task_id: int) -> _Plan | None:
        with self._database.writing() as session:
            data = session.get(TaskData, task_id)
            if data is None or data.state not in {"queued", "started"}:
                return None
            data.state = "started"
            data.started_date = utc_now()
            files = session.scalars(select(UploadFile).where(UploadFile.task_id == task_id)).all()
            return _plan(in_order(files, data), data)

    def _fresh_folder(self, task_id: int) -> Path:
        folder = self._settings.media_dir / str(task_id)
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir(parents=True)
        return folder

    def _source(self, task_id: int, file: _Chosen) -> Path:
        if file.share_path is None:
            return uploads.upload_path(self._settings.uploads_dir, task_id, file.key)
        return share.resolved(self._settings.share_dir, file.share_path)

    def _read(self, task_id: int, plan: _Plan) -> _Media | None:
        """Check and copy every picture; None when the server stops."""
        folder = self._fresh_folder(task_id)
        frames: list[Frame] = []
        paths = [self._source(task_id, file) for file in plan.files]
        pictures = self._inspected(paths, [file.name for file in plan.files])
        for number, (file, path) in enumerate(zip(plan.files, paths, strict=True)):
            picture = next(pictures)
            if picture is None:
                return None
            file_name = f"{number:07d}{picture.ending}"
            _place(path, folder / file_name, refers=_refers(file, plan))
            frames.append(
                Frame(
                    task_id=task_id,
                    number=number,
                    name=file.name,
                    file_name=file_name,
                    media_type=picture.media_type,
                    width=picture.size_wh[0],
                    height=picture.size_wh[1],
                    digest=picture.digest,
                )
            )
            if number % 50 == 49:
                self._note_progress(task_id, (number + 1) / len(plan.files))
        return _Media(frames, len(frames), "images")

    def _inspected(
        self, paths: Sequence[Path], names: Sequence[str]
    ) -> Iterator[media.Picture | None]:
        """What each picture is, some read at a time; None for those that were not, at the end."""

        def inspect(path: Path, name: str) -> media.Picture | None:
            return None if self._stopping.is_set() else media.inspect(path, name)

        with ThreadPoolExecutor(_PICTURES_AT_A_TIME, thread_name_prefix="pictures") as pool:
            for first in range(0, len(paths), _PICTURES_AT_ONCE):
                part = slice(first, first + _PICTURES_AT_ONCE)
                yield from pool.map(inspect, paths[part], names[part])

    def _read_video(self, task_id: int, plan: _Plan) -> _Media | None:
        """Decode and copy a video; None when the server stops."""
        (file,) = plan.files
        path = self._source(task_id, file)

        def go_on(progress: float) -> bool:
            self._note_progress(task_id, progress)
            return not self._stopping.is_set()

        limit = None if plan.stop is None else plan.stop + 1
        read = inspect_video(path, file.name, frame_limit=limit, go_on=go_on)
        if read is None:
            return None
        count = len(read.index.times)
        size = len(range(plan.start, count, plan.step))
        if size == 0:
            raise LabelServerError(
                f"No media data found: {file.name} has {count} frames, and start_frame is "
                f"{plan.start}."
            )
        folder = self._fresh_folder(task_id)
        file_name = f"video{PurePosixPath(file.name).suffix.lower()[:16]}"
        _place(path, folder / file_name, refers=_refers(file, plan))
        read.index.save(folder / VIDEO_INDEX)
        frame = Frame(
            task_id=task_id,
            number=0,
            name=file.name,
            file_name=file_name,
            media_type=read.media_type,
            width=read.size_wh[0],
            height=read.size_wh[1],
            digest=read.digest,
        )
        return _Media([frame], size, "video")

    def _note_progress(self, task_id: int, progress: float) -> None:
        with self._database.writing() as session:
            data = session.get(TaskData, task_id)
            if data is not None:
                data.progress = progress

    def _finish(self, task_id: int, read: _Media) -> None:
        with self._database.writing() as session:
            task = session.get(Task, task_id)
            data = session.get(TaskData, task_id)
            if task is None or data is None:
                # Deleted meanwhile: its media go, too.
                shutil.rmtree(self._settings.media_dir / str(task_id), ignore_errors=True)
                return
            laid_out = lay_out(
                [frame.name for frame in read.frames],
                read.size,
                segment_size=task.segment_size,
                overlap=task.overlap,
                is_video=read.kind == "video",
                file_jobs=data.job_file_mapping,
                validation=data.validation,
            )
            session.add_all(_in_layout(read, laid_out))
            for span in laid_out.spans:
                session.add(span.as_job(task_id))
                # One by one, so that later frames have higher ids.
                session.flush()
            task.mode = "interpolation" if read.kind == "video" else "annotation"
            task.segment_size, task.overlap = laid_out.segment_size, laid_out.overlap
            data.size = len(laid_out.order)
            data.validation = laid_out.validation
            data.media_kind = read.kind
            data.chunk_size = data.chunk_size or self._settings.chunk_size
            data.state, data.message, data.progress = "finished", "", 1.0
            data.finished_date = task.updated_date = utc_now()
            session.execute(delete(UploadFile).where(UploadFile.task_id == task_id))

    def _fail(self, task_id: int, reason: str) -> None:
        uploads.forget_uploads(self._settings.uploads_dir, task_id)
        shutil.rmtree(self._settings.media_dir / str(task_id), ignore_errors=True)
        with self._database.writing() as session:
            data = session.get(TaskData, task_id)
            if data is not None:
                data.state, data.message = "failed", reason
                data.finished_date = utc_now()
                session.execute(delete(UploadFile).where(UploadFile.task_id == task_id))
