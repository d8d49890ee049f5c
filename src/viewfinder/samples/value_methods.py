"""Setting values: any path, of samples, of labels and of frames, is brought down to columns."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import pairwise
from typing import TYPE_CHECKING, Any

import numpy as np

from viewfinder.errors import ExpressionError, FieldNotFoundError, FieldTypeError, LabelError
from viewfinder.expr import Scan
from viewfinder.ids import plain_id
from viewfinder.labels import LabelList
from viewfinder.progress import ProgressOption
from viewfinder.samples.bulk_methods import BulkMethods, write_column
from viewfinder.samples.core import ViewT
from viewfinder.samples.frame_handle import frames_of_handle
from viewfinder.samples.frame_plans import frame_plan
from viewfinder.samples.frozen import copy_value
from viewfinder.samples.growth import needed_field
from viewfinder.schema import DictField, EmbeddedDocument, EmbeddedDocumentField
from viewfinder.schema.columns import decode_attribute, decode_column

if TYPE_CHECKING:
    import numpy.typing as npt

    from viewfinder.samples.handle import DatasetHandle

__all__ = ["ValueMethods"]

FRAMES = "frames."


class ValueMethods(BulkMethods[ViewT]):
    """The methods that set values of all samples, labels or frames of a collection."""

    def set_values(
        self,
        field_name: str,
        values: Sequence[Any] | Mapping[Any, Any],
        key_field: str | None = None,
        skip_none: bool = False,
        expand_schema: bool = True,
        dynamic: bool = False,
        validate: bool = True,
        progress: ProgressOption = False,
    ) -> None:
        """Sets a field, or a part of it, on every sample; the counterpart of :meth:`values`.

        ::

            dataset.set_values("score", [0.1, 0.9, 0.4])
            dataset.set_values("metadata.width", [640, 640, 1920])
            view.set_values("predictions.detections.checked", [[True, False], [], [True]])
            dataset.set_values("score", {"/a.jpg": 0.1}, key_field="filepath")

        Args:
            field_name: a field, new or not; the path of a value in documents, of an attribute of
                labels, or of the list of labels itself; or such a path in ``frames.``
            values: one value a sample in the collection's order, for attributes of labels in lists
                a list of one value a label, and for frames a list of one such value a frame, or a
                dict by frame number; or a dict by id, or by `key_field`, of any of these
            key_field: the field whose values are the keys of the dict
            skip_none: whether None leaves what is there
            expand_schema: whether the field may be new
            dynamic: has no effect: attributes of labels are always declared
            validate: has no effect: values are always validated
            progress: has no effect: all is written at once

        Raises:
            FieldTypeError: when a value does not fit
            FieldNotFoundError: when the path is new and `expand_schema` is False
            ExpressionError: when there are not as many values as samples, labels or frames
        """
        del dynamic, validate, progress
        seqs = self.seqs()
        if isinstance(values, Mapping):
            seqs, values = self._by_key(seqs, values, key_field or "id")
        column = list(values)
        if len(column) != len(seqs):
            raise ExpressionError(
                f"{len(column)} values can't be set on the {len(seqs)} samples of {self.label}. "
                "Give one for each, or a dict by id."
            )
        if field_name.startswith(FRAMES):
            self.set_on_frames(field_name, column, seqs, skip_none, expand_schema)
            return
        self.set_column(field_name, column, skip_none, expand_schema, seqs)

    def set_on_frames(
        self,
        field_name: str,
        column: list[Any],
        seqs: npt.NDArray[np.int64],
        skip_none: bool,
        expand_schema: bool,
    ) -> None:
        """Sets a path in ``frames.`` on the frames that some videos, or clips, show."""
        snapshot = self.snapshot()
        frames, offsets = snapshot.frames_of(seqs)
        plan = frame_plan(self.plan(snapshot.schema), self.handle.engine, snapshot)
        if not isinstance(plan, Scan):
            shown = frames_of_handle(self.handle).engine.seqs(plan, snapshot.frames)
            kept = np.isin(frames, shown)
            frames, offsets = frames[kept], np.concatenate([[0], np.cumsum(kept)])[offsets]
        behind = getattr(snapshot.frames, "sources", None)
        if behind is not None:
            frames = behind[frames]
        values = _FrameValues(self.handle.target, frames, offsets)
        path = field_name.removeprefix(FRAMES)
        values.set_once(path, values.flat(column), skip_none, expand_schema)

    def set_label_values(
        self,
        field_name: str,
        values: Mapping[str, Any],
        dynamic: bool = False,
        skip_none: bool = False,
        validate: bool = True,
        progress: ProgressOption = False,
    ) -> None:
        """Sets an attribute of single labels, given by their ids.

        ::

            dataset.set_label_values("predictions.detections.checked", {label.id: True})

        Args:
            field_name: the path of an attribute, new or not
            values: by label id
            dynamic: has no effect: attributes of labels are always declared
            skip_none: whether None leaves what is there
            validate: has no effect: values are always validated
            progress: has no effect: all is written at once

        Raises:
            FieldNotFoundError: when there is no such label field
            LabelError: when a label is not to be seen in this collection; nothing is written then
        """
        del dynamic, validate, progress
        root = field_name.partition(".")[0]
        if root not in self.visible_schema().label_fields:
            raise FieldNotFoundError(root, self.label, self.visible_schema().label_fields)
        seqs = self.seqs()
        wanted = {
            plain_id(key): part for key, part in values.items() if part is not None or not skip_none
        }
        ids = self._visible_label_ids(root, seqs)
        places = [
            (seq, identifier)
            for seq, inside in zip(seqs.tolist(), ids, strict=True)
            for identifier in (inside if isinstance(inside, list) else [inside])
            if identifier in wanted
        ]
        absent = wanted.keys() - {identifier for _, identifier in places}
        if absent:
            raise LabelError(
                f"{self.label[0].upper()}{self.label[1:]} shows no label {min(absent)} in "
                f"'{root}'. Set values of labels that are there."
            )
        self._set_labels_attribute(field_name, places, [wanted[key] for _, key in places])

    def set_column(
        self,
        path: str,
        column: list[Any],
        skip_none: bool = False,
        expand_schema: bool = True,
        seqs: npt.NDArray[np.int64] | None = None,
    ) -> None:
        """Sets one value of each of some samples, all of the collection where none are named."""
        seqs = self.seqs() if seqs is None else seqs
        if skip_none:
            kept = [index for index, value in enumerate(column) if value is not None]
            seqs, column = seqs[kept], [column[index] for index in kept]
        root, _, rest = path.partition(".")
        if not rest:
            self._set_field(root, seqs, column, expand_schema=expand_schema)
            return
        field = self._handle.schema()[root]
        if isinstance(field, DictField):
            self._set_in_documents(root, rest, seqs, column, expand_schema=expand_schema)
            return
        if not isinstance(field, EmbeddedDocumentField):
            raise FieldNotFoundError(path, f"Field '{root}' ({field})")
        if field.element_type is None:
            self._set_in_documents(root, rest, seqs, column, expand_schema=expand_schema)
        elif rest == getattr(field.document_type, "LIST_NAME", None):
            assert issubclass(field.document_type, LabelList)
            lists = [_label_list(field.document_type, path, value) for value in column]
            self._set_field(root, seqs, lists, expand_schema=expand_schema)
        else:
            path, column = self._whole_attributes(field, path, seqs, column)
            self._set_attribute(path, seqs, column, expand_schema=expand_schema)

    def _whole_attributes(
        self,
        field: EmbeddedDocumentField,
        path: str,
        seqs: npt.NDArray[np.int64],
        column: list[Any],
    ) -> tuple[str, list[Any]]:
        """For a path into documents of labels: that of the documents, and these with the values."""
        root, *rest = path.split(".")
        depth = 2 if rest[0] == getattr(field.document_type, "LIST_NAME", None) else 1
        name, inside = rest[depth - 1], ".".join(rest[depth:])
        if not inside:
            return path, column
        part = field.attributes.get(name)
        if not isinstance(part, (EmbeddedDocumentField, DictField)):
            raise FieldNotFoundError(path, f"Field '{root}'", field.attributes)
        new = part.document_type if isinstance(part, EmbeddedDocumentField) else dict

        def whole(document: Any, value: Any) -> Any:
            if document is not None or value is not None:
                document = new() if document is None else document
                _set_part(document, inside, value, path.removesuffix(f".{inside}"))
            return document

        owner = ".".join([root, *rest[:depth]])
        held = dict(zip(self.seqs().tolist(), self.values(owner), strict=True))
        documents: list[Any] = []
        for seq, value in zip(seqs.tolist(), column, strict=True):
            there = held[seq]
            if isinstance(there, list) and isinstance(value, list) and len(there) == len(value):
                documents.append(list(map(whole, there, value)))
            else:
                # As many values as labels are asked for where the documents are set.
                documents.append(value if field.is_label_list else whole(there, value))
        return owner, documents

    def _set_in_documents(
        self,
        root: str,
        path: str,
        seqs: npt.NDArray[np.int64],
        column: list[Any],
        *,
        expand_schema: bool,
    ) -> None:
        with self._handle.store.transaction(f"set_values('{root}.{path}')") as transaction:
            # Read inside, so that other parts of the documents that come meanwhile are not lost.
            field = transaction.snapshot.schema[root]
            name = path.partition(".")[0]
            known = getattr(field, "attributes", (name,))
            if name not in known and not expand_schema:
                raise FieldNotFoundError(f"{root}.{path}", self.label, known)
            new = field.document_type if isinstance(field, EmbeddedDocumentField) else dict
            table = transaction.snapshot.table("samples").take(seqs).table
            documents = decode_column(field, table.column(root))
            for index, value in enumerate(column):
                made = documents[index]
                if made is None:
                    if value is None:
                        continue
                    made = documents[index] = new()
                _set_part(made, path, value, root)
            schema = transaction.snapshot.schema
            for document in documents:
                grown = needed_field(schema, root, document)
                if grown is not None:
                    schema = schema.merged({root: grown})
            if schema is not transaction.snapshot.schema:
                transaction.grow_schema({root: schema[root]})
            write_column(transaction, root, dict(zip(seqs.tolist(), documents, strict=True)))
        self._forget(seqs, root)


class _FrameValues(ValueMethods[Any]):
    """The frames of some samples, as a collection that values can be set on."""

    def __init__(
        self,
        handle: DatasetHandle,
        frames: npt.NDArray[np.int64],
        offsets: npt.NDArray[np.int64],
    ) -> None:
        """
        Args:
            handle: the dataset
            frames: the numbers of the frames, sample after sample; of clips perhaps some twice
            offsets: which are those of sample `i`: ``offsets[i]`` up to ``offsets[i + 1]``
        """
        super().__init__(frames_of_handle(handle))
        self._frame_seqs, self._offsets = frames, offsets

    def seqs(self) -> npt.NDArray[np.int64]:
        """The frames, video after video, by number."""
        return self._frame_seqs

    def set_once(self, path: str, column: list[Any], skip_none: bool, expand_schema: bool) -> None:
        """Sets a value of each frame; of a frame that is there twice the last one counts."""
        _, last = np.unique(self._frame_seqs[::-1], return_index=True)
        if len(last) < len(column):
            kept = len(column) - 1 - last
            self._frame_seqs = self._frame_seqs[kept]
            column = [column[at] for at in kept.tolist()]
        self.set_column(path, column, skip_none, expand_schema)

    def flat(self, column: list[Any]) -> list[Any]:
        """One value a frame from a list, or a dict by frame number, a sample.

        Raises:
            ExpressionError: when there are not as many values as frames
        """
        snapshot = self.snapshot()
        numbers = snapshot.table("samples").take(self._frame_seqs).table.column("frame_number")
        of_sample = [numbers[start:stop].to_pylist() for start, stop in pairwise(self._offsets)]
        values: list[Any] = []
        for given, known in zip(column, of_sample, strict=True):
            if isinstance(given, Mapping):
                self._refuse_absent(given, known)
                values += [given.get(number) for number in known]
            elif len(given or ()) == len(known):
                values += given or ()
            else:
                raise ExpressionError(
                    f"{len(given or ())} values can't be set on the {len(known)} frames of a "
                    "sample. Give one for each, or a dict by frame number."
                )
        return values

    def _refuse_absent(self, given: Mapping[Any, Any], known: list[int]) -> None:
        absent = given.keys() - set(known)
        if absent:
            raise ExpressionError(
                f"There is no frame {min(absent)}; the sample has {len(known)}. Add frames with "
                "sample.frames[number] = Frame(…), or call ensure_frames()."
            )

    def _visible_label_ids(self, root: str, seqs: npt.NDArray[np.int64]) -> list[Any]:
        snapshot = self.snapshot()
        field = snapshot.schema[root]
        assert isinstance(field, EmbeddedDocumentField)
        rows = snapshot.table(root).take(seqs)
        ids = decode_attribute(field, "id", rows.table.column("id"))
        lists = [ids[start:stop] for start, stop in pairwise(rows.offsets.tolist())]
        if field.is_label_list:
            return list(lists)
        return [inside[0] if inside else None for inside in lists]


def _label_list(list_class: type[LabelList], path: str, value: Any) -> LabelList | None:
    if value is None or isinstance(value, list_class):
        return value
    if not isinstance(value, (list, tuple)):
        raise FieldTypeError(path, "lists of labels", f"a {type(value).__name__}")
    return list_class([copy_value(label) for label in value])


def _set_part(document: Any, path: str, value: Any, root: str) -> None:
    """Sets a value deep inside of a document."""
    *parents, name = path.split(".")
    for part in parents:
        inside = document.get(part) if isinstance(document, dict) else document[part]
        if inside is None:
            raise FieldNotFoundError(f"{root}.{path}", f"'{part}' of '{root}' is None: it")
        document = inside
    if isinstance(document, (dict, EmbeddedDocument)):
        document[name] = value
    else:
        raise FieldNotFoundError(f"{root}.{path}", f"A {type(document).__name__}")
