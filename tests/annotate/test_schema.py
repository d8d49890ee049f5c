from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import msgspec
import pytest

from viewfinder.annotate.out.asked import Asked
from viewfinder.annotate.out.resolving import resolve
from viewfinder.annotate.schema import FieldPlan, LabelSchema
from viewfinder.cvat.skeletons import Skeleton
from viewfinder.cvat.to_cvat import LabelType
from viewfinder.cvat.tools import AttributeTool
from viewfinder.errors import AnnotationError, LabelSchemaError
from viewfinder.labels import Classification, Detections, Polylines, Segmentation
from viewfinder.schema import (
    ArrayField,
    BooleanField,
    DatasetSchema,
    EmbeddedDocumentField,
    FloatField,
    IntField,
    ListField,
    StringField,
)
from viewfinder.schema.infer import document_field


class Facts:
    """A dataset with boxes, polylines, a class and a segmentation; numbers as the test likes."""

    def __init__(self, drawn: Mapping[LabelType, int] | None = None) -> None:
        own = {
            "occluded": BooleanField(),
            "group_id": IntField(),
            "mood": StringField(),
            "score": FloatField(),
            "sharp": BooleanField(),
            "parts": ListField(StringField()),
            "rotation": FloatField(),
            "embedding": ArrayField(),
        }
        boxes = document_field(Detections)
        fields = {
            "gt": EmbeddedDocumentField(Detections, {**boxes.attributes, **own}),
            "lines": document_field(Polylines),
            "scene": document_field(Classification),
            "pixels": document_field(Segmentation),
            "weight": FloatField(),
            "place": ListField(FloatField()),
        }
        self.schema = DatasetSchema().merged(fields)
        self.drawn = dict(drawn or {})
        self.is_video = False
        self.keyframes = 0

    def classes_of(self, name: str) -> Sequence[str]:
        return {"gt": ["dog", "cat"], "scene": ["street"]}.get(name, [])

    def count_drawn(self, name: str) -> Mapping[LabelType, int]:
        return self.drawn

    def classes_shown(self, name: str) -> Sequence[str]:
        return self.classes_of(name)

    def skeleton_of(self, name: str) -> Skeleton | None:
        return None

    def mask_targets_of(self, name: str) -> Mapping[int | str, str] | None:
        return None

    def keyframes_of(self, name: str) -> int:
        return self.keyframes


def plan(facts: Facts | None = None, **asked: Any) -> FieldPlan:
    schema = resolve(Asked(**asked), facts or Facts())
    assert len(schema.fields) == 1
    return schema.fields[0]


def test_an_existing_field_speaks_for_itself() -> None:
    found = plan(label_field="gt")
    assert (found.kind, found.document, found.exists) == ("detections", "Detections", True)
    assert found.classes == ("cat", "dog")
    assert found.tools["cat"] == (
        AttributeTool("occluded", "occluded", holds="bool"),
        AttributeTool("group_id", "group_id", holds="int"),
        AttributeTool("mood", "text", holds="str"),
        AttributeTool("score", "text", holds="float"),
        AttributeTool("sharp", "checkbox", holds="bool"),
        AttributeTool("parts", "text", holds="list"),
    )


@pytest.mark.parametrize(
    ("type_", "kind", "document"),
    [
        ("classification", "classifications", "Classification"),
        ("classifications", "classifications", "Classifications"),
        ("detection", "detections", "Detection"),
        ("detections", "detections", "Detections"),
        ("instance", "instances", "Detection"),
        ("instances", "instances", "Detections"),
        ("polygon", "polygons", "Polyline"),
        ("polygons", "polygons", "Polylines"),
        ("polyline", "polylines", "Polyline"),
        ("polylines", "polylines", "Polylines"),
        ("keypoint", "keypoints", "Keypoint"),
        ("keypoints", "keypoints", "Keypoints"),
    ],
)
def test_a_new_field_of_each_label_type(type_: str, kind: str, document: str) -> None:
    found = plan(label_field="new", label_type=type_, classes=["a", "b", "a"])
    assert (found.kind, found.document, found.exists) == (kind, document, False)
    assert found.classes == ("a", "b")
    assert found.tools == {"a": (), "b": ()}
    assert found.is_list == document.endswith("s")


@pytest.mark.parametrize(
    ("drawn", "field", "kind"),
    [
        ({"detections": 3, "instances": 2}, "gt", "detections"),
        ({"detections": 0, "instances": 2}, "gt", "instances"),
        ({}, "gt", "detections"),
        ({"polygons": 0, "polylines": 1}, "lines", "polylines"),
        ({"polygons": 1, "polylines": 1}, "lines", "polygons"),
    ],
)
def test_how_labels_are_drawn_is_seen_from_the_labels(
    drawn: dict[LabelType, int], field: str, kind: str
) -> None:
    assert plan(Facts(drawn), label_field=field, classes=["x"]).kind == kind


def test_a_segmentation_takes_its_classes_from_the_targets() -> None:
    found = plan(label_field="new", label_type="segmentation", mask_targets={0: "bg", "2": "sky"})
    assert (found.classes, found.mask_targets) == (("sky",), {0: "bg", 2: "sky"})
    assert len(plan(label_field="pixels").classes) == 255


def test_classes_with_attributes_of_their_own() -> None:
    classes = [{"classes": ["cat"], "attributes": {"tail": {"type": "checkbox"}}}, "dog"]
    found = plan(label_field="new", label_type="detections", classes=classes, attributes=["note"])
    assert [tool.name for tool in found.tools["cat"]] == ["tail", "note"]
    assert [tool.name for tool in found.tools["dog"]] == ["note"]
    assert [tool.name for tool in found.tools_of("made there")] == ["note"]


def test_attributes_in_full() -> None:
    attributes = {
        "mood": {"type": "select", "values": ["calm", "wild"], "default": "calm"},
        "side": {"type": "radio", "values": [1, 2], "mutable": False},
        "note": {"type": "text", "values": [], "read_only": True},
        "ok": {"type": "checkbox", "values": [True, False]},
        "hidden": {"type": "occluded"},
        "family": {"type": "group_id"},
        "score": {},
    }
    found = plan(label_field="gt", attributes=attributes).tools["cat"]
    assert [(t.name, t.type, t.values) for t in found] == [
        ("mood", "select", ("calm", "wild")),
        ("side", "radio", (1, 2)),
        ("note", "text", ()),
        ("ok", "checkbox", ()),
        ("hidden", "occluded", ()),
        ("family", "group_id", ()),
        ("score", "text", ()),
    ]
    assert [t.read_only for t in found[:4]] == [False, False, True, False]
    assert found[-1].holds == "float"


def test_natives_for_all_fields_with_shapes() -> None:
    asked: dict[str, Any] = {"occluded_attr": "hidden", "group_id_attr": "family"}
    found = plan(label_field="new", label_type="detections", classes=["a"], **asked)
    assert [(t.name, t.type) for t in found.tools["a"]] == [
        ("hidden", "occluded"),
        ("family", "group_id"),
    ]
    assert plan(label_field="scene", **asked).tools["street"] == ()


def test_several_fields_and_defaults_for_all() -> None:
    schema = resolve(
        Asked(
            label_schema={
                "gt": {"classes": ["cat"], "allow_deletions": False},
                "new": {"type": "polygons"},
            },
            classes=["zone"],
            attributes=False,
            permissions={"allow_additions": False, "allow_deletions": True},
        ),
        Facts(),
    )
    gt, new = schema.fields
    assert (gt.classes, new.classes) == (("cat",), ("zone",))
    assert (gt.allow_deletions, new.allow_deletions) == (False, True)
    assert (gt.allow_additions, new.allow_additions) == (False, False)
    assert gt.tools == {"cat": ()}


def test_fields_of_frames() -> None:
    facts = Facts()
    boxes = document_field(Detections)
    facts.schema = DatasetSchema(facts.schema.fields, frame_fields={"boxes": boxes})
    facts.is_video = True
    found = plan(facts, label_field="frames.boxes", classes=["cat"])
    assert (found.of_frames, found.exists, found.only_keyframes) == (True, True, False)
    facts.keyframes = 3
    assert plan(facts, label_field="frames.boxes", classes=["cat"]).only_keyframes
    new = plan(facts, label_field="frames.new", label_type="polylines", classes=["cat"])
    assert (new.of_frames, new.exists, new.only_keyframes) == (True, False, False)
    with pytest.raises(LabelSchemaError, match="whole videos"):
        plan(facts, label_field="gt")


def test_a_class_of_two_fields_has_a_name_for_each_on_the_server() -> None:
    asked = Asked(label_schema={"gt": {}, "new": {"type": "polygons", "classes": ["cat", "zone"]}})
    gt, new = resolve(asked, Facts()).fields
    assert gt.server_names == {"cat": "cat_gt", "dog": "dog"}
    assert new.server_names == {"cat": "cat_new", "zone": "zone"}


def test_a_schema_is_written_and_read_again() -> None:
    asked = Asked(label_schema={"gt": {}, "p": {"type": "segmentation", "mask_targets": {1: "a"}}})
    schema = resolve(asked, Facts())
    data = msgspec.json.decode(msgspec.json.encode(msgspec.to_builtins(schema, str_keys=True)))
    assert msgspec.convert(data, LabelSchema, str_keys=True) == schema


LONG = "x" * 65


@pytest.mark.parametrize(
    ("asked", "words"),
    [
        ({}, "Say what to annotate"),
        ({"label_schema": {}}, "Say what to annotate"),
        ({"label_schema": {"gt": 5}}, "give a dict like"),
        ({"label_schema": {"gt": {"clases": []}}}, "Did you mean 'classes'"),
        ({"label_field": "frames.gt"}, "video"),
        ({"label_field": "weight", "label_type": "detections"}, "use 'scalar'"),
        ({"label_field": "place"}, "can't be drawn or typed"),
        ({"label_field": "filepath"}, "stands on"),
        ({"label_field": "grond"}, "give its label_type"),
        ({"label_field": "new", "label_type": "detektions"}, "Did you mean 'detections'"),
        ({"label_field": "new", "label_type": "detections"}, "is new: give its classes"),
        ({"label_field": "lines"}, "holds no labels yet: give its classes"),
        ({"label_field": "gt", "label_type": "polygons"}, "holds Detections"),
        ({"label_field": "gt", "classes": [""]}, "is no name of a class"),
        ({"label_field": "gt", "classes": [7]}, "is no name of a class"),
        ({"label_field": "gt", "classes": [LONG]}, "at most 64"),
        ({"label_field": "new", "label_type": "segmentation"}, "give mask_targets"),
        (
            {"label_field": "new", "label_type": "segmentation", "mask_targets": {"#ff00": "a"}},
            "colours like '#ff8000'",
        ),
        (
            {
                "label_field": "new",
                "label_type": "segmentation",
                "mask_targets": {"#ff0000": "a", 1: "b"},
            },
            "one of both",
        ),
        ({"label_field": "gt", "attributes": ["label_id"]}, "name is taken"),
        ({"label_field": "gt", "attributes": ["tags"]}, "name is taken"),
        ({"label_field": "gt", "attributes": [LONG]}, "1 to 64 characters"),
        ({"label_field": "gt", "attributes": {"a": "text"}}, "give a dict"),
        ({"label_field": "gt", "attributes": {"a": {"values": ["x"]}}}, "say its type"),
        ({"label_field": "gt", "attributes": {"a": {"type": "slider"}}}, "no type 'slider'"),
        ({"label_field": "gt", "attributes": {"a": {"typ": "text"}}}, "Did you mean 'type'"),
        ({"label_field": "gt", "attributes": {"a": {"type": "select"}}}, "give the values"),
        (
            {
                "label_field": "gt",
                "attributes": {"a": {"type": "radio", "values": [1], "default": 2}},
            },
            "not one of its values",
        ),
        (
            {
                "label_field": "gt",
                "attributes": {"a": {"type": "occluded"}, "b": {"type": "occluded"}},
            },
            "can't both be",
        ),
        (
            {
                "label_schema": {
                    "gt": {"classes": ["cat", "cat_new"]},
                    "new": {"type": "detections", "classes": ["cat"]},
                }
            },
            "name of another class",
        ),
    ],
)
def test_refusals_say_what_to_do(asked: dict[str, Any], words: str) -> None:
    with pytest.raises(LabelSchemaError) as caught:
        resolve(Asked(**asked), Facts())
    assert words in str(caught.value)
    assert isinstance(caught.value, AnnotationError | ValueError)


def test_mask_targets_in_colours_survive_the_record_of_a_run() -> None:
    targets = {"#FF0000": "road", 0: "background"}
    asked = Asked(label_field="new", label_type="segmentation", mask_targets=targets)
    (plan,) = resolve(asked, Facts()).fields
    assert (plan.classes, plan.mask_targets) == (("road",), {"#ff0000": "road", 0: "background"})
    kept = msgspec.json.decode(msgspec.json.encode(msgspec.to_builtins(plan)))
    assert msgspec.convert(kept, type(plan), str_keys=True) == plan
