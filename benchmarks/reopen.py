"""What a new process waits for: the import, the dataset, and the samples of its first view.

    python benchmarks/reopen.py viewfinder bench FILE

Nothing else is imported before the toolkit, so that the import is measured whole.
"""

from __future__ import annotations

import sys
import time
from importlib import import_module
from pathlib import Path


def main() -> None:
    """Opens the dataset and asks one question."""
    toolkit, name, out = sys.argv[1:]
    start = time.perf_counter()
    kit = import_module(toolkit)
    load_dataset = kit.load_dataset
    imported = time.perf_counter()
    dataset = load_dataset(name)
    count = len(dataset)
    opened = time.perf_counter()

    from measures import confident, first_lengths
    from meter import Meter

    asked = time.perf_counter()
    lengths = first_lengths(confident(kit, dataset))
    answered = time.perf_counter()

    meter = Meter()
    meter.note("import", imported - start)
    meter.note("reopen", opened - imported)
    meter.note("filter_sort_first_20_cold", answered - asked)
    meter.answers = {"samples": count, "lengths": lengths}
    meter.write(Path(out))


if __name__ == "__main__":
    main()
