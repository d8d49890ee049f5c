"""Metadata is what the headers of media files say; threads read them, as that is mostly waiting."""

from __future__ import annotations

import os
import warnings
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict
from typing import Any

from viewfinder.errors import MediaError
from viewfinder.media import media_type_of, probe_image, probe_video
from viewfinder.progress import ProgressOption, meter
from viewfinder.samples import SampleCollection
from viewfinder.schema import ImageMetadata, Metadata, VideoMetadata

__all__ = ["compute_metadata"]

_SHOWN = 10
"""How many failures a warning names."""
Outcome = tuple[str, Metadata | MediaError]


def compute_metadata(
    collection: SampleCollection,
    *,
    overwrite: bool = False,
    num_workers: int | None = None,
    skip_failures: bool = True,
    warn_failures: bool = True,
    progress: ProgressOption = None,
) -> None:
    """Reads size, type and dimensions of every image or video into the field ``metadata``.

    All of it is written in one transaction at the end. What a sample's metadata has already, such
    as the width and height of an import, stays; what is missing of it is filled in.

    Args:
        collection: the samples
        overwrite: whether metadata that is there is read anew
        num_workers: how many threads read files
        skip_failures: whether files that can't be read are passed over, with a warning
        warn_failures: whether there is a warning
        progress: whether to show a bar

    Raises:
        MediaError: for the first file that can't be read, where `skip_failures` is False; nothing
            is written then
    """
    collection = collection.whole_groups()
    waiting = _waiting(collection, overwrite=overwrite)
    found: dict[str, Metadata] = {}
    failures: list[MediaError] = []
    with meter(len(waiting), "Reading metadata", progress=progress) as done:
        for sample_id, outcome in _outcomes(waiting, num_workers):
            if isinstance(outcome, MediaError):
                if not skip_failures:
                    raise outcome
                failures.append(outcome)
            else:
                found[sample_id] = outcome
            done.advance()
    if found:
        collection.set_values("metadata", found)
    if failures and warn_failures:
        warnings.warn(_words(failures, len(waiting)), stacklevel=3)


def _waiting(
    collection: SampleCollection, *, overwrite: bool
) -> list[tuple[str, str, Metadata | None]]:
    """Id, file and present metadata of every sample that is not complete."""
    waiting: list[tuple[str, str, Metadata | None]] = []
    for rows in collection.row_batches():
        known = [None] * len(rows) if overwrite else rows.column("metadata")
        for sample_id, filepath, metadata in zip(
            rows.column("id"), rows.column("filepath"), known, strict=True
        ):
            if metadata is None or None in vars(metadata).values():
                waiting.append((sample_id, filepath, metadata))
    return waiting


def _outcomes(
    waiting: list[tuple[str, str, Metadata | None]], num_workers: int | None
) -> Iterator[Outcome]:
    workers = num_workers or min(32, 4 * (os.cpu_count() or 1))
    with ThreadPoolExecutor(workers, thread_name_prefix="metadata") as pool:
        try:
            yield from pool.map(_read, waiting)
        finally:
            pool.shutdown(cancel_futures=True)


def _read(item: tuple[str, str, Metadata | None]) -> Outcome:
    sample_id, filepath, known = item
    is_video = media_type_of(filepath) == "video"
    try:
        info = probe_video(filepath) if is_video else probe_image(filepath)
    except MediaError as error:
        return sample_id, error
    values: dict[str, Any] = asdict(info)
    if known is not None:
        values.update((name, value) for name, value in vars(known).items() if value is not None)
    return sample_id, VideoMetadata(**values) if is_video else ImageMetadata(**values)


def _words(failures: list[MediaError], total: int) -> str:
    shown = "\n".join(f"- {failure}" for failure in failures[:_SHOWN])
    more = f"\n… and {len(failures) - _SHOWN} more" if len(failures) > _SHOWN else ""
    return (
        f"{len(failures)} of {total} media files could not be read; their samples have no "
        f"metadata:\n{shown}{more}"
    )
