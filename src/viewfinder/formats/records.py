"""What every format reads and writes: records, one a media file, with its labels by kind."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, ClassVar, Protocol

from viewfinder.labels import LabelList

__all__ = ["DatasetType", "Record", "Source", "Writer"]


@dataclass(frozen=True, slots=True)
class Record:
    """One image as a labels file tells of it."""

    filename: str
    """As the file names it: relative to the folder of the media, or absolute."""
    width: int | None = None
    """In pixels."""
    height: int | None = None
    labels: Mapping[str, LabelList | None] = field(default_factory=dict)
    """By kind, such as "detections" and "segmentations"; None where nobody labelled the image."""
    values: Mapping[str, str | int | float | None] = field(default_factory=dict)
    """Further facts about the image itself, by the name of the field they go to."""


@dataclass(frozen=True, slots=True)
class Source:
    """What was read: the records to come, and what is known of all of them."""

    records: Iterator[Record]
    filenames: Sequence[str]
    """Of all records, in their order, known before the first is taken."""
    kinds: Mapping[str, type[LabelList]] = field(default_factory=dict)
    """The kinds of labels that records may have, each with its class."""
    classes: Sequence[str] = ()
    """In the order of the file."""
    info: Mapping[str, Any] = field(default_factory=dict)
    """What the file says about itself."""
    named_by_kind: bool = False
    """Whether a field is named by its kind also where there is only one."""


class Writer(Protocol):
    """Encodes records as they come; what it gives, one after the other, is the labels file.

    Records can be many, so they are encoded batch by batch; but what a file begins with may be
    known only after the last of them: :meth:`head` and :meth:`tail` are asked for at the end.
    """

    def encode(self, batch: Sequence[Record]) -> bytes:
        """The part of the file for these records.

        Raises:
            LabelError: when a label can't be written in this format
        """

    def head(self) -> bytes:
        """What goes before all records; complete after the last of them."""

    def tail(self) -> bytes:
        """What goes after all records."""


class DatasetType:
    """A layout of media and labels in a folder. The class itself says which; it has no values."""

    DATA_PATH: ClassVar[str] = "data"
    """The folder of the media, below the dataset's folder."""
    LABELS_PATH: ClassVar[str | None] = None
    """The labels file, below the dataset's folder; None where the layout has none."""
    LABEL_LISTS: ClassVar[tuple[type[LabelList], ...]] = ()
    """The lists of labels that it can hold, the usual one first."""
    SEVERAL_FIELDS: ClassVar[bool] = False
    """Whether the labels of several fields can be in one file."""

    @classmethod
    def read(cls, labels: bytes, path: object, options: Mapping[str, Any]) -> Source:
        """Reads and checks a labels file.

        Args:
            labels: the file's bytes
            path: its name, for messages
            options: of this layout, by name

        Raises:
            FormatError: when it can't be understood; the entry and the mend are named
            TypeError: when there is no such option
        """
        raise NotImplementedError

    @classmethod
    def of_names(cls, names: Sequence[str], options: Mapping[str, Any]) -> Source:
        """The records of a layout without a labels file: what the names of the files say.

        Args:
            names: of all files in the folder of the media, relative, with ``/`` between folders
            options: of this layout, by name

        Raises:
            TypeError: when there is no such option
        """
        raise NotImplementedError

    @classmethod
    def writer(cls, info: Mapping[str, Any], options: Mapping[str, Any]) -> Writer:
        """What encodes records in this layout.

        Args:
            info: what the dataset knows about itself, such as ``categories`` and ``licenses``
            options: of this layout, by name

        Raises:
            TypeError: when there is no such option
        """
        raise NotImplementedError
