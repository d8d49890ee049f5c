"""Methods take the arguments that they take in FiftyOne 1.22, under the same names, in their order.

``signatures.json`` lists them as they were read there with ``inspect``; private ones are left out.
"""

from __future__ import annotations

import inspect
import json
from pathlib import Path
from typing import Any

import pytest

import viewfinder as vf

RECORDED: dict[str, dict[str, list[str]]] = json.loads(
    (Path(__file__).parent / "signatures.json").read_text()
)

MONGO = "it is written for MongoDB"
OF_THE_APP = "it belongs to the App"
LATER = "the layouts and models that need it come later"
OWN_WORDS = "the arguments by name are spelt out, in place of **kwargs"
POSITIONAL = "it is the one argument, given by place"
OTHER_FLOOR = "the annotation loop has its own test of its arguments"

DEVIATIONS: dict[str, str] = {
    "Dataset.__init__": "there are no further facts to give at once",
    "Dataset.add_archive": "the arguments of add_dir() are given by name",
    "Dataset.from_archive": "the arguments of from_dir() are given by name",
    "Dataset.merge_archive": "the arguments of merge_dir() are given by name",
    "Dataset.add_frame_field": "there are no fields with arguments of their own",
    "Dataset.add_sample_field": "there are no fields with arguments of their own",
    "Dataset.load_annotation_results": OTHER_FLOOR,
    "Dataset.evaluate_detections": LATER,
    "Dataset.to_clips": OWN_WORDS,
    "Dataset.to_evaluation_patches": OWN_WORDS,
    "Dataset.to_frames": OWN_WORDS,
    "Dataset.to_patches": OWN_WORDS,
    "Dataset.to_trajectories": OWN_WORDS,
    "Sample.__init__": "media references are not there yet",
    "Sample.from_dict": POSITIONAL,
    "Frame.from_dict": POSITIONAL,
    "SortBy.__init__": "columns need no index",
    "Concat.__init__": "a stage holds the stages of the other view rather than the view",
    "ExcludeGroups.__init__": "what is left out has no order",
    "GeoNear.__init__": MONGO,
    "GeoWithin.__init__": "places are searched without an index",
    "ToClips.__init__": OWN_WORDS,
    "ToFrames.__init__": OWN_WORDS,
    "ToPatches.__init__": OWN_WORDS,
    "ToEvaluationPatches.__init__": OWN_WORDS,
    "ToTrajectories.__init__": OWN_WORDS,
    "ViewStage.__init__": "each stage has its own",
}
"""What differs, and why."""


def recorded() -> list[tuple[str, Any, list[str]]]:
    """The methods that are served, with the names of their arguments there."""
    found = []
    for owner, methods in RECORDED.items():
        holder = vf if owner == "fiftyone" else getattr(vf, owner, None)
        for name, arguments in methods.items():
            method = getattr(holder, name, None)
            if holder is None:
                continue
            if method is not None and callable(method) and not isinstance(method, type):
                found.append((f"{owner}.{name}", method, arguments))
    return found


def served(method: Any, expected: list[str]) -> bool:
    """Whether a method has these arguments in this order; a dict of more has any name."""
    parameters = [
        (part.kind, part.name)
        for part in inspect.signature(method).parameters.values()
        if part.name != "self"
    ]
    wanted = [name for name in expected if not name.startswith("**")]
    own = [name for _, name in parameters if name in wanted]
    open_ended = any(kind is inspect.Parameter.VAR_KEYWORD for kind, _ in parameters)
    return own == wanted and (open_ended or len(wanted) == len(expected))


@pytest.mark.parametrize(
    ("name", "method", "expected"), recorded(), ids=[name for name, _, _ in recorded()]
)
def test_a_method_takes_the_same_arguments(name: str, method: Any, expected: list[str]) -> None:
    if name in DEVIATIONS:
        pytest.skip(DEVIATIONS[name])
    assert served(method, expected), f"{name}: there {expected}, here {inspect.signature(method)}"


def test_most_of_the_methods_are_served() -> None:
    assert len(recorded()) > 250


def test_a_missing_argument_is_seen() -> None:
    def method(self: Any, first: int, second: int = 0) -> None:
        raise NotImplementedError

    assert served(method, ["first", "second"])
    assert not served(method, ["second", "first"])
    assert not served(method, ["first", "third"])
    assert not served(method, ["first", "**kwargs"])


@pytest.mark.parametrize("name", DEVIATIONS)
def test_a_deviation_that_is_none_any_more_is_removed(name: str) -> None:
    here = {known: (method, expected) for known, method, expected in recorded()}
    if name in here:
        assert not served(*here[name]), f"{name} is as there now: remove it from the list."
