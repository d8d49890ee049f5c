"""What reviewers remarked, as values of samples and labels."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from typing import Any

from viewfinder.annotate.back.reading import Issue
from viewfinder.errors import AnnotationError
from viewfinder.labels import Label, LabelList
from viewfinder.samples import SampleCollection
from viewfinder.schema import FRAMES_PREFIX, ListField

__all__ = ["check_issues_field", "write_issues"]


def check_issues_field(collection: SampleCollection, name: str | None) -> None:
    """Makes sure that remarks can be written to a field.

    Raises:
        AnnotationError: it is there and holds something else, or is one of frames
    """
    if name is None:
        return
    if "." in name:
        raise AnnotationError(
            f"issues_field='{name}': give the name of a field of samples, without a dot."
        )
    held = collection.root.snapshot().schema.fields.get(name)
    if held is not None and not isinstance(held, ListField):
        raise AnnotationError(
            f"issues_field='{name}' is a field that holds {held.HOLDS}; give another name. "
            "Nothing was changed."
        )


def write_issues(collection: SampleCollection, issues: Sequence[Issue], name: str) -> None:
    """Writes remarks to their samples as dicts, and their words to the labels that they are about.

    What an earlier load has written of these issues is replaced; a sample of which reviewers
    opened none any more keeps what it has.

    Args:
        collection: the dataset, or any view of it
        issues: what reviewers remarked
        name: the field of samples, and the attribute of labels
    """
    of_samples: dict[str, list[Issue]] = {}
    for issue in issues:
        of_samples.setdefault(issue.sample_id, []).append(issue)
    if not of_samples:
        return
    for sample in collection.root.select(list(of_samples)):
        found = of_samples[str(sample.id)]
        sample[name] = [_as_dict(issue) for issue in found]
        words: dict[tuple[str, int | None, str], list[str]] = {}
        for issue in found:
            if issue.field is not None and issue.label_id is not None:
                key = (issue.field, issue.frame_number, issue.label_id)
                words.setdefault(key, []).extend(comment.text for comment in issue.comments)
        for (field, number, label_id), texts in words.items():
            label = _find(sample, field, number, label_id)
            if label is not None:
                label.set_field(name, texts)
        sample.save()


def _find(sample: Any, field: str, number: int | None, label_id: str) -> Label | None:
    """A label of a sample, or of one of its frames; None where it is there no more."""
    owner = sample
    if field.startswith(FRAMES_PREFIX):
        if number not in sample.frames:
            return None
        owner, field = sample.frames[number], field.removeprefix(FRAMES_PREFIX)
    value = owner[field] if field in owner.field_names else None
    labels = value.labels if isinstance(value, LabelList) else [value]
    return next((one for one in labels if isinstance(one, Label) and one.id == label_id), None)


def _as_dict(issue: Issue) -> dict[str, Any]:
    values = asdict(issue)
    del values["sample_id"]
    values["position"] = list(issue.position)
    values["comments"] = [asdict(comment) for comment in issue.comments]
    return values
