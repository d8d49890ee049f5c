"""Documents that mean something to us: skeletons of keypoints, and the identity of an object."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, ClassVar

from viewfinder.errors import LabelError
from viewfinder.ids import new_id
from viewfinder.schema.documents import EmbeddedDocument
from viewfinder.schema.fields import IntField, ListField, ObjectIdField, StringField

__all__ = ["Instance", "KeypointSkeleton"]


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

    def __init__(self, id: str | None = None, **values: Any) -> None:  # noqa: A002 - as users know
        """
        Args:
            id: 24 hexadecimal digits; made where it is not given
            **values: refused
        """
        super().__init__(id=new_id() if id is None else id, **values)
