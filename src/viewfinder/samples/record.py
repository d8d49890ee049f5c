"""A record is a row that is read lazily and written back by what changed since it was read."""

from __future__ import annotations

import copy
from collections.abc import Iterable, Iterator, Mapping
from typing import TYPE_CHECKING, Any, ClassVar, Self

from viewfinder.errors import (
    DatasetError,
    FieldNotFoundError,
    InvalidFieldNameError,
    ReadOnlyFieldError,
    SampleNotFoundError,
    SchemaError,
)
from viewfinder.ids import is_id, plain_id
from viewfinder.labels import Label, LabelList
from viewfinder.samples.frozen import (
    FrozenLabels,
    copy_value,
    freeze,
    is_frozen_as,
    same_field_value,
)
from viewfinder.samples.saving import SampleEdit, write_edits
from viewfinder.schema import LAST_MODIFIED_AT, STAMPS, Field
from viewfinder.schema.dataset import check_field_name
from viewfinder.schema.documents import document_class

if TYPE_CHECKING:
    from viewfinder.samples.handle import DatasetHandle
    from viewfinder.samples.rows import RowBatch

__all__ = ["FieldChoice", "Record", "RecordView", "from_plain"]

FieldChoice = str | Iterable[str] | Mapping[str, str] | None
"""A field, several, or a dict from names to the names that a copy has; None for all."""


class Record:
    """What samples and frames of videos have in common: named fields, ids, saving."""

    __slots__ = ("__weakref__", "_handle", "_index", "_rows", "_saved", "_seq", "_values")

    _KIND: ClassVar[str]
    _FIXED: ClassVar[Mapping[str, Field]]
    """The fields that each has, in a dataset or not."""
    _NEEDED: ClassVar[tuple[str, ...]]
    """The fields that can't be without a value."""

    def _begin(self, values: dict[str, Any], fields: Mapping[str, Any]) -> None:
        """Makes a new record, which is in no dataset, of fixed values and fields.

        Raises:
            InvalidFieldNameError: when a field can't have that name
            SchemaError: when a given id is none
        """
        for name in fields:
            if name != "id":
                check_field_name(name)
        values.update(fields)
        if "id" in values:
            values["id"] = plain_id(values["id"])
        if not is_id(values.get("id", "0" * 24)):
            raise SchemaError(f"{values['id']!r} is not an id; 24 hexadecimal digits are needed.")
        self._values = values
        self._handle: DatasetHandle | None = None
        self._rows: RowBatch | None = None
        self._index = 0
        self._seq = -1
        self._saved: dict[str, Any] | None = None

    @classmethod
    def of_row(cls, handle: DatasetHandle, rows: RowBatch, index: int, seq: int) -> Self:
        """The sample at one row of a batch that was read from a dataset."""
        sample = cls.__new__(cls)
        sample._values = {}
        sample._handle = handle
        sample._rows = rows
        sample._index = index
        sample._seq = seq
        sample._saved = None
        return sample

    def bind(self, handle: DatasetHandle, rows: RowBatch, index: int, seq: int) -> None:
        """Makes this sample the one that was just stored at that row."""
        self._handle, self._rows, self._index, self._seq = handle, rows, index, seq

    # What it is

    @property
    def id(self) -> str | None:
        """24 hexadecimal digits; None until the sample is in a dataset."""
        identifier = self._values.get("id")
        if identifier is None and self._rows is not None:
            identifier = self._values["id"] = self._rows.column("id")[self._index]
        return None if identifier is None else str(identifier)

    @property
    def seq(self) -> int:
        """The sample's number in its dataset, in order of adding; -1 while it is in none."""
        return self._seq

    @property
    def raw_values(self) -> Mapping[str, Any]:
        """The values that were set or read so far, by field; not to be changed."""
        return self._values

    @property
    def in_dataset(self) -> bool:
        """Whether the sample is in a dataset."""
        return self._handle is not None

    @property
    def handle(self) -> DatasetHandle | None:
        """The open dataset that the sample is in; None while it is in none."""
        return self._handle

    @property
    def dataset(self) -> Any:
        """The dataset that the sample is in; None while it is in none."""
        return None if self._handle is None else self._handle.dataset

    @property
    def dataset_id(self) -> str | None:
        """The id of the dataset that it is in; None where it is in none."""
        return None if self._handle is None else self._handle.target.entry.id

    @property
    def field_names(self) -> tuple[str, ...]:
        """The names of all fields, those of the dataset included, ``id`` first."""
        return tuple(dict.fromkeys((*self._schema(), *self._values)))

    # Its fields

    def __getitem__(self, name: str) -> Any:
        values = self._values
        if name in values:
            return values[name]
        if name == "id":
            return self.id
        return self._load(name)

    def __setitem__(self, name: str, value: Any) -> None:
        if name == "id":
            raise SchemaError("An id can't be changed; add a copy() instead.")
        self._refuse_read_only(name)
        if name not in self._values and name not in self._FIXED:
            self._before_first_set(name)
        self._values[name] = self._taken(name, value)

    def __delitem__(self, name: str) -> None:
        self.clear_field(name)

    def __contains__(self, name: str) -> bool:
        return self.has_field(name)

    def __getattr__(self, name: str) -> Any:
        # Reached only for what is no property, method or slot: a field.
        if name.startswith("_"):
            raise AttributeError(f"{type(self).__name__} has no attribute '{name}'")
        try:
            return self[name]
        except FieldNotFoundError as error:
            raise AttributeError(str(error)) from None

    def __setattr__(self, name: str, value: Any) -> None:
        if name.startswith("_"):
            object.__setattr__(self, name, value)
            return
        if name != "id" and hasattr(type(self), name):
            raise InvalidFieldNameError(
                name, f"there is a part of that name; a field can be set with ['{name}']"
            )
        self[name] = value

    def has_field(self, field_name: str) -> bool:
        """Whether the sample, or its dataset, has a field of that name."""
        return field_name in self._values or field_name in self._schema()

    def get_field(self, field_name: str) -> Any:
        """The value of a field, or at a dotted path, such as ``"metadata.width"``.

        Raises:
            FieldNotFoundError: when there is no such field
        """
        root, *rest = field_name.split(".")
        value = self[root]
        for name in rest:
            if value is None:
                return None
            try:
                value = value[name]
            except (KeyError, TypeError):
                raise FieldNotFoundError(
                    field_name, f"Sample {self.id}", self.field_names
                ) from None
        return value

    def set_field(
        self,
        field_name: str,
        value: Any,
        create: bool = True,
        validate: bool = True,
        dynamic: bool = False,
    ) -> None:
        """Sets a field; a new name becomes a new field of the dataset at :meth:`save`.

        Args:
            field_name: its name
            value: a label or any other value
            create: whether the field may be a new one
            validate: accepted; values are always checked, when they are saved
            dynamic: accepted; attributes of labels are always kept

        Raises:
            FieldNotFoundError: when there is no such field and `create` is False
        """
        del validate, dynamic
        if not create and not self.has_field(field_name):
            raise FieldNotFoundError(field_name, f"The {self._KIND.lower()}", self.field_names)
        self[field_name] = value

    def update_fields(
        self,
        fields_dict: Mapping[str, Any],
        expand_schema: bool = True,
        validate: bool = True,
        dynamic: bool = False,
    ) -> None:
        """Sets several fields; arguments and errors as of :meth:`set_field`.

        Args:
            fields_dict: values by name
            expand_schema: whether new fields may be among them
            validate: accepted; values are always checked, when they are saved
            dynamic: accepted; attributes of labels are always kept
        """
        for name, value in fields_dict.items():
            self.set_field(name, value, expand_schema, validate, dynamic)

    def clear_field(self, field_name: str) -> None:
        """Sets a field to None, ``tags`` to an empty list.

        Raises:
            FieldNotFoundError: when there is no such field
            SchemaError: for those that can't be without a value
        """
        if field_name in self._NEEDED:
            raise SchemaError(
                f"'{field_name}' can't be cleared: every {self._KIND.lower()} needs one."
            )
        if not self.has_field(field_name):
            raise FieldNotFoundError(field_name, "The sample", self.field_names)
        self[field_name] = None

    def iter_fields(
        self, include_id: bool = False, include_timestamps: bool = False
    ) -> Iterator[tuple[str, Any]]:
        """The fields with their values.

        Args:
            include_id: whether the id is among them
            include_timestamps: whether ``created_at`` and ``last_modified_at`` are
        """
        for name in self.field_names:
            if (name != "id" or include_id) and (name not in STAMPS or include_timestamps):
                yield name, self[name]

    # Writing and reading

    def save(self) -> None:
        """Writes the fields that changed since they were read, in one transaction.

        Where nothing changed nothing is written. A field that another process changed meanwhile is
        only overwritten if it was changed here too.

        Raises:
            DatasetError: when the sample is in no dataset
            SampleNotFoundError: when it was deleted from it
            FieldTypeError, LabelError: when a value does not fit; nothing is written then
        """
        if self._handle is None:
            raise DatasetError(
                "The sample is in no dataset, so there is nowhere to save it. Add it with "
                "dataset.add_sample(sample)."
            )
        edit = self.edit()
        if edit is not None:
            write_edits(self._handle, [edit], reason="save")
            self.settle(edit)

    def edit(self) -> SampleEdit | None:
        """What :meth:`save` would write; None where nothing changed."""
        changed = {name: value for name, value in self._values.items() if self._is_changed(name)}
        if not changed:
            return None
        return SampleEdit(self._seq, str(self.id), changed, self._visible_labels(changed))

    def settle(self, edit: SampleEdit) -> None:
        """Takes note that `edit` was written: these values are what the store holds now."""
        for name in edit.values:
            self._note_saved(name, self._values[name])
        self.drop([LAST_MODIFIED_AT])
        if edit.frames is not None:
            edit.frames.settle()
        if self._handle is not None:
            live = self._handle.live.get(self._seq)
            if live is not None and live is not self:
                live.forget(edit.values)

    def forget(self, names: Mapping[str, Any]) -> None:
        """Reads these fields anew when next asked, unless they were changed here and not saved."""
        if self._saved is None:
            self._saved = {}
        for name in (*names, LAST_MODIFIED_AT):
            if name not in self._values or not self._is_changed(name):
                self._values.pop(name, None)
                self._saved[name] = _STALE

    def drop(self, names: Iterable[str]) -> None:
        """Forgets fields that the dataset no longer has."""
        if self._saved is None:
            self._saved = {}
        for name in names:
            self._values.pop(name, None)
            self._saved[name] = _STALE

    def reload(self, hard: bool = False) -> None:
        """Forgets what was changed and not saved; every field is read anew when next asked.

        Args:
            hard: accepted; new fields of the dataset are always seen

        Raises:
            SampleNotFoundError: when the sample was deleted
        """
        del hard
        if self._handle is None or self._rows is None:
            return
        rows = self._rows.again(self._seq)
        if not len(rows):
            raise SampleNotFoundError(self.id, f"dataset '{self._handle.name}'")
        self._rows, self._index = rows, 0
        self._values, self._saved = {}, None

    def as_plain_dict(self) -> dict[str, Any]:
        """Every field by name; labels and documents as dicts that name their class in ``_cls``."""
        return {
            name: value.to_dict() if hasattr(value, "to_dict") else copy.deepcopy(value)
            for name, value in self.iter_fields(include_id=True, include_timestamps=True)
        }

    def copied_values(
        self, fields: FieldChoice = None, omit_fields: str | Iterable[str] | None = None
    ) -> dict[str, Any]:
        """Copies of the values that are set, by the names that a copy has them under.

        Raises:
            FieldNotFoundError: when one of `fields` is not there
        """
        named = [fields] if isinstance(fields, str) else fields
        if named is None:
            named = [name for name in self.field_names if name != "id" and name not in STAMPS]
        names = named if isinstance(named, Mapping) else {name: name for name in named}
        omitted = {omit_fields} if isinstance(omit_fields, str) else set(omit_fields or ())
        values = {new: copy_value(self[name]) for name, new in names.items() if name not in omitted}
        return {name: value for name, value in values.items() if value is not None}

    def __repr__(self) -> str:
        shown = [("id", self.id), *self._shown()]
        shown += [(name, self[name]) for name in self.field_names if name != "id"]
        lines = [f"    '{name}': {_indented(value)}," for name, value in shown]
        return "\n".join([f"<{self._KIND}: {{", *lines, "}>"])

    # Behind the fields

    def _shown(self) -> list[tuple[str, Any]]:
        """What is printed before the fields."""
        return []

    def _taken(self, name: str, value: Any) -> Any:
        """A value as the field of that name takes it."""
        del name
        return value

    def _schema(self) -> Mapping[str, Any]:
        return self._FIXED if self._handle is None else self._handle.schema().fields

    def _before_first_set(self, name: str) -> None:
        if name not in self._schema():
            check_field_name(name)

    def _refuse_read_only(self, name: str) -> None:
        # As the row was read: what has been marked since is refused when it is saved.
        known = self._FIXED if self._rows is None else self._rows.schema.fields
        field = known.get(name)
        if field is not None and field.read_only:
            raise ReadOnlyFieldError(name)

    def _load(self, name: str) -> Any:
        rows = self._rows
        if rows is None:
            if name in STAMPS:
                return None
            raise FieldNotFoundError(name, "The sample", self.field_names)
        assert self._handle is not None
        stale = self._saved is not None and self._saved.get(name) is _STALE
        if name in rows.schema and not stale:
            value = rows.column(name)[self._index]
            if len(rows) == 1 and isinstance(value, (Label, LabelList)):
                # Read alone, so likely to be edited: a copy now is quicker than reading it again.
                self._note_saved(name, value)
        else:
            value = self._load_anew(name, rows)
        self._values[name] = value
        return value

    def _load_anew(self, name: str, rows: RowBatch) -> Any:
        """The value as it is now, for a field that came or changed after this row was read."""
        assert self._handle is not None
        if name not in self._schema():
            raise FieldNotFoundError(name, f"Dataset '{self._handle.name}'", self._schema())
        now = rows.again(self._seq)
        if not len(now):
            raise SampleNotFoundError(self.id, f"dataset '{self._handle.name}'")
        value = now.column(name)[0]
        self._note_saved(name, value)
        return value

    def _note_saved(self, name: str, value: Any) -> None:
        """Keeps what the store holds, to see at :meth:`save` what changed."""
        if self._saved is None:
            self._saved = {}
        self._saved[name] = freeze(value)

    def _is_changed(self, name: str) -> bool:
        if name == "id":
            return False
        value = self._values[name]
        if self._saved is not None and name in self._saved:
            frozen = self._saved[name]
            return frozen is _STALE or not is_frozen_as(value, frozen)
        rows = self._rows
        if rows is None or name not in rows.schema:
            return value is not None or name in self._schema()
        return not same_field_value(value, rows.pristine(name, self._index))

    def _visible_labels(self, names: Mapping[str, Any]) -> dict[str, FrozenLabels] | None:
        """For a sample of a view: the labels that were to be seen before the change, by field."""
        del names
        return None


class RecordView(Record):
    """A record as a view shows it: perhaps with fewer fields, and fewer labels in them.

    Labels that the view filters out are kept when it is saved; only those that were to be seen are
    changed or removed.
    """

    __slots__ = ()

    def _schema(self) -> Mapping[str, Any]:
        assert self._rows is not None
        return self._rows.schema.fields

    def _before_first_set(self, name: str) -> None:
        assert self._handle is not None
        if name in self._handle.schema() and name not in self._schema():
            raise FieldNotFoundError(name, "This view of it", self._schema())
        super()._before_first_set(name)

    def _visible_labels(self, names: Mapping[str, Any]) -> dict[str, FrozenLabels]:
        assert self._rows is not None
        saved = self._saved or {}
        visible = {}
        for name in names:
            if name in saved:
                before = saved[name]
            elif name in self._rows.schema:
                before = freeze(self._rows.pristine(name, self._index))
            else:
                continue
            if isinstance(before, FrozenLabels):
                visible[name] = before
        return visible


class _Stale:
    """The mark of a field that must be read anew."""


_STALE = _Stale()


def from_plain(value: Any) -> Any:
    """The value that ``to_dict`` made a plain one."""
    if not isinstance(value, dict) or "_cls" not in value:
        return copy.deepcopy(value)
    return document_class(value["_cls"]).from_dict(value)


def _indented(value: Any) -> str:
    return repr(value).replace("\n", "\n    ")
