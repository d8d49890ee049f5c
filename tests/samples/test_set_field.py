"""Values that a view sets below paths: in documents, dicts, labels and frames, new names too."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

import viewfinder as vf
from viewfinder import F
from viewfinder.engine.python import PythonEngine
from viewfinder.errors import ExpressionError, FieldNotFoundError

BOXES = "frames.found.detections"
NOON = datetime(2024, 1, 3, 12, tzinfo=UTC)


class Box(vf.DynamicEmbeddedDocument):
    """A document of labels."""


def detections(*rows: dict[str, Any]) -> vf.Detections:
    boxes = [vf.Detection(bounding_box=[0, 0, 0.5, 0.5], **row) for row in rows]
    return vf.Detections(boxes)


@pytest.fixture
def dataset() -> vf.Dataset:
    """A photograph with values everywhere, and one with none."""
    made = vf.Dataset("pictures")
    made.add_samples(
        [
            vf.Sample(
                filepath="/a.jpg",
                when=NOON,
                n=2,
                facts={"x": 1, "rows": [{"k": 1}, {"k": 2}]},
                box=Box(x=1, inner=Box(y=2)),
                many=[Box(x=1), Box(x=5)],
                kind=vf.Classification(label="day"),
                found=detections(
                    {"label": "cat", "confidence": 0.5, "sides": [1, 2], "box": Box(z=3)},
                    {"label": "dog"},
                ),
            ),
            vf.Sample(filepath="/b.jpg"),
        ]
    )
    return made


@pytest.fixture
def videos() -> vf.Dataset:
    """A video with frames 1, 2 and 5, and one without frames."""
    made = vf.Dataset("videos")
    one, two = vf.Sample(filepath="/a.mp4", n=2), vf.Sample(filepath="/b.mp4")
    one.kind = vf.Classification(label="cat")
    one.frames[1] = vf.Frame(
        n=1,
        word="rain",
        found=detections({"label": "cat", "confidence": 0.5}, {"label": "dog"}),
        box=Box(x=1),
    )
    one.frames[2] = vf.Frame(n=4)
    one.frames[5] = vf.Frame(found=vf.Detections())
    made.add_samples([one, two])
    return made


def seen(view: Any, path: str) -> Any:
    """The values at a path, which both engines agree on."""
    values = view.values(path)
    snapshot = view.snapshot()
    answer = PythonEngine().aggregate(view.plan(snapshot.schema), [vf.Values(path)], snapshot)
    assert answer == [values]
    return values


@pytest.mark.parametrize(
    ("path", "expr", "wanted"),
    [
        ("when", F("when") + timedelta(hours=1), [NOON + timedelta(hours=1), None]),
        ("box.x", F("x") + 1, [2, None]),
        ("box.x", 7, [7, 7]),
        ("box.inner.y", F("y") * F("$n"), [4, None]),
        ("box.new", F("x") * 2, [2, None]),
        ("box.inner.new", "z", ["z", "z"]),
        ("many.x", F("x") + F("$n"), [[3, 7], None]),
        ("metadata.width", F("$n"), [2, None]),
        ("facts.x", F("x") + 1, [2, None]),
        ("facts.new", F("rows.k"), [[1, 2], None]),
        ("facts.deep.er", "z", ["z", "z"]),
        ("kind.label", F("label").upper(), ["DAY", None]),
        ("kind.new", F("label") == "day", [True, None]),
        ("found.detections.confidence", F("confidence") + F("$n"), [[2.5, None], None]),
        ("found.detections.sides", F("sides").map(F() * 2), [[[2, 4], None], None]),
        ("found.detections.box.z", F("z") + 1, [[4, None], None]),
        ("found.detections.new", F("label") == "cat", [[True, False], None]),
    ],
)
def test_a_value_is_set_below_a_path(
    dataset: vf.Dataset, path: str, expr: Any, wanted: Any
) -> None:
    view = dataset.set_field(path, expr)
    assert seen(view, path) == wanted
    view.save()
    assert dataset.values(path) == wanted
    assert dataset.values("n") == [2, None]


@pytest.mark.parametrize(
    ("path", "expr", "wanted"),
    [
        ("frames.n", F("n") + 1, [[2, 5, None], []]),
        ("frames.n", F("$n"), [[2, 2, 2], []]),
        ("frames.box.x", F("x") + F("$n"), [[3, None, None], []]),
        (f"{BOXES}.confidence", F("confidence") + F("$n"), [[[2.5, None], None, []], []]),
        (f"{BOXES}.same", F("label") == F("$kind.label"), [[[True, False], None, []], []]),
    ],
)
def test_a_value_is_set_in_frames(videos: vf.Dataset, path: str, expr: Any, wanted: Any) -> None:
    view = videos.set_field(path, expr)
    assert seen(view, path) == wanted
    inside = path.removeprefix("frames.")
    assert view.to_frames().values(inside) == wanted[0]
    view.save()
    assert videos.values(path) == wanted


def test_samples_show_what_a_view_set(dataset: vf.Dataset, videos: vf.Dataset) -> None:
    view = dataset.set_field("box.new", 7).set_field("found.detections.big", F("confidence") > 0.1)
    first = view.first()
    assert first.box.new == 7
    assert [box["big"] for box in first.found.detections] == [True, False]
    assert view.count_values("found.detections.big") == {True: 1, False: 1}
    assert view.match(F("found.detections").filter(F("big")).length() > 0).values("n") == [2]
    frames = videos.set_field("frames.n", F("$n")).first().frames
    assert [frame.n for frame in frames.values()] == [2, 2, 2]
    assert videos.set_field("n", F("frames").length()).first().n == 3
    few = videos.match_frames(F("n") > 1).set_field("n", F("frames").length())
    assert few.first().n == 1


def test_a_list_of_labels_is_set_to_itself_changed(dataset: vf.Dataset) -> None:
    labels = F("detections")
    upper = labels.map(
        F().set_field("label", F("label").upper()).set_field("seen", value_or_expr=1)
    )
    view = dataset.set_field("found.detections", upper)
    assert seen(view, "found.detections.label") == [["CAT", "DOG"], None]
    assert seen(view, "found.detections.seen") == [[1, 1], None]
    one = dataset.set_field("found.detections", labels.filter(F("label") != "x")[:1])
    assert seen(one, "found.detections.label") == [["cat"], None]
    with pytest.raises(ExpressionError, match="filtered, cut"):
        dataset.set_field("found.detections", labels.sort("label"))


def test_values_of_frames_are_looked_up_from_their_video(videos: vf.Dataset) -> None:
    late = videos.match_frames(F("n") > F("$n"))
    assert seen(late, "frames.n") == [[4]]
    assert [*late.first().frames] == [2]
    assert late.to_frames().values("frame_number") == [2]
    same = videos.filter_labels("frames.found", F("label") == F("$kind.label"))
    assert seen(same, "frames.found.detections.label") == [[["cat"], None, []]]
    assert [box.label for box in same.first().frames[1].found.detections] == ["cat"]
    with pytest.raises(ExpressionError, match="plain value"):
        videos.match_frames(F("n") > F("$n")).match_frames(F("$kind").exists()).to_frames().count()


def test_values_of_frames_are_filtered_and_replaced(videos: vf.Dataset) -> None:
    assert seen(videos.filter_field("frames.n", F() > 2), "frames.n") == [[None, 4, None]]
    every = videos.filter_field("frames.n", F() > 2, only_matches=False)
    assert seen(every, "frames.n") == [[None, 4, None], []]
    renamed = videos.map_labels("frames.found", {"cat": "lion"})
    assert seen(renamed, "frames.found.detections.label") == [[["lion", "dog"], None, []], []]
    replaced = videos.map_values("frames.word", {"rain": "sun"})
    assert seen(replaced, "frames.word") == [["sun", None, None], []]
    renamed.save()
    assert videos.count_values("frames.found.detections.label") == {"lion": 1, "dog": 1}
    videos.filter_labels("frames.found", F("label") == "dog").save()
    assert videos.values("frames.found.detections.label") == [[["dog"], None, []], []]


@pytest.mark.parametrize(
    ("path", "expr", "error", "advice"),
    [
        ("id", 5, ExpressionError, "tells things apart"),
        ("frames.frame_number", 5, ExpressionError, "tells things apart"),
        ("when", 5, ExpressionError, "holds datetimes, but 5 gives whole numbers"),
        ("metadata.width", "x", ExpressionError, "holds whole numbers, but 'x' gives text"),
        ("found.detections.new", None, ExpressionError, "Add the field first"),
        ("facts.x", F("$when"), ExpressionError, "a dict can't hold datetimes"),
        ("nope", 1, FieldNotFoundError, "no field 'nope'"),
        ("frames.nope", 1, FieldNotFoundError, "no field 'nope'"),
        ("found.total", 1, FieldNotFoundError, "found.total"),
        ("n.x", 1, FieldNotFoundError, "n.x"),
    ],
)
def test_what_cannot_be_set_is_refused_where_the_stage_is_added(
    dataset: vf.Dataset,
    videos: vf.Dataset,
    path: str,
    expr: Any,
    error: type[Exception],
    advice: str,
) -> None:
    collection = videos if path.startswith("frames") else dataset
    with pytest.raises(error, match=advice):
        collection.set_field(path, expr)
