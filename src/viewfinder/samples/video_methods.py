"""Views over the parts of videos: frames, clips and trajectories."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import Any, Literal

from PIL import Image

from viewfinder.expr import ViewExpression
from viewfinder.media import read_frames
from viewfinder.samples.core import ViewT
from viewfinder.samples.frame_methods import FrameMethods
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
        sparse: bool = False,
        output_dir: str | Path | None = None,
        frames_patt: str = "%06d.jpg",
    ) -> ViewT:
        """A view with one sample for each frame of the videos.

        ::

            frames = dataset.to_frames(sample_frames=True, output_dir="/tmp/frames")
            for frame in frames.match(F("detections.detections").length() > 0):
                frame["checked"] = True
                frame.save()  # changes the frame of the video

        The samples have the frame's id, fields and number, and the id of the video as
        ``sample_id``. Their ``filepath`` is that of the frame's image where there is one, and
        otherwise the video's.

        Args:
            sample_frames: True writes the image of each frame that has none yet, and keeps its
                path in the frame; "dynamic" leaves the images in the video, but has a sample for
                each of its frames
            sparse: with `sample_frames`, only the frames that the dataset has already
            output_dir: where images are written, in a folder a video; beside the videos otherwise
            frames_patt: the names of images, by frame number

        Raises:
            ExpressionError: when there are no videos
            MediaError: when a video can't be read
        """
        if sample_frames and not sparse:
            self.ensure_frames()
        if sample_frames is True:
            self._write_images(output_dir, frames_patt)
        return self.add_stage(ToFrames())

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

    def _write_images(self, output_dir: str | Path | None, pattern: str) -> None:
        """Writes the images of frames that have none, and their paths into the frames."""
        for batch in self.row_batches():
            for at, seq in enumerate(batch.seqs.tolist()):
                path = Path(batch.column("filepath")[at])
                folder = (path.parent if output_dir is None else Path(output_dir)) / path.stem
                sample = self.sample_at(batch, at, seq)
                numbers = [
                    number
                    for number, frame in sample.frames.items()
                    if not (frame.has_field("filepath") and frame["filepath"])
                ]
                if not numbers:
                    continue
                folder.mkdir(parents=True, exist_ok=True)
                for number, image in read_frames(path, numbers):
                    name = folder / (pattern % number)
                    Image.fromarray(image).save(name, quality=95)
                    sample.frames[number]["filepath"] = str(name)
                sample.save()

    def sample_at(self, rows: Any, index: int, seq: int) -> Any:
        """The sample at a row of a batch."""
        raise NotImplementedError
