"""A collection in words, laid out as a person reads it in a terminal."""

from __future__ import annotations

from collections.abc import Sequence

from viewfinder.samples.core import CollectionCore
from viewfinder.schema import VIDEO_OF_FRAME, DatasetSchema

__all__ = ["summary_of"]


def summary_of(collection: CollectionCore, heading: Sequence[tuple[str, object]]) -> str:
    """The facts of `heading`, then the fields with their types, then the stages of a view."""
    width = max(len(name) for name, _ in heading) + 1
    lines = [f"{name + ':':<{width}} {value}" for name, value in heading]
    lines.append(f"{collection.element.capitalize()} fields:")
    schema = collection.visible_schema()
    lines += field_lines(schema)
    if schema.frame_fields:
        lines.append("Frame fields:")
        shown = {k: part for k, part in schema.frame_fields.items() if k != VIDEO_OF_FRAME}
        lines += field_lines(DatasetSchema(shown))
    if collection.stages:
        lines.append("View stages:")
        lines += [f"    {number}. {stage}" for number, stage in enumerate(collection.stages, 1)]
    return "\n".join(lines)


def field_lines(schema: DatasetSchema) -> list[str]:
    """One line a field: its name and its type."""
    width = max(map(len, schema)) + 1
    return [f"    {name + ':':<{width}} {field}" for name, field in schema.fields.items()]
