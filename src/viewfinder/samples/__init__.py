"""A sample is a lazy row and a collection is a dataset and stages; both write in transactions."""

from __future__ import annotations

from viewfinder.samples.access import SaveContext
from viewfinder.samples.adding import add_in_batches, add_samples, import_samples
from viewfinder.samples.collection import SampleCollection
from viewfinder.samples.copying import SHARED_FACTS, copy_samples, merge_facts
from viewfinder.samples.core import ViewT
from viewfinder.samples.custom_runs import (
    Run,
    RunConfig,
    RunResults,
    change_run,
    keep_run,
    load_results,
    read_run,
    view_of_run,
)
from viewfinder.samples.edits import (
    Edit,
    LabelEdit,
    Orders,
    ValueEdit,
    apply_edits,
    apply_label_edits,
)
from viewfinder.samples.field_changes import SchemaChanges
from viewfinder.samples.field_methods import flatten_schema
from viewfinder.samples.frame_collection import FrameCollection
from viewfinder.samples.frame_handle import FrameHandle, frames_of_handle
from viewfinder.samples.frame_methods import FrameChanges
from viewfinder.samples.frame_row_methods import FrameRows
from viewfinder.samples.frames import Frame, Frames, FrameView
from viewfinder.samples.group_state import DEFAULT_SLICE, GROUP_FIELD, MEDIA_TYPES
from viewfinder.samples.grouping import dynamic_group, dynamic_group_keys, samples_by_group
from viewfinder.samples.handle import (
    DatasetHandle,
    create_handle,
    open_catalog,
    open_handle,
)
from viewfinder.samples.history import compare_versions, restore_version
from viewfinder.samples.indexes import add_index, index_information, remove_index
from viewfinder.samples.json_form import (
    PathLike,
    add_from_dict,
    collection_to_dict,
    read_json_dict,
)
from viewfinder.samples.label_moving import move_labels
from viewfinder.samples.merge_values import MergeRules
from viewfinder.samples.places import Place
from viewfinder.samples.records import NamedRecords, slug_of
from viewfinder.samples.row_collection import PatchView, RowCollection, RowSample
from viewfinder.samples.row_handle import RowHandle
from viewfinder.samples.sample import Sample, SampleView
from viewfinder.samples.sample_merging import merge_samples
from viewfinder.samples.summaries import (
    default_name,
    is_stale,
    make_summary,
    read_summary,
    write_summary,
)
from viewfinder.samples.video_rows import ClipView, FrameSample
from viewfinder.samples.view_fields import ViewFields
from viewfinder.samples.view_saving import changed_fields, save_view
from viewfinder.samples.viewing import stages_to_json, view_from_json
from viewfinder.samples.whole import (
    copy_facts,
    delete_samples_by_id,
    read_info,
    write_info,
)
from viewfinder.samples.write_back_methods import (
    chosen_labels,
    delete_visible_labels,
)
from viewfinder.schema import EmbeddedDocumentField, Group, KeypointSkeleton
from viewfinder.stages import (
    Concat,
    RowStage,
    SelectGroups,
    ToClips,
    ToEvaluationPatches,
    ToFrames,
    ToPatches,
    ToTrajectories,
    ViewStage,
)
from viewfinder.store import Difference, LabelDifference, Retention, Transaction, Version

__all__ = [
    "DEFAULT_SLICE",
    "GROUP_FIELD",
    "MEDIA_TYPES",
    "SHARED_FACTS",
    "ClipView",
    "Concat",
    "DatasetHandle",
    "Difference",
    "Edit",
    "EmbeddedDocumentField",
    "Frame",
    "FrameChanges",
    "FrameCollection",
    "FrameHandle",
    "FrameRows",
    "FrameSample",
    "FrameView",
    "Frames",
    "Group",
    "KeypointSkeleton",
    "LabelDifference",
    "LabelEdit",
    "MergeRules",
    "NamedRecords",
    "Orders",
    "PatchView",
    "PathLike",
    "Place",
    "Retention",
    "RowCollection",
    "RowHandle",
    "RowSample",
    "RowStage",
    "Run",
    "RunConfig",
    "RunResults",
    "Sample",
    "SampleCollection",
    "SampleView",
    "SaveContext",
    "SchemaChanges",
    "SelectGroups",
    "ToClips",
    "ToEvaluationPatches",
    "ToFrames",
    "ToPatches",
    "ToTrajectories",
    "Transaction",
    "ValueEdit",
    "Version",
    "ViewFields",
    "ViewStage",
    "ViewT",
    "add_from_dict",
    "add_in_batches",
    "add_index",
    "add_samples",
    "apply_edits",
    "apply_label_edits",
    "change_run",
    "changed_fields",
    "chosen_labels",
    "collection_to_dict",
    "compare_versions",
    "copy_facts",
    "copy_samples",
    "create_handle",
    "default_name",
    "delete_samples_by_id",
    "delete_visible_labels",
    "dynamic_group",
    "dynamic_group_keys",
    "flatten_schema",
    "frames_of_handle",
    "import_samples",
    "index_information",
    "is_stale",
    "keep_run",
    "load_results",
    "make_summary",
    "match_values",
    "merge_facts",
    "merge_samples",
    "move_labels",
    "open_catalog",
    "open_handle",
    "read_info",
    "read_json_dict",
    "read_run",
    "read_summary",
    "remove_index",
    "restore_version",
    "samples_by_group",
    "save_view",
    "slug_of",
    "stages_to_json",
    "view_from_json",
    "view_of_run",
    "write_info",
    "write_summary",
]
