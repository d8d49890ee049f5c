"""What views say of themselves, and the small helpers around datasets."""

from __future__ import annotations

import io
import logging
import os

import pytest

import viewfinder as vf


@pytest.fixture
def dataset() -> vf.Dataset:
    dataset = vf.Dataset()
    for at in range(3):
        labels = [vf.Detection(label=name, bounding_box=[0, 0, 1, 1], age=at) for name in "ab"]
        dataset.add_sample(
            vf.Sample(f"/{at}.jpg", num=at, tags=["x"], boxes=vf.Detections(detections=labels))
        )
    return dataset


def test_a_saved_view_has_a_description(dataset: vf.Dataset) -> None:
    view = dataset.limit(1)
    assert view.description is None
    dataset.save_view("first", view, description="The first one")
    view.reload()
    assert [view.name, view.description] == ["first", "The first one"]
    assert dataset.load_saved_view("first").description == "The first one"
    dataset.delete_saved_views()
    assert view.description is None


def test_a_schema_is_flattened(dataset: vf.Dataset) -> None:
    schema = dataset.get_field_schema()
    assert list(vf.flatten_schema(schema, ftype=vf.IntField)) == [
        "metadata.size_bytes", "metadata.width", "metadata.height", "metadata.num_channels",
        "num", "boxes.detections.index", "boxes.detections.age",
    ]  # fmt: skip
    assert vf.flatten_schema(schema) == dataset.get_field_schema(flat=True)


def test_values_are_printed_and_bars_disabled(monkeypatch: pytest.MonkeyPatch) -> None:
    out = io.StringIO()
    vf.pprint({"one": [vf.Classification(label="x")]}, stream=out)
    assert "'label': 'x'" in out.getvalue()
    assert vf.pformat((1, [2])) == "(1, [2])"
    monkeypatch.setenv("VIEWFINDER_SHOW_PROGRESS", "1")
    vf.disable_progress_bars()
    assert os.environ["VIEWFINDER_SHOW_PROGRESS"] == "0"
    before = vf.get_logging_level()
    vf.set_logging_level(logging.ERROR)
    assert vf.get_logging_level() == logging.ERROR
    vf.set_logging_level(before)


def test_a_bar_follows_a_loop_or_is_told() -> None:
    told: list[tuple[int, int | None]] = []
    with vf.ProgressBar(progress=lambda done, total: told.append((done, total))) as bar:
        assert list(bar("ab")) == ["a", "b"]
    with vf.ProgressBar(9, progress=lambda done, total: told.append((done, total))) as bar:
        bar.update()
        bar.update(3)
    assert told == [(1, 2), (2, 2), (1, 9), (4, 9)]


def test_deleting_says_so_where_asked(capsys: pytest.CaptureFixture[str]) -> None:
    vf.Dataset("one")
    vf.Dataset("two")
    vf.delete_dataset("one", verbose=True)
    vf.delete_datasets("t*")
    assert capsys.readouterr().out == "Dataset 'one' deleted\n"
