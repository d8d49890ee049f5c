from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.house import rules
from tests.house.effects import import_effects, watch_import
from tests.house.floors import FLOORS, GROUND

if TYPE_CHECKING:
    from pathlib import Path


def plant(root: Path, files: dict[str, str]) -> Path:
    """A tree of files below `root`; folders of Python files become packages."""
    for name, text in files.items():
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    return root


def house(root: Path, files: dict[str, str]) -> Path:
    """A small package `viewfinder` with some rooms, to plant a violation in."""
    rooms = {f"viewfinder/{room}/__init__.py": "" for room in ("labels", "cvat", "geometry")}
    ground = {"viewfinder/__init__.py": "", "viewfinder/errors.py": "", "viewfinder/ids.py": ""}
    return plant(root, {**rooms, **ground, **files}) / "viewfinder"


def test_the_table_of_floors_itself_points_down() -> None:
    for room, floor in FLOORS.items():
        for below in floor.may_import:
            assert FLOORS[below].level < floor.level, f"{room} -> {below}"
    assert not GROUND & set(FLOORS)


@pytest.mark.parametrize(
    ("file", "text"),
    [
        ("cvat/rle.py", "from viewfinder.labels import types"),
        ("cvat/rle.py", "import viewfinder.geometry"),
        ("cvat/rle.py", "from viewfinder import errors, geometry"),
        ("cvat/rle.py", "from . import wire"),
        ("cvat/rle.py", "from ..labels import types"),
        ("errors.py", "from viewfinder import ids"),
        ("__init__.py", "from viewfinder import labels"),
    ],
)
def test_imports_that_point_down_are_fine(tmp_path: Path, file: str, text: str) -> None:
    assert rules.floors(house(tmp_path, {f"viewfinder/{file}": text})) == []


@pytest.mark.parametrize(
    ("file", "text", "objection"),
    [
        ("labels/a.py", "from viewfinder.cvat import rle", "'labels' may not import"),
        ("labels/a.py", "import viewfinder.cvat.rle", "'labels' may not import"),
        ("labels/a.py", "import viewfinder", "'labels' may not import 'viewfinder'"),
        ("labels/a.py", "from viewfinder import cvat", "'labels' may not import"),
        ("labels/a.py", "from .. import cvat", "'labels' may not import"),
        ("labels/a.py", "from ..cvat.rle import decode", "'labels' may not import"),
        ("labels/a.py", "def f():\n    from viewfinder import cvat", "'labels' may not import"),
        ("labels/a.py", "async def f():\n    import viewfinder.cvat", "'labels' may not import"),
        (
            "labels/a.py",
            "from typing import TYPE_CHECKING\nif TYPE_CHECKING:\n    from viewfinder import cvat",
            "'labels' may not import",
        ),
        ("geometry/a.py", "from viewfinder import media", "'geometry' may not import"),
        ("errors.py", "from viewfinder.labels import base", "'errors' may not import"),
        ("__init__.py", "from viewfinder.cvat import rle", "'__init__' may not import"),
        ("kitchen/a.py", "", "'kitchen' is not on the plan"),
    ],
)
def test_an_import_that_points_up_or_sideways_is_found(
    tmp_path: Path, file: str, text: str, objection: str
) -> None:
    planted = house(tmp_path, {"viewfinder/media/__init__.py": "", f"viewfinder/{file}": text})
    (found,) = rules.floors(planted)
    assert objection in found


@pytest.mark.parametrize(
    "late", ["from viewfinder.labels import a", "def f():\n    from viewfinder.labels import a"]
)
def test_a_circle_of_modules_is_found_even_inside_a_function(tmp_path: Path, late: str) -> None:
    files = {
        "viewfinder/labels/a.py": "from viewfinder.labels.b import x",
        "viewfinder/labels/b.py": late,
    }
    (found,) = rules.circles(house(tmp_path, files))
    assert found == "viewfinder.labels.a -> viewfinder.labels.b -> viewfinder.labels.a: a circle"


def test_names_for_the_type_checker_make_no_circle(tmp_path: Path) -> None:
    files = {
        "viewfinder/labels/a.py": "from viewfinder.labels.b import x",
        "viewfinder/labels/b.py": "if TYPE_CHECKING:\n    from viewfinder.labels.a import y",
    }
    assert rules.circles(house(tmp_path, files)) == []


def function(lines: int, *, docstring: int = 0) -> str:
    """A function of so many lines of code, with a docstring of so many lines more."""
    words = ["    '''Say", *["    more"] * (docstring - 2), "    '''"] if docstring else []
    return "\n".join(["def f():", *words, *["    pass"] * (lines - 1)])


@pytest.mark.parametrize("text", ["x = 1\n" * 600, function(60), function(60, docstring=30)])
def test_sizes_up_to_the_limit_are_fine(tmp_path: Path, text: str) -> None:
    assert rules.sizes(plant(tmp_path, {"a.py": text})) == []


@pytest.mark.parametrize(
    ("text", "objection"),
    [
        ("x = 1\n" * 601, "a.py: 601 lines, at most 600"),
        (function(61), "a.py:1: f has 61 lines, at most 60"),
        (function(61, docstring=5), "a.py:1: f has 61 lines, at most 60"),
        ("async " + function(61), "a.py:1: f has 61 lines, at most 60"),
    ],
)
def test_a_file_or_function_too_long_is_found(tmp_path: Path, text: str, objection: str) -> None:
    assert rules.sizes(plant(tmp_path, {"a.py": text})) == [objection]


def test_a_front_end_file_too_long_is_found_but_not_a_generated_one(tmp_path: Path) -> None:
    long = "const x = 1\n" * 601
    files = {
        "src/a.tsx": long,
        "src/schema.ts": "/** This file was auto-generated. */\n" + long,
        "node_modules/x/b.ts": long,
        "src/c.ts": "const x = 1\n",
    }
    assert rules.web_sizes(plant(tmp_path, files)) == ["src/a.tsx: 601 lines, at most 600"]


def test_complete_and_ordered_exports_are_fine(tmp_path: Path) -> None:
    text = (
        "from __future__ import annotations\nfrom a import MAX, Box2, Box10, F, load, _hidden\n"
        "__all__ = ['MAX', 'Box2', 'Box10', 'F', 'load']\n"
    )
    assert rules.exports(plant(tmp_path, {"__init__.py": text}) / "__init__.py") == []


@pytest.mark.parametrize(
    ("text", "objection"),
    [
        ("x = 1", "__init__.py: __all__ is not a literal list of names"),
        ("__all__ = sorted(['b'])", "__init__.py: __all__ is not a literal list of names"),
        ("from a import b, c\n__all__ = ['c', 'b']", "__init__.py: __all__ is out of order at 'c'"),
        ("from a import b\n__all__ = ['b', 'b']", "__init__.py: 'b' is twice in __all__"),
        ("from a import b, c\n__all__ = ['b']", "__init__.py: 'c' is public but not in __all__"),
        ("def f(): ...\n__all__ = []", "__init__.py: 'f' is public but not in __all__"),
        ("import os\n__all__ = []", "__init__.py: 'os' is public but not in __all__"),
        ("x: int = 1\n__all__ = []", "__init__.py: 'x' is public but not in __all__"),
    ],
)
def test_incomplete_or_unordered_exports_are_found(
    tmp_path: Path, text: str, objection: str
) -> None:
    init = plant(tmp_path, {"__init__.py": text}) / "__init__.py"
    assert rules.exports(init) == [objection]


@pytest.mark.parametrize(
    "text",
    [
        "class A:\n    def f(self): return self._x",
        "class A:\n    def __init__(self): self._x = 1\n    def eq(self, other): return other._x",
        "class A:\n    _x: int\ndef f(a): return a._x",
        "class A:\n    __slots__ = ('_x',)\n    def eq(self, other): return other._x",
        "import b\nb.__name__",
        "row._asdict()",
    ],
)
def test_private_names_of_the_file_itself_are_fine(tmp_path: Path, text: str) -> None:
    assert rules.foreign_privates(plant(tmp_path, {"a.py": text})) == []


@pytest.mark.parametrize(
    "text",
    [
        "import b\nb._x",
        "def f(other): other._x = 1",
        "from b import _x",
        "import b\nb.c()._x()",
        "import b\ngetattr(b, '_x')",
        "import b\nb.__x",
    ],
)
def test_a_reach_for_foreign_privates_is_found(tmp_path: Path, text: str) -> None:
    (found,) = rules.foreign_privates(plant(tmp_path, {"a.py": text}))
    assert "reaches for '_" in found


def test_tests_that_mirror_the_source_are_fine(tmp_path: Path) -> None:
    tests = {"tests/labels/test_a.py": "", "tests/test_errors.py": "", "tests/wire/test_b.py": ""}
    files = {"src/labels/a.py": "", "src/errors.py": ""}
    root = plant(tmp_path, {**files, **tests})
    assert rules.layout(root / "src", root / "tests") == []


@pytest.mark.parametrize(
    ("file", "objection"),
    [
        ("src/cvat/rle.py", "src: the room 'cvat' has no tests in tests/cvat/"),
        ("tests/kitchen/test_a.py", "tests/kitchen: there is no such room or suite"),
        ("tests/test_oven.py", "tests/test_oven.py: there is no such module of the ground"),
        ("tests/labels/a_test.py", "tests/labels/a_test.py: name it test_….py"),
    ],
)
def test_tests_that_mirror_nothing_are_found(tmp_path: Path, file: str, objection: str) -> None:
    files = {"src/labels/a.py": "", "tests/labels/test_a.py": "", file: ""}
    root = plant(tmp_path, files)
    assert rules.layout(root / "src", root / "tests") == [objection]


HASHED = "numpy==2.4 \\\n    --hash=sha256:00\n    # via viewfinder\n"


NPM_WANTS = '{"dependencies": {"x": "^1"}}'


def npm_lock(entry: str, wants: str = NPM_WANTS) -> dict[str, str]:
    """A front end that wants `x`, and its lock with one entry for it."""
    lock = f'{{"packages": {{"": {wants}, "node_modules/x": {entry}}}}}'
    return {"web/package.json": NPM_WANTS, "web/package-lock.json": lock}


@pytest.mark.parametrize(
    ("files", "objection"),
    [
        ({"requirements/dev.lock": "--index-url https://a.b/simple\n" + HASHED}, "fetch from"),
        ({"requirements/dev.lock": HASHED + "pyarrow==26\n"}, "pyarrow==26 has no hash"),
        (npm_lock('{"integrity": "s", "resolved": "u"}'), "node_modules/x names a place to fetch"),
        (npm_lock("{}"), "node_modules/x has no hash"),
        (npm_lock('{"integrity": "s"}', "{}"), "its dependencies are not those of package.json"),
    ],
)
def test_a_lock_with_a_host_or_without_a_hash_or_out_of_date_is_found(
    tmp_path: Path, files: dict[str, str], objection: str
) -> None:
    (found,) = rules.locks(plant(tmp_path, {"requirements/dev.lock": HASHED, **files}))
    assert objection in found


def test_a_lock_of_hashes_alone_is_fine(tmp_path: Path) -> None:
    files = {"requirements/dev.lock": HASHED, **npm_lock('{"integrity": "s"}')}
    assert rules.locks(plant(tmp_path, files)) == []


@pytest.mark.parametrize(
    ("packages", "objection"),
    [
        ([f"p{n}>=1" for n in range(21)], "21 direct packages, at most 20"),
        (["p"], "p: no lowest version"),
    ],
)
def test_too_many_or_too_loose_dependencies_are_found(
    tmp_path: Path, packages: list[str], objection: str
) -> None:
    text = f"[project]\ndependencies = {packages!r}\n"
    assert rules.dependencies(plant(tmp_path, {"pyproject.toml": text})) == [objection]


@pytest.mark.parametrize(
    ("text", "objection"),
    [
        ("import time; time.sleep(0.35)", "importing takes 0."),
        ("import socket; socket.socket()", "importing does: socket."),
        (
            "from threading import Event, Thread; Thread(target=Event().wait, daemon=True).start()",
            "importing does: a running thread",
        ),
        ("import subprocess; subprocess.Popen(['/bin/true'])", "importing does: subprocess.Popen"),
        ("import os; os.mkdir(os.environ['VIEWFINDER_HOME'])", "importing does: os.mkdir"),
        ("import sqlite3; sqlite3.connect(':memory:')", "importing does: sqlite3.connect"),
        ("import logging; logging.basicConfig()", "importing does: a logging handler"),
        ("import torch", "importing loads: torch"),
    ],
)
def test_an_import_that_does_something_is_found(
    tmp_path: Path, home: Path, text: str, objection: str
) -> None:
    source = plant(tmp_path / "src", {"planted/__init__.py": text, "torch.py": ""})
    report = watch_import("planted", source, home=home, rounds=1)
    assert any(found.startswith(objection) for found in import_effects(report)), report.events


def test_an_import_that_only_defines_is_fine(tmp_path: Path, home: Path) -> None:
    source = plant(tmp_path / "src", {"planted/__init__.py": "import json\nx = 1"})
    assert import_effects(watch_import("planted", source, home=home, rounds=2)) == []
