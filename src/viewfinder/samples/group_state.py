"""The groups of a dataset and what a view shows of them: which slices, and which is active."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from viewfinder.errors import DatasetError
from viewfinder.expr import Scan
from viewfinder.samples.core import CollectionCore, ViewT
from viewfinder.stages import (
    ExcludeGroups,
    ExcludeGroupSlices,
    Flatten,
    GroupBy,
    SelectGroups,
    SelectGroupSlices,
    ViewStage,
    one_slice,
)

if TYPE_CHECKING:
    from viewfinder.expr import Plan
    from viewfinder.samples.collection import SampleCollection

__all__ = ["DEFAULT_SLICE", "GROUP_FACTS", "GROUP_FIELD", "MEDIA_TYPES", "GroupState"]

GROUP_FIELD = "group_field"
MEDIA_TYPES = "group_media_types"
DEFAULT_SLICE = "default_group_slice"
GROUP_FACTS = (GROUP_FIELD, MEDIA_TYPES, DEFAULT_SLICE)
"""What a grouped dataset keeps beside its samples."""


@dataclass(frozen=True)
class _Groups:
    """Groups as a collection shows them at one moment."""

    field: str
    media_types: dict[str, str]
    """By slice, of those that are left."""
    default: str | None
    active: str | None
    """The slice that the samples are of before any stage."""
    is_flat: bool
    """Whether a stage made plain samples of them."""
    stages: tuple[ViewStage, ...]
    """The stages with the slices that they mean."""


class GroupState(CollectionCore[ViewT]):
    """What a collection knows of groups."""

    _own_slice: str | None = None

    @property
    def group_field(self) -> str | None:
        """The field that holds the group of each sample; None where there are no groups."""
        groups = self._groups()
        return None if groups is None or groups.is_flat else groups.field

    @property
    def group_slices(self) -> list[str] | None:
        """The names of the slices, in the order in which they came; None without groups."""
        groups = self._groups()
        return None if groups is None or groups.is_flat else list(groups.media_types)

    @property
    def group_media_types(self) -> dict[str, str] | None:
        """The media type of each slice; None without groups."""
        groups = self._groups()
        return None if groups is None or groups.is_flat else dict(groups.media_types)

    @property
    def default_group_slice(self) -> str | None:
        """The slice that is active where no other was chosen; None without groups."""
        groups = self._groups()
        if groups is None or groups.is_flat:
            return None
        return _among(groups.media_types, groups.default)

    @property
    def group_slice(self) -> str | None:
        """The active slice: the samples of a grouped collection are those of this slice.

        Set it to see another slice; setting None goes back to the default one. It is not kept with
        the dataset, and each view may have its own.

        Raises:
            DatasetError: when it is set to a slice that is not there
        """
        groups = self._groups()
        return None if groups is None or groups.is_flat else groups.active

    @group_slice.setter
    def group_slice(self, name: str | None) -> None:
        if name is not None:
            self.need_slices([name])
        self._own_slice = name

    @property
    def own_group_slice(self) -> str | None:
        """The active slice where this collection has one of its own."""
        return self._own_slice

    @property
    def first_group_slice(self) -> str | None:
        """The slice that is active before any stage; also where stages left no groups."""
        groups = self._groups()
        return None if groups is None else groups.active

    def use_group_slice(self, name: str | None) -> None:
        """Takes the active slice over from another collection."""
        self._own_slice = name

    @property
    def is_dynamic_groups(self) -> bool:
        """Whether each sample stands for a group that :meth:`group_by` made."""
        for stage in reversed(self._stages):
            if isinstance(stage, Flatten) or (isinstance(stage, SelectGroupSlices) and stage.flat):
                return False
            if isinstance(stage, GroupBy):
                return not stage.flat
        return False

    @property
    def media_type(self) -> str | None:
        """``"image"`` or ``"video"``, ``"group"`` for samples in groups; None while it is empty.

        Samples of several slices may be ``"mixed"``.
        """
        if self.is_dynamic_groups:
            return "group"
        groups = self._groups()
        if groups is None:
            media_type: str | None = self.snapshot().info.get("media_type")
            return media_type
        if not groups.is_flat:
            return "group"
        found = set(groups.media_types.values())
        return "mixed" if len(found) > 1 else next(iter(found), None)

    def group_facts(self) -> Mapping[str, Any]:
        """What the dataset keeps about its groups."""
        return self.snapshot().info

    @property
    def shows_all(self) -> bool:
        """Whether these are all samples of the dataset, as they are."""
        if self._stages:
            return False
        groups = self._groups()
        return groups is None or groups.active is None

    def base_plan(self) -> Plan:
        """The plan before the first stage: the samples of the active slice, or all."""
        groups = self._groups()
        if groups is None or groups.active is None:
            return Scan()
        return one_slice(groups.field, groups.active)

    def planned_stages(self) -> tuple[ViewStage, ...]:
        """The stages as they are lowered."""
        groups = self._groups()
        return self._stages if groups is None else groups.stages

    def check_stage(self, stage: ViewStage) -> None:
        """Raises where a stage means groups that are not there.

        Raises:
            DatasetError: when there are no groups, no such slice, or slices of several media types
        """
        if isinstance(stage, SelectGroupSlices):
            self.need_slices(None if stage.media_type else stage.slices)
            if stage.flat and not stage.media_type:
                self._refuse_mixed(stage.slices)
        elif isinstance(stage, (ExcludeGroupSlices, SelectGroups, ExcludeGroups)):
            self.need_slices(None)
        elif isinstance(stage, GroupBy) and self.is_dynamic_groups:
            raise DatasetError(
                "The samples are grouped already. Use flatten() before grouping them anew, or give "
                "group_by() a list of fields."
            )
        elif isinstance(stage, Flatten) and not self.is_dynamic_groups:
            raise DatasetError("There are no groups to flatten. Use group_by() first.")

    def _refuse_mixed(self, slices: Any) -> None:
        types = self.group_media_types or {}
        found = {kind for name, kind in types.items() if slices is None or name in slices}
        if len(found) > 1:
            raise DatasetError(
                f"Slices of several media types ({', '.join(sorted(found))}) can't be selected "
                "together. Name slices of one type, or choose by media_type=."
            )

    def whole_groups(self) -> SampleCollection[ViewT]:
        """All samples of the groups that this collection shows; just itself where it has none."""
        more: list[ViewStage] = []
        if self.is_dynamic_groups:
            more.append(Flatten())
        if self.group_field is not None:
            more.append(SelectGroupSlices())
        collection: Any = self
        whole: SampleCollection[ViewT] = collection
        return collection.with_stages((*self._stages, *more)) if more else whole

    def need_slices(self, names: Any) -> str:
        """The group field.

        Raises:
            DatasetError: when there are no groups, or none with such a slice
        """
        groups = self._groups()
        if groups is None or groups.is_flat:
            raise DatasetError(
                f"{self.label[0].upper()}{self.label[1:]} has no groups. Add samples with a field "
                "that holds Group().element(name), or call add_group_field()."
            )
        for name in names or ():
            if name not in groups.media_types:
                raise DatasetError(
                    f"There is no group slice '{name}' in {self.label}. Its slices are: "
                    f"{', '.join(groups.media_types) or 'none'}."
                )
        return groups.field

    def _groups(self) -> _Groups | None:
        facts = self.group_facts()
        field: str | None = facts.get(GROUP_FIELD)
        if field is None:
            return None
        whole: dict[str, str] = dict(facts.get(MEDIA_TYPES) or {})
        left = in_groups = whole
        stages: list[ViewStage] = []
        is_flat = False
        for given in self._stages:
            stage = given
            if is_flat:
                pass
            elif isinstance(given, SelectGroupSlices):
                chosen = _selected(given, left, whole)
                stage = replace(given, slices=chosen, media_type=None)
                left = {k: v for k, v in left.items() if chosen is None or k in chosen}
                is_flat = given.flat
            elif isinstance(given, ExcludeGroupSlices):
                gone = _excluded(given, left)
                stage = replace(given, slices=gone, media_type=None)
                left = {k: v for k, v in left.items() if k not in gone}
            in_groups = in_groups if is_flat else left
            stages.append(stage)
        default = facts.get(DEFAULT_SLICE)
        active = _among(in_groups, self._wanted_slice(whole, default))
        return _Groups(field, left, default, active, is_flat, tuple(stages))

    def _wanted_slice(self, slices: Mapping[str, str], default: str | None) -> str | None:
        """The slice that is active where it is left: of the view, the dataset, or the default."""
        root: Any = self.root
        for own in (self._own_slice, root.own_group_slice):
            if own in slices:
                return str(own)
        return _among(slices, default)


def _among(slices: Mapping[str, str], wanted: str | None) -> str | None:
    """The wanted slice where it is there, or none is yet, and otherwise the first."""
    return wanted if wanted in slices or not slices else next(iter(slices))


def _selected(
    stage: SelectGroupSlices, left: Mapping[str, str], whole: Mapping[str, str]
) -> tuple[str, ...] | None:
    """The slices that a stage means; None for all that the dataset has."""
    if stage.media_type is not None:
        return _of_type(left, stage.media_type)
    if stage.slices is None:
        return None if len(left) == len(whole) else tuple(left)
    chosen: tuple[str, ...] = stage.slices
    return chosen


def _excluded(stage: ExcludeGroupSlices, left: Mapping[str, str]) -> tuple[str, ...]:
    if stage.media_type is not None:
        return _of_type(left, stage.media_type)
    gone: tuple[str, ...] = stage.slices or ()
    return gone


def _of_type(slices: Mapping[str, str], media_type: str) -> tuple[str, ...]:
    return tuple(name for name, found in slices.items() if found == media_type)
