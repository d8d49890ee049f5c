"""The line out, told in its order: what is asked is resolved, refused or sent, task after task."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from viewfinder.annotate import runs
from viewfinder.annotate.backends.base import Backend
from viewfinder.annotate.config import Destination, configured_options, destination_of
from viewfinder.annotate.connect import connect
from viewfinder.annotate.facts import CollectionFacts, check_images, sources_of
from viewfinder.annotate.options import TaskOptions, parse_options
from viewfinder.annotate.pack import packs
from viewfinder.annotate.results import AnnotationResults
from viewfinder.annotate.runs import RunConfig
from viewfinder.annotate.schema import Asked, LabelSchema, resolve
from viewfinder.progress import ProgressOption, meter
from viewfinder.samples import SampleCollection
from viewfinder.samples.runs import delete_run
from viewfinder.samples.viewing import stages_to_json

__all__ = ["start"]


def start(
    collection: SampleCollection,
    anno_key: str,
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
    progress: ProgressOption = None,
    **options: Any,
) -> AnnotationResults:
    """Sends a view to be annotated; see ``SampleCollection.annotate`` for the arguments.

    Raises:
        AnnotationError: something about the key, the schema, the options or the view is not right;
            nothing was sent and the key is free
        MediaError: an image is missing or unreadable; as above
        ServerError: the server is away, or says no. Where a task had been made already, the run is
            kept as "failed", so that ``cleanup()`` of its results can remove it
    """
    runs.refuse_key(collection, anno_key)
    task_options, access = parse_options({**configured_options(backend), **options})
    destination = destination_of(access, backend=backend)
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
    )
    schema = resolve(asked, CollectionFacts(collection))
    check_images(collection, media_field)
    config = _new_config(collection, anno_key, destination, task_options, schema, media_field)
    server = connect(destination, task_options)
    try:
        server.prepare(schema)
        runs.register(collection, anno_key, config)
        _send_all(collection, anno_key, config, server, progress)
    finally:
        server.close()
    results = AnnotationResults(collection, anno_key, access=access)
    if launch_editor:
        results.launch_editor()
    return results


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
    return RunConfig(
        state="sending",
        backend=destination.backend,
        url=destination.url,
        organization=destination.access.organization,
        label_schema=schema,
        options=options,
        media_field=media_field,
        view=stages_to_json(collection),
    )


def _send_all(
    collection: SampleCollection,
    key: str,
    config: RunConfig,
    server: Backend,
    progress: ProgressOption,
) -> None:
    """Sends task after task; what is on the server is on record at every moment."""
    total = len(collection)
    sources = sources_of(collection, config.label_schema, config.media_field)
    name = config.options.task_name or key
    size = config.options.task_size
    try:
        with meter(total, "Sending images", unit="images", progress=progress) as done:
            for number, pack in enumerate(
                packs(sources, config.label_schema, name=name, task_size=size, total=total)
            ):
                server.send(
                    pack,
                    config.label_schema,
                    number=number,
                    keep=lambda task: runs.save_task(collection, key, task),
                    advance=done.advance,
                )
    except BaseException:
        if runs.read_tasks(collection, key):
            runs.save_config(collection, key, config.moved_to("failed"))
        else:
            delete_run(collection, runs.KIND, key)
        raise
    runs.save_config(collection, key, config.moved_to("sent"))
