"""Views over the parts of videos: frames, clips and trajectories."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import Any, Literal

import numpy as np

from viewfinder.errors import MediaError
from viewfinder.expr import ViewExpression
from viewfinder.media import at_rate, probe_video
from viewfinder.samples.core import ViewT
from viewfinder.samples.frame_images import FrameImages, SizeWh, as_size, warn_of_failures
from viewfinder.samples.frame_methods import FrameMethods, frame_count
from viewfinder.samples.frames import Frame
from viewfinder.stages import ToClips, ToFrames, ToTrajectories

__all__ = ["VIDEO_STAGES", "VideoMethods"]

VIDEO_STAGES = (
    "exclude_frames",
    "match_frames",
    "select_frames",
    "to_clips",
    "to_frames",
    "to_trajectories",
)
"""The methods that add a stage over frames."""

OtherFields = bool | str | Iterable[str] | None


class VideoMethods(FrameMethods[ViewT]):
    """The methods that look at videos in parts."""

    def to_frames(
        self,
        sample_frames: bool | Literal["dynamic"] = False,
        fps: float | None = None,
        max_fps: float | None = None,
        size: SizeWh | None = None,
        min_size: SizeWh | None = None,
        max_size: SizeWh | None = None,
        sparse: bool = False,
        output_dir: str | Path | None = None,
        rel_dir: str | Path | None = None,
        frames_patt: str | None = None,
        force_sample: bool = False,
        skip_failures: bool = True,
        verbose: bool = False,
        include_indexes: bool | Iterable[str] = False,
    ) -> ViewT:
        """A view with one sample for each frame of the videos.

        ::

            frames = dataset.to_frames(sample_frames=True, max_fps=1, output_dir="/tmp/frames")
            for frame in frames.match(F("detections.detections").length() > 0):
                frame["checked"] = True
                frame.save()  # changes the frame of the video

        The samples have the frame's id, fields and number, and the id of the video as
        ``sample_id``. Their ``filepath`` is that of the frame's image where there is one, and
        otherwise the video's; their tags are those of the video and the frame's own.

        Args:
            sample_frames: True writes the image of each frame that has none yet, and keeps its
                path in the frame; "dynamic" leaves the images in the video, but has a sample for
                each of its frames
            fps: frames a second to show: the first of a video, and those that follow it at this
                rate. The videos' own rate is that of their metadata, or of their file
            max_fps: the highest number of frames a second to show
            size: (width, height) of the images in pixels, -1 for one that follows from the other
            min_size: the least (width, height), -1 for any; smaller images are enlarged
            max_size: the greatest (width, height), -1 for any; larger images are reduced
            sparse: with `sample_frames`, only the frames that the dataset has already
            output_dir: where images are written, in a folder a video, named after it; beside the
                videos otherwise
            rel_dir: what is taken off the videos' paths; what is left of them is made in
                `output_dir`
            frames_patt: the names of images by frame number, "%06d.jpg" if not given
            force_sample: whether images that are there are written anew
            skip_failures: whether videos that can't be read are passed over, with a warning
            verbose: has no effect
            include_indexes: has no effect: there are none to be built

        Raises:
            ExpressionError: when there are no videos
            ConfigError: when a size or the pattern is none
            MediaError: when a video can't be read, where `skip_failures` is False
        """
        del verbose, include_indexes
        stage = ToFrames(fps, max_fps)
        images = FrameImages(
            output_dir,
            rel_dir,
            frames_patt or "%06d.jpg",
            as_size(size),
            as_size(min_size),
            as_size(max_size),
            force_sample,
        )
        if sample_frames:
            writing = images if sample_frames is True else None
            self._sample_videos(stage, writing, sparse=sparse, skip_failures=skip_failures)
        return self.add_stage(stage)

    def to_clips(
        self,
        field_or_expr: Any,
        other_fields: OtherFields = None,
        tol: int = 0,
        min_len: int = 0,
        trajectories: bool = False,
    ) -> ViewT:
        """A view with one sample for each clip of the videos.

        ::

            dataset.to_clips("events")  # one a temporal detection
            dataset.to_clips("frames.detections")  # where there are objects
            dataset.to_clips(F("detections.detections").length() > 2, min_len=10)
            dataset.to_clips([[[1, 30]], [], [[5, 8], [20, 25]]])  # supports by sample

        The samples have the clip's first and last frame as ``support``, the video's id as
        ``sample_id``, and as ``frames`` those of the clip. A temporal detection is shown as a
        Classification.

        Args:
            field_or_expr: a field of temporal detections or supports, a field of frame labels, an
                expression on a frame, or a list of supports for each sample
            other_fields: more fields of the samples to show, by name; True for all
            tol: how many frames may be missing inside of a clip
            min_len: the least number of frames of a clip
            trajectories: whether to make one clip for each object with an `index`
        """
        if isinstance(field_or_expr, ViewExpression):
            field_or_expr = field_or_expr.node
        stage = ToClips(field_or_expr, other_fields, tol, min_len, trajectories)
        return self.add_stage(stage)

    def to_trajectories(
        self, field: str, other_fields: OtherFields = None, tol: int = 0, min_len: int = 0
    ) -> ViewT:
        """A view with one clip for each object that is followed through frames.

        Args:
            field: a field of frame labels with `index`, such as "frames.detections"
            other_fields: more fields of the samples to show, by name; True for all
            tol: how many frames an object may be missing
            min_len: the least number of frames of a clip
        """
        return self.add_stage(ToTrajectories(field, other_fields, tol, min_len))

    def _sample_videos(
        self, stage: ToFrames, images: FrameImages | None, *, sparse: bool, skip_failures: bool
    ) -> None:
        """Makes the frames that there are to be, and writes the images of those that have none."""
        failures: list[MediaError] = []
        if images is not None:
            # All of the dataset, as the images of videos that are not shown may be there already.
            images = images.among(path for path in self.root.values("filepath") if path)
        batches = list(self.row_batches())
        for batch in batches:
            for at, seq in enumerate(batch.seqs.tolist()):
                try:
                    self._sample_video(self.sample_at(batch, at, seq), stage, images, sparse=sparse)
                except MediaError as error:
                    if not skip_failures:
                        raise
                    failures.append(error)
        warn_of_failures(failures, sum(map(len, batches)))

    def _sample_video(
        self, sample: Any, stage: ToFrames, images: FrameImages | None, *, sparse: bool
    ) -> None:
        path = Path(sample.filepath)
        there = [*sample.frames]
        numbers = there
        if not sparse:
            total = frame_count(str(path), sample.metadata)
            numbers = sorted({*there, *range(1, total + 1)})
        if stage.fps is not None or stage.max_fps is not None:
            known = getattr(sample.metadata, "frame_rate", None)
            rates = np.full(len(numbers), known or probe_video(path).frame_rate or np.nan)
            left = at_rate(np.array(numbers), rates, fps=stage.fps, max_fps=stage.max_fps)
            numbers = [number for number, kept in zip(numbers, left, strict=True) if kept]
        made = False
        for number in numbers:
            if number not in sample.frames:
                sample.frames[number] = Frame()
                made = True
        if images is not None:
            bare = [n for n in numbers if images.force or not _image_of(sample.frames[n])]

            def note(number: int, name: str) -> None:
                sample.frames[number]["filepath"] = name

            images.write(path, bare, note=note)
            made = made or bool(bare)
        if made:
            sample.save()

    def sample_at(self, rows: Any, index: int, seq: int) -> Any:
        """The sample at a row of a batch."""
        raise NotImplementedError


def _image_of(frame: Frame) -> str | None:
    """The path of a frame's image, where it has one."""
    return frame["filepath"] if frame.has_field("filepath") else None
