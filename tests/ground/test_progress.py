"""Progress: a bar when asked, a function's calls, silence otherwise."""

from __future__ import annotations

import pytest

from viewfinder.progress import meter, track


def test_silent_when_output_is_no_terminal(capfd: pytest.CaptureFixture[str]) -> None:
    assert list(track(range(3), 3, "Counting")) == [0, 1, 2]
    assert capfd.readouterr() == ("", "")


def test_a_bar_when_asked_tells_percent_and_speed(capfd: pytest.CaptureFixture[str]) -> None:
    assert list(track(range(4), 4, "Counting", progress=True)) == [0, 1, 2, 3]
    out, _ = capfd.readouterr()
    assert "Counting" in out
    assert "100%" in out
    assert "4/4" in out
    assert "samples/s" in out


def test_the_environment_can_ask(
    capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("VIEWFINDER_SHOW_PROGRESS", "1")
    list(track(range(2), 2, "Counting"))
    assert "100%" in capfd.readouterr().out


def test_a_function_hears_of_every_step() -> None:
    heard: list[tuple[int, int | None]] = []
    with meter(5, "Work", progress=lambda done, total: heard.append((done, total))) as done:
        done.advance(2)
        done.advance(3)
    assert heard == [(2, 5), (5, 5)]
