"""Where on earth: points, lines and areas in longitude and latitude, WGS84 degrees.

The shapes are those of GeoJSON (https://www.rfc-editor.org/rfc/rfc7946), longitude first.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, ClassVar, Self

from viewfinder.errors import LabelError
from viewfinder.labels.attributes import AttributeSpec, Kind
from viewfinder.labels.base import Label

__all__ = ["GeoLocation", "GeoLocations"]

Position = Sequence[float]


class GeoLocation(Label):
    """A point, a line and an area, each optional."""

    SPECS: ClassVar = (
        AttributeSpec("point", Kind.FLOATS),
        AttributeSpec("line", Kind.POINTS),
        AttributeSpec("polygon", Kind.SHAPES),
    )
    GEOJSON: ClassVar = {"Point": "point", "LineString": "line", "Polygon": "polygon"}
    if TYPE_CHECKING:
        point: Position | None
        line: Sequence[Position] | None
        polygon: Sequence[Sequence[Position]] | None

    def __init__(
        self,
        point: Position | None = None,
        line: Sequence[Position] | None = None,
        polygon: Sequence[Sequence[Position]] | None = None,
        **attributes: Any,
    ) -> None:
        """
        Args:
            point: ``[longitude, latitude]``
            line: a list of such points
            polygon: a list of closed rings of such points, the outer one first, then holes
            **attributes: attributes of your own
        """
        given = {"point": point, "line": line, "polygon": polygon}
        self.__dict__.update((name, shape) for name, shape in given.items() if shape is not None)
        self.__dict__.update(attributes)

    @classmethod
    def from_geo_json(cls, data: Mapping[str, Any]) -> Self:
        """The location of a GeoJSON geometry, feature or collection of geometries.

        Raises:
            LabelError: when it holds a geometry that a location can't
        """
        return cls(**_shapes_of(data, cls.GEOJSON, cls.__name__))

    def to_geo_json(self) -> dict[str, Any]:
        """The GeoJSON geometry; a collection of geometries where there are several."""
        return _geo_json(self, self.GEOJSON)


class GeoLocations(Label):
    """Several points, lines and areas."""

    SPECS: ClassVar = (
        AttributeSpec("points", Kind.POINTS),
        AttributeSpec("lines", Kind.SHAPES),
        AttributeSpec("polygons", Kind.JSON),
    )
    GEOJSON: ClassVar = {
        "MultiPoint": "points",
        "MultiLineString": "lines",
        "MultiPolygon": "polygons",
    }
    if TYPE_CHECKING:
        points: Sequence[Position] | None
        lines: Sequence[Sequence[Position]] | None
        polygons: Sequence[Sequence[Sequence[Position]]] | None

    def __init__(
        self,
        points: Sequence[Position] | None = None,
        lines: Sequence[Sequence[Position]] | None = None,
        polygons: Sequence[Sequence[Sequence[Position]]] | None = None,
        **attributes: Any,
    ) -> None:
        """
        Args:
            points: a list of ``[longitude, latitude]``
            lines: a list of lists of such points
            polygons: a list of polygons, each as in `GeoLocation`
            **attributes: attributes of your own
        """
        given = {"points": points, "lines": lines, "polygons": polygons}
        self.__dict__.update((name, shape) for name, shape in given.items() if shape is not None)
        self.__dict__.update(attributes)

    @classmethod
    def from_geo_json(cls, data: Mapping[str, Any]) -> Self:
        """The locations of a GeoJSON geometry, feature or collection of geometries.

        Raises:
            LabelError: when it holds a geometry that locations can't
        """
        return cls(**_shapes_of(data, cls.GEOJSON, cls.__name__))

    def to_geo_json(self) -> dict[str, Any]:
        """The GeoJSON geometry; a collection of geometries where there are several."""
        return _geo_json(self, self.GEOJSON)


def _geo_json(label: Label, names: Mapping[str, str]) -> dict[str, Any]:
    geometries = [
        {"type": kind, "coordinates": label[name]}
        for kind, name in names.items()
        if label[name] is not None
    ]
    if len(geometries) == 1:
        return geometries[0]
    return {"type": "GeometryCollection", "geometries": geometries}


def _shapes_of(data: Mapping[str, Any], names: Mapping[str, str], owner: str) -> dict[str, Any]:
    kind = str(data.get("type"))
    if kind == "Feature":
        return _shapes_of(data["geometry"], names, owner)
    if kind == "GeometryCollection":
        shapes: dict[str, Any] = {}
        for geometry in data["geometries"]:
            shapes.update(_shapes_of(geometry, names, owner))
        return shapes
    if kind not in names:
        raise LabelError(f"A {owner} holds {', '.join(names)}, not a GeoJSON '{kind}'.")
    return {names[kind]: data["coordinates"]}
