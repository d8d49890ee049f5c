"""A label server in this process behind a real socket: of any release, over TLS, misbehaving."""

from __future__ import annotations

import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import uvicorn

from viewfinder.labelserver.app import create_app
from viewfinder.labelserver.auth.secrets import digest_of, new_secret
from viewfinder.labelserver.models import AccessToken
from viewfinder.labelserver.services.people import set_user
from viewfinder.labelserver.settings import Settings

RECORDED = Path(__file__).parent / "recorded"
"""An authority made for these tests, a certificate that it gave to this machine and to
labels.test, and an authority that has nothing to do with it."""
PASSWORD = "pa55 of the admin, ü"


class Serving:
    """A server that runs, and how to get there."""

    def __init__(self, url: str, port: int, access_token: str) -> None:
        self.url, self.port, self.access_token = url, port, access_token
        self.there: dict[str, Any] = {"url": url, "username": "admin", "password": PASSWORD}


@contextmanager
def serving(
    folder: Path,
    *,
    release: tuple[int, int, int] = (2, 80, 0),
    tls: bool = False,
    around: Callable[[Any], Any] | None = None,
) -> Iterator[Serving]:
    """Serves until the block ends.

    Args:
        folder: for its data
        release: the release of CVAT that it imitates
        tls: whether it speaks https, with the certificate in `RECORDED`
        around: puts an ASGI application around it
    """
    folder.mkdir(parents=True, exist_ok=True)
    app = create_app(Settings(folder, cvat_version=release, allowed_hosts=("*",)))
    parts, token = app.state.parts, new_secret()
    user_id = set_user(parts.database, parts.passwords, "admin", PASSWORD, is_superuser=True)
    with parts.database.writing() as session:
        session.add(AccessToken(digest=digest_of(token), kind="access", user_id=user_id))
    listener = socket.create_server(("127.0.0.1", 0))
    port = listener.getsockname()[1]
    config = uvicorn.Config(
        around(app) if around is not None else app,
        log_config=None,
        access_log=False,
        timeout_graceful_shutdown=2,
        ssl_certfile=RECORDED / "server.pem" if tls else None,
        ssl_keyfile=RECORDED / "server_key.pem" if tls else None,
        lifespan="off",
    )
    server = uvicorn.Server(config)
    thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]}, daemon=True)
    thread.start()
    while not server.started:
        time.sleep(0.01)
    try:
        yield Serving(f"{'https' if tls else 'http'}://127.0.0.1:{port}", port, token)
    finally:
        server.should_exit = True
        thread.join(20)
        listener.close()
        app.state.close()
