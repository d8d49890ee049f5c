"""Features of the rooms above samples as methods: signature, docstring, one call."""

from __future__ import annotations

from viewfinder.facade.annotation import AnnotationFeatures

__all__ = ["CollectionFeatures"]


class CollectionFeatures(AnnotationFeatures):
    """What datasets and views can both do besides choosing, counting and iterating."""
