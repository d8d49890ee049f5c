"""The benchmarks run, and say what they should of figures that are known."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

PROJECT = Path(__file__).parents[2]


def test_a_small_run_measures_every_figure_of_ours(tmp_path: Path) -> None:
    report = tmp_path / "figures.json"
    ended = subprocess.run(
        [sys.executable, "benchmarks/run.py", "--samples", "200", "--no-peer", "--starts", "1",
         "--json", report],
        cwd=PROJECT,
        capture_output=True,
        text=True,
        check=False,
    )  # fmt: skip
    assert ended.returncode == 0, ended.stderr
    written = json.loads(report.read_text())
    assert written["fiftyone"] is None
    assert written["machine"]["samples"] == 200
    lines = [line for line in ended.stdout.splitlines() if line.startswith("| ")]
    # The heading, and every figure: nothing of ours is left out.
    assert len(lines) == 1 + 21
    # Targets are promised for 100,000 samples only.
    assert "met" not in ended.stdout
    assert "MISSED" not in ended.stdout
    assert written["viewfinder"]["ingest"]["count"] == 200
    assert all(
        figure.get("wall_secs", figure.get("value")) > 0
        for figure in written["viewfinder"].values()
    )


def test_a_small_run_shows_every_row(tmp_path: Path) -> None:
    report = tmp_path / "figures.json"
    ended = subprocess.run(
        [sys.executable, "benchmarks/whole.py", "--samples", "60", "--large", "100",
         "--million", "200", "--json", report],
        cwd=PROJECT,
        capture_output=True,
        text=True,
        check=False,
    )  # fmt: skip
    assert ended.returncode == 0, ended.stderr
    written = json.loads(report.read_text())
    assert set(written["small"]) == set(written["large"]) == {"viewfinder"}
    lines = [line for line in ended.stdout.splitlines() if line.startswith("| ")]
    assert len(lines) == 3 + 22 + 6 + 7


@pytest.mark.slow
def test_a_small_run_measures_the_annotation_loop(tmp_path: Path) -> None:
    report = tmp_path / "figures.json"
    ended = subprocess.run(
        [sys.executable, "benchmarks/annotation.py", "--images", "6", "--large", "4", "--tasks",
         "1", "2", "--task-size", "2", "--runs", "1", "--pairs", "1", "--json", report],
        cwd=PROJECT,
        capture_output=True,
        text=True,
        check=False,
    )  # fmt: skip
    assert ended.returncode == 0, ended.stderr
    written = json.loads(report.read_text())
    bare = written["viewfinder"]["bare"]
    # Task, five requests around its data, jobs, classes, labels: all of it was replayed.
    assert bare["answers"]["requests"] > 10
    assert bare["figures"]["bare"]["wall_secs"] > 0
    assert set(written["viewfinder"]["load"]["figures"]) == {
        "load_unmoved", "load_some", "load_again", "load_all",
    }  # fmt: skip
    assert [*written["memory"]] == ["1", "2"]
    assert "annotate, beside its bare requests" in ended.stdout
