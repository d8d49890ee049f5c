"""A collection as one dict that JSON can write, and the samples that come out of such a dict."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from viewfinder.errors import FormatError
from viewfinder.progress import ProgressOption, meter
from viewfinder.samples.adding import add_samples
from viewfinder.samples.copying import SHARED_FACTS
from viewfinder.samples.frames import Frame
from viewfinder.samples.group_state import DEFAULT_SLICE, GROUP_FACTS, GROUP_FIELD, MEDIA_TYPES
from viewfinder.samples.plain_values import plain_value, revived_value
from viewfinder.samples.sample import Sample
from viewfinder.schema import STAMPS
from viewfinder.schema.field_json import field_from_json

if TYPE_CHECKING:
    from viewfinder.samples.collection import SampleCollection
    from viewfinder.samples.handle import DatasetHandle
    from viewfinder.samples.record import Record

__all__ = ["PathLike", "add_from_dict", "collection_to_dict", "read_json_dict"]

PathLike = str | os.PathLike[str]

FORM = 1
"""The number of this form; a newer one is refused."""
FACTS = (*SHARED_FACTS, "description", "tags")
_NOT_OF_FRAMES = frozenset({"id", "frame_number", *STAMPS})


def collection_to_dict(
    collection: SampleCollection,
    name: str,
    *,
    rel_dir: PathLike | None = None,
    include_private: bool = False,
    include_frames: bool = False,
    frame_labels_dir: PathLike | None = None,
    progress: ProgressOption = None,
) -> dict[str, Any]:
    """See ``to_dict`` of datasets and views."""
    groups = {
        GROUP_FIELD: collection.group_field,
        MEDIA_TYPES: collection.group_media_types,
        DEFAULT_SLICE: collection.default_group_slice,
    }
    media_type = collection.media_type
    collection = collection.whole_groups()
    schema = collection.visible_schema()
    info = collection.snapshot().info
    data: dict[str, Any] = {
        "name": name,
        "form": FORM,
        "media_type": media_type,
        "num_samples": len(collection),
        "sample_fields": {key: part.to_json() for key, part in schema.fields.items()},
    }
    if schema.frame_fields:
        data["frame_fields"] = {key: part.to_json() for key, part in schema.frame_fields.items()}
    if groups[GROUP_FIELD] is not None:
        data |= groups
    data |= {key: json.loads(json.dumps(info[key])) for key in FACTS if info.get(key)}
    samples = data["samples"] = []
    with meter(len(collection), "Writing samples", progress=progress) as done:
        for sample in collection.iter_samples():
            plain = _plain_record(sample)
            plain["filepath"] = _below(plain["filepath"], rel_dir)
            if include_private:
                plain["_dataset_id"] = collection.handle.entry.id
            if include_frames and sample.media_type == "video":
                frames = {str(number): _plain_frame(one) for number, one in sample.frames.items()}
                plain["frames"] = _kept_frames(sample, frames, frame_labels_dir)
            samples.append(plain)
            done.advance()
    return data


def add_from_dict(
    handle: DatasetHandle,
    data: Mapping[str, Any],
    *,
    rel_dir: PathLike | None = None,
    frame_labels_dir: PathLike | None = None,
    progress: ProgressOption = None,
) -> None:
    """Gives an empty dataset the fields, facts and samples that :func:`collection_to_dict` wrote.

    Raises:
        FormatError: when the dict is none that was written by it
    """
    samples, fields = data.get("samples"), data.get("sample_fields")
    if not isinstance(samples, list) or not isinstance(fields, Mapping):
        raise FormatError(
            "A dict of a dataset",
            "it needs the keys 'samples' (a list) and 'sample_fields' (a dict), as to_dict() and "
            "to_json() write them",
        )
    if data.get("form") != FORM or not all(isinstance(part, dict) for part in fields.values()):
        raise FormatError(
            "A dict of a dataset",
            f"it has the form {data.get('form')!r}, and only form {FORM} can be read; write it "
            "anew with to_dict() of this version",
        )
    with handle.store.transaction("from_dict") as transaction:
        if "frame_fields" in data:
            # First, since it makes the metadata of samples that of videos.
            transaction.has_frames()
        transaction.grow_schema({key: field_from_json(part) for key, part in fields.items()})
        if "frame_fields" in data:
            frames = data["frame_fields"].items()
            transaction.frames.grow_schema({key: field_from_json(part) for key, part in frames})
        if data.get(GROUP_FIELD):
            transaction.set_info("media_type", "group")
        for key in (*FACTS, *GROUP_FACTS):
            if data.get(key):
                transaction.set_info(key, data[key])
    add_samples(
        handle, _revived(samples, rel_dir, frame_labels_dir), total=len(samples), progress=progress
    )


def read_json_dict(path_or_str: PathLike) -> dict[str, Any]:
    """The dict in a JSON file, or in JSON text, which begins with ``{``.

    Raises:
        FormatError: when it is no JSON, or no dict
        FileNotFoundError: when there is no such file
    """
    text = os.fspath(path_or_str)
    source = "JSON text"
    if not text.lstrip().startswith("{"):
        source = text
        text = Path(text).expanduser().read_text(encoding="utf-8")
    try:
        data = json.loads(text)
    except json.JSONDecodeError as error:
        raise FormatError(source, f"it is no JSON ({error}); use what to_json() wrote") from error
    if not isinstance(data, dict):
        raise FormatError(source, f"it is a {type(data).__name__} and no dict; use to_json()")
    return data


def _plain_record(record: Record) -> dict[str, Any]:
    fields = record.iter_fields(include_id=True, include_timestamps=True)
    return {name: plain_value(value, name) for name, value in fields}


def _plain_frame(frame: Frame) -> dict[str, Any]:
    plain = _plain_record(frame)
    return {name: part for name, part in plain.items() if name not in _NOT_OF_FRAMES}


def _below(filepath: str, rel_dir: PathLike | None) -> str:
    """The path from a folder on, where it is in that folder."""
    if rel_dir is None:
        return filepath
    folder = os.path.join(_absolute(rel_dir), "")  # noqa: PTH118 - ends with a separator
    return filepath.removeprefix(folder)


def _absolute(folder: PathLike) -> str:
    return os.path.abspath(Path(folder).expanduser())  # noqa: PTH100 - as paths of samples


def _kept_frames(sample: Sample, frames: dict[str, Any], folder: PathLike | None) -> Any:
    """The frames themselves, or the name of the file that they are written to."""
    if folder is None:
        return frames
    Path(folder).mkdir(parents=True, exist_ok=True)
    name = f"{Path(sample.filename).stem}-{sample.id}.json"
    (Path(folder) / name).write_text(json.dumps({"frames": frames}), encoding="utf-8")
    return name


def _revived(
    samples: list[Any], rel_dir: PathLike | None, frame_labels_dir: PathLike | None
) -> Iterator[Sample]:
    for plain in samples:
        if not isinstance(plain, dict) or not isinstance(plain.get("filepath"), str):
            raise FormatError("A dict of a dataset", "a sample in it has no filepath")
        values = _values(plain, ("frames", *STAMPS))
        if rel_dir is not None and "://" not in values["filepath"]:
            values["filepath"] = str(Path(_absolute(rel_dir)) / values["filepath"])
        sample = Sample(**values)
        frames = plain.get("frames")
        if isinstance(frames, str):
            frames = read_json_dict(Path(frame_labels_dir or ".") / frames).get("frames")
        for number, frame in (frames or {}).items():
            sample.frames[int(number)] = Frame(**_values(frame, _NOT_OF_FRAMES))
        yield sample


def _values(plain: Mapping[str, Any], left_out: Any) -> dict[str, Any]:
    return {
        name: revived_value(part)
        for name, part in plain.items()
        if name not in left_out and not name.startswith("_") and part is not None
    }
