"""Which module of ours answers for which of theirs: one table.

A name that is asked of ``fiftyone.core.labels`` is looked up in the modules named here, in order.
What stands in the table and is not found there is not here yet, and the error says so.
"""

from __future__ import annotations

__all__ = ["RENAMED", "ROOT", "SOURCES", "served_modules"]

ROOT = "fiftyone"

SOURCES: dict[str, tuple[str, ...]] = {
    "fiftyone": ("viewfinder.compat.toplevel", "viewfinder.compat.label_classes", "viewfinder"),
    "fiftyone.brain": (),
    "fiftyone.constants": ("viewfinder.compat.constants",),
    "fiftyone.core": (),
    "fiftyone.core.aggregations": ("viewfinder.expr",),
    "fiftyone.core.annotation": (
        "viewfinder.annotate.account.settings",
        "viewfinder.annotate.back.run",
    ),
    "fiftyone.core.clips": ("viewfinder.facade.view", "viewfinder.samples", "viewfinder"),
    "fiftyone.core.collections": ("viewfinder.samples",),
    "fiftyone.core.config": ("viewfinder.compat.toplevel",),
    "fiftyone.core.dataset": ("viewfinder.facade", "viewfinder.compat.toplevel"),
    "fiftyone.core.evaluation": ("viewfinder.evaluate.detections",),
    "fiftyone.core.expressions": ("viewfinder.expr",),
    "fiftyone.core.fields": (
        "viewfinder.schema",
        "viewfinder.schema.fields",
        "viewfinder.samples.field_methods",
    ),
    "fiftyone.core.frame": ("viewfinder",),
    "fiftyone.core.groups": ("viewfinder",),
    "fiftyone.core.labels": (
        "viewfinder.compat.label_classes",
        "viewfinder.labels",
        "viewfinder.schema.kept_documents",
    ),
    "fiftyone.core.logging": ("viewfinder.facade.console",),
    "fiftyone.core.media": ("viewfinder.compat.media", "viewfinder.media"),
    "fiftyone.core.metadata": ("viewfinder.schema.documents", "viewfinder.compute.metadata"),
    "fiftyone.core.odm": ("viewfinder.schema.documents", "viewfinder"),
    "fiftyone.core.patches": ("viewfinder.facade.view", "viewfinder.samples", "viewfinder"),
    "fiftyone.core.runs": ("viewfinder.samples",),
    "fiftyone.core.sample": ("viewfinder.samples",),
    "fiftyone.core.stages": ("viewfinder.stages",),
    "fiftyone.core.utils": ("viewfinder.compat.utilities",),
    "fiftyone.core.storage": ("viewfinder.compat.storage",),
    "fiftyone.core.video": ("viewfinder.facade.view", "viewfinder.samples", "viewfinder"),
    "fiftyone.core.view": ("viewfinder.facade",),
    "fiftyone.types": ("viewfinder.formats.types",),
    "fiftyone.utils": (),
    "fiftyone.utils.annotations": ("viewfinder.compat.annotations",),
    "fiftyone.utils.cvat": ("viewfinder.compat.cvat",),
    "fiftyone.utils.coco": ("viewfinder.transfer.predictions", "viewfinder.transfer"),
    "fiftyone.utils.eval": (),
    "fiftyone.utils.eval.detection": ("viewfinder.evaluate.detections",),
    "fiftyone.zoo": ("viewfinder.zoo",),
}
"""Their module → ours, the first that has a name wins."""

RENAMED: dict[tuple[str, str], tuple[str, str]] = {
    ("fiftyone", "__version__"): ("viewfinder", "__version__"),
    ("fiftyone.core.video", "FrameView"): ("viewfinder.samples", "FrameSample"),
    ("fiftyone.core.expressions", "VALUE"): ("viewfinder.expr", "VALUE"),
    ("fiftyone.core.labels", "_LABEL_LIST_FIELDS"): ("viewfinder.compat.toplevel", "LABEL_LISTS"),
}
"""Names that are written otherwise here: (their module, name) → (our module, name)."""


def served_modules() -> tuple[str, ...]:
    """The modules of FiftyOne that are served, in order."""
    return tuple(sorted(SOURCES))
