"""A group is several samples of one scene, such as the views of two cameras, each with a name."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from viewfinder.ids import new_id
from viewfinder.schema.documents import EmbeddedDocument
from viewfinder.schema.fields import StringField

__all__ = ["Group"]


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
