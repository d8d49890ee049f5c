"""Packs on their way to a CVAT server: the task, its media, its labels and its people.

A task that was begun before (by a process that is gone) is gone on with: media that is there is not
sent again, and of its labels only those that are missing.
"""

from __future__ import annotations

from collections.abc import Callable, MutableMapping, Sequence
from typing import cast, get_args

import msgspec

from viewfinder.annotate.backends.base import ProjectPlace
from viewfinder.annotate.backends.cvat_labels import drafts_of, put_labels
from viewfinder.annotate.options import TaskOptions
from viewfinder.annotate.out.classes import Project
from viewfinder.annotate.out.pack import Pack, PackedVideo
from viewfinder.annotate.record import SentFrame, SentTask
from viewfinder.annotate.schema import LabelSchema
from viewfinder.cvat import wire
from viewfinder.cvat.client import CvatClient
from viewfinder.cvat.frame_map import FrameMap
from viewfinder.cvat.tools import (
    LABEL_ID,
    NATIVE_TOOLS,
    AttributeTool,
    ServerClasses,
    ToolType,
    new_class,
)
from viewfinder.cvat.upload import DataOptions, ImageFile
from viewfinder.errors import AnnotationError, ServerFailedError

__all__ = ["CvatSender"]

_TYPES = frozenset(get_args(ToolType)) - NATIVE_TOOLS


class CvatSender:
    """Sends packs to one server.

    Args:
        client: a signed-in connection
        options: how tasks are made
    """

    def __init__(self, client: CvatClient, options: TaskOptions) -> None:
        self._client = client
        self._options = options
        self._project_id = options.project_id

    def project(self) -> Project | None:
        """The project that tasks go into, if it is there already.

        Raises:
            AnnotationError: there is no project of the number that was asked for
        """
        name, number = self._options.project_name, self._options.project_id
        if number is not None:
            found = self._client.project(number)
            if found is None:
                raise AnnotationError(
                    f"There is no project {number} on the label server at {self._client.url}. "
                    "Correct project_id; nothing was sent."
                )
        else:
            found = None if name is None else self._client.find_project(name)
        if found is None:
            return None
        self._project_id = found.id
        labels = self._client.labels(project_id=found.id)
        return Project(found.name, {label.name: _tools_of(label) for label in labels})

    def check_people(self) -> None:
        """Makes sure that everybody who is to get work is known.

        Raises:
            AnnotationError: a person is not
        """
        assignees = self._options.task_assignee or ()
        names = [assignees] if isinstance(assignees, str) else list(assignees)
        for name in (*names, *(self._options.job_assignees or ())):
            if self._client.find_user(name) is None:
                raise AnnotationError(
                    f"There is no user '{name}' on the label server at {self._client.url}. Correct "
                    "task_assignee or job_assignees; nothing was sent."
                )

    def ensure_project(self, schema: LabelSchema) -> ProjectPlace | None:
        """The project that tasks go into, made where it is not there."""
        name = self._options.project_name
        if self._project_id is None and name is not None:
            found = self._client.find_project(name)
            if found is None:
                made = self._client.create_project(name, _new_classes(schema))
                self._project_id = made.id
                return ProjectPlace(made.id, made=True)
            self._project_id = found.id
        return None if self._project_id is None else ProjectPlace(self._project_id, made=False)

    def begun(self, name: str, known: Sequence[int]) -> int | None:
        """A task of ours of that name without media, which no record knows; None for none."""
        for task in self._client.find_tasks(name):
            ours = task.owner is None or wire.is_user(task.owner, self._client.user)
            if ours and task.id not in known and not task.size:
                return task.id
        return None

    def send(
        self,
        pack: Pack,
        schema: LabelSchema,
        *,
        number: int,
        keep: Callable[[SentTask], None],
        places: Callable[[int], MutableMapping[str, str]],
        advance: Callable[[int], None],
        begun: int | None = None,
    ) -> SentTask:
        """Makes a task out of a pack, or goes on with one; see ``Backend.send``."""
        task_id = self._create(pack, schema, number) if begun is None else begun
        sent = SentTask(
            task_id=task_id,
            name=pack.name,
            frames=_planned(pack),
            is_video=pack.video is not None,
            top_index={} if pack.video is None else dict(pack.video.top_index),
        )
        keep(sent)
        meta = self._media(task_id, pack, places(task_id), advance, fresh=begun is None)
        frames = self._frames(sent, meta) if pack.video is None else _of_video(pack.video, meta)
        classes = ServerClasses(self._client.labels(task_id=task_id))
        jobs = self._client.jobs(task_id)
        labels, objects = put_labels(
            self._client,
            task_id,
            drafts_of(pack, schema, frames, classes),
            classes,
            {job.id: range(job.start_frame, job.stop_frame + 1) for job in jobs},
            fresh=begun is None,
        )
        self._assign(jobs)
        complete = msgspec.structs.replace(
            sent,
            frames=frames,
            complete=True,
            job_ids=[job.id for job in jobs],
            classes=_class_owners(schema, classes),
            attributes=classes.attribute_names,
            labels=labels,
            objects=objects,
        )
        keep(complete)
        return complete

    def _create(self, pack: Pack, schema: LabelSchema, number: int) -> int:
        options = self._options
        assignee = _in_turn(options.task_assignee, number)
        user = None if assignee is None else self._client.find_user(assignee)
        task = self._client.create_task(
            pack.name,
            () if self._project_id is not None else _new_classes(schema),
            project_id=self._project_id,
            segment_size=options.segment_size,
            bug_tracker=_in_turn(options.issue_tracker, number),
            assignee_id=None if user is None else user.id,
        )
        return task.id

    def _media(
        self,
        task_id: int,
        pack: Pack,
        places: MutableMapping[str, str],
        advance: Callable[[int], None],
        *,
        fresh: bool,
    ) -> wire.DataMeta:
        """Sends images or video, unless the server has them or is reading them already."""
        if not fresh and self._client.media_state(task_id) in {"reading", "read"}:
            meta = self._client.wait_for_media(task_id)
            advance(len(pack.media))
            return meta
        video = pack.video
        options = DataOptions(
            image_quality=self._options.image_quality,
            use_cache=self._options.use_cache,
            use_zip_chunks=self._options.use_zip_chunks,
            chunk_frames=self._options.chunk_size,
            start_frame=None if video is None else video.frames.start,
            stop_frame=None if video is None else video.frames.stop,
            frame_step=1 if video is None else video.frames.step,
        )
        files = [ImageFile(image.filepath, image.name) for image in pack.media]
        if self._options.server_files is not None:
            names = [file.name for file in files]
            meta = self._client.attach_files(
                task_id, names, options=options, cloud_storage_id=self._options.cloud
            )
            advance(len(names))
            return meta
        return self._client.upload_images(
            task_id, files, options=options, advance=advance, places=places
        )

    def _frames(self, sent: SentTask, meta: wire.DataMeta) -> list[SentFrame]:
        """Each frame's sample in the order of the server, by the names and with the sizes it gives.

        The server's size counts, not the file's own: it is the grid that annotators draw on.
        """
        by_name = {frame.name: frame for frame in sent.frames}
        if len(meta.frames) != len(sent.frames):
            words = f"it shows {len(meta.frames)} of {len(sent.frames)} images"
            raise ServerFailedError("take the images", self._client.url, words)
        if all(there.name in by_name for there in meta.frames):
            samples = [by_name[there.name] for there in meta.frames]
        else:
            # Some servers keep only part of a name; then the order is what was asked for.
            samples = sent.frames
        return [
            msgspec.structs.replace(frame, width=there.width, height=there.height)
            for frame, there in zip(samples, meta.frames, strict=True)
        ]

    def _assign(self, jobs: list[wire.Job]) -> None:
        for place, job in enumerate(jobs):
            name = _in_turn(self._options.job_assignees, place)
            user = None if name is None else self._client.find_user(name)
            if user is not None:
                self._client.update_job(job.id, assignee_id=user.id)


def _planned(pack: Pack) -> list[SentFrame]:
    """The frames of a task that has no media yet."""
    if pack.video is None:
        return [
            SentFrame(image.sample_id, image.name, 0, 0, image.frame_number)
            for image in pack.images
        ]
    video = pack.video
    return [SentFrame(video.sample_id, video.name, 0, 0, n) for n in video.frames.numbers]


def _of_video(video: PackedVideo, meta: wire.DataMeta) -> list[SentFrame]:
    """The frames that the server shows of a video, with the size that it gives.

    How many there are in a file can be told in more than one way; the server's counts.
    """
    shown = FrameMap.of_meta(meta)
    size = (meta.frames[0].width, meta.frames[0].height)
    return [SentFrame(video.sample_id, video.name, *size, number) for number in shown.numbers]


def _tools_of(label: wire.Label) -> tuple[AttributeTool, ...]:
    """The attributes of a class of a project that is there already."""
    return tuple(
        AttributeTool(
            spec.name,
            cast("ToolType", spec.input_type if spec.input_type in _TYPES else "text"),
            values=tuple(spec.values) if spec.input_type in {"select", "radio"} else (),
            default=spec.default_value or None,
            mutable=spec.mutable,
        )
        for spec in label.attributes
        if spec.name != LABEL_ID
    )


def _new_classes(schema: LabelSchema) -> list[wire.NewLabel]:
    return [
        new_class(plan.server_names[name], plan.tools[name], skeleton=plan.skeleton)
        for plan in schema.fields
        for name in plan.classes
    ]


def _class_owners(schema: LabelSchema, classes: ServerClasses) -> dict[int, tuple[str, str]]:
    owners: dict[int, tuple[str, str]] = {}
    for plan in schema.fields:
        for name, server_name in plan.server_names.items():
            if server_name in classes.by_name:
                owners.setdefault(classes.by_name[server_name].id, (plan.field, name))
    return owners


def _in_turn(names: str | tuple[str, ...] | None, place: int) -> str | None:
    if not names:
        return None
    return names if isinstance(names, str) else names[place % len(names)]
