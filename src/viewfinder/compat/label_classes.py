"""``Label`` as it is there: the class of single labels and of lists of labels alike."""

from __future__ import annotations

from typing import Any

from viewfinder.labels import Label as SingleLabel
from viewfinder.labels import LabelList

__all__ = ["Label"]


class _OfLabels(type):
    """Tells what is a label by the two classes that ours have."""

    def __instancecheck__(cls, value: object) -> bool:
        if cls is Label:
            return isinstance(value, (SingleLabel, LabelList))
        return super().__instancecheck__(value)

    def __subclasscheck__(cls, other: type) -> bool:
        if cls is Label:
            return issubclass(other, (SingleLabel, LabelList))
        return super().__subclasscheck__(other)


class Label(metaclass=_OfLabels):
    """Any label: ``isinstance()`` and ``issubclass()`` are what it is for."""

    @staticmethod
    def from_dict(data: Any) -> Any:
        """The label, or list of labels, that ``to_dict()`` wrote."""
        return (LabelList if _is_list(data) else SingleLabel).from_dict(data)


def _is_list(data: Any) -> bool:
    name = data.get("_cls")
    return any(each.__name__ == name for each in LabelList.__subclasses__())
