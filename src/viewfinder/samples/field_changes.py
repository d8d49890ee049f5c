"""Changing a dataset's fields: declaring, renaming, cloning, clearing and deleting them."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING, Any

from viewfinder.errors import (
    FieldNotFoundError,
    FieldTypeError,
    ReadOnlyFieldError,
    SchemaError,
    ViewfinderError,
)
from viewfinder.labels import Kind, LabelList
from viewfinder.samples.core import ViewT
from viewfinder.samples.field_methods import DocumentType, FieldMethods
from viewfinder.schema import (
    LAST_MODIFIED_AT,
    DatasetSchema,
    EmbeddedDocument,
    EmbeddedDocumentField,
    EmbeddedDocumentListField,
    Field,
    ListField,
)
from viewfinder.schema.columns import (
    attribute_kind,
    decode_attribute,
    decode_column,
    encode_attribute,
    encode_column,
)
from viewfinder.schema.infer import completed, document_field, widen
from viewfinder.schema.nested import field_at

if TYPE_CHECKING:
    from viewfinder.store import Transaction

__all__ = ["SchemaChanges", "make_field"]


class SchemaChanges(FieldMethods[ViewT]):
    """The methods that change fields; only a dataset has them."""

    def add_sample_field(
        self,
        field_name: str,
        ftype: type[Field] | Field,
        embedded_doc_type: DocumentType | None = None,
        subfield: type[Field] | Field | None = None,
        fields: Sequence[Field] | Mapping[str, Field] | None = None,
        description: str | None = None,
        info: dict[str, Any] | None = None,
        read_only: bool = False,
    ) -> None:
        """Declares a field before any sample has a value in it.

        ::

            dataset.add_sample_field("score", vf.FloatField, description="0 to 1")
            dataset.add_sample_field("ground_truth.detections.area", vf.FloatField)

        Args:
            field_name: its name; a dotted path declares an attribute of labels or documents
            ftype: a field class, such as ``FloatField``, or a field
            embedded_doc_type: the class of labels or documents for an ``EmbeddedDocumentField`` or
                an ``EmbeddedDocumentListField``
            subfield: what a ``ListField`` holds
            fields: for documents, more attributes by name
            description: a sentence for people
            info: anything else to keep with the field, as JSON
            read_only: whether values can't be edited once they are there

        Raises:
            InvalidFieldNameError: when it can't have that name
            FieldTypeError: when it exists and holds something else
        """
        field = make_field(field_name, ftype, embedded_doc_type, subfield)
        if isinstance(field, EmbeddedDocumentField) and isinstance(fields, Mapping):
            field = replace(field, attributes={**field.attributes, **fields})
        said = (description, info, read_only) != (None, None, False)
        field = replace(field, description=description, info=info, read_only=read_only)
        with self.handle.store.transaction(f"add_sample_field('{field_name}')") as transaction:
            known = field_at(transaction.schema, field_name)
            if known is not None and widen(known, field).bare() != known.bare():
                raise FieldTypeError(field_name, str(known), str(field))
            root, path = _split(transaction.schema, field_name)
            transaction.grow_schema({root: _wrapped(transaction.schema, root, path, field)})
            if said:
                transaction.note(field_name, field)

    def add_dynamic_sample_fields(
        self,
        fields: str | Sequence[str] | None = None,
        recursive: bool = True,
        add_mixed: bool = False,
    ) -> None:
        """Declares attributes that are stored and not in the schema: there are none.

        See :meth:`get_dynamic_field_schema`.
        """
        del add_mixed
        self.get_dynamic_field_schema(fields, recursive)

    def rename_sample_field(self, field_name: str, new_field_name: str) -> None:
        """Renames a field, or an attribute of labels or documents by its path.

        ::

            dataset.rename_sample_field("predictions", "model_a")
            dataset.rename_sample_field("gt.detections.area", "gt.detections.size")

        Raises:
            FieldNotFoundError: when there is none
            InvalidFieldNameError: when the new name is taken or can't be one
            SchemaError: for fields that every sample has, and attributes that every label has
            ReadOnlyFieldError: for fields that can't be edited
        """
        self.rename_sample_fields({field_name: new_field_name})

    def rename_sample_fields(self, field_mapping: Mapping[str, str]) -> None:
        """Renames several fields, all or none; errors as of :meth:`rename_sample_field`."""

        def rename(transaction: Transaction, old: str, new: str) -> None:
            place = _place(transaction.schema, old)
            _refuse_read_only(transaction.schema, old)
            name = _beside(transaction.schema, old, new)
            if place.inner:
                _rename_inside(transaction, place, name)
            else:
                transaction.rename_field(place.root, name, place.attribute)

        self._change("rename", field_mapping.items(), rename)

    def clone_sample_field(self, field_name: str, new_field_name: str) -> None:
        """Copies a field under a new name; errors as of :meth:`rename_sample_field`.

        Labels keep their ids. Files are shared, so it takes no longer for a large dataset.
        """
        self.clone_sample_fields({field_name: new_field_name})

    def clone_sample_fields(self, field_mapping: Mapping[str, str]) -> None:
        """Copies several fields, all or none; errors as of :meth:`rename_sample_field`."""

        def clone(transaction: Transaction, old: str, new: str) -> None:
            place = _place(transaction.schema, old)
            name = _beside(transaction.schema, old, new)
            if place.inner:
                _clone_inside(transaction, place, name)
            elif place.attribute is not None and _has_own_form(transaction.schema, place):
                _clone_values(transaction, place.root, place.attribute, name)
            else:
                transaction.clone_field(place.root, name, place.attribute)

        self._change("clone", field_mapping.items(), clone)

    def clear_sample_field(self, field_name: str) -> None:
        """Sets a field, or an attribute of labels or documents, to None everywhere.

        Raises:
            FieldNotFoundError: when there is no such field
            SchemaError: for ``id`` and ``filepath``, which no sample can be without
            ReadOnlyFieldError: for fields that can't be edited
        """
        self.clear_sample_fields(field_name)

    def clear_sample_fields(self, field_names: str | Iterable[str]) -> None:
        """Clears several fields, all or none; errors as of :meth:`clear_sample_field`."""

        def clear(transaction: Transaction, path: str, _: str) -> None:
            place = _place(transaction.schema, path)
            _refuse_read_only(transaction.schema, path)
            if place.attribute is None and place.root in ("id", "filepath"):
                raise SchemaError(f"'{path}' can't be cleared: every sample needs one.")
            if place.attribute == "id":
                raise SchemaError("The ids of labels can't be cleared: every label needs one.")
            if place.inner:
                _clear_inside(transaction, place)
            elif path == "tags":
                tags: list[list[str]] = [[] for _ in range(transaction.snapshot.count)]
                column = encode_column(transaction.schema["tags"], tags, "tags")
                transaction.set_column("tags", None, column)
            else:
                transaction.clear_field(place.root, place.attribute)

        self._change("clear", [(path, path) for path in _listed(field_names)], clear)

    def delete_sample_field(self, field_name: str, error_level: int = 0) -> None:
        """Removes a field, or an attribute of labels or documents, with all its values.

        Args:
            field_name: its name, or a dotted path
            error_level: 0 to raise; 1 or 2 to pass over a field that can't be deleted

        Raises:
            FieldNotFoundError: when there is none
            SchemaError: for the fields that every sample has, and attributes of every label
            ReadOnlyFieldError: for fields that can't be edited
        """
        self.delete_sample_fields([field_name], error_level)

    def delete_sample_fields(self, field_names: str | Iterable[str], error_level: int = 0) -> None:
        """Removes several fields, all or none; errors as of :meth:`delete_sample_field`."""

        def delete(transaction: Transaction, path: str, _: str) -> None:
            try:
                place = _place(transaction.schema, path)
                _refuse_read_only(transaction.schema, path)
                if place.inner:
                    _delete_inside(transaction, place)
                else:
                    transaction.drop_field(place.root, place.attribute)
            except ViewfinderError:
                if error_level == 0:
                    raise

        self._change("delete", [(path, path) for path in _listed(field_names)], delete)

    def remove_dynamic_sample_field(self, field_name: str, error_level: int = 0) -> None:
        """The same as :meth:`delete_sample_field`: what is stored is in the schema."""
        self.delete_sample_fields([field_name], error_level)

    def remove_dynamic_sample_fields(
        self, field_names: str | Iterable[str], error_level: int = 0
    ) -> None:
        """The same as :meth:`delete_sample_fields`: what is stored is in the schema."""
        self.delete_sample_fields(field_names, error_level)

    def _change(
        self,
        what: str,
        pairs: Iterable[tuple[str, str]],
        change: Callable[[Transaction, str, str], None],
    ) -> None:
        """Does something to several fields in one transaction; held samples read them anew."""
        named = list(pairs)
        paths = [path for path, _ in named]
        with self.handle.store.transaction(f"{what}_sample_fields({paths})") as transaction:
            for old, new in named:
                change(transaction, old, new)
        roots = {path.split(".")[0] for pair in named for path in pair}
        for sample in list(self.handle.live.values()):
            sample.drop({*roots, LAST_MODIFIED_AT})


class _Place:
    """Which part of the store a path names."""

    def __init__(self, root: str, attribute: str | None, inner: tuple[str, ...]) -> None:
        self.root = root
        self.attribute = attribute
        """Of labels; None for a plain field."""
        self.inner = inner
        """Names inside of documents, which are values of the column above."""


def _split(schema: DatasetSchema, path: str) -> tuple[str, list[str]]:
    """The field of the sample, and the names below it without that of a list of labels."""
    root, *rest = path.split(".")
    field = schema.fields.get(root)
    if rest and isinstance(field, EmbeddedDocumentField):
        document = field.document_type
        if issubclass(document, LabelList):
            if rest[0] != document.LIST_NAME:
                raise FieldNotFoundError(path, f"Field '{root}'", [f"{root}.{document.LIST_NAME}"])
            rest = rest[1:]
    return root, rest


def _place(schema: DatasetSchema, path: str) -> _Place:
    root, rest = _split(schema, path)
    if root not in schema:
        raise FieldNotFoundError(path, "The dataset", schema)
    if "." in path and not rest:
        raise SchemaError(f"'{path}' is the list inside of '{root}'; name '{root}' itself.")
    field: Field = schema[root]
    for name in rest:
        parts = _attributes(field)
        if name not in parts:
            raise FieldNotFoundError(path, f"Field '{root}'", parts)
        field = parts[name]
    if rest and root in schema.label_fields:
        return _Place(root, rest[0], tuple(rest[1:]))
    return _Place(root, None, tuple(rest))


def _attributes(field: Field) -> dict[str, Field]:
    while isinstance(field, ListField) and field.field is not None:
        field = field.field
    return field.attributes if isinstance(field, EmbeddedDocumentField) else {}


def _wrapped(schema: DatasetSchema, root: str, path: Sequence[str], field: Field) -> Field:
    """The root field that holds `field` at `path`, to be merged into a schema."""
    if not path:
        return field
    owner: Field = schema[root]
    owners: list[Field] = [owner]
    for name in path[:-1]:
        parts = _attributes(owner)
        if name not in parts:
            raise FieldNotFoundError(".".join([root, *path]), f"Field '{root}'", parts)
        owner = parts[name]
        owners.append(owner)
    for name, holder in zip(reversed(path), reversed(owners), strict=True):
        field = _with_attributes(holder, partial(_with_one, name, field))
    return field


def _with_one(name: str, field: Field, parts: dict[str, Field]) -> dict[str, Field]:
    return {**parts, name: field}


def _with_attributes(field: Field, change: Callable[[dict[str, Field]], dict[str, Field]]) -> Field:
    """The field with other attributes in its documents, be they in lists or not."""
    if isinstance(field, ListField) and field.field is not None:
        return replace(field, field=_with_attributes(field.field, change))
    if not isinstance(field, EmbeddedDocumentField):
        raise SchemaError(f"A {field} has no attributes; only labels and documents have.")
    return replace(field, attributes=change(field.attributes))


def _beside(schema: DatasetSchema, old: str, new: str) -> str:
    """The last name of `new`, which must be in the same place as `old`."""
    (old_root, old_rest), (new_root, new_rest) = _split(schema, old), _split(schema, new)
    same = old_rest[:-1] == new_rest[:-1] and len(old_rest) == len(new_rest)
    if not same or (old_rest and old_root != new_root):
        raise SchemaError(
            f"'{old}' can't become '{new}': a field stays where it is. Use set_values() to move "
            "values from labels to samples or back."
        )
    return new_rest[-1] if new_rest else new_root


def _refuse_read_only(schema: DatasetSchema, path: str) -> None:
    field: Field = schema[path.split(".", maxsplit=1)[0]]
    for name in (None, *_split(schema, path)[1]):
        field = field if name is None else _attributes(field)[name]
        if field.read_only:
            raise ReadOnlyFieldError(path)


def _has_own_form(schema: DatasetSchema, place: _Place) -> bool:
    """Whether the attribute is kept in a form that only a declared one has."""
    owner = schema.label_fields[place.root]
    assert place.attribute is not None
    return attribute_kind(owner, place.attribute) in (Kind.BOX, Kind.POINTS, Kind.SHAPES)


def _clone_values(transaction: Transaction, root: str, attribute: str, new_name: str) -> None:
    owner = transaction.schema.label_fields[root]
    values = decode_attribute(owner, attribute, _label_column(transaction, root, attribute))
    grown = replace(owner, attributes={**owner.attributes, new_name: owner.attributes[attribute]})
    transaction.grow_schema({root: grown})
    column = encode_attribute(grown, new_name, values, f"{root}.{new_name}")
    transaction.set_column(root, new_name, column)


def _label_column(transaction: Transaction, root: str, attribute: str) -> Any:
    snapshot = transaction.snapshot
    return snapshot.table(root).take(snapshot.seqs).table.column(attribute)


def _rename_inside(transaction: Transaction, place: _Place, new_name: str) -> None:
    name = place.inner[-1]

    def rename(document: EmbeddedDocument) -> None:
        if document.has_field(name):
            document[new_name] = document[name]
            del document.__dict__[name]

    def renamed(parts: dict[str, Field]) -> dict[str, Field]:
        if new_name in parts:
            raise SchemaError(f"There is a '{new_name}' beside '{name}' already.")
        return {new_name if key == name else key: part for key, part in parts.items()}

    _change_inside(transaction, place, rename, renamed, removes=True)


def _clone_inside(transaction: Transaction, place: _Place, new_name: str) -> None:
    name = place.inner[-1]

    def clone(document: EmbeddedDocument) -> None:
        if document.has_field(name):
            document[new_name] = document[name]

    _change_inside(transaction, place, clone, lambda parts: {**parts, new_name: parts[name]})


def _delete_inside(transaction: Transaction, place: _Place) -> None:
    name = place.inner[-1]

    def without(parts: dict[str, Field]) -> dict[str, Field]:
        return {key: part for key, part in parts.items() if key != name}

    _change_inside(
        transaction,
        place,
        lambda document: document.__dict__.pop(name, None),
        without,
        removes=True,
    )


def _clear_inside(transaction: Transaction, place: _Place) -> None:
    def clear(document: EmbeddedDocument) -> None:
        if document.has_field(place.inner[-1]):
            document[place.inner[-1]] = None

    _change_inside(transaction, place, clear, lambda parts: parts)


def _change_inside(
    transaction: Transaction,
    place: _Place,
    change: Callable[[EmbeddedDocument], object],
    retype: Callable[[dict[str, Field]], dict[str, Field]],
    *,
    removes: bool = False,
) -> None:
    """Changes every document at a place: its column is written anew, beside the old one."""
    owner = transaction.schema[place.root]
    field = transaction.schema.place(place.root, place.attribute)
    holder: Field = field
    for name in place.inner[:-1]:
        holder = _attributes(holder)[name]
    document_type = _document_type(holder)
    if removes and place.inner[-1] in document_type.FIELDS:
        raise SchemaError(
            f"'{place.inner[-1]}' stays: the class {document_type.__name__} declares it. Take it "
            "out of the class first."
        )
    snapshot = transaction.snapshot
    if place.attribute is None:
        held = snapshot.table("samples").take(snapshot.seqs).table.column(place.root)
        values = decode_column(field, held)
    else:
        assert isinstance(owner, EmbeddedDocumentField)
        held = _label_column(transaction, place.root, place.attribute)
        values = decode_attribute(owner, place.attribute, held)
    for value in values:
        for document in _documents(value, place.inner[:-1]):
            change(document)
    new = _retyped(field, place.inner[:-1], retype)
    transaction.change_field(place.root, new, place.attribute)
    path = f"{place.root}.{place.attribute}" if place.attribute else place.root
    transaction.set_column(place.root, place.attribute, encode_column(new, values, path))


def _document_type(field: Field) -> type[EmbeddedDocument]:
    while isinstance(field, ListField) and field.field is not None:
        field = field.field
    assert isinstance(field, EmbeddedDocumentField)
    assert issubclass(field.document_type, EmbeddedDocument)
    return field.document_type


def _documents(value: Any, path: Sequence[str]) -> Iterable[EmbeddedDocument]:
    if isinstance(value, list):
        for part in value:
            yield from _documents(part, path)
    elif isinstance(value, EmbeddedDocument):
        if not path:
            yield value
        elif value.has_field(path[0]):
            yield from _documents(value[path[0]], path[1:])


def _retyped(
    field: Field, path: Sequence[str], retype: Callable[[dict[str, Field]], dict[str, Field]]
) -> Field:
    if not path:
        return _with_attributes(field, retype)
    return _with_attributes(
        field, lambda parts: {**parts, path[0]: _retyped(parts[path[0]], path[1:], retype)}
    )


def _listed(names: str | Iterable[str]) -> list[str]:
    return [names] if isinstance(names, str) else list(names)


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
        return completed(ftype)
    if not issubclass(ftype, Field):
        raise FieldTypeError(name, "a field class such as FloatField", repr(ftype))
    if issubclass(ftype, (EmbeddedDocumentField, EmbeddedDocumentListField)):
        if embedded_doc_type is None:
            raise FieldTypeError(name, "an embedded_doc_type such as Detections", "none")
        document = document_field(embedded_doc_type)
        return document if issubclass(ftype, EmbeddedDocumentField) else ListField(document)
    if ftype is ListField:
        if subfield is None:
            return ListField(document_field(embedded_doc_type) if embedded_doc_type else None)
        return ListField(make_field(name, subfield, embedded_doc_type))
    return ftype()
