"""Annotation runs as they are kept with a dataset: what a run is about, and what it sent."""

from __future__ import annotations

import zlib
from collections.abc import Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import count
from typing import Any, Literal

import msgspec

from viewfinder.annotate.options import TaskOptions
from viewfinder.annotate.record import SentTask, decode_task, encode_task
from viewfinder.annotate.schema import LabelSchema
from viewfinder.errors import (
    AnnotationError,
    AnnotationRunExistsError,
    AnnotationRunNotFoundError,
    InvalidAnnotationKeyError,
)
from viewfinder.samples import SampleCollection
from viewfinder.samples import runs as kept
from viewfinder.samples.viewing import view_from_json

__all__ = [
    "KIND",
    "UNFINISHED",
    "AnnotationInfo",
    "RunConfig",
    "State",
    "delete_all",
    "delete_run",
    "drop_task",
    "held",
    "info",
    "list_keys",
    "load_config",
    "load_view",
    "part_name",
    "part_names",
    "read_order",
    "read_part",
    "read_tasks",
    "refuse_cleaned",
    "refuse_key",
    "register",
    "rename",
    "save_config",
    "save_order",
    "save_task",
    "task_numbers",
    "unused_key",
]

KIND = "annotation"
_ORDER = "samples"

_TASK = "task-"

UNFINISHED = frozenset({"sending", "failed"})
"""The states of a run that did not arrive as a whole."""
State = Literal["sending", "sent", "failed", "cleaned"]


class RunConfig(msgspec.Struct, kw_only=True, frozen=True):
    """What a run is about. Holds no credentials."""

    state: State
    """"sending" while (or because it was cut while) tasks leave, "sent" when all have arrived,
    "failed" when sending ended in an error, "cleaned" when its tasks were deleted."""
    backend: str
    url: str | None
    """Address of the server; None for the one that comes with Viewfinder."""
    organization: str | None = None
    label_schema: LabelSchema
    options: TaskOptions
    media_field: str = "filepath"
    view: list[dict[str, Any]] = []
    """The stages of the view that was annotated."""
    project_id: int | None = None
    """The server's number of the project that the tasks are in."""
    makes_project: bool = False
    """Whether the project was made for this run, so that a cleanup may remove it."""
    notes: list[str] = []
    """Sentences that a person should read."""

    def moved_to(self, state: State) -> RunConfig:
        """The same config in another state."""
        return msgspec.structs.replace(self, state=state)

    def with_project(self, project_id: int | None, *, made: bool) -> RunConfig:
        """The same config with the run's project."""
        return msgspec.structs.replace(self, project_id=project_id, makes_project=made)


@dataclass(frozen=True, slots=True)
class AnnotationInfo:
    """A run as a person asks for it."""

    key: str
    timestamp: datetime
    """When it was begun, in UTC."""
    config: RunConfig


def refuse_key(collection: SampleCollection, key: str) -> None:
    """Raises where `key` can't be that of a new run.

    Raises:
        InvalidAnnotationKeyError: it is no identifier
        AnnotationRunExistsError: it is taken
    """
    if not str(key).isidentifier():
        raise InvalidAnnotationKeyError(key)
    if kept.has_run(collection, KIND, key):
        state = load_config(collection, key).state
        raise AnnotationRunExistsError(key, unfinished=state in UNFINISHED)


def unused_key(collection: SampleCollection) -> str:
    """A key for a run that was given none."""
    taken = set(kept.list_runs(collection, KIND))
    return next(key for key in map("annotation_{}".format, count(1)) if key not in taken)


def refuse_cleaned(key: str, config: RunConfig) -> None:
    """Raises where a run's tasks were deleted.

    Raises:
        AnnotationError: they were
    """
    if config.state == "cleaned":
        raise AnnotationError(
            f"The tasks of annotation run '{key}' were cleaned up, so there is nothing to go on "
            f"with. Remove its record with delete_annotation_run('{key}'), or annotate under a new "
            "key."
        )


def held(collection: SampleCollection, key: str) -> AbstractContextManager[None]:
    """Keeps other processes from sending the same run.

    Raises:
        AnnotationError: another process is sending it
    """
    return kept.run_held(collection, KIND, key, busy=_busy)


def _busy(key: str) -> AnnotationError:
    return AnnotationError(
        f"Annotation run '{key}' is being sent by another process at this moment. Wait until it is "
        "done, or end it and go on with resume=True."
    )


def save_order(collection: SampleCollection, key: str, sample_ids: Sequence[str]) -> None:
    """Keeps which samples a run is about, in their order."""
    data = zlib.compress(msgspec.msgpack.encode(list(sample_ids)), level=3)
    kept.put_run_part(collection, KIND, key, _ORDER, data)


def read_order(collection: SampleCollection, key: str) -> list[str] | None:
    """The samples that a run is about, in their order; None where it was cut before that."""
    data = kept.run_parts(collection, KIND, key).get(_ORDER)
    return None if data is None else msgspec.msgpack.decode(zlib.decompress(data), type=list[str])


def register(collection: SampleCollection, key: str, config: RunConfig) -> None:
    """Takes the key.

    Raises:
        AnnotationRunExistsError: it is taken
    """
    data = msgspec.to_builtins(config)
    kept.register_run(collection, KIND, key, data, taken=AnnotationRunExistsError)


def load_config(collection: SampleCollection, key: str) -> RunConfig:
    """What a run is about.

    Raises:
        AnnotationRunNotFoundError: there is none of that key
        AnnotationError: it was written by another version
    """
    return _config(key, _run(collection, key).config)


def save_config(collection: SampleCollection, key: str, config: RunConfig) -> None:
    """Replaces what is kept of a run."""
    kept.update_run(collection, KIND, key, msgspec.to_builtins(config))


def save_task(collection: SampleCollection, key: str, task: SentTask) -> None:
    """Keeps what was sent in one task."""
    kept.put_run_part(collection, KIND, key, part_name(task), encode_task(task))


def drop_task(collection: SampleCollection, key: str, task: SentTask) -> None:
    """Forgets a task that was deleted on the server before it was complete."""
    kept.drop_run_parts(collection, KIND, key, [part_name(task)])


def part_name(task: SentTask) -> str:
    """The name under which a task is kept with its run."""
    return f"{_TASK}{task.task_id}"


def task_numbers(collection: SampleCollection, key: str) -> list[int]:
    """The server's numbers of all tasks of a run in the order of sending."""
    names = kept.run_part_names(collection, KIND, key)
    return sorted(int(name.removeprefix(_TASK)) for name in names if name.startswith(_TASK))


def part_names(collection: SampleCollection, key: str) -> list[str]:
    """The names of all parts of a run."""
    return kept.run_part_names(collection, KIND, key)


def read_part(collection: SampleCollection, key: str, name: str) -> bytes | None:
    """One part of a run; None where there is none of that name."""
    return kept.run_part(collection, KIND, key, name)


def read_tasks(collection: SampleCollection, key: str) -> list[SentTask]:
    """All tasks of a run in the order of sending."""
    parts = kept.run_parts(collection, KIND, key)
    tasks = [decode_task(data) for name, data in parts.items() if name.startswith(_TASK)]
    return sorted(tasks, key=lambda task: task.task_id)


def list_keys(
    collection: SampleCollection, *, method: str | None = None, **config: Any
) -> list[str]:
    """The keys of all runs in alphabetical order, or of those whose config has these values."""
    keys = sorted(kept.list_runs(collection, KIND))
    wanted = {**config, **({} if method is None else {"backend": method})}
    if not wanted:
        return keys
    return [key for key in keys if _has(kept.run_info(collection, KIND, key).config, wanted)]


def info(collection: SampleCollection, key: str) -> AnnotationInfo:
    """Key, time and config of a run.

    Raises:
        AnnotationRunNotFoundError: there is none of that key
    """
    run = _run(collection, key)
    began = datetime.fromtimestamp(run.time, UTC)
    return AnnotationInfo(key, began, _config(key, run.config))


def load_view(
    collection: SampleCollection, key: str, *, select_fields: bool = False
) -> SampleCollection:
    """The view that was annotated, as it is now.

    Args:
        collection: the dataset or any view of it
        key: the run
        select_fields: whether label fields that the run did not annotate are hidden

    Raises:
        AnnotationRunNotFoundError: there is none of that key
    """
    config = load_config(collection, key)
    view = view_from_json(collection, config.view)
    if not select_fields:
        return view
    annotated = {plan.field for plan in config.label_schema.fields}
    others = [name for name in view.visible_schema().label_fields if name not in annotated]
    return view.exclude_fields(others) if others else view


def rename(collection: SampleCollection, key: str, new_key: str) -> None:
    """Gives a run another key.

    Raises:
        AnnotationRunNotFoundError: there is none of that key
        AnnotationRunExistsError, InvalidAnnotationKeyError: the new key can't be had
    """
    _run(collection, key)
    refuse_key(collection, new_key)
    kept.rename_run(collection, KIND, key, new_key)


def delete_run(collection: SampleCollection, key: str) -> None:
    """Forgets a run. Neither labels nor the tasks on the server are touched.

    Raises:
        AnnotationRunNotFoundError: there is none of that key
    """
    _run(collection, key)
    kept.delete_run(collection, KIND, key)


def delete_all(collection: SampleCollection) -> None:
    """Forgets all runs. Neither labels nor the tasks on the server are touched."""
    for key in list_keys(collection):
        kept.delete_run(collection, KIND, key)


def _run(collection: SampleCollection, key: str) -> Any:
    if not kept.has_run(collection, KIND, key):
        raise AnnotationRunNotFoundError(key, kept.list_runs(collection, KIND))
    return kept.run_info(collection, KIND, key)


def _config(key: str, data: Mapping[str, Any]) -> RunConfig:
    try:
        return msgspec.convert(data, RunConfig, str_keys=True)
    except msgspec.ValidationError as error:
        raise AnnotationError(
            f"The record of annotation run '{key}' can't be read ({error}); it was written by "
            "another version of Viewfinder. Use that version, or delete_annotation_run."
        ) from error


def _has(config: Mapping[str, Any], wanted: Mapping[str, Any]) -> bool:
    flat = {**config.get("options", {}), **config}
    return all(flat.get(name) == value for name, value in wanted.items())
