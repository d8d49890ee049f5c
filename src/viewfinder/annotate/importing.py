"""From tasks that are on a server already to a dataset: images, and labels under their types."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath
from typing import Any

from viewfinder.annotate.config import configured_options, destination_of
from viewfinder.annotate.connect import connect_client
from viewfinder.annotate.facts import documents_of, local_labels
from viewfinder.annotate.foreign import ForeignTask
from viewfinder.annotate.media_names import Names, paths_at
from viewfinder.annotate.merge import Merge
from viewfinder.annotate.options import parse_options
from viewfinder.annotate.parallel import in_order
from viewfinder.annotate.policies import Unexpected, parse_unexpected
from viewfinder.annotate.reading import Added, TaskReading
from viewfinder.annotate.record import SentTask
from viewfinder.annotate.report import Report
from viewfinder.annotate.schema import LabelSchema
from viewfinder.cvat import wire
from viewfinder.cvat.client import CvatClient
from viewfinder.cvat.from_cvat import Record
from viewfinder.errors import AnnotationError, StoreBusyError
from viewfinder.labels import Label
from viewfinder.labels.base import same_value
from viewfinder.progress import ProgressOption, meter
from viewfinder.samples import Sample, SampleCollection, add_samples, apply_edits
from viewfinder.schema.infer import document_field

__all__ = ["import_annotations"]

_KEY = "import_annotations"
_ATTEMPTS = 10


@dataclass(frozen=True, slots=True)
class _Media:
    """Where the images of an import are, and what is done about those that are nowhere."""

    data_path: Path | Mapping[str, str] | None
    insert_new: bool
    download: bool
    workers: int


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
        raise AnnotationError("download_media=True needs data_path, a folder to put images into.")
    if insert_new and collection.media_type == "group":
        raise AnnotationError("Samples of groups can't be made by an import; use insert_new=False.")
    place = data_path if isinstance(data_path, Mapping | None) else Path(data_path)
    media = _Media(place, insert_new, download_media, num_workers or 4)
    _, access = parse_options({**configured_options(backend), **options})
    found = _Found()
    with connect_client(destination_of(access, backend=backend)) as client:
        tasks = _tasks(client, project_name, project_id, task_ids)
        with meter(len(tasks), "Importing tasks", unit="tasks", progress=progress) as done:
            for task in tasks:
                natives = {"occluded_attr": occluded_attr, "group_id_attr": group_id_attr}
                _import_task(client, collection, task, media, natives, found)
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
    collection: SampleCollection,
    task: wire.Task,
    media: _Media,
    natives: Mapping[str, str | None],
    found: _Found,
) -> None:
    """Finds or makes the samples of one task, and reads its labels."""
    if task.mode == "interpolation":
        found.notes.append(f"Task {task.id} ('{task.name}') is a video: it was left out.")
        return
    if not task.size:
        return
    meta = client.data_meta(task.id)
    jobs = client.jobs(task.id)
    kinds = {job.type for job in jobs}
    left_out = set(meta.deleted_frames)
    if "ground_truth" in kinds:
        left_out |= client.honeypots(task.id)
    frames = {n: frame for n, frame in enumerate(meta.frames) if n not in left_out}
    samples = _samples(client, collection, task, frames, media, found)
    foreign = ForeignTask(client.url, task.id, client.labels(task_id=task.id), **natives)
    regular = [job.id for job in jobs if job.type == "annotation"]
    for data in in_order(regular, lambda number: client.annotations("jobs", number), limit=4):
        if data.tracks:
            found.notes.append(f"Task {task.id}: {len(data.tracks)} tracks in images left out.")
        records: list[Record] = [*data.tags, *data.shapes]
        for record in records:
            if record.frame in samples:
                frame = meta.frames[record.frame]
                size = (frame.width, frame.height)
                label = foreign.label(record, samples[record.frame], size, record.frame)
                if isinstance(label, str):
                    found.notes.append(f"Task {task.id}: {label}; it was left out.")
                else:
                    found.added.append(label)


def _samples(
    client: CvatClient,
    collection: SampleCollection,
    task: wire.Task,
    frames: Mapping[int, wire.FrameMeta],
    media: _Media,
    found: _Found,
) -> dict[int, str]:
    """The sample of each frame that has one, made where that was asked for."""
    ids, held = collection.values(["id", "filepath"])
    by_path = dict(zip(held, ids, strict=True))
    paths = _paths(client, task, frames, list(by_path), media, found)
    new = [path for path in dict.fromkeys(paths.values()) if path not in by_path]
    if new and media.insert_new:
        made = (Sample(filepath=path) for path in new)
        by_path.update(
            zip(new, add_samples(collection.root.handle, made, progress=False), strict=True)
        )
    elif new:
        found.notes.append(
            f"Task {task.id}: {len(new)} images are no samples here and were left out "
            "(insert_new=False)."
        )
    return {number: by_path[path] for number, path in paths.items() if path in by_path}


def _paths(
    client: CvatClient,
    task: wire.Task,
    frames: Mapping[int, wire.FrameMeta],
    held: list[str],
    media: _Media,
    found: _Found,
) -> dict[int, str]:
    """The file of each frame; told where there is none, or more than one."""
    known = held if media.data_path is None else list(paths_at(media.data_path).values())
    given = media.data_path if isinstance(media.data_path, Mapping) else {}
    names = Names(known)
    paths: dict[int, str] = {}
    missing: list[int] = []
    for number, frame in frames.items():
        exact = given.get(frame.name)
        meant = [str(Path(exact).absolute())] if exact is not None else names.find(frame.name)
        if len(meant) == 1 and (not media.download or Path(meant[0]).exists()):
            paths[number] = meant[0]
        elif len(meant) > 1:
            several = ", ".join(sorted(meant)[:3])
            found.notes.append(
                f"Task {task.id}: '{frame.name}' can mean several images ({several}); its labels "
                "were left out."
            )
        else:
            missing.append(number)
    if media.download:
        paths.update(_download(client, task, frames, missing, media))
    elif missing:
        some = ", ".join(f"'{frames[number].name}'" for number in missing[:3])
        found.notes.append(
            f"Task {task.id}: {len(missing)} images are not here ({some}…); their labels were left "
            "out. Give data_path, or download_media=True."
        )
    return paths


def _download(
    client: CvatClient,
    task: wire.Task,
    frames: Mapping[int, wire.FrameMeta],
    missing: list[int],
    media: _Media,
) -> Iterator[tuple[int, str]]:
    """Fetches frames into files, each under its name on the server."""

    def fetch(number: int) -> tuple[int, str]:
        target = _target(frames[number].name, media.data_path)
        if not target.exists():
            target.parent.mkdir(parents=True, exist_ok=True)
            partial = target.with_name(f".{target.name}.{task.id}-{number}.part")
            partial.write_bytes(client.frame(task.id, number))
            partial.replace(target)
        return number, str(target)

    return in_order(missing, fetch, limit=media.workers)


def _target(name: str, data_path: Path | Mapping[str, str] | None) -> Path:
    """Where a downloaded image goes: never outside of the folder."""
    if isinstance(data_path, Mapping):
        if name not in data_path:
            raise AnnotationError(
                f"data_path says no place for '{name}', which is to be downloaded; add it, or give "
                "a folder."
            )
        return Path(data_path[name]).absolute()
    assert data_path is not None
    parts = PurePosixPath(name.replace("\\", "/")).parts
    inside = [part for part in parts if part not in ("/", "..", ".") and not part.endswith(":")]
    return data_path.expanduser().absolute().joinpath(*inside)


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
        kinds = {added.field: types.home(added.label, in_frames=False).document for added in new}
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
        home = types.home(added.label, in_frames=False)
        if home.action == "keep":
            placed.append(Added(home.field, added.sample_id, added.frame, added.label, []))
        elif home.action == "return":
            returned.setdefault(home.kind, {}).setdefault(added.sample_id, []).append(added.label)
    return placed, returned


def _same(here: Label, there: Label) -> bool:
    return all(same_value(here.get(name), value) for name, value in there.values.items())
