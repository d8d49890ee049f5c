"""A real label server for the tests of this folder, in a process of its own."""

from __future__ import annotations

import webbrowser
from typing import TYPE_CHECKING, Any

import pytest

from tests.annotate.source_blocks import Program
from viewfinder import compat
from viewfinder.labelserver import embedded
from viewfinder.labelserver.auth.passwords import Passwords
from viewfinder.labelserver.database import Database
from viewfinder.labelserver.processes import labelserver_dir
from viewfinder.labelserver.services.people import set_user
from viewfinder.labelserver.settings import Settings

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from viewfinder.labelserver.embedded import Endpoint


@pytest.fixture(scope="session")
def server_home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where the server's data are."""
    return tmp_path_factory.mktemp("label-server-home")


@pytest.fixture(scope="session")
def server(server_home: Path) -> Iterator[Endpoint]:
    """One server for all tests."""
    yield embedded.ensure_running(server_home, timeout_secs=60)
    embedded.stop(server_home)


@pytest.fixture
def there(server: Endpoint) -> dict[str, Any]:
    """The options that lead to that server."""
    return {"url": server.url, "username": server.username, "password": server.password}


@pytest.fixture
def team(server: Endpoint, server_home: Path) -> None:
    """The people that the documents give work to."""
    settings = Settings(labelserver_dir(server_home))
    database = Database(settings.url)
    try:
        for number in range(1, 8):
            for name in (f"user{number}", f"username{number}"):
                set_user(database, Passwords(), name, f"secret of {name}", is_superuser=False)
    finally:
        database.close()


@pytest.fixture
def opened(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The pages that a browser would have shown."""
    pages: list[str] = []
    monkeypatch.setattr(webbrowser, "open", lambda url, **_: pages.append(url))
    return pages


@pytest.fixture
def run(monkeypatch: pytest.MonkeyPatch, there: dict[str, Any], opened: list[str]) -> Iterator[Any]:
    """Runs programs of FiftyOne, with the label server where theirs would be the hosted one."""
    for name in ("url", "username", "password"):
        monkeypatch.setenv(f"FIFTYONE_CVAT_{name.upper()}", there[name])
    compat.install()
    yield Program()
    compat.uninstall()
