"""Look at what annotators did before it is written, decide who is right, and take it back.

python examples/review_then_load.py
"""

from __future__ import annotations

import viewfinder as vf
from viewfinder import ViewField as F


def main() -> None:
    """A label that was edited here while annotators had it is a conflict, and never lost."""
    dataset = vf.zoo.load_zoo_dataset("quickstart")
    view = dataset.match(F("ground_truth.detections").length() > 2).limit(1)
    results = view.annotate("review", label_field="ground_truth")

    # Meanwhile somebody here changes the class of the first label.
    sample = view.first()
    sample.ground_truth.detections[0].label = "edited here"
    sample.save()

    input(f"Annotators work on {results.url} now. Press Enter when they are done. ")
    report = dataset.load_annotations("review", dry_run=True)
    print(report)
    for conflict in report.of("conflict"):
        print(f"conflict: {conflict.attribute} of {conflict.label_id}")

    # Ours stay by default; theirs count where we say so. Nothing is written with "error".
    dataset.load_annotations("review", conflicts={"ground_truth": "theirs"})
    print("after loading: ", sorted(view.values("ground_truth.detections.label")[0]))
    dataset.undo_annotations("review")
    print("after undoing: ", sorted(view.values("ground_truth.detections.label")[0]))
    results.cleanup()


if __name__ == "__main__":
    main()
