"""Commands in a real terminal, with somebody who answers what they ask."""

from __future__ import annotations

import os
import re
import select
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from tests.annotate.helpers import annotator, labels_of, make_dataset
from viewfinder.labels import Detection, Detections
from viewfinder.labelserver import embedded
from viewfinder.labelserver.embedded import Endpoint

pty = pytest.importorskip("pty", reason="terminals of this kind are Unix's")

# The terminal has to be the process's own, since passwords are read from that.
PROGRAM = (
    "import fcntl, termios; fcntl.ioctl(0, termios.TIOCSCTTY, 0); "
    "from viewfinder.cli.main import main; main()"
)


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Endpoint]:
    place = tmp_path_factory.mktemp("label-server-home")
    yield embedded.ensure_running(place, timeout_secs=60)
    embedded.stop(place)


@pytest.fixture
def there(server: Endpoint) -> dict[str, Any]:
    return {"url": server.url, "username": server.username, "password": server.password}


class Terminal:
    """What a person at a terminal sees and types."""

    def __init__(self, screen: int, process: subprocess.Popen[bytes]) -> None:
        self._screen = screen
        self._process = process
        self.seen = ""

    def wait_for(self, words: str, *, timeout_secs: float = 30) -> None:
        """Reads until some words have come that were not there before."""
        deadline, start = time.monotonic() + timeout_secs, len(self.seen)
        while words not in self.seen[start:]:
            assert self._read(deadline), self.seen

    def type(self, line: str) -> None:
        os.write(self._screen, f"{line}\n".encode())

    def end(self, *, timeout_secs: float = 30) -> int:
        """Reads until the command has ended; its exit status."""
        deadline = time.monotonic() + timeout_secs
        while self._read(deadline):
            pass
        return self._process.wait(timeout_secs)

    def _read(self, deadline: float) -> bool:
        assert time.monotonic() < deadline, self.seen
        # Not select(), which can't look at a file whose number is above a thousand.
        waiting = select.poll()
        waiting.register(self._screen, select.POLLIN)
        if not waiting.poll(max(0, deadline - time.monotonic()) * 1000):
            return False
        try:
            found = os.read(self._screen, 4096)
        except OSError:
            # Linux says so when nobody has the other end open any more.
            return False
        self.seen += found.decode()
        return bool(found)


@contextmanager
def terminal(*words: str) -> Iterator[Terminal]:
    """A command that runs in a terminal of its own."""
    screen, inside = pty.openpty()
    with subprocess.Popen(
        [sys.executable, "-c", PROGRAM, *words],
        stdin=inside,
        stdout=inside,
        stderr=inside,
        start_new_session=True,
        env={**os.environ, "TERM": "dumb", "COLUMNS": "200"},
    ) as process:
        os.close(inside)
        try:
            yield Terminal(screen, process)
        finally:
            process.kill()
            os.close(screen)


def send(name: str, folder: Path, there: dict[str, Any]) -> Any:
    """A dataset of one image that was sent, and kept for other processes."""
    boxes = Detections([Detection("cat", [0.1, 0.1, 0.3, 0.3])])
    dataset = make_dataset(folder, {"gt": boxes}, name=name)
    dataset.persistent = True
    dataset.annotate("k", label_field="gt", **there)
    return dataset


def test_user_and_password_are_asked_for_and_the_password_is_not_shown(
    tmp_path: Path, there: dict[str, Any]
) -> None:
    dataset = send("asked", tmp_path, there)
    with terminal("annotate", "asked", "again", "-f", "gt", "--url", there["url"]) as screen:
        screen.wait_for("User name")
        screen.type(there["username"])
        screen.wait_for("Password: ")
        screen.type(there["password"])
        screen.wait_for("1 task on")
        assert screen.end() == 0
        assert there["username"] in screen.seen
        assert there["password"] not in screen.seen
    assert dataset.list_annotation_runs() == ["again", "k"]


def test_a_wrong_password_is_told_and_nothing_is_sent(
    tmp_path: Path, there: dict[str, Any]
) -> None:
    dataset = send("wrong", tmp_path, there)
    words = ("annotate", "wrong", "again", "-f", "gt", "--url", there["url"], "--username", "admin")
    with terminal(*words) as screen:
        screen.wait_for("Password: ")
        screen.type("guessed")
        assert screen.end() == 1
        assert "refused user 'admin'" in screen.seen
        assert "guessed" not in screen.seen
        assert "Traceback" not in screen.seen
    assert dataset.list_annotation_runs() == ["k"]


@pytest.mark.parametrize(
    ("answers", "fields"),
    [(["lines", ""], {"lines", "classifications"}), (["-", "words"], {"words"})],
)
def test_drawings_without_a_field_are_asked_about_one_type_after_the_other(
    tmp_path: Path, there: dict[str, Any], answers: list[str], fields: set[str]
) -> None:
    dataset = send("strays", tmp_path, there)
    (task_id,) = dataset.load_annotation_results("k", **there).task_ids
    with annotator(there, task_id) as person:
        person.draw("polyline", "cat", [1, 1, 9, 9])
        person.tag("cat")
    who = ("--username", there["username"], "--url", there["url"])
    with terminal("load", "strays", "k", *who) as screen:
        screen.wait_for("Password: ")
        screen.type(there["password"])
        kinds = dict(zip(("polylines", "classifications"), answers, strict=True))
        for _ in kinds:
            screen.wait_for("]: ")
            screen.type(kinds[re.findall(r"\d+ (\w+) were drawn", screen.seen)[-1]])
        assert screen.end() == 0
    added = set(dataset.get_field_schema()) & {"lines", "polylines", "words", "classifications"}
    assert added == fields
    assert len(labels_of(dataset, "gt")[0]) == 1


def test_tasks_are_deleted_after_a_yes_only(
    tmp_path: Path, there: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    dataset = send("doomed", tmp_path, there)
    for name in ("url", "username", "password"):
        monkeypatch.setenv(f"VIEWFINDER_CVAT_{name.upper()}", there[name])
    with terminal("cleanup", "doomed", "k") as screen:
        screen.wait_for("Delete the tasks of 'k'")
        screen.type("n")
        assert screen.end() == 1
    assert dataset.get_annotation_info("k").config.state == "sent"
    with terminal("cleanup", "doomed", "k") as screen:
        screen.wait_for("Delete the tasks of 'k'")
        screen.type("y")
        screen.wait_for("1 task deleted")
        assert screen.end() == 0
    assert dataset.get_annotation_info("k").config.state == "cleaned"
