"""View stages: frozen values, each lowered to a plan that some engine can run."""

from __future__ import annotations

from viewfinder.stages.base import STAGES, ViewStage, stage_from_json
from viewfinder.stages.fields import (
    ExcludeFields,
    ExcludeLabels,
    FilterLabels,
    LimitLabels,
    MatchLabels,
    SelectFields,
    SelectLabels,
)
from viewfinder.stages.rows import Concat, RowStage, ToEvaluationPatches, ToPatches
from viewfinder.stages.samples import (
    Exclude,
    ExcludeBy,
    Exists,
    Limit,
    Match,
    MatchTags,
    Select,
    SelectBy,
    Shuffle,
    Skip,
    SortBy,
    Take,
)

__all__ = [
    "STAGES",
    "Concat",
    "Exclude",
    "ExcludeBy",
    "ExcludeFields",
    "ExcludeLabels",
    "Exists",
    "FilterLabels",
    "Limit",
    "LimitLabels",
    "Match",
    "MatchLabels",
    "MatchTags",
    "RowStage",
    "Select",
    "SelectBy",
    "SelectFields",
    "SelectLabels",
    "Shuffle",
    "Skip",
    "SortBy",
    "Take",
    "ToEvaluationPatches",
    "ToPatches",
    "ViewStage",
    "stage_from_json",
]
