from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

import viewfinder
from tests.house import rules
from tests.house.effects import import_effects, watch_import

PROJECT = Path(__file__).parents[2]
SOURCE = PROJECT / "src"
PACKAGE = SOURCE / "viewfinder"


def test_imports_point_down() -> None:
    assert rules.floors(PACKAGE) == []


def test_no_module_needs_itself() -> None:
    assert rules.circles(PACKAGE) == []


@pytest.mark.parametrize("tree", ["src", "tests", "benchmarks", "examples", "scripts"])
def test_files_and_functions_are_small(tree: str) -> None:
    assert rules.sizes(PROJECT / tree) == []


def test_files_of_the_front_end_are_small() -> None:
    assert rules.web_sizes(PROJECT / "web") == []


def test_the_front_door_exports_what_it_says_in_order() -> None:
    assert rules.exports(PACKAGE / "__init__.py") == []


def test_each_exported_name_resolves_and_is_listed() -> None:
    for name in viewfinder.__all__:
        assert getattr(viewfinder, name) is not None, name
    assert set(viewfinder.__all__) <= set(dir(viewfinder))


def test_a_star_import_brings_the_exported_names() -> None:
    code = (
        "from viewfinder import *; import viewfinder; assert set(viewfinder.__all__) <= set(dir())"
    )
    subprocess.run([sys.executable, "-c", code], check=True, timeout=60)


@pytest.mark.parametrize("tree", ["src", "tests", "benchmarks", "examples", "scripts"])
def test_private_means_private(tree: str) -> None:
    assert rules.foreign_privates(PROJECT / tree) == []


def test_tests_mirror_the_source() -> None:
    assert rules.layout(PACKAGE, PROJECT / "tests") == []


def test_locks_pin_by_hash_and_name_no_host() -> None:
    assert rules.locks(PROJECT) == []


def test_the_core_has_few_direct_packages() -> None:
    assert rules.dependencies(PROJECT) == []


def test_importing_is_quick_and_starts_nothing(tmp_path: Path) -> None:
    report = watch_import("viewfinder", SOURCE, home=tmp_path / "home")
    assert import_effects(report) == []
    assert not (tmp_path / "home").exists()
