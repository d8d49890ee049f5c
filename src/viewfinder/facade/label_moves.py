"""Moving labels from one field to another: signature, docstring, one call."""

from __future__ import annotations

from typing import Any

from viewfinder.samples import SampleCollection, ViewT, move_labels

__all__ = ["LabelMoveFeatures"]


class LabelMoveFeatures(SampleCollection[ViewT]):
    """The methods that move labels between fields."""

    def split_labels(
        self,
        in_field: str,
        out_field: str,
        filter: Any = None,
    ) -> None:
        """Moves labels that a filter finds, or that a view shows, to another field.

        ::

            dataset.split_labels("ground_truth", "cats", F("label") == "cat")

        The others stay where they are, also those that the view hides.

        Args:
            in_field: the field of labels to move from
            out_field: the field to move to, new or of the same type
            filter: an expression on labels; otherwise all that this collection shows are moved

        Raises:
            FieldNotFoundError: when there is no `in_field`
            FieldTypeError: when a field does not hold labels of that type
        """
        chosen: Any = self if filter is None else self.filter_labels(in_field, filter)
        chosen.merge_labels(in_field, out_field)

    def merge_labels(self, in_field: str, out_field: str) -> None:
        """Moves all labels of one field into another one, after those that are there.

        Of a dataset `in_field` is deleted then. Of a view it stays, without the labels that the
        view shows. A label whose id is in `out_field` already replaces that one.

        ::

            dataset.merge_labels("cats", "ground_truth")

        Args:
            in_field: the field of labels to move from
            out_field: the field to move to, new or of the same type

        Raises:
            FieldNotFoundError: when there is no `in_field`
            FieldTypeError: when a field does not hold labels of that type
        """
        move_labels(self, in_field, out_field)
        whole: Any = self.root
        is_whole = whole is self
        if is_whole:
            whole.delete_sample_field(in_field)
