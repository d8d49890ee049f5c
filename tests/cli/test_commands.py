from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from tests.annotate.helpers import annotator, labels_of, make_dataset
from viewfinder.cli import asking
from viewfinder.cli.main import app
from viewfinder.cli.wording import as_commands
from viewfinder.errors import AnnotationRunExistsError
from viewfinder.labels import Detection, Detections
from viewfinder.labelserver import embedded
from viewfinder.labelserver.embedded import Endpoint

COMMAND = [sys.executable, "-c", "from viewfinder.cli.main import main; main()"]


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Endpoint]:
    place = tmp_path_factory.mktemp("label-server-home")
    yield embedded.ensure_running(place, timeout_secs=60)
    embedded.stop(place)


def boxes() -> Detections:
    return Detections([Detection("cat", [0.1, 0.1, 0.3, 0.3])])


def run(
    *words: str, typed: str = "", fails: bool = False, env: dict[str, str] | None = None
) -> str:
    """The output of a command without a terminal."""
    done = subprocess.run(
        [*COMMAND, *words],
        input=typed,
        capture_output=True,
        text=True,
        check=False,
        env={**os.environ, "COLUMNS": "200", **(env or {})},
    )
    assert (done.returncode != 0) == fails, done.stdout + done.stderr
    return done.stdout + done.stderr


def account(server: Endpoint) -> dict[str, str]:
    return {
        "VIEWFINDER_CVAT_URL": server.url,
        "VIEWFINDER_CVAT_USERNAME": server.username,
        "VIEWFINDER_CVAT_PASSWORD": server.password,
    }


def test_a_run_from_beginning_to_end(tmp_path: Path, server: Endpoint) -> None:
    dataset = make_dataset(tmp_path, {"gt": boxes()}, {"gt": boxes()}, name="shop")
    dataset.persistent = True
    env = account(server)
    there: dict[str, Any] = {
        "url": server.url, "username": server.username, "password": server.password
    }  # fmt: skip
    out = run(
        "annotate", "shop", "k", "--field", "gt", "--limit", "1", "-o", "segment_size=5", env=env
    )
    assert out.startswith(f"1 task on {server.url}")
    assert "segment_size" not in out
    assert "Job" in run("status", "shop", "k", env=env)
    (task_id,) = dataset.load_annotation_results("k", **there).task_ids
    with annotator(there, task_id) as person:
        person.draw("rectangle", "cat", [1, 1, 9, 9])
    assert "added" in run("diff", "shop", "k", env=env)
    assert "added" in run("load", "shop", "k", "--dry-run", env=env)
    assert len(labels_of(dataset, "gt")[0]) == 1
    run("load", "shop", "k", env=env)
    assert [len(labels) for labels in labels_of(dataset, "gt")] == [2, 1]
    run("undo", "shop", "k")
    assert [len(labels) for labels in labels_of(dataset, "gt")] == [1, 1]
    listed = run("runs", "shop")
    assert "sent" in listed
    assert "gt" in listed
    assert "1 task deleted" in run("cleanup", "shop", "k", "--yes", "--forget", env=env)
    assert dataset.list_annotation_runs() == []


def test_mistakes_are_told_in_a_sentence(tmp_path: Path, server: Endpoint) -> None:
    make_dataset(tmp_path, {"gt": boxes()}, name="wrong")
    assert "does not exist" in run("runs", "nowhere", fails=True)
    assert "name=value" in run("annotate", "wrong", "k", "-o", "fast", fails=True)
    out = run("annotate", "wrong", "k", "-f", "gt", "-o", "segmnt_size=5", fails=True)
    assert "Did you mean 'segment_size'" in out
    out = run("annotate", "wrong", "k", "-f", "gt", "--url", server.url, fails=True)
    assert "give a token, or username and password" in out
    assert "Traceback" not in out
    out = run("load", "wrong", "k", "--unexpected", "foo", fails=True)
    assert "--unexpected 'foo': choose ask, keep or ignore." in out
    for command in ("load", "undo"):
        out = run(command, "wrong", "k", "--conflicts", "mine", fails=True)
        assert "--conflicts 'mine': choose ours, theirs or error." in out


def test_errors_name_the_commands_that_help(tmp_path: Path, server: Endpoint) -> None:
    make_dataset(tmp_path, {"gt": boxes()}, name="twice").persistent = True
    env = account(server)
    run("annotate", "twice", "k", "-f", "gt", env=env)
    out = run("annotate", "twice", "k", "-f", "gt", env=env, fails=True)
    assert "'viewfinder cleanup DATASET k --forget'" in out
    assert "delete_annotation_run" not in out
    run("cleanup", "twice", "k", "--yes", env=env)
    assert "cleanup DATASET k --forget'" in run("load", "twice", "k", env=env, fails=True)


@pytest.mark.parametrize(
    ("said", "told"),
    [
        (str(AnnotationRunExistsError("k", unfinished=True)),
         ("Annotation run 'k' already exists on this dataset. Choose another key, or go on with "
         "this one, whose sending was cut, with --resume, or remove what reached the server with "
         "'viewfinder cleanup DATASET k --forget'.")),
        (("Go on with annotate('k', resume=True), or remove it with "
         "load_annotation_results('k').cleanup()."),
         ("Go on with 'viewfinder annotate DATASET k --resume', or remove it with "
         "'viewfinder cleanup DATASET k'.")),
        ("Look at list_annotation_runs().", "Look at 'viewfinder runs DATASET'."),
        ("Say which CVAT server: url='https://c.org', or",
         "Say which CVAT server: --url 'https://c.org', or"),
        ("no server: give url= as well", "no server: give --url as well"),
        ("label_type='polygons' sends those.", "--type polygons sends those."),
        ("Nothing to change here.", "Nothing to change here."),
    ],
)  # fmt: skip
def test_calls_are_told_as_commands(said: str, told: str) -> None:
    assert as_commands(said) == told


def test_questions_are_asked_where_somebody_can_answer(
    tmp_path: Path, server: Endpoint, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(asking, "somebody_is_there", lambda: True)
    dataset = make_dataset(tmp_path, {"gt": boxes()}, name="asked")
    there: dict[str, Any] = {
        "url": server.url, "username": server.username, "password": server.password
    }  # fmt: skip

    def answer(typed: list[str], *words: str) -> str:
        done = CliRunner().invoke(app, list(words), input="\n".join(typed) + "\n")
        assert done.exception is None, done.output
        return done.output

    shown = answer(
        [server.username, server.password],
        *("annotate", "asked", "k", "--field", "gt", "--url", server.url),
    )
    assert "1 task on" in shown
    assert server.password not in shown
    (task_id,) = dataset.load_annotation_results("k", **there).task_ids
    with annotator(there, task_id) as person:
        person.draw("polyline", "cat", [1, 1, 9, 9])
    shown = answer(
        [server.password, "lines"],
        *("load", "asked", "k", "--url", server.url, "--username", server.username),
    )
    assert "1 polylines were drawn" in shown
    assert len(labels_of(dataset, "lines")[0]) == 1
