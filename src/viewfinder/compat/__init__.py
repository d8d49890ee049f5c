"""Programs that import ``fiftyone`` run unchanged: its modules are served from this package.

::

    python -m viewfinder.compat script.py --its-own arguments
    python -m viewfinder.compat -m some.module

or, in a program of one's own, before the first ``import fiftyone``::

    import viewfinder.compat

    viewfinder.compat.install()
"""

from __future__ import annotations

from viewfinder.compat.install import install, uninstall
from viewfinder.compat.names import served_modules

__all__ = ["install", "served_modules", "uninstall"]
