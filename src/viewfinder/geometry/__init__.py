"""Geometry is numpy maths on boxes, polygons and masks, in whatever unit the caller uses."""

from __future__ import annotations

from viewfinder.geometry.boxes import box_overlaps
from viewfinder.geometry.masks import bounds_of_mask, paste_mask, resize_mask
from viewfinder.geometry.polygons import rasterize_polygons
from viewfinder.geometry.tracing import mask_to_polygons, mask_to_shapes, simplify_polygon

__all__ = [
    "bounds_of_mask",
    "box_overlaps",
    "mask_to_polygons",
    "mask_to_shapes",
    "paste_mask",
    "rasterize_polygons",
    "resize_mask",
    "simplify_polygon",
]
