"""View stages: frozen values, each lowered to a plan that some engine can run."""

from __future__ import annotations

from viewfinder.stages.base import STAGES, ViewStage, stage_from_json
from viewfinder.stages.distances import GeoNear, GeoWithin, SortBySimilarity, Sql
from viewfinder.stages.fields import (
    ExcludeFields,
    ExcludeLabels,
    FilterLabels,
    LimitLabels,
    MatchLabels,
    SelectFields,
    SelectLabels,
)
from viewfinder.stages.frames import ExcludeFrames, MatchFrames, SelectFrames
from viewfinder.stages.groups import (
    ExcludeGroups,
    ExcludeGroupSlices,
    Flatten,
    GroupBy,
    SelectGroups,
    SelectGroupSlices,
    one_slice,
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
from viewfinder.stages.values import (
    FilterField,
    FilterKeypoints,
    MapLabels,
    MapValues,
    SetField,
)
from viewfinder.stages.videos import ToClips, ToFrames, ToTrajectories

__all__ = [
    "STAGES",
    "Concat",
    "Exclude",
    "ExcludeBy",
    "ExcludeFields",
    "ExcludeFrames",
    "ExcludeGroupSlices",
    "ExcludeGroups",
    "ExcludeLabels",
    "Exists",
    "FilterField",
    "FilterKeypoints",
    "FilterLabels",
    "Flatten",
    "GeoNear",
    "GeoWithin",
    "GroupBy",
    "Limit",
    "LimitLabels",
    "MapLabels",
    "MapValues",
    "Match",
    "MatchFrames",
    "MatchLabels",
    "MatchTags",
    "RowStage",
    "Select",
    "SelectBy",
    "SelectFields",
    "SelectFrames",
    "SelectGroupSlices",
    "SelectGroups",
    "SelectLabels",
    "SetField",
    "Shuffle",
    "Skip",
    "SortBy",
    "SortBySimilarity",
    "Sql",
    "Take",
    "ToClips",
    "ToEvaluationPatches",
    "ToFrames",
    "ToPatches",
    "ToTrajectories",
    "ViewStage",
    "one_slice",
    "stage_from_json",
]
