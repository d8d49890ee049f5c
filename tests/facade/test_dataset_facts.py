from __future__ import annotations

import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path

import viewfinder as vf


def deleted_at(dataset: vf.Dataset) -> datetime | None:
    return dataset.last_deletion_at


def test_times_tell_when() -> None:
    begun = datetime.now(UTC)
    dataset = vf.Dataset("My facts!")
    assert dataset.slug == "my-facts"
    assert deleted_at(dataset) is None
    dataset.add_samples([vf.Sample(filepath=f"/{n}.jpg") for n in range(3)], progress=False)
    added = dataset.last_modified_at
    assert begun <= added <= datetime.now(UTC)
    sample = dataset.first()
    sample["n"] = 1
    sample.save()
    dataset.sync_last_modified_at()
    assert dataset.last_modified_at > added
    before = dataset.history()[-1].number
    dataset.delete_samples(sample)
    deleted = deleted_at(dataset)
    assert deleted is not None
    assert added <= deleted <= datetime.now(UTC)
    # Going back to when the sample was there does not undo that one was deleted.
    dataset.restore(before)
    assert deleted_at(dataset) == deleted
    dataset.restore(0)
    assert (deleted_at(dataset) or deleted) > deleted


def test_loading_in_another_process_is_told() -> None:
    dataset = vf.Dataset("loaded")
    first = dataset.last_loaded_at
    assert first is not None
    program = "import viewfinder as vf; vf.load_dataset('loaded')"
    subprocess.run([sys.executable, "-c", program], check=True)
    assert dataset.last_loaded_at is not None
    assert dataset.last_loaded_at > first


def test_caches_are_let_go_of_and_nothing_is_lost() -> None:
    dataset = vf.Dataset()
    dataset.add_sample(vf.Sample(filepath="/1.jpg", n=3))
    assert dataset.match(vf.F("n") > 1).count() == 1
    engine = dataset.handle.engine
    dataset.clear_cache()
    assert dataset.handle.engine is not engine
    assert dataset.match(vf.F("n") > 1).count() == 1
    assert dataset.version == vf.__version__


def test_sizes_are_told(tmp_path: Path) -> None:
    media = tmp_path / "1.mp4"
    media.write_bytes(b"x" * 3000)
    dataset = vf.Dataset()
    sample = vf.Sample(filepath=media)
    sample.frames[1] = vf.Frame(n=1)
    known = vf.Sample(filepath="/gone.mp4", metadata=vf.VideoMetadata(size_bytes=500))
    dataset.add_samples([sample, known, vf.Sample(filepath="/absent.mp4")], progress=False)
    stats = dataset.stats(include_media=True, include_indexes=True, compressed=True)
    assert (stats["samples_count"], stats["frames_count"]) == (3, 1)
    assert (stats["media_bytes"], stats["media_size"]) == (3500, "3.4KB")
    assert (stats["indexes_count"], stats["indexes_bytes"]) == (0, 0)
    parts = ("samples", "frames", "media", "indexes")
    assert stats["total_bytes"] == sum(stats[f"{part}_bytes"] for part in parts)
    assert stats["samples_bytes"] > 1000
