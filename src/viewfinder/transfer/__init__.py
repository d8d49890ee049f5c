"""Transfer brings records of files into a dataset, and a collection's samples out to files."""

from __future__ import annotations

from viewfinder.formats.records import DatasetType
from viewfinder.formats.types import COCODetectionDataset, ImageDirectory
from viewfinder.transfer.exporting import ExportMedia, export
from viewfinder.transfer.importing import add_dir, add_images, add_images_dir
from viewfinder.transfer.places import PathLike
from viewfinder.transfer.predictions import Categories, add_coco_labels

__all__ = [
    "COCODetectionDataset",
    "Categories",
    "DatasetType",
    "ExportMedia",
    "ImageDirectory",
    "PathLike",
    "add_coco_labels",
    "add_dir",
    "add_images",
    "add_images_dir",
    "export",
]
