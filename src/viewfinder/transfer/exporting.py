"""Exporting goes through a collection once: labels to a file as they come, media afterwards."""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any, Literal

from viewfinder.errors import ConfigError, FieldTypeError
from viewfinder.formats.records import DatasetType, Record, Writer
from viewfinder.labels import Label, LabelList, list_class_of
from viewfinder.media import probe_image, read_mask
from viewfinder.progress import ProgressOption, meter
from viewfinder.samples import SampleCollection
from viewfinder.schema import EmbeddedDocumentField
from viewfinder.transfer.collector import collector_paused
from viewfinder.transfer.media_files import ExportMedia, NameMaker, place_media, write_manifest
from viewfinder.transfer.places import MANIFEST, PathLike, layout_of, resolved

__all__ = ["ExportMedia", "export"]


@dataclass(frozen=True, slots=True)
class _Target:
    """Where an export goes."""

    layout: type[DatasetType]
    data_path: Path | None
    """The folder of the media or the manifest of them; None where media are left alone."""
    labels_path: Path | None
    how: Literal[False, True, "symlink", "move", "manifest"]


@collector_paused()
def export(
    collection: SampleCollection,
    export_dir: PathLike | None = None,
    dataset_type: Any = None,
    data_path: PathLike | None = None,
    labels_path: PathLike | None = None,
    export_media: ExportMedia = None,
    rel_dir: PathLike | None = None,
    label_field: str | Sequence[str] | None = None,
    *,
    overwrite: bool = False,
    progress: ProgressOption = None,
    **options: Any,
) -> None:
    """Writes the samples of a collection to disk.

    Args:
        collection: what to write
        export_dir: the folder that the other paths are relative to
        dataset_type: a layout of ``formats.types``
        data_path: the folder for the media, or the file for their manifest
        labels_path: the labels file; it is replaced where it is there already
        export_media: True copies the media, "symlink" links them, "move" moves them (and tells the
            dataset), "manifest" writes a JSON file of their paths, False leaves them alone; by
            default they are copied where there is a folder for them
        rel_dir: keep the media's paths below this folder; otherwise only their names
        label_field: the labels to write, a list of fields where the layout holds several; may be
            left out where there is one that fits
        overwrite: whether the folder of the media is emptied first
        progress: whether to show a bar
        **options: of the layout

    Raises:
        ConfigError: when no layout or no place was given, or `label_field` is needed
        FieldNotFoundError: when there is no such field
        FieldTypeError: when the layout can't hold what the field holds
        LabelError: when the layout can't hold a label
        MediaError: when a media file is not there or can't be read
    """
    target = _target(dataset_type, export_dir, data_path, labels_path, export_media)
    names = NameMaker(
        None if rel_dir is None else str(resolved(None, rel_dir)),
        absolute_twins=target.how is False,
    )
    if overwrite:
        _make_room(collection, target)
    files: list[tuple[str, str]] = []
    if target.labels_path is None:
        for filepath in collection.values("filepath"):
            files.append((filepath, names.name_of(filepath)))
        _export_media(collection, target, files, progress)
        return
    fields = _label_fields(collection, target.layout, label_field)
    info = collection.snapshot().info
    writer = target.layout.writer(info.get("info") or {}, options)
    with _replaced(target.labels_path) as file, tempfile.TemporaryFile() as waiting:
        _encode(collection, fields, writer, names, files, waiting, progress)
        file.write(writer.head())
        waiting.seek(0)
        shutil.copyfileobj(waiting, file)
        file.write(writer.tail())
        _export_media(collection, target, files, progress)


def _encode(
    collection: SampleCollection,
    fields: Sequence[str],
    writer: Writer,
    names: NameMaker,
    files: list[tuple[str, str]],
    out: IO[bytes],
    progress: ProgressOption,
) -> None:
    with meter(len(collection), "Exporting", progress=progress) as done:
        for rows in collection.row_batches():
            batch = []
            for filepath, metadata, *values in zip(
                rows.column("filepath"),
                rows.column("metadata"),
                *(rows.column(field) for field in fields),
                strict=True,
            ):
                name = names.name_of(filepath)
                files.append((filepath, name))
                width, height = _size(filepath, metadata)
                labels = dict(zip(fields, map(_prepared, values), strict=True))
                batch.append(Record(name, width, height, labels))
            out.write(writer.encode(batch))
            done.advance(len(rows))


def _export_media(
    collection: SampleCollection,
    target: _Target,
    files: list[tuple[str, str]],
    progress: ProgressOption,
) -> None:
    once = list(dict.fromkeys(files))
    if target.how is False or target.data_path is None:
        return
    if target.how == "manifest":
        write_manifest(once, target.data_path)
        return
    place_media(once, target.data_path, target.how, progress=progress)
    if target.how == "move":
        collection.set_values("filepath", [str(target.data_path / name) for _, name in files])


def _target(
    dataset_type: object,
    export_dir: PathLike | None,
    data_path: PathLike | None,
    labels_path: PathLike | None,
    export_media: ExportMedia,
) -> _Target:
    layout = layout_of(dataset_type)
    if export_dir is None and data_path is None and labels_path is None:
        raise ConfigError("There is nowhere to export to: give export_dir, or labels_path.")
    if export_media not in (None, True, False, "symlink", "move", "manifest"):
        raise ConfigError(
            f"export_media can't be {export_media!r}: use True, False, 'symlink', 'move' or "
            "'manifest'."
        )
    how = export_media
    if how is None:
        is_manifest = data_path is not None and os.fspath(data_path).endswith(".json")
        placed = export_dir is not None or data_path is not None
        how = "manifest" if is_manifest else placed
    if how is not False and export_dir is None and data_path is None:
        raise ConfigError("There is nowhere to put the media: give export_dir or data_path.")
    media = None
    if how is not False:
        media = resolved(
            export_dir, data_path or (MANIFEST if how == "manifest" else layout.DATA_PATH)
        )
    labels = None
    if layout.LABELS_PATH is not None and (export_dir is not None or labels_path is not None):
        labels = resolved(export_dir, labels_path or layout.LABELS_PATH)
    return _Target(layout, media, labels, how)


def _make_room(collection: SampleCollection, target: _Target) -> None:
    """Empties the folder of the media, unless the collection's own are in it."""
    folder = target.data_path
    if folder is None or target.how == "manifest" or not folder.is_dir():
        return
    inside = f"{folder}{os.sep}"
    if any(filepath.startswith(inside) for filepath in collection.values("filepath")):
        raise ConfigError(
            f"overwrite=True would delete the dataset's own media in {folder}. Export to another "
            "folder, or without overwrite."
        )
    shutil.rmtree(folder)


@contextmanager
def _replaced(path: Path) -> Iterator[IO[bytes]]:
    """A file that takes the place of `path` when all went well; otherwise nothing is left of it."""
    path.parent.mkdir(parents=True, exist_ok=True)
    waiting = path.with_name(f".{path.name}.{os.getpid()}.part")
    try:
        with waiting.open("wb") as file:
            yield file
        waiting.replace(path)
    finally:
        waiting.unlink(missing_ok=True)


def _label_fields(
    collection: SampleCollection,
    layout: type[DatasetType],
    chosen: str | Sequence[str] | None,
) -> list[str]:
    """The fields of labels to write; none where there is none that the layout can hold."""
    schema = collection.visible_schema()
    fitting = {
        name: field
        for name, field in schema.label_fields.items()
        if _list_class(field) in layout.LABEL_LISTS
    }
    if chosen is not None:
        names = [chosen] if isinstance(chosen, str) else list(dict.fromkeys(chosen))
        if len(names) > 1 and not layout.SEVERAL_FIELDS:
            raise ConfigError(
                f"A file of {layout.__name__} holds the labels of one field, not of "
                f"{', '.join(names)}. Export them one by one."
            )
        for name in names:
            field = schema[name]
            if name not in fitting:
                document = field.document_type if isinstance(field, EmbeddedDocumentField) else None
                held = document.__name__ if document else ""
                wanted = " or ".join(cls.__name__ for cls in layout.LABEL_LISTS)
                raise FieldTypeError(name, f"{held or field.HOLDS}", f"a request for {wanted}")
        return names
    if len(fitting) > 1 and "ground_truth" not in fitting:
        raise ConfigError(
            f"Several fields could be exported: {', '.join(fitting)}. Name one with label_field."
        )
    return ["ground_truth"] if "ground_truth" in fitting else list(fitting)


def _list_class(field: EmbeddedDocumentField) -> type[LabelList] | None:
    if issubclass(field.document_type, LabelList):
        return field.document_type
    element = field.element_type
    return None if element is None else list_class_of(element)


def _prepared(value: Any) -> LabelList | None:
    """A field's value as a list, with the masks that are in files of their own."""
    if value is None:
        return None
    labels = value.labels if isinstance(value, LabelList) else [value]
    cls = type(value) if isinstance(value, LabelList) else list_class_of(type(value))
    assert cls is not None
    if any("mask_path" in label.values for label in labels):
        labels = [_with_mask(label) for label in labels]
    return cls(labels)


def _with_mask(label: Label) -> Label:
    path = label.get("mask_path")
    if path is None or label.get("mask") is not None:
        return label
    return type(label).from_values({**label.values, "mask": read_mask(path)})


def _size(filepath: str, metadata: Mapping[str, Any] | None) -> tuple[int, int]:
    if metadata is not None and metadata["width"] and metadata["height"]:
        return metadata["width"], metadata["height"]
    info = probe_image(filepath)
    return info.width, info.height
