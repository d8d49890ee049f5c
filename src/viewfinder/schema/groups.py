"""A group is several samples of one scene, such as the views of two cameras, each with a name."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from viewfinder.ids import new_id
from viewfinder.schema.documents import EmbeddedDocument
from viewfinder.schema.fields import EmbeddedDocumentField, Field, StringField

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = ["Group", "group_field_of"]


class Group(EmbeddedDocument):
    """The group of a sample, and the name of the slice that the sample is.

    ::

        group = vf.Group()
        left = vf.Sample(filepath="left.jpg", group=group.element("left"))
        right = vf.Sample(filepath="right.jpg", group=group.element("right"))
    """

    CLASS_PATH: ClassVar[str] = "Group"
    FIELDS: ClassVar = {"id": StringField(), "name": StringField()}
    if TYPE_CHECKING:
        id: str
        name: str | None

    def __init__(  # the names are those of the public parts
        self,
        id: str | None = None,  # noqa: A002
        name: str | None = None,
    ) -> None:
        """
        Args:
            id: the group's id; a new one otherwise
            name: the slice
        """
        super().__init__(id=id or new_id(), name=name)

    def element(self, name: str) -> Group:
        """The same group, for the sample that is the slice of that name."""
        return Group(id=self.id, name=name)


def group_field_of(fields: Mapping[str, Field]) -> str | None:
    """The first field that holds groups; None where there is none."""
    for name, field in fields.items():
        if isinstance(field, EmbeddedDocumentField) and field.document_type is Group:
            return name
    return None
