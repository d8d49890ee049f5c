"""Mapping calls a function on every sample, here or in workers; results keep their order."""

from __future__ import annotations

import logging
import multiprocessing
import os
import pickle
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Executor, Future, ProcessPoolExecutor, ThreadPoolExecutor
from itertools import islice
from typing import TYPE_CHECKING, Any, TypeVar, cast

from viewfinder.errors import DatasetError
from viewfinder.progress import ProgressOption, meter
from viewfinder.samples.access import AccessMethods
from viewfinder.samples.core import ViewT
from viewfinder.samples.handle import open_catalog, open_handle
from viewfinder.stages import stage_from_json

if TYPE_CHECKING:
    from viewfinder.samples.collection import SampleCollection
    from viewfinder.samples.sample import Sample

__all__ = ["MapMethods"]

_log = logging.getLogger(__name__)
_Item = TypeVar("_Item")

MAX_BATCH = 1000
"""Samples that a process gets at a time, at most."""
METHODS = ("thread", "process")

Function = Callable[["Sample"], Any]


class _Failed:
    """What stands for the result of a function that failed."""


_FAILED = _Failed()
_job: dict[str, Any] = {}
"""In a process that works for another: what it does; set once when it begins."""


class MapMethods(AccessMethods[ViewT]):
    """The methods that call a function on every sample."""

    def map_samples(
        self,
        map_fcn: Function,
        save: bool = False,
        skip_failures: bool = False,
        parallelize_method: str | None = None,
        num_workers: int | None = None,
        batch_method: str | None = None,
        batch_size: int | None = None,
        progress: ProgressOption = None,
    ) -> Iterator[tuple[str, Any]]:
        """Calls a function on every sample and gives ``(sample id, result)``, in order.

        ::

            for sample_id, size in dataset.map_samples(lambda s: os.path.getsize(s.filepath)):
                print(sample_id, size)

        Args:
            map_fcn: takes a sample
            save: whether to save what the function changes in the samples
            skip_failures: whether samples for which the function raises are logged and left out
            parallelize_method: "thread", for functions that wait for files or a network, or
                "process", for those that compute; None works in this thread, or in threads where
                `num_workers` is more than 1
            num_workers: how many at a time; as many as there are processors otherwise
            batch_method: has no effect: batches are made of neighbouring samples
            batch_size: samples that a process gets, or that are saved, at a time
            progress: whether to show a bar

        Processes are started anew: the function has to be one of a module, and a script that maps
        in processes does so under ``if __name__ == "__main__":``.

        Raises:
            DatasetError: when there is no such method, or the function can't be sent to a process
        """
        del batch_method
        if parallelize_method not in (None, *METHODS):
            raise DatasetError(
                f"There is no parallelize_method '{parallelize_method}'. Use 'thread', 'process' "
                "or None."
            )
        method = parallelize_method
        if method is None and (num_workers or 1) > 1:
            method = "thread"
        workers = max(1, num_workers or os.cpu_count() or 1)
        results: Iterator[tuple[str, Any]]
        if method == "process":
            results = self._in_processes(map_fcn, save, skip_failures, workers, batch_size)
        else:
            threads = workers if method == "thread" else 0
            results = self._in_threads(map_fcn, save, skip_failures, threads, batch_size)
        return self._metered(results, progress)

    def update_samples(
        self,
        update_fcn: Function,
        skip_failures: bool = True,
        parallelize_method: str | None = None,
        num_workers: int | None = None,
        batch_method: str | None = None,
        batch_size: int | None = None,
        progress: ProgressOption = None,
    ) -> None:
        """Calls a function on every sample and saves what it changes.

        ::

            def measure(sample):
                sample["size"] = os.path.getsize(sample.filepath)

            dataset.update_samples(measure, num_workers=8)

        The arguments are those of :meth:`map_samples`; failures are logged and left out here
        unless `skip_failures` is False.
        """
        results = self.map_samples(
            update_fcn,
            save=True,
            skip_failures=skip_failures,
            parallelize_method=parallelize_method,
            num_workers=num_workers,
            batch_method=batch_method,
            batch_size=batch_size,
            progress=progress,
        )
        deque(results, maxlen=0)

    def _metered(
        self, results: Iterator[tuple[str, Any]], progress: ProgressOption
    ) -> Iterator[tuple[str, Any]]:
        total = None if progress is False else len(self)
        with meter(total, "Mapping samples", progress=progress) as done:
            for identifier, result in results:
                if result is not _FAILED:
                    yield identifier, result
                done.advance()

    def _in_threads(
        self,
        function: Function,
        save: bool,
        skip_failures: bool,
        threads: int,
        batch_size: int | None,
    ) -> Iterator[tuple[str, Any]]:
        """Samples are read and saved by this thread; only the function runs in others."""
        samples = self.iter_samples(batch_size=batch_size)
        with self.save_context(batch_size) as context:
            for sample, result in _called(function, samples, threads, skip_failures):
                if save and result is not _FAILED:
                    context.save(sample)
                yield str(sample.id), result

    def _in_processes(
        self,
        function: Function,
        save: bool,
        skip_failures: bool,
        workers: int,
        batch_size: int | None,
    ) -> Iterator[tuple[str, Any]]:
        """Each process reads and saves the samples that it works on."""
        ids = self.handle.ids_of(self.seqs())
        size = batch_size or min(MAX_BATCH, max(1, len(ids) // (4 * workers)))
        batches = (ids[start : start + size] for start in range(0, len(ids), size))
        handle = self.handle
        place = (str(handle.catalog.home), handle.entry.id, handle.make_dataset)
        stages = [stage.to_json() for stage in self.stages]
        own_slice = cast("SampleCollection", self).first_group_slice
        try:
            job = pickle.dumps((place, (stages, own_slice), function, save, skip_failures))
        except (pickle.PicklingError, AttributeError, TypeError) as error:
            raise DatasetError(
                f"The function can't be sent to another process ({error}). Define it at the top of "
                "a module, or use parallelize_method='thread'."
            ) from error
        # Spawned: a forked process would inherit the locks of threads that it has not got.
        pool = ProcessPoolExecutor(
            min(workers, max(1, -(-len(ids) // size))),
            mp_context=multiprocessing.get_context("spawn"),
            initializer=_begin,
            initargs=(job,),
        )
        with pool:
            for results in _in_order(pool, _work, batches, 2 * workers):
                if save:
                    self._forget_all([identifier for identifier, _ in results])
                for identifier, result in results:
                    yield identifier, _FAILED if isinstance(result, _Failed) else result

    def _forget_all(self, ids: list[str]) -> None:
        """Samples that somebody holds here were perhaps changed by another process."""
        live = self.handle.live
        if not live:
            return
        for seq in self.handle.snapshot().seqs_of(ids).tolist():
            sample = live.get(seq)
            if sample is not None:
                sample.forget(dict.fromkeys(sample.field_names))


def _called(
    function: Function, samples: Iterable[Sample], threads: int, skip_failures: bool
) -> Iterator[tuple[Sample, Any]]:
    def call(sample: Sample) -> tuple[Sample, Any]:
        return sample, _result(function, sample, skip_failures)

    if not threads:
        yield from map(call, samples)
        return
    with ThreadPoolExecutor(threads) as pool:
        yield from _in_order(pool, call, samples, 4 * threads)


def _result(function: Function, sample: Sample, skip_failures: bool) -> Any:
    try:
        return function(sample)
    except Exception as error:
        if not skip_failures:
            raise
        _log.warning("Sample %s (%s) was skipped: %s", sample.id, sample.filepath, error)
        return _FAILED


def _in_order(
    pool: Executor, call: Callable[[_Item], Any], items: Iterable[_Item], ahead: int
) -> Iterator[Any]:
    """The results in the order of the items, of which only some are worked on ahead of time."""
    waiting: deque[Future[Any]] = deque()
    left = iter(items)
    try:
        waiting.extend(pool.submit(call, item) for item in islice(left, ahead))
        while waiting:
            yield waiting.popleft().result()
            waiting.extend(pool.submit(call, item) for item in islice(left, 1))
    finally:
        for future in waiting:
            future.cancel()


def _begin(job: bytes) -> None:
    (home, identifier, make_dataset), (stages, own_slice), *rest = pickle.loads(job)  # noqa: S301 - our own
    os.environ["VIEWFINDER_HOME"] = home
    entry = open_catalog().get_by_id(identifier)
    if entry is None:
        raise DatasetError("The dataset was deleted while its samples were being mapped.")
    dataset = make_dataset(open_handle(entry))
    view = dataset.with_stages(tuple(map(stage_from_json, stages)))
    view.use_group_slice(own_slice)
    function, save, skip = rest
    _job.update(collection=view, function=function, save=save, skip=skip)


def _work(ids: list[str]) -> list[tuple[str, Any]]:
    """What a process does with some samples."""
    collection = cast("SampleCollection", _job["collection"])
    view = cast("SampleCollection", collection.select(ids, ordered=True))
    results = []
    with view.save_context() as context:
        for sample in view.iter_samples():
            result = _result(_job["function"], sample, _job["skip"])
            if _job["save"] and result is not _FAILED:
                context.save(sample)
            results.append((str(sample.id), result))
    return results
