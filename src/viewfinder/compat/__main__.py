"""``python -m viewfinder.compat script.py …``: runs a program that imports ``fiftyone``."""

from __future__ import annotations

import runpy
import sys
from pathlib import Path

from viewfinder.compat.install import install

USAGE = """usage: python -m viewfinder.compat SCRIPT [ARGUMENTS …]
       python -m viewfinder.compat -m MODULE [ARGUMENTS …]

Runs a Python program in which `import fiftyone` gives Viewfinder."""


def main(arguments: list[str]) -> None:
    """Runs the program that the arguments name, as Python itself would."""
    if not arguments or arguments[0] in ("-h", "--help"):
        raise SystemExit(USAGE)
    install()
    if arguments[0] == "-m":
        if len(arguments) < 2:
            raise SystemExit(USAGE)
        sys.argv = arguments[1:]
        sys.path.insert(0, str(Path.cwd()))
        runpy.run_module(arguments[1], run_name="__main__", alter_sys=True)
        return
    script = Path(arguments[0])
    if not script.exists():
        raise SystemExit(f"There is no file {script}.\n{USAGE}")
    sys.argv = arguments
    sys.path.insert(0, str(script.absolute().parent))
    runpy.run_path(str(script), run_name="__main__")


if __name__ == "__main__":
    main(sys.argv[1:])
