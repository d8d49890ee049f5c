from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

import viewfinder as vf
from viewfinder.annotate.account.config import configured_options, destination_of
from viewfinder.annotate.account.settings import config_paths
from viewfinder.annotate.options import Access
from viewfinder.errors import ConfigError

SECRET = "hunter2-9Zq"
URL = "https://cvat.example.org"

KEYRING = """
class errors:
    class KeyringError(Exception): ...

class Found:
    def __init__(self, username, password): self.username, self.password = username, password

HELD = {held!r}

def get_password(service, username):
    if HELD is None: raise errors.KeyringError("locked")
    return HELD.get((service, username))

def get_credential(service, username):
    names = [name for place, name in HELD if place == service and name != "token"]
    return Found(names[0], HELD[service, names[0]]) if names else None
"""


@pytest.fixture(autouse=True)
def files(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """The user's folder, empty."""
    monkeypatch.delenv("VIEWFINDER_ANNOTATION_CONFIG_PATH")
    monkeypatch.setenv("HOME", str(tmp_path))
    vf.annotation_config.reload()
    yield tmp_path
    vf.annotation_config.reload()


def write(folder: Path, data: Any) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / "annotation_config.json"
    path.write_text(data if isinstance(data, str) else json.dumps(data), encoding="utf-8")
    return path


def cvat(**options: Any) -> dict[str, Any]:
    return {"backends": {"cvat": options}}


def test_files_in_order(files: Path, home: Path) -> None:
    assert config_paths() == [
        home / "annotation_config.json",
        files / ".viewfinder/annotation_config.json",
        files / ".fiftyone/annotation_config.json",
    ]
    write(files / ".fiftyone", cvat(url=URL, username="theirs", password=SECRET, segment_size=7))
    assert destination_of(Access()).credentials().username == "theirs"
    write(files / ".viewfinder", cvat(username="mine", password="other"))
    found = destination_of(Access())
    assert (found.url, found.credentials().username) == (URL, "mine")
    assert found.credentials().password == "other"
    write(home, cvat(username="home", password="h", segment_size=9))
    assert destination_of(Access()).credentials().password == "h"
    assert configured_options() == {"segment_size": 9}


def test_a_file_of_ones_own_choice(files: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write(files / ".fiftyone", cvat(url="http://other.test"))
    path = write(files / "elsewhere", cvat(url=URL))
    monkeypatch.setenv("FIFTYONE_ANNOTATION_CONFIG_PATH", str(path))
    assert destination_of(Access(token="t")).url == URL


def test_flat_keys_of_older_files(files: Path) -> None:
    write(
        files / ".fiftyone",
        {
            "cvat_username": "ann",
            "cvat_password": 12345,
            "cvat_url": "localhost",
            "cvat_port": 8080,
            "cvat_https": False,
        },
    )
    found = destination_of(Access())
    assert found.url == "http://localhost:8080"
    assert found.credentials().password == "12345"


def test_arguments_environment_and_files_in_this_order(
    files: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write(files / ".fiftyone", cvat(url=URL, username="file", password="f", organization="org"))
    monkeypatch.setenv("FIFTYONE_CVAT_USERNAME", "env")
    monkeypatch.setenv("FIFTYONE_CVAT_PASSWORD", "e")
    assert destination_of(Access()).credentials().username == "env"
    given = destination_of(Access(username="arg", password="a"))
    assert (given.credentials().username, given.credentials().password) == ("arg", "a")
    assert given.access.organization == "org"
    vf.annotation_config.backends["cvat"]["username"] = "set"
    vf.annotation_config.backends["cvat"]["password"] = "s"
    assert destination_of(Access()).credentials().username == "set"


def test_defect_27_a_numeric_password_stays_text(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FIFTYONE_CVAT_URL", URL)
    monkeypatch.setenv("FIFTYONE_CVAT_USERNAME", "1234")
    monkeypatch.setenv("FIFTYONE_CVAT_PASSWORD", "007")
    found = destination_of(Access()).credentials()
    assert (found.username, found.password) == ("1234", "007")


def test_options_from_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FIFTYONE_CVAT_SEGMENT_SIZE", "25")
    monkeypatch.setenv("VIEWFINDER_CVAT_SEGMENT_SIZE", "30")
    monkeypatch.setenv("VIEWFINDER_CVAT_USE_CACHE", "False")
    monkeypatch.setenv("VIEWFINDER_CVAT_JOB_ASSIGNEES", "ann, bob")
    assert configured_options() == {
        "segment_size": 30,
        "use_cache": False,
        "job_assignees": ["ann", "bob"],
    }


def test_another_persons_password_is_not_used(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("VIEWFINDER_CVAT_URL", URL)
    monkeypatch.setenv("VIEWFINDER_CVAT_USERNAME", "ann")
    monkeypatch.setenv("VIEWFINDER_CVAT_PASSWORD", SECRET)
    with pytest.raises(ConfigError, match="give a token"):
        destination_of(Access(username="bob")).credentials()
    assert destination_of(Access(username="ann")).credentials().password == SECRET


def test_an_account_without_a_server_is_no_reason_to_send_images_elsewhere(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("FIFTYONE_CVAT_USERNAME", "ann")
    with pytest.raises(ConfigError, match=r"no address of one.*VIEWFINDER_CVAT_URL"):
        destination_of(Access())
    assert destination_of(Access(), backend="embedded").url is None


def test_the_default_backend(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("VIEWFINDER_CVAT_URL", URL)
    assert destination_of(Access(token="t")).backend == "cvat"
    vf.annotation_config.default_backend = "embedded"
    assert destination_of(Access()).backend == "embedded"
    with pytest.raises(ConfigError, match="no annotation backend"):
        vf.annotation_config.default_backend = "labelbox"


@pytest.mark.parametrize(
    ("data", "words"),
    [
        ("{", "can't be read"),
        ("[]", "no JSON object"),
        (cvat(urll=URL), "Did you mean 'url'"),
        ({"cvat_pasword": "x"}, "Did you mean 'password'"),
    ],
)
def test_files_that_can_not_be_understood(files: Path, data: Any, words: str) -> None:
    path = write(files / ".viewfinder", data)
    with pytest.raises(ConfigError, match=words) as caught:
        destination_of(Access())
    assert str(path) in str(caught.value)


def test_backends_of_other_tools_are_left_alone(files: Path) -> None:
    data = {"default_backend": "labelbox", "backends": {"labelbox": {"api_key": "k"}}}
    write(files / ".fiftyone", data)
    assert destination_of(Access()).url is None


def keyring(folder: Path, monkeypatch: pytest.MonkeyPatch, held: Any) -> None:
    """A keyring as the package of that name shows it."""
    place = folder / "packages"
    place.mkdir()
    (place / "keyring.py").write_text(KEYRING.format(held=held), encoding="utf-8")
    monkeypatch.syspath_prepend(str(place))
    monkeypatch.delitem(sys.modules, "keyring", raising=False)


def test_the_keyring_knows_a_password(files: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    keyring(files, monkeypatch, {(f"viewfinder:{URL}", "ann"): SECRET})
    found = destination_of(Access(url=URL)).credentials()
    assert (found.username, found.password) == ("ann", SECRET)
    assert destination_of(Access(url=URL, username="ann")).credentials().password == SECRET
    with pytest.raises(ConfigError):
        destination_of(Access(url="https://other.test")).credentials()
    given = destination_of(Access(url=URL, username="ann", password="given"))
    assert given.credentials().password == "given"


def test_the_keyring_knows_a_token(files: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    keyring(files, monkeypatch, {(f"viewfinder:{URL}", "token"): SECRET})
    assert destination_of(Access(url=URL)).credentials().token == SECRET


def test_a_locked_keyring_knows_nobody(files: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    keyring(files, monkeypatch, None)
    with pytest.raises(ConfigError, match="give a token"):
        destination_of(Access(url=URL)).credentials()


def test_secrets_are_not_shown(files: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write(files / ".viewfinder", cvat(url=URL, token=SECRET, headers={"X-Key": SECRET}))
    monkeypatch.setenv("VIEWFINDER_CVAT_PASSWORD", SECRET)
    config = vf.annotation_config
    assert config.backends["cvat"]["token"] == SECRET
    assert URL in repr(config)
    found = destination_of(Access())
    for shown in (repr(config), str(config.serialize()), repr(found), repr(found.credentials())):
        assert SECRET not in shown
