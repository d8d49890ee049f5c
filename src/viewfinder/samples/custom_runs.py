"""Runs of people's own: what was done to a dataset, how, on which view, and what came of it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from viewfinder.errors import DatasetError
from viewfinder.samples import runs as kept
from viewfinder.samples.collection import SampleCollection
from viewfinder.samples.viewing import stages_to_json, view_from_json
from viewfinder.schema.jsontext import from_json_text, to_json_text

__all__ = [
    "Run",
    "RunConfig",
    "RunResults",
    "change_run",
    "keep_run",
    "load_results",
    "read_run",
    "view_of_run",
]

VERSION = 1
"""Of the form in which runs are kept."""


class _Values:
    """Anything by name, as attributes."""

    def __init__(self, **values: Any) -> None:
        vars(self).update(values)

    def serialize(self) -> dict[str, Any]:
        """Every value by name, those with a leading underscore left out."""
        return {name: value for name, value in vars(self).items() if name[0] != "_"}

    def __getattr__(self, name: str) -> Any:
        raise AttributeError(f"{type(self).__name__} has no value '{name}'")

    def __eq__(self, other: object) -> bool:
        return type(other) is type(self) and vars(other) == vars(self)

    __hash__ = None  # type: ignore[assignment]  # its values can be changed

    def __repr__(self) -> str:
        lines = [f"    '{name}': {value!r}," for name, value in self.serialize().items()]
        return "\n".join([f"<{type(self).__name__}: {{", *lines, "}>"])


class RunConfig(_Values):
    """How something was done: any values by name that JSON can write.

    ::

        config = dataset.init_run(method="dedupe", threshold=0.9)
        dataset.register_run("first_pass", config)
    """

    @property
    def type(self) -> str:
        """``"run"``, or what the config says."""
        return str(vars(self).get("type", "run"))


class RunResults(_Values):
    """What came of a run: any values by name that JSON or numpy can hold.

    ::

        results = dataset.init_run_results("first_pass")
        results.duplicates = [...]
        results.save()
    """

    def __init__(self, samples: SampleCollection, config: Any, key: str, **values: Any) -> None:
        """
        Args:
            samples: the collection of the run
            config: the run's config
            key: the run's key
            **values: results by name
        """
        super().__init__(_samples=samples, _config=config, _key=key, **values)

    @property
    def key(self) -> str:
        """The run's key."""
        return str(vars(self)["_key"])

    @property
    def samples(self) -> Any:
        """The collection of the run."""
        return vars(self)["_samples"]

    @property
    def config(self) -> Any:
        """The run's config."""
        return vars(self)["_config"]

    def save(self) -> None:
        """Keeps the results with the dataset."""
        self.samples.save_run_results(self.key, self)


@dataclass(frozen=True, slots=True)
class Run:
    """A run as the dataset keeps it."""

    key: str
    version: int
    timestamp: datetime
    config: Any
    stages: list[dict[str, Any]]
    """Those of the view that it was done on, as JSON."""


def keep_run(
    collection: SampleCollection,
    kind: str,
    key: str,
    config: Mapping[str, Any],
    results: Mapping[str, Any] | None,
    *,
    overwrite: bool,
) -> None:
    """Keeps a run with the stages of the view that it was done on.

    Raises:
        DatasetError: when the key is taken and `overwrite` is False, or can't be a key
        FieldTypeError: when a value can't be kept
    """
    if not key.isidentifier():
        raise DatasetError(
            f"{key!r} can't be the key of a run: use letters, digits and underscores."
        )
    record = {
        "version": VERSION,
        "stages": stages_to_json(collection),
        "config": to_json_text(dict(config), f"the config of run '{key}'"),
    }
    data = None if results is None else _packed(results, key)
    if overwrite and kept.has_run(collection, kind, key):
        kept.delete_run(collection, kind, key)
    kept.register_run(collection, kind, key, record)
    if data is not None:
        kept.update_run(collection, kind, key, record, results=data)


def read_run(collection: SampleCollection, kind: str, key: str) -> Run:
    """A run; its config is a dict.

    Raises:
        DatasetError: when there is none of that key
    """
    run = kept.run_info(collection, kind, key)
    return Run(
        key,
        run.config["version"],
        datetime.fromtimestamp(run.time, UTC),
        from_json_text(run.config["config"]),
        run.config["stages"],
    )


def change_run(
    collection: SampleCollection,
    kind: str,
    key: str,
    config: Mapping[str, Any] | None = None,
    results: Mapping[str, Any] | None = None,
) -> None:
    """Replaces the config of a run, or its results.

    Raises:
        DatasetError: when there is none of that key
        FieldTypeError: when a value can't be kept
    """
    record = dict(kept.run_info(collection, kind, key).config)
    if config is not None:
        record["config"] = to_json_text(dict(config), f"the config of run '{key}'")
    data = None if results is None else _packed(results, key)
    kept.update_run(collection, kind, key, record, results=data)


def load_results(collection: SampleCollection, kind: str, key: str) -> dict[str, Any] | None:
    """The results of a run; None where it has none.

    Raises:
        DatasetError: when there is none of that key
    """
    data = kept.run_info(collection, kind, key).results
    if data is None:
        return None
    values: dict[str, Any] = from_json_text(data.decode())
    return values


def view_of_run(
    collection: SampleCollection, kind: str, key: str, fields: list[str] | None = None
) -> Any:
    """The view that a run was done on, as the dataset is now.

    Args:
        collection: the dataset, or any view of it
        kind: the kind of run
        key: the run's key
        fields: the only fields to show; all where it is None

    Raises:
        DatasetError: when there is none of that key
    """
    view: Any = view_from_json(collection, read_run(collection, kind, key).stages)
    return view if fields is None else view.select_fields(fields)


def _packed(results: Mapping[str, Any], key: str) -> bytes:
    return to_json_text(dict(results), f"the results of run '{key}'").encode()
