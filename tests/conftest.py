"""What every test stands on: a Viewfinder home of its own, and one way to run property tests."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import pytest
from hypothesis import HealthCheck, settings

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

# `ci` is the same everywhere and every time; `explore` looks for news: pytest -q
# --hypothesis-profile=explore. Deadlines are off since two cores are shared by many workers, and
# the isolated home below is a function fixture that stays the same for all examples of one test.
settings.register_profile(
    "ci",
    max_examples=50,
    deadline=None,
    derandomize=True,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
settings.register_profile(
    "explore", settings.get_profile("ci"), max_examples=500, derandomize=False
)
settings.load_profile("ci")


@pytest.fixture(scope="session", autouse=True)
def session_home(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """A home for fixtures that outlive one test, and no setting of the developer's machine."""
    home = tmp_path_factory.mktemp("viewfinder-session-home")
    with pytest.MonkeyPatch.context() as patch:
        for name in list(os.environ):
            if name.startswith(("VIEWFINDER_", "FIFTYONE_")):
                patch.delenv(name)
        patch.setenv("VIEWFINDER_ANNOTATION_CONFIG_PATH", str(home / "annotation_config.json"))
        patch.setenv("VIEWFINDER_HOME", str(home))
        yield home


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The Viewfinder home of this test alone: an empty folder that does not exist yet."""
    path = tmp_path / "viewfinder-home"
    monkeypatch.setenv("VIEWFINDER_HOME", str(path))
    return path
