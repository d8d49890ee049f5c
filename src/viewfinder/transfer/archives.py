"""Archives are unpacked beside themselves before they are read."""

from __future__ import annotations

import shutil
import tarfile
import zipfile
from pathlib import Path

from viewfinder.errors import FormatError, MediaError
from viewfinder.transfer.places import PathLike

__all__ = ["extracted"]

_ENDINGS = (".tar.gz", ".tar.bz2", ".tar.xz", ".tgz", ".tar", ".zip")


def extracted(archive_path: PathLike, *, cleanup: bool) -> Path:
    """The folder of what is in an archive, beside it and of its name.

    A folder that is there already is taken as it is, so that an archive is unpacked once.

    Args:
        archive_path: a zip or tar file
        cleanup: whether the archive is deleted when it has been unpacked

    Raises:
        MediaError: when there is neither the archive nor its folder
        FormatError: when it is no archive, or a file in it would be put elsewhere
    """
    archive = Path(archive_path).expanduser().absolute()
    ending = next((each for each in _ENDINGS if archive.name.lower().endswith(each)), None)
    if ending is None:
        raise FormatError(archive, f"is no archive by its name; {', '.join(_ENDINGS)} are")
    folder = archive.with_name(archive.name[: -len(ending)])
    if folder.is_dir():
        return folder
    if not archive.is_file():
        raise MediaError(f"There is no archive {archive}. Check the path; nothing was imported.")
    unpacked = folder.with_name(f".{folder.name}.unpacking")
    shutil.rmtree(unpacked, ignore_errors=True)
    try:
        _unpack(archive, unpacked, is_zip=ending == ".zip")
        inside = list(unpacked.iterdir())
        # An archive of one folder of its own name is that folder.
        whole = inside[0] if [part.name for part in inside] == [folder.name] else unpacked
        whole.rename(folder)
    finally:
        shutil.rmtree(unpacked, ignore_errors=True)
    if cleanup:
        archive.unlink()
    return folder


def _unpack(archive: Path, folder: Path, *, is_zip: bool) -> None:
    folder.mkdir()
    try:
        if is_zip:
            with zipfile.ZipFile(archive) as pack:
                pack.extractall(folder)  # noqa: S202 - what leads out of the folder is put into it
        else:
            with tarfile.open(archive) as tar:
                tar.extractall(folder, filter="data")
    except (tarfile.TarError, zipfile.BadZipFile) as error:
        raise FormatError(archive, f"can't be unpacked: {error}") from error
