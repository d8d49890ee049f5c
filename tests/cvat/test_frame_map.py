from __future__ import annotations

import pytest

from viewfinder.cvat import wire
from viewfinder.cvat.frame_map import FrameMap
from viewfinder.errors import AnnotationError


@pytest.mark.parametrize(
    ("shown", "numbers"),
    [
        (FrameMap.of_video(4), [1, 2, 3, 4]),
        (FrameMap.of_video(12, step=5), [1, 6, 11]),
        (FrameMap.of_video(11, step=5), [1, 6, 11]),
        (FrameMap.of_video(10, step=5), [1, 6]),
        (FrameMap.of_video(120, start=10, stop=20, step=5), [11, 16, 21]),
        (FrameMap.of_video(120, start=10, stop=19, step=5), [11, 16]),
        (FrameMap.of_video(20, start=18, stop=99), [19, 20]),
        (FrameMap.of_video(20, start=19), [20]),
        (FrameMap.of_video(20, stop=0), [1]),
        (FrameMap.of_clip(1, 3), [1, 2, 3]),
        (FrameMap.of_clip(7, 7), [7]),
        (FrameMap.of_clip(7, 12, step=2), [7, 9, 11]),
        (FrameMap.of_meta(wire.DataMeta(size=3, start_frame=10, stop_frame=12)), [11, 12, 13]),
        (
            FrameMap.of_meta(
                wire.DataMeta(size=3, start_frame=10, stop_frame=21, frame_filter="step=5")
            ),
            [11, 16, 21],
        ),
        # Servers that say where a task ends only by its size.
        (FrameMap.of_meta(wire.DataMeta(size=3, frame_filter="step = 4")), [1, 5, 9]),
    ],
)
def test_which_frames_a_task_shows(shown: FrameMap, numbers: list[int]) -> None:
    assert (list(shown.numbers), len(shown)) == (numbers, len(numbers))
    assert [shown.number_of(frame) for frame in range(len(shown))] == numbers
    back = {number: shown.frame_of(number) for number in range(-1, 130)}
    assert {n: f for n, f in back.items() if f is not None} == {
        number: frame for frame, number in enumerate(numbers)
    }
    with pytest.raises(AnnotationError, match="there is no frame"):
        shown.number_of(len(shown))


@pytest.mark.parametrize(("step", "said"), [(None, ""), (1, ""), (3, "step=3")])
def test_a_step_is_said_as_a_filter(step: int | None, said: str) -> None:
    assert FrameMap.of_video(9, step=step).frame_filter == said


@pytest.mark.parametrize(
    ("start", "stop", "step"), [(5, 4, 1), (-1, 4, 1), (0, 4, -1), (9, None, None)]
)
def test_frames_that_can_not_be_shown(start: int, stop: int | None, step: int | None) -> None:
    with pytest.raises(AnnotationError, match="can't be shown"):
        FrameMap.of_video(9, start=start, stop=stop, step=step)
