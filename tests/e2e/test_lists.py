from __future__ import annotations

from typing import TYPE_CHECKING

from playwright.sync_api import Browser, Page, expect

from tests.e2e.conftest import SCREEN
from viewfinder.labelserver import embedded

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from cvat_sdk.core.proxies.jobs import Job


def test_tasks_lead_to_a_task_and_on_to_its_job(
    open_signed_in: Callable[[str], Page], photo_job: Callable[..., Job]
) -> None:
    job = photo_job("cows.jpg", "horses.jpg", name="farm, second pass")
    page = open_signed_in("/")
    line = page.get_by_role("row", name="farm, second pass")
    expect(line.get_by_role("cell").nth(2)).to_have_text("2")
    expect(line).to_contain_text("annotation")
    expect(line).to_contain_text("just now")
    line.get_by_role("link", name="farm, second pass").click()
    page.wait_for_url(f"**/tasks/{job.task_id}")
    expect(page.get_by_role("heading", name="farm, second pass")).to_be_visible()
    classes = page.get_by_role("region", name="Label classes")
    expect(classes.get_by_role("listitem").filter(has_text="cow")).to_contain_text("difficult")
    page.get_by_role("link", name=f"Job {job.id}").click()
    page.wait_for_url(f"**/tasks/{job.task_id}/jobs/{job.id}")


def test_a_job_s_stage_and_state_follow_the_server(
    open_signed_in: Callable[[str], Page], photo_job: Callable[..., Job]
) -> None:
    job = photo_job("chelsea.jpg")
    page = open_signed_in(f"/tasks/{job.task_id}/jobs/{job.id}")
    header = page.locator("header")
    expect(header).to_contain_text("new")
    job.update({"stage": "validation", "state": "in progress"})
    expect(header).to_contain_text("validation")
    expect(header).to_contain_text("in progress")


def test_without_tasks_the_page_says_how_to_make_one_and_a_lost_server_is_told(
    browser: Browser, start_server: Callable[[], tuple[Path, embedded.Endpoint]]
) -> None:
    home, endpoint = start_server()
    context = browser.new_context(viewport=SCREEN)
    page = context.new_page()
    page.goto(embedded.sign_in_url(endpoint, "/tasks"))
    expect(page.get_by_role("heading", name="Nothing to label yet")).to_be_visible()
    expect(page.locator("pre")).to_contain_text("view.annotate(")
    embedded.stop(home)
    page.get_by_role("link", name="Viewfinder").click()
    expect(page.get_by_role("heading", name="Nothing to label yet")).to_be_visible()
    context.close()


def test_what_is_not_there_is_said_in_a_sentence(open_signed_in: Callable[[str], Page]) -> None:
    page = open_signed_in("/tasks/999999")
    expect(page.get_by_role("alert")).to_contain_text("Task 999999 can't be shown")
    page = open_signed_in("/tasks/1/jobs/999999")
    expect(page.get_by_role("alert")).to_contain_text("Job 999999 can't be shown")
