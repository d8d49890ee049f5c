"""The layouts of datasets on disk, to be named as ``dataset_type``."""

from __future__ import annotations

from viewfinder.transfer import (
    COCODetectionDataset,
    CVATImageDataset,
    DatasetType,
    ImageDirectory,
    VideoDirectory,
)

__all__ = [
    "COCODetectionDataset",
    "CVATImageDataset",
    "DatasetType",
    "ImageDirectory",
    "VideoDirectory",
]
