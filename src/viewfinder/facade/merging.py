"""Merging and cloning whole collections: signature, docstring, one call."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sized
from typing import Any

from viewfinder.progress import ProgressOption
from viewfinder.samples import (
    SHARED_FACTS,
    MergeRules,
    Sample,
    SampleCollection,
    Transaction,
    ViewT,
    copy_samples,
    merge_facts,
    merge_samples,
)

__all__ = ["MergeFeatures"]


class MergeFeatures(SampleCollection[ViewT]):
    """The methods that bring samples of other collections into a dataset."""

    def add_collection(
        self,
        sample_collection: SampleCollection,
        include_info: bool = True,
        overwrite_info: bool = False,
        new_ids: bool = False,
        progress: ProgressOption = None,
    ) -> list[str]:
        """Adds copies of all samples of another collection and returns the ids of what was added.

        ::

            dataset.add_collection(other.match_tags("test"))

        Args:
            sample_collection: a dataset or view; of a view comes what it shows
            include_info: whether ``info``, ``classes`` and their kin come, too
            overwrite_info: whether entries of theirs that are here already are replaced
            new_ids: whether samples get new ids; otherwise they keep theirs, and samples whose id
                is in this dataset already are passed over
            progress: whether to show a bar

        Raises:
            FieldTypeError: when a field of that name holds something else here
        """
        facts = _facts_of(sample_collection, overwrite=overwrite_info) if include_info else None
        added = copy_samples(
            sample_collection, self.handle, new_sample_ids=new_ids, facts=facts, progress=progress
        )
        if facts is not None:
            self.reload()
        return added

    def merge_sample(
        self,
        sample: Sample,
        key_field: str | None = None,
        skip_existing: bool = False,
        insert_new: bool = True,
        fields: str | Iterable[str] | Mapping[str, str] | None = None,
        omit_fields: str | Iterable[str] | None = None,
        merge_lists: bool = True,
        merge_embedded_docs: bool = False,
        overwrite: bool = True,
        expand_schema: bool = True,
        validate: bool = True,
        dynamic: bool = False,
    ) -> None:
        """Merges one sample; everything is as in :meth:`merge_samples`."""
        del validate, dynamic  # values are always validated, and attributes always declared
        rules = MergeRules.of(fields, omit_fields, merge_lists, merge_embedded_docs, overwrite)
        merge_samples(
            self,
            [sample],
            rules,
            key_field=key_field or "filepath",
            skip_existing=skip_existing,
            insert_new=insert_new,
            expand_schema=expand_schema,
            progress=False,
        )

    def merge_samples(
        self,
        samples: Iterable[Sample],
        key_field: str | None = None,
        key_fcn: Callable[[Sample], Any] | None = None,
        skip_existing: bool = False,
        insert_new: bool = True,
        fields: str | Iterable[str] | Mapping[str, str] | None = None,
        omit_fields: str | Iterable[str] | None = None,
        merge_lists: bool = True,
        merge_embedded_docs: bool = False,
        overwrite: bool = True,
        expand_schema: bool = True,
        dynamic: bool = False,
        include_info: bool = True,
        overwrite_info: bool = False,
        progress: ProgressOption = None,
        num_samples: int | None = None,
    ) -> None:
        """Merges samples into those of the same key here, and adds the others.

        By default samples of one filepath are one sample, each field of theirs that is not None
        replaces the one here, and lists are united: a label whose id is here already replaces that
        label, other labels, tags and elements of lists are appended. Frames of videos are merged by
        their numbers in the same way; `fields` and `omit_fields` name theirs ``frames.name``.

        All of it happens or nothing: it is one transaction, and other writers wait until it ends.

        ::

            dataset.merge_samples(predicted, fields={"predictions": "model_b"})

        Args:
            samples: a dataset, a view, or any iterable of samples
            key_field: the field by which samples are found; the filepath otherwise. Samples
                without a value in it are always new
            key_fcn: makes the key from a sample, in the place of a field
            skip_existing: whether samples that are here stay as they are
            insert_new: whether samples that are not here are added
            fields: the only fields to take over; a dict gives them new names
            omit_fields: fields not to take over; new samples always get a filepath
            merge_lists: whether lists and labels in lists are united rather than replaced
            merge_embedded_docs: whether labels and documents are merged attribute by attribute
            overwrite: whether values here are replaced by theirs; otherwise only what is None is
            expand_schema: whether fields that the dataset has not yet may be added
            dynamic: has no effect: attributes of labels are always declared
            include_info: whether ``info``, ``classes`` and their kin of a collection come, too
            overwrite_info: whether entries of theirs that are here already are replaced
            progress: whether to show a bar
            num_samples: how many there are, for the bar

        Raises:
            FieldTypeError: when a value does not fit
            FieldNotFoundError: when a field is new and `expand_schema` is False
        """
        del dynamic
        rules = MergeRules.of(fields, omit_fields, merge_lists, merge_embedded_docs, overwrite)
        if isinstance(samples, SampleCollection):
            samples = samples.whole_groups()
        if num_samples is None and isinstance(samples, Sized):
            num_samples = len(samples)
        facts = _facts_of(samples, overwrite=overwrite_info) if include_info else None
        merge_samples(
            self,
            samples,
            rules,
            key_field=key_field or "filepath",
            key_fcn=key_fcn,
            skip_existing=skip_existing,
            insert_new=insert_new,
            expand_schema=expand_schema,
            facts=facts,
            total=num_samples,
            progress=progress,
        )
        if facts is not None:
            self.reload()

    def reload(self) -> None:
        """Reads ``info`` and its kin anew."""
        raise NotImplementedError


def _facts_of(
    source: Iterable[Sample] | SampleCollection, *, overwrite: bool
) -> Callable[[Transaction], None] | None:
    """Merges what a collection keeps beside its samples; None where there is nothing."""
    info = source.snapshot().info if isinstance(source, SampleCollection) else {}
    if not any(info.get(key) for key in SHARED_FACTS):
        return None
    return lambda transaction: merge_facts(info, transaction, overwrite=overwrite)
