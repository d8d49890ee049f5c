"""A task of a CVAT server read job by job: annotations, deleted frames, what reviewers remarked."""

from __future__ import annotations

from viewfinder.annotate.back.choosing import Choice
from viewfinder.annotate.back.reading import TaskReading
from viewfinder.annotate.backends.cvat_issues import read_issues
from viewfinder.annotate.backends.cvat_reading import read_annotations
from viewfinder.annotate.parallel import in_order
from viewfinder.annotate.record import SentTask
from viewfinder.annotate.schema import LabelSchema
from viewfinder.cvat.client import CvatClient
from viewfinder.cvat.tools import ServerClasses

__all__ = ["read_task"]

_AT_A_TIME = 2
"""Jobs of one task that are fetched at a time; several tasks are read beside each other."""


def read_task(
    client: CvatClient, sent: SentTask, schema: LabelSchema, choice: Choice
) -> TaskReading:
    """What annotators did with a task, as far as it was chosen."""
    reached, reasons = choice.frames()
    result = TaskReading(sent.task_id)
    if choice.read:
        deleted = set(client.data_meta(sent.task_id).deleted_frames)
        checks = client.honeypots(sent.task_id) if choice.checks else frozenset()
        reached -= deleted | checks
        reasons.update(dict.fromkeys(deleted, "its frame was deleted on the server"))
        reasons.update(dict.fromkeys(checks, "it is shown again there to check annotators"))
        classes = ServerClasses(client.labels(task_id=sent.task_id), schema.point_names)
        data = in_order(
            choice.read,
            lambda job: (job.frames, client.annotations("jobs", job.job_id)),
            limit=_AT_A_TIME,
        )
        result = read_annotations(sent, schema, classes, data, reached=reached.__contains__)
    settled = choice.settled_frames()
    for number, frame in enumerate(sent.frames):
        if number not in reached and number not in settled:
            reason = reasons.get(number, "no job on the server has its frame")
            result.unreached[frame.place] = reason
    for job in choice.read:
        result.job_frames[job.job_id] = job.frames
        if job.updated is not None:
            result.jobs[job.job_id] = job.updated
    jobs = [*choice.read, *choice.settled, *choice.others]
    result.issues.extend(read_issues(client, sent, result, jobs))
    return result
