"""Tasks that are on a label server already become a dataset.

    python examples/import_tasks.py FOLDER TASK_ID...

The images are fetched into FOLDER unless they are there.
"""

from __future__ import annotations

import sys

import viewfinder as vf


def main() -> None:
    """Brings the tasks in, and shows that doing it again adds nothing."""
    folder, task_ids = sys.argv[1], [int(number) for number in sys.argv[2:]]
    dataset = vf.Dataset()
    report = dataset.import_annotations(task_ids=task_ids, data_path=folder, download_media=True)
    print(report)
    print(dataset)

    again = dataset.import_annotations(task_ids=task_ids, data_path=folder)
    print(f"{len(again.changes)} labels are new the second time.")


if __name__ == "__main__":
    main()
