"""What is left on disk after a task is gone from the database; called once that is committed."""

from __future__ import annotations

import shutil
from collections.abc import Iterable

from viewfinder.labelserver.services.frames import FrameStore
from viewfinder.labelserver.services.uploads import forget_uploads

__all__ = ["remove_media"]


def remove_media(store: FrameStore, task_ids: Iterable[int]) -> None:
    """Remove the media and uploads of tasks; what resists is swept at the next start."""
    settings = store.settings
    for task_id in task_ids:
        store.videos.forget(settings.media_dir / str(int(task_id)))
        store.chunks.forget(task_id)
        shutil.rmtree(settings.media_dir / str(int(task_id)), ignore_errors=True)
        forget_uploads(settings.uploads_dir, task_id)
