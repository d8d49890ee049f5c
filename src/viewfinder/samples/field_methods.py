"""A collection's fields: what there is, of which type, and what is said of each."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any, Literal

from viewfinder.errors import FieldNotFoundError, FieldTypeError, SchemaError
from viewfinder.labels import Label, LabelList
from viewfinder.samples.core import CollectionCore, ViewT
from viewfinder.schema import (
    DatasetSchema,
    EmbeddedDocument,
    EmbeddedDocumentField,
    EmbeddedDocumentListField,
    Field,
    ListField,
)
from viewfinder.schema.nested import field_at, flattened

__all__ = ["DocumentType", "FieldMethods", "FieldTypes", "flatten_schema"]

DocumentType = type[Label] | type[LabelList] | type[EmbeddedDocument]
FieldTypes = type[Field] | Iterable[type[Field]]
DocumentTypes = DocumentType | Iterable[DocumentType]


def flatten_schema(
    schema: Mapping[str, Field],
    ftype: FieldTypes | None = None,
    embedded_doc_type: DocumentTypes | None = None,
    subfield: FieldTypes | None = None,
    unwind: bool = True,
    read_only: bool | None = None,
    info_keys: str | Iterable[str] | None = None,
    created_after: datetime | None = None,
    include_private: bool = False,
) -> dict[str, Field]:
    """The fields of a schema, and what is inside of labels and documents, by dotted paths.

    ::

        paths = vf.flatten_schema(dataset.get_field_schema(), ftype=vf.StringField)

    Args:
        schema: fields by name, such as :meth:`get_field_schema` gives
        ftype: only fields of this type, or of one of these types
        embedded_doc_type: only fields that hold such labels or documents
        subfield: only lists of this type
        unwind: whether to look into lists
        read_only: only fields that can be edited (False), or that can't (True)
        info_keys: only fields whose `info` has all of these keys
        created_after: refused, because no field knows when it came; see ``history()``
        include_private: accepted; there are no private fields
    """
    del include_private
    _refuse_age(created_after)
    every = flattened(DatasetSchema(dict(schema)), unwind=unwind)
    return _chosen(every, ftype, embedded_doc_type, subfield, read_only, info_keys)


def _chosen(
    fields: Mapping[str, Field],
    ftype: FieldTypes | None,
    embedded_doc_type: DocumentTypes | None,
    subfield: FieldTypes | None,
    read_only: bool | None,
    info_keys: str | Iterable[str] | None,
) -> dict[str, Field]:
    """The fields of these types and notes."""
    keys = {info_keys} if isinstance(info_keys, str) else set(info_keys or ())
    return {
        path: field
        for path, field in fields.items()
        if _is_one_of(field, ftype)
        and _holds_one_of(field, embedded_doc_type)
        and (subfield is None or _lists_one_of(field, subfield))
        and read_only in (None, field.read_only)
        and keys <= set(field.info or ())
    }


class FieldMethods(CollectionCore[ViewT]):
    """The methods that tell of a collection's fields."""

    def get_field_schema(
        self,
        ftype: FieldTypes | None = None,
        embedded_doc_type: DocumentTypes | None = None,
        subfield: FieldTypes | None = None,
        read_only: bool | None = None,
        info_keys: str | Iterable[str] | None = None,
        created_after: datetime | None = None,
        include_private: bool = False,
        flat: bool = False,
        unwind: bool = True,
        mode: Literal["before", "after", "both"] = "after",
    ) -> dict[str, Field]:
        """The visible fields by name.

        ::

            dataset.get_field_schema(ftype=vf.StringField, flat=True)

        Args:
            ftype: only fields of this type, or of one of these types
            embedded_doc_type: only fields that hold such labels or documents
            subfield: only lists of this type
            read_only: only fields that can be edited (False), or that can't (True)
            info_keys: only fields whose `info` has all of these keys
            created_after: refused, because no field knows when it came; see ``history()``
            include_private: accepted; there are no private fields
            flat: whether to list what is inside of labels and documents, too, by dotted paths
            unwind: with `flat`, whether to look into lists
            mode: with `flat`, whether the filters choose among the fields of samples (before),
                among all paths (after), or first among these, then among those in them (both)
        """
        del include_private
        _refuse_age(created_after)

        def chosen(fields: Mapping[str, Field]) -> dict[str, Field]:
            return _chosen(fields, ftype, embedded_doc_type, subfield, read_only, info_keys)

        schema = self.visible_schema()
        fields = dict(schema.fields)
        if flat:
            every = flattened(schema, unwind=unwind)
            if mode in ("before", "both"):
                roots = chosen(fields)
                every = {path: part for path, part in every.items() if path.split(".")[0] in roots}
            fields = every if mode == "before" else chosen(every)
        else:
            fields = chosen(fields)
        return {path: field.bound(path, self._save_field) for path, field in fields.items()}

    def get_field(
        self,
        path: str,
        ftype: FieldTypes | None = None,
        embedded_doc_type: DocumentTypes | None = None,
        subfield: FieldTypes | None = None,
        read_only: bool | None = None,
        include_private: bool = False,
        leaf: bool = False,
    ) -> Field | None:
        """The field at a dotted path; None where there is none.

        What is said of it can be changed and saved::

            field = dataset.get_field("ground_truth")
            field.description = "Boxes drawn in May"
            field.info = {"url": "https://example.com"}
            field.save()

        Args:
            path: such as ``"ground_truth.detections.label"``
            ftype: the type that it must have, or one of several
            embedded_doc_type: the labels or documents that it must hold
            subfield: the type that it must be a list of
            read_only: whether it must be, or must not be, read-only
            include_private: accepted; there are no private fields
            leaf: whether to give the type inside of a list

        Raises:
            FieldTypeError: when it is there and is of another type
        """
        del include_private
        field = field_at(self.visible_schema(), path)
        if field is None:
            return None
        _check_type(path, field, ftype, embedded_doc_type, subfield)
        if read_only not in (None, field.read_only):
            wanted = "a read-only field" if read_only else "a field that can be edited"
            raise FieldTypeError(path, str(field), wanted)
        while leaf and isinstance(field, ListField) and field.field is not None:
            field = field.field
        return field.bound(path, self._save_field)

    def has_field(self, path: str) -> bool:
        """Whether there is a field at a dotted path."""
        return field_at(self.visible_schema(), path) is not None

    def has_sample_field(self, path: str) -> bool:
        """Whether samples have a field at a dotted path; those of frames don't count."""
        return not path.startswith("frames.") and self.has_field(path)

    def validate_fields_exist(
        self, fields: str | Iterable[str], include_private: bool = False
    ) -> None:
        """Checks that there are fields at these paths.

        Args:
            fields: one path or several
            include_private: accepted; there are no private fields

        Raises:
            FieldNotFoundError: for the first that is not there
        """
        del include_private
        schema = self.visible_schema()
        for path in [fields] if isinstance(fields, str) else fields:
            if field_at(schema, path) is None:
                raise FieldNotFoundError(path, self.label.capitalize(), flattened(schema))

    def validate_field_type(
        self,
        path: str,
        ftype: FieldTypes | None = None,
        embedded_doc_type: DocumentTypes | None = None,
        subfield: FieldTypes | None = None,
    ) -> None:
        """Checks that the field at a path is of a type; arguments as of :meth:`get_field`.

        Raises:
            FieldNotFoundError: when there is none
            FieldTypeError: when it is of another type
        """
        self.validate_fields_exist(path)
        field = field_at(self.visible_schema(), path)
        assert field is not None
        _check_type(path, field, ftype, embedded_doc_type, subfield)

    def make_unique_field_name(self, root: str = "") -> str:
        """A name that no field has yet: `root`, or `root` and a number."""
        schema = self.handle.schema()
        name, number = root or "field", 1
        while name in schema:
            number += 1
            name = f"{root or 'field'}{number}"
        return name

    def get_dynamic_field_schema(
        self, fields: str | Sequence[str] | None = None, recursive: bool = True
    ) -> dict[str, Field]:
        """The attributes of labels and documents that are stored and not in the schema: none.

        Every attribute is in the schema as soon as a value of it is stored; see
        :meth:`get_field_schema`. Scripts that declare dynamic attributes find nothing left to do.

        Raises:
            FieldNotFoundError: when one of `fields` is not there
        """
        del recursive
        self.validate_fields_exist(fields or ())
        return {}

    def label_fields(self) -> list[str]:
        """The names of the visible fields that hold labels."""
        return list(self.visible_schema().label_fields)

    def _save_field(self, path: str, field: Field) -> None:
        """Keeps what is said of the field at a path."""
        from_frames = path.startswith("frames.")
        path = path.removeprefix("frames.") if from_frames else path
        with self.handle.target.store.transaction(f"save the field '{path}'") as transaction:
            (transaction.frames if from_frames else transaction).note(path, field)


def _refuse_age(created_after: datetime | None) -> None:
    if created_after is not None:
        raise SchemaError(
            "No field knows when it came, so created_after can't choose among them. See "
            "dataset.history() for what was added when."
        )


def _check_type(
    path: str,
    field: Field,
    ftype: FieldTypes | None,
    embedded_doc_type: DocumentTypes | None,
    subfield: FieldTypes | None,
) -> None:
    if not _is_one_of(field, ftype):
        raise FieldTypeError(path, str(field), f"{_names(ftype)} to look for")
    if not _holds_one_of(field, embedded_doc_type):
        raise FieldTypeError(path, str(field), f"{_names(embedded_doc_type)} to look for")
    if subfield is not None and not _lists_one_of(field, subfield):
        raise FieldTypeError(path, str(field), f"lists of {_names(subfield)} to look for")


def _is_one_of(field: Field, types: FieldTypes | None) -> bool:
    if types is None:
        return True
    wanted = (types,) if isinstance(types, type) else tuple(types)
    if isinstance(field, wanted):
        return True
    # A list of documents may be asked for by either name.
    is_list = isinstance(field, ListField) and isinstance(field.field, EmbeddedDocumentField)
    return is_list and EmbeddedDocumentListField in wanted


def _lists_one_of(field: Field, types: FieldTypes) -> bool:
    return (
        isinstance(field, ListField) and field.field is not None and _is_one_of(field.field, types)
    )


def _holds_one_of(field: Field, types: DocumentTypes | None) -> bool:
    if types is None:
        return True
    inner: Field | None = field.field if isinstance(field, ListField) else field
    wanted = (types,) if isinstance(types, type) else tuple(types)
    return isinstance(inner, EmbeddedDocumentField) and issubclass(inner.document_type, wanted)


def _names(types: Any) -> str:
    wanted = (types,) if isinstance(types, type) else tuple(types or ())
    return " or ".join(each.__name__ for each in wanted)
