from __future__ import annotations

from typing import TYPE_CHECKING

from playwright.sync_api import Page, expect

from tests.e2e.sight import rows

if TYPE_CHECKING:
    from collections.abc import Callable

    from cvat_sdk.core.proxies.jobs import Job

    from viewfinder.labelserver import embedded


def test_signing_in_leads_to_the_page_that_was_wanted(
    page: Page, endpoint: embedded.Endpoint, photo_job: Callable[..., Job]
) -> None:
    job = photo_job("chelsea.jpg", "cows.jpg")
    wanted = f"/tasks/{job.task_id}/jobs/{job.id}?frame=1"
    page.goto(endpoint.url + wanted)
    page.wait_for_url("**/auth/login?next=*")
    page.get_by_label("User name").fill(endpoint.username)
    page.get_by_label("Password").fill("not the password")
    page.get_by_role("button", name="Sign in").click()
    expect(page.get_by_role("alert")).to_contain_text("try again")
    page.get_by_label("Password").fill(endpoint.password)
    page.get_by_role("button", name="Sign in").click()
    page.wait_for_url(endpoint.url + wanted)
    rows(page).first.wait_for()


def test_a_sign_in_link_opens_the_page_at_once(
    open_signed_in: Callable[[str], Page], photo_job: Callable[..., Job]
) -> None:
    job = photo_job("chelsea.jpg")
    page = open_signed_in(f"/tasks/{job.task_id}/jobs/{job.id}")
    expect(page.get_by_role("heading", name=f"Job {job.id}")).to_be_visible()
    rows(page).first.wait_for()


def test_after_signing_out_the_pages_ask_again(
    open_signed_in: Callable[[str], Page], endpoint: embedded.Endpoint
) -> None:
    page = open_signed_in("/tasks")
    expect(page.get_by_text(endpoint.username)).to_be_visible()
    page.get_by_role("button", name="Sign out").click()
    page.wait_for_url("**/auth/login")
    page.goto(endpoint.url + "/tasks")
    page.wait_for_url("**/auth/login*")
