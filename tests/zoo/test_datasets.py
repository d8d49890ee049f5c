from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from viewfinder.errors import DatasetError, DatasetNotFoundError, InvalidDatasetNameError
from viewfinder.facade import dataset_exists, delete_dataset, list_datasets, load_dataset
from viewfinder.labels import Classification, Detection
from viewfinder.zoo import list_zoo_datasets, load_zoo_dataset, load_zoo_dataset_info

PHOTOS = 55


def names_in(dataset_name: str) -> list[str]:
    return [Path(sample.filepath).name for sample in load_dataset(dataset_name)]


def python(program: str) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-W", "error", "-c", program],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def answer(process: subprocess.Popen[str]) -> str:
    out, errors = process.communicate(timeout=60)
    assert process.returncode == 0, errors
    return out.strip()


class StoppedError(Exception):
    pass


def stop_at_once(done: int, total: int | None) -> None:
    raise StoppedError(f"{done} of {total}")


def test_the_zoo_lists_its_datasets_and_tells_about_them() -> None:
    assert list_zoo_datasets() == ["quickstart", "quickstart-video"]
    info = load_zoo_dataset_info("quickstart")
    assert info.name == "quickstart"
    assert "detection" in info.tags
    assert info.provenance_path.is_file()


def test_quickstart_is_a_dataset_with_labels_and_predictions() -> None:
    dataset = load_zoo_dataset("quickstart")
    assert dataset.name == "quickstart"
    assert dataset.persistent
    assert dataset.media_type == "image"
    assert len(dataset) == PHOTOS
    assert {"scene", "ground_truth", "predictions", "outlines", "instances"} <= set(
        dataset.get_field_schema()
    )
    assert dataset.count("ground_truth.detections") == 223
    assert dataset.count_values("ground_truth.detections.label")["giraffe"] == 4
    assert dataset.count("outlines.polylines") == dataset.count("instances.detections") == 11
    assert dataset.count_values("tags") == {"validation": PHOTOS}


def test_a_sample_has_the_photograph_and_what_was_drawn_on_it() -> None:
    dataset = load_zoo_dataset("quickstart")
    sample = next(sample for sample in dataset if sample.filepath.endswith("kingfisher.jpg"))
    assert Path(sample.filepath).is_file()
    assert isinstance(sample["scene"], Classification)
    (bird,) = sample["ground_truth"].detections
    assert isinstance(bird, Detection)
    assert bird.label == "bird"
    assert bird["occluded"] is False
    (found,) = sample["predictions"].detections
    assert (found.label, found.confidence) == ("bird", 0.8867)
    (instance,) = sample["instances"].detections
    assert instance.mask is not None
    assert instance.mask.any()


def test_loading_again_gives_the_same_dataset_with_what_was_changed_in_it() -> None:
    dataset = load_zoo_dataset("quickstart")
    sample = dataset.first()
    sample.tags.append("mine")
    sample.save()
    again = load_zoo_dataset("quickstart")
    assert again is dataset
    assert again.count_values("tags")["mine"] == 1
    assert list_datasets() == ["quickstart"]


def test_a_fresh_one_can_take_its_place() -> None:
    dataset = load_zoo_dataset("quickstart")
    ids = dataset.values("id")
    dataset.first()["tags"] = ["mine"]
    dataset.delete_samples(ids[:3])
    fresh = load_zoo_dataset("quickstart", drop_existing_dataset=True)
    assert fresh.values("id") == ids
    assert fresh.count_values("tags") == {"validation": PHOTOS}
    assert list_datasets() == ["quickstart"]


def test_it_can_have_another_name_beside_the_first() -> None:
    load_zoo_dataset("quickstart")
    other = load_zoo_dataset("quickstart", dataset_name="my photos", persistent=False)
    assert other.name == "my photos"
    assert not other.persistent
    assert list_datasets() == ["my photos", "quickstart"]


def test_a_few_samples_have_a_name_of_their_own() -> None:
    dataset = load_zoo_dataset("quickstart", max_samples=4)
    assert dataset.name == "quickstart-4"
    assert names_in("quickstart-4") == [
        "airplane_from_above.jpg",
        "allium.jpg",
        "alpine_landscape.jpg",
        "astronaut.jpg",
    ]


def test_a_seed_gives_the_same_few_samples_again() -> None:
    for name in ("one", "two"):
        load_zoo_dataset("quickstart", dataset_name=name, max_samples=9, shuffle=True, seed=51)
    load_zoo_dataset("quickstart", dataset_name="three", max_samples=9, shuffle=True, seed=52)
    assert names_in("one") == names_in("two")
    assert names_in("one") != names_in("three")


def test_more_samples_than_there_are_is_all_of_them() -> None:
    assert len(load_zoo_dataset("quickstart", max_samples=1000)) == PHOTOS


def test_an_unknown_name_is_refused_with_the_nearest() -> None:
    with pytest.raises(DatasetNotFoundError, match="Did you mean 'quickstart'"):
        load_zoo_dataset("quikstart")
    assert list_datasets() == []


@pytest.mark.parametrize("max_samples", [0, -1])
def test_no_samples_at_all_is_refused(max_samples: int) -> None:
    with pytest.raises(DatasetError, match="give 1 or more"):
        load_zoo_dataset("quickstart", max_samples=max_samples)
    assert list_datasets() == []


def test_a_name_that_no_dataset_may_have_is_refused() -> None:
    with pytest.raises(InvalidDatasetNameError):
        load_zoo_dataset("quickstart", dataset_name="")
    assert list_datasets() == []


def test_when_loading_is_stopped_nothing_is_left_behind() -> None:
    with pytest.raises(StoppedError):
        load_zoo_dataset("quickstart", progress=stop_at_once)
    assert list_datasets() == []
    assert len(load_zoo_dataset("quickstart")) == PHOTOS


def test_when_replacing_is_stopped_the_old_dataset_stays() -> None:
    ids = load_zoo_dataset("quickstart").values("id")
    with pytest.raises(StoppedError):
        load_zoo_dataset("quickstart", drop_existing_dataset=True, progress=stop_at_once)
    assert list_datasets() == ["quickstart"]
    assert load_dataset("quickstart").values("id") == ids


def test_another_process_finds_it() -> None:
    sample = load_zoo_dataset("quickstart").first()
    sample["tags"] = ["seen"]
    sample.save()
    program = (
        "from viewfinder.zoo import load_zoo_dataset as load\n"
        "dataset = load('quickstart')\n"
        "print(len(dataset), dataset.first().tags)"
    )
    assert answer(python(program)) == f"{PHOTOS} ['seen']"


def test_processes_that_load_it_at_the_same_time_share_one_dataset() -> None:
    program = "from viewfinder.zoo import load_zoo_dataset as load\nprint(len(load('quickstart')))"
    processes = [python(program) for _ in range(3)]
    assert [answer(process) for process in processes] == [str(PHOTOS)] * 3
    assert list_datasets() == ["quickstart"]


def test_the_photographs_stay_when_the_dataset_is_deleted() -> None:
    paths = load_zoo_dataset("quickstart").values("filepath")
    delete_dataset("quickstart")
    assert not dataset_exists("quickstart")
    assert all(Path(path).is_file() for path in paths)
