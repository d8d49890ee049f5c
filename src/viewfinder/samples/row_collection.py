"""Collections of rows that a stage made, and their samples, which write to what is behind them."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any, ClassVar, cast

import numpy as np

from viewfinder.errors import ExpressionError
from viewfinder.expr import Scan
from viewfinder.expr.plan import FilterLabels, LimitLabels, SetValue, steps
from viewfinder.labels import Label, LabelList
from viewfinder.progress import ProgressOption
from viewfinder.samples.clip_frames import clip_source
from viewfinder.samples.collection import SampleCollection
from viewfinder.samples.core import ViewT
from viewfinder.samples.frozen import FrozenLabels
from viewfinder.samples.group_state import GROUP_FACTS
from viewfinder.samples.label_writing import delete_labels, hidden_frame_labels
from viewfinder.samples.row_handle import RowHandle
from viewfinder.samples.rows import RowBatch
from viewfinder.samples.sample import Sample, SampleView
from viewfinder.samples.saving import SampleEdit
from viewfinder.schema import FRAMES, FRAMES_PREFIX, EmbeddedDocumentField
from viewfinder.stages import ToEvaluationPatches, ToPatches

if TYPE_CHECKING:
    import numpy.typing as npt

    from viewfinder.expr import Plan
    from viewfinder.samples.row_tables import RowSnapshot
    from viewfinder.stages import ViewStage
    from viewfinder.store import Snapshot

__all__ = ["PatchView", "RowCollection", "RowSample"]


class RowSample(SampleView):
    """A row of a view of several views; it is saved to its sample."""

    __slots__ = ()

    def _row_handle(self) -> RowHandle:
        return cast("RowHandle", self.handle)

    def edit(self) -> SampleEdit | None:
        """What :meth:`save` would write to the sample behind this row; None: nothing changed."""
        made = super().edit()
        if made is None:
            return None
        source = self.source_id()
        seq = int(self._row_handle().target.snapshot().seqs_of([source])[0])
        schema = self._row_handle().target.schema()
        values = {
            name: _as_stored(value, schema.fields.get(name)) for name, value in made.values.items()
        }
        visible = {
            name: _as_listed(was, schema.fields.get(name))
            for name, was in (made.visible or {}).items()
        }
        return SampleEdit(seq, source, values, visible, frames=made.frames)

    @property
    def video_seq(self) -> int:
        """The number of the sample whose frames these are."""
        return int(self._row_handle().sources(np.array([self._seq], np.int64))[0])

    def source_id(self) -> str:
        """The id of the sample behind this row."""
        return str(self.id)


class PatchView(RowSample):
    """One label of a sample, or one match of an evaluation, seen as a sample of its own.

    Saving it changes the label of the sample; a field that is set to None removes the label.
    """

    __slots__ = ()
    _KIND = "PatchView"

    def source_id(self) -> str:
        """The id of the sample, or frame, behind this patch."""
        return str(self["frame_id" if self.has_field("frame_id") else "sample_id"])

    def edit(self) -> SampleEdit | None:
        """What :meth:`save` would write; what belongs to the patch alone can't be changed.

        Raises:
            ExpressionError: when a field was changed that the dataset has not
        """
        made = super().edit()
        for name in made.values if made is not None else ():
            if name not in self._row_handle().target.schema():
                raise ExpressionError(
                    f"'{name}' belongs to the patch, which is kept nowhere. Change the label, as "
                    "in patch['ground_truth']['checked'] = True, or the sample."
                )
        return made


def _by_label(ids: list[Any], column: list[Any]) -> dict[str, Any]:
    """Values by the ids of labels; both nested where the rows hold lists of labels."""
    found: dict[str, Any] = {}
    for held, value in zip(ids, column, strict=True):
        if isinstance(held, list):
            found.update(zip(held, value, strict=True))
        elif held is not None:
            found[held] = value
    return found


def _as_stored(value: Any, field: Any) -> Any:
    """The label of a patch as a list of one, where the sample has a list."""
    if isinstance(field, EmbeddedDocumentField) and field.is_label_list:
        if isinstance(value, Label):
            return cast("type[LabelList]", field.document_type)([value])
        if value is None:
            return cast("type[LabelList]", field.document_type)([])
    return value


def _as_listed(was: FrozenLabels, field: Any) -> FrozenLabels:
    if isinstance(field, EmbeddedDocumentField):
        return FrozenLabels(cast("Any", field.document_type), was.labels)
    return was


class RowCollection(SampleCollection[ViewT]):
    """The part of a view that is particular where a stage made its rows."""

    SAMPLE_CLASS: ClassVar[type[RowSample]] = RowSample
    """What its samples are."""

    @property
    def row_handle(self) -> RowHandle:
        """The rows."""
        return cast("RowHandle", self._handle)

    @property
    def stages(self) -> tuple[ViewStage, ...]:
        """All stages, those before the rows were made included."""
        handle = self.row_handle
        return (*handle.source.stages, handle.stage, *self._stages)

    def group_facts(self) -> Mapping[str, Any]:
        """What the first of several views keeps of its groups; other rows are in no groups."""
        source = self.row_handle.source
        if not self.row_handle.keeps_groups:
            return {}
        facts = (source.group_field, source.group_media_types, source.default_group_slice)
        return dict(zip(GROUP_FACTS, facts, strict=True))

    @property
    def own_group_slice(self) -> str | None:
        """The active slice of these rows where they have one, or of what they were made of."""
        own = self._own_slice
        return self.row_handle.source.own_group_slice if own is None else own

    @property
    def first_group_slice(self) -> str | None:
        """The active slice of what the rows were made of."""
        own = super().first_group_slice
        return self.row_handle.source.first_group_slice if own is None else own

    @property
    def media_type(self) -> str | None:
        """That of the samples behind the rows."""
        if self.is_dynamic_groups or self.group_field is not None:
            return "group"
        source = self.row_handle.source
        of_slices = source.group_media_types
        return source.media_type if of_slices is None else of_slices.get(str(source.group_slice))

    def changed_paths(self) -> list[str]:
        """The paths whose values the stages after the rows changed."""
        plan = self.plan(self.snapshot().schema)
        schema = self.visible_schema()
        paths = []
        for step in steps(plan):
            if isinstance(step, SetValue):
                inner = None
                if step.attribute is not None and step.field != FRAMES:
                    held = schema.all_label_fields[step.field].document_type
                    inner = getattr(held, "LIST_NAME", None)
                parts = (step.field, inner, step.attribute)
                paths.append(".".join(part for part in parts if part))
        return list(dict.fromkeys(paths))

    def filtered_frame_fields(self) -> list[str]:
        """The label fields of frames of which the stages after the rows may hide labels."""
        plan = steps(self.plan(self.snapshot().schema))
        fields = [step.field for step in plan if isinstance(step, (FilterLabels, LimitLabels))]
        return list(dict.fromkeys(name for name in fields if name.startswith(FRAMES_PREFIX)))

    def delete_hidden(self, name: str) -> None:
        """Deletes the labels of a field that the frames of these rows have, and do not show.

        Frames that the rows do not show are left alone.
        """
        gone = hidden_frame_labels(self, name)
        if len(gone):
            delete_labels(self.row_handle.target, name, gone, "save")

    def patched_fields(self) -> list[str]:
        """The label fields of which the rows are labels or matches."""
        stage = self.row_handle.stage
        schema = self.row_handle.source.visible_schema()
        if isinstance(stage, ToPatches):
            return [stage.field.partition(".")[0]]
        if isinstance(stage, ToEvaluationPatches):
            return list(stage.fields(schema))
        source: Any = self.row_handle.source
        fields: list[str] = source.patched_fields()
        return fields

    def __len__(self) -> int:
        return self.row_handle.count() if self.shows_all else super().__len__()

    def reload(self) -> None:
        """Nothing: the rows always are those of the dataset as it is now."""

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
        """Sets values on the labels behind the rows, or on their samples; as of any collection.

        Attributes of labels may be new, fields of samples may not.

        Raises:
            ExpressionError: when there are not as many values as rows, or the field belongs to the
                rows alone
        """
        del dynamic, validate, progress
        if isinstance(values, Mapping):
            place = {key: at for at, key in enumerate(self.values(key_field or "id"))}
            rows = self._chosen([self.values("id")[place[key]] for key in values])
            cast("Any", rows).set_values(field_name, list(values.values()), skip_none=skip_none)
            return
        column = list(values)
        if len(column) != len(self):
            raise ExpressionError(
                f"{len(column)} values can't be set on the {len(self)} samples of {self.label}. "
                "Give one for each, or a dict by id."
            )
        if field_name.startswith(FRAMES_PREFIX):
            self.set_on_frames(field_name, column, self.seqs(), skip_none, expand_schema)
            return
        root, _, rest = field_name.partition(".")
        dataset: Any = self.root
        field = dataset.visible_schema().fields.get(root)
        if not isinstance(field, EmbeddedDocumentField) or field.element_type is None:
            self._set_on_samples(field_name, column, skip_none=skip_none)
        elif not rest:
            with self.save_context() as context:
                for sample, value in zip(self.iter_samples(), column, strict=True):
                    if value is not None or not skip_none:
                        sample[root] = value
                        context.save(sample)
        else:
            attribute = rest.rpartition(".")[2]
            mine = self.visible_schema().label_fields[root]
            nested = getattr(mine.document_type, "LIST_NAME", None)
            ids = self.values(f"{root}.{nested}.id" if nested else f"{root}.id")
            inner = getattr(field.document_type, "LIST_NAME", None)
            path = f"{root}.{inner}.{attribute}" if inner else f"{root}.{attribute}"
            dataset.set_label_values(path, _by_label(ids, column), skip_none=skip_none)

    def _set_on_samples(self, name: str, column: list[Any], *, skip_none: bool) -> None:
        """Sets a field of the samples behind the rows."""
        dataset: Any = self.root
        if not dataset.has_field(name.partition(".")[0]):
            raise ExpressionError(
                f"'{name}' is no field of the dataset, and rows are kept nowhere. Set an attribute "
                "of the labels instead, or add the field to the dataset first."
            )
        target = self.row_handle.target
        samples = target.ids_of(self.row_handle.sources(self.seqs()))
        dataset.set_values(name, dict(zip(samples, column, strict=True)), skip_none=skip_none)

    def tag_samples(self, tags: str | Iterable[str]) -> None:
        """Adds tags to the samples behind the rows."""
        self._samples_behind().tag_samples(tags)

    def untag_samples(self, tags: str | Iterable[str]) -> None:
        """Takes tags away from the samples behind the rows."""
        self._samples_behind().untag_samples(tags)

    def _samples_behind(self) -> Any:
        target = self.row_handle.target
        sources = np.unique(self.row_handle.sources(self.seqs()))
        return cast("Any", self.root).select(target.ids_of(sources))

    def sample_at(self, rows: RowBatch, index: int, seq: int) -> Sample:
        """A new object for a row."""
        return self.SAMPLE_CLASS.of_row(self._handle, rows, index, seq)

    def frame_source(self, plan: Plan, snapshot: Snapshot) -> Callable[[int], RowBatch] | None:
        """From a clip's number to the frames that a plan over the clips shows of it."""
        return clip_source(self.row_handle, plan, cast("RowSnapshot", snapshot))

    def row_batches(self, batch_size: int = 1000) -> Iterator[RowBatch]:
        """The collection's rows, some at a time, as of one moment."""
        rows = self.row_handle.rows()
        for batch in super().row_batches(batch_size):
            batch.again = self._again_from(rows)
            if batch.frame_source is None:
                batch.frame_source = self.frame_source(Scan(), cast("Snapshot", rows))
            yield batch

    def rows_again(self, seq: int) -> RowBatch:
        """One row as this collection shows it now; an empty batch where it is not in it."""
        batch = super().rows_again(seq)
        batch.again = self._again_from(self.row_handle.rows())
        return batch

    def _placed(self, seqs: npt.NDArray[np.int64]) -> list[Sample]:
        if not self.shows_all:
            return super()._placed(seqs)
        rows = self.row_handle.rows_at(self.row_handle.rows(), seqs)
        return [self.sample_at(rows, index, seq) for index, seq in enumerate(rows.seqs.tolist())]

    def _again_from(self, rows: RowSnapshot) -> Callable[[int], RowBatch]:
        def again(seq: int) -> RowBatch:
            now = self.row_handle.rows()
            place = seq
            if now is not rows:
                place = int(now.seqs_of(rows.ids_of(np.array([seq], np.int64)))[0])
            here = self.rows_again(place) if place >= 0 else None
            # A row that this view no longer shows may be there still.
            return here if here is not None and len(here) else self.row_handle.point_rows(place)

        return again
