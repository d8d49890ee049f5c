from __future__ import annotations

from typing import Any

import pytest

from viewfinder.annotate.back.choosing import Choice, JobStatus, choose, parse_selection


def job(number: int, start: int, stop: int, **more: Any) -> JobStatus:
    values = {"stage": "annotation", "state": "new", "updated": f"day {number}", **more}
    return JobStatus(
        job_id=number, assignee=None, start_frame=start, stop_frame=stop, url="", **values
    )


JOBS = [job(1, 0, 4), job(2, 5, 9, state="completed"), job(3, 10, 14, stage="acceptance")]


def read(choice: Choice) -> list[int]:
    return [chosen.job_id for chosen in choice.read]


@pytest.mark.parametrize(
    ("asked", "chosen"),
    [
        ((None, None, None), [1, 2, 3]),
        ((2, None, None), [2]),
        (([1, 3], None, None), [1, 3]),
        ((None, "acceptance", None), [3]),
        ((None, None, ["completed", "rejected"]), [2]),
        ((None, "acceptance", "completed"), []),
    ],
)
def test_jobs_that_were_asked_for(asked: tuple[object, ...], chosen: list[int]) -> None:
    choice = choose(JOBS, parse_selection(*asked))
    assert read(choice) == chosen
    reached, reasons = choice.frames()
    assert len(reached) == 5 * len(chosen)
    assert reached.isdisjoint(reasons)
    assert len(reached) + len(reasons) == 15


def test_jobs_that_have_not_changed_are_settled() -> None:
    choice = choose(JOBS, parse_selection(None, None, None), {1: "day 1", 2: "an older day"})
    assert read(choice) == [2, 3]
    assert choice.settled_frames() == {0, 1, 2, 3, 4}
    assert choice.frames() == (set(range(5, 15)), {})


def test_a_job_that_shares_frames_with_one_that_changed_is_read_with_it() -> None:
    jobs = [job(1, 0, 5), job(2, 4, 9), job(3, 8, 12), job(4, 20, 22)]
    known = {number: f"day {number}" for number in (1, 2, 4)}
    choice = choose(jobs, parse_selection(None, None, None), known)
    assert read(choice) == [1, 2, 3]
    assert [settled.job_id for settled in choice.settled] == [4]


def test_a_frame_that_an_unread_job_shows_too_is_not_read() -> None:
    jobs = [job(1, 0, 5, state="completed"), job(2, 4, 9)]
    reached, reasons = choose(jobs, parse_selection(None, None, "completed")).frames()
    assert reached == {0, 1, 2, 3}
    assert reasons == dict.fromkeys(range(4, 10), "job 2 is in state 'new'")


def test_jobs_of_ground_truth_are_never_read() -> None:
    jobs = [*JOBS, job(4, 0, 14, type="ground_truth")]
    choice = choose(jobs, parse_selection(None, None, None))
    assert (read(choice), choice.checks) == ([1, 2, 3], 1)
