"""The code blocks of the two documents that this project set out from, one by one.

The "CVAT Integration" page of FiftyOne 0.12 and its later tutorial "Annotating Datasets with CVAT";
where they differ, the tutorial counts. Every block of code is listed here under its heading, with
its number there (printed output is not counted), and says which test runs it, or why none does.
``test_source_integration.py`` and ``test_source_tutorial.py`` run them as FiftyOne's users wrote
them, through ``viewfinder.compat``, with a label server in the place of the hosted one.
"""

from __future__ import annotations

import ast
from pathlib import Path
from textwrap import dedent
from typing import Any

__all__ = ["INTEGRATION", "TUTORIAL", "Program", "blocks_run_by"]

INTEGRATION = {
    "Workflow Overview 1": "test_workflow_overview",
    "Environment variables 1": "test_environment_variables",
    "Keyword argument 1": "test_keyword_argument",
    "Command line prompt 1": "test_nobody_is_asked_by_the_library",
    "FiftyOne config 1": "test_fiftyone_config",
    "Attributes 1": "test_attributes_as_a_list",
    "Attributes 2": "test_attributes_as_a_dict",
    "Label schema 1": "test_label_schema",
    "Load Annotations 1": "test_label_schema",
    "Modify existing label field 1": "test_modify_existing_label_field",
    "Modify existing label field 2": "test_new_classes_and_attributes",
    "Create new label fields 1": "test_create_new_label_fields",
    "Create new label fields 2": "test_create_new_label_fields",
    "Annotate multiple fields 1": "test_annotate_multiple_fields",
    "Unexpected annotations 1": "test_unexpected_annotations",
    "Unexpected annotations 2": "test_unexpected_annotations",
    "Assign users 1": "test_assign_users",
    "Scalar labels 1": "test_scalar_labels",
    "Upload alternate media 1": "test_upload_alternate_media",
    "Videos 1": "test_videos",
}
"""The older page."""

TUTORIAL = {
    "Setup 1": "installs a package",
    "Setup 2": "test_setup",
    "Setup 3": "installs packages for the brain",
    "Loading data 1": "test_loading_data",
    "Loading data 2": "test_loading_data",
    "Loading data 3": "test_loading_data",
    "Loading data 4": "the App",
    "Loading data 5": "the App",
    "Finding unique samples 1": "the brain",
    "Finding unique samples 2": "the brain, plots",
    "Finding unique samples 3": "plots, the App",
    "Finding unique samples 4": "test_annotating_samples",
    "Finding unique samples 5": "the App",
    "Annotating samples in CVAT 1": "test_annotating_samples",
    "Annotating samples in CVAT 2": "test_annotating_samples",
    "Annotating samples in CVAT 3": "test_annotating_samples",
    "Annotating samples in CVAT 4": "the App",
    "Annotating samples in CVAT 5": "test_a_team_and_a_new_session",
    "Annotating samples in CVAT 6": "test_a_team_and_a_new_session",
    "Annotating samples in CVAT 7": "test_a_team_and_a_new_session",
    "Attributes 1": "test_attributes",
    "Attributes 2": "test_attributes",
    "Attributes 3": "the App",
    "Attributes 4": "the App",
    "Label schema 1": "test_label_schema",
    "Label schema 2": "test_label_schema",
    "Label schema 3": "test_label_schema",
    "Label schema 4": "the App",
    "Label schema 5": "the App",
    "Dataset improvement 1": "test_what_to_improve",
    "Dataset improvement 2": "the model zoo",
    "Dataset improvement 3": "test_what_to_improve",
    "Dataset improvement 4": "the App",
    "Dataset improvement 5": "the App",
    "Dataset improvement 6": "test_what_to_improve",
    "Dataset improvement 7": "test_what_to_improve",
    "Dataset improvement 8": "the App",
    "Dataset improvement 9": "the App",
    "Dataset improvement 10": "the App",
    "Dataset improvement 11": "test_dataset_improvement",
    "Dataset improvement 12": "test_dataset_improvement",
    "Dataset improvement 13": "test_dataset_improvement",
    "Dataset improvement 14": "the App",
    "Dataset improvement 15": "test_dataset_improvement",
    "Dataset improvement 16": "test_dataset_improvement",
    "Annotating videos in CVAT 1": "test_annotating_videos",
    "Annotating videos in CVAT 2": "test_annotating_videos",
    "Annotating videos in CVAT 3": "test_annotating_videos",
    "Annotating videos in CVAT 4": "test_annotating_videos",
    "Annotating videos in CVAT 5": "test_annotating_videos",
    "Annotating videos in CVAT 6": "the App",
    "Annotating videos in CVAT 7": "the App",
}
"""The tutorial. What belongs to the App, the brain and the model zoo comes with these."""


class Program:
    """A program of a document, run block by block; its names live on from one to the next."""

    def __init__(self) -> None:
        self.names: dict[str, Any] = {}

    def __call__(self, block: str, code: str, **given: Any) -> None:
        """Runs a block; `given` are names that the document leaves to its reader."""
        self.names.update(given)
        exec(compile(dedent(code), f"<{block}>", "exec"), self.names)  # noqa: S102 – it is ours

    def __getitem__(self, name: str) -> Any:
        return self.names[name]


def blocks_run_by(file: Path) -> dict[str, str]:
    """The blocks that the tests of a file run, and the name of the test for each."""
    found = {}
    for test in ast.parse(file.read_text(encoding="utf-8")).body:
        if isinstance(test, ast.FunctionDef):
            for node in ast.walk(test):
                if isinstance(node, ast.Call) and isinstance(node.func, ast.Name):
                    first = node.args[0] if node.func.id == "run" else None
                    if isinstance(first, ast.Constant) and first.value:
                        found[str(first.value)] = test.name
    return found
