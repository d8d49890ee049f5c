"""Annotations of tasks that nobody here has sent, as labels; pure."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Sequence

from viewfinder.annotate.back.reading import Added
from viewfinder.cvat import wire
from viewfinder.cvat.from_cvat import Reading, Record, new_label
from viewfinder.cvat.to_cvat import Frame, LabelType
from viewfinder.cvat.tools import LABEL_ID, AttributeTool, Holds, ServerClasses
from viewfinder.cvat.tracks import FrameShape
from viewfinder.errors import LabelError
from viewfinder.samples import Place

__all__ = ["ForeignTask"]

_KINDS: dict[str, LabelType] = {
    "mask": "instances",
    "polygon": "polygons",
    "polyline": "polylines",
    "points": "keypoints",
    "skeleton": "keypoints",
}
_ID = re.compile(r"[0-9a-f]{24}")


class ForeignTask:
    """A task as its server describes it."""

    def __init__(
        self,
        url: str,
        task_id: int,
        labels: Sequence[wire.Label],
        *,
        occluded_attr: str | None = None,
        group_id_attr: str | None = None,
    ) -> None:
        """
        Args:
            url: the server's address
            task_id: the server's number of the task
            labels: its classes
            occluded_attr: the attribute that the server's own occluded flag becomes
            group_id_attr: the attribute that the server's own group number becomes
        """
        self._place = f"{url} {task_id}"
        classes = ServerClasses(labels)
        natives = []
        if occluded_attr:
            natives.append(AttributeTool(occluded_attr, "occluded", holds="bool"))
        if group_id_attr:
            natives.append(AttributeTool(group_id_attr, "group_id", holds="int"))
        tools = {
            label.name: (*(_tool(s) for s in label.attributes if s.name != LABEL_ID), *natives)
            for label in labels
        }
        self._reading = Reading(
            lambda number: classes.by_id[number].name if number in classes.by_id else None,
            classes.attribute_names,
            lambda name: tools.get(name, ()),
            node_ids=classes.node_ids,
        )
        self._ids: set[str] = set()

    def label(self, record: Record, place: Place, size_wh: tuple[int, int]) -> Added | str:
        """A label for a tag or shape, or why there is none.

        Its id is the one that the record carries, as far as no other has it; otherwise it is made
        of the server's number, so that importing again finds the same label.

        Args:
            record: a tag or shape
            place: the sample or frame that it is on
            size_wh: the size of that image in pixels
        """
        sort = "tag" if isinstance(record, wire.Tag) else "shape"
        return self._label(record, place, size_wh, f"{sort} {record.id}")

    def sight(self, seen: FrameShape, place: Place, size_wh: tuple[int, int]) -> Added | str:
        """A label for a track on one frame, or why there is none.

        Labels of one track have its number on the server as ``index``, and tell in ``keyframe``
        whether they were drawn.
        """
        key = f"track {seen.track_id} frame {seen.shape.frame}"
        added = self._label(seen.shape, place, size_wh, key)
        if not isinstance(added, str):
            added.label.set_field("index", seen.track_id)
            added.label.set_field("keyframe", seen.keyframe)
        return added

    def _label(
        self, record: Record, place: Place, size_wh: tuple[int, int], key: str
    ) -> Added | str:
        what = "tag" if isinstance(record, wire.Tag) else record.type
        kind = "classifications" if what == "tag" else _KINDS.get(what, "detections")
        name = self._reading.class_name(record.label_id) or ""
        frame = record.frame
        try:
            label = new_label(record, kind, Frame(frame, size_wh), name, self._reading)
        except LabelError as error:
            return f"a {what} on frame {frame}: {error}"
        if label is None:
            return f"a {what} on frame {frame}: no label type holds it"
        carried = self._reading.label_id(record) or ""
        if not _ID.fullmatch(carried) or carried in self._ids:
            carried = hashlib.sha256(f"{self._place} {key}".encode()).hexdigest()[:24]
        self._ids.add(carried)
        label.id = carried
        return Added("", place.sample_id, frame, label, [], place.frame_number)


def _tool(spec: wire.AttributeSpec) -> AttributeTool:
    """An attribute of the server, whose type says what its values are."""
    holds: Holds = "str"
    if spec.input_type == "checkbox":
        return AttributeTool(spec.name, "checkbox", holds="bool")
    if spec.input_type == "number":
        whole = all(re.fullmatch(r"-?\d+", value) for value in spec.values)
        holds = "int" if whole else "float"
    return AttributeTool(spec.name, "text", holds=holds)
