"""The same random programs, run by FiftyOne over its database and here, print the same.

Set ``VIEWFINDER_PEER_PYTHON`` to the Python of an environment that has FiftyOne. Its database is
the one of ``FIFTYONE_DATABASE_URI`` where that is set, and otherwise one that is started here.
"""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from contextlib import nullcontext
from pathlib import Path
from typing import Any

import pytest

from benchmarks.peer_setup import running_peer
from tests.compat.frame_programs import frame_program
from tests.compat.group_programs import group_program
from tests.compat.programs import PROLOGUE, program

# Read while tests are collected: each test has an environment without our variables.
PEER = os.environ.get("VIEWFINDER_PEER_PYTHON")
PROGRAMS = int(os.environ.get("VIEWFINDER_PEER_PROGRAMS", "40"))
PATIENCE_SECS = 900 + 20 * PROGRAMS
"""More than the programs take where several people share two cores."""


def answers(command: list[str], environment: dict[str, str]) -> list[tuple[str, Any]]:
    """What a program printed: questions and answers in order."""
    done = subprocess.run(
        command,
        env={**os.environ, **environment},
        capture_output=True,
        text=True,
        check=False,
        timeout=PATIENCE_SECS,
    )
    assert done.returncode == 0, done.stderr[-4000:]
    lines = (line for line in done.stdout.splitlines() if line.startswith("["))
    return [(question, answer) for question, answer in map(json.loads, lines)]


def differences(theirs: list[tuple[str, Any]], ours: list[tuple[str, Any]]) -> list[str]:
    """The questions that were answered differently, and not as docs/migrating.md tells.

    What they refuse and we answer is no difference: their database can't divide a list, say.
    """
    found = []
    saved = ""
    for (question, expected), (same, answer) in zip(theirs, ours, strict=True):
        assert question == same
        seed, _, asked = question.partition(": ")
        saved = saved if saved.startswith(f"{seed}: ") else ""
        if asked.endswith(".save()"):
            saved = f"{seed}: {saved}{asked}"
        if expected == answer or _asks_for_a_label_made_of_none(asked, saved):
            continue
        if not _is_documented(question, expected, answer):
            found.append(f"{question}\n  theirs: {expected}\n  ours:   {answer}")
    return found


def _asks_for_a_label_made_of_none(question: str, saved: str) -> bool:
    """Whether it is asked if a sample has a label, after a stage that changes labels.

    There a None becomes an empty label in such a view, and where the view is saved.
    """
    for asked in re.finditer(r'\.(?:exists|filter_labels)\("(\w+)"', question):
        before = question[: asked.start()] + saved
        if re.search(rf'_labels\((?:"{asked[1]}"|.*fields="{asked[1]}")', before):
            return True
    # Samples without any label go there, and those with an empty one stay.
    return bool(
        re.search(r"map_labels\(.*exclude_labels\((?!.*omit_empty=False)", saved + question)
    )


def _is_documented(question: str, theirs: Any, ours: Any) -> bool:
    """Whether a difference is one that docs/migrating.md tells of."""
    if isinstance(theirs, dict) and "refused" in theirs:
        return True
    narrowed = "exclude_group_slices(" in question or "flat=False" in question
    if narrowed and ("iter_groups" in question or "get_group" in question):
        return True
    if isinstance(ours, dict) and "There is no group slice" in ours.get("refused", ""):
        return "flat=False" in question
    if isinstance(ours, dict):
        hidden = "select_labels(" in question or 'filter_labels("kind"' in question
        return hidden and "FieldNotFoundError" in ours.get("refused", "")
    if "unwind=True" in question:
        return theirs == [] and set(ours) == {None}
    if re.search(r'match_frames\(.*F\("(\w+)"\) == F\("\$\1"\)', question):
        return True  # a frame that never had a value is unlike a video without one there
    if ".mean(" in question or ".std(" in question:
        return theirs is None and ours == 0
    return ".histogram_values(" in question and theirs[:2] == [[], []] and not any(ours[0])


def test_a_difference_is_told_and_more_patience_is_none() -> None:
    theirs: list[tuple[str, Any]] = [
        ("a", 1), ("b", {"refused": "TypeError"}), ("c", [1]), ("d.mean('x')", None),
    ]  # fmt: skip
    ours: list[tuple[str, Any]] = [("a", 1), ("b", 2), ("c", [2]), ("d.mean('x')", 0.0)]
    assert differences(theirs, ours) == ["c\n  theirs: [1]\n  ours:   [2]"]


def test_labels_made_of_none_are_told_of_once() -> None:
    questions = [
        '7: d.map_labels("kind", {}).exists("kind", True).count()',
        '7: d.map_labels("truth", {}).exists("kind", True).count()',
        '7: d.map_labels("kind", {}).save()',
        '7: d.exists("kind").count()',
        '8: d.exists("kind").count()',
    ]
    theirs: list[tuple[str, Any]] = [(question, 2) for question in questions]
    ours: list[tuple[str, Any]] = [(question, 1) for question in questions]
    named = [found.partition("\n")[0] for found in differences(theirs, ours)]
    assert named == [questions[1], questions[2], questions[4]]


def test_programs_answer_their_questions_here(tmp_path: Path) -> None:
    script = tmp_path / "programs.py"
    written = [*map(program, range(5)), *map(frame_program, range(3))]
    script.write_text("\n".join([PROLOGUE, *written]))
    told = answers([sys.executable, "-m", "viewfinder.compat", str(script)], {})
    answered = [question for question, answer in told if not isinstance(answer, dict)]
    assert len(told) == 5 * (2 * 12 + 3 + 7) + 3 * (2 * 12 + 2 + 6)
    assert len(answered) > 0.8 * len(told)


def test_programs_about_groups_answer_their_questions_here(tmp_path: Path) -> None:
    script = tmp_path / "programs.py"
    script.write_text("\n".join([PROLOGUE, *(group_program(seed) for seed in range(5))]))
    told = answers([sys.executable, "-m", "viewfinder.compat", str(script)], {})
    answered = [question for question, answer in told if not isinstance(answer, dict)]
    assert len(told) == 5 * (2 * 12 + 3 + 6)
    assert len(answered) > 0.7 * len(told)


@pytest.mark.slow
@pytest.mark.timeout(2 * PATIENCE_SECS)
@pytest.mark.skipif(PEER is None, reason="VIEWFINDER_PEER_PYTHON names no Python with FiftyOne")
def test_fiftyone_answers_the_same(tmp_path: Path) -> None:
    assert PEER is not None
    script = tmp_path / "programs.py"
    kinds = (program, frame_program, group_program)
    written = [make(seed) for make in kinds for seed in range(PROGRAMS)]
    script.write_text("\n".join([PROLOGUE, *written]))
    database = os.environ.get("FIFTYONE_DATABASE_URI")
    running: Any = nullcontext({}) if database else running_peer(Path(PEER))
    with running as variables:
        theirs = answers([PEER, str(script)], variables)
    ours = answers([sys.executable, "-m", "viewfinder.compat", str(script)], {})
    found = differences(theirs, ours)
    assert not found, "\n".join(found)
