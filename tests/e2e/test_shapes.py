from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from cvat_sdk import Client, models
from playwright.sync_api import Page, expect

from tests.e2e.conftest import QUICKSTART, labels_of
from tests.e2e.sight import Sight, class_colour, rows, wait_until_drawn

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from cvat_sdk.core.proxies.tasks import Task

PHOTO = "coffee.jpg"
SVG = (
    '<line data-type="edge" data-node-from="1" data-node-to="2"></line>'
    '<circle data-type="element node" data-node-id="1" data-label-name="rim"></circle>'
    '<circle data-type="element node" data-node-id="2" data-label-name="handle"></circle>'
)
# Left of the shape that is drawn with each type, in image pixels; every one of its own class.
POINTS: dict[str, list[float]] = {
    "rectangle": [20.5, 20.25, 90, 80],
    "polygon": [120, 20, 200, 30, 180, 90],
    "polyline": [230, 20, 300, 60, 330, 20],
    "points": [360, 30, 390, 60],
    "ellipse": [450, 50, 490, 20],
    "cuboid": [40, 140, 40, 200, 100, 140, 100, 200, 120, 120, 120, 180, 60, 120, 60, 180],
    # A ring of two pixels around a hole, 6 × 5 pixels large.
    "mask": [8, 2, 4, 2, 14, 200, 150, 205, 154],
}
# A point on each shape that must have its class's colour.
ON_LINE = {
    "rectangle": (20.5, 50),
    "polygon": (160, 25),
    "polyline": (265, 40),
    "points": (390, 60),
    "ellipse": (490, 50),
    "cuboid": (70, 140),
}


@pytest.fixture
def task(client: Client) -> Iterator[Task]:
    labels: list[dict[str, object]] = [{"name": f"a {kind}"} for kind in POINTS]
    sublabels = [{"name": name, "type": "points"} for name in ("rim", "handle")]
    labels += [
        {"name": "a skeleton", "type": "skeleton", "svg": SVG, "sublabels": sublabels},
        {"name": "a tag", "type": "tag"},
    ]
    made = client.tasks.create_from_data(
        models.TaskWriteRequest(name="one of each", labels=labels), [QUICKSTART / "data" / PHOTO]
    )
    by_name = {label.name: label for label in made.get_labels()}
    shapes = [
        models.LabeledShapeRequest(
            type=kind, frame=0, label_id=by_name[f"a {kind}"].id, points=points
        )
        for kind, points in POINTS.items()
    ]
    second = models.LabeledShapeRequest(
        type="ellipse", frame=0, label_id=by_name["a ellipse"].id, points=[450, 200, 470, 190]
    )
    shapes.append(second)
    skeleton = by_name["a skeleton"]
    elements = [
        models.SubLabeledShapeRequest(
            type="points", frame=0, label_id=sublabel.id, points=[300.0 + 60 * at, 160.0]
        )
        for at, sublabel in enumerate(skeleton.sublabels)
    ]
    shapes.append(
        models.LabeledShapeRequest(
            type="skeleton", frame=0, label_id=skeleton.id, points=[], elements=elements
        )
    )
    tag = models.LabeledImageRequest(frame=0, label_id=by_name["a tag"].id)
    made.set_annotations(models.LabeledDataRequest(version=0, shapes=shapes, tags=[tag]))
    yield made
    made.remove()


def test_every_type_of_label_is_listed_and_drawn(
    open_signed_in: Callable[[str], Page], task: Task
) -> None:
    (job,) = task.get_jobs()
    page = open_signed_in(f"/tasks/{task.id}/jobs/{job.id}")
    wait_until_drawn(page)
    expect(rows(page)).to_have_count(len(POINTS) + 3)
    expect(page.get_by_role("button", name="a tag")).to_be_visible()
    expect(page.get_by_text("Can't be drawn")).to_have_count(0)
    entry = labels_of(PHOTO)
    sight = Sight(page, entry["width"], entry["height"])
    missing = [
        kind
        for kind, point in {**ON_LINE, "skeleton": (330, 160)}.items()
        if not sight.has_colour_near(*point, class_colour(page, f"a {kind}"))
    ]
    assert missing == []
    # Shapes of one class are drawn together, and still nothing joins the two ellipses.
    assert not sight.has_colour_near(480, 125, class_colour(page, "a ellipse"))


def test_a_mask_is_laid_over_its_own_pixels(
    open_signed_in: Callable[[str], Page], task: Task
) -> None:
    (job,) = task.get_jobs()
    page = open_signed_in(f"/tasks/{task.id}/jobs/{job.id}")
    wait_until_drawn(page)
    entry = labels_of(PHOTO)
    sight = Sight(page, entry["width"], entry["height"])
    colour = class_colour(page, "a mask")

    def distance(x: float, y: float) -> int:
        return sum(abs(a - b) for a, b in zip(sight.pixel(x, y), colour, strict=True))

    # Runs 8, 2 and 4, 2 in rows of 6: pixels (2, 1), (3, 1) and (2, 2), (3, 2) of the box.
    assert distance(203, 152) < distance(201, 152)


def test_the_generated_types_are_those_of_the_server() -> None:
    web = Path(__file__).parents[2] / "web"
    result = subprocess.run(
        ["node", "scripts/generate.mjs", "--check"],
        cwd=web,
        env={**os.environ, "PYTHON": sys.executable},
        capture_output=True,
        text=True,
        check=False,
    )
    assert result.returncode == 0, result.stderr


def test_the_lock_names_no_registry() -> None:
    lock = json.loads((Path(__file__).parents[2] / "web" / "package-lock.json").read_text())
    assert [name for name, entry in lock["packages"].items() if "resolved" in entry] == []
