"""Secrets stay out of the log of the HTTP library, which tells every header when it is asked to."""

from __future__ import annotations

import logging
import re

__all__ = ["redact_log"]

_LOGGERS = ("httpcore.http11", "httpcore.http2", "httpcore.proxy", "httpcore.connection")
_SECRET = re.compile(
    r"""(b['"](?:set-cookie|cookie|authorization|x-csrftoken)['"], b)('[^']*'|"[^"]*")""",
    re.IGNORECASE,
)


class _Redaction(logging.Filter):
    """Takes cookies and credentials out of headers before they are written anywhere."""

    def filter(self, record: logging.LogRecord) -> bool:
        """Let every record through, without secrets."""
        text = record.getMessage()
        clean = _SECRET.sub(r"\1'…'", text)
        if clean != text:
            record.msg, record.args = clean, ()
        return True


_REDACTION = _Redaction()


def redact_log() -> None:
    """Puts the filter in place; once is enough, and more does no harm."""
    for name in _LOGGERS:
        logging.getLogger(name).addFilter(_REDACTION)
