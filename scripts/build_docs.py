"""Builds the README and docs/ into site/: plain pages, one style sheet, no scripts."""

from __future__ import annotations

import re
import shutil
import sys
from html import escape
from pathlib import Path

from markdown_it import MarkdownIt

PROJECT = Path(__file__).parents[1]
PAGES = {
    "README.md": "Viewfinder",
    "docs/glossary.md": "Glossary",
    "docs/architecture.md": "Architecture",
    "docs/development.md": "Development",
    "changelog.d/README.md": "Changelog",
}

# The tokens of the label server's pages, dark and light.
STYLE = """
:root { color-scheme: dark light; --bg: #101214; --surface: #181b1e; --line: #2c3136;
  --text: #e8eaed; --muted: #9aa3ab; --accent: #ff9f1a; }
@media (prefers-color-scheme: light) { :root { --bg: #fff; --surface: #f6f7f8; --line: #e3e6e9;
  --text: #1b1f23; --muted: #5c6670; --accent: #b45f06; } }
* { box-sizing: border-box; }
body { margin: 0; background: var(--bg); color: var(--text); font: 15px/1.6 Inter, system-ui,
  sans-serif; }
nav { display: flex; flex-wrap: wrap; gap: 4px 20px; padding: 12px 24px; background: var(--surface);
  border-bottom: 1px solid var(--line); font-size: 13px; }
nav a { color: var(--muted); text-decoration: none; }
nav a[aria-current] { color: var(--text); }
main { max-width: 860px; margin: 0 auto; padding: 16px 24px 64px; }
a { color: var(--accent); } a:focus-visible { outline: 2px solid var(--accent); }
h1, h2, h3 { line-height: 1.25; } h1 { font-size: 28px; } h2 { font-size: 20px; margin-top: 40px; }
code { font: 13px "JetBrains Mono", ui-monospace, monospace; }
pre { padding: 12px 16px; background: var(--surface); border: 1px solid var(--line);
  border-radius: 8px; overflow-x: auto; }
table { border-collapse: collapse; font-size: 13px; display: block; overflow-x: auto; }
th, td { padding: 6px 12px 6px 0; border-bottom: 1px solid var(--line); text-align: left;
  vertical-align: top; }
img { max-width: 100%; border: 1px solid var(--line); border-radius: 8px; }
"""


def address(source: str) -> str:
    """Where a document stands in the site: all pages lie side by side."""
    return (
        "index.html" if source == "README.md" else source.replace("/", "-").replace(".md", ".html")
    )


def link(target: str, source: str) -> str:
    """A link of a document as a link of its page; files that are no page are copied beside."""
    if re.match(r"[a-z]+:|#", target):
        return target
    name, hash_sign, anchor = target.partition("#")
    path = ((PROJECT / source).parent / name).resolve().relative_to(PROJECT)
    if str(path) == "docs/README.md":
        path = Path("README.md")
    page = address(str(path)) if str(path) in PAGES else f"files/{path}"
    return page + hash_sign + anchor


def render(source: str, site: Path) -> str:
    """The page of one document; pictures and files that it links to are copied into the site."""
    markdown = MarkdownIt().enable("table")
    tokens = markdown.parse((PROJECT / source).read_text(encoding="utf-8"))
    for index, block in enumerate(tokens):
        if block.type == "heading_open":
            title = tokens[index + 1].content.lower()
            block.attrs["id"] = re.sub(r"[^\w\- ]", "", title).replace(" ", "-")
        for token in block.children or []:
            for name in ("href", "src"):
                if name in token.attrs:
                    target = link(str(token.attrs[name]), source)
                    token.attrs[name] = target
                    if target.startswith("files/"):
                        copy(target.partition("#")[0].removeprefix("files/"), site)
    body = markdown.renderer.render(tokens, markdown.options, {})
    items = "".join(
        f'<a href="{address(page)}"{" aria-current=page" * (page == source)}>{escape(title)}</a>'
        for page, title in PAGES.items()
    )
    return (
        '<!doctype html><html lang="en"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width">'
        '<link rel="stylesheet" href="style.css">'
        f"<title>{escape(PAGES[source])}</title></head>"
        f"<body><nav>{items}</nav><main>{body}</main></body></html>\n"
    )


def copy(name: str, site: Path) -> None:
    """Put a file of the project into the site."""
    target = site / "files" / name
    target.parent.mkdir(parents=True, exist_ok=True)
    shutil.copyfile(PROJECT / name, target)


def main() -> None:
    """Build the site and say where it is."""
    site = PROJECT / "site"
    shutil.rmtree(site, ignore_errors=True)
    site.mkdir()
    (site / "style.css").write_text(STYLE.lstrip(), encoding="utf-8")
    for source in PAGES:
        (site / address(source)).write_text(render(source, site), encoding="utf-8")
    sys.stdout.write(f"The docs are in {site / 'index.html'}\n")


if __name__ == "__main__":
    main()
