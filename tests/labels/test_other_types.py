"""Regressions, heatmaps, events and places."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from viewfinder.errors import LabelError
from viewfinder.facade import Dataset
from viewfinder.labels import (
    GeoLocation,
    GeoLocations,
    Heatmap,
    Label,
    Regression,
    TemporalDetection,
    TemporalDetections,
)
from viewfinder.samples import Sample

RING = [[[0.0, 0.0], [1.0, 0.0], [1.0, 1.0], [0.0, 0.0]]]


@pytest.mark.parametrize(
    "label",
    [
        Regression(value=1.5, confidence=0.5, unit="years"),
        Heatmap(map=np.arange(6, dtype=np.float32).reshape(2, 3), range=[0.0, 5.0]),
        GeoLocation(point=[9.19, 45.46], polygon=RING, name="Milan"),
        GeoLocations(points=[(1.0, 2.0)], polygons=[RING]),
        TemporalDetection(label="goal", support=[10, 25], confidence=0.9),
    ],
    ids=lambda label: type(label).__name__,
)
def test_every_type_is_stored_and_comes_back(label: Label) -> None:
    dataset = Dataset()
    dataset.add_sample(Sample(filepath="a.jpg", thing=label))
    dataset.add_sample(Sample(filepath="b.jpg"))
    found = Dataset.over(dataset.handle).first()["thing"]
    assert found == label
    assert dataset.last()["thing"] is None


def test_events_are_lists_too() -> None:
    dataset = Dataset()
    events = TemporalDetections([TemporalDetection(label="goal", support=[1, 5])])
    dataset.add_sample(Sample(filepath="a.mp4", events=events))
    assert dataset.values("events.detections.support") == [[[1, 5]]]
    assert dataset.count_values("events.detections.label") == {"goal": 1}


def test_times_become_frames_and_back() -> None:
    event = TemporalDetection.from_timestamps(
        [1.0, 2.0], frame_rate=30, total_frame_count=45, label="goal"
    )
    assert event.support == [31, 45]
    assert TemporalDetection(support=[31, 61]).to_timestamps(30) == [1.0, 2.0]
    with pytest.raises(LabelError, match="before it starts"):
        TemporalDetection.from_timestamps([2.0, 1.0], frame_rate=30, total_frame_count=45)


def test_places_are_geojson() -> None:
    place = GeoLocation(point=[1.0, 2.0], polygon=RING)
    data = place.to_geo_json()
    assert data == {
        "type": "GeometryCollection",
        "geometries": [
            {"type": "Point", "coordinates": [1.0, 2.0]},
            {"type": "Polygon", "coordinates": RING},
        ],
    }
    back = GeoLocation.from_geo_json({"type": "Feature", "geometry": data, "properties": {}})
    assert (back.point, back.polygon) == (place.point, place.polygon)
    with pytest.raises(LabelError, match="not a GeoJSON 'Point'"):
        GeoLocations.from_geo_json({"type": "Point", "coordinates": [1, 2]})


def test_a_map_may_be_a_file(tmp_path: Path) -> None:
    path = tmp_path / "map.png"
    Image.fromarray(np.array([[0, 9]], dtype=np.uint8)).save(path)
    heatmap = Heatmap(map_path=str(path))
    assert heatmap.has_map
    assert heatmap.map is None
    assert np.array_equal(heatmap.get_map(), [[0, 9]])  # type: ignore[arg-type]
