"""What this server is, and lists that are always empty here but that clients ask for."""

from __future__ import annotations

from typing import Any

from fastapi import APIRouter

from viewfinder.labelserver.context import Reader
from viewfinder.labelserver.wire.messages import About, Page

__all__ = ["API_VERSION", "router"]

API_VERSION = "2.80.0"
router = APIRouter(prefix="/api", tags=["server"])


@router.get("/server/about")
def about() -> About:
    """Name and version; answered to everybody."""
    return About(
        name="Viewfinder label server",
        description="A label server that speaks CVAT's REST API, version 2.",
        version=API_VERSION,
        logo_url="",
        subtitle="",
    )


@router.get("/server/plugins")
def plugins(_context: Reader) -> dict[str, bool]:
    """Optional parts of CVAT, of which this server has none."""
    return {"GIT_INTEGRATION": False, "ANALYTICS": False, "MODELS": False, "PREDICT": False}


@router.get("/server/annotation/formats")
def formats(_context: Reader) -> dict[str, list[Any]]:
    """File formats: this server imports and exports labels as JSON only."""
    return {"importers": [], "exporters": []}


def _nothing() -> Page[dict[str, Any]]:
    return Page(count=0, next=None, previous=None, results=[])


@router.get("/organizations")
def organizations(_context: Reader) -> Page[dict[str, Any]]:
    """There are no organizations here."""
    return _nothing()


@router.get("/issues")
def issues(_context: Reader) -> Page[dict[str, Any]]:
    """There are no issues (remarks of reviewers) here."""
    return _nothing()
