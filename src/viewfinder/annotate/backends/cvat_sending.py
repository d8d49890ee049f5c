"""Packs on their way to a CVAT server: the task, its media, its labels and its people.

A task that was begun before (by a process that is gone) is gone on with: media that is there is not
sent again, and of its labels only those that are missing.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import cast, get_args

import msgspec

from viewfinder.annotate.backends.base import ProjectPlace
from viewfinder.annotate.backends.cvat_reading import kept_piece
from viewfinder.annotate.classes import Project
from viewfinder.annotate.merge import tracked_values
from viewfinder.annotate.options import TaskOptions
from viewfinder.annotate.pack import Pack
from viewfinder.annotate.record import SentFrame, SentLabel, SentTask
from viewfinder.annotate.schema import LabelSchema
from viewfinder.cvat import wire
from viewfinder.cvat.client import CvatClient
from viewfinder.cvat.from_cvat import Record
from viewfinder.cvat.to_cvat import Frame, Piece, pieces_of
from viewfinder.cvat.tools import (
    LABEL_ID,
    NATIVE_TOOLS,
    AttributeTool,
    ServerClass,
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
            ours = task.owner is None or task.owner.id == self._client.user.id
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
        advance: Callable[[int], None],
        begun: int | None = None,
    ) -> SentTask:
        """Makes a task out of a pack, or goes on with one; see ``Backend.send``."""
        task_id = self._create(pack, schema, number) if begun is None else begun
        frames = [SentFrame(image.sample_id, image.name, *image.size_wh) for image in pack.images]
        sent = SentTask(task_id=task_id, name=pack.name, frames=frames)
        keep(sent)
        meta = self._media(task_id, pack, advance, fresh=begun is None)
        frames = self._frames(sent, meta)
        classes = ServerClasses(self._client.labels(task_id=task_id), schema.point_names)
        labels = self._put(pack, schema, task_id, frames, classes, fresh=begun is None)
        jobs = self._client.jobs(task_id)
        self._assign(jobs)
        complete = SentTask(
            task_id=task_id,
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
        self, task_id: int, pack: Pack, advance: Callable[[int], None], *, fresh: bool
    ) -> wire.DataMeta:
        """Sends the images, unless the server has them or is reading them already."""
        state = "none" if fresh else self._client.media_state(task_id)
        if state != "none":
            self._client.wait_for_media(task_id)
            advance(len(pack.images))
            return self._client.data_meta(task_id)
        options = DataOptions(
            image_quality=self._options.image_quality,
            use_cache=self._options.use_cache,
            use_zip_chunks=self._options.use_zip_chunks,
            chunk_frames=self._options.chunk_size,
        )
        if self._options.server_files is not None:
            names = [image.name for image in pack.images]
            meta = self._client.attach_files(
                task_id, names, options=options, cloud_storage_id=self._options.cloud
            )
            advance(len(names))
            return meta
        files = [ImageFile(image.filepath, image.name) for image in pack.images]
        return self._client.upload_images(task_id, files, options=options, advance=advance)

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
        *,
        fresh: bool,
    ) -> list[SentLabel]:
        """Sends all labels, or those that are missing; returns them as the server has them."""
        drafts = list(_drafts(pack, schema, frames, classes))
        records = [piece.record for _, drawn in drafts for piece in drawn]
        kept: dict[int, Record] = {}
        if records:
            specs = {number for number, name in classes.attribute_names.items() if name == LABEL_ID}
            there = wire.LabeledData()
            if not fresh:
                there = self._client.annotations("tasks", task_id)
            kept = _found(records, there, specs)
            missing = [record for record in records if id(record) not in kept]
            if missing:
                kept.update(self._create_labels(task_id, missing, there, specs))
        return [
            msgspec.structs.replace(
                draft, pieces=[kept_piece(piece.part, kept[id(piece.record)]) for piece in drawn]
            )
            for draft, drawn in drafts
        ]

    def _create_labels(
        self, task_id: int, records: Sequence[Record], before: wire.LabeledData, specs: set[int]
    ) -> dict[int, Record]:
        """Creates records on the server; each (by identity) as it has them then."""
        data = wire.LabeledData(
            tags=[record for record in records if isinstance(record, wire.Tag)],
            shapes=[record for record in records if isinstance(record, wire.Shape)],
        )
        if before.tags or before.shapes or before.tracks:
            # Somebody may be at work already: what is there stays.
            echoed = self._client.patch_annotations("tasks", task_id, data, action="create")
        else:
            echoed = self._client.put_annotations("tasks", task_id, data)
        there = self._client.annotations("tasks", task_id)
        tags = _paired(data.tags, echoed.tags, there.tags, specs)
        shapes = _paired(data.shapes, echoed.shapes, there.shapes, specs)
        if tags is None or shapes is None:
            words = f"it kept fewer of the {len(records)} labels than were sent"
            raise ServerFailedError("take the annotations", self._client.url, words)
        return {**tags, **shapes}

    def _assign(self, jobs: list[wire.Job]) -> None:
        for place, job in enumerate(jobs):
            name = _in_turn(self._options.job_assignees, place)
            user = None if name is None else self._client.find_user(name)
            if user is not None:
                self._client.update_job(job.id, assignee_id=user.id)


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


def _found(
    records: Sequence[Record], there: wire.LabeledData, label_id_specs: set[int]
) -> dict[int, Record]:
    """The records (by identity) that arrived before a cut, in the form in which they were sent.

    An annotator may have changed one since; the change is for the next load to find, so what was
    sent counts, completed by what the server fills in.
    """
    waiting: dict[tuple[str, int, int, str], list[Record]] = {}
    every: list[Record] = [*there.tags, *there.shapes]
    for record in every:
        waiting.setdefault((_sort(record), *_place(record, label_id_specs)), []).append(record)
    found: dict[int, Record] = {}
    for record in records:
        same = waiting.get((_sort(record), *_place(record, label_id_specs)))
        if same:
            mine = {item.spec_id for item in record.attributes}
            other = same.pop(0)
            rest = [item for item in other.attributes if item.spec_id not in mine]
            found[id(record)] = msgspec.structs.replace(
                record, id=other.id, attributes=[*record.attributes, *rest]
            )
    return found


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


def _sort(record: Record) -> str:
    return "tag" if isinstance(record, wire.Tag) else record.type


def _place(record: Record, label_id_specs: set[int]) -> tuple[int, int, str]:
    ids = [str(item.value) for item in record.attributes if item.spec_id in label_id_specs]
    return record.frame, record.label_id, "".join(ids)


def _in_turn(names: str | tuple[str, ...] | None, place: int) -> str | None:
    if not names:
        return None
    return names if isinstance(names, str) else names[place % len(names)]
