"""The rules of the house: each is a function from a tree of files to the sentences it objects to.

An empty list means that the rule holds. `test_rules.py` shows for each rule that it speaks up when
it should, `test_house.py` holds the project to all of them.
"""

from __future__ import annotations

import ast
import json
import re
import tomllib
from dataclasses import dataclass
from typing import TYPE_CHECKING

from tests.house.floors import FLOORS, GROUND

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

MAX_FILE_LINES = 600
MAX_FUNCTION_LINES = 60
MAX_DIRECT_PACKAGES = 20

PLUMBING = frozenset({"__future__", "importlib", "typing"})
"""Modules whose names a front door uses to open, and does not offer."""

SUITES = frozenset(
    {"benchmarks", "contract", "e2e", "examples", "faults", "ground", "house", "wire"}
)
"""Folders of tests that mirror no room: they look across rooms, or at the house itself."""

# Documented parts of the standard library that wear an underscore all the same.
PUBLIC_UNDERSCORES = frozenset({"_asdict", "_exit", "_fields", "_make", "_replace", "_MEIPASS"})

BY_NAME = frozenset({"delattr", "getattr", "hasattr", "setattr"})
TYPE_CHECKING_TESTS = ("TYPE_CHECKING", "typing.TYPE_CHECKING")


@dataclass(frozen=True, slots=True)
class Import:
    """One module that another one imports, and whether for the type checker alone."""

    target: str
    line: int
    type_only: bool


def python_files(tree: Path) -> list[Path]:
    """The Python files below a folder, in order of their paths."""
    return sorted(path for path in tree.rglob("*.py") if "__pycache__" not in path.parts)


def parse(path: Path) -> ast.Module:
    """The syntax tree of a file."""
    return ast.parse(path.read_text(encoding="utf-8"), filename=str(path))


def module_name(path: Path, package: Path) -> str:
    """The dotted name of a file of a package; of a package's `__init__.py` the package's name."""
    parts = path.relative_to(package.parent).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


class _ImportReader(ast.NodeVisitor):
    """Collects the imports of the package's own modules in one file."""

    def __init__(self, module: str, package: str, modules: set[str], *, is_init: bool) -> None:
        self.found: list[Import] = []
        self._base = module if is_init else module.rpartition(".")[0]
        self._package = package
        self._modules = modules
        self._type_only = False

    def visit_Import(self, node: ast.Import) -> None:
        for alias in node.names:
            self._note(alias.name, node.lineno)

    def visit_ImportFrom(self, node: ast.ImportFrom) -> None:
        source = node.module or ""
        if node.level:
            above = self._base.split(".")
            above = above[: len(above) - node.level + 1]
            source = ".".join([*above, source] if source else above)
        for alias in node.names:
            deeper = f"{source}.{alias.name}"
            self._note(deeper if deeper in self._modules else source, node.lineno)

    def visit_If(self, node: ast.If) -> None:
        if ast.unparse(node.test) not in TYPE_CHECKING_TESTS:
            self.generic_visit(node)
            return
        before, self._type_only = self._type_only, True
        for child in node.body:
            self.visit(child)
        self._type_only = before
        for child in node.orelse:
            self.visit(child)

    def _note(self, target: str, line: int) -> None:
        if target == self._package or target.startswith(self._package + "."):
            self.found.append(Import(target, line, self._type_only))


def imports_in(package: Path) -> dict[str, list[Import]]:
    """For each module of a package, its imports of the package's own modules."""
    names = {path: module_name(path, package) for path in python_files(package)}
    modules = set(names.values())
    imports = {}
    for path, name in names.items():
        reader = _ImportReader(name, package.name, modules, is_init=path.name == "__init__.py")
        reader.visit(parse(path))
        imports[name] = reader.found
    return imports


def room_of(module: str) -> str:
    """The room of a dotted module name: `package.cvat.rle` stands in `cvat`."""
    parts = module.split(".")
    return parts[1] if len(parts) > 1 else "__init__"


def floors(package: Path) -> list[str]:
    """Imports point down, along the table of the plan; types and functions are no way around."""
    objections = []
    for module, imports in imports_in(package).items():
        # `python -m package` is a command.
        room = "cli" if room_of(module) == "__main__" else room_of(module)
        if room not in FLOORS and room not in GROUND:
            objections.append(f"{module}: '{room}' is not on the plan (tests/house/floors.py)")
            continue
        allowed = FLOORS[room].may_import if room in FLOORS else frozenset()
        for found in imports:
            target = room_of(found.target)
            if target != room and target not in GROUND | allowed:
                objections.append(
                    f"{module}:{found.line}: '{room}' may not import '{found.target}'"
                )
    return objections


def circles(package: Path) -> list[str]:
    """No module needs itself in order to be imported, however far around or late."""
    needs = {
        module: {found.target for found in imports if not found.type_only}
        for module, imports in imports_in(package).items()
    }
    return [f"{' -> '.join(circle)}: a circle" for circle in _circles(needs)]


def _circles(needs: dict[str, set[str]]) -> Iterator[list[str]]:
    done: set[str] = set()
    trail: list[str] = []

    def walk(module: str) -> Iterator[list[str]]:
        if module in trail:
            yield [*trail[trail.index(module) :], module]
            return
        if module in done:
            return
        trail.append(module)
        for target in sorted(needs.get(module, ())):
            if target != module:
                yield from walk(target)
        trail.pop()
        done.add(module)

    for module in sorted(needs):
        yield from walk(module)


def sizes(tree: Path) -> list[str]:
    """Files and functions stay small enough to be read in one go; docstrings are not counted."""
    objections = []
    for path in python_files(tree):
        lines = len(path.read_text(encoding="utf-8").splitlines())
        if lines > MAX_FILE_LINES:
            objections.append(f"{path.relative_to(tree)}: {lines} lines, at most {MAX_FILE_LINES}")
        for node in ast.walk(parse(path)):
            if not isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
                continue
            lines = _code_lines(node)
            if lines > MAX_FUNCTION_LINES:
                objections.append(
                    f"{path.relative_to(tree)}:{node.lineno}: {node.name} has {lines} lines, "
                    f"at most {MAX_FUNCTION_LINES}"
                )
    return objections


def _code_lines(node: ast.FunctionDef | ast.AsyncFunctionDef) -> int:
    lines = (node.end_lineno or node.lineno) - node.lineno + 1
    if ast.get_docstring(node) is not None:
        docstring = node.body[0]
        lines -= (docstring.end_lineno or docstring.lineno) - docstring.lineno + 1
    return lines


def web_sizes(tree: Path) -> list[str]:
    """The files of the front end stay small too; generated ones say so in their first lines."""
    objections = []
    for path in sorted(tree.rglob("*")):
        if path.suffix not in {".ts", ".tsx", ".css"} or "node_modules" in path.parts:
            continue
        lines = path.read_text(encoding="utf-8").splitlines()
        if any("auto-generated" in line for line in lines[:5]):
            continue
        if len(lines) > MAX_FILE_LINES:
            objections.append(
                f"{path.relative_to(tree)}: {len(lines)} lines, at most {MAX_FILE_LINES}"
            )
    return objections


def exports(init: Path) -> list[str]:
    """`__all__` is a literal list in order, and names every public name of the module."""
    tree = parse(init)
    listed = _literal_all(tree)
    if listed is None:
        return [f"{init.name}: __all__ is not a literal list of names"]
    objections = []
    ordered = sorted(listed, key=_export_order)
    if listed != ordered:
        first = next(name for name, want in zip(listed, ordered, strict=True) if name != want)
        objections.append(f"{init.name}: __all__ is out of order at '{first}'")
    objections += [
        f"{init.name}: '{n}' is twice in __all__" for n in set(listed) if listed.count(n) > 1
    ]
    public = {name for name in _bound_names(tree) if not name.startswith("_")}
    objections += [
        f"{init.name}: '{n}' is public but not in __all__" for n in sorted(public - set(listed))
    ]
    return objections


def _literal_all(tree: ast.Module) -> list[str] | None:
    for node in tree.body:
        names = node.targets if isinstance(node, ast.Assign) else [getattr(node, "target", None)]
        if any(isinstance(name, ast.Name) and name.id == "__all__" for name in names):
            try:
                value = ast.literal_eval(getattr(node, "value", None) or ast.Constant(None))
            except ValueError:
                return None
            return [str(name) for name in value] if isinstance(value, list | tuple) else None
    return None


def _export_order(name: str) -> tuple[int, list[tuple[int, str]]]:
    """The order that ruff keeps: CONSTANTS, Classes, functions; numbers by their value."""
    kind = 0 if len(name) > 1 and name.isupper() else 1 if name[0].isupper() else 2
    pieces = re.findall(r"\d+|\D+", name)
    return kind, [(int(piece), "") if piece.isdigit() else (-1, piece) for piece in pieces]


def _bound_names(tree: ast.Module) -> set[str]:
    names: set[str] = set()
    blocks: list[ast.stmt] = list(tree.body)
    for node in blocks:
        if isinstance(node, ast.If):
            # Imports for the type checker are gone at run time, unless they are resolved lazily.
            if ast.unparse(node.test) not in TYPE_CHECKING_TESTS:
                blocks += [*node.body, *node.orelse]
        elif isinstance(node, ast.ImportFrom):
            if node.module not in PLUMBING:
                names |= {alias.asname or alias.name for alias in node.names}
        elif isinstance(node, ast.Import):
            names |= {alias.asname or alias.name.partition(".")[0] for alias in node.names}
        elif isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
            names.add(node.name)
        elif isinstance(node, ast.Assign):
            names |= {target.id for target in node.targets if isinstance(target, ast.Name)}
        elif isinstance(node, ast.AnnAssign) and isinstance(node.target, ast.Name):
            names.add(node.target.id)
    return names


def foreign_privates(tree: Path) -> list[str]:
    """Private means private: `other._x` only where the file itself defines `_x`."""
    objections = []
    for path in python_files(tree):
        module = parse(path)
        own = _own_privates(module)
        for node in ast.walk(module):
            for name in _private_reaches(node):
                if name not in own and name not in PUBLIC_UNDERSCORES:
                    line = getattr(node, "lineno", 0)
                    objections.append(f"{path.relative_to(tree)}:{line}: reaches for '{name}'")
    return objections


def _is_private(name: str) -> bool:
    return (
        name.startswith("_") and not (name.startswith("__") and name.endswith("__")) and name != "_"
    )


def _private_reaches(node: ast.AST) -> Iterator[str]:
    if isinstance(node, ast.Attribute) and _is_private(node.attr):
        if not (isinstance(node.value, ast.Name) and node.value.id in {"self", "cls"}):
            yield node.attr
    elif isinstance(node, ast.ImportFrom):
        yield from (alias.name for alias in node.names if _is_private(alias.name))
    elif isinstance(node, ast.Call) and ast.unparse(node.func) in BY_NAME and len(node.args) > 1:
        name = node.args[1]
        if isinstance(name, ast.Constant) and isinstance(name.value, str):
            yield from filter(_is_private, [name.value])


def _own_privates(module: ast.Module) -> set[str]:
    """The private names that a file defines: functions, classes, variables, attributes, slots."""
    own: set[str] = set()
    for node in ast.walk(module):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
            own.add(node.name)
        elif isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store):
            own.add(node.id)
        elif isinstance(node, ast.Attribute) and isinstance(node.ctx, ast.Store):
            # Only `self._x = …` defines; `other._x = …` is the very reach that is meant.
            if isinstance(node.value, ast.Name) and node.value.id in {"self", "cls"}:
                own.add(node.attr)
        elif isinstance(node, ast.Assign) and any(
            isinstance(target, ast.Name) and target.id == "__slots__" for target in node.targets
        ):
            own |= {
                item.value
                for item in ast.walk(node.value)
                if isinstance(item, ast.Constant) and isinstance(item.value, str)
            }
    return own


def layout(package: Path, tests: Path) -> list[str]:
    """Tests mirror the source: each room has its folder of tests, each folder its room."""
    rooms = {path.parent.name for path in package.glob("*/*.py")}
    ground = {path.stem for path in package.glob("*.py")}
    objections = []
    for room in sorted(rooms):
        if not list((tests / room).rglob("test_*.py")):
            objections.append(f"src: the room '{room}' has no tests in tests/{room}/")
    for folder in sorted(path for path in tests.iterdir() if path.is_dir()):
        if list(folder.rglob("*.py")) and folder.name not in rooms | SUITES:
            objections.append(f"tests/{folder.name}: there is no such room or suite")
    for path in sorted(tests.glob("test_*.py")):
        if path.stem.removeprefix("test_") not in ground:
            objections.append(f"tests/{path.name}: there is no such module of the ground")
    for path in python_files(tests):
        if path.name.endswith("_test.py"):
            objections.append(f"{path.relative_to(tests.parent)}: name it test_….py")
    return objections


def locks(project: Path) -> list[str]:
    """Lock files pin every package by a hash and name no place to fetch it from."""
    objections = []
    lock = (project / "requirements/dev.lock").read_text(encoding="utf-8")
    if "://" in lock or "--index-url" in lock or "--find-links" in lock:
        objections.append("requirements/dev.lock: names a place to fetch from")
    pins = re.findall(r"^[a-z0-9].*?(?=^\S|\Z)", lock, flags=re.MULTILINE | re.DOTALL)
    objections += [
        f"requirements/dev.lock: {pin.split()[0]} has no hash"
        for pin in pins
        if "--hash=" not in pin
    ]
    return objections + (_npm_lock(project / "web") if (project / "web").exists() else [])


def _npm_lock(web: Path) -> list[str]:
    packages = json.loads((web / "package-lock.json").read_text(encoding="utf-8"))["packages"]
    wanted = json.loads((web / "package.json").read_text(encoding="utf-8"))
    objections = [
        f"web/package-lock.json: its {kind} are not those of package.json"
        for kind in ("dependencies", "devDependencies", "optionalDependencies")
        if packages[""].get(kind, {}) != wanted.get(kind, {})
    ]
    for name, entry in packages.items():
        if "resolved" in entry:
            objections.append(f"web/package-lock.json: {name} names a place to fetch from")
        # What is bundled lies inside its parent's archive, which has the hash.
        if name and "integrity" not in entry and not entry.get("inBundle"):
            objections.append(f"web/package-lock.json: {name} has no hash")
    return objections


def dependencies(project: Path) -> list[str]:
    """The core stays small: few direct packages, each with a lowest version."""
    metadata = tomllib.loads((project / "pyproject.toml").read_text(encoding="utf-8"))
    packages = metadata["project"]["dependencies"]
    objections = []
    if len(packages) > MAX_DIRECT_PACKAGES:
        objections.append(f"{len(packages)} direct packages, at most {MAX_DIRECT_PACKAGES}")
    objections += [f"{name}: no lowest version" for name in packages if ">=" not in name]
    return objections
