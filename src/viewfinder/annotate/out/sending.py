"""The line out, told in its order: what is asked is resolved, refused or sent, task after task.

What is on the server is on record at every moment, so that a run that was cut, by whomever, can be
gone on with: no task and no label is sent twice.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any

import msgspec

from viewfinder.annotate import runs
from viewfinder.annotate.account.config import Destination, configured_options, destination_of
from viewfinder.annotate.account.connect import connect
from viewfinder.annotate.backends.base import Backend
from viewfinder.annotate.options import Access, TaskOptions, parse_options
from viewfinder.annotate.out.asked import Asked
from viewfinder.annotate.out.facts import (
    CollectionFacts,
    check_images,
    check_masks,
    is_of_frames,
    sources_of,
)
from viewfinder.annotate.out.pack import Naming, Pack, packs, repacked, video_packs
from viewfinder.annotate.out.resolving import resolve
from viewfinder.annotate.out.uploads import KeptPlaces
from viewfinder.annotate.out.video_facts import check_videos, video_sources_of
from viewfinder.annotate.record import SentTask
from viewfinder.annotate.results import AnnotationResults
from viewfinder.annotate.runs import RunConfig
from viewfinder.annotate.schema import LabelSchema
from viewfinder.errors import ServerError
from viewfinder.progress import Meter, ProgressOption, meter
from viewfinder.samples import Place, SampleCollection
from viewfinder.samples.places import find_samples
from viewfinder.samples.runs import delete_run, has_run
from viewfinder.samples.viewing import stages_to_json, view_from_json

__all__ = ["start"]


def start(
    collection: SampleCollection,
    anno_key: str | None = None,
    *,
    label_schema: Any = None,
    label_field: str | None = None,
    label_type: str | None = None,
    classes: Any = None,
    attributes: Any = True,
    mask_targets: Mapping[Any, str] | None = None,
    allow_additions: bool = True,
    allow_deletions: bool = True,
    allow_label_edits: bool = True,
    allow_index_edits: bool = True,
    allow_spatial_edits: bool = True,
    media_field: str = "filepath",
    backend: str | None = None,
    launch_editor: bool = False,
    resume: bool = False,
    progress: ProgressOption = None,
    **options: Any,
) -> AnnotationResults:
    """Sends a view to be annotated; see ``SampleCollection.annotate`` for the arguments.

    Raises:
        AnnotationError: something about the key, the schema, the options or the view is not right;
            nothing was sent and the key is free
        MediaError: an image is missing or unreadable; as above
        ServerError: the server is away, or says no. Where a task had been made already, the run is
            kept as "failed", so that it can be gone on with, or removed with ``cleanup()``
    """
    task_options, access = parse_options({**configured_options(backend), **options})
    if anno_key is None:
        anno_key = runs.unused_key(collection)
    if resume and has_run(collection, runs.KIND, anno_key):
        results = _go_on(collection, anno_key, access, progress)
    else:
        asked = Asked(
            label_schema=label_schema,
            label_field=label_field,
            label_type=label_type,
            classes=classes,
            attributes=attributes,
            mask_targets=mask_targets,
            permissions={
                "allow_additions": allow_additions,
                "allow_deletions": allow_deletions,
                "allow_label_edits": allow_label_edits,
                "allow_index_edits": allow_index_edits,
                "allow_spatial_edits": allow_spatial_edits,
            },
            occluded_attr=task_options.occluded_attr,
            group_id_attr=task_options.group_id_attr,
            project_fields=task_options.project_fields or {},
            coerce_text=task_options.coerce_text_attrs,
            of_frames=is_of_frames(collection),
        )
        runs.refuse_key(collection, anno_key)
        destination = destination_of(access, backend=backend)
        _begin(collection, anno_key, asked, destination, task_options, media_field, progress)
        results = AnnotationResults(collection, anno_key, access=access)
    if launch_editor:
        results.launch_editor()
    return results


def _begin(
    collection: SampleCollection,
    key: str,
    asked: Asked,
    destination: Destination,
    options: TaskOptions,
    media_field: str,
    progress: ProgressOption,
) -> None:
    """Resolves what was asked, and sends it."""
    facts = CollectionFacts(collection)
    in_project = options.project_name is not None or options.project_id is not None
    # All that can be refused without a server is refused before one is asked, or started.
    schema = None if in_project else resolve(asked, facts)
    if collection.media_type == "video":
        check_videos(collection, media_field, options)
    else:
        check_images(collection, media_field, options.server_files)
    server = connect(destination, options)
    try:
        project = server.project() if in_project else None
        if schema is None:
            schema = resolve(asked, facts, project)
        check_masks(collection, schema)
        server.prepare()
        config = _new_config(collection, key, destination, options, schema, media_field)
        if options.project_name is not None and project is None:
            config = config.with_project(None, made=True)
        with runs.held(collection, key):
            runs.register(collection, key, config)
            order = [str(sample_id) for sample_id in collection.values("id")]
            runs.save_order(collection, key, order)
            _send_all(collection, key, config, server, order, progress, resumed=False)
    finally:
        server.close()


def _new_config(
    collection: SampleCollection,
    key: str,
    destination: Destination,
    options: TaskOptions,
    schema: LabelSchema,
    media_field: str,
) -> RunConfig:
    """The record of a run that is about to begin."""
    if options.task_name is None:
        options = replace(options, task_name=f"Viewfinder {collection.root.name} {key}")
    notes = []
    if options.job_reviewers:
        notes.append(
            f"{', '.join(options.job_reviewers)} can't be made reviewers: servers of today have "
            "none. Give them the jobs when these are at the stage of validation."
        )
    notes += _left_alone(collection, schema)
    return RunConfig(
        state="sending",
        backend=destination.backend,
        url=destination.url,
        organization=destination.access.organization,
        label_schema=schema,
        options=options,
        media_field=media_field,
        view=stages_to_json(collection),
        notes=notes,
    )


def _left_alone(collection: SampleCollection, schema: LabelSchema) -> list[str]:
    """A sentence for each field that holds labels of another kind beside those that are sent."""
    facts = CollectionFacts(collection)
    notes = []
    for plan in schema.fields:
        if plan.exists and plan.kind in {"detections", "instances", "polygons", "polylines"}:
            counts = facts.count_drawn(plan.field)
            for kind, count in counts.items():
                if kind != plan.kind and count:
                    notes.append(
                        f"Only the {plan.kind} of '{plan.field}' are annotated; its {count} {kind} "
                        f"stay as they are. label_type='{kind}' sends those."
                    )
    return notes


def _go_on(
    collection: SampleCollection, key: str, access: Access, progress: ProgressOption
) -> AnnotationResults:
    """Sends what is missing of a run that was cut; nothing where all of it is there."""
    results = AnnotationResults(collection, key, access=access)
    config = results.config
    runs.refuse_cleaned(key, config)
    if config.state in runs.UNFINISHED:
        with runs.held(collection, key), results, results.backend() as server:
            view = view_from_json(collection, config.view)
            order = runs.read_order(collection, key)
            if order is None:
                order = [str(sample_id) for sample_id in view.values("id")]
                runs.save_order(collection, key, order)
            config = _without_deleted(view, config, order).moved_to("sending")
            _send_all(view, key, config, server, order, progress, resumed=True)
    return AnnotationResults(collection, key, access=access)


def _send_all(
    view: SampleCollection,
    key: str,
    config: RunConfig,
    server: Backend,
    order: Sequence[str],
    progress: ProgressOption,
    *,
    resumed: bool,
) -> None:
    """Sends task after task of what is not there yet."""
    try:
        config = _with_project(view, key, config, server)
        unit = "videos" if view.media_type == "video" else "images"
        with meter(
            len(order), f"Sending {unit} to {server.url}", unit=unit, progress=progress
        ) as done:
            for number, begun, pack in _missing(
                view, key, config, server, order, done, resumed=resumed
            ):
                server.send(
                    pack,
                    config.label_schema,
                    number=number,
                    begun=begun,
                    keep=lambda task: _keep(view, key, task),
                    places=lambda task_id: KeptPlaces(view, key, task_id),
                    advance=done.advance,
                )
    except BaseException:
        if runs.read_tasks(view, key) or config.makes_project or _left_one(server, config):
            runs.save_config(view, key, config.moved_to("failed"))
        else:
            delete_run(view, runs.KIND, key)
        raise
    runs.save_config(view, key, config.moved_to("sent"))


def _keep(view: SampleCollection, key: str, task: SentTask) -> None:
    """Keeps the record of a task; where its files are is of no use any more once it is complete."""
    runs.save_task(view, key, task)
    if task.complete:
        KeptPlaces(view, key, task.task_id).forget()


def _left_one(server: Backend, config: RunConfig) -> bool:
    """Whether the server may have a task of which the answer did not arrive."""
    name = config.options.task_name or ""
    try:
        return any(server.begun(each, ()) is not None for each in (name, f"{name}_1"))
    except ServerError:
        return True


def _with_project(
    view: SampleCollection, key: str, config: RunConfig, server: Backend
) -> RunConfig:
    """The config with the run's project, which is made where it is not there."""
    place = server.ensure_project(config.label_schema)
    if place is None or place.id == config.project_id:
        return config
    config = config.with_project(place.id, made=config.makes_project or place.made)
    runs.save_config(view, key, config)
    return config


def _missing(
    view: SampleCollection,
    key: str,
    config: RunConfig,
    server: Backend,
    order: Sequence[str],
    done: Meter,
    *,
    resumed: bool,
) -> Iterator[tuple[int, int | None, Pack]]:
    """The packs that are to be sent: how many tasks came before, the task to go on with, the pack.

    At most one task was begun and not completed: the last one.
    """
    before = runs.read_tasks(view, key)
    tasks: list[SentTask] = []
    begun_videos: dict[tuple[str, int], int] = {}
    for task in before:
        whole = task.complete or _is_whole(view, order, task)
        lost = not task.complete and not server.can_go_on(task.task_id, files_are_here=whole)
        if not lost and task.is_video and not whole:
            # Nothing of the dataset belongs to it any more.
            lost = server.delete(task) or True
        if lost:
            KeptPlaces(view, key, task.task_id).forget()
            runs.drop_task(view, key, task)
        elif not task.complete and task.is_video:
            begun_videos[_video_of(task)] = task.task_id
        else:
            tasks.append(task)
            if task.complete:
                done.advance(1 if task.is_video else len(task.frames))
                continue
            yield len(tasks) - 1, task.task_id, _begun_pack(view, config, order, task)
    known = [task.task_id for task in before]
    new = _new_packs(view, key, config, order, tasks, resumed=resumed)
    for place, pack in enumerate(new):
        begun = None if pack.video is None else begun_videos.get(pack.video.key)
        if begun is None and resumed and place == 0:
            # A task that was made in the very moment of the cut is on no record.
            begun = server.begun(pack.name, known)
        yield len(tasks) + place, begun, pack


def _is_whole(view: SampleCollection, order: Sequence[str], task: SentTask) -> bool:
    """Whether no sample or frame of a task has been deleted."""
    there = find_samples(view.root.snapshot(), (frame.sample_id for frame in task.frames))
    shown = {place for _, place in _places(view, order)}
    return all(
        frame.sample_id in there and (task.is_video or frame.place in shown)
        for frame in task.frames
    )


def _without_deleted(view: SampleCollection, config: RunConfig, order: Sequence[str]) -> RunConfig:
    """The config, with a note where samples were deleted since the run was begun."""
    if is_of_frames(view):
        gone = len(order) - sum(1 for _ in _places(view, order))
    else:
        gone = len(order) - len(find_samples(view.root.snapshot(), order))
    if not gone:
        return config
    what = "frames" if is_of_frames(view) else "samples"
    note = (
        f"{gone} of {len(order)} {what} were deleted before all was sent; where their media had "
        "not arrived, they were left out."
    )
    return msgspec.structs.replace(config, notes=list(dict.fromkeys([*config.notes, note])))


def _new_packs(
    view: SampleCollection,
    key: str,
    config: RunConfig,
    order: Sequence[str],
    tasks: Sequence[SentTask],
    *,
    resumed: bool,
) -> Iterator[Pack]:
    """The packs of which no task was begun."""
    schema, options = config.label_schema, config.options
    size = 1 if view.media_type == "video" else options.task_size
    naming = Naming(
        options.task_name or key,
        first=len(tasks) + 1,
        several=size is not None and len(order) > size,
        server_files=options.server_files,
    )
    if view.media_type == "video":
        sent = {_video_of(task) for task in tasks}
        videos = video_sources_of(view, schema, config.media_field, options, sent=sent)
        return video_packs(videos, schema, naming=naming)
    rest = _rest(view, order, tasks)
    sources = sources_of(view, schema, config.media_field, ids=rest if resumed else None)
    return packs(sources, schema, naming=naming, task_size=size, total=len(rest))


def _video_of(task: SentTask) -> tuple[str, int]:
    """The video of a task, or the clip of one: the sample, and the number of its first frame."""
    return task.frames[0].sample_id, task.frames[0].frame_number or 1


def _begun_pack(
    view: SampleCollection, config: RunConfig, order: Sequence[str], task: SentTask
) -> Pack:
    """The pack of a task of images that was begun, as it was."""
    wanted = {frame.place for frame in task.frames}
    ids = [sample_id for sample_id, place in _places(view, order) if place in wanted]
    sources = sources_of(view, config.label_schema, config.media_field, ids=ids)
    return repacked(task, sources, config.label_schema)


def _rest(view: SampleCollection, order: Sequence[str], tasks: Sequence[SentTask]) -> list[str]:
    """The ids of the samples that are in no task."""
    there = {frame.place for task in tasks for frame in task.frames}
    return [sample_id for sample_id, place in _places(view, order) if place not in there]


def _places(view: SampleCollection, order: Sequence[str]) -> Iterator[tuple[str, Place]]:
    """The sample, or frame of a video, that each id stands for."""
    if not is_of_frames(view):
        yield from ((sample_id, Place(sample_id)) for sample_id in order)
        return
    columns = view.values(["id", "sample_id", "frame_number"])
    known = {
        str(one): Place(str(video), number) for one, video, number in zip(*columns, strict=True)
    }
    yield from ((sample_id, known[sample_id]) for sample_id in order if sample_id in known)
