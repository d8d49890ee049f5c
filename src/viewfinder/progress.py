"""How long work tells a person how far it is: one small protocol, and a bar for terminals.

Everything that takes long accepts ``progress=``: True or False to force it, None for "when a person
is watching", or a function ``(done, total) -> None`` that is called as the work goes on.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterable, Iterator, Sized
from contextlib import AbstractContextManager, contextmanager
from typing import TYPE_CHECKING, Protocol, Self, TypeVar

from viewfinder.config import environment_flag

if TYPE_CHECKING:
    from rich.progress import Progress as RichProgress
    from rich.progress import Task, TaskID

__all__ = ["Meter", "ProgressBar", "ProgressOption", "meter", "track"]

ProgressOption = bool | None | Callable[[int, int | None], None]
T = TypeVar("T")


class Meter(Protocol):
    """What long work reports to."""

    def advance(self, count: int = 1) -> None:
        """`count` more items are done."""


class _Silent:
    def advance(self, count: int = 1) -> None:
        del count


class _Callback:
    def __init__(self, function: Callable[[int, int | None], None], total: int | None) -> None:
        self._function, self._total, self._done = function, total, 0

    def advance(self, count: int = 1) -> None:
        self._done += count
        self._function(self._done, self._total)


class _Bar:
    def __init__(self, bar: RichProgress, task: TaskID) -> None:
        self._bar, self._task = bar, task

    def advance(self, count: int = 1) -> None:
        self._bar.advance(self._task, count)


@contextmanager
def meter(
    total: int | None, label: str, *, unit: str = "samples", progress: ProgressOption = None
) -> Iterator[Meter]:
    """A meter for `total` items (None: unknown) of work named `label`.

    ::

        with meter(len(paths), "Reading metadata", progress=progress) as done:
            for path in paths:
                ...
                done.advance()
    """
    if callable(progress):
        yield _Callback(progress, total)
        return
    if not _wanted(progress):
        yield _Silent()
        return
    from rich.progress import BarColumn, Progress, ProgressColumn, TextColumn, TimeElapsedColumn
    from rich.text import Text

    class SpeedColumn(ProgressColumn):
        def render(self, task: Task) -> Text:
            speed = task.finished_speed or task.speed
            return Text("" if speed is None else f"{speed:,.0f} {unit}/s")

    columns = (
        TextColumn("{task.description}"),
        BarColumn(bar_width=24),
        TextColumn("{task.percentage:>3.0f}%"),
        TextColumn("{task.completed:,.0f}" + (f"/{total:,}" if total is not None else "")),
        TimeElapsedColumn(),
        SpeedColumn(),
    )
    with Progress(*columns) as bar:
        yield _Bar(bar, bar.add_task(label, total=total))


def track(
    items: Iterable[T],
    total: int | None,
    label: str,
    *,
    unit: str = "samples",
    progress: ProgressOption = None,
) -> Iterator[T]:
    """The same items, with a meter that advances as they are taken."""
    with meter(total, label, unit=unit, progress=progress) as done:
        for item in items:
            yield item
            done.advance()


class ProgressBar:
    """A bar for a loop of one's own, shown under the same conditions as ours.

    ::

        with ProgressBar() as bar:
            for sample in bar(dataset):
                ...
    """

    def __init__(
        self,
        total: int | None = None,
        progress: ProgressOption = None,
        label: str = "",
    ) -> None:
        """
        Args:
            total: how many items there will be; the number of items where they know it
            progress: whether to show a bar; None shows one in a terminal
            label: a word before the bar
        """
        self._total, self._progress, self._label = total, progress, label
        self._open: AbstractContextManager[Meter] | None = None
        self._meter: Meter | None = None

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *details: object) -> None:
        self.close()

    def __call__(self, items: Iterable[T]) -> Iterator[T]:
        """The items, with a bar that follows them."""
        total = len(items) if self._total is None and isinstance(items, Sized) else self._total
        return track(items, total, self._label, progress=self._progress)

    def update(self, count: int = 1) -> None:
        """`count` more items are done, in a loop that takes its items elsewhere."""
        if self._meter is None:
            self._open = meter(self._total, self._label, progress=self._progress)
            self._meter = self._open.__enter__()
        self._meter.advance(count)

    def close(self) -> None:
        """Ends the bar that :meth:`update` began."""
        if self._open is not None:
            self._open.__exit__(None, None, None)
        self._open = self._meter = None


def _wanted(progress: bool | None, /) -> bool:
    if progress is not None:
        return progress
    asked = environment_flag("VIEWFINDER_SHOW_PROGRESS")
    return sys.stderr.isatty() and sys.stdout.isatty() if asked is None else asked
