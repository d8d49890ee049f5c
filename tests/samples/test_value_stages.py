"""Views of other values, and orders by distance or by a query, over a stored dataset."""

from __future__ import annotations

import math

import numpy as np
import pytest

import viewfinder as vf
from viewfinder.errors import ExpressionError

F = vf.ViewField


@pytest.fixture
def dataset() -> vf.Dataset:
    """Samples 0…3, the last one edited after it was added."""
    made = vf.Dataset("values")
    made.add_samples(
        [
            vf.Sample(
                filepath=f"/{n}.jpg",
                number=n,
                score=n / 10,
                place=vf.GeoLocation(point=[float(n), 50.0]) if n else None,
                vector=np.array([1.0, float(n)]),
                kind=vf.Classification(label="even" if n % 2 == 0 else "odd"),
                truth=vf.Detections(
                    [vf.Detection(label="abc"[k], confidence=k / 10) for k in range(n)]
                ),
                pose=vf.Keypoints(
                    [vf.Keypoint(points=[(0.1, 0.2), (0.3, 0.4)], sure=[0.2, 0.3 * n])]
                ),
            )
            for n in range(4)
        ],
        progress=False,
    )
    sample = made.last()
    sample.truth.detections[0].label = "z"
    sample.save()
    return made


def test_labels_are_renamed_in_the_view_alone(dataset: vf.Dataset) -> None:
    view = dataset.map_labels("truth", {"a": "A", "z": "Z"})
    assert view.values("truth.detections.label") == [[], ["A"], ["A", "b"], ["Z", "b", "c"]]
    assert view.count_values("truth.detections.label") == {"A": 2, "b": 2, "Z": 1, "c": 1}
    assert [label.label for label in view.last().truth.detections] == ["Z", "b", "c"]
    assert view.match(F("truth.detections.label").contains("A")).values("number") == [1, 2]
    assert dataset.distinct("truth.detections.label") == ["a", "b", "c", "z"]
    kinds = dataset.map_labels("kind", {"odd": "O"})
    assert kinds.values("kind.label") == ["even", "O", "even", "O"]
    assert [sample.kind.label for sample in kinds] == ["even", "O", "even", "O"]


def test_filters_before_a_change_see_the_old_values_and_those_after_it_the_new(
    dataset: vf.Dataset,
) -> None:
    view = dataset.filter_labels("truth", F("label") == "b").map_labels("truth", {"b": "B"})
    assert len(view.filter_labels("truth", F("label") == "b")) == 0
    both = view.filter_labels("truth", F("label") == "B").limit_labels("truth", 1)
    assert both.values("truth.detections.label") == [["B"], ["B"]]
    assert [[label.label for label in sample.truth.detections] for sample in both] == [["B"]] * 2


def test_fields_and_attributes_are_set_from_expressions(dataset: vf.Dataset) -> None:
    view = dataset.set_field("score", F("truth.detections").length())
    assert view.values("score") == [0.0, 1.0, 2.0, 3.0]
    assert view.match(F("score") > 1).sort_by("score", reverse=True).values("number") == [3, 2]
    assert [sample.score for sample in view.match(F("score") > 1)] == [2.0, 3.0]
    twice = view.set_field("score", F("score") * 2).set_field("number", F("number") + 1)
    assert twice.values(["score", "number"]) == [[0.0, 2.0, 4.0, 6.0], [1, 2, 3, 4]]
    from_root = dataset.set_field("truth.detections.confidence", F("confidence") + F("$score"))
    assert from_root.max("truth.detections.confidence") == pytest.approx(0.5)
    assert from_root.last().truth.detections[-1].confidence == pytest.approx(0.5)
    kept = dataset.set_field("truth.detections", F("detections").filter(F("label") == "b"))
    assert kept.values("truth.detections.label") == [[], [], ["b"], ["b"]]
    with pytest.raises(ExpressionError, match=r"but .* gives text"):
        dataset.set_field("number", F("kind.label"))
    with pytest.raises(ExpressionError, match="tells things apart"):
        dataset.set_field("truth.detections.id", "x")


def test_values_are_filtered_and_replaced(dataset: vf.Dataset) -> None:
    assert dataset.filter_field("score", F() > 0.15).values("score") == [0.2, 0.3]
    every = dataset.filter_field("score", F() > 0.15, only_matches=False)
    assert [sample.score for sample in every] == [None, None, 0.2, 0.3]
    sure = dataset.filter_field("truth.detections.confidence", F() > 0.05)
    assert sure.values("truth.detections.confidence") == [[None, 0.1], [None, 0.1, 0.2]]
    assert len(dataset.filter_field("kind", F("label") == "odd")) == 2
    assert dataset.map_values("number", {0: 7, 3: None}).values("number") == [7, 1, 2, None]


def test_points_are_filtered(dataset: vf.Dataset) -> None:
    view = dataset.filter_keypoints("pose", F("sure") > 0.5)
    assert view.values("number") == [2, 3]
    first, second = view.first().pose.keypoints[0].points
    assert math.isnan(first[0])
    assert math.isnan(first[1])
    assert second == (0.3, 0.4)
    assert len(dataset.filter_keypoints("pose", F("sure") > 0.5, only_matches=False)) == 4
    with pytest.raises(ExpressionError, match="skeleton"):
        dataset.filter_keypoints("pose", labels="nose")
    dataset.default_skeleton = vf.KeypointSkeleton(labels=["nose", "chin"], edges=[[0, 1]])
    noses = dataset.filter_keypoints("pose", labels="nose").first().pose.keypoints[0].points
    assert noses[0] == (0.1, 0.2)
    assert math.isnan(noses[1][0])


def test_samples_by_their_distance_to_a_point_and_in_an_area(dataset: vf.Dataset) -> None:
    assert dataset.geo_near([3.0, 50.0]).values("number") == [3, 2, 1]
    # One degree of longitude at 50° north is about 71.6 km.
    assert dataset.geo_near([3.0, 50.0], max_distance=72e3).values("number") == [3, 2]
    assert dataset.geo_near([3.0, 50.0], "place", min_distance=71e3).values("number") == [2, 1]
    square = {
        "type": "Polygon",
        "coordinates": [[[1.5, 49], [4, 49], [4, 51], [1.5, 51], [1.5, 49]]],
    }
    assert dataset.geo_within(square).values("number") == [2, 3]
    assert len(dataset.geo_within(square)) == 2
    with_hole = [*square["coordinates"], [[2.5, 49.5], [3.5, 49.5], [3.5, 50.5], [2.5, 50.5]]]
    assert dataset.geo_within(with_hole).values("number") == [2]
    with pytest.raises(ExpressionError, match="no places"):
        dataset.geo_near([0, 0], "truth")


def test_samples_by_their_likeness(dataset: vf.Dataset) -> None:
    assert dataset.sort_by_similarity([1.0, 3.0]).values("number") == [3, 2, 1, 0]
    last = dataset.last().id
    assert dataset.sort_by_similarity(last, k=2, brain_key="vector").values("number") == [3, 2]
    view = dataset.sort_by_similarity([1.0, 0.0], reverse=True, dist_field="distance")
    assert view.values("number") == [3, 2, 1, 0]
    assert dataset.values("distance")[0] == pytest.approx(0)
    assert dataset.values("distance")[1] == pytest.approx(1 - math.sqrt(0.5))
    with pytest.raises(ExpressionError, match="have 2 numbers"):
        len(dataset.sort_by_similarity([1.0]))
    with pytest.raises(ExpressionError, match="no vectors"):
        dataset.sort_by_similarity([1.0], brain_key="number")


def test_samples_by_a_query(dataset: vf.Dataset) -> None:
    many = "SELECT sample_id FROM truth GROUP BY 1 HAVING count(*) > 1 ORDER BY count(*) DESC"
    assert dataset.sql(many).values("number") == [3, 2]
    assert len(dataset.sql(many)) == 2
    some = dataset.filter_labels("truth", F("label") == "b", only_matches=False)
    assert len(some.sql(many)) == 0
    assert dataset.skip(2).sql("SELECT id FROM samples WHERE score < 0.25").values("number") == [2]
    assert dataset.sql("SELECT seq FROM samples LIMIT 1").match(F("number") == 0).count() == 1


@pytest.mark.parametrize(
    "query",
    [
        "DROP TABLE samples",
        "SELECT id FROM samples; SELECT 1",
        "SELECT id FROM nothing",
        "SELECT * FROM read_csv('/etc/passwd')",
        "SELECT number FROM samples",
        "SELECT 1) ; DROP TABLE x; SELECT (1",
    ],
)
def test_queries_that_are_none_are_refused(dataset: vf.Dataset, query: str) -> None:
    with pytest.raises(ExpressionError):
        len(dataset.sql(query))


def test_every_stage_is_listed(dataset: vf.Dataset) -> None:
    listed = vf.Dataset.list_view_stages()
    assert {"set_field", "to_patches", "concat", "sql", "match"} <= set(listed)
    assert not {"add_stage", "ids_in"} & set(listed)
    assert all(callable(getattr(dataset, name)) for name in listed)
