"""Photographs go out to annotators, and what they did comes back.

    python examples/annotate_images.py

Without further settings the label server that comes with Viewfinder is used. Name a CVAT server in
``VIEWFINDER_CVAT_URL``, ``VIEWFINDER_CVAT_USERNAME`` and ``VIEWFINDER_CVAT_PASSWORD`` to use that.
"""

from __future__ import annotations

import viewfinder as vf
from viewfinder import ViewField as F


def main() -> None:
    """Sends the boxes of five photographs, and room for a word on the weather."""
    dataset = vf.zoo.load_zoo_dataset("quickstart")
    view = dataset.match(F("ground_truth.detections").length() > 2).take(5, seed=51)
    schema = {
        "ground_truth": {"attributes": {"occluded": {"type": "occluded"}}},
        "weather": {"type": "classification", "classes": ["sunny", "cloudy", "indoors"]},
    }
    results = view.annotate("boxes_and_weather", schema, segment_size=2, launch_editor=True)
    results.print_status()

    input(f"Annotators work on {results.url} now. Press Enter when they are done. ")
    report = dataset.load_annotations("boxes_and_weather", cleanup=True)
    print(report)
    print(f"{len(report.view())} photographs have changed.")


if __name__ == "__main__":
    main()
