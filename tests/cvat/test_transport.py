from __future__ import annotations

import socket
import ssl
import threading
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from pathlib import Path

import httpx
import pytest

from tests.cvat.twin import URL, Twin
from viewfinder.cvat.transport import Call, Options, Transport, clean_url, server_words
from viewfinder.errors import (
    ConfigError,
    ServerCertificateError,
    ServerError,
    ServerFailedError,
    ServerRefusedError,
    ServerUnreachableError,
    WrongCredentialsError,
)

READ = Call("list the tasks", "GET", "/api/tasks")
WRITE = Call("create the task", "POST", "/api/tasks", json=b"{}")


def line(twin: Twin, **options: object) -> Transport:
    chosen = Options(**{"pause_secs": 1.0, **options})  # type: ignore[arg-type]
    return Transport(URL, options=chosen, transport=twin, sleep=twin.slept.append)


def busy(status: int, **headers: str) -> httpx.Response:
    return httpx.Response(status, text="busy", headers=headers)


@pytest.mark.parametrize("status", [429, 500, 502, 503, 504])
def test_reading_is_tried_again_with_growing_pauses(status: int) -> None:
    twin = Twin({"GET /api/tasks": {"results": []}})
    twin.faults = [busy(status), busy(status), busy(status)]
    assert line(twin).send(READ).status_code == 200
    assert len(twin.requests) == 4
    assert 0.5 <= twin.slept[0] <= 1.5 < twin.slept[2] <= 6.0


def test_a_broken_connection_is_tried_again_when_reading() -> None:
    twin = Twin({"GET /api/tasks": {}})
    twin.faults = [httpx.ReadError("reset"), httpx.RemoteProtocolError("cut")]
    line(twin).send(READ)
    assert len(twin.requests) == 3


def test_what_may_have_been_done_is_not_done_twice() -> None:
    twin = Twin({"POST /api/tasks": {}})
    twin.faults = [httpx.ReadTimeout("late")]
    with pytest.raises(ServerUnreachableError, match="no answer within"):
        line(twin).send(WRITE)
    twin.faults = [busy(500)]
    with pytest.raises(ServerFailedError, match="HTTP 500"):
        line(twin).send(WRITE)
    assert len(twin.requests) == 2


@pytest.mark.parametrize("fault", [busy(429), busy(503), httpx.ConnectError("refused")])
def test_what_was_surely_not_done_is_tried_again(fault: httpx.Response | Exception) -> None:
    twin = Twin({"POST /api/tasks": {}})
    twin.faults = [fault]
    line(twin).send(WRITE)
    assert len(twin.requests) == 2


def test_the_server_says_how_long_to_wait() -> None:
    twin = Twin({"GET /api/tasks": {}})
    later = format_datetime(datetime.now(UTC) + timedelta(seconds=30), usegmt=True)
    twin.faults = [
        busy(429, **{"Retry-After": "7"}),
        busy(429, **{"Retry-After": later}),
        busy(429, **{"Retry-After": "99999"}),
        busy(429, **{"Retry-After": "soon"}),
    ]
    line(twin).send(READ)
    seven, date, long, unreadable = twin.slept
    assert (seven, long) == (7.0, 120.0)
    assert 25 < date <= 30
    assert 4 <= unreadable <= 12


def test_patience_ends() -> None:
    twin = Twin()
    twin.faults = [httpx.ReadError("reset")] * 9
    with pytest.raises(ServerUnreachableError, match="reset"):
        line(twin, attempts=3).send(READ)
    assert len(twin.requests) == 3


@pytest.mark.parametrize(
    ("body", "words"),
    [
        ('{"detail": "Not found."}', "Not found."),
        ('["All label names must be unique"]', "All label names must be unique"),
        ('"Adding more data is not supported"', "Adding more data is not supported"),
        ('{"name": ["This field is required."]}', "name: This field is required."),
        (
            '{"labels": [{"attributes": [{"input_type": ["\\"zzz\\" is not a valid choice."]}]}]}',
            'input_type: "zzz" is not a valid choice.',
        ),
        ("<html><style>x{}</style><h1>Bad&nbsp;Gateway</h1></html>", "Bad Gateway"),
        ("", "Bad Request"),
        ("word " * 400, "…"),
    ],
)
def test_the_servers_own_words(body: str, words: str) -> None:
    said = server_words(httpx.Response(400, text=body))
    assert said == words or (len(said) == 600 and said.endswith(words))


def test_errors_by_status() -> None:
    twin = Twin()
    for status, kind in [
        (400, ServerRefusedError),
        (401, WrongCredentialsError),
        (403, ServerRefusedError),
        (404, ServerRefusedError),
        (500, ServerFailedError),
    ]:
        twin.faults = [httpx.Response(status, json={"detail": "no"})]
        with pytest.raises(kind) as caught:
            line(twin, attempts=1).send(READ)
        assert isinstance(caught.value, ServerError)
        assert URL in str(caught.value)


def test_what_is_no_cvat_server_is_said_so() -> None:
    twin = Twin({"GET /api/tasks": httpx.Response(200, text="<html>Hello</html>")})
    with pytest.raises(ServerFailedError, match="not what a CVAT server answers"):
        line(twin).read(READ, dict)


def test_secrets_stay_out_of_words_even_when_the_server_repeats_them() -> None:
    twin = Twin({"POST /api/tasks": lambda *_: httpx.Response(400, text="bad hunter2 given")})
    transport = line(twin)
    transport.keep_secret("hunter2")
    with pytest.raises(ServerRefusedError) as caught:
        transport.send(WRITE)
    assert "hunter2" not in str(caught.value)
    assert "bad … given" in str(caught.value)


def test_a_session_cookie_brings_its_proof_along_on_writes() -> None:
    twin = Twin({"POST /api/tasks": {}, "GET /api/tasks": {}})
    transport = line(twin)
    transport.cookies.set("csrftoken", "proof", domain="twin.test")
    transport.send(READ)
    transport.send(WRITE)
    read, write = twin.requests
    assert "X-CSRFToken" not in read.headers
    assert write.headers["X-CSRFToken"] == "proof"
    assert write.headers["Referer"] == f"{URL}/"


@pytest.mark.parametrize(
    ("url", "clean"),
    [
        ("http://x.test:8080/", "http://x.test:8080"),
        (" https://x.test/cvat/ ", "https://x.test/cvat"),
        ("x.test", "https://x.test"),
    ],
)
def test_addresses(url: str, clean: str) -> None:
    assert clean_url(url) == clean


@pytest.mark.parametrize("url", ["ftp://x.test", "http://", "", "https://ann:hunter2@x.test"])
def test_what_is_no_address(url: str) -> None:
    with pytest.raises(ConfigError) as caught:
        clean_url(url)
    assert "hunter2" not in str(caught.value)


@pytest.mark.parametrize(
    ("base", "location", "path"),
    [
        (URL, "http://inner:8080/api/jobs?page=2", "/api/jobs?page=2"),
        (URL, "/api/jobs", "/api/jobs"),
        ("http://x.test/cvat", "http://inner/cvat/api/jobs?page=2", "/api/jobs?page=2"),
        ("http://x.test/cvat", "http://inner/api/jobs", "/api/jobs"),
    ],
)
def test_links_of_a_server_behind_a_proxy(base: str, location: str, path: str) -> None:
    transport = Transport(base, options=Options(), transport=Twin())
    assert transport.path_of(location) == path


def test_a_path_prefix_goes_before_every_request() -> None:
    twin = Twin({"GET /cvat/api/tasks": {}})
    Transport("http://x.test/cvat/", options=Options(), transport=twin).send(READ)


def test_nobody_listens() -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        url = f"http://127.0.0.1:{taken.getsockname()[1]}"
        transport = Transport(url, options=Options(attempts=2), sleep=lambda _: None)
        with pytest.raises(ServerUnreachableError, match="Check the address"):
            transport.send(READ)
        transport.close()


def test_a_certificate_that_nobody_signed(tmp_path: Path) -> None:
    url, done = self_signed_server(tmp_path)
    transport = Transport(url, options=Options(attempts=3), sleep=lambda _: None)
    with pytest.raises(ServerCertificateError, match="ca_bundle"):
        transport.send(READ)
    transport.close()
    trusting = Transport(url, options=Options(ca_bundle=tmp_path / "cert.pem"))
    assert trusting.send(READ).json() == []
    trusting.close()
    done.set()


def test_a_bundle_that_is_missing_or_holds_nothing(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="no file of certificates"):
        Transport("https://x.test", options=Options(ca_bundle=tmp_path / "none.pem"))
    (tmp_path / "empty.pem").write_text("nothing")
    with pytest.raises(ConfigError, match="no certificates in PEM"):
        Transport("https://x.test", options=Options(ca_bundle=tmp_path / "empty.pem"))


def self_signed_server(folder: Path) -> tuple[str, threading.Event]:
    """An https server on loopback that answers `[]`, with a certificate of its own making."""
    certificate = Path(__file__).parent / "recorded"
    for name in ("cert.pem", "key.pem"):
        (folder / name).write_bytes((certificate / f"loopback_{name}").read_bytes())
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(folder / "cert.pem", folder / "key.pem")
    listener = socket.create_server(("127.0.0.1", 0))
    listener.settimeout(0.1)
    done = threading.Event()

    def serve() -> None:
        with listener:
            while not done.is_set():
                try:
                    raw, _ = listener.accept()
                    raw.settimeout(5)
                    with raw, context.wrap_socket(raw, server_side=True) as stream:
                        stream.recv(65536)
                        stream.sendall(
                            b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\nConnection: close\r\n\r\n[]"
                        )
                except OSError:
                    continue

    threading.Thread(target=serve, daemon=True).start()
    return f"https://127.0.0.1:{listener.getsockname()[1]}", done
