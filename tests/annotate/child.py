"""A second process for the tests of faults: does one thing with a dataset, then waits."""

from __future__ import annotations

import sys
import time
from typing import Any

from viewfinder.facade.datasets import load_dataset


def say(word: str) -> None:
    """Tells the test how far we are."""
    sys.stdout.write(f"{word}\n")
    sys.stdout.flush()


def main() -> None:
    what, name, url, username, password = sys.argv[1:]
    there: dict[str, Any] = {"url": url, "username": username, "password": password}
    dataset = load_dataset(name)
    if what == "load":
        say("ready")
        sys.stdin.readline()
        dataset.load_annotations("k", **there)
    elif what == "undo":
        say("ready")
        sys.stdin.readline()
        dataset.undo_annotations("k")
    elif what == "send":
        say("ready")
        sys.stdin.readline()
        dataset.annotate("k", label_field="gt", task_size=1, **there)
    say("done")
    time.sleep(60)


if __name__ == "__main__":
    main()
