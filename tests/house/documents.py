"""What the docs promise, read from the files: links, examples, and the table of floors."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING
from urllib.parse import unquote

from markdown_it import MarkdownIt

from tests.house.floors import FLOORS, Floor

if TYPE_CHECKING:
    from pathlib import Path

    from markdown_it.token import Token

FRAGMENT_KINDS = frozenset({"added", "changed", "fixed", "removed"})


@dataclass(frozen=True, slots=True)
class Example:
    """A block of Python in a document."""

    file: str
    line: int
    code: str


def documents(project: Path) -> list[Path]:
    """The files that people read: the README, the docs, the changelog."""
    found = [
        project / "README.md",
        *project.glob("docs/**/*.md"),
        *project.glob("changelog.d/*.md"),
    ]
    return sorted(path for path in found if path.exists())


def _tokens(path: Path) -> list[Token]:
    return MarkdownIt().enable("table").parse(path.read_text(encoding="utf-8"))


def anchors(path: Path) -> set[str]:
    """The names that a link into this document may end with, made as GitHub makes them."""
    tokens = _tokens(path)
    titles = [
        tokens[i + 1].content for i, token in enumerate(tokens) if token.type == "heading_open"
    ]
    return {re.sub(r"[^\w\- ]", "", title.lower()).replace(" ", "-") for title in titles}


def broken_links(project: Path) -> list[str]:
    """Each relative link leads to a file, and to a heading if it names one; pictures too."""
    objections = []
    for path in documents(project):
        for block in _tokens(path):
            for token in block.children or []:
                target = str(token.attrs.get("href") or token.attrs.get("src") or "")
                if not target or re.match(r"[a-z]+:", target):
                    continue
                name, _, anchor = unquote(target).partition("#")
                file = (path.parent / name).resolve() if name else path
                where = f"{path.relative_to(project)}: '{target}'"
                if not file.exists():
                    objections.append(f"{where} leads nowhere")
                elif anchor and anchor not in anchors(file):
                    objections.append(f"{where} names no heading")
    return objections


def examples(project: Path) -> list[Example]:
    """The blocks of Python in the docs, in order."""
    return [
        Example(str(path.relative_to(project)), (token.map or [0])[0] + 1, token.content)
        for path in documents(project)
        for token in _tokens(path)
        if token.type == "fence" and token.info.strip() == "python"
    ]


def promised_output(example: Example) -> list[str]:
    """The lines that an example says it prints: comments behind a print, or below one."""
    promised, printed = [], False
    for line in example.code.splitlines():
        behind = re.search(r"\bprint\(.*\)  # (.*)$", line)
        if behind:
            promised.append(behind[1])
        elif line.startswith("# ") and printed:
            promised.append(line[2:])
            continue
        printed = "print(" in line and not behind
    return promised


def missing_lines(promised: list[str], printed: str) -> list[str]:
    """The first promised line that was not printed, in order, among whatever else was."""
    lines = iter(printed.splitlines())
    return [line for line in promised if line not in lines][:1]


def floors_on_paper(project: Path) -> tuple[dict[str, Floor], set[str]]:
    """The table of docs/architecture.md: the floors, and the rooms that are only planned."""
    text = (project / "docs/architecture.md").read_text(encoding="utf-8")
    rooms: dict[str, Floor] = {}
    planned = set()
    rows = re.findall(r"^\| (\d+) \| `(\w+)` \| (.*?) \| (.*?) \|$", text, re.MULTILINE)
    for level, room, below, what in rows:
        may_import = frozenset() if below == "–" else frozenset(below.split(", "))
        if below == "every room below":
            may_import = frozenset(r for r, floor in FLOORS.items() if floor.level < int(level))
        rooms[room] = Floor(int(level), may_import)
        if what.startswith("*planned:*"):
            planned.add(room)
    return rooms, planned


def fragments(project: Path) -> list[str]:
    """Changelog fragments have a name that says their kind, and say something."""
    objections = []
    for path in sorted((project / "changelog.d").iterdir()):
        if path.name == "README.md":
            continue
        if not re.fullmatch(rf"[a-z0-9-]+\.({'|'.join(sorted(FRAGMENT_KINDS))})\.md", path.name):
            objections.append(f"changelog.d/{path.name}: name it words-with-dashes.<kind>.md")
        elif not path.read_text(encoding="utf-8").strip().endswith((".", ":", "```")):
            objections.append(f"changelog.d/{path.name}: write a sentence")
    return objections
