"""Writers, an importer and readers on one dataset at the same time: no error and no lost update.

Ten seconds by default; the environment variable MANY_SECS asks for more.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

import viewfinder as vf

SECS = float(os.environ.get("MANY_SECS", "10"))
SAMPLES = 40

COMMON = """
import json, sys, time
import viewfinder as vf
dataset = vf.load_dataset("many")
who, secs = sys.argv[1], float(sys.argv[2])
done = {}
dataset.count()
print("ready", flush=True)
sys.stdin.readline()
end = time.monotonic() + secs
"""

WRITER = """
n = 0
while time.monotonic() < end:
    n += 1
    at = n % 40
    sample = dataset[f"/{at}.jpg"]
    sample[who] = n
    sample["by_" + who] = vf.Classification(label=str(n))
    sample.save()
    done[at] = n
    if n % 10 == 0:
        dataset.add_sample_field(f"{who}_{n}", vf.FloatField)
print(json.dumps({"last": done, "steps": n}))
"""

IMPORTER = """
n = 0
while time.monotonic() < end:
    n += 1
    size = 500 if n % 2 else 20
    dataset.add_samples(
        [
            vf.Sample(
                filepath=f"/{who}/{n}/{at}.jpg",
                gt=vf.Detections(
                    detections=[vf.Detection(label=str(n), bounding_box=[0, 0, 1, 1])]
                ),
            )
            for at in range(size)
        ],
        progress=False,
    )
    done[n] = size
print(json.dumps({"sizes": done, "steps": n}))
"""

READER = """
n, most = 0, 0
while time.monotonic() < end:
    n += 1
    view = dataset.match(vf.F("filepath").starts_with("/importer"))
    sizes = {}
    paths, labels = view.values(["filepath", "gt.detections.label"])
    for path, found in zip(paths, labels, strict=True):
        step = path.split("/")[2]
        assert found == [step], (path, found)
        sizes[step] = sizes.get(step, 0) + 1
    # A batch is seen whole or not at all, and none is ever seen to go.
    assert set(sizes.values()) <= {20, 500}, sizes
    assert len(paths) >= most
    most = len(paths)
    for sample in dataset.limit(5):
        for writer in ("one", "two"):
            label = sample["by_" + writer]
            assert (sample[writer] or None) == (int(label.label) if label else None)
print(json.dumps({"steps": n}))
"""

BODIES = {"one": WRITER, "two": WRITER, "importer": IMPORTER} | {
    f"reader_{number}": READER for number in range(4)
}


def run_all(home: Path) -> Mapping[str, Any]:
    """Starts all at once, and gives what each says at its end."""
    processes = {
        name: subprocess.Popen(
            [sys.executable, "-W", "error", "-c", COMMON + body, name, str(SECS)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            env={**os.environ, "VIEWFINDER_HOME": str(home)},
        )
        for name, body in BODIES.items()
    }
    try:
        for name, process in processes.items():
            assert process.stdout is not None
            if process.stdout.readline() != "ready\n":
                pytest.fail(f"{name}: {process.communicate()[1]}")
        for process in processes.values():
            assert process.stdin is not None
            process.stdin.write("go\n")
            process.stdin.flush()
        said = {}
        for name, process in processes.items():
            out, problems = process.communicate(timeout=SECS + 90)
            assert process.returncode == 0, f"{name}: {problems}"
            said[name] = json.loads(out)
        return said
    finally:
        for process in processes.values():
            process.kill()
            process.communicate()


@pytest.mark.slow
@pytest.mark.timeout(240 + 2 * SECS)
def test_many_at_once_lose_nothing(home: Path) -> None:
    dataset = vf.Dataset("many")
    dataset.add_samples([vf.Sample(filepath=f"/{at}.jpg") for at in range(SAMPLES)], progress=False)
    for writer in ("one", "two"):
        dataset.add_sample_field(writer, vf.IntField)
        dataset.add_sample_field(
            f"by_{writer}", vf.EmbeddedDocumentField, embedded_doc_type=vf.Classification
        )
    gt = vf.Detections([])
    dataset.add_samples([vf.Sample(filepath="/last.jpg", gt=gt)], progress=False)
    said = run_all(home)
    assert all(each["steps"] > 0 for each in said.values()), said

    mine = dataset.match(vf.F("filepath").is_in([f"/{at}.jpg" for at in range(SAMPLES)]))
    schema = dataset.get_field_schema()
    for writer in ("one", "two"):
        last = {int(at): n for at, n in said[writer]["last"].items()}
        wanted = [last.get(at) for at in range(SAMPLES)]
        assert mine.values(writer) == wanted
        labels = [None if n is None else str(n) for n in wanted]
        assert mine.values(f"by_{writer}.label") == labels
        tenths = range(10, said[writer]["steps"] + 1, 10)
        assert {f"{writer}_{n}" for n in tenths} <= set(schema)
    sizes = said["importer"]["sizes"]
    assert dataset.count() == SAMPLES + 1 + sum(sizes.values())
    assert dataset.count_values("gt.detections.label") == sizes
    dataset.delete()
