"""What the zoo knows of one dataset before anything of it is read."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from viewfinder.samples import Sample

__all__ = ["ZooDataset"]


@dataclass(frozen=True, slots=True)
class ZooDataset:
    """A dataset of the zoo."""

    name: str
    """What :func:`~viewfinder.zoo.load_zoo_dataset` knows it by."""
    description: str
    """What is in it, in one sentence."""
    license: str
    """The licence of labels and media, or where it is told for each of them."""
    tags: tuple[str, ...]
    """Words to find it by."""
    provenance_path: Path
    """A file that tells where everything comes from."""
    read: Callable[[], list[Sample]]
    """Reads the samples, in their own order, with the ids that everybody has."""
