"""Functions of ``fiftyone.utils.annotations`` that take the collection first."""

from __future__ import annotations

from typing import Any

from viewfinder.annotate.account.config import configured_options, destination_of
from viewfinder.annotate.account.connect import connect
from viewfinder.annotate.back.run import finish
from viewfinder.annotate.backends.base import Backend
from viewfinder.annotate.options import parse_options
from viewfinder.annotate.out.sending import start
from viewfinder.annotate.results import AnnotationResults
from viewfinder.samples import SampleCollection

__all__ = ["annotate", "connect_to_api", "load_annotations"]


def annotate(
    samples: SampleCollection, anno_key: str | None = None, **options: Any
) -> AnnotationResults:
    """As the method of collections."""
    return start(samples, anno_key, **options)


def connect_to_api(backend: str | None = None, **options: Any) -> Backend:
    """A signed-in connection to an annotation server, for ``use_api`` of results."""
    task_options, access = parse_options({**configured_options(backend), **options})
    return connect(destination_of(access, backend=backend), task_options)


def load_annotations(samples: SampleCollection, anno_key: str, **options: Any) -> Any:
    """As the method of collections."""
    return finish(samples, anno_key, **options)
