"""A number for every pixel."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np
import numpy.typing as npt

from viewfinder.labels import pixels
from viewfinder.labels.attributes import AttributeSpec, Kind
from viewfinder.labels.base import Label

__all__ = ["Heatmap"]

Array = npt.NDArray[Any]


class Heatmap(Label):
    """A number for every pixel, such as a saliency."""

    SPECS: ClassVar = (
        AttributeSpec("map", Kind.ARRAY),
        AttributeSpec("map_path", Kind.STRING),
        AttributeSpec("range", Kind.FLOATS),
    )
    if TYPE_CHECKING:
        map: Array | None
        map_path: str | None
        range: Sequence[float] | None

    def __init__(
        self,
        map: Array | None = None,  # noqa: A002 - the name that users know
        map_path: str | None = None,
        range: Sequence[float] | None = None,  # noqa: A002 - the name that users know
        **attributes: Any,
    ) -> None:
        """
        Args:
            map: an array (height, width) of any size; it covers the whole image
            map_path: an image file of the map, instead of `map`
            range: the lowest and highest value there can be; without it [0, 1] for floats and
                [0, 255] for integers
            **attributes: attributes of your own
        """
        values = self.__dict__
        if map is not None:
            values["map"] = np.asarray(map)
        if map_path is not None:
            values["map_path"] = map_path
        if range is not None:
            values["range"] = range
        if attributes:
            values.update(attributes)

    @property
    def has_map(self) -> bool:
        """Whether there is a map, here or in a file."""
        return self.map is not None or self.map_path is not None

    def get_map(self) -> Array | None:
        """The map, read from `map_path` where it is not here; None without one."""
        if self.map is None and self.map_path is not None:
            return pixels.read_mask(self.map_path)
        return self.map
