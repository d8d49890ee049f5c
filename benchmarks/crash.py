"""Kills a writer at random moments, again and again, and looks whether reports were true.

    python benchmarks/crash.py                       # 1,000 kills; some minutes
    python benchmarks/crash.py --rounds 50 --seed 7

Each round forks a process that works on a dataset and says before and after every step what it
does; it is ended by SIGKILL at a random moment. Another process then opens the dataset and checks:
every step that was reported as done is there, the one that was cut is there whole or not at all,
and all ways of counting agree. For systems that fork.
"""

from __future__ import annotations

import argparse
import importlib
import json
import os
import random
import signal
import sys
import tempfile
import time
import traceback
from collections.abc import Callable
from typing import Any

from crash_works import WORKS, Step, Work

import viewfinder as vf

LIVES = 12
"""Rounds after which a work begins with a new dataset, so that none grows without end."""
LONGEST_SECS = 0.3
MOST_REPORTS = 8
USED = ("facade", "engine.duckdb", "store", "samples", "expr", "stages")
"""Rooms that are imported before forking, so that a round costs milliseconds."""


class Trial:
    """One kind of work on one dataset, and what is known of it."""

    def __init__(self, work: Work, name: str) -> None:
        self.work = work
        self.name = name
        self.done: list[Step] = []
        self.rounds = 0

    def round(self, chance: random.Random) -> int:
        """Works, is killed and is checked; returns the number of steps that were reported."""
        self.rounds += 1
        first = 1 + max((step["n"] for step in self.done), default=0)
        # Most are killed at work, some already while they open the dataset.
        reports = chance.randrange(MOST_REPORTS)
        delay = chance.uniform(0, LONGEST_SECS if chance.random() < 0.5 else LONGEST_SECS / 20)
        said = killed(lambda say: self._work(first, say), delay, reports)
        begun = [step for word, step in said if word == "begin"]
        done = [step for word, step in said if word == "done"]
        if done != begun[: len(done)] or len(begun) > len(done) + 1:
            raise SystemExit(f"{self.name}: the worker's reports make no sense: {said}")
        self.done += done
        cut = begun[len(done)] if len(begun) > len(done) else None
        if checked(lambda: self._check(cut)) and cut is not None:
            self.done.append(cut)
        return len(done)

    def prepare(self) -> None:
        """Makes the dataset."""
        checked(lambda: self.work.prepare(vf.Dataset(self.name)) is not None)

    def _work(self, first: int, say: Callable[[str, Step], None]) -> None:
        dataset = vf.load_dataset(self.name)
        n = first
        while True:
            step = self.work.plan(dataset, n)
            say("begin", step)
            self.work.carry_out(dataset, step)
            say("done", step)
            n += 1

    def _check(self, cut: Step | None) -> bool:
        dataset = vf.load_dataset(self.name)
        counts_agree(dataset)
        applied = self.work.check(dataset, self.done, cut)
        # It can be written to, whatever the killed one left behind.
        dataset.info = {"checked": self.rounds}
        dataset.handle.store.fold(force=self.rounds % 3 == 0)
        counts_agree(dataset)
        assert self.work.check(dataset, self.done, cut) == applied
        files = {path.name for path in (dataset.handle.store.path / "segments").iterdir()}
        on_record = dataset.snapshot().layout.files.values()
        assert {file.file for file in on_record} <= files
        return applied


def counts_agree(dataset: Any) -> None:
    """Several ways of counting samples and labels give one answer."""
    ids = dataset.values("id")
    assert len(ids) == len(set(ids)) == len(dataset) == dataset.count()
    labels = dataset.values("gt.detections.label") if "gt" in dataset.get_field_schema() else []
    if labels:
        many = sum(len(each or ()) for each in labels)
        assert dataset.count("gt.detections") == many
        assert sum(dataset.count_values("gt.detections.label").values()) == many
        assert sum(len(sample["gt"].detections) for sample in dataset if sample["gt"]) == many


def killed(
    work: Callable[[Callable[[str, Step], None]], None], delay_secs: float, reports: int
) -> list[tuple[str, Step]]:
    """Runs `work` in a fork that is killed some time after so many reports; gives all of them."""
    reading, writing = os.pipe()
    child = os.fork()
    if child == 0:
        os.close(reading)

        def say(word: str, step: Step) -> None:
            os.write(writing, json.dumps([word, step]).encode() + b"\n")

        leave(lambda: work(say))
    os.close(writing)
    said = b""
    while said.count(b"\n") < reports and (more := os.read(reading, 1 << 16)):
        said += more
    time.sleep(delay_secs)
    os.kill(child, signal.SIGKILL)
    while more := os.read(reading, 1 << 16):
        said += more
    os.close(reading)
    _, status = os.waitpid(child, 0)
    if not os.WIFSIGNALED(status):
        raise SystemExit("The worker failed before it was killed; see above.")
    return [(word, step) for word, step in map(json.loads, said.splitlines())]


def checked(work: Callable[[], bool]) -> bool:
    """What `work` answers in a fork; ends the program where it fails."""
    child = os.fork()
    if child == 0:
        leave(lambda: 0 if work() else 1)
    _, status = os.waitpid(child, 0)
    code = os.waitstatus_to_exitcode(status)
    if code not in (0, 1):
        raise SystemExit("A dataset is not what it should be; see above.")
    return code == 0


def leave(work: Callable[[], int | None]) -> None:
    """Runs `work` and ends this process, which must not go on as a second main program."""
    code = 3
    try:
        code = work() or 0
    finally:
        if sys.exc_info()[0] is not None:
            traceback.print_exc()
        sys.stderr.flush()
        os._exit(code)


def main() -> None:
    """Goes round by round through all works."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--rounds", type=int, default=1_000)
    parser.add_argument("--seed", type=int, default=51)
    parser.add_argument("--work", choices=WORKS, help="only this one")
    options = parser.parse_args()
    chance = random.Random(options.seed)
    for room in USED:
        importlib.import_module(f"viewfinder.{room}")
    names = [options.work] if options.work else list(WORKS)
    told: dict[str, list[int]] = {name: [0, 0] for name in names}
    with tempfile.TemporaryDirectory(prefix="crash-") as home:
        os.environ["VIEWFINDER_HOME"] = home
        trials: dict[str, Trial] = {}
        for number in range(options.rounds):
            name = names[number % len(names)]
            trial = trials.get(name)
            if trial is None or trial.rounds >= LIVES:
                trial = trials[name] = Trial(WORKS[name](), f"{name}-{number}")
                trial.prepare()
            steps = trial.round(chance)
            told[name][0] += 1
            told[name][1] += steps
    print("| work | kills | steps reported, none lost |\n|---|---|---|")
    for name, (kills, steps) in told.items():
        print(f"| {name} | {kills:,} | {steps:,} |")


if __name__ == "__main__":
    main()
