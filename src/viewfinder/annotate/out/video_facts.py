"""What the packs of a run over videos need to know of a collection, asked of the collection."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from pathlib import Path
from typing import Any

from viewfinder.annotate.options import FrameOption, TaskOptions
from viewfinder.annotate.out.facts import check_paths, copied, is_of_clips, videos_behind
from viewfinder.annotate.out.pack import VideoSource
from viewfinder.annotate.schema import LabelSchema
from viewfinder.cvat.frame_map import FrameMap
from viewfinder.errors import AnnotationError
from viewfinder.media import probe_video
from viewfinder.samples import SampleCollection
from viewfinder.schema import FRAMES_PREFIX, EmbeddedDocumentField

__all__ = ["check_videos", "video_sources_of"]


def check_videos(collection: SampleCollection, media_field: str, options: TaskOptions) -> None:
    """Makes sure that every video of a view can be sent, as far as the options choose of it.

    Raises:
        AnnotationError: there is nothing to annotate, a sample has no video under `media_field`, or
            the options leave no frame of it
        MediaNotFoundError, MediaUnreadableError: a video is missing or none
    """
    paths = check_paths(collection, media_field, options.server_files)
    supports = collection.values("support") if is_of_clips(collection) else [None] * len(paths)
    for number, (path, support) in enumerate(zip(paths, supports, strict=True)):
        _frames_of(Path(path), number, support, options)


def video_sources_of(
    collection: SampleCollection,
    schema: LabelSchema,
    media_field: str,
    options: TaskOptions,
    *,
    sent: Collection[tuple[str, int]] = (),
) -> Iterator[VideoSource]:
    """The videos of a view, or its clips, as they are packed, read as they are needed.

    Args:
        collection: the view
        schema: how the fields of its frames are annotated
        media_field: the field with the paths
        options: which frames are shown
        sent: videos and clips that are left out: the sample, and the number of the first frame
    """
    names = [plan.field for plan in schema.fields if plan.exists]
    of_clips = is_of_clips(collection)
    videos = videos_behind(collection)
    for number, sample in enumerate(collection):
        path = Path(sample[media_field])
        support = sample["support"] if of_clips else None
        frames = _frames_of(path, number, support, options)
        sample_id = str(sample["sample_id"] if of_clips else sample.id)
        if (sample_id, frames.start + 1) in sent:
            continue
        # A clip shows all labels of its frames; those of the view behind it are the chosen ones.
        video = videos.select(sample_id).first() if of_clips else sample
        values = {
            shown: {name: copied(_value(frame, name)) for name in names}
            for shown, frame in video.frames.items()
            if frames.frame_of(shown) is not None
        }
        yield VideoSource(sample_id, path, frames, values, _top_index(collection, sample_id, names))


def _frames_of(path: Path, number: int, support: Any, options: TaskOptions) -> FrameMap:
    """The frames of a video that a task shows.

    Raises:
        AnnotationError: none is left
    """
    start = _chosen(options.frame_start, path, number)
    stop = _chosen(options.frame_stop, path, number)
    step = _chosen(options.frame_step, path, number)
    if support is not None:
        if start is not None or stop is not None:
            raise AnnotationError(
                "A clip says itself where it starts and stops: leave frame_start and frame_stop "
                "out, or annotate the videos."
            )
        return FrameMap.of_clip(support[0], support[1], step=step)
    # Of a video that only the server has, the server tells how long it is.
    total = probe_video(path).total_frame_count if path.is_file() else (stop or start or 0) + 1
    try:
        return FrameMap.of_video(total, start=start, stop=stop, step=step)
    except AnnotationError as error:
        raise AnnotationError(f"{path} has {total} frames. {error}") from error


def _chosen(option: FrameOption, path: Path, number: int) -> int | None:
    """What an option says for one video: the same for all, in turn, or by path."""
    if isinstance(option, Mapping):
        return option.get(str(path))
    if isinstance(option, tuple):
        return option[number % len(option)]
    return option


def _value(frame: Any, name: str) -> Any:
    inner = name.removeprefix(FRAMES_PREFIX)
    return frame[inner] if inner in frame.field_names else None


def _top_index(collection: SampleCollection, sample_id: str, names: list[str]) -> dict[str, int]:
    """The highest ``index`` of each field of frames in all of a video."""
    video = collection.root.select(sample_id)
    fields = video.visible_schema().frame_fields
    out: dict[str, int] = {}
    for name in names:
        field = fields[name.removeprefix(FRAMES_PREFIX)]
        if not isinstance(field, EmbeddedDocumentField) or "index" not in field.attributes:
            continue
        inner = getattr(field.document_type, "LIST_NAME", None)
        path = f"{name}.{inner}.index" if inner else f"{name}.index"
        top = video.max(path)
        if top is not None:
            out[name] = int(top)
    return out
