"""The import hook inside of a process, and the table behind it."""

from __future__ import annotations

import importlib
import os
from collections.abc import Iterator

import pytest

from viewfinder import compat
from viewfinder.compat.names import SOURCES
from viewfinder.facade import Dataset


@pytest.fixture(autouse=True)
def _installed() -> Iterator[None]:
    compat.install()
    yield
    compat.uninstall()


@pytest.mark.parametrize("module", compat.served_modules())
def test_every_served_module_imports_and_lists_its_names(module: str) -> None:
    served = importlib.import_module(module)
    for name in served.__all__:
        assert getattr(served, name) is not None


def test_every_source_is_a_module_of_ours() -> None:
    for sources in SOURCES.values():
        for source in sources:
            importlib.import_module(source)


def test_uninstalling_gives_everything_back() -> None:
    importlib.import_module("fiftyone")
    kept = [Dataset.NAMED_ARE_KEPT]
    compat.uninstall()
    kept.append(Dataset.NAMED_ARE_KEPT)
    assert kept == [False, True]
    with pytest.raises(ModuleNotFoundError, match="No module named 'fiftyone'"):
        importlib.import_module("fiftyone")


def test_settings_that_mean_something_are_acted_upon(monkeypatch: pytest.MonkeyPatch) -> None:
    fo = importlib.import_module("fiftyone")
    monkeypatch.setenv("VIEWFINDER_SHOW_PROGRESS", "1")
    fo.config.show_progress_bars = False
    assert os.environ["VIEWFINDER_SHOW_PROGRESS"] == "0"
    assert fo.config.serialize()["show_progress_bars"] is False
