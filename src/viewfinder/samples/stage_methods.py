"""View stages as methods: each gives a new view and computes nothing."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from viewfinder.errors import ExpressionError
from viewfinder.expr import ViewExpression
from viewfinder.ids import plain_id
from viewfinder.samples.core import CollectionCore, ViewT
from viewfinder.samples.sample import Sample
from viewfinder.samples.value_stage_methods import ValueStageMethods
from viewfinder.stages import (
    Concat,
    Exclude,
    ExcludeBy,
    ExcludeFields,
    ExcludeLabels,
    Exists,
    FilterLabels,
    Limit,
    LimitLabels,
    Match,
    MatchLabels,
    MatchTags,
    Select,
    SelectBy,
    SelectFields,
    SelectLabels,
    Shuffle,
    Skip,
    SortBy,
    Take,
    ToEvaluationPatches,
    ToPatches,
    ViewStage,
)

__all__ = ["StageMethods"]

SampleIds = str | Sample | Iterable[str | Sample]


class StageMethods(ValueStageMethods[ViewT]):
    """The methods that make views.

    Every stage is checked against the dataset's fields when it is added, so a misspelt name is
    refused where it stands in the script and not later when the view is computed.
    """

    def add_stage(self, stage: ViewStage) -> ViewT:
        """The view with one more stage.

        Raises:
            FieldNotFoundError: when the stage names a field that is not to be seen here
            ExpressionError: when it means nothing for this data
        """
        self.check_stage(stage)
        stage.validate(self.visible_schema())
        return self.with_stages((*self._stages, stage))

    def match(self, filter: ViewExpression) -> ViewT:
        """The samples for which an expression is true.

        ::

            dataset.match(F("predictions.detections").length() > 20)
        """
        return self.add_stage(Match(filter))

    def match_tags(
        self,
        tags: str | Iterable[str],
        bool: bool | None = None,
        all: bool = False,
    ) -> ViewT:
        """The samples that have a tag.

        Args:
            tags: one or several
            bool: False for the samples that do not match
            all: whether a sample needs every tag rather than one of them
        """
        return self.add_stage(MatchTags(tags, bool=bool, all=all))

    def match_labels(
        self,
        labels: Any = None,
        ids: str | Iterable[str] | None = None,
        instance_ids: str | Iterable[str] | None = None,
        tags: str | Iterable[str] | None = None,
        filter: ViewExpression | None = None,
        fields: str | Iterable[str] | None = None,
        bool: bool | None = None,
    ) -> ViewT:
        """The samples that have a label of the given ids, tags or properties.

        Args:
            labels: labels as dicts with "field" and "label_id"
            ids: ids of labels
            instance_ids: ids of objects, such as ``detection.instance.id``
            tags: tags of labels
            filter: an expression on a label, such as ``F("label") == "cat"``
            fields: label fields to look into; all of them otherwise
            bool: False for the samples that have none
        """
        return self.add_stage(MatchLabels(labels, ids, instance_ids, tags, filter, fields, bool))

    def filter_labels(
        self,
        field: str,
        filter: ViewExpression,
        only_matches: bool = True,
        trajectories: bool = False,
    ) -> ViewT:
        """The labels of one field for which an expression, seen from the label, is true.

        ::

            dataset.filter_labels("predictions", F("confidence") > 0.85)

        Args:
            field: a label field
            filter: an expression on a label
            only_matches: whether samples that are left without labels go, too
            trajectories: for a field of frames whose labels have an ``index``: whether an object
                stays on all of its frames where the expression is true on any of them
        """
        return self.add_stage(
            FilterLabels(field, filter, only_matches=only_matches, trajectories=trajectories)
        )

    def limit_labels(self, field: str, limit: int) -> ViewT:
        """At most the first `limit` labels of one field in each sample."""
        return self.add_stage(LimitLabels(field, limit))

    def select_labels(
        self,
        labels: Any = None,
        ids: str | Iterable[str] | None = None,
        instance_ids: str | Iterable[str] | None = None,
        tags: str | Iterable[str] | None = None,
        fields: str | Iterable[str] | None = None,
        omit_empty: bool = True,
    ) -> ViewT:
        """Only the labels of the given ids or tags.

        Args:
            labels: labels as dicts with "field" and "label_id"
            ids: ids of labels
            instance_ids: ids of objects, such as ``detection.instance.id``
            tags: tags of labels
            fields: label fields to look into; all of them otherwise
            omit_empty: whether samples that are left without labels go, too
        """
        return self.add_stage(SelectLabels(labels, ids, instance_ids, tags, fields, omit_empty))

    def exclude_labels(
        self,
        labels: Any = None,
        ids: str | Iterable[str] | None = None,
        instance_ids: str | Iterable[str] | None = None,
        tags: str | Iterable[str] | None = None,
        fields: str | Iterable[str] | None = None,
        omit_empty: bool = True,
    ) -> ViewT:
        """Everything but those labels; the arguments are those of :meth:`select_labels`."""
        return self.add_stage(ExcludeLabels(labels, ids, instance_ids, tags, fields, omit_empty))

    def exists(self, field: str, bool: bool | None = None) -> ViewT:
        """The samples whose field is not None; with ``bool=False``, those where it is."""
        return self.add_stage(Exists(field, bool=bool))

    def sort_by(
        self,
        field_or_expr: str | ViewExpression | Sequence[tuple[str | ViewExpression, int]],
        reverse: bool = False,
        create_index: bool = False,
    ) -> ViewT:
        """The same samples in another order; where values are equal the order stays.

        Args:
            field_or_expr: a field, an expression, or several ``(field_or_expr, 1 or -1)``
            reverse: whether the largest come first
            create_index: accepted; columns need no index
        """
        del create_index
        return self.add_stage(SortBy(field_or_expr, reverse=reverse))

    def select(self, sample_ids: SampleIds | CollectionCore, ordered: bool = False) -> ViewT:
        """Only the given samples.

        Args:
            sample_ids: ids, samples, or another collection
            ordered: whether in that order rather than the collection's
        """
        return self.add_stage(Select(self.ids_in(sample_ids), ordered=ordered))

    def exclude(self, sample_ids: SampleIds | CollectionCore) -> ViewT:
        """Everything but the given samples: ids, samples, or another collection."""
        return self.add_stage(Exclude(self.ids_in(sample_ids)))

    def select_by(self, field: str, values: Iterable[Any], ordered: bool = False) -> ViewT:
        """The samples whose field has one of the values; `ordered`: in the order of the values."""
        return self.add_stage(SelectBy(field, values, ordered=ordered))

    def exclude_by(self, field: str, values: Iterable[Any]) -> ViewT:
        """The samples whose field has none of the values."""
        return self.add_stage(ExcludeBy(field, values))

    def select_fields(
        self,
        field_names: str | Iterable[str] | None = None,
        meta_filter: str | Mapping[str, Any] | None = None,
    ) -> ViewT:
        """All samples with only these fields, besides id, filepath, tags and metadata.

        Args:
            field_names: names of fields
            meta_filter: further fields, by a word that is in their name, type, description or info,
                or by a dict of these places: ``{"type": "Detections"}``, ``{"info.url": "…"}``.
                With ``"include_nested_fields": True`` attributes of labels are found, too
        """
        return self.add_stage(SelectFields(field_names, meta_filter))

    def exclude_fields(
        self,
        field_names: str | Iterable[str] | None = None,
        meta_filter: str | Mapping[str, Any] | None = None,
    ) -> ViewT:
        """All samples without these fields; the arguments of :meth:`select_fields`."""
        return self.add_stage(ExcludeFields(field_names, meta_filter))

    def take(self, size: int, seed: int | None = None) -> ViewT:
        """At most `size` samples, chosen at random; the same ones for the same seed."""
        return self.add_stage(Take(size, seed=seed))

    def shuffle(self, seed: int | None = None) -> ViewT:
        """The samples in an order by chance; the same one for the same seed."""
        return self.add_stage(Shuffle(seed=seed))

    def limit(self, limit: int) -> ViewT:
        """At most the first `limit` samples."""
        return self.add_stage(Limit(limit))

    def skip(self, skip: int) -> ViewT:
        """The samples after the first `skip`."""
        return self.add_stage(Skip(skip))

    def concat(self, samples: CollectionCore) -> ViewT:
        """The samples of this collection and after them those of another view of the dataset.

        ::

            ends = dataset.limit(10).concat(dataset.skip(len(dataset) - 10))

        A sample that is in both is there twice, each time with the labels that its view shows.

        Raises:
            ExpressionError: when the other view is one of another dataset
        """
        if samples.handle.target is not self._handle.target:
            raise ExpressionError(
                f"{samples.label} is not of the same dataset as {self.label}, so they can't be put "
                "one after the other. Add its samples with add_collection() first."
            )
        other: Any = samples
        return self.add_stage(Concat(samples.stages, other.own_group_slice))

    def to_patches(
        self,
        field: str,
        other_fields: bool | str | Iterable[str] | None = None,
        keep_label_lists: bool = False,
    ) -> ViewT:
        """A view with one sample for each label of a field.

        ::

            patches = dataset.to_patches("ground_truth")
            for patch in patches.match(F("ground_truth.label") == "cat"):
                patch.ground_truth["checked"] = True
                patch.save()  # changes the label of the dataset

        The patches have the ``filepath``, ``tags`` and ``metadata`` of their sample, its id as
        ``sample_id``, and the label's id as their own. They are always those of the dataset as it
        is now.

        Args:
            field: a label field
            other_fields: more fields of the samples to show, by name; True for all
            keep_label_lists: whether the field holds a list of one label rather than the label
        """
        return self.add_stage(ToPatches(field, other_fields, keep_label_lists=keep_label_lists))

    def to_evaluation_patches(
        self, eval_key: str, other_fields: bool | str | Iterable[str] | None = None
    ) -> ViewT:
        """A view with one sample for each true positive, false positive and false negative.

        Each has both label fields, with the labels that were matched, the outcome as ``type``
        ("tp", "fp" or "fn") and the overlap as ``iou``.

        Args:
            eval_key: the key that was given to :meth:`evaluate_detections`
            other_fields: more fields of the samples to show, by name; True for all
        """
        return self.add_stage(ToEvaluationPatches(eval_key, other_fields))

    @classmethod
    def list_view_stages(cls) -> list[str]:
        """The names of all methods that add a stage."""
        plumbing = ("add_stage", "list_view_stages", "ids_in")
        methods = {**vars(StageMethods), **vars(ValueStageMethods)}
        return sorted(name for name in methods if name[0] != "_" and name not in plumbing)

    def ids_in(self, samples: SampleIds | CollectionCore) -> list[str]:
        """The ids of samples that were given as ids, as samples, or as a collection."""
        if isinstance(samples, CollectionCore):
            return samples.handle.ids_of(samples.seqs())
        given: Any = plain_id(samples)
        items: Iterable[Any] = [given] if isinstance(given, (str, Sample)) else given
        return [str(item.id if isinstance(item, Sample) else item) for item in items]
