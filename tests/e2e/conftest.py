"""A real browser, signed in to a real label server that holds real photographs."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from cvat_sdk import Client, make_client, models
from playwright.sync_api import Browser, BrowserContext, Page, expect, sync_playwright

import viewfinder
from viewfinder.labelserver import embedded

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from cvat_sdk.core.proxies.jobs import Job

PACKAGE = Path(viewfinder.__file__).parent
QUICKSTART = PACKAGE / "zoo" / "quickstart_data"
BROWSER_NAMES = ("chromium", "chromium-browser", "google-chrome")
BROWSER_ARGUMENTS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
PATIENCE_MS = 15_000
SCREEN: Any = {"width": 1280, "height": 800}


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if Path(__file__).parent in item.path.parents:
            item.add_marker(pytest.mark.e2e)


@pytest.fixture(scope="session")
def built_pages() -> None:
    if not (PACKAGE / "labelserver" / "static" / "index.html").is_file():
        pytest.fail("The pages are not built. Run `npm --prefix web run build` first.")


@pytest.fixture(scope="module")
def browser(built_pages: None) -> Iterator[Browser]:
    path = next(filter(None, map(shutil.which, BROWSER_NAMES)), None)
    if path is None:
        pytest.skip("There is no Chromium here. Install Debian's package `chromium`.")
    expect.set_options(timeout=PATIENCE_MS)
    with sync_playwright() as playwright:
        made = playwright.chromium.launch(executable_path=path, args=BROWSER_ARGUMENTS)
        yield made
        made.close()


@pytest.fixture(scope="session")
def start_server(
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[Callable[[], tuple[Path, embedded.Endpoint]]]:
    homes = []

    def start() -> tuple[Path, embedded.Endpoint]:
        home = tmp_path_factory.mktemp("e2e-home")
        homes.append(home)
        return home, embedded.ensure_running(home, timeout_secs=60)

    yield start
    for home in homes:
        embedded.stop(home)


@pytest.fixture(scope="session")
def endpoint(start_server: Callable[[], tuple[Path, embedded.Endpoint]]) -> embedded.Endpoint:
    return start_server()[1]


@pytest.fixture
def client(endpoint: embedded.Endpoint) -> Iterator[Client]:
    with make_client(endpoint.url, credentials=(endpoint.username, endpoint.password)) as made:
        made.config.status_check_period = 0.05
        yield made


@pytest.fixture
def context(browser: Browser) -> Iterator[BrowserContext]:
    made = browser.new_context(viewport=SCREEN, color_scheme="dark")
    made.set_default_timeout(PATIENCE_MS)
    yield made
    made.close()


@pytest.fixture
def page(context: BrowserContext) -> Iterator[Page]:
    """A page that must not complain: no script error, nothing that the page's policy forbids."""
    made = context.new_page()
    complaints: list[str] = []
    made.on("pageerror", lambda error: complaints.append(str(error)))
    made.on(
        "console",
        # An answer of 4xx is logged by the browser itself and is the page's business.
        lambda message: (
            complaints.append(message.text)
            if message.type == "error" and "Failed to load resource" not in message.text
            else None
        ),
    )
    yield made
    assert complaints == []


@pytest.fixture
def open_signed_in(page: Page, endpoint: embedded.Endpoint) -> Callable[[str], Page]:
    def open_(path: str) -> Page:
        page.goto(embedded.sign_in_url(endpoint, path))
        return page

    return open_


def labels_of(filename: str) -> dict[str, Any]:
    """What the quickstart knows of one photograph."""
    known = json.loads((QUICKSTART / "labels.json").read_text(encoding="utf-8"))
    (entry,) = (image for image in known["images"] if image["filename"] == filename)
    return dict(entry)


def points_of(entry: dict[str, Any], label: dict[str, Any]) -> list[float]:
    """A relative box as CVAT's corners in pixels."""
    x, y, width, height = label["bounding_box"]
    w, h = entry["width"], entry["height"]
    return [x * w, y * h, (x + width) * w, (y + height) * h]


@pytest.fixture
def photo_job(client: Client) -> Iterator[Callable[..., Job]]:
    """Makes a job of photographs: drawn boxes as a person's, predictions as a model's."""
    tasks = []

    def make(
        *filenames: str,
        name: str = "quickstart: fix the boxes",
        kinds: Sequence[str] = ("ground_truth", "predictions"),
    ) -> Job:
        entries = [labels_of(filename) for filename in filenames]
        names = {label["label"] for entry in entries for kind in kinds for label in entry[kind]}
        checkbox = {"name": "difficult", "mutable": True, "input_type": "checkbox", "values": []}
        task = client.tasks.create_from_data(
            models.TaskWriteRequest(
                name=name,
                labels=[{"name": each, "attributes": [checkbox]} for each in sorted(names)],
            ),
            [QUICKSTART / "data" / filename for filename in filenames],
            data_params={"image_quality": 90, "sorting_method": "predefined"},
        )
        tasks.append(task)
        ids = {label.name: label.id for label in task.get_labels()}
        shapes = [
            models.LabeledShapeRequest(
                type="rectangle",
                frame=frame,
                label_id=ids[label["label"]],
                points=points_of(entry, label),
                occluded=bool(label.get("attributes", {}).get("occluded")),
                source="manual" if kind == "ground_truth" else "auto",
                **({} if kind == "ground_truth" else {"score": label["confidence"]}),
            )
            for frame, entry in enumerate(entries)
            for kind in kinds
            for label in entry[kind]
        ]
        task.set_annotations(models.LabeledDataRequest(version=0, shapes=shapes))
        (job,) = task.get_jobs()
        return job

    yield make
    for task in tasks:
        task.remove()
