"""What the label server refuses, in CVAT's own forms, and what keeps it from running.

::

    ViewfinderError
    └── LabelServerError
        ├── RefusalError              an answer to a client: an HTTP status and CVAT's body
        │   ├── NotFoundError         404
        │   ├── InvalidRequestError   400, one sentence
        │   └── InvalidFieldError     400, a sentence for one field
        ├── ServerStartError          the server's process ended, or did not answer in time
        └── ServerDataError           the folder or the database can't be used
"""

from __future__ import annotations

from collections.abc import Mapping

from viewfinder.errors import ViewfinderError

__all__ = [
    "InvalidFieldError",
    "InvalidRequestError",
    "LabelServerError",
    "NotFoundError",
    "RefusalError",
    "ServerDataError",
    "ServerStartError",
]


class LabelServerError(ViewfinderError):
    """Base of the label server's own errors."""


class RefusalError(LabelServerError):
    """An answer other than success, with the body that a CVAT client expects.

    Args:
        status: the HTTP status
        body: the JSON body: a sentence, a list of sentences, or a dict of fields
        headers: further response headers
    """

    def __init__(
        self, status: int, body: object, *, headers: Mapping[str, str] | None = None
    ) -> None:
        super().__init__(f"HTTP {status}: {body}")
        self.status = status
        self.body = body
        self.headers = dict(headers or {})


class NotFoundError(RefusalError):
    """Nothing of that id that this user may see."""

    def __init__(self, detail: str = "Not found.") -> None:
        super().__init__(404, {"detail": detail})


class InvalidRequestError(RefusalError):
    """The request as a whole can't be done."""

    def __init__(self, sentence: str) -> None:
        super().__init__(400, [sentence])


class InvalidFieldError(RefusalError):
    """One field of the request can't be used."""

    def __init__(self, field: str, sentence: str) -> None:
        super().__init__(400, {field: [sentence]})


class ServerStartError(LabelServerError):
    """The embedded server did not come up."""

    def __init__(self, reason: str, log_path: str) -> None:
        super().__init__(
            f"The embedded label server did not start: {reason}. Its log is {log_path}; remove the "
            "cause named there and try again, or set the address of a server of your own."
        )


class ServerDataError(LabelServerError):
    """The server's folder or database can't be used."""
