"""A run on a CVAT server, somebody's or the one that comes with Viewfinder."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

from viewfinder.annotate.backends.base import TaskStatus
from viewfinder.annotate.backends.cvat_loading import read_task
from viewfinder.annotate.backends.cvat_reading import kept_piece
from viewfinder.annotate.choosing import Choice, JobStatus
from viewfinder.annotate.merge import tracked_values
from viewfinder.annotate.options import TaskOptions
from viewfinder.annotate.pack import Pack
from viewfinder.annotate.reading import TaskReading
from viewfinder.annotate.record import SentFrame, SentLabel, SentTask
from viewfinder.annotate.schema import LabelSchema
from viewfinder.cvat import wire
from viewfinder.cvat.client import CvatClient
from viewfinder.cvat.from_cvat import Record
from viewfinder.cvat.to_cvat import Frame, Piece, pieces_of
from viewfinder.cvat.tools import LABEL_ID, ServerClass, ServerClasses, new_class
from viewfinder.cvat.upload import DataOptions, ImageFile
from viewfinder.errors import AnnotationError, ServerFailedError, ServerRefusedError

__all__ = ["CvatBackend"]


class CvatBackend:
    """Carries packs to a CVAT server.

    Args:
        client: a signed-in connection, closed with the backend
        options: how tasks are made
    """

    def __init__(self, client: CvatClient, options: TaskOptions) -> None:
        self._client = client
        self._options = options
        self._project_id: int | None = None

    @property
    def url(self) -> str:
        """The server's address."""
        return self._client.url

    def close(self) -> None:
        """Closes the connection."""
        self._client.close()

    def prepare(self, schema: LabelSchema) -> None:
        """Checks people and project.

        Raises:
            AnnotationError: a person is not known there, or the project lacks classes
        """
        assignees = self._options.task_assignee or ()
        names = [assignees] if isinstance(assignees, str) else list(assignees)
        for name in (*names, *(self._options.job_assignees or ())):
            if self._client.find_user(name) is None:
                raise AnnotationError(
                    f"There is no user '{name}' on the label server at {self.url}. Correct "
                    "task_assignee or job_assignees; nothing was sent."
                )
        if self._options.project_name is None:
            return
        project = self._client.find_project(self._options.project_name)
        if project is None:
            return
        self._project_id = project.id
        there = {label.name for label in self._client.labels(project_id=project.id)}
        missing = sorted({label.name for label in _new_classes(schema)} - there)
        if missing:
            raise AnnotationError(
                f"Project '{self._options.project_name}' on {self.url} has no class "
                f"{', '.join(map(repr, missing))}. Add them there, or leave them out of classes; "
                "nothing was sent."
            )

    def send(
        self,
        pack: Pack,
        schema: LabelSchema,
        *,
        number: int,
        keep: Callable[[SentTask], None],
        advance: Callable[[int], None],
    ) -> SentTask:
        """Makes a task out of a pack: classes, images, labels, and people."""
        task = self._create(pack, schema, number)
        frames = [SentFrame(image.sample_id, image.name, *image.size_wh) for image in pack.images]
        sent = SentTask(task_id=task.id, name=pack.name, frames=frames)
        keep(sent)
        files = [ImageFile(image.filepath, image.name) for image in pack.images]
        options = DataOptions(
            image_quality=self._options.image_quality,
            use_cache=self._options.use_cache,
            use_zip_chunks=self._options.use_zip_chunks,
            chunk_frames=self._options.chunk_size,
        )
        meta = self._client.upload_images(task.id, files, options=options, advance=advance)
        frames = self._frames(sent, meta)
        classes = ServerClasses(self._client.labels(task_id=task.id))
        labels = self._put(pack, schema, task.id, frames, classes)
        jobs = self._client.jobs(task.id)
        self._assign(jobs)
        complete = SentTask(
            task_id=task.id,
            name=pack.name,
            frames=frames,
            complete=True,
            job_ids=[job.id for job in jobs],
            classes=_class_owners(schema, classes),
            attributes=classes.attribute_names,
            labels=labels,
        )
        keep(complete)
        return complete

    def jobs(self, task_id: int) -> list[JobStatus] | None:
        """The jobs of a task; None for a task that no longer exists."""
        try:
            jobs = [self._job(job) for job in self._client.jobs(task_id)]
        except ServerRefusedError:
            # Some servers refuse to look for a task that is gone, others find nothing.
            if self._client.task(task_id) is None:
                return None
            raise
        return jobs if jobs or self._client.task(task_id) is not None else None

    def read(self, sent: SentTask, schema: LabelSchema, choice: Choice) -> TaskReading:
        """What annotators did with a task, as far as it was chosen, read job by job."""
        return read_task(self._client, sent, schema, choice)

    def status(self, sent: SentTask) -> TaskStatus:
        """How far a task and its jobs are."""
        task = self._client.task(sent.task_id)
        url = self._client.task_url(sent.task_id)
        if task is None:
            return TaskStatus(sent.task_id, sent.name, None, None, None, url, ())
        jobs = tuple(self._job(job) for job in self._client.jobs(sent.task_id))
        assignee = _username(task.assignee)
        return TaskStatus(task.id, task.name, task.status, assignee, task.updated_date, url, jobs)

    def delete(self, sent: SentTask) -> bool:
        """Deletes a task; False where it was gone already."""
        return self._client.delete_task(sent.task_id)

    def delete_empty(self, names: Sequence[str]) -> int:
        """Deletes tasks of these names that hold no images; returns their number."""
        found = [task for name in names for task in self._client.find_tasks(name)]
        return sum(self._client.delete_task(task.id) for task in found if not task.size)

    def _create(self, pack: Pack, schema: LabelSchema, number: int) -> wire.Task:
        options = self._options
        labels = _new_classes(schema)
        if options.project_name is not None and self._project_id is None:
            self._project_id = self._client.create_project(options.project_name, labels).id
        assignee = _in_turn(options.task_assignee, number)
        user = None if assignee is None else self._client.find_user(assignee)
        return self._client.create_task(
            pack.name,
            () if self._project_id is not None else labels,
            project_id=self._project_id,
            segment_size=options.segment_size,
            bug_tracker=_in_turn(options.issue_tracker, number),
            assignee_id=None if user is None else user.id,
        )

    def _frames(self, sent: SentTask, meta: wire.DataMeta) -> list[SentFrame]:
        """Each frame's sample in the order of the server, by the names and with the sizes it gives.

        The server's size counts, not the file's own: it is the grid that annotators draw on.
        """
        by_name = {frame.name: frame for frame in sent.frames}
        if len(meta.frames) != len(sent.frames):
            words = f"it shows {len(meta.frames)} of {len(sent.frames)} images"
            raise ServerFailedError("take the images", self.url, words)
        if all(there.name in by_name for there in meta.frames):
            samples = [by_name[there.name] for there in meta.frames]
        else:
            # Some servers keep only part of a name; then the order is what was asked for.
            samples = sent.frames
        return [
            SentFrame(frame.sample_id, frame.name, there.width, there.height)
            for frame, there in zip(samples, meta.frames, strict=True)
        ]

    def _put(
        self,
        pack: Pack,
        schema: LabelSchema,
        task_id: int,
        frames: Sequence[SentFrame],
        classes: ServerClasses,
    ) -> list[SentLabel]:
        """Sends all labels; returns them as the server has them."""
        drafts = list(_drafts(pack, schema, frames, classes))
        pieces = [piece for _, drawn in drafts for piece in drawn]
        if not pieces:
            return [draft for draft, _ in drafts]
        data = wire.LabeledData(
            tags=[piece.record for piece in pieces if isinstance(piece.record, wire.Tag)],
            shapes=[piece.record for piece in pieces if isinstance(piece.record, wire.Shape)],
        )
        echoed = self._client.put_annotations("tasks", task_id, data)
        there = self._client.annotations("tasks", task_id)
        specs = {number for number, name in classes.attribute_names.items() if name == LABEL_ID}
        tags = _paired(data.tags, echoed.tags, there.tags, specs)
        shapes = _paired(data.shapes, echoed.shapes, there.shapes, specs)
        if tags is None or shapes is None:
            words = f"it kept fewer of the {len(pieces)} labels than were sent"
            raise ServerFailedError("take the annotations", self.url, words)
        kept = {**tags, **shapes}
        return [
            SentLabel(
                field=draft.field,
                sample_id=draft.sample_id,
                label_id=draft.label_id,
                frame=draft.frame,
                type=draft.type,
                values=draft.values,
                pieces=[kept_piece(piece.part, kept[id(piece.record)]) for piece in drawn],
            )
            for draft, drawn in drafts
        ]

    def _assign(self, jobs: list[wire.Job]) -> None:
        for place, job in enumerate(jobs):
            name = _in_turn(self._options.job_assignees, place)
            user = None if name is None else self._client.find_user(name)
            if user is not None:
                self._client.update_job(job.id, assignee_id=user.id)

    def _job(self, job: wire.Job) -> JobStatus:
        return JobStatus(
            job_id=job.id,
            stage=job.stage or job.status,
            state=job.state,
            assignee=_username(job.assignee),
            start_frame=job.start_frame,
            stop_frame=job.stop_frame,
            url=self._client.job_url(job.task_id, job.id),
            type=job.type,
            updated=job.updated_date,
            issues=0 if job.issues is None else job.issues.count,
        )


def _new_classes(schema: LabelSchema) -> list[wire.NewLabel]:
    return [
        new_class(plan.server_names[name], plan.tools[name])
        for plan in schema.fields
        for name in plan.classes
    ]


def _class_owners(schema: LabelSchema, classes: ServerClasses) -> dict[int, tuple[str, str]]:
    return {
        classes.by_name[server_name].id: (plan.field, name)
        for plan in schema.fields
        for name, server_name in plan.server_names.items()
        if server_name in classes.by_name
    }


def _drafts(
    pack: Pack, schema: LabelSchema, frames: Sequence[SentFrame], classes: ServerClasses
) -> Iterator[tuple[SentLabel, list[Piece]]]:
    """Each label that can be sent, without server numbers, and its pieces."""
    placed = {
        there.sample_id: Frame(number, (there.width, there.height))
        for number, there in enumerate(frames)
    }
    for image in pack.images:
        frame = placed[image.sample_id]
        for name, labels in image.labels.items():
            plan = schema.plan(name)
            assert plan is not None
            names = plan.server_names

            def class_of(label: str, names: dict[str, str] = names) -> ServerClass | None:
                return classes.by_name.get(names.get(label, ""))

            for label in labels:
                pieces = pieces_of(
                    label,
                    plan.kind,
                    frame,
                    class_of=class_of,
                    tools=plan.tools_of(label.get("label") or ""),
                    mask_targets=plan.mask_targets,
                )
                # A segmentation without any class yet is there to be painted on.
                if pieces or (plan.kind == "segmentation" and label.get("mask") is not None):
                    draft = SentLabel(
                        field=name,
                        sample_id=image.sample_id,
                        label_id=label.id,
                        frame=frame.number,
                        type=type(label).__name__,
                        values=tracked_values(label, plan),
                        pieces=[],
                    )
                    yield draft, pieces


def _paired(
    sent: Sequence[Record],
    echoed: Sequence[Record],
    there: Sequence[Record],
    label_id_specs: set[int],
) -> dict[int, Record] | None:
    """Each sent record (by identity) as the server has it; None where some are missing.

    The echo tells the numbers. Records of one label on one frame come in the order of sending;
    a server with several jobs may echo job after job. What is there afterwards is how the server
    itself writes the records, defaults filled in, and so the form to compare with later.
    """
    numbers: dict[tuple[int, int, str], list[int | None]] = {}
    for record in echoed:
        numbers.setdefault(_place(record, label_id_specs), []).append(record.id)
    by_id = {record.id: record for record in there}
    waiting = {place: iter(found) for place, found in numbers.items()}
    paired: dict[int, Record] = {}
    for record in sent:
        number = next(waiting.get(_place(record, label_id_specs), iter(())), None)
        if number not in by_id:
            return None
        paired[id(record)] = by_id[number]
    return paired


def _place(record: Record, label_id_specs: set[int]) -> tuple[int, int, str]:
    ids = [str(item.value) for item in record.attributes if item.spec_id in label_id_specs]
    return record.frame, record.label_id, "".join(ids)


def _in_turn(names: str | tuple[str, ...] | None, place: int) -> str | None:
    if not names:
        return None
    return names if isinstance(names, str) else names[place % len(names)]


def _username(user: wire.User | None) -> str | None:
    return None if user is None else user.username
