"""Runs of people's own as methods of datasets and views."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, cast

from viewfinder.errors import DatasetError
from viewfinder.samples import (
    Run,
    RunConfig,
    RunResults,
    SampleCollection,
    ViewT,
    change_run,
    keep_run,
    load_results,
    read_run,
    view_of_run,
)
from viewfinder.samples import runs as kept

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = ["RunFeatures"]

KIND = "custom"


class RunFeatures(SampleCollection[ViewT]):
    """What was done to a dataset by people's own methods, kept under a key."""

    def init_run(self, **kwargs: Any) -> RunConfig:
        """A config for :meth:`register_run`, of any values by name."""
        return RunConfig(**kwargs)

    def init_run_results(self, run_key: str, **kwargs: Any) -> RunResults:
        """Results for a registered run, of any values by name; :meth:`RunResults.save` keeps them.

        Raises:
            DatasetError: when there is no run of that key
        """
        return RunResults(self, self.get_run_info(run_key).config, run_key, **kwargs)

    def register_run(
        self,
        run_key: str,
        config: RunConfig | Mapping[str, Any],
        results: RunResults | Mapping[str, Any] | None = None,
        overwrite: bool = False,
        cleanup: bool = True,
        cache: bool = True,
    ) -> None:
        """Keeps a run of this collection: how it was done, and what came of it.

        ::

            config = dataset.init_run(method="dedupe", threshold=0.9)
            view.register_run("first_pass", config)
            dataset.load_run_view("first_pass")  # the view, as the dataset is then

        Args:
            run_key: its name: letters, digits and underscores
            config: any values by name that JSON can write
            results: any values by name that JSON or numpy can hold
            overwrite: whether a run of that key is replaced
            cleanup: accepted; a run keeps nothing outside of its record
            cache: accepted; results are read each time

        Raises:
            DatasetError: when the key is taken, or can't be a key
            FieldTypeError: when a value can't be kept
        """
        del cleanup, cache
        keep_run(self, KIND, run_key, _values(config), _values(results), overwrite=overwrite)

    def list_runs(self, **kwargs: Any) -> list[str]:
        """The keys of all runs, oldest first.

        Args:
            **kwargs: only those whose config has these values, such as ``method="dedupe"``
        """
        keys = kept.list_runs(self, KIND)
        if not kwargs:
            return keys
        configs = {key: read_run(self, KIND, key).config for key in keys}
        return [
            key
            for key in keys
            if all(name in configs[key] and configs[key][name] == kwargs[name] for name in kwargs)
        ]

    @property
    def has_runs(self) -> bool:
        """Whether there are any runs."""
        return bool(kept.list_runs(self, KIND))

    def has_run(self, run_key: str) -> bool:
        """Whether there is a run of that key."""
        return kept.has_run(self, KIND, run_key)

    def get_run_info(self, run_key: str) -> Run:
        """Key, time and config of a run.

        Raises:
            DatasetError: when there is none
        """
        run = read_run(self, KIND, run_key)
        return Run(run.key, run.version, run.timestamp, RunConfig(**run.config), run.stages)

    def update_run_config(self, run_key: str, config: RunConfig | Mapping[str, Any]) -> None:
        """Replaces the config of a run.

        Raises:
            DatasetError: when there is none of that key
        """
        change_run(self, KIND, run_key, config=_values(config))

    def save_run_results(
        self,
        run_key: str,
        results: RunResults | Mapping[str, Any],
        overwrite: bool = True,
        cache: bool = True,
    ) -> None:
        """Keeps the results of a run.

        Args:
            run_key: its key
            results: any values by name that JSON or numpy can hold
            overwrite: whether results that are there are replaced
            cache: accepted; results are read each time

        Raises:
            DatasetError: when there is no run of that key, or it has results and `overwrite` is
                False
        """
        del cache
        if not overwrite and load_results(self, KIND, run_key) is not None:
            raise DatasetError(
                f"Run '{run_key}' has results already. Give overwrite=True to replace them."
            )
        change_run(self, KIND, run_key, results=_values(results))

    def load_run_results(
        self, run_key: str, cache: bool = True, load_view: bool = True, **kwargs: Any
    ) -> RunResults | None:
        """The results of a run; None where it has none.

        Args:
            run_key: its key
            cache: accepted; results are read each time
            load_view: whether the results' ``samples`` are the view of the run rather than this
                collection
            **kwargs: further values for the results

        Raises:
            DatasetError: when there is no run of that key
        """
        del cache
        values = load_results(self, KIND, run_key)
        if values is None:
            return None
        samples: Any = self.load_run_view(run_key) if load_view else self
        config = self.get_run_info(run_key).config
        return RunResults(samples, config, run_key, **{**values, **kwargs})

    def load_run_view(self, run_key: str, select_fields: bool = False) -> ViewT:
        """The view that a run was done on, as the dataset is now.

        Args:
            run_key: its key
            select_fields: accepted; a run of this kind names no fields

        Raises:
            DatasetError: when there is no run of that key
        """
        del select_fields
        return cast("ViewT", view_of_run(self, KIND, run_key))

    def rename_run(self, run_key: str, new_run_key: str) -> None:
        """Gives a run another key.

        Raises:
            DatasetError: when there is none of that key, or the new one is taken
        """
        kept.rename_run(self, KIND, run_key, new_run_key)

    def delete_run(self, run_key: str) -> None:
        """Forgets a run and its results.

        Raises:
            DatasetError: when there is none of that key
        """
        kept.delete_run(self, KIND, run_key)

    def delete_runs(self) -> None:
        """Forgets all runs and their results."""
        for key in kept.list_runs(self, KIND):
            kept.delete_run(self, KIND, key)


def _values(given: Any) -> Any:
    return given.serialize() if hasattr(given, "serialize") else given
