"""A number for the whole image."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar

from viewfinder.labels.attributes import AttributeSpec, Kind
from viewfinder.labels.base import Label

__all__ = ["Regression"]


class Regression(Label):
    """A number for the whole image or frame, such as an age or a count."""

    SPECS: ClassVar = (
        AttributeSpec("value", Kind.FLOAT),
        AttributeSpec("confidence", Kind.FLOAT),
    )
    if TYPE_CHECKING:
        value: float | None
        confidence: float | None

    def __init__(
        self, value: float | None = None, confidence: float | None = None, **attributes: Any
    ) -> None:
        """
        Args:
            value: the number
            confidence: in [0, 1]
            **attributes: attributes of your own
        """
        values = self.__dict__
        if value is not None:
            values["value"] = value
        if confidence is not None:
            values["confidence"] = confidence
        if attributes:
            values.update(attributes)
