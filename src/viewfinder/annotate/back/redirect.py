"""Loading into other fields than those that were sent: `dest_field`.

A field that labels are loaded into has a record of its own beside the one of what was sent, so that
the source keeps its state and later loads into the same place bring only what is new.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

import msgspec

from viewfinder.annotate.record import SentTask
from viewfinder.annotate.schema import LabelSchema
from viewfinder.errors import AnnotationError, suggestion
from viewfinder.schema import FRAMES_PREFIX

__all__ = ["COPY", "Redirect", "parse_dest_field"]

COPY = "copy-"
"""How the names of the parts begin that are records of copies."""


@dataclass(frozen=True, slots=True)
class Redirect:
    """Which fields are loaded into which others; empty where each goes into its own."""

    fields: dict[str, str] = field(default_factory=dict)
    """The field to load into by the field that was sent."""

    @property
    def sources(self) -> dict[str, str]:
        """The field that was sent by the field to load into."""
        return {dest: source for source, dest in self.fields.items()}

    @property
    def suffix(self) -> str:
        """What is added to the names of parts of the run that are about these destinations."""
        return "".join(f">{source}={dest}" for source, dest in sorted(self.fields.items()))

    @classmethod
    def of_copies(cls, parts: Iterable[str]) -> Redirect:
        """The destinations of the copies that some parts of a run are records of."""
        pairs = (name.partition(">")[2].partition("=") for name in parts if name.startswith(COPY))
        return cls({source: dest for source, _, dest in pairs})

    def both(self, schema: LabelSchema) -> LabelSchema:
        """How the fields are annotated, under the names of what was sent and of copies."""
        copied = (plan for plan in self.schema(schema).fields if plan.field in self.sources)
        return LabelSchema((*schema.fields, *copied))

    def schema(self, schema: LabelSchema) -> LabelSchema:
        """How the fields are annotated, under the names that they are loaded into."""
        plans = (replace(p, field=self.fields.get(p.field, p.field)) for p in schema.fields)
        return LabelSchema(tuple(plans))

    def task(self, sent: SentTask, copies: Mapping[str, SentTask | None]) -> SentTask:
        """What is on record of a task, as if it had been sent from the fields that are loaded into.

        Args:
            sent: what was sent
            copies: by source, the record of the field that is loaded into; None where this is the
                first time
        """
        if not self.fields:
            return sent
        labels = [label for label in sent.labels if label.field not in self.fields]
        for source, dest in self.fields.items():
            copy = copies[source]
            if copy is not None:
                labels += copy.labels
            else:
                labels += [
                    msgspec.structs.replace(label, field=dest)
                    for label in sent.labels
                    if label.field == source
                ]
        owners = {
            number: (self.fields.get(name, name), label)
            for number, (name, label) in sent.classes.items()
        }
        return msgspec.structs.replace(sent, labels=labels, classes=owners)

    def split(self, sent: SentTask, merged: SentTask) -> tuple[SentTask, dict[str, SentTask]]:
        """What is to be kept after a load: the record of what was sent, and those of copies."""
        if not self.fields:
            return merged, {}
        sources = self.sources
        kept = [label for label in sent.labels if label.field in self.fields]
        kept += [label for label in merged.labels if label.field not in sources]
        copies = {
            source: SentTask(
                task_id=sent.task_id,
                name=sent.name,
                frames=[],
                labels=[label for label in merged.labels if label.field == dest],
            )
            for source, dest in self.fields.items()
        }
        return msgspec.structs.replace(sent, labels=kept, objects=merged.objects), copies


def parse_dest_field(
    option: Any, schema: LabelSchema, documents: Mapping[str, str], *, key: str
) -> Redirect:
    """What was given as ``dest_field``.

    Args:
        option: a field, for runs of one field; or a dict of fields of the run to fields
        schema: how the run's fields are annotated
        documents: what each field of the dataset holds, by name
        key: the run

    Raises:
        AnnotationError: it names no field of the run, or a field that can't hold its labels
    """
    plans = {plan.field: plan for plan in schema.fields}
    if option is None:
        return Redirect()
    if isinstance(option, str):
        if len(plans) != 1:
            raise AnnotationError(
                f"dest_field={option!r}: run '{key}' has {len(plans)} fields "
                f"({', '.join(map(repr, plans))}); say which one goes where, like "
                f"{{{next(iter(plans), 'field')!r}: {option!r}}}."
            )
        option = {next(iter(plans)): option}
    if not isinstance(option, Mapping):
        raise AnnotationError(f"dest_field={option!r}: give a field, or a dict of fields.")
    fields = {source: dest for source, dest in option.items() if source != dest}
    for source, dest in option.items():
        if source not in plans:
            near = suggestion(str(source), plans, "Fields of the run")
            raise AnnotationError(f"dest_field: run '{key}' has no field {source!r}. {near}")
        if dest in plans and dest != source:
            raise AnnotationError(
                f"dest_field: '{dest}' is a field of run '{key}' itself; choose another field."
            )
        if not isinstance(dest, str) or (
            source.startswith(FRAMES_PREFIX) != dest.startswith(FRAMES_PREFIX)
        ):
            raise AnnotationError(
                f"dest_field: '{source}' can't go into {dest!r}; fields of frames begin with "
                "'frames.', and no others do."
            )
        wanted = plans[source].document
        if plans[source].kind == "scalar":
            wanted = documents.get(source, documents.get(dest, wanted))
        holds = documents.get(dest, wanted)
        if holds != wanted:
            raise AnnotationError(
                f"dest_field: '{dest}' holds {holds}, but '{source}' is {wanted}; choose a new "
                "field, or one of that type."
            )
    if len(set(fields.values())) < len(fields):
        raise AnnotationError("dest_field: two fields can't go into the same one.")
    return Redirect(fields)
