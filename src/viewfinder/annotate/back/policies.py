"""What is to happen where a merge has a choice: conflicts, and drawings that nobody expected."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from viewfinder.annotate.back.report import Change
from viewfinder.errors import AnnotationError, suggestion
from viewfinder.labels import (
    Classifications,
    Detections,
    Keypoints,
    Label,
    LabelList,
    Polylines,
    Segmentation,
)
from viewfinder.schema import FRAMES_PREFIX

__all__ = [
    "HOMES",
    "ConflictOption",
    "Conflicts",
    "Home",
    "Side",
    "Unexpected",
    "UnexpectedOption",
    "parse_conflicts",
    "parse_unexpected",
]

Side = Literal["ours", "theirs", "error"]
ConflictOption = Side | Mapping[str, Side] | Callable[[Change], Side]
UnexpectedOption = str | Sequence[str] | Mapping[str, str | None]

HOMES: dict[str, tuple[str, type[Label | LabelList]]] = {
    "Classification": ("classifications", Classifications),
    "Detection": ("detections", Detections),
    "Polyline": ("polylines", Polylines),
    "Keypoint": ("keypoints", Keypoints),
    "Segmentation": ("segmentation", Segmentation),
}
"""Where labels go that nobody expected, by their class: the field, and what it holds."""

_TYPES = tuple(name for name, _ in HOMES.values())
_SIDES = ("ours", "theirs", "error")


@dataclass(frozen=True, slots=True)
class Conflicts:
    """Who has the last word where both sides changed the same."""

    option: ConflictOption = "ours"

    def side(self, change: Change) -> Side:
        """The side for one conflict.

        Raises:
            AnnotationError: the caller's function answered something else
        """
        if isinstance(self.option, str):
            return self.option
        if isinstance(self.option, Mapping):
            return self.option.get(change.field, "ours")
        side = self.option(change)
        if side not in _SIDES:
            raise AnnotationError(
                f"The function given as conflicts= answered {side!r} for a conflict in field "
                f"'{change.field}'; it has to answer 'ours', 'theirs' or 'error'. Nothing was "
                "changed."
            )
        return side


@dataclass(frozen=True, slots=True)
class Home:
    """What becomes of an unexpected label."""

    action: Literal["keep", "ignore", "return"]
    kind: str
    """What it is, as in "polylines"."""
    field: str = ""
    """The field that it goes to, for "keep"."""
    document: type[Label | LabelList] = Detections
    """What that field holds, for "keep"."""


@dataclass(frozen=True, slots=True)
class Unexpected:
    """What becomes of drawings that their field has no room for."""

    action: Literal["keep", "ignore", "return"] = "keep"
    fields: Mapping[str, str] | None = None
    """For "keep": a field for each type; types that are absent are ignored."""

    def home(self, label: Label, *, in_frames: bool) -> Home:
        """What becomes of one label.

        Args:
            label: the label
            in_frames: whether it was drawn in a frame of a video
        """
        name, document = HOMES[type(label).__name__]
        if self.action != "keep":
            return Home(self.action, name)
        field = name if self.fields is None else self.fields.get(name)
        if field is None:
            return Home("ignore", name)
        if in_frames and not field.startswith(FRAMES_PREFIX):
            field = FRAMES_PREFIX + field
        return Home("keep", name, field, document)


def parse_conflicts(option: Any) -> Conflicts:
    """What was given as ``conflicts``.

    Raises:
        AnnotationError: it means nothing
    """
    sides = option.values() if isinstance(option, Mapping) else [option]
    if not callable(option):
        for side in sides:
            if side not in _SIDES:
                raise AnnotationError(
                    f"conflicts={option!r}: choose 'ours', 'theirs' or 'error', give a dict of "
                    "fields to these, or a function that answers one of them for a change."
                )
    return Conflicts(dict(option) if isinstance(option, Mapping) else option)


def parse_unexpected(option: Any) -> Unexpected:
    """What was given as ``unexpected``.

    Raises:
        AnnotationError: it means nothing, or would need somebody to be asked
    """
    if option == "prompt":
        raise AnnotationError(
            "unexpected='prompt' asks a person, and a library never does. Choose 'keep', 'ignore' "
            "or 'return', give a dict of types to fields like {'polylines': 'outlines'}, or load "
            "with the command 'viewfinder load', which asks."
        )
    if option in ("keep", "ignore", "return"):
        return Unexpected(option)
    if isinstance(option, Mapping):
        fields = {name: field for name, field in option.items() if field}
    elif isinstance(option, Sequence) and not isinstance(option, str):
        fields = {name: name for name in option}
    else:
        raise AnnotationError(
            f"unexpected={option!r}: choose 'keep', 'ignore' or 'return', a list of types to keep, "
            "or a dict of types to fields."
        )
    for name in option:
        if name not in _TYPES:
            near = suggestion(str(name), _TYPES, "Types")
            raise AnnotationError(f"unexpected={option!r}: {name!r} is no type. {near}")
    return Unexpected("keep", fields)
