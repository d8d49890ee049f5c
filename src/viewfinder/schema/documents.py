"""Embedded documents: small records with named, typed values inside of one field of a sample."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar

from viewfinder.labels import Kind

__all__ = ["DOCUMENT_CLASSES", "EmbeddedDocument", "ImageMetadata", "Metadata", "VideoMetadata"]


class EmbeddedDocument:
    """A record of named values; subclasses declare their names and kinds in `KINDS`."""

    KINDS: ClassVar[dict[str, Kind]] = {}

    def __init__(self, **values: Any) -> None:
        for name in self.KINDS:
            setattr(self, name, values.pop(name, None))
        if values:
            raise AttributeError(
                f"{type(self).__name__} has no {', '.join(sorted(values))}; it has "
                f"{', '.join(self.KINDS)}"
            )

    def __getitem__(self, name: str) -> Any:
        if name not in self.KINDS:
            raise KeyError(f"{type(self).__name__} has no '{name}'")
        return getattr(self, name)

    def __setitem__(self, name: str, value: Any) -> None:
        if name not in self.KINDS:
            raise KeyError(f"{type(self).__name__} has no '{name}'")
        setattr(self, name, value)

    def to_dict(self) -> dict[str, Any]:
        """Every value by name, with the class's name under ``_cls``."""
        return {"_cls": type(self).__name__, **{name: getattr(self, name) for name in self.KINDS}}

    def __eq__(self, other: object) -> bool:
        return type(other) is type(self) and vars(other) == vars(self)

    __hash__ = None  # type: ignore[assignment]  # documents are mutable

    def __repr__(self) -> str:
        lines = [f"    '{name}': {getattr(self, name)!r}," for name in self.KINDS]
        return "\n".join([f"<{type(self).__name__}: {{", *lines, "}>"])


class Metadata(EmbeddedDocument):
    """What is known of any media file: size in bytes and MIME type."""

    KINDS: ClassVar = {"size_bytes": Kind.INT, "mime_type": Kind.STRING}
    if TYPE_CHECKING:
        size_bytes: int | None
        mime_type: str | None


class ImageMetadata(Metadata):
    """What is known of an image file, in pixels."""

    KINDS: ClassVar = {
        **Metadata.KINDS,
        "width": Kind.INT,
        "height": Kind.INT,
        "num_channels": Kind.INT,
    }
    if TYPE_CHECKING:
        width: int | None
        height: int | None
        num_channels: int | None


class VideoMetadata(Metadata):
    """What is known of a video file: frame size in pixels, rate in frames a second, seconds."""

    KINDS: ClassVar = {
        **Metadata.KINDS,
        "frame_width": Kind.INT,
        "frame_height": Kind.INT,
        "frame_rate": Kind.FLOAT,
        "total_frame_count": Kind.INT,
        "duration": Kind.FLOAT,
        "encoding_str": Kind.STRING,
    }
    if TYPE_CHECKING:
        frame_width: int | None
        frame_height: int | None
        frame_rate: float | None
        total_frame_count: int | None
        duration: float | None
        encoding_str: str | None


DOCUMENT_CLASSES: dict[str, type[EmbeddedDocument]] = {
    cls.__name__: cls for cls in (Metadata, ImageMetadata, VideoMetadata)
}
