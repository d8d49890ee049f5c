"""What to annotate, as people say it: one field or several, with defaults for all of them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from viewfinder.errors import LabelSchemaError, suggestion
from viewfinder.schema import FRAMES_PREFIX

__all__ = ["Asked"]

_INFO_KEYS = {
    "type", "classes", "attributes", "mask_targets", "allow_additions", "allow_deletions",
    "allow_label_edits", "allow_index_edits", "allow_spatial_edits", "existing_field",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Asked:
    """The arguments of ``annotate`` that say what to annotate."""

    label_schema: Any = None
    label_field: str | None = None
    label_type: str | None = None
    classes: Any = None
    attributes: Any = True
    mask_targets: Mapping[Any, str] | None = None
    permissions: Mapping[str, bool] = field(default_factory=dict)
    occluded_attr: str | None = None
    """The attribute that stands for the server's own occluded flag, in every field with shapes."""
    group_id_attr: str | None = None
    """The attribute that stands for the server's own group number, in every field with shapes."""
    project_fields: Mapping[str, str] = field(default_factory=dict)
    """The field of each class of an existing project, where several fields share its classes."""
    coerce_text: bool = True
    """Whether text of an attribute that no label has yet may become a number."""
    of_frames: bool = False
    """Whether the samples are frames of videos, so that their fields are those of frames."""

    @property
    def is_empty(self) -> bool:
        """Whether no field was named, so that a project has to say what there is."""
        return self.label_schema is None and self.label_field is None

    def infos(self) -> dict[str, dict[str, Any]]:
        """What was asked for each field, defaults filled in.

        Raises:
            LabelSchemaError: nothing was asked, or not in a form that means something
        """
        defaults = {
            "type": self.label_type,
            "classes": self.classes,
            "attributes": self.attributes,
            "mask_targets": self.mask_targets,
            **self.permissions,
        }
        return {self._named(name): {**defaults, **info} for name, info in self._given().items()}

    def owners(self) -> dict[str, str]:
        """The field of each class of an existing project, by the name that infos have."""
        return {label: self._named(name) for label, name in self.project_fields.items()}

    def _named(self, name: str) -> str:
        inner = name.removeprefix(FRAMES_PREFIX)
        return FRAMES_PREFIX + inner if self.of_frames else name

    def _given(self) -> dict[str, dict[str, Any]]:
        asked = self.label_schema
        if asked is None:
            asked = self.label_field
        if isinstance(asked, str):
            asked = [asked]
        if not asked:
            raise LabelSchemaError(
                "Say what to annotate: label_field='ground_truth' for one field, or label_schema= "
                "a list of fields, or a dict of fields with their type, classes and attributes. "
                "Only a project that is on the server already can say it instead."
            )
        if not isinstance(asked, Mapping):
            asked = {name: {} for name in asked}
        for name, info in asked.items():
            if not isinstance(name, str) or not isinstance(info, Mapping | None):
                raise LabelSchemaError(
                    f"label_schema[{name!r}] is {type(info).__name__}; give a dict like "
                    "{'type': 'detections', 'classes': ['cat', 'dog']}."
                )
            for key in info or ():
                if key not in _INFO_KEYS:
                    near = suggestion(str(key), _INFO_KEYS, "Known")
                    raise LabelSchemaError(f"label_schema['{name}'] has no '{key}'. {near}")
        return {name: dict(info or {}) for name, info in asked.items()}
