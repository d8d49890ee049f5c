"""Which sample, or frame of a sample, each frame of a task on a server is; made where asked for."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath

from viewfinder.annotate.intake.fetching import fetch_images, fetch_video
from viewfinder.annotate.intake.media_names import Names, paths_at
from viewfinder.cvat import wire
from viewfinder.cvat.client import CvatClient
from viewfinder.cvat.frame_map import FrameMap
from viewfinder.errors import AnnotationError
from viewfinder.media import probe_video
from viewfinder.samples import Place, Sample, SampleCollection, add_samples

__all__ = ["MediaOptions", "MediaSearch"]


@dataclass(frozen=True, slots=True)
class MediaOptions:
    """Where the media of an import are, and what is done about those that are nowhere."""

    data_path: Path | Mapping[str, str] | None
    insert_new: bool
    download: bool
    workers: int


@dataclass(slots=True)
class MediaSearch:
    """Finds the samples of tasks.

    Args:
        client: the server
        collection: where the samples are, and go
        options: where the media are
        notes: what a person should know; added to
    """

    client: CvatClient
    collection: SampleCollection
    options: MediaOptions
    notes: list[str] = field(default_factory=list)

    def places(
        self, task: wire.Task, meta: wire.DataMeta, left_out: frozenset[int]
    ) -> dict[int, Place]:
        """The sample or frame of each frame of a task that has one.

        Args:
            task: the task
            meta: what its media is
            left_out: numbers of frames that do not count
        """
        held = self.collection.root.media_type
        kind = "video" if task.mode == "interpolation" else "image"
        if held not in (None, "group", kind):
            self._note(task, f"it shows {kind}s, and this dataset holds {held}s: it was left out.")
            return {}
        if kind == "video":
            return self._places_of_video(task, meta, left_out)
        frames = {n: frame for n, frame in enumerate(meta.frames) if n not in left_out}
        samples = self._samples(task, self._image_paths(task, frames))
        return {number: Place(sample_id) for number, sample_id in samples.items()}

    def _note(self, task: wire.Task, sentence: str) -> None:
        self.notes.append(f"Task {task.id} ('{task.name}'): {sentence}")

    def _samples(self, task: wire.Task, paths: Mapping[int, str]) -> dict[int, str]:
        """The sample of each path, by the same number; made where that was asked for."""
        ids, held = self.collection.values(["id", "filepath"])
        by_path = dict(zip(held, ids, strict=True))
        new = [path for path in dict.fromkeys(paths.values()) if path not in by_path]
        if new and self.options.insert_new:
            made = (Sample(filepath=path) for path in new)
            added = add_samples(self.collection.root.handle, made, progress=False)
            by_path.update(zip(new, added, strict=True))
        elif new:
            what = "videos" if task.mode == "interpolation" else "images"
            self._note(
                task,
                f"{len(new)} {what} are no samples here and were left out (insert_new=False).",
            )
        return {number: by_path[path] for number, path in paths.items() if path in by_path}

    def _known(self) -> Names:
        """The files that are here."""
        place = self.options.data_path
        if place is None:
            return Names(self.collection.values("filepath"))
        return Names(paths_at(place).values())

    def _meant(self, name: str, names: Names) -> list[str]:
        """The files that a name can mean."""
        place = self.options.data_path
        exact = place.get(name) if isinstance(place, Mapping) else None
        return names.find(name) if exact is None else [str(Path(exact).absolute())]

    # Images

    def _image_paths(self, task: wire.Task, frames: Mapping[int, wire.FrameMeta]) -> dict[int, str]:
        """The file of each image; told where there is none, or more than one."""
        names = self._known()
        paths: dict[int, str] = {}
        missing: list[int] = []
        for number, frame in frames.items():
            meant = self._meant(frame.name, names)
            if len(meant) == 1 and (not self.options.download or Path(meant[0]).exists()):
                paths[number] = meant[0]
            elif len(meant) > 1:
                self._several(task, frame.name, meant)
            else:
                missing.append(number)
        if self.options.download:
            targets = {number: self._target(frames[number].name) for number in missing}
            workers = self.options.workers
            paths.update(fetch_images(self.client, task.id, targets, workers=workers))
        elif missing:
            some = ", ".join(f"'{frames[number].name}'" for number in missing[:3])
            self._note(
                task,
                f"{len(missing)} images are not here ({some}…); their labels were left out. Give "
                "data_path, or download_media=True.",
            )
        return paths

    def _several(self, task: wire.Task, name: str, meant: Sequence[str]) -> None:
        what = "videos" if task.mode == "interpolation" else "images"
        several = ", ".join(sorted(meant)[:3])
        self._note(task, f"'{name}' can mean several {what} ({several}); its labels were left out.")

    def _target(self, name: str) -> Path:
        """Where fetched media goes: never outside of the folder."""
        place = self.options.data_path
        if isinstance(place, Mapping):
            if name not in place:
                raise AnnotationError(
                    f"data_path says no place for '{name}', which is to be downloaded; add it, or "
                    "give a folder."
                )
            return Path(place[name]).absolute()
        assert place is not None
        parts = PurePosixPath(name.replace("\\", "/")).parts
        inside = [part for part in parts if part not in ("/", "..", ".") and not part.endswith(":")]
        return place.expanduser().absolute().joinpath(*inside)

    # Videos

    def _places_of_video(
        self, task: wire.Task, meta: wire.DataMeta, left_out: frozenset[int]
    ) -> dict[int, Place]:
        shown = FrameMap.of_meta(meta)
        found = self._video_path(task, meta, shown)
        if found is None:
            return {}
        path, numbers = found
        samples = self._samples(task, {0: path})
        if not samples:
            return {}
        return {
            frame: Place(samples[0], number)
            for frame, number in enumerate(numbers)
            if frame not in left_out
        }

    def _video_path(
        self, task: wire.Task, meta: wire.DataMeta, shown: FrameMap
    ) -> tuple[str, range] | None:
        """The file of a video, and the number that each frame of the task has in it."""
        name = meta.frames[0].name
        names = self._known()
        short = False
        for wanted, numbers in _versions(name, shown):
            meant = [path for path in self._meant(wanted, names) if _is_named(path, wanted)]
            if len(meant) > 1:
                self._several(task, name, meant)
                return None
            for path in meant:
                if not Path(path).is_file():
                    if not self.options.download:
                        return path, numbers
                elif _reaches(path, numbers):
                    return path, numbers
                else:
                    short = True
        if self.options.download:
            return self._fetch(task, meta, shown)
        why = "has fewer frames than the task" if short else "is not here"
        self._note(
            task,
            f"the video '{name}' {why}; its labels were left out. Give data_path, or "
            "download_media=True.",
        )
        return None

    def _fetch(self, task: wire.Task, meta: wire.DataMeta, shown: FrameMap) -> tuple[str, range]:
        """Fetches a video under its own name, or under one that tells its frames."""
        numbers = range(1, len(shown) + 1)
        targets = [self._target(name) for name in _fetched_names(meta.frames[0].name, shown)]
        there = [path for path in targets if path.is_file() and _reaches(str(path), numbers)]
        if not there:
            # A file that is there already is somebody's, and stays.
            free = next((path for path in targets if not path.exists()), targets[-1])
            fetch_video(self.client, task.id, meta, free)
            there = [free]
        return str(there[0]), numbers


def _versions(name: str, shown: FrameMap) -> Iterator[tuple[str, range]]:
    """The names that a video may have here, and which frames of it a task shows."""
    yield name, shown.numbers
    for fetched in _fetched_names(name, shown):
        if fetched != name:
            yield fetched, range(1, len(shown) + 1)


def _fetched_names(name: str, shown: FrameMap) -> list[str]:
    """What a video is called that holds only the frames that a task shows.

    Where these begin with the first and skip none, frames have the same numbers as in the video
    itself, so it may take its name.
    """
    whole = PurePosixPath(name.replace("\\", "/")).with_suffix(".mp4")
    part = whole.with_stem(f"{whole.stem}.frames-{shown.start}-{shown.stop}-step-{shown.step}")
    return [str(whole), str(part)] if (shown.start, shown.step) == (0, 1) else [str(part)]


def _is_named(path: str, name: str) -> bool:
    """Whether a file is called as a video, whatever folders it is in."""
    return Path(path).name == PurePosixPath(name.replace("\\", "/")).name


def _reaches(path: str, numbers: range) -> bool:
    """Whether a video has the last of some frames."""
    return probe_video(path).total_frame_count >= numbers[-1]
