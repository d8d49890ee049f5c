"""What the environment says."""

from __future__ import annotations

from pathlib import Path

import pytest

from viewfinder import config
from viewfinder.errors import ConfigError


def test_home_follows_the_environment(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("VIEWFINDER_HOME", str(tmp_path / "here"))
    assert config.home() == tmp_path / "here"
    assert not (tmp_path / "here").exists()


def test_home_has_a_platform_default(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("VIEWFINDER_HOME")
    assert config.home().name == "viewfinder"


@pytest.mark.parametrize(
    ("text", "value"), [("1", True), ("Yes", True), ("off", False), ("0", False), ("", None)]
)
def test_flags(monkeypatch: pytest.MonkeyPatch, text: str, value: bool | None) -> None:
    monkeypatch.setenv("VIEWFINDER_SHOW_PROGRESS", text)
    assert config.environment_flag("VIEWFINDER_SHOW_PROGRESS") is value


def test_a_flag_that_is_neither_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("VIEWFINDER_SHOW_PROGRESS", "maybe")
    with pytest.raises(ConfigError, match="set it to 1 or 0"):
        config.environment_flag("VIEWFINDER_SHOW_PROGRESS")
