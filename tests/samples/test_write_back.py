"""What views write to their dataset: tags, values, and what they leave out."""

from __future__ import annotations

import pytest

import viewfinder as vf
from viewfinder.errors import ExpressionError

F = vf.ViewField


@pytest.fixture
def dataset() -> vf.Dataset:
    """Samples 0…3; sample n has n objects a, b, c with confidences 0.1, 0.2, 0.3; and a class."""
    return filled("back", 4)


def filled(name: str, count: int) -> vf.Dataset:
    made = vf.Dataset(name)
    made.add_samples(
        [
            vf.Sample(
                filepath=f"/{n}.jpg",
                number=n,
                kind=vf.Classification(label="even" if n % 2 == 0 else "odd"),
                truth=vf.Detections(
                    [
                        vf.Detection(
                            label="abc"[k], bounding_box=[0, 0, 0.5, 0.5], confidence=(k + 1) / 10
                        )
                        for k in range(n % 4)
                    ]
                ),
            )
            for n in range(count)
        ],
        progress=False,
    )
    return made


def labels(dataset: vf.Dataset) -> list[str]:
    return ["".join(found) for found in dataset.values("truth.detections.label")]


def test_labels_are_tagged_where_the_view_shows_them(dataset: vf.Dataset) -> None:
    dataset.filter_labels("truth", F("confidence") > 0.15).tag_labels("sure", "truth")
    tags = dataset.values("truth.detections.tags")[3]
    assert [found or [] for found in tags] == [[], ["sure"], ["sure"]]
    dataset.match(F("number") == 3).tag_labels(["sure", "x"], label_fields=["truth"])
    assert dataset.count_label_tags("truth") == {"sure": 4, "x": 3}
    assert dataset.values("truth.detections.tags")[3] == [["sure", "x"]] * 3
    dataset.untag_labels("sure")
    assert dataset.count_label_tags() == {"x": 3}
    dataset.tag_labels("all")
    assert dataset.count_label_tags() == {"all": 10, "x": 3}


def test_tags_with_odd_characters_are_told_apart(dataset: vf.Dataset) -> None:
    dataset.tag_labels(["a\x1fb", "c"], "truth")
    dataset.untag_labels("c", "truth")
    assert dataset.count_label_tags("truth") == {"a\x1fb": 6}


def test_many_labels_are_tagged_as_a_column() -> None:
    dataset = filled("many", 3000)
    held = dataset.last()
    assert held.truth.detections[0].tags == []
    dataset.tag_labels("t", "truth")
    dataset.match(F("number") < 3).tag_labels("u", "truth")
    assert dataset.count_label_tags("truth") == {"t": 4500, "u": 3}
    assert held.truth.detections[0].tags == ["t"]


def test_patches_are_tagged_and_set_where_they_come_from(dataset: vf.Dataset) -> None:
    patches = dataset.to_patches("truth")
    patches.match(F("truth.label") == "b").tag_labels("B")
    assert dataset.count_label_tags() == {"B": 2}
    patches.set_values("truth.place", list(range(6)))
    assert dataset.values("truth.detections.place") == [[], [0], [1, 2], [3, 4, 5]]
    patches.set_values("truth.place", {patches.last().id: 9})
    assert dataset.values("truth.detections.place")[3] == [3, 4, 9]
    patches.match(F("truth.label") == "c").set_values("number", [30])
    assert dataset.values("number") == [0, 1, 2, 30]
    patches.match(F("truth.label") == "c").tag_samples("has c")
    assert dataset.values("tags") == [[], [], [], ["has c"]]
    patches.untag_samples("has c")
    assert dataset.count_sample_tags() == {}
    with pytest.raises(ExpressionError, match="kept nowhere"):
        patches.set_values("nothing", [0] * 6)
    with pytest.raises(ExpressionError, match="5 values"):
        patches.set_values("truth.place", [0] * 5)


def test_saving_a_view_writes_what_it_shows_of_its_samples(dataset: vf.Dataset) -> None:
    held = dataset.last()
    assert len(held.truth.detections) == 3
    view = dataset.match(F("number") > 1).filter_labels("truth", F("label") != "b")
    view.map_labels("kind", {"odd": "O"}).select_fields("truth").save()
    assert labels(dataset) == ["", "a", "a", "ac"]
    assert dataset.values("kind.label") == ["even", "odd", "even", "O"]
    assert dataset.bounds("truth.detections.confidence") == (0.1, pytest.approx(0.3))
    assert [label.label for label in held.truth.detections] == ["a", "c"]
    dataset.set_field("number", F("number") * 10).map_labels("truth", {"a": "A"}).save("number")
    assert dataset.values("number") == [0, 10, 20, 30]
    assert labels(dataset) == ["", "a", "a", "ac"]


def test_a_large_view_is_saved_as_columns() -> None:
    dataset = filled("large", 3000)
    dataset.filter_labels("truth", F("confidence") > 0.15, only_matches=False).save()
    assert dataset.count_values("truth.detections.label") == {"b": 1500, "c": 750}
    view = dataset.sort_by("number", reverse=True).set_field("number", -F("number"))
    view.save()
    assert dataset.values("number")[:3] == [0, -1, -2]


def test_saving_patches_writes_their_new_values(dataset: vf.Dataset) -> None:
    dataset.to_patches("truth").match(F("truth.label") != "a").map_labels(
        "truth", {"b": "B", "c": "C"}
    ).save()
    assert labels(dataset) == ["", "a", "aB", "aBC"]


def test_keep_and_clear_of_views_and_of_patches(dataset: vf.Dataset) -> None:
    dataset.to_patches("truth").match(F("truth.label") != "b").keep()
    assert labels(dataset) == ["", "a", "a", "ac"]
    dataset.to_patches("truth").match(F("truth.label") == "c").clear()
    assert labels(dataset) == ["", "a", "a", "a"]
    dataset.match(F("number") > 2).clear()
    dataset.match(F("number") > 0).keep()
    assert dataset.values("number") == [1, 2]
    dataset.limit(1).concat(dataset.limit(1)).keep()
    assert dataset.values("number") == [1]
    dataset.select_fields("number").keep_fields()
    assert "truth" not in dataset.get_field_schema()


def test_a_dataset_of_patches_is_on_its_own(dataset: vf.Dataset) -> None:
    copy = dataset.to_patches("truth").clone()
    assert copy.values("truth.label") == list("aababc")
    assert copy.values("sample_id")[0] == dataset.values("id")[1]
    copy.delete_samples(copy.limit(5))
    assert labels(dataset) == ["", "a", "ab", "abc"]


def test_labels_are_deleted_by_id_tag_reference_and_view(dataset: vf.Dataset) -> None:
    ids = dataset.values("truth.detections.id", unwind=True)
    dataset.delete_labels(ids=ids[0])
    assert labels(dataset) == ["", "", "ab", "abc"]
    dataset.delete_labels(labels=[{"field": "truth", "label_id": ids[1]}])
    assert labels(dataset) == ["", "", "b", "abc"]
    dataset.match(F("number") == 3).tag_labels("bad")
    dataset.delete_labels(tags="bad", fields="kind")
    assert dataset.values("kind.label") == ["even", "odd", "even", None]
    dataset.delete_labels(view=dataset.filter_labels("truth", F("label") == "b"), fields="truth")
    assert labels(dataset) == ["", "", "", "ac"]
    with pytest.raises(ExpressionError, match="Say which"):
        dataset.delete_labels()


def test_labels_of_many_samples_are_deleted() -> None:
    dataset = filled("gone", 3000)
    dataset.delete_labels(view=dataset.filter_labels("truth", F("label") == "a"), fields="truth")
    dataset.delete_labels(view=dataset.select_fields("kind"))
    assert dataset.count_values("truth.detections.label") == {"b": 1500, "c": 750}
    assert dataset.count("kind") == 0
    assert dataset.values("truth.detections")[0] == []
