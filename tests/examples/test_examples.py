"""The programs in ``examples/`` run, with somebody at work on the label server meanwhile."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from cvat_sdk import make_client

from tests.annotate.helpers import Annotator, annotator
from tests.annotate.test_video import person
from viewfinder.labelserver import embedded
from viewfinder.labelserver.embedded import Endpoint
from viewfinder.zoo import load_zoo_dataset

EXAMPLES = Path(__file__).parents[2] / "examples"
QUESTION = "Press Enter when they are done. "


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Endpoint]:
    place = tmp_path_factory.mktemp("label-server-home")
    yield embedded.ensure_running(place, timeout_secs=60)
    embedded.stop(place)


@pytest.fixture
def there(server: Endpoint) -> dict[str, Any]:
    return {"url": server.url, "username": server.username, "password": server.password}


def run(
    name: str, there: dict[str, Any], *arguments: str, work: Callable[[], None] | None = None
) -> str:
    """What an example prints; `work` is done when it waits for annotators."""
    account = {f"VIEWFINDER_CVAT_{key.upper()}": value for key, value in there.items()}
    with subprocess.Popen(
        [sys.executable, "-u", str(EXAMPLES / name), *arguments],
        env={**os.environ, **account, "BROWSER": "true", "COLUMNS": "200"},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    ) as process:
        assert process.stdout is not None
        printed = ""
        if work is not None:
            while not printed.endswith(QUESTION) and (letter := process.stdout.read(1)):
                printed += letter
            if printed.endswith(QUESTION):
                work()
        rest, errors = process.communicate("\n", timeout=100)
    assert process.returncode == 0, printed + rest + errors
    return printed + rest


def newest_task(there: dict[str, Any]) -> int:
    with make_client(there["url"], credentials=(there["username"], there["password"])) as client:
        return max(int(task.id) for task in client.tasks.list())


def test_images(there: dict[str, Any]) -> None:
    def work() -> None:
        with annotator(there, newest_task(there)) as somebody:
            somebody.tag("cloudy", frame=3)
            somebody.delete(somebody.shapes("rectangle")[0])

    printed = run("annotate_images.py", there, work=work)
    assert "Job" in printed
    assert "cloudy" in printed
    # The tag is on the fourth photograph, the box was on the first.
    assert printed.endswith("2 photographs have changed.\n")


def test_video(there: dict[str, Any]) -> None:
    def work() -> None:
        with person(there, newest_task(there)) as somebody:
            track = somebody.tracks(job=1)[0]
            assert track.shapes[0].points is not None
            track.shapes[0].points = [value + 3 for value in track.shapes[0].points]
            somebody.change(track, job=1)

    printed = run("annotate_video.py", there, work=work)
    (frames,) = [line for line in printed.splitlines() if line.startswith("frames that changed")]
    numbers = [int(number) for number in frames.split("[")[1].rstrip("]").split(",")]
    # The second job begins with frame 21.
    assert numbers[0] == 21
    assert numbers == list(range(numbers[0], numbers[-1] + 1))


def test_review(there: dict[str, Any]) -> None:
    def work() -> None:
        with annotator(there, newest_task(there)) as somebody:
            rename_first(somebody)

    printed = run("review_then_load.py", there, work=work)
    assert "conflict: label of" in printed
    after, undone = printed.splitlines()[-2:]
    assert "edited here" not in after
    assert "edited here" in undone


def rename_first(somebody: Annotator) -> None:
    shape = somebody.shapes("rectangle")[0]
    other = next(number for number in somebody.class_ids.values() if number != shape.label_id)
    somebody.change(shape, lambda data: data.update(label_id=other, attributes=[]))


def test_import(there: dict[str, Any], tmp_path: Path) -> None:
    sent = load_zoo_dataset("quickstart").take(2, seed=51)
    results = sent.annotate("k", label_field="ground_truth", **there)
    (task_id,) = results.task_ids
    printed = run("import_tasks.py", there, str(tmp_path / "fetched"), str(task_id))
    assert "Num samples: 2" in printed
    assert printed.splitlines()[-1] == "0 labels are new the second time."
    assert len(list((tmp_path / "fetched").rglob("*.jpg"))) == 2
    results.cleanup()


def test_every_example_is_tested() -> None:
    programs = {path.name for path in EXAMPLES.glob("*.py")}
    # These two are `make demo`, the loop with its own annotator.
    told = set(Path(__file__).read_text(encoding="utf-8").split('"'))
    assert programs - {"demo.py", "annotator.py"} <= told
