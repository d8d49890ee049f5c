"""Where a label lives, and the record that crosses every border of the house."""

from __future__ import annotations

from dataclasses import dataclass

from viewfinder.labels.base import Label

__all__ = ["Address", "AddressedLabel"]


@dataclass(frozen=True, slots=True, order=True)
class Address:
    """Sample, frame and field: the place that holds one label or a list of labels."""

    sample_id: str
    field: str
    """The field's name, as in "ground_truth"; without "frames." for a frame's field."""
    frame: int | None = None
    """1-based number of a video's frame; None for a field of the sample itself."""


@dataclass(frozen=True, slots=True)
class AddressedLabel:
    """A label with its address. The label is the holder's own: a copy, not the user's object."""

    address: Address
    label: Label
