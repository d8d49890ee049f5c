"""The methods that make views of groups: of slices that belong together, or of equal values."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from viewfinder.expr import ViewExpression
from viewfinder.samples.core import ViewT
from viewfinder.samples.group_state import GroupState
from viewfinder.stages import (
    ExcludeGroups,
    ExcludeGroupSlices,
    Flatten,
    GroupBy,
    SelectGroups,
    SelectGroupSlices,
    ViewStage,
)

__all__ = ["GROUP_STAGES", "GroupMethods"]

GROUP_STAGES = (
    "exclude_group_slices",
    "exclude_groups",
    "flatten",
    "group_by",
    "select_group_slices",
    "select_groups",
)
"""The methods that add a stage about groups."""


class GroupMethods(GroupState[ViewT]):
    """The methods that choose groups and slices, and group samples by what is in them."""

    def add_stage(self, stage: ViewStage) -> ViewT:
        """The view with one more stage."""
        raise NotImplementedError

    def select_group_slices(
        self,
        slices: str | Iterable[str] | None = None,
        media_type: str | None = None,
        flat: bool = True,
    ) -> ViewT:
        """The samples of some slices as plain samples, or groups of these slices only.

        ::

            dataset.select_group_slices(["left", "right"])
            dataset.match(F("weather") == "rain").select_group_slices("lidar")

        After other stages, the samples are those of the groups that are left, in the order of the
        groups, and they come as the dataset has them: what earlier stages changed or filtered is
        gone. Without any stage before they are all samples of these slices.

        Args:
            slices: names of slices; all of them otherwise
            media_type: in the place of names, such as ``"image"``: the slices of that type
            flat: False for a view that still has groups, but of these slices only

        Raises:
            DatasetError: when there are no groups, no such slice, or, with `flat`, when slices
                of several media types would come together
        """
        return self.add_stage(SelectGroupSlices(slices, media_type, flat))

    def exclude_group_slices(
        self, slices: str | Iterable[str] | None = None, media_type: str | None = None
    ) -> ViewT:
        """Groups without some slices. Where the active slice goes, another becomes active.

        Args:
            slices: names of slices; those that are not there have no effect
            media_type: in the place of names: the slices of that type

        Raises:
            DatasetError: when there are no groups
        """
        return self.add_stage(ExcludeGroupSlices(slices, media_type))

    def select_groups(self, group_ids: Any, ordered: bool = False) -> ViewT:
        """The samples of some groups.

        Args:
            group_ids: ids of groups, groups, or samples; one or several
            ordered: whether they come in the order of the ids

        Raises:
            DatasetError: when there are no groups
        """
        return self.add_stage(SelectGroups(group_ids, ordered=ordered))

    def exclude_groups(self, group_ids: Any) -> ViewT:
        """The samples that are in none of some groups; arguments as of :meth:`select_groups`."""
        return self.add_stage(ExcludeGroups(group_ids))

    def group_by(
        self,
        field_or_expr: Any,
        order_by: Any = None,
        reverse: bool = False,
        flat: bool = False,
        match_expr: ViewExpression | None = None,
        sort_expr: ViewExpression | None = None,
        create_index: bool = False,
        order_by_key: Any = None,
    ) -> ViewT:
        """One sample for each value of a field or expression: the first of those that have it.

        ::

            view = dataset.group_by("scene_id", order_by="timestamp")
            len(view)  # the number of scenes
            for scene in view.iter_dynamic_groups():
                print(scene.values("timestamp"))

        Stages that follow choose among these first samples, and with them among the groups;
        :meth:`flatten` shows all samples of the groups that are left. The groups come in the order
        in which their first samples were added.

        Args:
            field_or_expr: a field or an expression, or a list of several, which have to be equal
                all together; no value is a value, too
            order_by: a field or an expression that puts the samples of each group in order
            reverse: whether that order is descending, and that of `sort_expr`
            flat: whether to show all samples, group by group, rather than the first of each
            match_expr: with `flat`, only groups for which it is true; it sees a group as the list
                of its samples, as in ``F().length() > 2``
            sort_expr: with `flat`, puts the groups in order; it sees a group as `match_expr` does
            create_index: has no effect: no index is needed
            order_by_key: only samples with this value of `order_by` may stand for their groups;
                groups without one are left out

        Raises:
            FieldNotFoundError: when a field is not there
            ExpressionError: when samples can't be grouped by such values
            DatasetError: when the samples are grouped by values already
        """
        stage = GroupBy(
            field_or_expr,
            order_by=order_by,
            reverse=reverse,
            flat=flat,
            match_expr=match_expr,
            sort_expr=sort_expr,
            create_index=create_index,
            order_by_key=order_by_key,
        )
        return self.add_stage(stage)

    def flatten(self, stages: ViewStage | Iterable[ViewStage] | None = None) -> ViewT:
        """All samples of the groups that :meth:`group_by` made, group by group.

        ::

            dataset.group_by("scene_id").flatten(vf.Limit(2))  # at most two of each scene

        Args:
            stages: applied to the samples of each group on its own

        Raises:
            DatasetError: when the samples are not grouped
            ExpressionError: when a stage can't be applied to each group
        """
        return self.add_stage(Flatten(stages))
