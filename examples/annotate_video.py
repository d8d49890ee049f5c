"""A clip goes out with the tracks that are in it, and comes back frame by frame.

python examples/annotate_video.py
"""

from __future__ import annotations

import viewfinder as vf


def main() -> None:
    """Sends one clip; objects are tracks there, so one moved keyframe moves many frames here."""
    dataset = vf.zoo.load_zoo_dataset("quickstart-video")
    view = dataset.limit(1)
    results = view.annotate(
        "tracks", label_field="frames.detections", segment_size=20, launch_editor=True
    )
    results.print_status()

    input(f"Annotators work on {results.url} now. Press Enter when they are done. ")
    report = dataset.load_annotations("tracks", cleanup=True)
    print(report)
    frames = sorted({change.frame_number for change in report.changes if change.frame_number})
    print(f"frames that changed: {frames}")


if __name__ == "__main__":
    main()
