"""A store of its own for each test, and one whose groups and thresholds are tiny."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from viewfinder.store import DatasetStore, bulk, fold


@pytest.fixture
def store(tmp_path: Path) -> Iterator[DatasetStore]:
    """An empty dataset."""
    made = DatasetStore.create(tmp_path / "dataset")
    yield made
    made.close()


@pytest.fixture
def small_groups(monkeypatch: pytest.MonkeyPatch) -> None:
    """Groups of six samples, so that a handful of samples has all that a large dataset has."""
    monkeypatch.setattr(bulk, "SMALL_APPEND", 3)
    monkeypatch.setattr(bulk, "GROUP_SAMPLES", 6)
    monkeypatch.setattr(fold, "GROUP_SAMPLES", 6)
    monkeypatch.setattr(fold, "DIRTY_SAMPLES", 8)
    monkeypatch.setattr(fold, "SMALL_SAMPLES", 3)
    monkeypatch.setattr(fold, "SMALL_GROUPS", 4)
