"""Sends random labels to a label server, loads them back, and holds every bit to what it was.

    python -m benchmarks.exactness                       # 10,000 cases; some minutes
    python -m benchmarks.exactness --cases 500 --seed 7
    python -m benchmarks.exactness --round 12            # one round again, as it was

A case is one label (of a video, on one frame) of random type with random attributes; many of them
share a task. In each round nothing is changed first: a load must change nothing and write nothing.
A round that fails is told with its number, so that it can be run again alone.
"""

from __future__ import annotations

import argparse
import os
import sys
import tempfile
import time
from pathlib import Path
from random import Random
from typing import Any

from benchmarks.exactness_rounds import Round, image_round, snapshot
from benchmarks.exactness_videos import video_round

__all__ = ["MismatchError", "check_left_alone", "make_round"]


class MismatchError(AssertionError):
    """Something did not come back as it went."""


def make_round(seed: int, number: int, folder: Path, *, images: int = 30) -> Round:
    """The round of a number; the same for the same seed."""
    rng = Random(f"{seed} {number}")
    place, name = folder / f"r{number}", f"exact {seed} {number}"
    if number % 3 == 2:
        return video_round(rng, place, name, videos=max(2, images // 10))
    return image_round(rng, place, name, images=images)


def check_left_alone(made: Round, there: dict[str, Any]) -> int:
    """Sends a round and loads it untouched; the number of labels that were sent.

    Raises:
        MismatchError: the load changed or wrote something
    """
    before = snapshot(made.dataset)
    results = made.view.annotate(
        "k", label_schema=made.schema, progress=False, **made.options, **there
    )
    version = made.dataset.history()[-1].number
    report = made.dataset.load_annotations("k", progress=False, **there)
    if report.changes or report.notes or report.version is not None or report.unreached:
        raise MismatchError(f"the load reports {report}")
    if made.dataset.history()[-1].number != version:
        raise MismatchError(f"the load wrote: {made.dataset.history()[-1]}")
    after = snapshot(made.dataset)
    differing = [key for key in before.keys() | after.keys() if before.get(key) != after.get(key)]
    if differing:
        key = differing[0]
        raise MismatchError(f"{key} was {before.get(key)} and is {after.get(key)}")
    sent = sum(len(task.labels) for task in results.tasks())
    if report.unchanged != sent:
        raise MismatchError(f"{sent} labels were sent and {report.unchanged} are unchanged")
    return sent


def main() -> int:
    """Runs rounds until enough cases have passed; 1 where one has not."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    parser.add_argument("--cases", type=int, default=10_000)
    parser.add_argument("--seed", type=int, default=51)
    parser.add_argument("--round", type=int, default=None, help="only this one")
    parser.add_argument("--images", type=int, default=30, help="images a round")
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="exactness-") as folder:
        os.environ["VIEWFINDER_HOME"] = folder
        return _run(arguments, Path(folder))


def _run(arguments: argparse.Namespace, folder: Path) -> int:
    from viewfinder.labelserver import embedded

    server = embedded.ensure_running(folder / "server", timeout_secs=120)
    there = {"url": server.url, "username": server.username, "password": server.password}
    begun, cases, failed, number = time.perf_counter(), 0, 0, arguments.round or 0
    try:
        while cases < arguments.cases:
            made = make_round(arguments.seed, number, folder, images=arguments.images)
            try:
                cases += check_left_alone(made, there)
            except Exception as error:
                if arguments.round is not None:
                    raise
                failed += 1
                print(f"round {number}: {made}\n  {type(error).__name__}: {error}"[:3000])
            made.dataset.delete()
            number += 1
            secs = time.perf_counter() - begun
            print(f"{number} rounds, {cases} cases, {failed} failed, {secs:.0f} s", flush=True)
            if arguments.round is not None:
                break
    finally:
        embedded.stop(folder / "server")
    print(f"{cases / secs:.0f} cases a second")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
