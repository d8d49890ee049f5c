from __future__ import annotations

import pytest

import viewfinder as vf
from viewfinder.errors import ExpressionError, FieldNotFoundError, SampleNotFoundError

F = vf.ViewField


@pytest.fixture
def dataset() -> vf.Dataset:
    """Samples 0…5; sample n has n predictions of confidence 0.1, 0.2, …, and the tag "even"."""
    made = vf.Dataset("views")
    made.add_samples(
        [
            vf.Sample(
                filepath=f"/{n}.jpg",
                tags=["even"] if n % 2 == 0 else [],
                number=n,
                predictions=vf.Detections(
                    [
                        vf.Detection(
                            label="cat" if k % 2 else "dog",
                            bounding_box=[0, 0, 0.5, 0.5],
                            confidence=(k + 1) / 10,
                        )
                        for k in range(n)
                    ]
                ),
            )
            for n in range(6)
        ],
        progress=False,
    )
    return made


def numbers(collection: vf.SampleCollection) -> list[int]:
    return [sample.number for sample in collection]


def test_views_choose_and_order(dataset: vf.Dataset) -> None:
    assert numbers(dataset) == [0, 1, 2, 3, 4, 5]
    assert numbers(dataset.match(F("number") > 3)) == [4, 5]
    assert numbers(dataset.match_tags("even")) == [0, 2, 4]
    assert numbers(dataset.sort_by("number", reverse=True).limit(2)) == [5, 4]
    assert numbers(dataset.skip(4)) == [4, 5]
    assert numbers(dataset.sort_by(F("predictions.detections").length(), reverse=True)) == [
        *(5, 4, 3),
        *(2, 1, 0),
    ]
    view = dataset.filter_labels("predictions", F("confidence") > 0.35)
    assert numbers(view) == [4, 5]
    assert [len(sample.predictions.detections) for sample in view] == [1, 2]
    assert numbers(dataset.take(3, seed=1)) == numbers(dataset.take(3, seed=1))
    assert sorted(numbers(dataset.shuffle(seed=1))) == [0, 1, 2, 3, 4, 5]


def test_samples_are_chosen_by_ids_samples_and_views(dataset: vf.Dataset) -> None:
    ids = dataset.values("id")
    assert numbers(dataset.select(ids[2])) == [2]
    assert numbers(dataset.select([ids[3], ids[1]])) == [1, 3]
    assert numbers(dataset.select([ids[3], ids[1]], ordered=True)) == [3, 1]
    assert numbers(dataset.select(dataset.last())) == [5]
    assert numbers(dataset.exclude(dataset.match_tags("even"))) == [1, 3, 5]


def test_slices_are_views(dataset: vf.Dataset) -> None:
    assert numbers(dataset[2:4]) == [2, 3]
    assert numbers(dataset[-2:]) == [4, 5]
    assert numbers(dataset[:2]) == [0, 1]
    assert numbers(dataset[4:2]) == []
    assert numbers(dataset.match_tags("even")[1:]) == [2, 4]
    assert numbers(dataset[F("number") == 3]) == [3]
    assert numbers(dataset[[n == 2 for n in range(6)]]) == [2]
    assert numbers(dataset[[dataset.first().id]]) == [0]
    with pytest.raises(ExpressionError, match="step"):
        dataset[::2]
    with pytest.raises(ExpressionError, match="skip"):
        dataset[0]  # type: ignore[call-overload]
    with pytest.raises(ExpressionError, match="booleans"):
        dataset[[True]]


def test_first_last_head_tail_one(dataset: vf.Dataset) -> None:
    assert dataset.first().number == 0
    assert dataset.last().number == 5
    assert [sample.number for sample in dataset.head()] == [0, 1, 2]
    assert [sample.number for sample in dataset.tail(2)] == [4, 5]
    assert dataset.one(F("number") == 3).number == 3
    with pytest.raises(SampleNotFoundError, match="number"):
        dataset.one(F("number") == 9)
    with pytest.raises(ExpressionError, match="More than one"):
        dataset.one(F("number") > 1, exact=True)
    with pytest.raises(SampleNotFoundError):
        dataset.limit(0).first()
    with pytest.raises(SampleNotFoundError):
        vf.Dataset().last()


def test_a_sample_is_found_by_id_and_by_path(dataset: vf.Dataset) -> None:
    identifier = dataset.values("id")[3]
    assert dataset[identifier].number == 3
    assert dataset["/3.jpg"].number == 3
    assert identifier in dataset
    assert "/3.jpg" in dataset
    assert dataset[identifier] in dataset
    odd = dataset.exclude(dataset.match_tags("even"))
    assert odd[identifier].number == 3
    assert dataset.values("id")[2] not in odd
    with pytest.raises(SampleNotFoundError, match="views"):
        dataset["f" * 24]
    with pytest.raises(SampleNotFoundError, match="this view"):
        odd["/2.jpg"]


def test_views_are_live(dataset: vf.Dataset) -> None:
    view = dataset.match(F("number") >= 5)
    assert len(view) == 1
    dataset.add_sample(vf.Sample(filepath="/6.jpg", number=6))
    assert len(view) == 2
    dataset.delete_samples(view.first())
    assert numbers(view) == [6]


def test_a_misspelt_field_is_refused_when_the_stage_is_added(dataset: vf.Dataset) -> None:
    with pytest.raises(FieldNotFoundError, match="'predictions'"):
        dataset.filter_labels("predictoins", F("confidence") > 0.5)
    with pytest.raises(FieldNotFoundError):
        dataset.match(F("nmber") > 3)
    with pytest.raises(FieldNotFoundError):
        dataset.select_fields("number").match(F("predictions.detections").length() > 3)


def test_aggregations(dataset: vf.Dataset) -> None:
    assert dataset.count() == 6
    assert dataset.count("predictions.detections") == 15
    assert dataset.count_values("predictions.detections.label") == {"dog": 9, "cat": 6}
    assert dataset.distinct("predictions.detections.label") == ["cat", "dog"]
    assert dataset.bounds("predictions.detections.confidence") == (0.1, 0.5)
    assert dataset.count_sample_tags() == {"even": 3}
    assert dataset.sum("number") == 15
    assert dataset.mean("number") == 2.5
    assert dataset.values("number") == [0, 1, 2, 3, 4, 5]
    assert dataset.values(["number", "tags"])[0] == [0, 1, 2, 3, 4, 5]
    view = dataset.filter_labels("predictions", F("label") == "cat")
    assert view.count("predictions.detections") == 6
    assert dataset.aggregate([vf.Count(), vf.Distinct("tags")]) == [6, ["even"]]


def test_views_know_their_stages(dataset: vf.Dataset) -> None:
    view = dataset.match(F("number") > 3).limit(1)
    assert [type(stage).__name__ for stage in view.stages] == ["Match", "Limit"]
    assert view.root is dataset
    assert view == dataset.match(F("number") > 3).limit(1)
    assert view != dataset.match(F("number") > 3)
    assert dataset.add_stage(vf.Limit(2)) == dataset.limit(2)
    assert "filter_labels" in dataset.list_view_stages()
    assert "count_values" in dataset.list_aggregations()


def test_print_of_a_dataset(dataset: vf.Dataset) -> None:
    assert str(dataset).splitlines() == [
        "Name:        views",
        "Media type:  image",
        "Num samples: 6",
        "Persistent:  True",
        "Tags:        []",
        "Sample fields:",
        "    id:               ObjectIdField",
        "    filepath:         StringField",
        "    tags:             ListField(StringField)",
        "    metadata:         EmbeddedDocumentField(ImageMetadata)",
        "    created_at:       DateTimeField",
        "    last_modified_at: DateTimeField",
        "    number:           IntField",
        "    predictions:      EmbeddedDocumentField(Detections)",
    ]


def test_print_of_a_view(dataset: vf.Dataset) -> None:
    text = str(dataset.select_fields("number").match(F("number") > 3))
    assert text.startswith("Dataset:     views\nMedia type:  image\nNum samples: 2\n")
    assert "predictions" not in text
    assert text.splitlines()[-3:] == [
        "View stages:",
        "    1. SelectFields(field_names=['number'])",
        "    2. Match(filter=(F('number') > 3))",
    ]


def test_clear_and_keep(dataset: vf.Dataset) -> None:
    dataset.match_tags("even").clear()
    assert numbers(dataset) == [1, 3, 5]
    view = dataset.match(F("number") > 1)
    assert isinstance(view, vf.DatasetView)
    view.keep()
    assert numbers(dataset) == [3, 5]
    dataset.clear()
    assert len(dataset) == 0
    assert dataset.has_field("number")


def test_a_view_is_cloned_into_a_dataset(dataset: vf.Dataset) -> None:
    dataset.info = {"author": "me"}
    clone = dataset.filter_labels("predictions", F("confidence") > 0.35).clone("clone")
    assert clone.values("number") == [4, 5]
    assert clone.count("predictions.detections") == 3
    assert clone.info == {"author": "me"}
    assert dataset.count("predictions.detections") == 15
