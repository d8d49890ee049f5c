"""Features of the rooms above samples as methods: signature, docstring, one call."""

from __future__ import annotations

from viewfinder.facade.annotation import AnnotationFeatures
from viewfinder.facade.dicts import DictFeatures
from viewfinder.facade.evaluation import EvaluationFeatures
from viewfinder.facade.grouping import GroupFeatures
from viewfinder.facade.indexes import IndexFeatures
from viewfinder.facade.label_moves import LabelMoveFeatures
from viewfinder.facade.runs import RunFeatures
from viewfinder.facade.transferring import ExportFeatures
from viewfinder.samples import ViewT

__all__ = ["CollectionFeatures"]


class CollectionFeatures(
    AnnotationFeatures[ViewT],
    DictFeatures[ViewT],
    EvaluationFeatures[ViewT],
    ExportFeatures[ViewT],
    GroupFeatures[ViewT],
    IndexFeatures[ViewT],
    LabelMoveFeatures[ViewT],
    RunFeatures[ViewT],
):
    """What datasets and views can both do besides choosing, counting and iterating."""
