"""What a person sees of a job's page: its list of labels and the pixels of its canvas."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from playwright.sync_api import Locator, Page

MARGIN = 24
"""Screen pixels that the page keeps free around a whole picture."""

_PIXELS = """([left, top, width, height]) => {
  const canvas = document.querySelector("canvas");
  const ratio = window.devicePixelRatio;
  return Array.from(canvas.getContext("2d").getImageData(
    Math.round(left * ratio), Math.round(top * ratio), width, height).data);
}"""


@dataclass(frozen=True, slots=True)
class Sight:
    """A job's page that shows a whole picture of `width` × `height` pixels."""

    page: Page
    width: int
    height: int

    def screen(self, x: float, y: float) -> tuple[float, float]:
        """Where on the canvas an image point is, in CSS pixels."""
        box = self.page.locator("canvas").bounding_box()
        assert box is not None
        scale = min(
            (box["width"] - 2 * MARGIN) / self.width, (box["height"] - 2 * MARGIN) / self.height
        )
        return (
            box["width"] / 2 + (x - self.width / 2) * scale,
            box["height"] / 2 + (y - self.height / 2) * scale,
        )

    def pointer(self, x: float, y: float) -> tuple[float, float]:
        """Where in the window an image point is, in CSS pixels."""
        box = self.page.locator("canvas").bounding_box()
        assert box is not None
        left, top = self.screen(x, y)
        return box["x"] + left, box["y"] + top

    def pixel(self, x: float, y: float) -> tuple[int, int, int]:
        """The colour that is drawn at an image point."""
        left, top = self.screen(x, y)
        red, green, blue, _ = self.page.evaluate(_PIXELS, [left, top, 1, 1])
        return red, green, blue

    def has_colour_near(self, x: float, y: float, colour: tuple[int, int, int]) -> bool:
        """Whether a line of a colour passes within three screen pixels of an image point."""
        left, top = self.screen(x, y)
        data = self.page.evaluate(_PIXELS, [left - 3, top - 3, 7, 7])
        return any(
            sum(abs(data[at + channel] - colour[channel]) for channel in range(3)) < 90
            for at in range(0, len(data), 4)
        )


def rows(page: Page) -> Locator:
    """The labels in the list."""
    return page.locator("[data-object]")


def row(page: Page, shape_id: int) -> Locator:
    """A drawn label in the list."""
    return page.locator(f'[data-object="shape-{shape_id}"]')


def class_colour(page: Page, class_name: str) -> tuple[int, int, int]:
    """The colour of a class, as the list shows it."""
    heading = page.locator("aside h3", has_text=re.compile(rf"^{re.escape(class_name)}\d+$"))
    text = heading.locator("span").first.evaluate("e => getComputedStyle(e).backgroundColor")
    red, green, blue = (int(part) for part in re.findall(r"\d+", text)[:3])
    return red, green, blue


def wait_until_drawn(page: Page) -> None:
    """Waits for the frame's picture and labels, and for the next two repaints."""
    rows(page).first.wait_for()
    page.wait_for_load_state("networkidle")
    page.evaluate(
        "() => new Promise(done => requestAnimationFrame(() => requestAnimationFrame(done)))"
    )
