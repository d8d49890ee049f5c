"""Pages as pictures; those of the docs are made anew by

``PICTURES_DIR=docs/images .venv/bin/python -m pytest tests/e2e/test_pictures.py``
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pytest
from cvat_sdk import models
from PIL import Image
from playwright.sync_api import Page, expect

from tests.e2e.conftest import labels_of, points_of
from tests.e2e.sight import row, wait_until_drawn

if TYPE_CHECKING:
    from collections.abc import Callable

    from cvat_sdk.core.proxies.jobs import Job

PHOTOS = ("horses.jpg", "mariachi.jpg", "giraffe_courtship.jpg", "cows.jpg", "spoons.jpg")


@pytest.fixture
def pictures_dir(tmp_path: Path) -> Path:
    return Path(os.environ.get("PICTURES_DIR", tmp_path)).absolute()


def is_a_picture(path: Path) -> bool:
    with Image.open(path) as picture:
        pixels = np.asarray(picture.convert("L"))
    return pixels.shape == (800, 1280) and float(pixels.std()) > 10


@pytest.mark.parametrize("theme", ["dark", "light"])
def test_pages_in_both_themes(
    open_signed_in: Callable[[str], Page],
    photo_job: Callable[..., Job],
    pictures_dir: Path,
    theme: str,
) -> None:
    job = photo_job(*PHOTOS)
    page = open_signed_in(f"/tasks/{job.task_id}")
    if theme == "light":
        page.get_by_role("button", name="Light theme").click()
        page.mouse.move(600, 700)
    expect(page.get_by_role("link", name=f"Job {job.id}")).to_be_visible()
    page.wait_for_load_state("networkidle")
    page.screenshot(path=pictures_dir / f"task-{theme}.png")
    page.get_by_role("link", name=f"Job {job.id}").click()
    wait_until_drawn(page)
    page.screenshot(path=pictures_dir / f"job-{theme}.png")
    assert is_a_picture(pictures_dir / f"job-{theme}.png")


def test_an_annotator_at_work(
    open_signed_in: Callable[[str], Page], photo_job: Callable[..., Job], pictures_dir: Path
) -> None:
    job = photo_job(*PHOTOS)
    entry = labels_of(PHOTOS[0])
    wanted = points_of(entry, entry["ground_truth"][0])
    shape = next(shape for shape in job.get_annotations().shapes if shape.points == wanted)
    moved = [value + by for value, by in zip(wanted, (-3, -4, 5, 3), strict=True)]
    page = open_signed_in(f"/tasks/{job.task_id}/jobs/{job.id}")
    wait_until_drawn(page)
    row(page, shape.id).click()
    job.update_annotations(
        models.PatchedLabeledDataRequest(
            shapes=[
                models.LabeledShapeRequest(
                    id=shape.id,
                    type="rectangle",
                    frame=0,
                    label_id=shape.label_id,
                    points=moved,
                    attributes=[
                        models.AttributeValRequest(spec_id=each.spec_id, value="true")
                        for each in shape.attributes
                    ],
                )
            ]
        )
    )
    expect(page.get_by_role("status").filter(has_text="1 label changed")).to_be_visible()
    page.mouse.move(1100, 700)
    page.screenshot(path=pictures_dir / "first-light.png")
    assert is_a_picture(pictures_dir / "first-light.png")
