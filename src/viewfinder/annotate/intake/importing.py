"""From tasks that are on a server already to a dataset: media, and labels under their types."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import pairwise
from pathlib import Path
from typing import Any

from viewfinder.annotate.account.config import configured_options, destination_of
from viewfinder.annotate.account.connect import connect_client
from viewfinder.annotate.back.merge import Merge
from viewfinder.annotate.back.policies import Home, Unexpected, parse_unexpected
from viewfinder.annotate.back.reading import Added, TaskReading
from viewfinder.annotate.back.report import Report
from viewfinder.annotate.intake.foreign import ForeignTask
from viewfinder.annotate.intake.import_media import MediaOptions, MediaSearch
from viewfinder.annotate.options import parse_options
from viewfinder.annotate.out.facts import documents_of, local_labels
from viewfinder.annotate.parallel import in_order
from viewfinder.annotate.record import SentTask
from viewfinder.annotate.schema import LabelSchema
from viewfinder.cvat import wire
from viewfinder.cvat.client import CvatClient
from viewfinder.cvat.from_cvat import Record
from viewfinder.cvat.tracks import expand
from viewfinder.errors import AnnotationError, StoreBusyError
from viewfinder.labels import Label
from viewfinder.labels.base import same_value
from viewfinder.progress import ProgressOption, meter
from viewfinder.samples import Place, SampleCollection, apply_edits
from viewfinder.schema.infer import document_field

__all__ = ["import_annotations"]

_KEY = "import_annotations"
_ATTEMPTS = 10
_JOBS_AT_A_TIME = 4


@dataclass(slots=True)
class _Found:
    """What was found in the tasks."""

    added: list[Added] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)


def import_annotations(
    collection: SampleCollection,
    *,
    project_name: str | None = None,
    project_id: int | None = None,
    task_ids: int | Iterable[int] | None = None,
    data_path: str | Path | Mapping[str, str] | None = None,
    label_types: Any = None,
    insert_new: bool = True,
    download_media: bool = False,
    num_workers: int | None = None,
    occluded_attr: str | None = None,
    group_id_attr: str | None = None,
    backend: str | None = None,
    progress: ProgressOption = None,
    **options: Any,
) -> Report:
    """Brings tasks of a server in; see ``SampleCollection.import_annotations``.

    Raises:
        AnnotationError: an argument means nothing, or project or task is not there
        ServerError: the server is away, or says no
    """
    types = Unexpected() if label_types is None else parse_unexpected(label_types)
    if sum(given is not None for given in (project_name, project_id, task_ids)) != 1:
        raise AnnotationError("Give one of project_name, project_id and task_ids.")
    if download_media and data_path is None:
        raise AnnotationError("download_media=True needs data_path, a folder to put media into.")
    if insert_new and collection.media_type == "group":
        raise AnnotationError("Samples of groups can't be made by an import; use insert_new=False.")
    place = data_path if isinstance(data_path, Mapping | None) else Path(data_path)
    media = MediaOptions(place, insert_new, download_media, num_workers or 4)
    _, access = parse_options({**configured_options(backend), **options})
    found = _Found()
    with connect_client(destination_of(access, backend=backend)) as client:
        tasks = _tasks(client, project_name, project_id, task_ids)
        search = MediaSearch(client, collection, media, found.notes)
        natives = {"occluded_attr": occluded_attr, "group_id_attr": group_id_attr}
        with meter(len(tasks), "Importing tasks", unit="tasks", progress=progress) as done:
            for task in tasks:
                _import_task(client, task, search, natives, found)
                done.advance()
    return _write(collection, found, types)


def _tasks(
    client: CvatClient,
    project_name: str | None,
    project_id: int | None,
    task_ids: int | Iterable[int] | None,
) -> list[wire.Task]:
    if task_ids is not None:
        numbers = [task_ids] if isinstance(task_ids, int) else list(task_ids)
        found = {number: client.task(number) for number in dict.fromkeys(numbers)}
        missing = [str(number) for number, task in found.items() if task is None]
        if missing:
            raise AnnotationError(
                f"There is no task {', '.join(missing)} on the server at {client.url}."
            )
        return [task for task in found.values() if task is not None]
    if project_name is not None:
        project = client.find_project(project_name)
    else:
        assert project_id is not None
        project = client.project(project_id)
    if project is None:
        raise AnnotationError(
            f"There is no project {project_name or project_id!r} on the server at {client.url}."
        )
    return client.project_tasks(project.id)


def _import_task(
    client: CvatClient,
    task: wire.Task,
    search: MediaSearch,
    natives: Mapping[str, str | None],
    found: _Found,
) -> None:
    """Finds or makes the samples of one task, and reads its labels."""
    if not task.size:
        return
    meta = client.data_meta(task.id)
    jobs = client.jobs(task.id)
    left_out = frozenset(meta.deleted_frames)
    if any(job.type == "ground_truth" for job in jobs):
        left_out |= client.honeypots(task.id)
    places = search.places(task, meta, left_out)
    if not places:
        return
    foreign = ForeignTask(client.url, task.id, client.labels(task_id=task.id), **natives)
    for frames, data in _annotations(client, task, meta, jobs):
        for label in _labels(data, [n for n in frames if n in places], places, meta, foreign):
            if isinstance(label, str):
                found.notes.append(f"Task {task.id} ('{task.name}'): {label}; it was left out.")
            else:
                found.added.append(label)


def _annotations(
    client: CvatClient, task: wire.Task, meta: wire.DataMeta, jobs: Sequence[wire.Job]
) -> Iterator[tuple[range, wire.LabeledData]]:
    """The annotations of a task with the frames that they are of, job by job where that will do.

    What lies on frames that jobs share, or is one object across several jobs, only the server puts
    together.
    """
    regular = sorted(
        (job for job in jobs if job.type == "annotation"), key=lambda job: job.start_frame
    )
    apart = all(one.stop_frame < other.start_frame for one, other in pairwise(regular))
    if len(regular) > 1 and (task.mode == "interpolation" or not apart):
        yield range(meta.size), client.annotations("tasks", task.id)
        return

    def read(job: wire.Job) -> tuple[range, wire.LabeledData]:
        return range(job.start_frame, job.stop_frame + 1), client.annotations("jobs", job.id)

    yield from in_order(regular, read, limit=_JOBS_AT_A_TIME)


def _labels(
    data: wire.LabeledData,
    frames: Sequence[int],
    places: Mapping[int, Place],
    meta: wire.DataMeta,
    foreign: ForeignTask,
) -> Iterator[Added | str]:
    """The labels of some frames, or for each that there can't be, why."""

    def size_of(frame: int) -> tuple[int, int]:
        # All frames of a video have the size of the one that is told.
        size = meta.frames[min(frame, len(meta.frames) - 1)]
        return size.width, size.height

    records: list[Record] = [*data.tags, *data.shapes]
    for record in records:
        if record.frame in places:
            yield foreign.label(record, places[record.frame], size_of(record.frame))
    for track in data.tracks:
        for seen in expand(track, frames):
            frame = seen.shape.frame
            yield foreign.sight(seen, places[frame], size_of(frame))


def _write(collection: SampleCollection, found: _Found, types: Unexpected) -> Report:
    """Writes labels that are not there yet, in one transaction."""
    root = collection.root
    for _ in range(_ATTEMPTS):
        placed, returned = _placed(found.added, types)
        fields = dict.fromkeys(added.field for added in placed)
        local, version = local_labels(root, [added.place for added in placed], list(fields))
        held = {
            (place, name, label.id): label
            for place, of_place in local.items()
            for name, labels in of_place.items()
            for label in labels or ()
        }
        there = [(added.place, added.field, added.label.id) in held for added in placed]
        same = [
            _same(held[added.place, added.field, added.label.id], added.label)
            for added, known in zip(placed, there, strict=True)
            if known
        ]
        new = [added for added, known in zip(placed, there, strict=True) if not known]
        documents = documents_of(root)
        work = Merge(LabelSchema(()), field_documents=documents)
        work.know(local)
        work.task(SentTask(task_id=0, name="", frames=[]), TaskReading(0, added=new))
        changes = work.finish()
        kinds = {added.field: _home(added, types).document for added in new}
        new_fields = {n: document_field(kinds[n]) for n in kinds if n not in documents}
        wrong = sorted(n for n in kinds if documents.get(n, kinds[n].__name__) != kinds[n].__name__)
        if wrong:
            raise AnnotationError(
                f"Field '{wrong[0]}' holds {documents[wrong[0]]}, not {kinds[wrong[0]].__name__}; "
                "give label_types a dict with another field for that type. Nothing was changed."
            )
        if root.snapshot().version != version:
            continue
        written = None
        if changes.edits:
            written = apply_edits(root, changes.edits, reason=_KEY, new_fields=new_fields)
        kept = same.count(False)
        notes = [*found.notes]
        if kept:
            notes.append(f"{kept} labels were here already and differ: they were kept as they are.")
        return Report(
            key=_KEY,
            dry_run=False,
            changes=tuple(changes.rows),
            notes=tuple(dict.fromkeys(notes)),
            unchanged=same.count(True),
            version=written,
            returned=returned,
            collection=root,
        )
    raise StoreBusyError(root.handle.entry.path, 0)


def _placed(
    every: Iterable[Added], types: Unexpected
) -> tuple[list[Added], dict[str, dict[str, list[Any]]]]:
    """Labels with the field that their type goes to, and those that are only returned."""
    placed: list[Added] = []
    returned: dict[str, dict[str, list[Any]]] = {}
    for added in every:
        home = _home(added, types)
        if home.action == "keep":
            placed.append(replace(added, field=home.field))
        elif home.action == "return":
            returned.setdefault(home.kind, {}).setdefault(added.sample_id, []).append(added.label)
    return placed, returned


def _home(added: Added, types: Unexpected) -> Home:
    return types.home(added.label, in_frames=added.frame_number is not None)


def _same(here: Label, there: Label) -> bool:
    return all(same_value(here.get(name), value) for name, value in there.values.items())
