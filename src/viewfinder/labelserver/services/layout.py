"""How the frames of a task become jobs: cut into segments, and some frames kept for checking.

Checking works in two ways, as in CVAT. With "gt", a job of its own holds true labels for some of
the frames. With "gt_pool", frames are set aside, and copies of some of them (honeypots) are mixed
into every job; the job of true labels has the originals, after all the others.
"""

from __future__ import annotations

import math
import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

from viewfinder.labelserver.errors import LabelServerError
from viewfinder.labelserver.models import Job

__all__ = ["Layout", "Selection", "Span", "choose_frames", "lay_out"]

GROUND_TRUTH = "ground_truth"
# Frames that jobs of a video share where the client asks for no other number, as in CVAT.
_VIDEO_OVERLAP = 5


@dataclass(frozen=True, slots=True)
class Span:
    """The frames of one job, numbered as in the task."""

    start: int
    stop: int
    frames: list[int] | None = None
    """Of a job of true labels; None for all from the first to the last one."""

    def as_job(self, task_id: int) -> Job:
        """The job, to be added."""
        kind = "annotation" if self.frames is None else GROUND_TRUTH
        return Job(
            task_id=task_id,
            start_frame=self.start,
            stop_frame=self.stop,
            type=kind,
            frames=self.frames,
        )


@dataclass(frozen=True, slots=True)
class Selection:
    """Which frames are wanted for checking."""

    method: Literal["random_uniform", "random_per_job", "manual"]
    count: int | None = None
    share: float | None = None
    per_job_count: int | None = None
    per_job_share: float | None = None
    seed: int | None = None
    numbers: Sequence[int] = ()


@dataclass(slots=True)
class Layout:
    """The jobs of a task."""

    segment_size: int
    overlap: int
    spans: list[Span]
    order: list[int]
    """For each frame of the task, its number among the frames that were read."""
    validation: dict[str, Any] | None = None
    honeypots: dict[int, int] = field(default_factory=dict)


def lay_out(
    names: Sequence[str],
    size: int,
    *,
    segment_size: int,
    overlap: int | None,
    is_video: bool,
    file_jobs: Sequence[Sequence[str]] | None,
    validation: dict[str, Any] | None,
) -> Layout:
    """The jobs of a task.

    Args:
        names: of the frames; of a video, one
        size: the number of frames
        segment_size: frames a job; 0 for one job
        overlap: frames that jobs share; None for what is usual
        is_video: whether the media are a video
        file_jobs: the names of the files of each job, where the client says them
        validation: which frames are for checking, as CVAT's `validation_params`

    Raises:
        LabelServerError: when the wishes don't fit the media or each other
    """
    segment = min(segment_size or size, size)
    usual = _VIDEO_OVERLAP if is_video else 0
    shared = min(usual if overlap is None else overlap, segment // 2)
    if validation is not None and validation.get("mode") == "gt_pool":
        return _with_honeypots(names, size, segment, validation, is_video=is_video)
    if file_jobs is not None:
        ends = [sum(len(files) for files in file_jobs[: at + 1]) for at in range(len(file_jobs))]
        starts = [0, *ends[:-1]]
        spans = [Span(start, end - 1) for start, end in zip(starts, ends, strict=True)]
        layout = Layout(0, 0, spans, list(range(size)))
    else:
        spans = [Span(start, stop) for start, stop in _segments(size, segment, shared)]
        layout = Layout(segment, shared, spans, list(range(size)))
    if validation is not None:
        chosen = choose_frames(_selection(validation, names), size, spans)
        layout.spans.append(Span(0, size - 1, chosen))
        layout.validation = {"mode": "gt", "frames": chosen}
    return layout


def _segments(size: int, segment: int, overlap: int) -> Iterator[tuple[int, int]]:
    """The first and last frames of jobs, each sharing frames with the one before."""
    step = size if segment >= size else segment - overlap
    for start in range(0, size, step):
        yield start, min(start + segment, size) - 1


def _selection(validation: dict[str, Any], names: Sequence[str]) -> Selection:
    wanted = validation.get("frames") or ()
    numbers = {name: number for number, name in enumerate(names)}
    unknown = [name for name in wanted if name not in numbers]
    if unknown:
        raise LabelServerError(f"validation_params names frames that were not sent: {unknown[:5]}")
    return Selection(
        method=validation.get("frame_selection_method", "random_uniform"),
        count=validation.get("frame_count"),
        share=validation.get("frame_share"),
        per_job_count=validation.get("frames_per_job_count"),
        per_job_share=validation.get("frames_per_job_share"),
        seed=validation.get("random_seed"),
        numbers=[numbers[name] for name in wanted],
    )


def choose_frames(selection: Selection, size: int, spans: Sequence[Span]) -> list[int]:
    """The frames for checking, in order.

    Args:
        selection: which are wanted
        size: the number of frames of the task
        spans: of its jobs

    Raises:
        LabelServerError: when that chooses none, or frames that are not there
    """
    # Not for secrets: the same seed has to choose the same frames.
    chance = random.Random(selection.seed)
    match selection.method:
        case "manual":
            chosen = sorted(set(selection.numbers))
            if any(not 0 <= number < size for number in chosen):
                raise LabelServerError(f"Frames for checking must be in the [0, {size - 1}] range.")
        case "random_per_job":
            chosen = sorted(
                {
                    number
                    for span in spans
                    for number in _sample(
                        chance,
                        range(span.start, span.stop + 1),
                        selection.per_job_count,
                        selection.per_job_share,
                    )
                }
            )
        case _:
            chosen = _sample(chance, range(size), selection.count, selection.share)
    if not chosen:
        raise LabelServerError(
            "No frame was chosen for checking: give frames, or how many or which share of them."
        )
    return chosen


def _sample(
    chance: random.Random, numbers: range, count: int | None, share: float | None
) -> list[int]:
    wanted = math.ceil(len(numbers) * share) if count is None and share else count or 0
    return sorted(chance.sample(numbers, min(wanted, len(numbers))))


def _with_honeypots(
    names: Sequence[str], size: int, segment: int, validation: dict[str, Any], *, is_video: bool
) -> Layout:
    if is_video:
        raise LabelServerError("Honeypots (mode gt_pool) are for tasks of images only.")
    selection = _selection(validation, names)
    pool = choose_frames(selection, size, [])
    others = [number for number in range(size) if number not in set(pool)]
    if not others:
        raise LabelServerError("All frames were chosen for checking: none is left for the jobs.")
    per_job = selection.per_job_count
    if per_job is None:
        per_job = math.ceil(segment * (selection.per_job_share or 0))
    per_job = min(per_job, len(pool))
    chance = random.Random(selection.seed)
    layout = Layout(segment + per_job, 0, [], [])
    for at in range(0, len(others), segment):
        start = len(layout.order)
        mixed = [(number, False) for number in others[at : at + segment]]
        for number in sorted(chance.sample(pool, per_job)):
            mixed.insert(chance.randint(0, len(mixed)), (number, True))
        for place, (number, is_honeypot) in enumerate(mixed, start):
            layout.order.append(number)
            if is_honeypot:
                layout.honeypots[place] = number
        layout.spans.append(Span(start, len(layout.order) - 1))
    first = len(layout.order)
    layout.order += pool
    frames = list(range(first, len(layout.order)))
    layout.spans.append(Span(first, len(layout.order) - 1, frames))
    real = dict(zip(pool, frames, strict=True))
    layout.honeypots = {place: real[number] for place, number in layout.honeypots.items()}
    layout.validation = {
        "mode": "gt_pool",
        "frames": frames,
        "frames_per_job_count": per_job,
        "honeypots": sorted(layout.honeypots.items()),
    }
    return layout
