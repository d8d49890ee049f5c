"""Names of ``fiftyone`` itself that are no names of ours: settings and small helpers."""

from __future__ import annotations

import json
import os
from typing import Any

from viewfinder import config as settings
from viewfinder.labels import LABEL_LIST_CLASSES

__all__ = [
    "LABEL_LISTS",
    "app_config",
    "config",
    "evaluate_detections",
    "get_default_dataset_dir",
    "getenv",
]

LABEL_LISTS = tuple(LABEL_LIST_CLASSES.values())


class Settings:
    """Settings that programs read and set; those that mean something here are acted upon."""

    def __init__(self, **defaults: Any) -> None:
        vars(self).update(defaults)

    def __setattr__(self, name: str, value: Any) -> None:
        vars(self)[name] = value
        if name == "show_progress_bars":
            os.environ["VIEWFINDER_SHOW_PROGRESS"] = "1" if value else "0"

    def serialize(self) -> dict[str, Any]:
        """Every setting by name."""
        return dict(vars(self))

    def __repr__(self) -> str:
        return json.dumps(self.serialize(), indent=4, default=str)


config = Settings(
    default_dataset_dir=str(settings.home() / "media"),
    dataset_zoo_dir=str(settings.home() / "zoo"),
    database_dir=str(settings.home()),
    default_image_ext=".jpg",
    default_video_ext=".mp4",
    default_batch_size=None,
    show_progress_bars=True,
    do_not_track=True,
)
app_config = Settings(grid_zoom=5, show_confidence=True, show_label=True, theme="browser")


def evaluate_detections(samples: Any, pred_field: str, **options: Any) -> Any:
    """As the method of collections."""
    return samples.evaluate_detections(pred_field, **options)


def get_default_dataset_dir(name: str) -> str:
    """Where the media of a dataset of that name would be put."""
    folder: str = config.serialize()["default_dataset_dir"]
    return os.path.join(folder, name)  # noqa: PTH118 - theirs is text


def getenv(name: str, default: str | None = None) -> str | None:
    """A variable of the environment."""
    return os.environ.get(name, default)
