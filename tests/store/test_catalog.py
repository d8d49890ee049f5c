"""Names of datasets, and the folders behind them."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.store.reading import add
from viewfinder.errors import (
    DatasetExistsError,
    DatasetNotFoundError,
    InvalidDatasetNameError,
    StoreDamagedError,
)
from viewfinder.store import Catalog, DatasetStore


@pytest.fixture
def catalog(home: Path) -> Iterator[Catalog]:
    made = Catalog(home)
    yield made
    made.close()


def test_a_dataset_is_a_folder(catalog: Catalog) -> None:
    entry = catalog.create("birds", persistent=True)
    assert entry == catalog.get("birds")
    assert entry.path == catalog.home / "datasets" / entry.id
    store = DatasetStore.open(entry.path)
    add(store, {"filepath": "1"})
    assert store.snapshot().count == 1
    store.close()


def test_names_are_listed_in_order(catalog: Catalog) -> None:
    for name in ("zebras", "Ä", "birds", "bats"):
        catalog.create(name, persistent=True)
    assert catalog.names() == ["bats", "birds", "zebras", "Ä"]
    assert catalog.names("b*") == ["bats", "birds"]


def test_a_name_is_taken_once(catalog: Catalog) -> None:
    catalog.create("birds", persistent=True)
    with pytest.raises(DatasetExistsError, match="birds"):
        catalog.create("birds", persistent=True)
    assert len(list((catalog.home / "datasets").iterdir())) == 1


def test_an_unnamed_dataset_is_named_for_the_time(catalog: Catalog) -> None:
    names = {catalog.create(None, persistent=False).name for _ in range(3)}
    assert len(names) == 3
    assert all(name.startswith("20") for name in names)


@pytest.mark.parametrize("name", ["", " ", " birds", "birds\n", "a\x00b", "x" * 201])
def test_names_that_can_not_be(catalog: Catalog, name: str) -> None:
    with pytest.raises(InvalidDatasetNameError):
        catalog.create(name, persistent=True)


@pytest.mark.parametrize("name", ["../birds", "a/b", "birds 2", "🐦", "CON", "'; DROP TABLE x"])
def test_names_that_may_be(catalog: Catalog, name: str) -> None:
    entry = catalog.create(name, persistent=True)
    assert entry.path.parent == catalog.home / "datasets"
    assert catalog.get(name) == entry


def test_renaming_keeps_the_folder(catalog: Catalog) -> None:
    entry = catalog.create("birds", persistent=True)
    catalog.create("bats", persistent=True)
    assert catalog.rename("birds", "owls").path == entry.path
    assert catalog.names() == ["bats", "owls"]
    with pytest.raises(DatasetExistsError):
        catalog.rename("owls", "bats")
    with pytest.raises(DatasetNotFoundError, match="Did you mean 'owls'"):
        catalog.rename("owl", "eagles")
    found = catalog.get_by_id(entry.id)
    assert found is not None
    assert found.name == "owls"


def test_deleting_removes_the_folder(catalog: Catalog) -> None:
    entry = catalog.create("birds", persistent=True)
    catalog.delete("birds")
    assert not entry.path.exists()
    assert catalog.names() == []
    assert catalog.get_by_id(entry.id) is None
    with pytest.raises(DatasetNotFoundError):
        catalog.delete("birds")
    assert catalog.create("birds", persistent=True).id != entry.id


def test_a_deletion_that_was_cut_short_goes_on(
    catalog: Catalog, monkeypatch: pytest.MonkeyPatch
) -> None:
    entry = catalog.create("birds", persistent=True)
    with monkeypatch.context() as patch:
        patch.setattr("viewfinder.store.catalog.shutil.rmtree", lambda *_args, **_options: None)
        catalog.delete("birds")
    assert entry.path.exists()
    assert catalog.names() == []
    Catalog(catalog.home).close()
    assert not entry.path.exists()


def test_a_dataset_that_was_deleted_meanwhile_takes_no_writes(catalog: Catalog) -> None:
    store = DatasetStore.open(catalog.create("birds", persistent=True).path)
    catalog.delete("birds")
    with pytest.raises(StoreDamagedError, match="deleted meanwhile"):
        add(store, {"filepath": "1"})
    store.close()


def test_folders_on_no_record_are_swept(catalog: Catalog) -> None:
    stray = catalog.home / "datasets" / "0123"
    stray.mkdir()
    Catalog(catalog.home).close()
    assert not stray.exists()


def test_temporary_datasets_live_as_long_as_their_process(catalog: Catalog) -> None:
    catalog.create("passing", persistent=False)
    catalog.create("kept", persistent=False)
    other = Catalog(catalog.home)
    assert other.names() == ["kept", "passing"]
    assert other.set_persistent("kept", True).persistent
    other.close()
    catalog.close()
    assert Catalog(catalog.home).names() == ["kept"]
