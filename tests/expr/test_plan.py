from __future__ import annotations

import pytest

from viewfinder.errors import FieldNotFoundError
from viewfinder.expr import F, Scan, plan_schema
from viewfinder.expr.plan import Hide, Project, Slice, Where, steps
from viewfinder.labels import Detections
from viewfinder.schema import DEFAULT_FIELDS, DatasetSchema, EmbeddedDocumentField, FloatField
from viewfinder.schema.infer import document_field

SCHEMA = DatasetSchema().merged({"preds": document_field(Detections), "score": FloatField()})


def test_steps_come_in_the_order_in_which_they_happen() -> None:
    condition = F("score").node
    plan = Slice(Where(Scan(), condition), limit=2)
    assert steps(plan) == [Where(Scan(), condition), plan]


def test_project_keeps_what_every_sample_has() -> None:
    assert list(plan_schema(Project(Scan(), ("score",)), SCHEMA)) == [
        *DEFAULT_FIELDS,
        "score",
    ]


def test_project_of_an_attribute_keeps_it_with_id_and_tags() -> None:
    field = plan_schema(Project(Scan(), ("preds.detections.label",)), SCHEMA)["preds"]
    assert isinstance(field, EmbeddedDocumentField)
    assert list(field.attributes) == ["id", "tags", "label"]


def test_hide_takes_fields_and_attributes_away() -> None:
    schema = plan_schema(Hide(Scan(), ("score", "preds.detections.mask")), SCHEMA)
    assert "score" not in schema
    field = schema["preds"]
    assert isinstance(field, EmbeddedDocumentField)
    assert "mask" not in field.attributes
    assert "label" in field.attributes


def test_a_hidden_field_can_not_be_named_any_more() -> None:
    with pytest.raises(FieldNotFoundError):
        plan_schema(Project(Hide(Scan(), ("score",)), ("score",)), SCHEMA)
