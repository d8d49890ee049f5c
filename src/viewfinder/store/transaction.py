"""A transaction: everything that is done in it counts at once, or not at all."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from viewfinder.errors import (
    FieldTypeError,
    InvalidFieldNameError,
    ReadOnlyFieldError,
    SampleNotFoundError,
    SchemaError,
)
from viewfinder.labels import Label
from viewfinder.schema import (
    DEFAULT_FIELDS,
    FRAME_FIELDS,
    DatasetSchema,
    EmbeddedDocumentField,
    Field,
)
from viewfinder.schema.codecs import codec_of
from viewfinder.schema.columns import infer_attributes, label_to_row
from viewfinder.schema.dataset import check_field_name
from viewfinder.schema.infer import declared_attributes
from viewfinder.schema.nested import noted
from viewfinder.store import bulk, reshape
from viewfinder.store.edits import Edit, pack
from viewfinder.store.frame_writer import FrameWriter
from viewfinder.store.layout import SAMPLES
from viewfinder.store.runs import RunWriter
from viewfinder.store.snapshot import LAST_DELETION, Snapshot
from viewfinder.store.spaces import FRAMES_SPACE
from viewfinder.store.stamps import Stamps
from viewfinder.store.writer import Writer

__all__ = ["Transaction"]

Int64s = npt.NDArray[np.int64]
Labels = tuple[pa.Table, Int64s]


class Transaction(RunWriter):
    """Made by :meth:`DatasetStore.transaction`; holds the write lock from beginning to end."""

    def __init__(self, writer: Writer) -> None:
        # Nothing of itself, so that it goes, and the old files with it, as soon as it is let go of.
        super().__init__(writer.reading, writer.changes)
        self._writer = writer
        self._schema = writer.snapshot.schema
        self._added: list[tuple[int, int]] = []
        self._removed: set[int] = set()
        self._frames: Transaction | None = None
        self._stamps = Stamps()

    @property
    def snapshot(self) -> Snapshot:
        """The dataset as it was when the transaction, or its last :meth:`step`, began."""
        return self._writer.snapshot

    @property
    def schema(self) -> DatasetSchema:
        """The fields, with those that this transaction added."""
        return self._schema

    @property
    def version(self) -> int:
        """The number that the transaction gets when it is committed."""
        return self._writer.version

    @property
    def frames(self) -> Transaction:
        """What is done to the frames of videos, as if they were the samples of a dataset.

        It is part of this transaction. Appended frames need ``id``, ``frame_number`` and
        ``VIDEO_OF_FRAME``; :meth:`has_frames` comes first.
        """
        if self._frames is None:
            self._frames = Transaction(FrameWriter(self._writer))
        return self._frames

    def has_frames(self) -> DatasetSchema:
        """Gives the dataset the fields of frames, where it has not got them; returns them."""
        frames = self.frames
        if not self._schema.frame_fields:
            self._schema = replace(self._schema, frame_fields=frames.schema.fields)
            if not self.snapshot.count and not self._added:
                self._schema = self._schema.of_videos()
                self._writer.put_state("schema", self._schema.to_json())
            self._writer.put_state(FRAMES_SPACE.schema_key, frames.schema.to_json())
        return frames.schema

    def grow_schema(self, fields: Mapping[str, Field]) -> DatasetSchema:
        """Adds fields, attributes of label fields, and what they may hold; never takes any away.

        Returns:
            The schema of the dataset, with what other processes have added.

        Raises:
            InvalidFieldNameError: when a new name can't be one
            FieldTypeError: when a field of that name holds something else
        """
        old = self._schema
        new = old.merged(fields)
        if new is old:
            return old
        if SAMPLES in new.label_fields:
            raise InvalidFieldNameError(SAMPLES, "the name is reserved for the samples themselves")
        # Edits are kept in the types of the schema: those of a field that widened are written anew.
        for name, field in old.fields.items():
            if new[name].bare() != field.bare():
                bulk.convert_edits(self._writer, name, field, new[name])
        self._put_schema(new)
        return new

    def drop_field(self, name: str, attribute: str | None = None) -> DatasetSchema:
        """Removes a field and all its values, or one attribute of a label field.

        Raises:
            FieldNotFoundError: when there is none of that name
            SchemaError: when every sample, or every such label, must have it
        """
        self._refuse_fixed(name, attribute, "removed")
        self.clear_field(name, attribute)
        self._put_schema(self._schema.without(name, attribute))
        return self._schema

    def clear_field(self, name: str, attribute: str | None = None) -> None:
        """Removes all values of a field, or of one attribute of a label field; the field stays.

        Raises:
            FieldNotFoundError: when there is none of that name
        """
        self._schema.place(name, attribute)
        self._stamps.touch_all()
        if attribute is None:
            reshape.clear_field(self._writer, name)
        else:
            reshape.clear_attribute(self._writer, name, attribute)

    def rename_field(self, name: str, new_name: str, attribute: str | None = None) -> DatasetSchema:
        """Gives a field another name, or with `attribute` an attribute of the labels of a field.

        Raises:
            FieldNotFoundError: when there is none of that name
            InvalidFieldNameError: when it can't have the new name, or that is taken
            SchemaError: when every sample, or every such label, must have it
        """
        self._refuse_fixed(name, attribute, "renamed")
        self._check_new(name, new_name, attribute)
        schema = self._schema.renamed(name, new_name, attribute)
        if attribute is None:
            reshape.rename_field(self._writer, name, new_name)
        else:
            reshape.rename_attribute(self._writer, name, attribute, new_name)
        self._put_schema(schema)
        return schema

    def clone_field(self, name: str, new_name: str, attribute: str | None = None) -> DatasetSchema:
        """Makes a copy of a field, or of an attribute of labels; errors as of renaming."""
        field = self._schema.place(name, attribute)
        self._check_new(name, new_name, attribute)
        if attribute is None:
            reshape.clone_field(self._writer, name, new_name)
            self._put_schema(self._schema.with_field(new_name, field))
        else:
            reshape.clone_attribute(self._writer, name, attribute, new_name)
            self._put_schema(self._schema.with_field(name, field, new_name))
        return self._schema

    def change_field(self, name: str, field: Field, attribute: str | None = None) -> DatasetSchema:
        """Changes what the schema says of a field: what else is said, or what its documents hold.

        Values are not touched; where the type changes, set the column in the same transaction.
        """
        self._schema.place(name, attribute)
        self._put_schema(self._schema.with_field(name, field, attribute))
        return self._schema

    def note(self, path: str, field: Field) -> DatasetSchema:
        """Keeps what `field` says besides its type of the field at a dotted path.

        Raises:
            FieldNotFoundError: when there is none
        """
        self._put_schema(noted(self._schema, path, field))
        return self._schema

    def _refuse_fixed(self, name: str, attribute: str | None, done: str) -> None:
        field = self._schema.place(name)
        if attribute is not None:
            assert isinstance(field, EmbeddedDocumentField)
            if attribute in declared_attributes(field.document_type):
                kind = field.document_type.__name__
                raise SchemaError(f"'{attribute}' can't be {done}: {kind} always have it.")
        elif name in (FRAME_FIELDS if isinstance(self._writer, FrameWriter) else DEFAULT_FIELDS):
            raise SchemaError(f"The field '{name}' can't be {done}: every sample has one.")

    def _check_new(self, name: str, new_name: str, attribute: str | None) -> None:
        if attribute is None:
            check_field_name(new_name)
            taken: Iterable[str] = self._schema.fields
            if new_name == SAMPLES and name in self._schema.label_fields:
                raise InvalidFieldNameError(SAMPLES, "the name is reserved for the samples")
        else:
            taken = self._label_field(name).attributes
            if not new_name.isidentifier() or new_name in ("seq", "pos"):
                raise InvalidFieldNameError(new_name, "use letters, digits and underscores")
        if new_name in taken:
            raise InvalidFieldNameError(new_name, "there is a field of that name already")

    def _put_schema(self, schema: DatasetSchema) -> None:
        self._schema = schema
        self._writer.put_state("schema", schema.to_json())

    def append(self, samples: pa.Table, labels: Mapping[str, Labels]) -> Int64s:
        """Adds samples at the end.

        Args:
            samples: a row a sample, columns by field; ``id`` is a must, others may be left out. For
                each label field a column of counts tells None from no labels; where it is left out
                every sample has a list
            labels: for each label field the rows of labels, as ``encode_labels`` gives them, and
                the offsets: those of sample `i` are ``offsets[i]`` up to ``offsets[i + 1]``

        Returns:
            The places that the samples got.

        Raises:
            FieldNotFoundError: when the schema has no such field; grow it first
            FieldTypeError: when a column does not fit its field
        """
        if not samples.num_rows:
            return np.empty(0, dtype=np.int64)
        samples = self.stamped(samples)
        seqs = bulk.append(self._writer, self._schema, samples, labels)
        self._added.append((int(seqs[0]), int(seqs[-1]) + 1))
        return seqs

    def stamped(self, samples: pa.Table) -> pa.Table:
        """Samples that are about to be added, with the times that they get."""
        return self._stamps.stamped(self._schema, samples)

    def restore(self, version: int) -> None:
        """Makes everything as it was in an older version: samples, frames, labels, fields, info.

        Runs stay as they are. It is a step, so :attr:`snapshot` shows that version next; what this
        transaction did before is undone, too. As with any other transaction the state before is a
        version that can be restored.

        Raises:
            VersionNotFoundError: when that version is not kept
        """
        before = self.snapshot.seqs
        self._writer.restore(version)
        self._frames, self._stamps = None, self._stamps.next()
        self.step()
        if not self.snapshot.contains(before).all():
            self._note_deletion()

    def step(self) -> None:
        """Lets :attr:`snapshot` show what this transaction has done so far.

        For work that builds on what it has written itself. Others see nothing of it before the end,
        and an error takes all steps back.
        """
        self.finish()
        self._writer.step()
        self._schema = self._writer.snapshot.schema
        self._added.clear()
        self._removed.clear()
        self._frames = None
        self._stamps = self._stamps.next()

    def finish(self) -> None:
        """Called before the commit: notes when the samples were changed."""
        self._stamps.write(self._writer, self._schema, np.array([*self._removed], dtype=np.int64))
        if self._frames is not None:
            self._frames.finish()

    def put(self, field: str, values: Mapping[int, Any]) -> None:
        """Sets one field of some samples.

        Args:
            field: its name
            values: by sample. For a label field a label, a list of labels, a list of rows as
                ``label_to_row`` makes them, or None. Attributes of labels that the schema does not
                know yet are added to it

        Raises:
            FieldNotFoundError: when there is no such field
            FieldTypeError, LabelError: when a value does not fit
            SampleNotFoundError: when a sample has been deleted
        """
        self._check_exist(values)
        found = self._schema[field]
        if found.read_only:
            raise ReadOnlyFieldError(field)
        self._stamps.touch(values)
        if field in self._schema.label_fields:
            edits = self._label_edits(field, values)
        else:
            codec = codec_of(found)
            edits = {}
            for seq, value in values.items():
                full = [] if value is None and field == "tags" else value
                primitive = None if full is None else codec.pack(full, field)
                edits[seq] = Edit(None, pack(primitive))
        self._writer.put_edits({field: edits})

    def set_column(self, field: str, attribute: str | None, values: pa.Array) -> None:
        """Sets one plain field of every sample, or one attribute of every label of a field.

        Nothing that exists is rewritten. The values go by :attr:`snapshot`: one a sample in the
        order of its ``seqs``, or one a label in the order of samples and positions.

        Args:
            field: its name
            attribute: of the labels; None for a plain field
            values: a column of the type of the field, as ``encode_column`` or ``encode_attribute``
                make it

        Raises:
            FieldNotFoundError: when there is no such field or attribute; grow the schema first
            FieldTypeError: when the column does not fit
            ValueError: when there are more or fewer values than samples or labels
        """
        for part in {self._schema.place(field), self._schema.place(field, attribute)}:
            if part.read_only:
                raise ReadOnlyFieldError(f"{field}.{attribute}" if attribute else field)
        self._stamps.touch_all()
        if attribute is None:
            bulk.set_plain_column(self._writer, self._schema, field, values)
        else:
            bulk.set_attribute_column(self._writer, self._schema, field, attribute, values)

    def set_labels(
        self,
        field: str,
        seqs: Int64s,
        labels: Labels,
        *,
        missing: npt.NDArray[np.bool_] | None = None,
    ) -> None:
        """Replaces all labels of one field of many samples.

        Args:
            field: its name
            seqs: samples of :attr:`snapshot`, ascending
            labels: their labels, as in :meth:`append`
            missing: which of the samples have None in the field, rather than an empty list

        Raises:
            FieldNotFoundError: when there is no such field; grow the schema first
            FieldTypeError: when a column does not fit
            SampleNotFoundError: when a sample has been deleted
        """
        self._check_exist(seqs.tolist())
        if self._schema[field].read_only:
            raise ReadOnlyFieldError(field)
        self._stamps.touch(seqs)
        bulk.set_labels(self._writer, self._schema, field, seqs, labels, missing)

    def delete(self, seqs: Int64s | Sequence[int]) -> None:
        """Deletes samples; those that are gone already are passed over."""
        wanted = np.asarray(seqs, dtype=np.int64)
        live = self.snapshot.contains(wanted)
        for first, stop in self._added:
            live |= (wanted >= first) & (wanted < stop)
        found = wanted[live].tolist()
        if found:
            self._removed.update(found)
            self._writer.delete(found)
            self._note_deletion()
            if self._schema.frame_fields:
                self.frames.delete(self.snapshot.frames_of(np.sort(found))[0])

    def set_info(self, key: str, value: Any) -> None:
        """Keeps a JSON value beside the samples; None removes it."""
        self._writer.put_state(f"info.{key}", value)

    def _note_deletion(self) -> None:
        if not isinstance(self._writer, FrameWriter):
            self._writer.put_state(LAST_DELETION, self._stamps.moment.timestamp())

    def _check_exist(self, seqs: Mapping[int, Any] | Sequence[int]) -> None:
        wanted = np.fromiter(seqs, dtype=np.int64, count=len(seqs))
        live = self.snapshot.contains(wanted)
        for first, stop in self._added:
            live |= (wanted >= first) & (wanted < stop)
        if self._removed:
            live &= ~np.isin(wanted, list(self._removed))
        if not live.all():
            raise SampleNotFoundError(f"number {wanted[~live][0]}", "the dataset")

    def _label_edits(self, name: str, values: Mapping[int, Any]) -> dict[int, Edit]:
        lists: dict[int, Sequence[Any] | None] = {}
        for seq, value in values.items():
            lists[seq] = [value] if isinstance(value, Label) else value
        objects = [
            each for many in lists.values() for each in many or () if isinstance(each, Label)
        ]
        field = self._label_field(name)
        found = infer_attributes(objects, name)
        if any(field.attributes.get(key) != part for key, part in found.items()):
            grown = EmbeddedDocumentField(field.document_type, found)
            self.grow_schema({name: grown})
            field = self._label_field(name)
        edits = {}
        for seq, many in lists.items():
            if many is None:
                edits[seq] = Edit(None, pack(None))
                continue
            if field.is_label and len(many) > 1:
                raise FieldTypeError(name, "one label a sample", f"{len(many)} labels")
            rows = [
                label_to_row(each, field, name) if isinstance(each, Label) else each
                for each in many
            ]
            edits[seq] = Edit(len(rows), pack(rows))
        return edits

    def _label_field(self, name: str) -> EmbeddedDocumentField:
        return self._schema.label_fields[name]
