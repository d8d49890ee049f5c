"""The import hook: finds ``fiftyone`` and its modules before an installed one is looked for."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from importlib import import_module
from importlib.abc import Loader, MetaPathFinder
from importlib.machinery import ModuleSpec
from types import ModuleType
from typing import Any

from viewfinder.compat.names import RENAMED, ROOT, SOURCES
from viewfinder.facade import Dataset

__all__ = ["install", "uninstall"]


class _ServedModule(ModuleType):
    """A module of theirs whose names are looked up here when they are asked for."""

    def __getattr__(self, name: str) -> Any:
        value = _find(self.__name__, name)
        setattr(self, name, value)
        return value

    def __dir__(self) -> list[str]:
        names = {name for name in self.__dict__ if name.startswith("__")}
        for source in SOURCES[self.__name__]:
            names.update(getattr(import_module(source), "__all__", ()))
        children = (name.removeprefix(f"{self.__name__}.") for name in SOURCES)
        names.update(name for name in children if "." not in name)
        return sorted(names)


class _Finder(MetaPathFinder, Loader):
    """Answers imports of ``fiftyone`` and everything below it."""

    def find_spec(
        self, fullname: str, path: Sequence[str] | None, target: ModuleType | None = None
    ) -> ModuleSpec | None:
        """The spec of a served module.

        Raises:
            ModuleNotFoundError: for a module of theirs that is not served
        """
        del path, target
        if fullname != ROOT and not fullname.startswith(f"{ROOT}."):
            return None
        if fullname not in SOURCES:
            raise ModuleNotFoundError(
                f"Viewfinder has nothing in the place of the module '{fullname}'. Modules that are "
                f"served: {', '.join(sorted(SOURCES))}.",
                name=fullname,
            )
        return ModuleSpec(fullname, self, is_package=True)

    def create_module(self, spec: ModuleSpec) -> ModuleType:
        """An empty module that looks its names up later."""
        return _ServedModule(spec.name)

    def exec_module(self, module: ModuleType) -> None:
        """Nothing has to run: names are found when they are asked for."""
        module.__doc__ = f"{module.__name__}, served by Viewfinder."
        # Star imports take these and no others.
        module.__dict__["__all__"] = [
            name for name in dir(module) if not name.startswith("_") and _has(module, name)
        ]


_finder = _Finder()


def install() -> None:
    """Serves ``fiftyone`` from this package from now on, in this process.

    As there, datasets are deleted when the process ends unless ``dataset.persistent`` is set.

    Raises:
        ImportError: when the real FiftyOne was imported already
    """
    loaded = sys.modules.get(ROOT)
    if loaded is not None and not isinstance(loaded, _ServedModule):
        raise ImportError(
            "FiftyOne itself was imported already; call viewfinder.compat.install() before the "
            "first 'import fiftyone'.",
            name=ROOT,
        )
    if _finder not in sys.meta_path:
        sys.meta_path.insert(0, _finder)
    Dataset.NAMED_ARE_KEPT = False


def uninstall() -> None:
    """Ends what :func:`install` began; modules that were imported stay with who holds them."""
    if _finder in sys.meta_path:
        sys.meta_path.remove(_finder)
    for name, module in list(sys.modules.items()):
        if isinstance(module, _ServedModule):
            del sys.modules[name]
    Dataset.NAMED_ARE_KEPT = True


def _has(module: ModuleType, name: str) -> bool:
    """Whether a name can be had without importing a module below."""
    if f"{module.__name__}.{name}" in SOURCES:
        return False
    try:
        _find(module.__name__, name)
    except AttributeError:
        return False
    return True


def _find(module: str, name: str) -> Any:
    """The value of a name of theirs.

    Raises:
        AttributeError: when there is nothing in its place; it is named
    """
    below = f"{module}.{name}"
    if below in SOURCES:
        return import_module(below)
    if (module, name) in RENAMED:
        source, ours = RENAMED[module, name]
        return getattr(import_module(source), ours)
    if not name.startswith("_"):
        for source in SOURCES[module]:
            found = getattr(import_module(source), name, None)
            if found is not None:
                return found
    raise AttributeError(
        f"Viewfinder has nothing in the place of '{below}' (yet). Look in docs/migrating.md for "
        "what is different here.",
        name=name,
    )
