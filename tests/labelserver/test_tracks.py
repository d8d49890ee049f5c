"""Tracks in tasks and jobs: cut where jobs end, one again where jobs share frames."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from viewfinder.labelserver.models import Job
from viewfinder.labelserver.services.shared_frames import merge_jobs
from viewfinder.labelserver.services.track_parts import drawn_at, part_of
from viewfinder.labelserver.wire.labels import KeyFrame, Labels, Shape, Track

if TYPE_CHECKING:
    from tests.labelserver.conftest import Asker

LABELS: list[dict[str, Any]] = [
    {
        "name": "car",
        "attributes": [
            {"name": "note", "input_type": "text", "mutable": True, "values": []},
            {"name": "make", "input_type": "text", "mutable": False, "values": [],
             "default_value": "vw"},
        ],
    },
    {
        "name": "body",
        "type": "skeleton",
        "svg": "",
        "sublabels": [{"name": "nose", "type": "points"}, {"name": "neck", "type": "points"}],
    },
]  # fmt: skip


def _key(frame: int, *points: float, **more: Any) -> dict[str, Any]:
    return {"type": "rectangle", "frame": frame, "points": list(points), **more}


class _Task:
    """Ten frames, in jobs of four."""

    def __init__(self, ask: Asker, **more: Any) -> None:
        self.ask = ask
        self.id = ask.task(frames=10, segment_size=4, labels=LABELS, **more)
        self.car, self.body = ask("GET", f"/api/labels?task_id={self.id}").json()["results"]
        self.jobs = [
            job["id"]
            for job in ask("GET", f"/api/jobs?task_id={self.id}&sort=id").json()["results"]
        ]

    def put(self, *tracks: dict[str, Any]) -> list[dict[str, Any]]:
        return self._sent("PUT", "", tracks)

    def patch(self, action: str, *tracks: dict[str, Any]) -> list[dict[str, Any]]:
        return self._sent("PATCH", f"?action={action}", tracks)

    def _sent(self, method: str, query: str, tracks: Any) -> list[dict[str, Any]]:
        answer = self.ask(
            method, f"/api/tasks/{self.id}/annotations{query}", json={"tracks": list(tracks)}
        )
        assert answer.status_code == 200, answer.text
        return list(answer.json()["tracks"])

    def tracks(self, job: int | None = None) -> list[dict[str, Any]]:
        path = f"jobs/{self.jobs[job]}" if job is not None else f"tasks/{self.id}"
        return list(self.ask("GET", f"/api/{path}/annotations").json()["tracks"])

    def track(self, *keys: dict[str, Any], **more: Any) -> dict[str, Any]:
        return {"label_id": self.car["id"], "frame": keys[0]["frame"], "shapes": keys, **more}


def _told(track: dict[str, Any]) -> list[tuple[int, list[float], bool]]:
    return [(key["frame"], key["points"], key["outside"]) for key in track["shapes"]]


def test_each_job_gets_its_part(ask: Asker) -> None:
    task = _Task(ask)
    task.put(task.track(_key(2, 0, 0, 10, 10), _key(7, 5, 5, 15, 15, outside=True), group=3))
    (first,), (second,), third = task.tracks(0), task.tracks(1), task.tracks(2)
    assert _told(first) == [(2, [0, 0, 10, 10], False), (3, [1, 1, 11, 11], False)]
    assert _told(second) == [(4, [2, 2, 12, 12], False), (7, [5, 5, 15, 15], True)]
    assert third == []
    assert (first["frame"], second["frame"], second["group"]) == (2, 4, 3)
    # In the task, the first part is closed where the second job goes on without it.
    assert [_told(track)[-1] for track in task.tracks()] == [
        (4, [1, 1, 11, 11], True),
        (7, [5, 5, 15, 15], True),
    ]


@pytest.mark.parametrize(
    ("kind", "points", "later"),
    [
        ("polygon", [0, 0, 10, 0, 10, 10], [4, 4, 14, 4, 14, 14]),
        ("polyline", [0, 0, 10, 0], [4, 4, 14, 4]),
        ("points", [1, 2], [5, 6]),
        ("points", [1, 2, 3, 4], [5, 6, 7, 8]),
        ("ellipse", [10, 10, 14, 6], [14, 10, 18, 6]),
        ("cuboid", list(range(16)), list(range(4, 20))),
        ("mask", [0, 4, 1, 1, 2, 2], [0, 4, 5, 5, 6, 6]),
    ],
)
def test_every_type_is_cut(ask: Asker, kind: str, points: list[float], later: list[float]) -> None:
    task = _Task(ask)
    task.put(
        task.track(
            {"type": kind, "frame": 1, "points": points},
            {"type": kind, "frame": 5, "points": later},
        )
    )
    (first,), (second,), (third,) = (task.tracks(job) for job in range(3))
    assert [key["frame"] for key in first["shapes"]] == [1, 3]
    assert [key["frame"] for key in second["shapes"]] == [4, 5]
    # After its last key frame it stays where it is.
    assert _told(third) == [(8, later, False)]
    held = kind == "mask" or (kind == "points" and len(points) == 4)
    expected = [float(p) if held else p + (q - p) / 2 for p, q in zip(points, later, strict=True)]
    assert first["shapes"][1]["points"] == pytest.approx(expected)


def test_skeletons_are_cut_with_their_points(ask: Asker) -> None:
    task = _Task(ask)
    nose, neck = (point["id"] for point in task.body["sublabels"])

    def point(label: int, *keys: tuple[int, float, bool]) -> dict[str, Any]:
        shapes = [
            {"type": "points", "frame": frame, "points": [x, 1], "outside": outside}
            for frame, x, outside in keys
        ]
        return {"label_id": label, "frame": 0, "shapes": shapes}

    task.put(
        {
            "label_id": task.body["id"],
            "frame": 0,
            "shapes": [{"type": "skeleton", "frame": 0}, {"type": "skeleton", "frame": 8}],
            "elements": [
                point(nose, (0, 0, False), (8, 8, False)),
                point(neck, (0, 5, True), (8, 5, False)),
            ],
        }
    )
    (second,) = task.tracks(1)
    told = [(element["label_id"], _told(element)) for element in second["elements"]]
    assert told == [
        (nose, [(4, [4, 1], False), (7, [7, 1], False)]),
        (neck, [(4, [5, 1], True)]),
    ]
    assert [key["frame"] for key in second["shapes"]] == [4, 7]


def test_values_are_taken_over_where_a_track_is_cut(ask: Asker) -> None:
    task = _Task(ask)
    note, make = (spec["id"] for spec in task.car["attributes"])
    value = {"spec_id": note, "value": "dirty"}
    own = {"spec_id": make, "value": "fiat"}
    box = (0, 0, 10, 10)
    task.put(task.track(_key(0, *box, attributes=[value]), _key(9, *box), attributes=[own]))
    for job in range(3):
        (part,) = task.tracks(job)
        assert part["attributes"] == [own]
        assert all(key["attributes"] == [value] for key in part["shapes"])


def test_attributes_are_where_they_belong(ask: Asker) -> None:
    task = _Task(ask)
    note, make = (spec["id"] for spec in task.car["attributes"])
    for track, spec in (
        (task.track(_key(0, 0, 0, 1, 1), attributes=[{"spec_id": note, "value": "x"}]), note),
        (task.track(_key(0, 0, 0, 1, 1, attributes=[{"spec_id": make, "value": "x"}])), make),
    ):
        refused = ask("PUT", f"/api/tasks/{task.id}/annotations", json={"tracks": [track]})
        assert (refused.status_code, refused.json()) == (400, [f"spec_id `{spec}` is invalid"])


def test_what_is_hidden_before_it_is_seen_is_dropped(ask: Asker) -> None:
    task = _Task(ask)
    box = (0, 0, 10, 10)
    task.put(
        task.track(_key(0, *box, outside=True), _key(2, *box), _key(3, *box, outside=True)),
        task.track(_key(5, *box, outside=True)),
    )
    assert [[key["frame"] for key in track["shapes"]] for track in task.tracks(0)] == [[2, 3]]
    # What is never seen is kept where it is: nothing that was sent is lost.
    assert [[key["frame"] for key in track["shapes"]] for track in task.tracks(1)] == [[5]]


def test_frames_that_the_task_has_not_are_left_out(ask: Asker) -> None:
    task = _Task(ask)
    echo = task.put(
        task.track(_key(8, 0, 0, 10, 10), _key(18, 10, 10, 20, 20)),
        task.track(_key(77, 0, 0, 1, 1)),
    )
    assert [_told(track) for track in echo] == [
        [(8, [0, 0, 10, 10], False), (9, [1, 1, 11, 11], False)]
    ]
    shapes = [_key(3, 0, 0, 1, 1), _key(10, 0, 0, 1, 1)]
    body = {"shapes": [{**shape, "label_id": task.car["id"]} for shape in shapes]}
    answer = ask("PUT", f"/api/jobs/{task.jobs[0]}/annotations", json=body).json()
    assert [shape["frame"] for shape in answer["shapes"]] == [3]


def test_parts_change_and_go_by_their_ids(ask: Asker) -> None:
    task = _Task(ask)
    task.put(task.track(_key(2, 0, 0, 10, 10), _key(7, 5, 5, 15, 15, outside=True)))
    first, second = task.tracks()
    moved = {**second, "shapes": [_key(5, 1, 1, 2, 2), _key(6, 1, 1, 2, 2, outside=True)]}
    task.patch("update", moved)
    kept, changed = task.tracks()
    assert (kept["id"], changed["id"]) == (first["id"], second["id"])
    assert kept["shapes"] == first["shapes"]
    assert _told(changed) == [(5, [1, 1, 2, 2], False), (6, [1, 1, 2, 2], True)]
    task.patch("delete", kept)
    assert task.tracks(0) == []


def test_jobs_that_share_frames_show_one_track(ask: Asker) -> None:
    task = _Task(ask, overlap=2)
    # Jobs of the frames 0–3, 2–5, 4–7, 6–9 and 8–9.
    task.put(task.track(_key(1, 0, 0, 10, 10), _key(8, 7, 7, 17, 17)))
    (track,) = task.tracks()
    assert len(task.jobs) == 5
    positions = {key["frame"]: key["points"][0] for key in track["shapes"]}
    assert positions == pytest.approx({frame: float(frame - 1) for frame in positions})
    assert {1, 8} <= positions.keys()
    assert not any(key["outside"] for key in track["shapes"])
    task.patch("delete", track)
    assert [task.tracks(job) for job in range(5)] == [[]] * 5


def test_shapes_on_shared_frames_are_one(ask: Asker) -> None:
    task = _Task(ask, overlap=2)
    url = f"/api/tasks/{task.id}/annotations"
    points = {"label_id": task.car["id"], "type": "points", "frame": 3, "points": [1, 2, 3, 4]}
    box = {"label_id": task.car["id"], **_key(3, 0, 0, 10, 10)}
    sent = {"shapes": [points, box, {**box, "points": [20, 20, 30, 30]}],
            "tags": [{"label_id": task.car["id"], "frame": 2}]}  # fmt: skip
    echo = ask("PUT", url, json=sent).json()
    found = ask("GET", url).json()
    assert [each["id"] for each in found["shapes"]] == [each["id"] for each in echo["shapes"]]
    assert len(found["tags"]) == 1
    for job in (0, 1):
        own = ask("GET", f"/api/jobs/{task.jobs[job]}/annotations").json()
        assert (len(own["shapes"]), len(own["tags"])) == (3, 1)
    moved = {**found["shapes"][1], "points": [50, 50, 60, 60]}
    ask("PATCH", f"{url}?action=update", json={"shapes": [moved]})
    after = ask("GET", url).json()["shapes"]
    assert sorted(shape["points"] for shape in after) == [
        [1, 2, 3, 4], [20, 20, 30, 30], [50, 50, 60, 60]
    ]  # fmt: skip
    assert moved["id"] in {shape["id"] for shape in after}
    ask("PATCH", f"{url}?action=delete", json={"shapes": after})
    assert ask("GET", f"/api/jobs/{task.jobs[1]}/annotations").json()["shapes"] == []


def test_what_goes_into_a_task_comes_out_when_it_is_sent_again(ask: Asker) -> None:
    task = _Task(ask)
    task.put(task.track(_key(2, 0, 0, 10, 10), _key(7, 5, 5, 15, 15, outside=True)))
    before = task.tracks()
    task.put(*before)
    after = task.tracks()
    assert [_told(track) for track in after] == [_told(track) for track in before]
    assert [track["id"] for track in after] == [track["id"] for track in before]


def test_thousands_of_shapes_on_a_shared_frame_find_their_twins() -> None:
    jobs = [Job(id=1, start_frame=0, stop_frame=3), Job(id=2, start_frame=2, stop_frame=5)]
    by_job = {
        job.id: Labels(
            shapes=[
                Shape(id=at + 10_000 * job.id, type="points", label_id=1, frame=2,
                      points=[float(at), 1.0])
                for at in range(5_000)
            ]
        )
        for job in jobs
    }  # fmt: skip
    merged = merge_jobs(jobs, by_job)
    assert [shape.id for shape in merged.labels.shapes] == list(range(10_000, 15_000))
    assert merged.twins["shape", 10_007] == [20_007]


_KEYS = st.lists(
    st.tuples(
        st.integers(0, 19),
        st.booleans(),
        st.sampled_from(["rectangle", "ellipse", "points", "mask"]),
        st.lists(st.floats(-100, 100), min_size=4, max_size=4),
        st.floats(0, 360),
    ),
    min_size=1,
    max_size=6,
    unique_by=lambda key: key[0],
)


@given(_KEYS, st.integers(1, 20))
@settings(max_examples=300)
def test_parts_show_what_the_whole_shows(keys: list[Any], segment: int) -> None:
    shapes = [
        KeyFrame(frame=frame, outside=outside, type=kind, points=points, rotation=rotation)
        for frame, outside, kind, points, rotation in sorted(keys)
    ]
    track = Track(label_id=1, frame=shapes[0].frame, shapes=shapes)
    for first in range(0, 20, segment):
        last = min(first + segment, 20) - 1
        part = part_of(track, first, last)
        for frame in range(first, last + 1):
            whole = drawn_at(shapes, frame)
            mine = drawn_at(part.shapes, frame) if part else None
            if whole is None or whole.outside:
                assert mine is None or mine.outside
            else:
                assert mine is not None
                assert not mine.outside
                assert mine.type == whole.type
                assert mine.points == pytest.approx(whole.points, abs=1e-9)
                turn = abs(mine.rotation - whole.rotation) % 360
                assert min(turn, 360 - turn) < 1e-6
