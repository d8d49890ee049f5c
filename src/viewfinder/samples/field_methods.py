"""A collection's fields: what there is, and on a dataset, adding and removing them."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from typing import Any

from viewfinder.errors import FieldNotFoundError, FieldTypeError, SchemaError
from viewfinder.labels import Label, LabelList
from viewfinder.samples.core import CollectionCore, ViewT
from viewfinder.schema import (
    DEFAULT_FIELDS,
    DatasetSchema,
    EmbeddedDocument,
    EmbeddedDocumentField,
    Field,
    ListField,
    resolve,
)
from viewfinder.schema.infer import document_field

__all__ = ["FieldMethods", "SchemaChanges", "make_field"]

DocumentType = type[Label] | type[LabelList] | type[EmbeddedDocument]


class FieldMethods(CollectionCore[ViewT]):
    """The methods that tell of a collection's fields."""

    def get_field_schema(
        self,
        ftype: type[Field] | Iterable[type[Field]] | None = None,
        embedded_doc_type: DocumentType | Iterable[DocumentType] | None = None,
        flat: bool = False,
    ) -> dict[str, Field]:
        """The visible fields by name.

        Args:
            ftype: only fields of this type, or of one of these types
            embedded_doc_type: only fields that hold such labels or documents
            flat: whether to list what is inside of labels and documents, too, by dotted paths
        """
        schema = self.visible_schema()
        fields = _flattened(schema) if flat else dict(schema.fields)
        return {
            name: field
            for name, field in fields.items()
            if _is_one_of(field, ftype) and _holds_one_of(field, embedded_doc_type)
        }

    def get_field(self, path: str) -> Field | None:
        """The field at a dotted path; None where there is none."""
        try:
            return resolve(self.visible_schema(), path).field
        except FieldNotFoundError:
            return None

    def has_field(self, path: str) -> bool:
        """Whether there is a field at a dotted path."""
        return self.get_field(path) is not None

    def has_sample_field(self, path: str) -> bool:
        """The same as :meth:`has_field`."""
        return self.has_field(path)

    def validate_fields_exist(self, fields: str | Iterable[str]) -> None:
        """Checks that there are fields at these paths.

        Raises:
            FieldNotFoundError: for the first that is not there
        """
        schema = self.visible_schema()
        for path in [fields] if isinstance(fields, str) else fields:
            resolve(schema, path)

    def make_unique_field_name(self, root: str = "") -> str:
        """A name that no field has yet: `root`, or `root` and a number."""
        schema = self.handle.schema()
        name, number = root or "field", 1
        while name in schema:
            number += 1
            name = f"{root or 'field'}{number}"
        return name

    def label_fields(self) -> list[str]:
        """The names of the visible fields that hold labels."""
        return list(self.visible_schema().label_fields)


class SchemaChanges(FieldMethods[ViewT]):
    """The methods that add and remove fields; only a dataset has them."""

    def add_sample_field(
        self,
        field_name: str,
        ftype: type[Field] | Field,
        embedded_doc_type: DocumentType | None = None,
        subfield: type[Field] | Field | None = None,
        description: str | None = None,
        info: dict[str, Any] | None = None,
        read_only: bool = False,
    ) -> None:
        """Declares a field before any sample has a value in it.

        Args:
            field_name: its name
            ftype: a field class, such as ``FloatField``, or a field
            embedded_doc_type: the class of labels or documents for an ``EmbeddedDocumentField``
            subfield: what a ``ListField`` holds
            description: a sentence for people
            info: anything else to keep with the field, as JSON
            read_only: whether the field is marked as not to be edited

        Raises:
            InvalidFieldNameError: when it can't have that name
            FieldTypeError: when it exists and holds something else
        """
        field = make_field(field_name, ftype, embedded_doc_type, subfield)
        field = replace(field, description=description, info=info, read_only=read_only)
        self.handle.schema().merged({field_name: field})
        with self.handle.store.transaction(f"add_sample_field('{field_name}')") as transaction:
            transaction.grow_schema({field_name: field})

    def delete_sample_field(self, field_name: str) -> None:
        """Removes a field with all its values.

        Raises:
            FieldNotFoundError: when there is none
            SchemaError: for the fields that every sample has
        """
        self.delete_sample_fields([field_name])

    def delete_sample_fields(self, field_names: str | Iterable[str]) -> None:
        """Removes several fields, all or none; errors as of :meth:`delete_sample_field`."""
        names = [field_names] if isinstance(field_names, str) else list(field_names)
        schema = self.handle.schema()
        for name in names:
            if name in DEFAULT_FIELDS:
                raise SchemaError(f"The field '{name}' can't be deleted: every sample has one.")
            if name not in schema:
                raise FieldNotFoundError(name, f"Dataset '{self.handle.name}'", schema)
        with self.handle.store.transaction(f"delete_sample_fields({names})") as transaction:
            for name in names:
                transaction.drop_field(name)
        for sample in list(self.handle.live.values()):
            sample.drop(names)


def make_field(
    name: str,
    ftype: type[Field] | Field,
    embedded_doc_type: DocumentType | None = None,
    subfield: type[Field] | Field | None = None,
) -> Field:
    """A field value from the arguments of :meth:`SchemaChanges.add_sample_field`.

    Raises:
        FieldTypeError: when they make no field
    """
    if isinstance(ftype, Field):
        return ftype
    if not issubclass(ftype, Field):
        raise FieldTypeError(name, "a field class such as FloatField", repr(ftype))
    if issubclass(ftype, EmbeddedDocumentField):
        if embedded_doc_type is None:
            raise FieldTypeError(name, "an embedded_doc_type such as Detections", "none")
        return document_field(embedded_doc_type)
    if issubclass(ftype, ListField):
        inner = subfield() if isinstance(subfield, type) else subfield
        return ListField(inner)
    return ftype()


def _flattened(schema: DatasetSchema) -> dict[str, Field]:
    flat: dict[str, Field] = {}
    for name, field in schema.fields.items():
        flat[name] = field
        if isinstance(field, EmbeddedDocumentField):
            prefix = name
            if issubclass(field.document_type, LabelList):
                prefix = f"{name}.{field.document_type.LIST_NAME}"
                flat[prefix] = ListField(field)
            for attribute, inner in field.attributes.items():
                flat[f"{prefix}.{attribute}"] = inner
    return flat


def _is_one_of(field: Field, types: type[Field] | Iterable[type[Field]] | None) -> bool:
    if types is None:
        return True
    return isinstance(field, types if isinstance(types, type) else tuple(types))


def _holds_one_of(field: Field, types: DocumentType | Iterable[DocumentType] | None) -> bool:
    if types is None:
        return True
    wanted = types if isinstance(types, type) else tuple(types)
    return isinstance(field, EmbeddedDocumentField) and issubclass(field.document_type, wanted)
