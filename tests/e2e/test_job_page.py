from __future__ import annotations

import re
from typing import TYPE_CHECKING

from cvat_sdk import models
from playwright.sync_api import Page, expect

from tests.e2e.conftest import labels_of, points_of
from tests.e2e.sight import Sight, class_colour, row, rows, wait_until_drawn

if TYPE_CHECKING:
    from collections.abc import Callable

    from cvat_sdk.core.proxies.jobs import Job


def address(job: Job, frame: int | None = None) -> str:
    query = "" if frame is None else f"?frame={frame}"
    return f"/tasks/{job.task_id}/jobs/{job.id}{query}"


def sight_of(page: Page, filename: str) -> Sight:
    entry = labels_of(filename)
    return Sight(page, entry["width"], entry["height"])


def test_labels_are_listed_and_drawn_where_they_are(
    open_signed_in: Callable[[str], Page], photo_job: Callable[..., Job]
) -> None:
    job = photo_job("cows.jpg", kinds=["ground_truth"])
    page = open_signed_in(address(job))
    wait_until_drawn(page)
    shapes = job.get_annotations().shapes
    assert len(shapes) == 3
    expect(rows(page)).to_have_count(3)
    picture = page.get_by_role("img", name=re.compile("^Picture"))
    expect(picture).to_have_accessible_name("Picture cows.jpg with 3 labels drawn on it")
    expect(page.locator("header")).to_contain_text("3 labels in this job")
    sight = sight_of(page, "cows.jpg")
    colour = class_colour(page, "cow")
    for left, top, right, bottom in (shape.points for shape in shapes):
        middle = ((left + right) / 2, (top + bottom) / 2)
        edges = [(left, middle[1]), (right, middle[1]), (middle[0], bottom)]
        assert [edge for edge in edges if not sight.has_colour_near(*edge, colour)] == []
        assert not sight.has_colour_near(*middle, colour)


def test_frames_are_stepped_by_keys_and_buttons_and_stay_in_the_address(
    open_signed_in: Callable[[str], Page], photo_job: Callable[..., Job]
) -> None:
    job = photo_job("chelsea.jpg", "cows.jpg", "giraffe_head.jpg")
    page = open_signed_in(address(job))
    wait_until_drawn(page)
    counter = page.get_by_test_id("counter")
    expect(counter).to_have_text("1 / 3")
    expect(page.get_by_role("button", name="Previous frame")).to_be_disabled()
    page.keyboard.press("f")
    expect(counter).to_have_text("2 / 3")
    expect(page.locator("header")).to_contain_text("cows.jpg")
    page.wait_for_url("**frame=1*")
    expect(rows(page)).to_have_count(
        sum(1 for shape in job.get_annotations().shapes if shape.frame == 1)
    )
    page.get_by_role("button", name="Next frame").click()
    expect(counter).to_have_text("3 / 3")
    expect(page.get_by_role("button", name="Next frame")).to_be_disabled()
    page.keyboard.press("f")
    expect(counter).to_have_text("3 / 3")
    page.keyboard.press("d")
    expect(counter).to_have_text("2 / 3")
    page.keyboard.press("Home")
    expect(counter).to_have_text("1 / 3")
    page.reload()
    expect(counter).to_have_text("1 / 3")


def test_what_an_annotator_changes_is_seen_without_reloading(
    open_signed_in: Callable[[str], Page], photo_job: Callable[..., Job]
) -> None:
    job = photo_job("chelsea.jpg")
    shape = job.get_annotations().shapes[0]
    page = open_signed_in(address(job))
    wait_until_drawn(page)
    sight = sight_of(page, "chelsea.jpg")
    (class_name,) = (each.name for each in job.get_labels() if each.id == shape.label_id)
    colour = class_colour(page, class_name)
    moved = [20.25, 30.5, 120.75, 130.125]
    assert not sight.has_colour_near(moved[0], 80, colour)
    job.update_annotations(
        models.PatchedLabeledDataRequest(
            shapes=[
                models.LabeledShapeRequest(
                    id=shape.id,
                    type="rectangle",
                    frame=0,
                    label_id=shape.label_id,
                    points=moved,
                )
            ]
        )
    )
    expect(page.get_by_role("status").filter(has_text="1 label changed")).to_be_visible()
    expect(row(page, shape.id)).to_contain_text("100.5 × 99.6")
    page.wait_for_timeout(2500)  # The ring around what changed fades.
    assert sight.has_colour_near(moved[0], 80, colour)
    job.remove_annotations(ids=[shape.id])
    expect(row(page, shape.id)).to_have_count(0)


def test_pointing_at_a_label_shows_it_on_the_other_side_too(
    open_signed_in: Callable[[str], Page], photo_job: Callable[..., Job]
) -> None:
    job = photo_job("chelsea.jpg")
    shape = next(each for each in job.get_annotations().shapes if each.source == "manual")
    left, top, right, bottom = shape.points
    page = open_signed_in(address(job))
    wait_until_drawn(page)
    sight = sight_of(page, "chelsea.jpg")
    # On its own left edge nothing else competes for the pointer.
    x, y = sight.pointer(left, (top + bottom) / 2)
    inside = (left + 0.05 * (right - left), top + 0.05 * (bottom - top))
    before = sight.pixel(*inside)
    row(page, shape.id).hover()
    page.wait_for_timeout(100)
    assert sight.pixel(*inside) != before
    page.mouse.move(x, y)
    expect(page.locator('[data-hovered="true"]')).to_have_count(1)
    page.mouse.move(5, 60)
    expect(page.locator('[data-hovered="true"]')).to_have_count(0)


def test_a_click_selects_and_the_address_remembers(
    open_signed_in: Callable[[str], Page], photo_job: Callable[..., Job]
) -> None:
    job = photo_job("kitten.jpg")
    entry = labels_of("kitten.jpg")
    points = points_of(entry, entry["ground_truth"][0])
    page = open_signed_in(address(job))
    wait_until_drawn(page)
    sight = sight_of(page, "kitten.jpg")
    page.mouse.click(*sight.pointer((points[0] + points[2]) / 2, (points[1] + points[3]) / 2))
    selected = page.locator('[data-object][aria-pressed="true"]')
    expect(selected).to_have_count(1)
    key = selected.get_attribute("data-object")
    page.wait_for_url(f"**object={key}*")
    page.reload()
    expect(page.locator(f'[data-object="{key}"]')).to_have_attribute("aria-pressed", "true")
    page.keyboard.press("Escape")
    expect(selected).to_have_count(0)


def test_labels_are_walked_through_by_keyboard(
    open_signed_in: Callable[[str], Page], photo_job: Callable[..., Job]
) -> None:
    job = photo_job("chelsea.jpg")
    ids = sorted(shape.id for shape in job.get_annotations().shapes)
    page = open_signed_in(address(job))
    wait_until_drawn(page)
    page.locator("canvas").focus()
    for each in ids:
        page.keyboard.press("Tab")
        expect(row(page, each)).to_have_attribute("aria-pressed", "true")
    page.keyboard.press("Tab")
    expect(page.locator('[aria-pressed="true"]')).to_have_count(0)
    expect(page.locator("canvas")).not_to_be_focused()


def test_the_wheel_zooms_at_the_pointer_and_the_view_can_be_shared(
    open_signed_in: Callable[[str], Page], photo_job: Callable[..., Job]
) -> None:
    job = photo_job("chelsea.jpg")
    page = open_signed_in(address(job))
    wait_until_drawn(page)
    zoom = page.get_by_test_id("zoom")
    whole = zoom.inner_text()
    place = sight_of(page, "chelsea.jpg").pointer(100, 80)
    page.mouse.move(*place)
    page.mouse.wheel(0, -500)
    expect(zoom).not_to_have_text(whole)
    page.mouse.move(place[0] + 1, place[1])
    pointed_at = page.get_by_test_id("pointer").inner_text()
    x, y = (float(part) for part in pointed_at.split(", "))
    assert abs(x - 100) < 0.5
    assert abs(y - 80) < 0.5
    page.wait_for_url("**view=*")
    zoomed = zoom.inner_text()
    page.reload()
    expect(zoom).to_have_text(zoomed)
    page.keyboard.press("0")
    expect(zoom).to_have_text(whole)
    page.wait_for_function("() => !location.search.includes('view=')")


def test_themes_follow_the_system_and_the_person(
    open_signed_in: Callable[[str], Page], photo_job: Callable[..., Job]
) -> None:
    job = photo_job("chelsea.jpg")
    page = open_signed_in(address(job))
    body = page.locator("body")
    dark, light = "rgb(16, 18, 20)", "rgb(255, 255, 255)"
    rows(page).first.wait_for()
    expect(body).to_have_css("background-color", dark)
    page.emulate_media(color_scheme="light")
    expect(body).to_have_css("background-color", light)
    page.get_by_role("button", name="Dark theme").click()
    expect(body).to_have_css("background-color", dark)
    page.reload()
    rows(page).first.wait_for()
    expect(body).to_have_css("background-color", dark)


def test_the_question_mark_lists_the_keys(
    open_signed_in: Callable[[str], Page], photo_job: Callable[..., Job]
) -> None:
    job = photo_job("chelsea.jpg")
    page = open_signed_in(address(job))
    rows(page).first.wait_for()
    page.keyboard.press("?")
    dialog = page.get_by_role("dialog", name="Keys")
    expect(dialog).to_contain_text("Next frame")
    page.keyboard.press("Escape")
    expect(dialog).to_be_hidden()


def test_a_lost_server_is_told_and_the_labels_stay(
    open_signed_in: Callable[[str], Page], photo_job: Callable[..., Job]
) -> None:
    job = photo_job("chelsea.jpg")
    page = open_signed_in(address(job))
    wait_until_drawn(page)
    number = rows(page).count()
    page.context.set_offline(True)
    expect(page.get_by_role("status").filter(has_text="doesn't answer")).to_be_visible()
    assert rows(page).count() == number
    page.context.set_offline(False)
    expect(page.get_by_role("status").filter(has_text="doesn't answer")).to_have_count(0)
