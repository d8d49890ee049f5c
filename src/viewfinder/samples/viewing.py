"""Views as JSON: the stages of a collection written down, and a view made from them again."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from viewfinder.samples.collection import SampleCollection
from viewfinder.stages import stage_from_json

__all__ = ["stages_to_json", "view_from_json"]


def stages_to_json(collection: SampleCollection) -> list[dict[str, Any]]:
    """The stages of a view in order; none for a dataset."""
    return [stage.to_json() for stage in collection.stages]


def view_from_json(
    collection: SampleCollection, stages: Sequence[Mapping[str, Any]]
) -> SampleCollection:
    """The view of the collection's dataset through stages that :func:`stages_to_json` wrote."""
    made = tuple(stage_from_json(stage) for stage in stages)
    view: SampleCollection = collection.root.with_stages(made)
    return view
