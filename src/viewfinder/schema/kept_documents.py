"""Documents that mean something to us: skeletons, identities of objects, older attributes."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, ClassVar

from viewfinder.errors import LabelError
from viewfinder.ids import new_id, plain_id
from viewfinder.schema.documents import DynamicEmbeddedDocument, EmbeddedDocument
from viewfinder.schema.fields import (
    BooleanField,
    Field,
    FloatField,
    IntField,
    ListField,
    ObjectIdField,
    StringField,
    VectorField,
)

__all__ = [
    "Attribute",
    "BooleanAttribute",
    "CategoricalAttribute",
    "Instance",
    "KeypointSkeleton",
    "ListAttribute",
    "NumericAttribute",
]


class KeypointSkeleton(EmbeddedDocument):
    """What the points of keypoints are called, and which are joined by lines.

    ::

        dataset.skeletons["pose"] = vf.KeypointSkeleton(
            labels=["left eye", "right eye", "nose"], edges=[[0, 2], [1, 2]]
        )
        dataset.save()
    """

    FIELDS: ClassVar = {
        "labels": ListField(StringField()),
        "edges": ListField(ListField(IntField())),
    }
    CLASS_PATH = "KeypointSkeleton"
    if TYPE_CHECKING:
        labels: list[str] | None
        edges: list[list[int]]

    def __init__(
        self,
        labels: Sequence[str] | None = None,
        edges: Sequence[Sequence[int]] = (),
        **values: Any,
    ) -> None:
        """
        Args:
            labels: a name for each point
            edges: lines, each through two or more points, by their positions from 0
            **values: refused

        Raises:
            LabelError: when an edge goes to a point that is not there
        """
        last = float("inf") if labels is None else len(labels)
        for edge in edges:
            if any(not 0 <= point < last for point in edge):
                raise LabelError(
                    f"The edge {list(edge)} of a skeleton goes to a point that is not there: "
                    f"points are numbered from 0{'' if labels is None else f' to {last - 1}'}."
                )
        super().__init__(
            labels=None if labels is None else list(labels),
            edges=[list(edge) for edge in edges],
            **values,
        )


class Instance(EmbeddedDocument):
    """One object, wherever it is labelled: labels that share an instance show the same object.

    ::

        person = vf.Instance()
        sample["left"] = vf.Detections(detections=[vf.Detection(label="person", instance=person)])
    """

    FIELDS: ClassVar = {"id": ObjectIdField()}
    CLASS_PATH = "Instance"
    if TYPE_CHECKING:
        id: str

    def __init__(self, id: Any = None, **values: Any) -> None:  # noqa: A002 - as users know
        """
        Args:
            id: 24 hexadecimal digits; made where it is not given
            **values: refused
        """
        super().__init__(id=new_id() if id is None else plain_id(id), **values)


class Attribute(DynamicEmbeddedDocument):
    """An attribute of a label as a document, in the label's dict ``attributes``.

    ::

        color = vf.CategoricalAttribute(value="red")
        label = vf.Detection(label="car", attributes={"color": color})
        label.get_attribute_value("color")  # "red"

    It is the older way to keep attributes; ``vf.Detection(label="car", color="red")`` is the newer.
    """

    FIELDS: ClassVar = {"value": Field()}
    CLASS_PATH = "Attribute"
    if TYPE_CHECKING:
        value: Any


class BooleanAttribute(Attribute):
    """An attribute that is true or false."""

    FIELDS: ClassVar = {"value": BooleanField()}
    CLASS_PATH = "BooleanAttribute"


class CategoricalAttribute(Attribute):
    """An attribute that is a word of a list, with a confidence and logits where a model chose."""

    FIELDS: ClassVar = {
        "value": StringField(),
        "confidence": FloatField(),
        "logits": VectorField(),
    }
    CLASS_PATH = "CategoricalAttribute"


class NumericAttribute(Attribute):
    """An attribute that is a number."""

    FIELDS: ClassVar = {"value": FloatField()}
    CLASS_PATH = "NumericAttribute"


class ListAttribute(Attribute):
    """An attribute that is a list."""

    FIELDS: ClassVar = {"value": ListField()}
    CLASS_PATH = "ListAttribute"
