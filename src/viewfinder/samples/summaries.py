"""Summary fields: what a deeper field holds in each sample, kept as a field of the sample.

Classes become the list of those that appear, with their counts where that is asked; numbers become
their smallest and largest, for each class where that is asked.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from viewfinder.errors import FieldTypeError, SchemaError, VersionNotFoundError
from viewfinder.samples.bulk_methods import write_column
from viewfinder.samples.history import compare_versions
from viewfinder.schema import (
    BooleanField,
    DateField,
    DateTimeField,
    DynamicEmbeddedDocument,
    Field,
    FloatField,
    IntField,
    ListField,
    ObjectIdField,
    StringField,
    infer_field,
)

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from viewfinder.samples.collection import SampleCollection

__all__ = ["Summary", "default_name", "is_stale", "make_summary", "read_summary", "write_summary"]

CATEGORICAL = (StringField, BooleanField, ObjectIdField)
NUMERIC = (IntField, FloatField, DateField, DateTimeField)
NOTE = "_summary_field"
"""Under this key the info of a field says what it is a summary of."""


@dataclass(frozen=True, slots=True)
class Summary:
    """What a summary field tells of which field."""

    path: str
    include_counts: bool = False
    group_by: str | None = None
    """The path of the classes for each of which there are numbers."""
    version: int = -1
    """The version of the dataset that it tells of."""


def make_summary(
    dataset: SampleCollection, path: str, *, include_counts: bool, group_by: str | None
) -> Summary:
    """The summary that was asked for.

    Raises:
        FieldNotFoundError: when there is no such field
        FieldTypeError: when the field holds neither classes nor numbers
        SchemaError: when what was asked does not go with what it holds
    """
    numeric = isinstance(_leaf(dataset, path), NUMERIC)
    if include_counts and numeric:
        raise SchemaError(f"'{path}' holds numbers, of which there are no counts; use group_by.")
    if group_by is None:
        return Summary(path, include_counts)
    if not numeric:
        raise SchemaError(f"'{path}' holds no numbers to group by '{group_by}'.")
    beside = f"{path.rpartition('.')[0]}.{group_by}"
    whole = beside if dataset.get_field(beside) is not None else group_by
    _leaf(dataset, whole)
    if whole.rpartition(".")[0] != path.rpartition(".")[0]:
        raise SchemaError(f"'{whole}' is no attribute beside '{path}', so it can't be grouped by.")
    return Summary(path, include_counts, whole)


def default_name(dataset: SampleCollection, path: str) -> str:
    """The name of a summary field where none is given: the path without the names of lists."""
    parts = path.split(".")
    frames = parts[:1] if parts[0] == "frames" else []
    root = ".".join([*frames, parts[len(frames)]])
    inner = getattr(getattr(dataset.get_field(root), "document_type", None), "LIST_NAME", None)
    kept = [*frames, parts[len(frames)]]
    kept += [part for at, part in enumerate(parts[len(kept) :]) if at or part != inner]
    name = "_".join(kept)
    return f"{name}_summary" if name in dataset.get_field_schema() else name


def write_summary(
    dataset: SampleCollection, name: str, summary: Summary, *, read_only: bool
) -> None:
    """Writes the values of a summary field, and what it is, in one transaction."""
    with dataset.handle.store.transaction(f"summary field '{name}'") as transaction:
        seqs = dataset.seqs().tolist()
        values = _values(dataset, summary)
        grown = _field(dataset, summary, values)
        transaction.grow_schema({name: grown})
        transaction.note(name, grown)
        write_column(transaction, name, dict(zip(seqs, values, strict=True)))
        kind = "numeric" if isinstance(_leaf(dataset, summary.path), NUMERIC) else "categorical"
        about: dict[str, Any] = {
            "path": summary.path,
            "field_type": kind,
            "include_counts": summary.include_counts,
            "group_by": summary.group_by,
            "last_modified_at": datetime.now(UTC).isoformat(),
            "version": transaction.version,
        }
        transaction.note(name, replace(grown, info={NOTE: about}, read_only=read_only))
    for sample in list(dataset.handle.live.values()):
        sample.forget({name: None})


def read_summary(field: Field | None) -> Summary | None:
    """What a field is a summary of; None for any other field."""
    about: Mapping[str, Any] | None = (field.info or {}).get(NOTE) if field is not None else None
    if about is None:
        return None
    return Summary(
        about["path"], about["include_counts"], about["group_by"], about.get("version", -1)
    )


def is_stale(dataset: SampleCollection, summary: Summary) -> bool:
    """Whether what a summary tells of may have changed since it was written."""
    try:
        found = compare_versions(dataset.handle, summary.version)
    except VersionNotFoundError:
        return True  # too long ago to say
    root, _, rest = summary.path.partition(".")
    if found.added:
        return True
    if root == "frames":
        if found.frames is None:
            return False
        found, root = found.frames, rest.partition(".")[0]
        if found.added or found.removed:
            return True
    return root in found.values or root in found.labels


def _leaf(dataset: SampleCollection, path: str) -> Field:
    found = dataset.get_field(path)
    field = found
    while isinstance(field, ListField) and field.field is not None:
        field = field.field
    if field is None:
        # The words are those of any other path that is not there.
        dataset.values(path)
    if not isinstance(field, (*CATEGORICAL, *NUMERIC)):
        raise FieldTypeError(path, "classes or numbers to summarize", str(found))
    return field


def _field(dataset: SampleCollection, summary: Summary, values: list[Any]) -> Field:
    """The field that holds the values, also where there are none yet."""
    leaf = _leaf(dataset, summary.path).bare()
    grouped = None if summary.group_by is None else _leaf(dataset, summary.group_by).bare()
    if grouped is None and not summary.include_counts and not isinstance(leaf, NUMERIC):
        return ListField(leaf)
    example: Any = next((value for value in values if value), None)
    found = None if example is None else infer_field(example, summary.path)
    if found is not None:
        return found
    one = DynamicEmbeddedDocument()
    field = infer_field(one, summary.path)
    assert field is not None
    return field if grouped is None and isinstance(leaf, NUMERIC) else ListField(field)


def _values(dataset: SampleCollection, summary: Summary) -> list[Any]:
    """The value for each sample; None where there is nothing to tell."""
    column, owners = _flat(dataset.values(summary.path))
    table = pa.table({"sample": owners, "value": column})
    if summary.group_by is not None:
        groups, _ = _flat(dataset.values(summary.group_by))
        table = table.append_column("group", groups)
    table = table.filter(pc.is_valid(table["value"]))
    made: list[Any] = [None] * len(dataset)
    for sample, value in _told(table, summary, dataset):
        if isinstance(made[sample], list):
            made[sample].append(value)
        elif isinstance(_leaf(dataset, summary.path), NUMERIC) and summary.group_by is None:
            made[sample] = value
        else:
            made[sample] = [value]
    return made


def _told(
    table: pa.Table, summary: Summary, dataset: SampleCollection
) -> Iterator[tuple[int, Any]]:
    """What is told of each sample, sample by sample and in order of classes."""
    attribute = (summary.group_by or summary.path).rpartition(".")[2]
    if isinstance(_leaf(dataset, summary.path), NUMERIC):
        keys = ["sample"] if summary.group_by is None else ["sample", "group"]
        found = table.group_by(keys).aggregate([("value", "min"), ("value", "max")])
        found = found.sort_by([(key, "ascending") for key in keys])
        for row in found.to_pylist():
            of_class = {} if summary.group_by is None else {attribute: row["group"]}
            numbers = {"min": row["value_min"], "max": row["value_max"]}
            yield row["sample"], DynamicEmbeddedDocument(**of_class, **numbers)
        return
    found = table.group_by(["sample", "value"]).aggregate([("value", "count")])
    found = found.sort_by([("sample", "ascending"), ("value", "ascending")])
    for row in found.to_pylist():
        value = row["value"]
        if summary.include_counts:
            value = DynamicEmbeddedDocument(**{attribute: value, "count": row["value_count"]})
        yield row["sample"], value


def _flat(values: list[Any]) -> tuple[pa.Array, pa.Array]:
    """Nested lists as one column, and the place of the sample of each value."""
    column = pa.array(values)
    owners = pa.array(np.arange(len(values)))
    while pa.types.is_list(column.type):
        owners = owners.take(pc.list_parent_indices(column))
        column = column.flatten()
    return column, owners
