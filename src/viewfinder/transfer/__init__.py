"""Transfer brings records of files into a dataset, and a collection's samples out to files."""

from __future__ import annotations

from viewfinder.formats.records import DatasetType
from viewfinder.formats.types import (
    COCODetectionDataset,
    CVATImageDataset,
    ImageDirectory,
    VideoDirectory,
)
from viewfinder.transfer.archives import extracted
from viewfinder.transfer.exporting import ExportMedia, export
from viewfinder.transfer.importing import add_dir, add_files, matching_files
from viewfinder.transfer.places import PathLike
from viewfinder.transfer.predictions import Categories, add_coco_labels

__all__ = [
    "COCODetectionDataset",
    "CVATImageDataset",
    "Categories",
    "DatasetType",
    "ExportMedia",
    "ImageDirectory",
    "PathLike",
    "VideoDirectory",
    "add_coco_labels",
    "add_dir",
    "add_files",
    "export",
    "extracted",
    "matching_files",
]
