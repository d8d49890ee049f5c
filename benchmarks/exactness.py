"""Sends random labels to a label server, loads them back, and holds every bit to what it was.

    python -m benchmarks.exactness                       # 10,000 cases; some minutes
    python -m benchmarks.exactness --cases 500 --seed 7
    python -m benchmarks.exactness --round 12            # one round again, as it was

A case is one label (of a video, on one frame) of random type with random attributes; many of them
share a task. In each round nothing is changed first: a load must change nothing and write nothing.
Then about half of the labels are edited on the server, each in one way: the next load must bring
exactly these edits, the one after it nothing, and taking the load back must restore every bit.
A round that fails is told with its number, so that it can be run again alone.
"""

from __future__ import annotations

import argparse
import os
import sys
import tempfile
import time
from collections.abc import Mapping
from pathlib import Path
from random import Random
from typing import Any

from benchmarks.exactness_edits import edit_images, labels_by_id, wrong
from benchmarks.exactness_rounds import Round, bits, image_round, snapshot
from benchmarks.exactness_track_edits import edit_videos
from benchmarks.exactness_videos import video_round
from viewfinder.cvat.client import CvatClient
from viewfinder.cvat.signin import Credentials

__all__ = ["MismatchError", "check_edits", "check_left_alone", "make_round"]


class MismatchError(AssertionError):
    """Something did not come back as it went."""


def make_round(seed: int, number: int, folder: Path, *, images: int = 30) -> Round:
    """The round of a number; the same for the same seed."""
    rng = Random(f"{seed} {number}")
    place, name = folder / f"r{number}", f"exact {seed} {number}"
    if number % 3 == 2:
        made = video_round(rng, place, name, videos=max(2, images // 10))
    else:
        made = image_round(rng, place, name, images=images)
    if rng.random() < 0.15:
        made.options["project_name"] = name
    return made


def check_left_alone(made: Round, there: Mapping[str, Any]) -> int:
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
    _compare(before, snapshot(made.dataset))
    sent = sum(len(task.labels) for task in results.tasks())
    if report.unchanged != sent:
        raise MismatchError(f"{sent} labels were sent and {report.unchanged} are unchanged")
    return sent


def check_edits(made: Round, there: Mapping[str, Any], rng: Random) -> int:
    """Edits labels of a round that was sent, and loads the edits; their number.

    Raises:
        MismatchError: an edit did not arrive, or something else changed with it
    """
    first = snapshot(made.dataset)
    before = labels_by_id(made.dataset)
    results = made.dataset.load_annotation_results("k", **there)
    plan_of = results.config.label_schema.plan
    edit = edit_videos if made.is_video else edit_images
    credentials = Credentials(username=there["username"], password=there["password"])
    with CvatClient.connect(there["url"], credentials=credentials) as client:
        expected = edit(rng, client, made, results.tasks(), plan_of, before)
    report = made.dataset.load_annotations("k", progress=False, **there)
    problems = wrong(before, labels_by_id(made.dataset), expected)
    if problems or report.notes:
        raise MismatchError("\n  ".join([*report.notes, *problems[:5]]))
    again = made.dataset.load_annotations("k", progress=False, **there)
    if again.version is not None or any(each.outcome != "refused" for each in again.changes):
        raise MismatchError(f"a second load reports {again}")
    if report.version is not None:
        made.dataset.undo_annotations("k")
    _compare(first, snapshot(made.dataset))
    return expected.count


def _compare(before: Mapping[Any, Any], after: Mapping[Any, Any]) -> None:
    """Holds every stored value to what it was; an empty one and none are the same.

    A frame that got its first label has a place of its own; taking it back leaves that empty.
    """
    nothing = bits(None)
    for key in before.keys() | after.keys():
        owner, number, name = key
        if name in {"id", "frame_number", "created_at"} and (owner, number, "id") not in before:
            continue
        was, now = before.get(key, nothing), after.get(key, nothing)
        if was != now:
            raise MismatchError(f"{key} was {was} and is {now}")


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
    only = arguments.round
    begun, number = time.perf_counter(), only or 0
    cases = edits = failed = 0
    try:
        while cases < arguments.cases:
            made = make_round(arguments.seed, number, folder, images=arguments.images)
            try:
                cases += check_left_alone(made, there)
                edits += check_edits(made, there, Random(f"{arguments.seed} {number} edits"))
            except Exception as error:
                if only is not None:
                    raise
                failed += 1
                print(f"round {number}: {made}\n  {type(error).__name__}: {error}"[:3000])
            made.dataset.delete()
            number += 1
            secs = time.perf_counter() - begun
            rounds = number - (only or 0)
            print(
                f"{rounds} rounds, {cases} cases ({cases / secs:.0f} a second), {edits} edits, "
                f"{failed} failed",
                flush=True,
            )
            if only is not None:
                break
    finally:
        embedded.stop(folder / "server")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
