"""Which jobs a load reads: those that were asked for and have changed since they were last read.

Pure. A frame is read only where every job that shows it is: what another job says of it is not
known otherwise, and nothing is deleted on doubt.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from viewfinder.errors import AnnotationError

__all__ = ["Choice", "JobStatus", "Selection", "choose", "parse_selection"]

STAGES = ("annotation", "validation", "acceptance")
STATES = ("new", "in progress", "rejected", "completed")
_ANNOTATED = "annotation"
"""The type of jobs whose annotations count; others hold what annotators are checked against."""


@dataclass(frozen=True, slots=True)
class JobStatus:
    """How far a job is."""

    job_id: int
    stage: str | None
    """"annotation", "validation" or "acceptance"."""
    state: str | None
    """"new", "in progress", "rejected" or "completed"."""
    assignee: str | None
    start_frame: int
    stop_frame: int
    url: str
    """The page where it is annotated."""
    type: str = "annotation"
    """"annotation", or "ground_truth" for one that others are checked against."""
    updated: str | None = None
    """When it or its annotations were last changed, in the server's own writing."""
    issues: int | None = 0
    """How many issues reviewers have opened in it; None where the server has to be asked."""
    labels: int | None = None
    """How many labels of its frames are on record, as they were sent or last loaded; None where
    that was not looked at."""

    @property
    def frames(self) -> range:
        """The numbers of its frames in the task."""
        return range(self.start_frame, self.stop_frame + 1)


@dataclass(frozen=True, slots=True)
class Selection:
    """The jobs that were asked for; all where nothing is said."""

    jobs: frozenset[int] | None = None
    stages: frozenset[str] | None = None
    states: frozenset[str] | None = None

    def refusal(self, job: JobStatus) -> str | None:
        """Why a job is not read; None where it is."""
        if self.jobs is not None and job.job_id not in self.jobs:
            return f"job {job.job_id} was not asked for"
        if self.stages is not None and job.stage not in self.stages:
            return f"job {job.job_id} is in stage '{job.stage}'"
        if self.states is not None and job.state not in self.states:
            return f"job {job.job_id} is in state '{job.state}'"
        return None


@dataclass(frozen=True, slots=True)
class Choice:
    """What is read of one task."""

    read: tuple[JobStatus, ...] = ()
    """The jobs to be read."""
    settled: tuple[JobStatus, ...] = ()
    """Jobs that have not changed since they were read: their labels are as they were then."""
    waiting: dict[int, str] = field(default_factory=dict)
    """Why the frames of each of the other jobs are not read, by job."""
    others: tuple[JobStatus, ...] = ()
    """Those other jobs."""
    checks: int = 0
    """The number of jobs that hold ground truth, which are never read."""

    def frames(self) -> tuple[set[int], dict[int, str]]:
        """The frames that are read, and why others are not; settled frames are in neither."""
        reached: set[int] = set()
        for job in self.read:
            reached.update(job.frames)
        reasons: dict[int, str] = {}
        for job in self.others:
            reasons.update(dict.fromkeys(job.frames, self.waiting[job.job_id]))
        return reached - reasons.keys(), reasons

    def settled_frames(self) -> set[int]:
        """The frames of settled jobs."""
        return {number for job in self.settled for number in job.frames}


def choose(
    jobs: Iterable[JobStatus], selection: Selection, known: Mapping[int, str] | None = None
) -> Choice:
    """What to read of one task.

    Args:
        jobs: all jobs of the task
        selection: what was asked for
        known: when each job was last changed, as of the last load
    """
    known = known or {}
    annotated = [job for job in jobs if job.type == _ANNOTATED]
    checks = sum(job.type == "ground_truth" for job in jobs)
    waiting = {job.job_id: selection.refusal(job) for job in annotated}
    chosen = [job for job in annotated if waiting[job.job_id] is None]
    read = [job for job in chosen if job.updated is None or known.get(job.job_id) != job.updated]
    settled = [job for job in chosen if job not in read]
    while True:
        # What shares frames with a job that is read is read with it.
        sharing = [job for job in settled if any(_share(job, other) for other in read)]
        if not sharing:
            break
        read += sharing
        settled = [job for job in settled if job not in sharing]
    return Choice(
        read=tuple(sorted(read, key=lambda job: (job.start_frame, job.job_id))),
        settled=tuple(settled),
        waiting={number: why for number, why in waiting.items() if why is not None},
        others=tuple(job for job in annotated if job not in chosen),
        checks=checks,
    )


def _share(one: JobStatus, other: JobStatus) -> bool:
    return one.start_frame <= other.stop_frame and other.start_frame <= one.stop_frame


def parse_selection(jobs: Any, stage: Any, state: Any) -> Selection:
    """What was given as ``jobs``, ``stage`` and ``state``.

    Raises:
        AnnotationError: a value that no job can have
    """
    numbers = None
    if jobs is not None:
        given = [jobs] if isinstance(jobs, int) else list(jobs)
        for number in given:
            if not isinstance(number, int) or isinstance(number, bool):
                raise AnnotationError(f"jobs={jobs!r}: give the numbers of jobs, like [12, 13].")
        numbers = frozenset(given)
    return Selection(numbers, _words("stage", stage, STAGES), _words("state", state, STATES))


def _words(name: str, given: Any, choices: Sequence[str]) -> frozenset[str] | None:
    if given is None:
        return None
    words = [given] if isinstance(given, str) else list(given)
    for word in words:
        if word not in choices:
            raise AnnotationError(
                f"{name}={given!r}: choose among {', '.join(map(repr, choices))}, one or several."
            )
    return frozenset(words)
