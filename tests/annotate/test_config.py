from __future__ import annotations

from typing import Any

import pytest

from viewfinder.annotate.account.config import destination_of
from viewfinder.annotate.options import Access, TaskOptions, parse_options
from viewfinder.errors import AnnotationError, ConfigError, ViewfinderError


def test_options_are_sorted_into_tasks_and_access() -> None:
    task, access = parse_options(
        {"task_size": 5, "job_assignees": ["ann"], "url": "http://x.test", "token": "s3cret"}
    )
    assert task == TaskOptions(task_size=5, job_assignees=("ann",))
    assert access == Access(url="http://x.test", token="s3cret")
    assert "s3cret" not in repr(access)


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"tsk_size": 5}, "Did you mean 'task_size'"),
        ({"task_size": 0}, "whole number of at least 1"),
        ({"task_size": "5"}, "whole number"),
        ({"segment_size": True}, "whole number"),
        ({"image_quality": 101}, "from 0 to 100"),
    ],
)
def test_options_that_mean_nothing(options: dict[str, Any], words: str) -> None:
    with pytest.raises(AnnotationError, match=words):
        parse_options(options)


def test_nothing_configured_is_the_server_of_our_own() -> None:
    found = destination_of(Access())
    assert (found.url, found.backend) == (None, "embedded")


@pytest.mark.parametrize("prefix", ["VIEWFINDER_CVAT_", "FIFTYONE_CVAT_"])
def test_the_environment_names_a_server(monkeypatch: pytest.MonkeyPatch, prefix: str) -> None:
    monkeypatch.setenv(prefix + "URL", "http://x.test/")
    monkeypatch.setenv(prefix + "USERNAME", "ann")
    monkeypatch.setenv(prefix + "PASSWORD", "007")
    found = destination_of(Access())
    assert (found.url, found.backend) == ("http://x.test", "cvat")
    assert (found.credentials().username, found.credentials().password) == ("ann", "007")
    assert destination_of(Access(), backend="embedded").url is None


def test_what_is_given_goes_before_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("VIEWFINDER_CVAT_URL", "http://x.test")
    monkeypatch.setenv("VIEWFINDER_CVAT_TOKEN", "from-outside")
    assert destination_of(Access(token="given")).credentials().token == "given"


def test_credentials_for_one_server_are_not_shown_to_another(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("VIEWFINDER_CVAT_URL", "https://x.test")
    monkeypatch.setenv("VIEWFINDER_CVAT_TOKEN", "s3cret")
    recorded = {"backend": "cvat", "url": "https://other.test"}
    with pytest.raises(ConfigError, match="give a token") as caught:
        destination_of(Access(), recorded=recorded).credentials()
    assert "s3cret" not in str(caught.value)


def test_a_run_goes_back_to_where_it_went(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("VIEWFINDER_CVAT_URL", "https://x.test")
    embedded = {"backend": "embedded", "url": None}
    assert destination_of(Access(), recorded=embedded).url is None
    cvat = {"backend": "cvat", "url": "https://x.test"}
    assert destination_of(Access(), recorded=cvat).url == "https://x.test"


@pytest.mark.parametrize(
    ("access", "backend", "words"),
    [
        (Access(), "labelbox", "no annotation backend"),
        (Access(), "cvat", "Say which CVAT server"),
        (Access(username="ann", password="x"), None, "but no server"),
        (Access(url="http://x.test"), "embedded", "url given"),
    ],
)
def test_settings_that_contradict_each_other(
    access: Access, backend: str | None, words: str
) -> None:
    with pytest.raises(ViewfinderError, match=words):
        destination_of(access, backend=backend)


def test_older_spellings_mean_the_same() -> None:
    older = {
        "auth": {"username": "ann", "password": "x"},
        "url": "localhost",
        "port": 8080,
        "https": False,
        "job_asignees": ["bob"],
    }
    task, access = parse_options(older)
    assert (access.url, access.username, access.password) == ("http://localhost:8080", "ann", "x")
    assert task.job_assignees == ("bob",)


@pytest.mark.parametrize(
    ("given", "url"),
    [
        ({"url": "cvat.org", "https": True}, "https://cvat.org"),
        ({"url": "http://cvat.org/", "https": "true"}, "https://cvat.org/"),
        ({"url": "cvat.org", "port": "8443"}, "cvat.org:8443"),
        ({"url": "http://cvat.org/under", "port": 80}, "http://cvat.org:80/under"),
        ({"url": "http://cvat.org:8080", "port": 80}, "http://cvat.org:8080"),
    ],
)
def test_an_address_in_parts(given: dict[str, Any], url: str) -> None:
    assert parse_options(given)[1].url == url


def test_options_in_every_form() -> None:
    task, _ = parse_options(
        {
            "task_assignee": ["a", "b"],
            "job_reviewers": "r",
            "issue_tracker": ["http://i.test/1", "http://i.test/2"],
            "frame_start": 10,
            "frame_stop": [100, None],
            "frame_step": {"/v.mp4": 5, "/w.mp4": None},
            "project_fields": {"cat": "pets"},
        }
    )
    assert (task.task_assignee, task.job_reviewers) == (("a", "b"), ("r",))
    assert task.issue_tracker == ("http://i.test/1", "http://i.test/2")
    assert (task.frame_start, task.frame_stop) == (10, (100, None))
    assert task.frame_step == {"/v.mp4": 5, "/w.mp4": None}
    assert task.project_fields == {"cat": "pets"}


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"frame_step": 0}, "at least 1"),
        ({"frame_start": -1}, "at least 0"),
        ({"frame_stop": "9"}, "whole number"),
        ({"frame_start": []}, "each video in turn"),
        ({"project_id": "5"}, "whole number"),
        ({"project_fields": ["cat"]}, "give a dict"),
        ({"job_assignees": [1]}, "a list of names"),
        ({"use_cache": "no"}, "True or False"),
        ({"auth": "ann"}, "auth: give a dict"),
        ({"port": 80}, "give url as well"),
        ({"url": 80}, "give text"),
        ({"url": "x", "port": "eighty"}, "whole number like 8080"),
        ({"url": "x", "https": "maybe"}, "True or False"),
        ({"job_asignees": ["a"], "job_assignees": ["b"]}, "given twice"),
        ({"cloud": 3}, "server_files"),
    ],
)
def test_values_that_mean_nothing(options: dict[str, Any], words: str) -> None:
    with pytest.raises(AnnotationError, match=words):
        parse_options(options)
