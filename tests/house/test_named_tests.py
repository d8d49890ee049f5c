"""Tests that the docs name are there: renaming one takes the page along."""

from __future__ import annotations

import re
from pathlib import Path

ROOT = Path(__file__).parents[2]
NAMED = re.compile(r"`(?:[\w/]+/)?(test_\w+)(…|\.py)?`")


def test_every_test_that_a_page_names_exists() -> None:
    files = {path.name for path in (ROOT / "tests").rglob("test_*.py")}
    code = "\n".join(path.read_text() for path in (ROOT / "tests").rglob("test_*.py"))
    functions = set(re.findall(r"^def (test_\w+)\(", code, re.MULTILINE))
    named = [found for page in (ROOT / "docs").rglob("*.md")
             for found in NAMED.findall(page.read_text())]  # fmt: skip
    missing = [
        name + rest
        for name, rest in named
        if not (
            f"{name}.py" in files
            if rest == ".py"
            else any(each.startswith(name) for each in functions)
            if rest
            else name in functions
        )
    ]
    assert missing == []
    assert len(named) > 50


def test_every_defect_has_a_row_and_a_test() -> None:
    page = (ROOT / "docs" / "annotation" / "exactness.md").read_text()
    page = page.split("## Scenarios")[0]
    rows = re.findall(r"^\| (\d+) \|.*`test_defect_(\d\d)_", page, re.MULTILINE)
    assert [(int(row), int(test)) for row, test in rows] == [(n, n) for n in range(1, 31)]
