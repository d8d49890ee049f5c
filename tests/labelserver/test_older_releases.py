"""The label server as an older CVAT: what clients of those releases meet."""

from __future__ import annotations

import shutil
import subprocess
import sys
import time
from typing import TYPE_CHECKING, Any

import httpx
import pytest

from tests.labelserver.conftest import Asker, Template, png
from viewfinder.labelserver.app import create_app
from viewfinder.labelserver.embedded import find_running
from viewfinder.labelserver.settings import Settings

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

Release = tuple[int, int, int]


@pytest.fixture
def ask_older(tmp_path: Path, template: Template) -> Iterator[Callable[[Release], Asker]]:
    made: list[Asker] = []

    def make(release: Release) -> Asker:
        settings = Settings(tmp_path / str(len(made)), cvat_version=release)
        settings.data_dir.mkdir()
        shutil.copy(template.database, settings.data_dir / "labelserver.sqlite")
        made.append(Asker(create_app(settings), template.tokens["admin"]))
        return made[-1]

    yield make
    for asker in made:
        asker.close()
        asker.app.state.close()


@pytest.mark.parametrize(
    ("release", "text"), [((2, 2, 0), "2.2.0"), ((2, 15, 0), "2.15.0"), ((2, 80, 0), "2.80.0")]
)
def test_it_says_the_version(
    ask_older: Callable[[Release], Asker], release: Release, text: str
) -> None:
    assert ask_older(release)("GET", "/api/server/about").json()["version"] == text


def test_before_2_4_tasks_carry_their_labels_and_jobs(
    ask_older: Callable[[Release], Asker],
) -> None:
    ask = ask_older((2, 3, 0))
    task = ask.task(frames=3, segment_size=2, labels=[{"name": "a"}, {"name": "b"}])
    for shown in (
        ask("GET", f"/api/tasks/{task}").json(),
        ask("GET", "/api/tasks").json()["results"][0],
        ask("PATCH", f"/api/tasks/{task}", json={"name": "new"}).json(),
    ):
        assert [label["name"] for label in shown["labels"]] == ["a", "b"]
        assert [
            (segment["start_frame"], segment["stop_frame"], len(segment["jobs"]))
            for segment in shown["segments"]
        ] == [(0, 1, 1), (2, 2, 1)]
    jobs = ask("GET", f"/api/tasks/{task}/jobs").json()["results"]
    listed = [segment["jobs"][0]["id"] for segment in shown["segments"]]
    assert sorted(job["id"] for job in jobs) == listed
    assert ask("GET", f"/api/labels?task_id={task}").status_code == 404
    project = ask("POST", "/api/projects", json={"name": "p", "labels": [{"name": "c"}]}).json()
    inside = ask("POST", "/api/tasks", json={"name": "t", "project_id": project["id"]}).json()
    assert [label["name"] for label in inside["labels"]] == ["c"]
    again = ask("GET", f"/api/projects/{project['id']}").json()
    assert ([label["name"] for label in again["labels"]], again["tasks"]) == (["c"], [inside["id"]])
    assert ask("GET", "/api/tasks/999").status_code == 404


def test_from_2_4_on_there_are_addresses(ask_older: Callable[[Release], Asker]) -> None:
    ask = ask_older((2, 4, 0))
    task = ask.task()
    shown = ask("GET", f"/api/tasks/{task}").json()
    assert shown["labels"]["url"].endswith(f"/api/labels?task_id={task}")
    assert "segments" not in shown
    assert ask("GET", f"/api/tasks/{task}/jobs").status_code == 404


@pytest.mark.parametrize(("release", "status"), [((2, 2, 9), 400), ((2, 3, 0), 200)])
def test_masks_came_with_2_3(
    ask_older: Callable[[Release], Asker], release: Release, status: int
) -> None:
    ask = ask_older(release)
    task = ask.task()
    label = ask("GET", f"/api/tasks/{task}").json()["labels"][0]["id"]
    mask: dict[str, Any] = {"type": "mask", "frame": 0, "label_id": label,
                            "points": [0, 1, 1, 1, 1, 1]}  # fmt: skip
    answer = ask("PUT", f"/api/tasks/{task}/annotations", json={"shapes": [mask]})
    assert answer.status_code == status
    if status == 400:
        assert answer.json() == {"shapes": [{"type": ['"mask" is not a valid choice.']}]}


@pytest.mark.parametrize(
    ("release", "names"), [((2, 4, 5), ["a.png", "z.png"]), ((2, 4, 6), ["z.png", "a.png"])]
)
def test_the_order_of_files_is_kept_from_2_4_6_on(
    ask_older: Callable[[Release], Asker], release: Release, names: list[str]
) -> None:
    ask = ask_older(release)
    body = {"name": "t", "labels": [{"name": "a"}]}
    task = int(ask("POST", "/api/tasks", json=body).json()["id"])
    files = [
        (f"client_files[{at}]", (name, png((8, 8)))) for at, name in enumerate(["z.png", "a.png"])
    ]
    data = {"image_quality": "70", "sorting_method": "predefined"}
    ask("POST", f"/api/tasks/{task}/data", data=data, files=files)
    ask.settled(task)
    meta = ask("GET", f"/api/tasks/{task}/data/meta").json()
    assert [frame["name"] for frame in meta["frames"]] == names


@pytest.mark.parametrize(("release", "status"), [((2, 15, 0), 404), ((2, 16, 0), 200)])
def test_requests_came_with_2_16(
    ask_older: Callable[[Release], Asker], release: Release, status: int
) -> None:
    ask = ask_older(release)
    task = ask.task()
    assert ask("GET", "/api/requests").status_code == status
    request = f"/api/requests/action=create&target=task&id={task}"
    assert ask("GET", request).status_code == status
    assert ask("GET", f"/api/tasks/{task}/status").json()["state"] == "Finished"


def test_the_release_is_chosen_where_the_server_is_started(tmp_path: Path) -> None:
    home = tmp_path / "home"
    command = [sys.executable, "-m", "viewfinder.labelserver", "serve", "--home", str(home)]
    wrong = subprocess.run(
        [*command, "--cvat-version", "newest"], capture_output=True, text=True, check=False
    )
    assert wrong.returncode == 2
    assert "write three numbers" in wrong.stderr
    process = subprocess.Popen([*command, "--cvat-version", "2.15.0"], stderr=subprocess.DEVNULL)
    try:
        deadline = time.monotonic() + 60
        while (endpoint := find_running(home)) is None:
            assert time.monotonic() < deadline
            time.sleep(0.1)
        assert httpx.get(f"{endpoint.url}/api/server/about").json()["version"] == "2.15.0"
    finally:
        process.terminate()
        process.wait(20)
