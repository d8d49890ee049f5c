"""Runs a label server in this process until it is told to stop."""

from __future__ import annotations

import contextlib
import logging
import os
import secrets
import socket
from dataclasses import dataclass, replace
from pathlib import Path

import msgspec
import uvicorn

from viewfinder.labelserver.app import create_app
from viewfinder.labelserver.context import ServerParts
from viewfinder.labelserver.errors import ServerDataError
from viewfinder.labelserver.processes import (
    FileLock,
    ServerFile,
    labelserver_dir,
    remove_server_file,
    write_private,
    write_server_file,
)
from viewfinder.labelserver.services.people import set_user
from viewfinder.labelserver.settings import LOOPBACK_HOSTS, Settings

__all__ = ["ADMIN", "Binding", "serve"]

ADMIN = "admin"


@dataclass(frozen=True, slots=True)
class Binding:
    """Where a server listens."""

    host: str = "127.0.0.1"
    port: int = 0
    """0 for the port of last time, or any free one."""
    allowed_hosts: tuple[str, ...] = ()
    """Names besides the loopback's that requests may be addressed to."""
    database_url: str | None = None
    share_dir: Path | None = None
    """Folder whose media tasks may use without an upload."""
    cvat_version: tuple[int, int, int] | None = None
    """The release of CVAT to behave as; None for the newest that we know."""


class _Credentials(msgspec.Struct):
    """The administrator's name and password, made once for a folder."""

    username: str
    password: str


class _Server(uvicorn.Server):
    """A server that says where it is as soon as it answers."""

    def __init__(self, config: uvicorn.Config, folder: Path, content: ServerFile) -> None:
        super().__init__(config)
        self._folder = folder
        self._content = content

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """Start to listen, then tell."""
        await super().startup(sockets)
        if self.started:
            write_server_file(self._folder, self._content)


def serve(home: Path, binding: Binding) -> None:
    """Run the label server of a Viewfinder home until SIGTERM or SIGINT.

    Raises:
        ServerDataError: when another process serves this home, or the port is taken
    """
    folder = labelserver_dir(home)
    lock = FileLock(folder / "running.lock")
    if not lock.try_acquire():
        raise ServerDataError(
            f"Another process serves {folder} already. Use that one, or stop it first with "
            f"python -m viewfinder.labelserver stop --home {home}"
        )
    try:
        with contextlib.closing(_listening(folder, binding)) as listener:
            _run(folder, binding, listener)
    finally:
        remove_server_file(folder)
        lock.release()


def _run(folder: Path, binding: Binding, listener: socket.socket) -> None:
    instance_id = secrets.token_hex(8)
    settings = Settings(
        data_dir=folder,
        share_dir=binding.share_dir,
        database_url=binding.database_url,
        allowed_hosts=(*LOOPBACK_HOSTS, *binding.allowed_hosts),
        instance_id=instance_id,
    )
    if binding.cvat_version is not None:
        settings = replace(settings, cvat_version=binding.cvat_version)
    app = create_app(settings)
    parts = app.state.parts
    assert isinstance(parts, ServerParts)
    admin = _credentials(folder)
    set_user(parts.database, parts.passwords, admin.username, admin.password, is_superuser=True)
    port = listener.getsockname()[1]
    content = ServerFile(
        pid=os.getpid(),
        url=f"http://{_reachable(binding.host)}:{port}",
        username=admin.username,
        password=admin.password,
        instance_id=instance_id,
    )
    config = uvicorn.Config(
        app,
        log_config=None,
        access_log=False,
        server_header=False,
        # Longer than clients keep idle connections, so that they do not send into a closing one.
        timeout_keep_alive=75,
        timeout_graceful_shutdown=5,
    )
    logging.getLogger(__name__).info("serving %s at %s", folder, content.url)
    _Server(config, folder, content).run(sockets=[listener])


def _credentials(folder: Path) -> _Credentials:
    path = folder / "credentials.json"
    try:
        return msgspec.json.decode(path.read_bytes(), type=_Credentials)
    except (FileNotFoundError, msgspec.DecodeError):
        made = _Credentials(username=ADMIN, password=secrets.token_urlsafe(18))
        write_private(path, msgspec.json.encode(made))
        return made


def _reachable(host: str) -> str:
    if host in {"0.0.0.0", "::"}:  # noqa: S104 - compared with, not bound to
        return "127.0.0.1"
    return f"[{host}]" if ":" in host else host


def _listening(folder: Path, binding: Binding) -> socket.socket:
    """A socket on the wanted port; by default that of last time, so that links stay true."""
    remembered = folder / "port"
    wanted = [binding.port]
    if binding.port == 0 and remembered.is_file():
        text = remembered.read_text(encoding="ascii").strip()
        wanted = [int(text), 0] if text.isdigit() and 0 < int(text) < 65536 else [0]
    family = socket.AF_INET6 if ":" in binding.host else socket.AF_INET
    reason: OSError | None = None
    for port in wanted:
        listener = socket.socket(family, socket.SOCK_STREAM)
        try:
            if os.name == "posix":
                listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            listener.bind((binding.host, port))
        except OSError as error:
            listener.close()
            reason = error
            continue
        remembered.write_text(str(listener.getsockname()[1]), encoding="ascii")
        return listener
    raise ServerDataError(
        f"The label server can't listen on {binding.host}:{binding.port}: {reason}. Choose another "
        "port with --port, or 0 for any free one."
    )
