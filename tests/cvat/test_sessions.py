"""A password is sent once in a process; against a label server in memory, over a real socket."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from viewfinder.cvat.client import CvatClient
from viewfinder.cvat.sessions import Sessions
from viewfinder.cvat.signin import Credentials
from viewfinder.cvat.transport import Options, Transport
from viewfinder.errors import WrongCredentialsError

ANN = Credentials(username="ann", password="s3cret")


class Door(ThreadingHTTPServer):
    """Lets in who has a token of today."""

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Keeper)
        self.asked: list[str] = []
        self.day = 1

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_port}"


class _Keeper(BaseHTTPRequestHandler):
    server: Door
    protocol_version = "HTTP/1.1"

    def do_GET(self) -> None:
        self.server.asked.append(self.path)
        token = self.headers.get("Authorization")
        known = self.path != "/api/users/self" or token == f"Token day{self.server.day}"
        body = b'{"version": "2.80.0"}' if "about" in self.path else b'{"id": 1, "username": "ann"}'
        self._answer(200 if known else 401, body)

    def do_POST(self) -> None:
        self.server.asked.append(self.path)
        given = self.rfile.read(int(self.headers["Content-Length"]))
        right = b"s3cret" in given
        self._answer(200 if right else 400, b'{"key": "day%d"}' % self.server.day)

    def _answer(self, status: int, body: bytes) -> None:
        self.send_response(status)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - named by the base
        """Nothing."""


@pytest.fixture
def door() -> Iterator[Door]:
    server = Door()
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield server
    server.shutdown()
    thread.join()
    server.server_close()


WHOLE = ["/api/server/about", "/api/auth/login", "/api/users/self"]


def test_who_signed_in_before_is_only_looked_at(door: Door) -> None:
    for expected in (WHOLE, ["/api/users/self"], ["/api/users/self"]):
        door.asked.clear()
        with CvatClient.connect(door.url, credentials=ANN) as client:
            assert (client.user.username, client.version) == ("ann", "2.80.0")
        assert door.asked == expected


def test_where_a_session_has_ended_the_password_is_sent_again(door: Door) -> None:
    CvatClient.connect(door.url, credentials=ANN).close()
    door.day = 2
    door.asked.clear()
    CvatClient.connect(door.url, credentials=ANN).close()
    assert door.asked == ["/api/users/self", *WHOLE]


def test_another_password_is_another_session(door: Door) -> None:
    CvatClient.connect(door.url, credentials=ANN).close()
    with pytest.raises(WrongCredentialsError):
        CvatClient.connect(door.url, credentials=Credentials(username="ann", password="guess"))


def test_secrets_are_in_no_representation(door: Door) -> None:
    sessions = Sessions()
    transport = Transport(door.url, options=Options())
    transport.set_header("Authorization", "Token day1")
    sessions.keep(transport, ANN, "2.80.0")
    shown = repr(vars(sessions))
    assert "day1" not in shown
    assert "s3cret" not in shown
    assert sessions.resume(transport, ANN) is not None
    transport.close()
