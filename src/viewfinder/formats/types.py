"""The layouts of datasets on disk that can be read and written, by the names that users know."""

from __future__ import annotations

from viewfinder.formats.coco_dataset import COCODetectionDataset
from viewfinder.formats.cvat_xml import CVATImageDataset
from viewfinder.formats.images_dir import ImageDirectory, VideoDirectory

__all__ = ["COCODetectionDataset", "CVATImageDataset", "ImageDirectory", "VideoDirectory"]
