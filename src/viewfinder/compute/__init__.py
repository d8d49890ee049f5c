"""Compute runs work over the samples of a collection and keeps what comes out."""

from __future__ import annotations

from viewfinder.compute.metadata import compute_metadata

__all__ = ["compute_metadata"]
