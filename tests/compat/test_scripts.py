"""Programs that import fiftyone, run unchanged in processes of their own."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

SCRIPT = """
import sys
import fiftyone as fo
import fiftyone.zoo as foz
import fiftyone.types as fot
import fiftyone.core.labels as fol
from fiftyone import ViewField as F
from fiftyone.core.expressions import ViewExpression

dataset = foz.load_zoo_dataset("quickstart", max_samples=10)
assert isinstance(dataset, fo.Dataset)
view = dataset.filter_labels("predictions", F("confidence") > 0.5).sort_by(
    F("predictions.detections").length(), reverse=True
)
assert isinstance(F("confidence") > 0.5, ViewExpression)
assert isinstance(view, fo.core.view.DatasetView)
for sample in view.take(2, seed=51):
    for detection in sample.predictions.detections:
        assert isinstance(detection, fol.Detection)
        assert detection.confidence > 0.5
mine = fo.Dataset("mine")
mine.add_sample(fo.Sample(filepath="a.jpg", truth=fo.Classification(label="cat")))
print(mine.count_values("truth.label"), mine.persistent, sys.argv[1:])
"""


def run(*arguments: str, cwd: Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "viewfinder.compat", *arguments],
        cwd=cwd,
        env={**os.environ},
        capture_output=True,
        text=True,
        check=False,
    )


def test_a_script_runs_unchanged(tmp_path: Path) -> None:
    (tmp_path / "script.py").write_text(SCRIPT)
    outcome = run("script.py", "--size", "3", cwd=tmp_path)
    assert outcome.stderr == ""
    assert outcome.stdout == "{'cat': 1} False ['--size', '3']\n"


def test_a_module_runs_unchanged(tmp_path: Path) -> None:
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "__init__.py").touch()
    (tmp_path / "mine" / "job.py").write_text("import fiftyone as fo\nprint(fo.list_datasets())\n")
    outcome = run("-m", "mine.job", cwd=tmp_path)
    assert (outcome.stdout, outcome.stderr) == ("[]\n", "")


@pytest.mark.parametrize(
    ("line", "words"),
    [
        ("import fiftyone.operators", "nothing in the place of the module 'fiftyone.operators'"),
        ("import fiftyone as fo; fo.launch_satellite", "'fiftyone.launch_satellite'"),
        ("from fiftyone.core.labels import Hologram", "cannot import name 'Hologram'"),
    ],
)
def test_what_is_missing_is_named(tmp_path: Path, line: str, words: str) -> None:
    (tmp_path / "script.py").write_text(line)
    outcome = run("script.py", cwd=tmp_path)
    assert outcome.returncode == 1
    assert words in outcome.stderr


def test_named_datasets_end_with_the_program_as_they_do_there(tmp_path: Path) -> None:
    (tmp_path / "one.py").write_text(
        "import fiftyone as fo\nfo.Dataset('gone')\nfo.Dataset('kept').persistent = True\n"
    )
    assert run("one.py", cwd=tmp_path).stderr == ""
    (tmp_path / "two.py").write_text("import fiftyone as fo\nprint(fo.list_datasets())\n")
    assert run("two.py", cwd=tmp_path).stdout == "['kept']\n"


def test_without_a_program_the_usage_is_told(tmp_path: Path) -> None:
    assert "usage: python -m viewfinder.compat" in run(cwd=tmp_path).stderr
    assert "There is no file" in run("gone.py", cwd=tmp_path).stderr
