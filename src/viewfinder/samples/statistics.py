"""How many samples and labels a collection shows, and what they take on the disk."""

from __future__ import annotations

from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from viewfinder.samples.collection import SampleCollection

__all__ = ["statistics"]

_STEP = 1024


def statistics(
    collection: SampleCollection, *, include_media: bool = False, include_indexes: bool = False
) -> dict[str, Any]:
    """See ``SampleCollection.stats``."""
    schema = collection.visible_schema()
    labels = {}
    for name, field in schema.label_fields.items():
        inner = getattr(field.document_type, "LIST_NAME", None)
        labels[name] = collection.count(f"{name}.{inner}" if inner else name)
    folder = collection.handle.entry.path
    whole = sum(path.stat().st_size for path in folder.rglob("*") if path.is_file())
    layout = collection.handle.target.snapshot().frames.layout
    of_frames = sum({file.file: file.num_bytes for file in layout.files.values()}.values())
    stats: dict[str, Any] = {
        "samples_count": len(collection.whole_groups()),
        "label_counts": labels,
    }
    sizes = {"samples": whole - of_frames}
    if schema.frame_fields:
        stats["frames_count"] = collection.count("frames")
        sizes["frames"] = of_frames
    if include_media:
        sizes["media"] = _media_bytes(collection)
    if include_indexes:
        stats |= {"indexes_count": 0, "indexes_in_progress": []}
        sizes["indexes"] = 0
    sizes["total"] = sum(sizes.values())
    for name, num_bytes in sizes.items():
        stats[f"{name}_bytes"] = num_bytes
        stats[f"{name}_size"] = _words(num_bytes)
    return stats


def _media_bytes(collection: SampleCollection) -> int:
    """The size of the media files: as metadata tell, and else as the files are; 0 for none."""
    total = 0
    paths, known = collection.values(["filepath", "metadata.size_bytes"])
    for path, size in zip(paths, known, strict=True):
        if size is not None:
            total += size
            continue
        with suppress(OSError):  # an address, or a file that is gone, takes no place on this disk
            total += Path(path).stat().st_size
    return int(total)


def _words(num_bytes: int) -> str:
    size = float(num_bytes)
    for unit in ("B", "KB", "MB", "GB"):
        if size < _STEP:
            return f"{size:.1f}{unit}"
        size /= _STEP
    return f"{size:.1f}TB"
