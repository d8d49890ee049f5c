"""Functions of ``fiftyone.utils.annotations`` that take the collection first."""

from __future__ import annotations

from typing import Any

from viewfinder.annotate.results import AnnotationResults
from viewfinder.annotate.run import finish
from viewfinder.annotate.sending import start
from viewfinder.samples import SampleCollection

__all__ = ["annotate", "load_annotations"]


def annotate(samples: SampleCollection, anno_key: str, **options: Any) -> AnnotationResults:
    """As the method of collections."""
    return start(samples, anno_key, **options)


def load_annotations(samples: SampleCollection, anno_key: str, **options: Any) -> Any:
    """As the method of collections."""
    return finish(samples, anno_key, **options)
