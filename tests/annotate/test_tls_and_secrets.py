"""The whole loop over TLS, through a proxy, with every kind of credential; and what never leaks."""

from __future__ import annotations

import logging
import socket
import threading
import traceback
import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.annotate.helpers import bits, labels_of, make_dataset
from tests.annotate.serving import PASSWORD, RECORDED, Serving, serving
from viewfinder.errors import (
    ServerCertificateError,
    ViewfinderError,
    WrongCredentialsError,
)
from viewfinder.labels import Detection, Detections

AUTHORITY, OTHER = RECORDED / "authority.pem", RECORDED / "other_authority.pem"


def boxes() -> Detections:
    return Detections([Detection("cat", [0.1, 1 / 7, 0.2, 0.2], note="n")])


def whole_loop(dataset: Any, key: str, **access: Any) -> Any:
    """Sends, asks, loads and cleans up; returns the results."""
    before = bits(labels_of(dataset, "gt"))
    results = dataset.annotate(key, label_field="gt", **access)
    assert results.status()
    report = dataset.load_annotations(key, **access)
    assert (report.unchanged, report.changes) == (2, ())
    assert bits(labels_of(dataset, "gt")) == before
    assert results.cleanup() == 1
    return results


@pytest.fixture(scope="module")
def over_tls(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Serving]:
    with serving(tmp_path_factory.mktemp("tls"), tls=True) as server:
        yield server


def test_a_server_with_an_authority_of_its_own(tmp_path: Path, over_tls: Serving) -> None:
    dataset = make_dataset(tmp_path, {"gt": boxes()}, {"gt": boxes()})
    whole_loop(dataset, "k", ca_bundle=str(AUTHORITY), **over_tls.there)


@pytest.mark.parametrize("bundle", [None, OTHER])
def test_a_certificate_of_somebody_else_is_refused(
    tmp_path: Path, over_tls: Serving, bundle: Path | None
) -> None:
    dataset = make_dataset(tmp_path, {"gt": boxes()}, {"gt": boxes()})
    trust: dict[str, Any] = {} if bundle is None else {"ca_bundle": str(bundle)}
    with pytest.raises(ServerCertificateError, match="ca_bundle") as raised:
        dataset.annotate("k", label_field="gt", **trust, **over_tls.there)
    assert "certificate" in str(raised.value)
    assert dataset.list_annotation_runs() == []


def test_not_to_verify_works_and_warns(tmp_path: Path, over_tls: Serving) -> None:
    dataset = make_dataset(tmp_path, {"gt": boxes()}, {"gt": boxes()})
    with pytest.warns(UserWarning, match="verify_tls=False.*ca_bundle"):
        whole_loop(dataset, "k", verify_tls=False, **over_tls.there)
    with serving(tmp_path / "plain") as plain, warnings.catch_warnings():
        warnings.simplefilter("error")
        whole_loop(dataset, "plain", verify_tls=False, **plain.there)


@contextmanager
def connect_proxy(port: int, asked: list[str]) -> Iterator[str]:
    """A proxy that opens every tunnel to one port of this machine, and notes what was asked for."""
    listener = socket.create_server(("127.0.0.1", 0))
    open_sockets: list[socket.socket] = [listener]

    def pump(source: socket.socket, target: socket.socket) -> None:
        try:
            while data := source.recv(65536):
                target.sendall(data)
            target.shutdown(socket.SHUT_WR)
        except OSError:
            pass

    def serve() -> None:
        while True:
            try:
                client, _ = listener.accept()
            except OSError:
                return
            head = b""
            while b"\r\n\r\n" not in head:
                head += client.recv(4096)
            asked.append(head.split(b"\r\n")[0].decode())
            server = socket.create_connection(("127.0.0.1", port))
            open_sockets.extend((client, server))
            client.sendall(b"HTTP/1.1 200 Connection established\r\n\r\n")
            for pair in ((client, server), (server, client)):
                threading.Thread(target=pump, args=pair, daemon=True).start()

    threading.Thread(target=serve, daemon=True).start()
    try:
        yield f"http://127.0.0.1:{listener.getsockname()[1]}"
    finally:
        for each in open_sockets:
            each.close()


@pytest.mark.parametrize("variable", ["HTTPS_PROXY", "ALL_PROXY"])
def test_a_proxy_of_the_environment(
    tmp_path: Path, over_tls: Serving, variable: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "NO_PROXY"):
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.lower(), raising=False)
    dataset = make_dataset(tmp_path, {"gt": boxes()}, {"gt": boxes()})
    asked: list[str] = []
    with connect_proxy(over_tls.port, asked) as proxy:
        monkeypatch.setenv(variable, proxy)
        there = {**over_tls.there, "url": "https://labels.test"}
        whole_loop(dataset, "k", ca_bundle=str(AUTHORITY), **there)
        assert set(asked) == {"CONNECT labels.test:443 HTTP/1.1"}
        # This machine is not to be reached through a proxy.
        count = len(asked)
        whole_loop(dataset, "direct", ca_bundle=str(AUTHORITY), **over_tls.there)
        assert len(asked) == count


def api_token(server: Serving) -> str:
    body = {"username": "admin", "password": PASSWORD}
    return str(httpx.post(f"{server.url}/api/auth/login", json=body).json()["key"])


WAYS: dict[str, Callable[[Serving], dict[str, str]]] = {
    "password": lambda _: {"username": "admin", "password": PASSWORD},
    "API token": lambda server: {"token": api_token(server)},
    "personal access token": lambda server: {"token": server.access_token},
}


@pytest.mark.parametrize("way", WAYS)
def test_no_secret_shows_anywhere(
    tmp_path: Path,
    way: str,
    caplog: pytest.LogCaptureFixture,
    capsys: pytest.CaptureFixture[str],
) -> None:
    cookies: list[str] = []

    def around(app: Any) -> Any:
        async def noting(scope: Any, receive: Any, send: Any) -> None:
            async def note(message: Any) -> None:
                for name, value in message.get("headers", ()):
                    if name == b"set-cookie":
                        cookies.append(value.decode().partition("=")[2].partition(";")[0])
                await send(message)

            await app(scope, receive, note)

        return noting

    with serving(tmp_path / "server", around=around) as server:
        identity: dict[str, Any] = {**WAYS[way](server)}
        secrets = [identity.get("password"), identity.get("token"), server.access_token]
        caplog.set_level(logging.DEBUG)
        for name in ("httpx", "httpcore", "httpcore.http11", "httpcore.connection"):
            caplog.set_level(logging.DEBUG, logger=name)
        dataset = make_dataset(tmp_path / "media", {"gt": boxes()}, {"gt": boxes()})
        results = whole_loop(dataset, "k", url=server.url, **identity)
        said = [repr(results), str(results), repr(results.config), str(results.config)]
        info = dataset.get_annotation_info("k")
        said += [repr(info), repr(dataset), repr(dataset.history())]
        wrong: dict[str, Any] = {name: f"{value} but wrong" for name, value in identity.items()}
        if "username" in identity:
            wrong["username"] = "admin"
        with pytest.raises(WrongCredentialsError) as raised:
            dataset.annotate("other", label_field="gt", url=server.url, **wrong)
        secrets += [wrong.get("password"), wrong.get("token")]
    with pytest.raises(ViewfinderError) as away:
        dataset.annotate("away", label_field="gt", url=server.url, timeout_secs=1, **identity)
    for error in (raised.value, away.value):
        said += [repr(error), "".join(traceback.format_exception(error))]
    logged = [f"{record.getMessage()} {record.__dict__}" for record in caplog.records]
    assert any("httpcore" in record.name for record in caplog.records), "nothing was logged"
    printed = capsys.readouterr()
    said += [*logged, printed.out, printed.err]
    words = [word for word in (*secrets, *cookies) if word]
    assert words
    for word in words:
        assert not [text for text in said if word in text], word
    folder = dataset.handle.store.path
    for path in folder.rglob("*"):
        content = path.read_bytes() if path.is_file() else b""
        assert not [word for word in words if word.encode() in content], path
