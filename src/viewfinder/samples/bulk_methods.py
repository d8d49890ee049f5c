"""Writing one field of many samples at once, as a column rather than sample by sample."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from itertools import chain
from typing import TYPE_CHECKING, Any

import numpy as np

from viewfinder.errors import ExpressionError, FieldNotFoundError, SampleNotFoundError, SchemaError
from viewfinder.ids import plain_id
from viewfinder.labels import Label, LabelList
from viewfinder.samples.aggregate_methods import AggregateMethods
from viewfinder.samples.core import ViewT
from viewfinder.samples.encoding import encode_label_column
from viewfinder.samples.growth import needed_field
from viewfinder.samples.saving import stored_form
from viewfinder.schema import (
    DatasetSchema,
    EmbeddedDocumentField,
    Field,
    Place,
    infer_field,
    resolve,
)
from viewfinder.schema.columns import (
    decode_attribute,
    decode_column,
    encode_attribute,
    encode_column,
)
from viewfinder.schema.infer import widen

if TYPE_CHECKING:
    import numpy.typing as npt

    from viewfinder.store import Snapshot, Transaction

__all__ = ["BulkMethods", "write_column"]

FEW = 2000
"""Up to so many samples are written one by one, more as a whole column."""


class BulkMethods(AggregateMethods[ViewT]):
    """What all methods that write to every sample of a collection stand on, and tags."""

    def tag_samples(self, tags: str | Iterable[str]) -> None:
        """Adds tags to every sample that has not got them yet."""
        new = [tags] if isinstance(tags, str) else list(tags)
        self._edit_tags(
            lambda old: [*old, *(tag for tag in dict.fromkeys(new) if tag not in old)],
            f"tag_samples({new})",
        )

    def untag_samples(self, tags: str | Iterable[str]) -> None:
        """Takes tags away from every sample that has them."""
        gone = {tags} if isinstance(tags, str) else set(tags)
        self._edit_tags(
            lambda old: [tag for tag in old if tag not in gone], f"untag_samples({sorted(gone)})"
        )

    def count_sample_tags(self) -> dict[str, int]:
        """How many samples have each tag."""
        return self.count_values("tags")

    def count_label_tags(self, label_fields: str | Iterable[str] | None = None) -> dict[str, int]:
        """How many labels have each tag, in the given label fields or in all."""
        schema = self.visible_schema()
        wanted = [label_fields] if isinstance(label_fields, str) else label_fields
        total: Counter[str] = Counter()
        every = schema.all_label_fields
        for name in every if wanted is None else wanted:
            if name not in every:
                raise FieldNotFoundError(name, self.label, every)
            inner = getattr(every[name].document_type, "LIST_NAME", None)
            total.update(self.count_values(f"{name}.{inner}.tags" if inner else f"{name}.tags"))
        return dict(total)

    # Behind them

    def _by_key(
        self, seqs: npt.NDArray[np.int64], values: Mapping[Any, Any], key_field: str
    ) -> tuple[npt.NDArray[np.int64], list[Any]]:
        keys = self.values(key_field)
        place = {key: index for index, key in enumerate(keys)}
        wanted = {plain_id(key): value for key, value in values.items()}
        for key in wanted:
            if key not in place:
                raise SampleNotFoundError(key, self.label)
        return seqs[[place[key] for key in wanted]], list(wanted.values())

    def _edit_tags(self, edit: Callable[[list[str]], list[str]], reason: str) -> None:
        seqs = self.seqs()
        with self._handle.store.transaction(reason) as transaction:
            # Read inside, so that tags of another process that come meanwhile are not lost.
            rows = transaction.snapshot.table("samples").take(seqs)
            field = transaction.snapshot.schema["tags"]
            seqs = np.asarray(rows.table.column("seq"), dtype=np.int64)
            old = [tags or [] for tags in decode_column(field, rows.table.column("tags"))]
            new = [edit(tags) for tags in old]
            changed = [index for index, tags in enumerate(new) if tags != old[index]]
            if changed:
                _write_plain(
                    transaction, "tags", field, seqs[changed], [new[index] for index in changed]
                )
        self._forget(seqs, "tags")

    def _set_field(
        self, name: str, seqs: npt.NDArray[np.int64], column: list[Any], *, expand_schema: bool
    ) -> None:
        if name == "id":
            raise SchemaError("The ids of samples can't be changed.")
        schema = self._handle.schema()
        if name not in schema and not expand_schema:
            raise FieldNotFoundError(name, self.label, schema)
        grown = _grown(schema, name, column)
        with self._handle.store.transaction(f"set_values('{name}')") as transaction:
            if grown is not schema:
                schema = transaction.grow_schema({name: grown[name]})
            if name in schema.label_fields:
                _write_labels(transaction, name, seqs, column)
            elif name in schema:
                _write_plain(transaction, name, schema[name], seqs, column)
        self._forget(seqs, name)

    def _set_attribute(
        self, path: str, seqs: npt.NDArray[np.int64], column: list[Any], *, expand_schema: bool
    ) -> None:
        schema = self._handle.schema()
        root, _, attribute = path.rpartition(".")
        place = resolve(schema, root)
        if place.place is Place.SAMPLE and place.field is schema[root]:
            raise FieldNotFoundError(path, f"Field '{root}' ({place.field})")
        field = schema[place.root]
        assert isinstance(field, EmbeddedDocumentField)
        if attribute not in field.attributes and not expand_schema:
            raise FieldNotFoundError(path, self.label, field.attributes)
        if attribute in ("id", "seq", "pos"):
            raise SchemaError("The ids of labels can't be changed.")
        if not self._stages and self._set_every_label(path, place.root, field, seqs, column):
            return
        places, values = self._label_places(self.snapshot(), place.root, seqs, column)
        self._set_labels_attribute(path, places, values)

    def _set_every_label(
        self,
        path: str,
        root: str,
        field: EmbeddedDocumentField,
        seqs: npt.NDArray[np.int64],
        column: list[Any],
    ) -> bool:
        """Sets an attribute of all labels that there are, one value after the other.

        Where the values are not lists that fit all samples in order, nothing is done and False is
        returned: then the ids of the labels have to be asked.
        """
        if not field.is_label_list or not {list}.issuperset(map(type, column)):
            return False
        counts = np.fromiter(map(len, column), np.int64, len(column))
        if not _fits(self.snapshot(), root, seqs, counts):
            return False
        values = list(chain.from_iterable(column))
        attribute = path.rpartition(".")[2]
        grown = _grown_attribute(field, attribute, values, path)
        if attribute not in grown.attributes:
            return False
        encoded = encode_attribute(grown, attribute, values, path)
        with self._handle.store.transaction(f"set_values('{path}')") as transaction:
            # Whether they still fit, now that nobody else can write.
            fits = _fits(transaction.snapshot, root, seqs, counts)
            if fits:
                if grown is not field:
                    transaction.grow_schema({root: grown})
                transaction.set_column(root, attribute, encoded)
        if fits:
            self._forget(seqs, root)
        return fits

    def _set_labels_attribute(
        self, path: str, places: list[tuple[int, str]], values: list[Any]
    ) -> None:
        """Sets an attribute of some labels, given by the numbers of their samples and their ids."""
        root, attribute = path.partition(".")[0], path.rpartition(".")[2]
        field = self._handle.schema()[root]
        assert isinstance(field, EmbeddedDocumentField)
        grown = _grown_attribute(field, attribute, values, path)
        with self._handle.store.transaction(f"set_values('{path}')") as transaction:
            if grown is not field:
                transaction.grow_schema({root: grown})
            _write_attribute(transaction, root, grown, attribute, places, values)
        self._forget(np.array([seq for seq, _ in places], np.int64), root)

    def _label_places(
        self,
        snapshot: Snapshot,
        root: str,
        seqs: npt.NDArray[np.int64],
        column: list[Any],
    ) -> tuple[list[tuple[int, str]], list[Any]]:
        """The labels that are to be seen in this collection, by sample and id, and their values."""
        ids = self._visible_label_ids(root, seqs)
        flat_ids: list[tuple[int, str]] = []
        flat_values: list[Any] = []
        for seq, inside, values in zip(seqs.tolist(), ids, column, strict=True):
            given = values if isinstance(inside, list) else [values]
            there = inside if isinstance(inside, list) else [] if inside is None else [inside]
            if inside is None and values is None:
                continue
            if values is None or len(given) != len(there):
                raise ExpressionError(
                    f"Sample {snapshot_id(snapshot, seq)} has {len(there)} labels in '{root}', but "
                    f"was given {0 if values is None else len(given)} values. Give one for each."
                )
            flat_ids += [(seq, identifier) for identifier in there]
            flat_values += given
        return flat_ids, flat_values

    def _visible_label_ids(self, root: str, seqs: npt.NDArray[np.int64]) -> list[Any]:
        field = self._handle.schema()[root]
        assert isinstance(field, EmbeddedDocumentField)
        inner = getattr(field.document_type, "LIST_NAME", None)
        all_ids = self.values(f"{root}.{inner}.id" if inner else f"{root}.id")
        by_seq = dict(zip(self.seqs().tolist(), all_ids, strict=True))
        return [by_seq[seq] for seq in seqs.tolist()]

    def _forget(self, seqs: npt.NDArray[np.int64], name: str) -> None:
        live = self._handle.live
        if live:
            touched = set(seqs.tolist())
            for seq, sample in list(live.items()):
                if seq in touched:
                    sample.forget({name: None})


def _fits(
    snapshot: Snapshot,
    root: str,
    seqs: npt.NDArray[np.int64],
    counts: npt.NDArray[np.int64],
) -> bool:
    """Whether these are all samples, in order, and so many labels each."""
    if root not in snapshot.schema.label_fields or not np.array_equal(seqs, snapshot.seqs):
        return False
    return np.array_equal(counts, snapshot.table(root).counts(snapshot.seqs))


def snapshot_id(snapshot: Snapshot, seq: int) -> str:
    """The id of one sample of a snapshot."""
    column = snapshot.table("samples").take(np.array([seq], np.int64)).table.column("id")
    return str(decode_column(snapshot.schema["id"], column)[0])


def _grown(schema: DatasetSchema, name: str, column: list[Any]) -> DatasetSchema:
    seen: set[type] = set()
    for value in column:
        if type(value) in seen:
            continue
        if type(value) in (str, int, float, bool):
            seen.add(type(value))
        field = needed_field(schema, name, value)
        if field is not None:
            schema = schema.merged({name: field})
    return schema


def _grown_attribute(
    field: EmbeddedDocumentField, attribute: str, values: list[Any], path: str
) -> EmbeddedDocumentField:
    known = field.attributes.get(attribute)
    found = known
    seen: set[type] = set()
    for value in values:
        if type(value) in seen:
            continue
        if type(value) in (str, int, float, bool):
            seen.add(type(value))
        new = infer_field(value, path)
        if new is not None:
            found = new if found is None else widen(found, new)
    if found is None or (known is not None and found.bare() == known.bare()):
        return field
    return EmbeddedDocumentField(field.document_type, {**field.attributes, attribute: found})


def write_column(transaction: Transaction, name: str, values: Mapping[int, Any]) -> None:
    """Writes one field of some samples, by their numbers: few as edits, many as new columns."""
    seqs = np.fromiter(values, np.int64, count=len(values))
    column = list(values.values())
    if name in transaction.schema.label_fields:
        _write_labels(transaction, name, seqs, column)
    else:
        _write_plain(transaction, name, transaction.schema[name], seqs, column)


def _write_labels(
    transaction: Transaction, name: str, seqs: npt.NDArray[np.int64], column: list[Any]
) -> None:
    """The labels of a few samples as edits, those of many as new columns."""
    if len(seqs) <= FEW:
        rows = map(stored_form, column)
        transaction.put(name, dict(zip(seqs.tolist(), rows, strict=True)))
        return
    order = np.argsort(seqs, kind="stable")
    column = [column[index] for index in order.tolist()]
    document_type = transaction.schema.label_fields[name].document_type
    assert issubclass(document_type, (Label, LabelList))
    labels, field = encode_label_column(document_type, name, column)
    transaction.grow_schema({name: field})
    missing = np.array([value is None for value in column], np.bool_)
    transaction.set_labels(name, seqs[order], labels, missing=missing)


def _write_plain(
    transaction: Transaction,
    name: str,
    field: Field,
    seqs: npt.NDArray[np.int64],
    column: list[Any],
) -> None:
    """A few values as edits of samples, many as a new column."""
    if len(seqs) <= FEW:
        transaction.put(name, dict(zip(seqs.tolist(), column, strict=True)))
        return
    snapshot = transaction.snapshot
    order = snapshot.seqs
    places = np.searchsorted(order, seqs)
    whole: list[Any] = [None] * len(order)
    if len(seqs) < len(order) and name in snapshot.schema:
        held = snapshot.table("samples").take(order).table
        if name in held.column_names:
            whole = decode_column(snapshot.schema[name], held.column(name))
    for place, value in zip(places.tolist(), column, strict=True):
        whole[place] = value
    transaction.set_column(name, None, encode_column(field, whole, name))


def _write_attribute(
    transaction: Transaction,
    root: str,
    field: EmbeddedDocumentField,
    attribute: str,
    ids: list[tuple[int, str]],
    values: list[Any],
) -> None:
    """An attribute as a new column: values for the labels in `ids`, what there is for others."""
    snapshot = transaction.snapshot
    held = snapshot.table(root).take(snapshot.seqs).table
    order = decode_attribute(field, "id", held.column("id"))
    seqs = held.column("seq").to_pylist()
    place = {key: index for index, key in enumerate(zip(seqs, order, strict=True))}
    before = snapshot.schema[root]
    assert isinstance(before, EmbeddedDocumentField)
    whole: list[Any] = [None] * len(order)
    if attribute in held.column_names and len(ids) < len(order):
        whole = decode_attribute(before, attribute, held.column(attribute))
    for key, value in zip(ids, values, strict=True):
        if key in place:  # otherwise it was deleted meanwhile
            whole[place[key]] = value
    transaction.set_column(
        root, attribute, encode_attribute(field, attribute, whole, f"{root}.{attribute}")
    )
