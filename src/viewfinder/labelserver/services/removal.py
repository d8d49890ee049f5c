"""What is left on disk after a task is gone from the database; called once that is committed."""

from __future__ import annotations

import shutil
from collections.abc import Iterable

from viewfinder.labelserver.services.uploads import forget_uploads
from viewfinder.labelserver.settings import Settings

__all__ = ["remove_media"]


def remove_media(settings: Settings, task_ids: Iterable[int]) -> None:
    """Remove the pictures and uploads of tasks; what resists is swept at the next start."""
    for task_id in task_ids:
        shutil.rmtree(settings.media_dir / str(int(task_id)), ignore_errors=True)
        forget_uploads(settings.uploads_dir, task_id)
