"""Importing reads and checks all that it can before it writes, and then writes all or nothing."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator, Mapping, Sequence
from glob import glob
from pathlib import Path
from typing import Any

from viewfinder.errors import ConfigError, MediaError, MediaNotFoundError
from viewfinder.formats.records import Record, Source
from viewfinder.progress import ProgressOption
from viewfinder.samples import Sample, SampleCollection, import_samples
from viewfinder.schema import ImageMetadata
from viewfinder.schema.infer import document_field
from viewfinder.transfer.collector import collector_paused
from viewfinder.transfer.places import (
    Media,
    PathLike,
    layout_of,
    media_at,
    read_labels,
    resolved,
)

__all__ = ["LabelField", "add_dir", "add_files", "matching_files"]

LabelField = str | Mapping[str, str] | None
Tags = str | Iterable[str] | None


@collector_paused()
def add_dir(
    dataset: SampleCollection,
    dataset_dir: PathLike | None = None,
    dataset_type: Any = None,
    data_path: PathLike | Mapping[str, PathLike] | None = None,
    labels_path: PathLike | None = None,
    label_field: LabelField = None,
    tags: Tags = None,
    *,
    expand_schema: bool = True,
    add_info: bool = True,
    progress: ProgressOption = None,
    **options: Any,
) -> list[str]:
    """Adds the samples of a dataset on disk and returns their ids; all of them or none.

    Args:
        dataset: where to
        dataset_dir: the folder that the other paths are relative to
        dataset_type: a layout of ``formats.types``
        data_path: folder of the media, a manifest of them, or a dict of paths by name
        labels_path: the labels file
        label_field: the field for the labels; where there are several kinds, what their fields'
            names begin with, or a dict of fields by kind
        tags: for every sample
        expand_schema: whether the dataset may get new fields
        add_info: whether what the file says about itself, and its classes, come along
        progress: whether to show a bar
        **options: of the layout

    Raises:
        ConfigError: when no layout or no place was given
        FormatError: when a file can't be understood
        MediaNotFoundError: when an image is not there
        FieldTypeError: when a field holds something else
    """
    layout = layout_of(dataset_type)
    if dataset_dir is None and data_path is None and labels_path is None:
        raise ConfigError("There is nothing to import: give dataset_dir, or labels_path.")
    if layout.LABELS_PATH is None:
        media = media_at(layout, dataset_dir, data_path, None)
        source = layout.of_names(media.names(), options)
        named_by = "the folder"
    else:
        path = resolved(dataset_dir, labels_path or layout.LABELS_PATH)
        source = layout.read(read_labels(path), path, options)
        media = media_at(layout, dataset_dir, data_path, path)
        named_by = str(path)
    _refuse_missing(source.filenames, media, named_by)
    fields = _fields(source, label_field)
    return import_samples(
        dataset.handle,
        _samples(source, media, fields, _listed(tags)),
        reason=f"add_dir({layout.__name__})",
        new_fields={
            fields[kind]: document_field(cls)
            for kind, cls in source.kinds.items()
            if kind in fields
        },
        new_info=lambda known: _info(known, source) if add_info else {},
        expand_schema=expand_schema,
        total=len(source.filenames),
        progress=progress,
    )


def add_files(
    dataset: SampleCollection,
    paths: Iterable[PathLike],
    tags: Tags = None,
    *,
    reason: str,
    progress: ProgressOption = None,
) -> list[str]:
    """Adds media files by their paths and returns their ids; all of them or none.

    Args:
        dataset: where to
        paths: paths, or addresses with ``://``
        tags: for every sample
        reason: what the dataset's history shows
        progress: whether to show a bar

    Raises:
        MediaNotFoundError: when one is not there
    """
    words = _listed(tags)

    def samples() -> Iterator[Sample]:
        for path in paths:
            sample = Sample(filepath=path, tags=words)
            if "://" not in sample.filepath and not Path(sample.filepath).is_file():
                raise MediaNotFoundError(sample.filepath, "It is among the paths to add")
            yield sample

    total = len(paths) if isinstance(paths, Sequence) else None
    return import_samples(dataset.handle, samples(), reason=reason, total=total, progress=progress)


def matching_files(pattern: PathLike) -> list[str]:
    """The files whose paths match a pattern, such as ``"/photos/**/*.jpg"``, in order.

    Raises:
        MediaError: when there are none
    """
    text = os.path.expanduser(os.fspath(pattern))  # noqa: PTH111 - a pattern is no path
    found = sorted(path for path in glob(text, recursive=True) if os.path.isfile(path))  # noqa: PTH113, PTH207
    if not found:
        raise MediaError(f"No file matches {text}. Check the pattern; nothing was imported.")
    return found


def _samples(
    source: Source, media: Media, fields: Mapping[str, str], tags: list[str]
) -> Iterator[Sample]:
    for record in source.records:
        values: dict[str, Any] = {
            fields[kind]: labels for kind, labels in record.labels.items() if kind in fields
        }
        values.update(record.values)
        yield Sample(media.path_of(record.filename), tags, _metadata(record), **values)


def _metadata(record: Record) -> ImageMetadata | None:
    if record.width is None or record.height is None:
        return None
    return ImageMetadata(width=record.width, height=record.height)


def _refuse_missing(names: Sequence[str], media: Media, named_by: str) -> None:
    exists = os.path.isfile  # three times as quick as Path, once for every image
    missing = [name for name in names if not exists(media.path_of(name))]
    if missing:
        more = f", as {len(missing) - 1} more that are missing" if len(missing) > 1 else ""
        raise MediaNotFoundError(media.path_of(missing[0]), f"It is named by {named_by}{more}")


def _fields(source: Source, label_field: LabelField) -> dict[str, str]:
    """The field for each kind of labels; kinds that a dict leaves out are not imported."""
    kinds = list(source.kinds)
    if isinstance(label_field, Mapping):
        unknown = [kind for kind in label_field if kind not in kinds]
        if unknown:
            mend = "Leave it out." if source.named_by_kind else "Name it in label_types, too."
            raise ConfigError(
                f"label_field names {unknown[0]!r}, but only {', '.join(kinds) or 'no labels'} "
                f"will be imported. {mend}"
            )
        return dict(label_field)
    if len(kinds) == 1 and not source.named_by_kind:
        return {kinds[0]: label_field or "ground_truth"}
    return {kind: f"{label_field}_{kind}" if label_field else kind for kind in kinds}


def _info(known: Mapping[str, Any], source: Source) -> dict[str, Any]:
    """What the file says about itself joins what the dataset keeps; classes are never lost."""
    info: dict[str, Any] = {}
    if source.info:
        info["info"] = {**(known.get("info") or {}), **source.info}
    if source.classes:
        classes = [*(known.get("default_classes") or []), *source.classes]
        info["default_classes"] = list(dict.fromkeys(classes))
    return info


def _listed(tags: Tags) -> list[str]:
    return [] if tags is None else [tags] if isinstance(tags, str) else list(tags)
