"""Every error that Viewfinder raises on purpose, as one tree.

::

    ViewfinderError
    ├── ConfigError                     a setting that can't be used
    │   └── MissingCredentialsError     nothing says who we are on a label server
    ├── MissingPackageError             an optional package that is not installed
    ├── DatasetError                    (ValueError)
    │   ├── DatasetNotFoundError
    │   ├── DatasetExistsError
    │   └── InvalidDatasetNameError
    ├── StoreError                      the dataset's folder
    │   ├── StoreDamagedError           a file is missing, cut short or unreadable
    │   ├── StoreDiskError              the disk is full, or failed while writing
    │   ├── StoreBusyError              another process held the write lock for too long
    │   ├── VersionNotFoundError        (KeyError) a version that is not kept, or never was
    │   └── UnsupportedStoreError       another format version, or a file system without locks
    ├── SchemaError                     (ValueError)
    │   ├── FieldNotFoundError
    │   ├── FieldTypeError
    │   ├── InvalidFieldNameError
    │   └── ReadOnlyFieldError          a write to a field that is marked read-only
    ├── SampleNotFoundError             (KeyError)
    ├── LabelError                      (ValueError) a label value that can't be stored
    ├── ExpressionError                 (ValueError) an expression or stage that means nothing
    ├── MediaError                      (OSError)
    │   ├── MediaNotFoundError
    │   └── MediaUnreadableError
    ├── FormatError                     (ValueError) a file of labels that can't be understood
    ├── AnnotationError                 (ValueError)
    │   ├── InvalidAnnotationKeyError
    │   ├── AnnotationRunExistsError
    │   ├── AnnotationRunNotFoundError
    │   └── LabelSchemaError            what to annotate was not said, or can't be done
    └── ServerError                     a label server that we talk to
        ├── ServerUnreachableError
        ├── ServerCertificateError      its TLS certificate can't be verified
        ├── WrongCredentialsError
        ├── ServerRefusedError          it understood and said no: its own words are in the message
        ├── ServerFailedError           it broke, or answered what no label server answers
        └── ServerTimeoutError

Each message says what happened and what to do. Errors that scripts written for other toolkits
expect as a built-in (``ValueError``, ``KeyError``) are that built-in too. ``http_status`` is what a
web server of ours answers when the error crosses it.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from difflib import get_close_matches
from typing import ClassVar

__all__ = [
    "AnnotationError",
    "AnnotationRunExistsError",
    "AnnotationRunNotFoundError",
    "ConfigError",
    "DatasetError",
    "DatasetExistsError",
    "DatasetNotFoundError",
    "ExpressionError",
    "FieldNotFoundError",
    "FieldTypeError",
    "FormatError",
    "InvalidAnnotationKeyError",
    "InvalidDatasetNameError",
    "InvalidFieldNameError",
    "LabelError",
    "LabelSchemaError",
    "MediaError",
    "MediaNotFoundError",
    "MediaUnreadableError",
    "MissingCredentialsError",
    "MissingPackageError",
    "ReadOnlyFieldError",
    "SampleNotFoundError",
    "SchemaError",
    "ServerCertificateError",
    "ServerError",
    "ServerFailedError",
    "ServerRefusedError",
    "ServerTimeoutError",
    "ServerUnreachableError",
    "StoreBusyError",
    "StoreDamagedError",
    "StoreDiskError",
    "StoreError",
    "UnsupportedStoreError",
    "VersionNotFoundError",
    "ViewfinderError",
    "WrongCredentialsError",
]


class ViewfinderError(Exception):
    """Base of everything that Viewfinder raises on purpose."""

    http_status: ClassVar[int] = 500

    def __init__(self, message: str) -> None:
        super().__init__(message)
        self.message = message

    def __str__(self) -> str:
        return self.message


class ConfigError(ViewfinderError, ValueError):
    """A setting that can't be used."""


class MissingCredentialsError(ConfigError):
    """Nothing says who we are on a label server."""

    def __init__(self) -> None:
        super().__init__(
            "To sign in to a label server, give a token, or username and password (environment: "
            "VIEWFINDER_CVAT_TOKEN, or VIEWFINDER_CVAT_USERNAME and VIEWFINDER_CVAT_PASSWORD)."
        )


class MissingPackageError(ViewfinderError, ImportError):
    """An optional package that the called function needs is not installed."""

    def __init__(self, package: str, extra: str, purpose: str) -> None:
        super().__init__(
            f"{purpose} needs the package '{package}', which is not installed. "
            f"Install it with: pip install 'viewfinder[{extra}]'"
        )


class DatasetError(ViewfinderError, ValueError):
    """Something about a dataset as a whole."""


class DatasetNotFoundError(DatasetError):
    """No dataset of that name."""

    http_status = 404

    def __init__(self, name: str, known: Iterable[str] = ()) -> None:
        super().__init__(
            f"Dataset '{name}' does not exist. {suggestion(name, known, 'Datasets here')}"
        )
        self.name = name


class DatasetExistsError(DatasetError):
    """The name is taken."""

    http_status = 409

    def __init__(self, name: str) -> None:
        super().__init__(
            f"A dataset named '{name}' already exists. Load it with load_dataset('{name}'), choose "
            f"another name, or replace it with Dataset('{name}', overwrite=True)."
        )
        self.name = name


class InvalidDatasetNameError(DatasetError):
    """A name that no dataset may have."""

    http_status = 400

    def __init__(self, name: object, reason: str) -> None:
        super().__init__(f"{name!r} can't be the name of a dataset: {reason}.")


class StoreError(ViewfinderError):
    """Something about the folder that holds a dataset."""


class StoreDamagedError(StoreError):
    """A file of the dataset is missing, cut short or unreadable."""

    def __init__(self, path: object, problem: str) -> None:
        super().__init__(
            f"The file {path} of this dataset is damaged: {problem}. Restore it from a copy; the "
            "other files were not touched."
        )
        self.path = path


class StoreDiskError(StoreError):
    """The disk is full, or failed while something was written to it."""

    http_status = 507

    def __init__(self, path: object, problem: object) -> None:
        super().__init__(
            f"The disk refused what was written to {path}: {problem}. The dataset is as it was "
            "before; make room or mend the disk, and try again."
        )
        self.path = path


class StoreBusyError(StoreError):
    """Another process held the write lock for longer than we wait."""

    http_status = 503

    def __init__(self, path: object, waited_secs: float) -> None:
        super().__init__(
            f"Another process has been writing to {path} for {waited_secs:.0f} s. Nothing was "
            "changed; try again when it is done."
        )


class VersionNotFoundError(StoreError, KeyError):
    """A version of a dataset that is not kept any more, or never was."""

    http_status = 404

    def __init__(self, version: int, first: int, last: int) -> None:
        super().__init__(
            f"There is no version {version} to be read: what is kept goes from {first} to {last}. "
            "dataset.history() lists the versions."
        )
        self.version = version


class UnsupportedStoreError(StoreError):
    """The folder can't be used by this version, or on this file system."""


class SchemaError(ViewfinderError, ValueError):
    """Something about fields and their types."""

    http_status = 400


class FieldNotFoundError(SchemaError, KeyError):
    """A path names no field."""

    http_status = 404

    def __init__(self, path: str, owner: str, known: Iterable[str] = ()) -> None:
        super().__init__(f"{owner} has no field '{path}'. {suggestion(path, known, 'Fields here')}")
        self.path = path


class FieldTypeError(SchemaError, TypeError):
    """A value, or a second declaration, does not fit a field's type."""

    def __init__(self, path: str, expected: str, got: str) -> None:
        super().__init__(
            f"Field '{path}' holds {expected}, but was given {got}. Convert the value, or store it "
            "under another field name."
        )
        self.path = path


class InvalidFieldNameError(SchemaError):
    """A name that no field may have."""

    def __init__(self, name: object, reason: str) -> None:
        super().__init__(f"{name!r} can't be the name of a field: {reason}.")


class ReadOnlyFieldError(SchemaError):
    """A write to a field that is marked read-only."""

    http_status = 403

    def __init__(self, path: str) -> None:
        super().__init__(
            f"Cannot edit read-only field '{path}'. Nothing was changed. Where it should be "
            f"edited: field = dataset.get_field('{path}'); field.read_only = False; field.save()."
        )
        self.path = path


class SampleNotFoundError(ViewfinderError, KeyError):
    """No such sample in the dataset or view."""

    http_status = 404

    def __init__(self, what: object, owner: str) -> None:
        super().__init__(
            f"No sample {what!r} in {owner}. It may have been deleted, or belong to another "
            "dataset; list ids with values('id')."
        )


class LabelError(ViewfinderError, ValueError):
    """A label value that can't be stored."""

    http_status = 400


class ExpressionError(ViewfinderError, ValueError):
    """An expression or a stage that means nothing for this data."""

    http_status = 400


class MediaError(ViewfinderError, OSError):
    """Something about an image or video file."""


class MediaNotFoundError(MediaError, FileNotFoundError):
    """The file is not there."""

    http_status = 404

    def __init__(self, filepath: object, named_by: str | None = None) -> None:
        """
        Args:
            filepath: where the file should be
            named_by: the entry of a labels file that names it, where that is being imported
        """
        if named_by is None:
            advice = (
                "Check that the media was not moved; correct the sample's 'filepath' if it was."
            )
        else:
            advice = (
                f"{named_by}. Put the media there, or say where it is with data_path. Nothing was "
                "imported."
            )
        super().__init__(f"There is no file at {filepath}. {advice}")
        self.filepath = filepath


class MediaUnreadableError(MediaError):
    """The file is there, but is no image or video that we can read."""

    http_status = 422

    def __init__(self, filepath: object, reason: str) -> None:
        super().__init__(
            f"{filepath} can't be read as media: {reason}. Replace the file or leave the sample "
            "out."
        )
        self.filepath = filepath


class FormatError(ViewfinderError, ValueError):
    """A file of labels that can't be understood."""

    http_status = 422

    def __init__(self, path: object, problem: str) -> None:
        super().__init__(f"{path}: {problem}. Nothing was imported from it.")
        self.path = path


class AnnotationError(ViewfinderError, ValueError):
    """Something about annotation runs."""

    http_status = 400


class InvalidAnnotationKeyError(AnnotationError):
    """A key that is no identifier."""

    def __init__(self, key: object) -> None:
        super().__init__(
            f"Annotation key {key!r} is not valid: use letters, digits and underscores, not "
            "starting with a digit (like 'fix_boxes_1')."
        )


class AnnotationRunExistsError(AnnotationError):
    """The key is taken."""

    http_status = 409

    def __init__(self, key: str, *, unfinished: bool = False) -> None:
        way_out = f"remove the old run with delete_annotation_run('{key}')"
        if unfinished:
            way_out = (
                "go on with this one, whose sending was cut, with resume=True, or remove what "
                f"reached the server with load_annotation_results('{key}').cleanup(), then "
                f"delete_annotation_run('{key}')"
            )
        super().__init__(
            f"Annotation run '{key}' already exists on this dataset. Choose another key, or "
            f"{way_out}."
        )


class AnnotationRunNotFoundError(AnnotationError, KeyError):
    """No run of that key."""

    http_status = 404

    def __init__(self, key: str, known: Iterable[str] = ()) -> None:
        super().__init__(
            f"There is no annotation run '{key}' on this dataset. "
            f"{suggestion(key, known, 'Runs here')}"
        )


class LabelSchemaError(AnnotationError):
    """What to annotate was not said, or can't be done."""


class ServerError(ViewfinderError):
    """Something between us and a label server."""

    http_status = 502


class ServerUnreachableError(ServerError):
    """Nothing answers at that address."""

    def __init__(self, url: str, reason: str) -> None:
        super().__init__(
            f"The label server at {url} can't be reached ({reason}). Check the address and that "
            "the server is running; nothing was changed here."
        )


class ServerCertificateError(ServerError):
    """The server's TLS certificate can't be verified."""

    def __init__(self, url: str, reason: str) -> None:
        super().__init__(
            f"The certificate of the label server at {url} can't be verified ({reason}). If the "
            "server has a certificate of its own authority, give that authority's file as "
            "ca_bundle; nothing was sent."
        )


class WrongCredentialsError(ServerError):
    """The server does not know this user, password or token."""

    http_status = 401

    def __init__(self, url: str, username: str | None) -> None:
        who = f"user '{username}'" if username else "the given token"
        super().__init__(
            f"The label server at {url} refused {who}. Check the user name and password or token."
        )


class ServerRefusedError(ServerError):
    """The server understood and said no."""

    def __init__(self, action: str, url: str, status: int, words: str) -> None:
        super().__init__(
            f'The label server at {url} refused to {action}: HTTP {status}, "{words}". Nothing '
            "was changed here."
        )
        self.status = status
        self.words = words


class ServerFailedError(ServerError):
    """The server broke while doing it, or answered something that can't be understood."""

    def __init__(self, action: str, url: str, words: str) -> None:
        super().__init__(
            f'The label server at {url} failed to {action}: "{words}". Try again; if it '
            "stays so, look into the server's own log."
        )
        self.words = words


class ServerTimeoutError(ServerError):
    """The server did not finish in time."""

    http_status = 504

    def __init__(self, action: str, url: str, timeout_secs: float) -> None:
        super().__init__(
            f"The label server at {url} did not {action} within {timeout_secs:.0f} s. It may "
            "still be working: look at it there, or try again."
        )


def suggestion(name: str, known: Iterable[str], heading: str) -> str:
    """The end of a "not found" message: near matches, or a few of what there is."""
    names: Sequence[str] = sorted(known)
    if not names:
        return "There are none yet."
    near = get_close_matches(name, names, n=3, cutoff=0.6)
    if near:
        return f"Did you mean {' or '.join(repr(n) for n in near)}?"
    shown = ", ".join(repr(n) for n in names[:10])
    return f"{heading}: {shown}{', …' if len(names) > 10 else ''}."
