from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from cvat_sdk import models

from tests.annotate.helpers import Annotator, annotator, bits, labels_of, make_dataset
from viewfinder.cvat.client import CvatClient
from viewfinder.cvat.signin import Credentials
from viewfinder.cvat.wire import NewAttribute, NewLabel
from viewfinder.errors import AnnotationError, LabelSchemaError
from viewfinder.labels import Classification, Detection, Detections

There = dict[str, Any]


def boxes(*classes: str) -> Detections:
    return Detections([Detection(name, [0.1, 0.1, 0.3, 0.3], note="n") for name in classes])


def connect(there: There) -> CvatClient:
    who = Credentials(username=there["username"], password=there["password"])
    return CvatClient.connect(there["url"], credentials=who)


def write(person: Annotator, name: str, text: str, frame: int = 0) -> None:
    """Adds a tag with a value that was typed."""
    value = models.AttributeValRequest(spec_id=person.spec_ids[name, "value"], value=text)
    tag = models.LabeledImageRequest(
        frame=frame, label_id=person.class_ids[name], attributes=[value]
    )
    person.create(tags=[tag])


def retype(person: Annotator, tag: Any, name: str, text: str) -> None:
    value = {"spec_id": person.spec_ids[name, "value"], "value": text}
    kept = [item for item in tag.to_dict()["attributes"] if item["spec_id"] != value["spec_id"]]
    data = {**tag.to_dict(), "attributes": [*kept, value]}
    update = models.PatchedLabeledDataRequest(tags=[models.LabeledImageRequest(**data)])
    person.task.update_annotations(update)


def test_plain_values_go_out_and_come_back(tmp_path: Path, there: There) -> None:
    dataset = make_dataset(
        tmp_path,
        {"weight": 1.5, "city": "Bonn", "count": 7, "sharp": True},
        {"weight": None, "city": "Ulm", "count": 8, "sharp": False},
        name="plain",
    )
    schema = {
        "weight": {},
        "city": {"classes": ["Bonn", "Köln"]},
        "count": {},
        "sharp": {"type": "scalar"},
    }
    (task_id,) = dataset.annotate("k", schema, **there).task_ids
    assert dataset.load_annotations("k", **there).changes == ()
    with annotator(there, task_id) as person:
        tags = {
            (person.task.get_labels()[n].name, tag.frame): tag
            for tag in person.tags()
            for n, label in enumerate(person.task.get_labels())
            if label.id == tag.label_id
        }
        # Ulm is none of the classes, and no value is no tag.
        assert set(tags) == {
            ("weight", 0), ("Bonn", 0), ("count", 0), ("sharp", 0), ("count", 1), ("sharp", 1)
        }  # fmt: skip
        retype(person, tags["weight", 0], "weight", "2.25")
        write(person, "weight", "3", frame=1)
        person.change_tag(tags["Bonn", 0], "Köln")
        person.delete(tags["count", 1])
        retype(person, tags["sharp", 0], "sharp", "false")
    report = dataset.load_annotations("k", **there)
    assert (report.counts["edited"], report.counts["added"], report.counts["deleted"]) == (3, 1, 1)
    assert dataset.values("weight") == [2.25, 3.0]
    assert dataset.values("city") == ["Köln", "Ulm"]
    assert dataset.values("count") == [7, None]
    assert dataset.values("sharp") == [False, False]
    assert dataset.load_annotations("k", **there).changes == ()

    dataset.undo_annotations("k")
    assert dataset.values("weight") == [1.5, None]
    assert dataset.values("city") == ["Bonn", "Ulm"]
    assert dataset.values("count") == [7, 8]


def test_new_plain_fields(tmp_path: Path, there: There) -> None:
    dataset = make_dataset(tmp_path, {}, {}, name="newplain")
    schema = {"rating": {"type": "scalar"}, "mood": {"type": "scalar", "classes": ["calm", "wild"]}}
    (task_id,) = dataset.annotate("k", schema, **there).task_ids
    with annotator(there, task_id) as person:
        write(person, "rating", "4", frame=1)
        person.tag("wild", frame=0)
    dataset.load_annotations("k", **there)
    assert dataset.values("rating") == [None, 4]
    assert dataset.values("mood") == ["wild", None]


def test_defect_11_text_in_a_field_of_numbers_is_told_and_nothing_is_lost(
    tmp_path: Path, there: There
) -> None:
    dataset = make_dataset(
        tmp_path, {"weight": 1.5, "name": "a"}, {"weight": 2.0, "name": "b"}, name="d11"
    )
    (task_id,) = dataset.annotate("k", ["weight", "name"], **there).task_ids
    with annotator(there, task_id) as person:
        first, second, third, fourth = sorted(person.tags(), key=lambda t: (t.label_id, t.frame))
        assert (first.frame, third.frame) == (0, 0)
        retype(person, first, "weight", "heavy")
        retype(person, second, "weight", "9")
        retype(person, third, "name", "2")
        del fourth
    report = dataset.load_annotations("k", **there)
    assert dataset.values("weight") == [1.5, 9.0]
    assert dataset.values("name") == ["2", "b"]
    assert any("'heavy' was typed" in note for note in report.notes)


def test_a_project_is_made_used_again_and_removed_when_empty(tmp_path: Path, there: There) -> None:
    dataset = make_dataset(tmp_path, {"gt": boxes("cat")}, name="proj")
    first = dataset.annotate("a", label_field="gt", project_name="pets", **there)
    number = first.config.project_id
    assert number is not None
    second = dataset.annotate("b", label_field="gt", project_id=number, **there)
    assert second.config.project_id == number
    second.cleanup()
    with connect(there) as client:
        assert client.project(number) is not None
    first.cleanup()
    with connect(there) as client:
        assert client.project(number) is None
    with pytest.raises(AnnotationError, match=f"no project {number}"):
        dataset.annotate("c", label_field="gt", project_id=number, **there)
    assert dataset.list_annotation_runs() == ["a", "b"]


def test_fields_of_one_type_share_a_project_through_a_map(tmp_path: Path, there: There) -> None:
    dataset = make_dataset(
        tmp_path, {"pets": boxes("cat"), "cars": boxes("bus"), "scene": Classification("cat")},
        name="several",
    )  # fmt: skip
    with connect(there) as client:
        mood = NewAttribute(name="note")
        project = client.create_project(
            "zoo",
            [NewLabel(name="cat", attributes=[mood]), NewLabel(name="bus", attributes=[mood])],
        )
    options = {**there, "project_id": project.id}
    with pytest.raises(LabelSchemaError, match="project_fields"):
        dataset.annotate("k", ["pets", "cars"], classes=["cat", "bus"], **options)
    before = bits([labels_of(dataset, name) for name in ("pets", "cars", "scene")])
    results = dataset.annotate(
        "k",
        {"pets": {}, "cars": {}, "scene": {"classes": ["cat"]}},
        project_fields={"cat": "pets", "bus": "cars"},
        **options,
    )
    assert dataset.load_annotations("k", **there).changes == ()
    assert bits([labels_of(dataset, name) for name in ("pets", "cars", "scene")]) == before
    with annotator(there, results.task_ids[0]) as person:
        person.draw("rectangle", "bus", [1, 1, 9, 9])
        person.draw("rectangle", "cat", [2, 2, 9, 9])
    dataset.load_annotations("k", **there)
    assert [label.label for label in labels_of(dataset, "pets")[0]] == ["cat", "cat"]
    assert [label.label for label in labels_of(dataset, "cars")[0]] == ["bus", "bus"]


def test_what_a_project_has_not_got_is_refused(tmp_path: Path, there: There) -> None:
    dataset = make_dataset(tmp_path, {"gt": boxes("cat", "cow")}, name="lacking")
    with connect(there) as client:
        project = client.create_project("few", [NewLabel(name="cat")])
    options = {**there, "project_id": project.id}
    with pytest.raises(LabelSchemaError, match="'cow'"):
        dataset.annotate("k", label_field="gt", **options)
    with pytest.raises(LabelSchemaError, match="no attribute 'note'"):
        dataset.annotate("k", label_field="gt", classes=["cat"], attributes=["note"], **options)
    results = dataset.annotate("k", label_field="gt", classes=["cat"], **options)
    assert dataset.load_annotations("k", **there).unchanged == 1
    results.cleanup()


def test_defect_23_no_schema_needs_a_project_and_says_so(tmp_path: Path, there: There) -> None:
    dataset = make_dataset(tmp_path, {}, name="noschema")
    with pytest.raises(LabelSchemaError, match="Say what to annotate"):
        dataset.annotate("k", **there)
    with connect(there) as client:
        mood = NewAttribute(name="mood")
        client.create_project("given", [NewLabel(name="cat", attributes=[mood])])
    results = dataset.annotate("k", project_name="given", **there)
    with annotator(there, results.task_ids[0]) as person:
        person.draw("rectangle", "cat", [1, 1, 9, 9])
        person.tag("cat")
        person.set_text(person.shapes()[0], "cat", "mood", "calm")
    report = dataset.load_annotations("k", **there)
    assert report.counts["unexpected"] == 2
    (box,) = labels_of(dataset, "detections")[0]
    assert (box.label, box.mood) == ("cat", "calm")
    assert labels_of(dataset, "classifications")[0][0].label == "cat"
    assert dataset.load_annotations("k", **there).changes == ()


def test_defect_09_fixed_attributes_of_a_project_are_sent_and_kept(
    tmp_path: Path, there: There
) -> None:
    dataset = make_dataset(tmp_path, {"gt": boxes("cat")}, name="d09")
    with connect(there) as client:
        fixed = NewAttribute(name="note", mutable=False)
        project = client.create_project("fixed", [NewLabel(name="cat", attributes=[fixed])])
    results = dataset.annotate("k", label_field="gt", project_id=project.id, **there)
    with annotator(there, results.task_ids[0]) as person:
        (shape,) = person.shapes()
        values = {item["value"] for item in shape.to_dict()["attributes"]}
        assert "n" in values
        person.change(shape, lambda s: s["points"].__setitem__(2, 30.5))
    dataset.load_annotations("k", **there)
    assert labels_of(dataset, "gt")[0][0].note == "n"
