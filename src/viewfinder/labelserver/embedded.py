"""The label server that Viewfinder starts by itself: one process a home, found again by its file.

Light to import: the server's own packages are loaded in its own process only.
"""

from __future__ import annotations

import base64
import contextlib
import http.client
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlsplit

import msgspec

from viewfinder.errors import ServerUnreachableError
from viewfinder.labelserver.errors import ServerStartError
from viewfinder.labelserver.processes import (
    FileLock,
    ServerFile,
    labelserver_dir,
    read_server_file,
    remove_server_file,
)

__all__ = ["Endpoint", "ensure_running", "find_running", "sign_in_url", "stop"]

_INSTANCE_HEADER = "X-Viewfinder-Instance"
_ANSWER_SECS = 5.0
_LOG_BYTES = 2**20


@dataclass(frozen=True, slots=True)
class Endpoint:
    """Where a label server is and how to sign in."""

    url: str
    """Without a slash at the end."""
    username: str
    password: str = field(repr=False)


def ensure_running(home: Path, *, timeout_secs: float = 30.0) -> Endpoint:
    """The label server of a home, started if it is not running.

    It goes on when this process ends; :func:`stop` ends it. Two processes that call this at the
    same time get the same server.

    Args:
        home: the Viewfinder home; the server's data are in its folder ``labelserver``
        timeout_secs: how long to wait for the server to answer

    Raises:
        ServerStartError: when it does not start, with the reason and the log's path
    """
    deadline = time.monotonic() + timeout_secs
    folder = labelserver_dir(home)
    found = find_running(home)
    if found is not None:
        return found
    starting = FileLock(folder / "start.lock")
    if not starting.acquire(timeout_secs):
        raise ServerStartError(
            f"another process has been starting it for {timeout_secs:.0f} s", str(_log_path(folder))
        )
    try:
        found = find_running(home)
        return found if found is not None else _start(home, deadline)
    finally:
        starting.release()


def find_running(home: Path) -> Endpoint | None:
    """The running label server of a home, or None; a leftover of a killed one is not believed."""
    folder = labelserver_dir(home)
    content = read_server_file(folder)
    if content is None or FileLock(folder / "running.lock").is_free():
        return None
    if not _answers(content):
        return None
    return Endpoint(content.url, content.username, content.password)


def stop(home: Path, *, timeout_secs: float = 10.0) -> bool:
    """End the label server of a home; what it was doing is completed or undone.

    Args:
        home: the Viewfinder home
        timeout_secs: how long it may take to end by itself before it is killed

    Returns:
        whether there was one
    """
    folder = labelserver_dir(home)
    lock = FileLock(folder / "running.lock")
    content = read_server_file(folder)
    if content is None or lock.is_free():
        return False
    # The lock is held by the process that wrote the file, so the process id is that server's.
    with contextlib.suppress(ProcessLookupError):
        os.kill(content.pid, signal.SIGTERM)
    if not lock.acquire(timeout_secs):
        with contextlib.suppress(ProcessLookupError):
            os.kill(content.pid, getattr(signal, "SIGKILL", signal.SIGTERM))
        if not lock.acquire(timeout_secs):
            return False
    remove_server_file(folder)
    lock.release()
    return True


def sign_in_url(endpoint: Endpoint, path: str) -> str:
    """A link that opens a page of the server in a browser, signed in; it works once, for minutes.

    Args:
        endpoint: the server
        path: of the page, for example ``/tasks/1/jobs/1``

    Raises:
        ServerUnreachableError: when the server is not there any more or refuses
    """
    token = base64.b64encode(f"{endpoint.username}:{endpoint.password}".encode()).decode()
    status, _, body = _ask(
        endpoint.url,
        "POST",
        "/api/auth/sign-in-links",
        body=msgspec.json.encode({"path": path}),
        headers={"Authorization": f"Basic {token}", "Content-Type": "application/json"},
    )
    if status != 201:
        raise ServerUnreachableError(endpoint.url, f"HTTP {status} for a sign-in link")
    return msgspec.json.decode(body, type=dict[str, str])["url"]


def _ask(
    url: str,
    method: str,
    path: str,
    *,
    body: bytes | None = None,
    headers: Mapping[str, str] | None = None,
) -> tuple[int, str, bytes]:
    """(status, instance id, body) of a small request; status 0 when nothing answers."""
    parts = urlsplit(url)
    connection = http.client.HTTPConnection(
        parts.hostname or "127.0.0.1", parts.port, timeout=_ANSWER_SECS
    )
    try:
        connection.request(method, path, body=body, headers=dict(headers or {}))
        response = connection.getresponse()
        return response.status, response.headers.get(_INSTANCE_HEADER, ""), response.read()
    except (OSError, http.client.HTTPException):
        return 0, "", b""
    finally:
        connection.close()


def _answers(content: ServerFile) -> bool:
    """Whether that very server answers: another program may have taken its port."""
    status, instance_id, _ = _ask(content.url, "GET", "/api/server/about")
    return status == 200 and instance_id == content.instance_id


def _log_path(folder: Path) -> Path:
    return folder / "server.log"


def _start(home: Path, deadline: float) -> Endpoint:
    folder = labelserver_dir(home)
    log_path = _log_path(folder)
    if log_path.exists() and log_path.stat().st_size > _LOG_BYTES:
        log_path.replace(log_path.with_suffix(".log.1"))
    with log_path.open("ab") as log:
        start = log.tell()
        process = subprocess.Popen(  # noqa: S603 - our own interpreter and module
            [sys.executable, "-m", "viewfinder.labelserver", "serve", "--home", str(home)],
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            start_new_session=True,
            cwd=folder,
        )
    while time.monotonic() < deadline:
        content = read_server_file(folder)
        if content is not None and content.pid == process.pid and _answers(content):
            # It outlives this process; should it end before, somebody has to take note of that.
            threading.Thread(target=process.wait, daemon=True).start()
            return Endpoint(content.url, content.username, content.password)
        status = process.poll()
        if status is not None:
            raise ServerStartError(
                f"it ended with status {status}{_tail(log_path, start)}", str(log_path)
            )
        time.sleep(0.05)
    process.terminate()
    process.wait()
    raise ServerStartError("it did not answer in time", str(log_path))


def _tail(log_path: Path, start: int) -> str:
    """The last line that the ended server wrote."""
    with log_path.open("rb") as log:
        log.seek(start)
        lines = log.read().decode(errors="replace").strip().splitlines()
    return f" ({lines[-1].strip()})" if lines else ""
