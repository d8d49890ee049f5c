"""What a field becomes when another value of it is merged in: a pure function of both values."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from viewfinder.labels import Label, LabelList
from viewfinder.samples.frozen import copy_value
from viewfinder.schema import EmbeddedDocument

__all__ = ["MergeRules", "merged_value", "merged_values"]

UNMERGED = frozenset({"id", "created_at", "last_modified_at"})
"""Fields that say of a sample what no other sample can say of it."""


FRAMES = "frames."


@dataclass(frozen=True, slots=True)
class MergeRules:
    """How samples are merged; the words are those of ``Dataset.merge_samples``."""

    renamed: Mapping[str, str] | None = None
    """The only fields to take over, by the names that they get; None takes all."""
    omitted: frozenset[str] = field(default_factory=frozenset)
    merge_lists: bool = True
    merge_embedded_docs: bool = False
    overwrite: bool = True

    @classmethod
    def of(
        cls,
        fields: str | Iterable[str] | Mapping[str, str] | None = None,
        omit_fields: str | Iterable[str] | None = None,
        merge_lists: bool = True,
        merge_embedded_docs: bool = False,
        overwrite: bool = True,
    ) -> MergeRules:
        """The rules from the arguments that users give."""
        if isinstance(fields, str):
            fields = [fields]
        renamed = None
        if fields is not None:
            pairs = fields.items() if isinstance(fields, Mapping) else ((n, n) for n in fields)
            renamed = dict(pairs)
        omitted = [omit_fields] if isinstance(omit_fields, str) else omit_fields or ()
        return cls(renamed, frozenset(omitted), merge_lists, merge_embedded_docs, overwrite)

    @property
    def takes_nothing(self) -> bool:
        """Whether no field at all is taken over."""
        return self.renamed is not None and not self.renamed

    def of_frames(self) -> MergeRules:
        """The rules for the frames of videos, whose fields are named with ``frames.`` before."""
        renamed = None
        if self.renamed is not None and "frames" not in self.renamed:
            renamed = {
                name.removeprefix(FRAMES): new.removeprefix(FRAMES)
                for name, new in self.renamed.items()
                if name.startswith(FRAMES)
            }
        if "frames" in self.omitted:
            renamed = {}
        omitted = {name.removeprefix(FRAMES) for name in self.omitted if name.startswith(FRAMES)}
        return replace(self, renamed=renamed, omitted=frozenset(omitted))

    def taken(self, values: Mapping[str, Any]) -> dict[str, Any]:
        """The values that are merged, by the names that they get; None counts as missing."""
        taken = {}
        for name, value in values.items():
            if value is None or name in self.omitted or name in UNMERGED:
                continue
            if self.renamed is None:
                taken[name] = value
            elif name in self.renamed:
                taken[self.renamed[name]] = value
        return taken


def merged_values(
    old: Mapping[str, Any], new: Mapping[str, Any], rules: MergeRules
) -> dict[str, Any]:
    """The fields of a sample that another one changes, with their values afterwards.

    Args:
        old: the values of the sample that is there
        new: those of the sample that is merged in, as :meth:`MergeRules.taken` gives them
        rules: how
    """
    changed = {}
    for name, value in new.items():
        before = old.get(name)
        merged = merged_value(before, value, rules)
        if merged is not before:
            changed[name] = merged
    return changed


def merged_value(old: Any, new: Any, rules: MergeRules) -> Any:
    """One field after the merge; `old` itself where nothing changes, and neither is touched."""
    if new is None:
        return old
    if old is None:
        return copy_value(new)
    if rules.merge_lists and isinstance(old, LabelList) and isinstance(new, LabelList):
        return _merged_labels(old, new, rules)
    if rules.merge_lists and isinstance(old, list) and isinstance(new, list):
        more = [item for item in new if item not in old]
        return [*old, *more] if more else old
    if rules.merge_embedded_docs and type(old) is type(new):
        if isinstance(old, Label):
            return _merged_label(old, new, rules)
        if isinstance(old, EmbeddedDocument):
            return _merged_document(old, new, rules)
    return copy_value(new) if rules.overwrite else old


def _merged_labels(old: LabelList, new: LabelList, rules: MergeRules) -> LabelList:
    """Labels of one id are one label; those that are new come last."""
    theirs = {label.id: label for label in new.labels}
    merged = []
    for label in old.labels:
        other = theirs.pop(label.id, None)
        merged.append(label if other is None else _one_label(label, other, rules))
    merged += [label.copy() for label in theirs.values()]
    return type(old)(merged)


def _one_label(old: Label, new: Label, rules: MergeRules) -> Label:
    if rules.merge_embedded_docs:
        return _merged_label(old, new, rules)
    return new.copy() if rules.overwrite else old


def _merged_label(old: Label, new: Label, rules: MergeRules) -> Label:
    values = dict(old.values)
    for name, value in new.values.items():
        if name != "id":
            values[name] = merged_value(values.get(name), value, rules)
    return type(old).from_values(values)


def _merged_document(
    old: EmbeddedDocument, new: EmbeddedDocument, rules: MergeRules
) -> EmbeddedDocument:
    merged: EmbeddedDocument = copy_value(old)
    for name in vars(new):
        setattr(
            merged, name, merged_value(getattr(old, name, None), getattr(new, name, None), rules)
        )
    return merged
