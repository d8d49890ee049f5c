"""A real label server for the tests of this folder, in a process of its own."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from viewfinder.labelserver import embedded

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from viewfinder.labelserver.embedded import Endpoint


@pytest.fixture(scope="session")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Endpoint]:
    """One server for all tests."""
    place: Path = tmp_path_factory.mktemp("label-server-home")
    yield embedded.ensure_running(place, timeout_secs=60)
    embedded.stop(place)


@pytest.fixture
def there(server: Endpoint) -> dict[str, Any]:
    """The options that lead to that server."""
    return {"url": server.url, "username": server.username, "password": server.password}
