"""Features of the rooms above samples as methods: signature, docstring, one call."""

from __future__ import annotations

from viewfinder.samples import SampleCollection

__all__ = ["CollectionFeatures"]


class CollectionFeatures(SampleCollection):
    """What datasets and views can both do besides choosing, counting and iterating."""
