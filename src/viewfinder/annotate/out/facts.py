"""What a schema and its packs need to know of a collection, asked of the collection."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from viewfinder.annotate.back.merge import Local
from viewfinder.annotate.out.pack import Source, place_on_server
from viewfinder.annotate.schema import FieldPlan, LabelSchema
from viewfinder.annotate.stand_ins import stand_ins
from viewfinder.cvat.skeletons import Skeleton
from viewfinder.cvat.to_cvat import LabelType
from viewfinder.errors import (
    AnnotationError,
    FieldNotFoundError,
    LabelSchemaError,
    MediaNotFoundError,
)
from viewfinder.labels import Label, LabelList
from viewfinder.media import probe_image
from viewfinder.samples import Place, RowCollection, SampleCollection
from viewfinder.samples.places import find_frames, find_samples
from viewfinder.samples.saving import current_labels
from viewfinder.schema import FRAMES_PREFIX, DatasetSchema, EmbeddedDocumentField, StringField

__all__ = [
    "CollectionFacts",
    "check_images",
    "check_masks",
    "check_paths",
    "copied",
    "documents_of",
    "is_of_clips",
    "is_of_frames",
    "local_labels",
    "sources_of",
    "videos_behind",
]

_SAMPLES_AT_ONCE = 1000


class CollectionFacts:
    """The facts of a view, and of its dataset."""

    def __init__(self, collection: SampleCollection) -> None:
        self._view = videos_behind(collection)
        self._root = collection.root
        self.of_frames = is_of_frames(collection)
        """Whether its samples are frames of videos, seen as images."""

    @property
    def schema(self) -> DatasetSchema:
        """The fields that can be annotated: those that the view shows, or those of its frames."""
        return (self._root if self.of_frames else self._view).visible_schema()

    @property
    def is_video(self) -> bool:
        """Whether only fields of frames can be annotated."""
        return self.of_frames or self._view.media_type == "video"

    def classes_of(self, name: str) -> Sequence[str]:
        """All classes that a field holds in the dataset, and as the view shows them."""
        found = {*self._root.distinct(self._path(name, "label")), *self.classes_shown(name)}
        return sorted(label for label in found if label is not None)

    def classes_shown(self, name: str) -> Sequence[str]:
        """The classes that the view shows."""
        found = self._view.distinct(self._shown_path(name, "label"))
        return sorted(label for label in found if label is not None)

    def count_drawn(self, name: str) -> Mapping[LabelType, int]:
        """How many labels of the view are drawn in each of the ways that their type allows."""
        field = self._field(name)
        if field.element_type is not None and field.element_type.__name__ == "Detection":
            every = self._view.count(self._shown_path(name))
            places = (self._shown_path(name, part) for part in ("mask", "mask_path"))
            masked = min(every, sum(self._view.count(place) for place in places))
            return {"instances": masked, "detections": every - masked}
        filled = self._view.count_values(self._shown_path(name, "filled"))
        areas = filled.get(True, 0)
        return {"polygons": areas, "polylines": sum(filled.values()) - areas}

    def skeleton_of(self, name: str) -> Skeleton | None:
        """What the points of a field's keypoints are called, where they have names."""
        found = self._root.get_skeleton(name)
        if found is None or not found.labels:
            return None
        return Skeleton(tuple(found.labels), tuple(tuple(edge) for edge in found.edges))

    def mask_targets_of(self, name: str) -> Mapping[int | str, str] | None:
        """Class by pixel value, or by colour, of a segmentation field, as the dataset has it."""
        info = self._root.snapshot().info
        targets: Mapping[int | str, str] | None
        targets = (info.get("mask_targets") or {}).get(name) or info.get("default_mask_targets")
        return targets or None

    def mask_files(self, name: str) -> Sequence[str]:
        """The files that hold masks of a field's labels, as far as the view shows them."""
        if "mask_path" not in self._field(name).attributes:
            return []
        found = self._view.distinct(self._shown_path(name, "mask_path"))
        return [path for path in found if path]

    def keyframes_of(self, name: str) -> int:
        """How many labels of a field of frames are keyframes."""
        if "keyframe" not in self._field(name).attributes:
            return 0
        counts: Mapping[Any, int] = self._view.count_values(self._shown_path(name, "keyframe"))
        return counts.get(True, 0)

    def _field(self, name: str) -> EmbeddedDocumentField:
        fields = self.schema.fields
        if name.startswith(FRAMES_PREFIX):
            fields = self.schema.frame_fields
        field = fields[name.removeprefix(FRAMES_PREFIX)]
        assert isinstance(field, EmbeddedDocumentField)
        return field

    def _path(self, name: str, attribute: str | None = None) -> str:
        """The path of a field's labels, or of an attribute of theirs."""
        document = self._field(name).document_type
        inner = document.LIST_NAME if issubclass(document, LabelList) else None
        return ".".join(part for part in (name, inner, attribute) if part is not None)

    def _shown_path(self, name: str, attribute: str | None = None) -> str:
        """The same path as the view names it: of frames that are samples, without "frames."."""
        path = self._path(name, attribute)
        return path.removeprefix(FRAMES_PREFIX) if self.of_frames else path


def is_of_clips(collection: SampleCollection) -> bool:
    """Whether the samples of a view are parts of videos."""
    return {"sample_id", "support"} <= collection.visible_schema().fields.keys()


def videos_behind(collection: SampleCollection) -> SampleCollection:
    """The view of which a view of clips shows parts; any other view itself."""
    if isinstance(collection, RowCollection) and is_of_clips(collection):
        return collection.row_handle.source
    return collection


def is_of_frames(collection: SampleCollection) -> bool:
    """Whether the samples of a view are the frames of videos."""
    return {"sample_id", "frame_number"} <= collection.visible_schema().fields.keys()


def check_images(
    collection: SampleCollection,
    media_field: str,
    server_files: Mapping[str, str] | None = None,
) -> None:
    """Makes sure that every image of a view can be sent.

    Args:
        collection: the view
        media_field: the field with the paths
        server_files: folder here to folder there, for media that the server has already

    Raises:
        AnnotationError: there is nothing to annotate, or a sample has no image under `media_field`
        MediaNotFoundError, MediaUnreadableError: an image is missing or none
    """
    paths = check_paths(collection, media_field, server_files)
    if is_of_frames(collection) and len(set(paths)) < len(paths):
        raise AnnotationError(
            "These frames have no images of their own: make them with "
            "to_frames(sample_frames=True), or annotate the videos."
        )
    for path in paths:
        if server_files is None:
            probe_image(path)


def check_paths(
    collection: SampleCollection,
    media_field: str,
    server_files: Mapping[str, str] | None = None,
) -> list[str]:
    """The paths of the media of a view; arguments and errors as of :func:`check_images`."""
    _check_media_field(collection, media_field)
    ids, paths = collection.values(["id", media_field])
    if not ids:
        raise AnnotationError(
            f"There are no samples in {collection.label}, so there is nothing to annotate."
        )
    for sample_id, path in zip(ids, paths, strict=True):
        if not path:
            raise AnnotationError(
                f"Sample {sample_id} has no path in '{media_field}'; fill it in or leave the "
                "sample out of the view."
            )
        if server_files is not None and place_on_server(Path(path), server_files) is None:
            raise AnnotationError(
                f"{path} is in none of the folders of server_files ({', '.join(server_files)}); "
                "add its folder, or leave the sample out of the view."
            )
    return list(paths)


def check_masks(collection: SampleCollection, schema: LabelSchema) -> None:
    """Makes sure that every mask that lies in a file can be sent.

    Raises:
        MediaNotFoundError: a file is missing
    """
    facts = CollectionFacts(collection)
    for plan in schema.fields:
        if plan.exists and plan.kind in {"instances", "segmentation"}:
            for path in facts.mask_files(plan.field):
                if not Path(path).is_file():
                    raise MediaNotFoundError(path)


def _check_media_field(collection: SampleCollection, media_field: str) -> None:
    schema = collection.visible_schema()
    if media_field not in schema:
        raise FieldNotFoundError(media_field, "The view", schema)
    if not isinstance(schema[media_field], StringField):
        raise LabelSchemaError(
            f"media_field='{media_field}' holds {schema[media_field].HOLDS}; it has to hold paths."
        )


def sources_of(
    collection: SampleCollection,
    schema: LabelSchema,
    media_field: str,
    *,
    ids: Sequence[str] | None = None,
) -> Iterator[Source]:
    """The samples of a view as they are packed, read as they are needed.

    Args:
        collection: the view
        schema: how its fields are annotated
        media_field: the field with the paths
        ids: only these samples, in this order; of one that the view shows no more, no labels
    """
    of_frames = is_of_frames(collection)
    if ids is None:
        for sample in collection:
            yield _source(sample, schema, media_field, shown=True, of_frames=of_frames)
        return
    if of_frames:
        for chunk in range(0, len(ids), _SAMPLES_AT_ONCE):
            for sample in collection.select(ids[chunk : chunk + _SAMPLES_AT_ONCE], ordered=True):
                yield _source(sample, schema, media_field, shown=True, of_frames=True)
        return
    shown = set(collection.select(ids).values("id"))
    for chunk in range(0, len(ids), _SAMPLES_AT_ONCE):
        part = ids[chunk : chunk + _SAMPLES_AT_ONCE]
        inside = {str(sample.id): sample for sample in collection.select(part)}
        for sample in collection.root.select(part, ordered=True):
            found = inside.get(str(sample.id), sample)
            yield _source(found, schema, media_field, shown=str(sample.id) in shown)


def _source(
    sample: Any, schema: LabelSchema, media_field: str, *, shown: bool, of_frames: bool = False
) -> Source:
    path = Path(sample[media_field])
    names = [plan.field for plan in schema.fields if plan.exists and shown]
    if not of_frames:
        values = {name: copied(sample[name]) for name in names}
        return Source(str(sample.id), path, values)
    values = {name: copied(sample[name.removeprefix(FRAMES_PREFIX)]) for name in names}
    return Source(str(sample["sample_id"]), path, values, sample["frame_number"])


def copied(value: object) -> object:
    """The labels of a field as values of our own: a sample may be edited while tasks are sent."""
    return value.copy() if isinstance(value, Label | LabelList) else value


def local_labels(
    collection: SampleCollection,
    places: Sequence[Place],
    fields: Sequence[str],
    schema: LabelSchema | None = None,
) -> tuple[Local, int]:
    """The stored labels of samples and frames by field, and the version that they are of.

    A sample that was deleted is absent, and so is a frame that its video has not got; a sample of
    a frame is there without labels. A plain value that `schema` annotates is there as the label
    that stands for it.
    """
    plans = {} if schema is None else {plan.field: plan for plan in schema.fields}
    snapshot = collection.root.snapshot()
    samples = find_samples(snapshot, (place.sample_id for place in places))
    out: dict[Place, dict[str, list[Label] | None]] = {Place(found): {} for found in samples}
    whole = {Place(place.sample_id) for place in places if place.frame_number is None}
    here = {place: samples[place.sample_id] for place in whole if place.sample_id in samples}
    outer = [name for name in fields if not name.startswith(FRAMES_PREFIX)]
    _read_labels(out, snapshot, here, outer, "", plans)
    inside = find_frames(snapshot, places, samples)
    out.update({place: {} for place in inside})
    inner = [name.removeprefix(FRAMES_PREFIX) for name in fields if name not in outer]
    _read_labels(out, snapshot.frames, inside, inner, FRAMES_PREFIX, plans)
    return out, snapshot.version


def _read_labels(
    out: dict[Place, dict[str, list[Label] | None]],
    snapshot: Any,
    seqs: Mapping[Place, int],
    fields: Sequence[str],
    prefix: str,
    plans: Mapping[str, FieldPlan],
) -> None:
    """Adds the labels of places to those that were read."""
    if not seqs:
        return
    order = sorted(seqs.items(), key=lambda item: item[1])
    numbers = [seq for _, seq in order]
    samples = snapshot.table("samples").take(np.array(numbers, np.int64)).table
    for name in fields:
        field = snapshot.schema.fields.get(name)
        if isinstance(field, EmbeddedDocumentField) and field.element_type is not None:
            every = current_labels(snapshot, name, field, numbers)
            missing = samples[name].is_null().to_pylist()
            for (place, _), labels, none in zip(order, every, missing, strict=True):
                out[place][prefix + name] = None if none else labels
        elif field is not None and (plan := plans.get(prefix + name)) is not None:
            for (place, _), value in zip(order, samples[name].to_pylist(), strict=True):
                out[place][prefix + name] = stand_ins(value, plan, place.sample_id) or None


def documents_of(collection: SampleCollection) -> dict[str, str]:
    """What each field of the dataset holds, as a name: a document's class or a kind of value.

    Fields of frames have "frames." in front.
    """
    schema = collection.root.snapshot().schema
    fields = {
        **schema.fields,
        **{FRAMES_PREFIX + name: field for name, field in schema.frame_fields.items()},
    }
    return {
        name: field.document_type.__name__
        if isinstance(field, EmbeddedDocumentField)
        else field.HOLDS
        for name, field in fields.items()
    }
