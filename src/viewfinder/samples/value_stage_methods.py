"""View stages as methods: those that show other values, and those that order by distance."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, cast

import numpy as np

from viewfinder.engine.distances import cosine_distances
from viewfinder.errors import ExpressionError
from viewfinder.expr import ViewExpression
from viewfinder.samples.core import CollectionCore, ViewT
from viewfinder.stages import (
    FilterField,
    FilterKeypoints,
    GeoNear,
    GeoWithin,
    MapLabels,
    MapValues,
    SetField,
    SortBySimilarity,
    Sql,
    ViewStage,
)

__all__ = ["ValueStageMethods"]


class ValueStageMethods(CollectionCore[ViewT]):
    """The methods that make views of other values, or of an order that distances give."""

    def add_stage(self, stage: ViewStage) -> ViewT:
        """The view with one more stage."""
        raise NotImplementedError

    def set_field(self, field: str, expr: Any) -> ViewT:
        """A view in which a field has the values of an expression; the dataset stays as it is.

        ::

            view = dataset.set_field("predictions.detections.confidence", F("confidence") * 0.9)
            view.save("predictions")  # now the dataset has them, too

        Args:
            field: a plain field, or the path of an attribute of labels; add it first where it is
                new, with ``add_sample_field()``
            expr: seen from the sample, or from the label; or a constant
        """
        return self.add_stage(SetField(field, expr))

    def map_labels(self, field: str, map: Mapping[str, str]) -> ViewT:
        """A view in which the classes of a field's labels are renamed: ``{"cat": "animal"}``."""
        return self.add_stage(MapLabels(field, map))

    def map_values(self, field: str, map: Mapping[Any, Any]) -> ViewT:
        """A view in which values of a field are replaced; those that are no keys stay."""
        return self.add_stage(MapValues(field, map))

    def filter_field(self, field: str, filter: ViewExpression, only_matches: bool = True) -> ViewT:
        """A view in which the values that an expression is not true for are None.

        ::

            dataset.filter_field("score", F() > 0.5)

        Args:
            field: a field, or the path of an attribute of labels
            filter: an expression on the value
            only_matches: whether samples that are left without a value go, too
        """
        return self.add_stage(FilterField(field, filter, only_matches=only_matches))

    def filter_keypoints(
        self,
        field: str,
        filter: ViewExpression | None = None,
        labels: str | Iterable[str] | None = None,
        only_matches: bool = True,
    ) -> ViewT:
        """A view in which the points that do not match are (NaN, NaN).

        ::

            dataset.filter_keypoints("pose", F("confidence") > 0.5)

        Args:
            field: a field of `Keypoint` or `Keypoints`
            filter: an expression on an attribute that has one value a point
            labels: names of points, as the field's skeleton gives them
            only_matches: whether labels and samples that are left without a point go, too
        """
        names = self._skeleton_labels(field) if labels is not None else None
        return self.add_stage(
            FilterKeypoints(field, filter, labels, only_matches=only_matches, skeleton=names)
        )

    def geo_near(
        self,
        point: Any,
        location_field: str | None = None,
        min_distance: float | None = None,
        max_distance: float | None = None,
        query: Mapping[str, Any] | None = None,
        create_index: bool = False,
    ) -> ViewT:
        """The samples that have a place, the nearest to a point first.

        Args:
            point: ``[longitude, latitude]``, a `GeoLocation` or a GeoJSON point
            location_field: the field of `GeoLocation`; may be left out where there is one
            min_distance: in meters
            max_distance: in meters
            query: refused, because it is written for MongoDB; use :meth:`match` before
            create_index: accepted; places are searched without an index

        Raises:
            ExpressionError: when there is a `query`
        """
        del create_index
        if query is not None:
            raise ExpressionError(
                "geo_near(query=…) is written for MongoDB. Choose the samples first, as in "
                "dataset.match(F(…)).geo_near(point)."
            )
        return self.add_stage(GeoNear(point, location_field, min_distance, max_distance))

    def geo_within(
        self,
        boundary: Any,
        location_field: str | None = None,
        strict: bool = True,
        create_index: bool = False,
    ) -> ViewT:
        """The samples whose point lies in a polygon.

        Args:
            boundary: rings of ``[longitude, latitude]``, a `GeoLocation` or a GeoJSON polygon
            location_field: the field of `GeoLocation`; may be left out where there is one
            strict: accepted; a point is in or it is not
            create_index: accepted; places are searched without an index
        """
        del create_index
        return self.add_stage(GeoWithin(boundary, location_field, strict))

    def sort_by_similarity(
        self,
        query: Any,
        k: int | None = None,
        reverse: bool = False,
        dist_field: str | None = None,
        brain_key: str | None = None,
    ) -> ViewT:
        """The samples that have a vector, those most like the query first.

        Every vector is compared; the distance is one minus the cosine of the angle.

        Args:
            query: the id of a sample of the dataset, several ids, or a vector
            k: how many samples to show
            reverse: whether the least similar come first
            dist_field: a field of the dataset in which to keep the distances
            brain_key: the field of the vectors; may be left out where there is one `VectorField`
        """
        stage = SortBySimilarity(query, k, reverse, dist_field, brain_key)
        view: Any = self.add_stage(stage)
        if dist_field is not None:
            self._keep_distances(view, stage, dist_field)
        return cast("ViewT", view)

    def sql(self, query: str) -> ViewT:
        """The samples that a query in SQL names, in the query's order.

        ::

            dataset.sql(
                "SELECT sample_id FROM predictions WHERE confidence > 0.9 "
                "GROUP BY sample_id HAVING count(*) > 5"
            )

        The query is one SELECT in the dialect of DuckDB, and can't change anything. It sees a
        table ``samples``, and one for each label field with the column ``sample_id``, as this view
        shows them. Its answer names samples by a column ``id``, ``sample_id`` or ``seq``.

        Raises:
            ExpressionError: when the view is computed and the query can't be run
        """
        return self.add_stage(Sql(query))

    def _skeleton_labels(self, field: str) -> Sequence[str] | None:
        """The names of the points of a field's keypoints; None where no skeleton names them."""
        skeleton = cast("Any", self).get_skeleton(field.partition(".")[0])
        names: Sequence[str] | None = None if skeleton is None else skeleton.labels
        return names

    def _keep_distances(self, view: Any, stage: SortBySimilarity, dist_field: str) -> None:
        field = stage.field(self.visible_schema())
        vectors = view.values(field)
        if not vectors:
            return
        matrix = np.stack([np.asarray(vector, np.float64).ravel() for vector in vectors])
        query = np.asarray(stage.query)
        if isinstance(stage.query[0], str):
            found = cast(Any, self.root).select(list(stage.query)).values(field)
            query = np.mean([np.asarray(vector, np.float64).ravel() for vector in found], axis=0)
        view.set_values(dist_field, cosine_distances(matrix, query).tolist())
