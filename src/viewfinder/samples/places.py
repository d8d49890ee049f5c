"""Places that hold labels and values: samples, and single frames of videos; found in a snapshot."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

if TYPE_CHECKING:
    from viewfinder.store import Snapshot

__all__ = ["Place", "find_frames", "find_samples"]


class Place(NamedTuple):
    """A sample, or one frame of a video."""

    sample_id: str
    frame_number: int | None = None
    """From 1; None for the sample itself."""


def find_samples(snapshot: Snapshot, ids: Iterable[str]) -> dict[str, int]:
    """The number in the store of each sample; those that are not in the dataset are absent."""
    wanted = list(dict.fromkeys(ids))
    seqs = snapshot.seqs_of(wanted).tolist()
    return {found: seq for found, seq in zip(wanted, seqs, strict=True) if seq >= 0}


def find_frames(
    snapshot: Snapshot, places: Iterable[Place], samples: dict[str, int]
) -> dict[Place, int]:
    """The number in the store of each frame; those that do not exist are absent.

    Args:
        snapshot: the whole dataset
        places: the frames; places that are whole samples are passed over
        samples: as :func:`find_samples` gives them
    """
    wanted = [
        place
        for place in dict.fromkeys(places)
        if place.frame_number is not None and place.sample_id in samples
    ]
    if not wanted:
        return {}
    index = snapshot.frame_index
    videos = np.array([samples[place.sample_id] for place in wanted], np.int64)
    numbers = np.array([place.frame_number for place in wanted], np.int64)
    starts, counts = index.spans(videos)
    found: dict[Place, int] = {}
    for at, place in enumerate(wanted):
        inside = index.numbers[starts[at] : starts[at] + counts[at]]
        row = int(inside.searchsorted(numbers[at]))
        if row < len(inside) and inside[row] == numbers[at]:
            found[place] = int(index.seqs[starts[at] + row])
    return found
