"""The record that every format reads and writes: one media file and its labels by kind."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from viewfinder.labels import Label, LabelList

__all__ = ["Record"]


@dataclass(frozen=True, slots=True)
class Record:
    """One image as a labels file tells of it."""

    filename: str
    """As the file names it: relative to the folder of the media."""
    width: int | None = None
    """In pixels."""
    height: int | None = None
    labels: Mapping[str, Label | LabelList] = field(default_factory=dict)
    """By kind, such as "detections" and "segmentations"."""
    attributes: Mapping[str, str | int | float | bool] = field(default_factory=dict)
    """Further facts about the image itself."""
