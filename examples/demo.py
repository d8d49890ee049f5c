"""The whole loop on real photographs: load, look, choose, send, edit, load back, see what changed.

Run it with ``make demo``. An annotator, played by the official cvat-sdk in a process of its own,
works on the embedded label server. Where there is a terminal and a browser the job's page opens, so
that you see the labels before and after. Exits 0 only when everything that is claimed here holds.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
import time
import webbrowser
from pathlib import Path
from typing import Any

from rich.console import Console

import viewfinder as vf
from viewfinder import ViewField as F
from viewfinder import config
from viewfinder.labelserver import embedded

KEY = "fix_ground_truth"
ANNOTATOR = Path(__file__).with_name("annotator.py")
console = Console(highlight=False)


def main() -> None:
    """Tells the story, step by step."""
    started = time.perf_counter()
    step("Load: photographs with ground truth and the predictions of a real detector")
    dataset = vf.zoo.load_zoo_dataset("quickstart")
    print(dataset)

    step("Look: what is in them?")
    print("objects:    ", top(dataset.count_values("ground_truth.detections.label")))
    print("predictions:", top(dataset.count_values("predictions.detections.label")))
    print("confidence: ", dataset.bounds("predictions.detections.confidence"))

    step("Choose: confident predictions that match no label, the worst photographs first")
    dataset.evaluate_detections("predictions", gt_field="ground_truth", eval_key="eval")
    view = (
        dataset.filter_labels("predictions", (F("confidence") > 0.3) & (F("eval") == "fp"))
        .match(F("ground_truth.detections").length() > 2)
        .sort_by(F("predictions.detections").length(), reverse=True)
        .limit(10)
        .take(5, seed=51)
    )
    print(view)
    for sample in view:
        found = ", ".join(f"{p.label} {p.confidence:.2f}" for p in sample.predictions.detections)
        print(f"  {sample.filename}: {found}")

    step("Send: five samples with their labels go to the embedded label server")
    before = label_values(dataset)
    results = view.annotate(KEY, label_field="ground_truth", launch_editor=a_person_watches())
    results.print_status()

    step("Edit: an annotator moves a box, deletes one, adds one, changes a class and an attribute")
    pause("Look at the labels as they are.")
    edits = annotate_with_the_official_sdk(results)
    print(json.dumps(edits, indent=2))
    pause("The page shows the edited labels now.")

    step("Load back: first only to see what would change, then for real")
    preview = dataset.load_annotations(KEY, dry_run=True)
    check("a dry run changes nothing", label_values(dataset) == before)
    report = dataset.load_annotations(KEY, cleanup=True)
    print(report)

    step("Check: exactly that came back, and nothing else was touched")
    verify(before, label_values(dataset), report, preview, edits)
    console.print(f"\n[bold]Everything holds[/bold], in {time.perf_counter() - started:.1f} s.")


def label_values(dataset: Any) -> dict[str, dict[str, Any]]:
    """Every ground truth label by id, with all that it holds."""
    return {
        label.id: label.to_dict() for sample in dataset for label in sample.ground_truth.detections
    }


def annotate_with_the_official_sdk(results: Any) -> dict[str, Any]:
    """Runs the annotator in a process of its own, as another person would."""
    endpoint = embedded.ensure_running(config.home())
    outcome = subprocess.run(
        [sys.executable, str(ANNOTATOR), endpoint.url, str(results.task_ids[0])],
        env={
            **os.environ,
            "CVAT_USERNAME": endpoint.username,
            "CVAT_PASSWORD": endpoint.password,
        },
        stdout=subprocess.PIPE,
        text=True,
        check=True,
    )
    edits: dict[str, Any] = json.loads(outcome.stdout)
    return edits


def verify(
    before: dict[str, dict[str, Any]],
    after: dict[str, dict[str, Any]],
    report: Any,
    preview: Any,
    edits: dict[str, Any],
) -> None:
    """Compares the dataset with what the annotator says, label by label and bit by bit."""
    gone, new = before.keys() - after.keys(), after.keys() - before.keys()
    changed = {key for key in before.keys() & after.keys() if before[key] != after[key]}
    moved = {key for key in changed if before[key]["label"] == after[key]["label"]}
    relabelled = changed - moved
    untouched = len(before.keys() & after.keys()) - len(changed)

    check("one label was deleted", len(gone) == 1)
    check("one label was added", len(new) == edits["added"])
    check(
        "one box was moved, and nothing else of it",
        only_keys(before, after, moved, {"bounding_box"}),
    )
    expected = {"label", edits["changed"]["attribute"]}
    check(
        f"one label became '{edits['changed']['to']}', and its attribute was flipped",
        only_keys(before, after, relabelled, expected)
        and all(after[key]["label"] == edits["changed"]["to"] for key in relabelled),
    )
    check(
        "the report says so, and so did the dry run",
        report.counts == preview.counts
        and [report.counts[name] for name in ("added", "edited", "deleted")] == [1, 2, 1]
        and not any(report.counts[name] for name in ("conflict", "refused", "unexpected")),
    )
    check(f"{untouched} untouched labels are bit-equal", untouched == len(before) - 3)


def only_keys(
    before: dict[str, dict[str, Any]],
    after: dict[str, dict[str, Any]],
    labels: set[str],
    attributes: set[str],
) -> bool:
    """Whether it is one label, and those attributes of it and no others differ."""
    if len(labels) != 1:
        return False
    (label,) = labels
    one, two = before[label], after[label]
    return {
        name for name in one.keys() | two.keys() if one.get(name) != two.get(name)
    } == attributes


def a_person_watches() -> bool:
    """Whether there is a terminal, and a browser that can open a window."""
    if not (sys.stdin.isatty() and sys.stdout.isatty()):
        return False
    try:
        webbrowser.get()
    except webbrowser.Error:
        return False
    return True


def pause(sentence: str) -> None:
    """Waits for Enter where a person watches."""
    if a_person_watches():
        console.input(f"[dim]{sentence} Enter goes on.[/dim] ")


def step(title: str) -> None:
    """A heading."""
    console.print(f"\n[bold #ff9f1a]{title}[/bold #ff9f1a]")


def check(claim: str, holds: bool) -> None:
    """Says whether a claim holds, and ends the program where it does not."""
    console.print(f"  {'[green]✓[/green]' if holds else '[red]✗[/red]'} {claim}")
    if not holds:
        raise SystemExit(f"The demo failed: not true that {claim}.")


def top(counts: dict[str, int], number: int = 6) -> str:
    """The most frequent values with their counts."""
    ranked = sorted(counts.items(), key=lambda item: (-item[1], item[0]))
    rest = len(ranked) - number
    shown = ", ".join(f"{name} {count}" for name, count in ranked[:number])
    return f"{shown}, and {rest} more classes" if rest > 0 else shown


def run() -> None:
    """Runs the demo and stops the label server, whatever comes."""
    try:
        main()
    finally:
        embedded.stop(config.home())


if __name__ == "__main__":
    if "VIEWFINDER_HOME" in os.environ:
        run()
    else:
        # A home of its own, so that the demo neither finds nor leaves anything in yours.
        with tempfile.TemporaryDirectory(prefix="viewfinder-demo-") as home:
            os.environ["VIEWFINDER_HOME"] = home
            run()
