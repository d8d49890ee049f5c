"""Evaluations as runs of a dataset: kept under their key, with the fields that they wrote."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from viewfinder.evaluate.detections import ClassScore, DetectionResults
from viewfinder.samples import (
    Run,
    RunConfig,
    SampleCollection,
    keep_run,
    load_results,
    read_run,
    view_of_run,
)
from viewfinder.samples import runs as kept
from viewfinder.schema.nested import field_at

__all__ = [
    "delete_evaluation",
    "evaluation_info",
    "evaluation_results",
    "evaluation_view",
    "has_evaluation",
    "keep_evaluation",
    "list_evaluations",
    "rename_evaluation",
]

KIND = "evaluation"
ON_LABELS = ("", "_id", "_iou")
ON_SAMPLES = ("_tp", "_fp", "_fn")
"""What is added to the key for the fields that an evaluation of detections writes."""


def keep_evaluation(
    collection: SampleCollection, key: str, results: DetectionResults, **options: Any
) -> None:
    """Keeps an evaluation of detections; an older one of that key is forgotten."""
    config = {
        "type": "detection",
        "method": "coco",
        "pred_field": results.pred_field,
        "gt_field": results.gt_field,
        "iou": results.iou,
        **options,
    }
    classes = {name: [s.tp, s.fp, s.fn] for name, s in results.classes.items()}
    keep_run(collection, KIND, key, config, {"classes": classes}, overwrite=True)


def list_evaluations(collection: SampleCollection, wanted: Mapping[str, Any]) -> list[str]:
    """The keys of the evaluations whose config has the given values, oldest first."""
    keys = kept.list_runs(collection, KIND)
    configs = {key: read_run(collection, KIND, key).config for key in keys}
    return [
        key
        for key in keys
        if all(value is None or configs[key].get(name) == value for name, value in wanted.items())
    ]


def has_evaluation(collection: SampleCollection, key: str) -> bool:
    """Whether there is an evaluation of that key."""
    return kept.has_run(collection, KIND, key)


def evaluation_info(collection: SampleCollection, key: str) -> Run:
    """Key, time and config of an evaluation; a DatasetError where there is none."""
    run = read_run(collection, KIND, key)
    return Run(run.key, run.version, run.timestamp, RunConfig(**run.config), run.stages)


def evaluation_results(collection: SampleCollection, key: str) -> DetectionResults:
    """The results of an evaluation; a DatasetError where there is none."""
    config = read_run(collection, KIND, key).config
    values = load_results(collection, KIND, key) or {"classes": {}}
    classes = {name: ClassScore(*counts) for name, counts in values["classes"].items()}
    return DetectionResults(config["pred_field"], config["gt_field"], config["iou"], classes)


def evaluation_view(collection: SampleCollection, key: str, *, select_fields: bool) -> Any:
    """The view that was evaluated, as the dataset is now; with `select_fields` only its labels."""
    config = read_run(collection, KIND, key).config
    fields = [config["pred_field"], config["gt_field"]] if select_fields else None
    return view_of_run(collection, KIND, key, fields)


def rename_evaluation(collection: SampleCollection, key: str, new_key: str) -> None:
    """Gives an evaluation another key, and the fields that it wrote another name.

    Raises:
        DatasetError: when there is none of that key, or the new one is taken
    """
    paths = _paths(collection, key)
    kept.rename_run(collection, KIND, key, new_key)
    renamed = {path: _renamed(path, key, new_key) for path in paths}
    if renamed:
        _dataset(collection).rename_sample_fields(renamed)


def delete_evaluation(collection: SampleCollection, key: str) -> None:
    """Forgets an evaluation, and deletes the fields that it wrote.

    Raises:
        DatasetError: when there is none of that key
    """
    paths = _paths(collection, key)
    kept.delete_run(collection, KIND, key)
    if paths:
        _dataset(collection).delete_sample_fields(paths)


def _paths(collection: SampleCollection, key: str) -> list[str]:
    """The fields of an evaluation that are still there."""
    config = read_run(collection, KIND, key).config
    roots = (config["pred_field"], config["gt_field"])
    paths = [f"{root}.detections.{key}{suffix}" for root in roots for suffix in ON_LABELS]
    paths += [f"{key}{suffix}" for suffix in ON_SAMPLES]
    schema = collection.root.visible_schema()
    return [path for path in paths if field_at(schema, path) is not None]


def _renamed(path: str, key: str, new_key: str) -> str:
    parent, dot, name = path.rpartition(".")
    return f"{parent}{dot}{new_key}{name.removeprefix(key)}"


def _dataset(collection: SampleCollection) -> Any:
    return collection.root
