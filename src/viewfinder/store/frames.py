"""Which frames each video has: frames sorted by video and number, and where each video begins."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from viewfinder.schema import VIDEO_OF_FRAME
from viewfinder.store.tables import ranges

__all__ = ["FrameIndex"]

Int64s = npt.NDArray[np.int64]


class FrameIndex:
    """The frames of all videos of one snapshot."""

    def __init__(self, frames: pa.Table) -> None:
        """
        Args:
            frames: all frames, with their numbers and those of their videos
        """
        seqs = frames.column("seq").to_numpy()
        numbers = frames.column("frame_number").to_numpy()
        samples = frames.column(VIDEO_OF_FRAME).to_numpy()
        order = np.lexsort((numbers, samples))
        self.seqs: Int64s = seqs[order]
        """The frames, by video and number."""
        self.numbers: Int64s = numbers[order]
        """Their numbers."""
        self.samples: Int64s = samples[order]
        """The sample of each."""

    def spans(self, seqs: Int64s) -> tuple[Int64s, Int64s]:
        """Of some samples, where their frames begin in :attr:`seqs`, and how many they are."""
        starts = self.samples.searchsorted(seqs, side="left")
        stops = self.samples.searchsorted(seqs, side="right")
        return starts, stops - starts

    def frames_of(self, seqs: Int64s) -> tuple[Int64s, Int64s]:
        """The frames of some samples, one sample after the other, and their n+1 offsets."""
        starts, counts = self.spans(seqs)
        offsets = np.zeros(len(seqs) + 1, dtype=np.int64)
        np.cumsum(counts, out=offsets[1:])
        return self.seqs[ranges(starts, counts)], offsets
