from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.house import documents
from tests.house.floors import FLOORS
from viewfinder.labelserver import embedded

PROJECT = Path(__file__).parents[2]
EXAMPLES = {
    name: [example for example in documents.examples(PROJECT) if example.file == name]
    for name in sorted({example.file for example in documents.examples(PROJECT)})
}


def test_links_lead_somewhere() -> None:
    assert documents.broken_links(PROJECT) == []


def test_a_broken_link_is_found(tmp_path: Path) -> None:
    text = "# A title\n\n[a](b.md) ![c](d.png) [e](#a-title) [f](#g) [h](https://i.example)\n"
    (tmp_path / "README.md").write_text(text, encoding="utf-8")
    assert documents.broken_links(tmp_path) == [
        "README.md: 'b.md' leads nowhere",
        "README.md: 'd.png' leads nowhere",
        "README.md: '#g' names no heading",
    ]


def test_the_table_of_floors_in_the_plan_is_the_one_that_is_checked() -> None:
    on_paper, _planned = documents.floors_on_paper(PROJECT)
    assert on_paper == FLOORS


def test_a_room_is_marked_as_planned_as_long_as_it_is_not_there() -> None:
    on_paper, planned = documents.floors_on_paper(PROJECT)
    package = PROJECT / "src/viewfinder"
    empty = {room for room in on_paper if not list(package.glob(f"{room}/*.py"))}
    assert planned == empty - {"__init__"}


def test_changelog_fragments_are_named_and_say_something() -> None:
    assert documents.fragments(PROJECT) == []


def test_a_bad_changelog_fragment_is_found(tmp_path: Path) -> None:
    folder = tmp_path / "changelog.d"
    folder.mkdir()
    (folder / "news.md").write_text("One can look.", encoding="utf-8")
    (folder / "news.added.md").write_text("", encoding="utf-8")
    (folder / "one-look.fixed.md").write_text("One can look.", encoding="utf-8")
    assert documents.fragments(tmp_path) == [
        "changelog.d/news.added.md: write a sentence",
        "changelog.d/news.md: name it words-with-dashes.<kind>.md",
    ]


@pytest.mark.slow
@pytest.mark.parametrize("file", EXAMPLES)
def test_the_examples_of_a_document_run_in_order(file: str, tmp_path: Path, home: Path) -> None:
    lines: list[str] = []
    for example in EXAMPLES[file]:
        # Lines keep their numbers, so that a traceback points into the document.
        lines += [""] * (example.line - len(lines)) + example.code.splitlines()
    program = tmp_path / "example.py"
    program.write_text("\n".join(lines) + "\n", encoding="utf-8")
    try:
        done = subprocess.run(
            [sys.executable, str(program)],
            # `true` is the browser: the page is asked for, and nobody has to look.
            env={**os.environ, "VIEWFINDER_HOME": str(home), "BROWSER": "true"},
            cwd=tmp_path,
            capture_output=True,
            text=True,
            check=False,
            timeout=100,
        )
    finally:
        embedded.stop(home)
    assert done.returncode == 0, f"{file}:\n{done.stdout}\n{done.stderr}"
    promised = [line for example in EXAMPLES[file] for line in documents.promised_output(example)]
    assert documents.missing_lines(promised, done.stdout) == []


def test_what_an_example_promises_to_print_is_compared() -> None:
    code = 'print(1)  # 1\nfor x in "ab":\n    print(x)\n# a\n# b\nx = 2  # not printed\n'
    promised = documents.promised_output(documents.Example("a.md", 1, code))
    assert promised == ["1", "a", "b"]
    assert documents.missing_lines(promised, "0\n1\na\nb\n") == []
    assert documents.missing_lines(promised, "1\nb\n") == ["a"]
