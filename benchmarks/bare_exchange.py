"""The requests of an ``annotate`` call, sent once more by httpx alone: the floor of what it takes.

Requests are listened to while the call is made. In the replay, what the server answered then (the
numbers of the task, its classes and their attributes) is replaced by what it answers now; making a
request ready is not counted, sending it and reading the answer is.
"""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any
from unittest import mock
from urllib.parse import quote

import httpx

__all__ = ["Exchange", "listening", "replay"]

_POLL_SECS = 0.01


@dataclass(frozen=True, slots=True)
class Exchange:
    """A request, and what the server answered to it."""

    method: str
    url: str
    headers: list[tuple[str, str]]
    content: bytes
    answer: bytes


@contextmanager
def listening() -> Iterator[list[Exchange]]:
    """All exchanges of this process while the block runs, in order."""
    heard: list[Exchange] = []
    original = httpx.HTTPTransport.handle_request

    def handle(self: httpx.HTTPTransport, request: httpx.Request) -> httpx.Response:
        content = request.read()
        # Some parts are read from their files when they are sent; those have been read by now.
        request.stream = httpx.ByteStream(content)
        response = original(self, request)
        answer = response.read()
        headers = [(name, value) for name, value in request.headers.items()]
        heard.append(Exchange(request.method, str(request.url), headers, content, answer))
        return response

    with mock.patch.object(httpx.HTTPTransport, "handle_request", handle):
        yield heard


def replay(heard: list[Exchange]) -> float:
    """Sends the requests again, one after the other; returns the seconds that they took."""
    numbers = _Numbers()
    token = ""
    spent = 0.0
    polled: set[str] = set()
    with httpx.Client(timeout=300) as client:
        for exchange in heard:
            path = numbers.path(exchange.url)
            if "/api/requests/" in path:
                if path in polled:
                    continue
                polled.add(path)
            content = numbers.body(exchange.content)
            skipped = {"host", "content-length", "connection", "authorization", "cookie"}
            headers = [(name, value) for name, value in exchange.headers if name not in skipped]
            if token:
                headers.append(("Authorization", f"Token {token}"))
            client.cookies.clear()
            begin = time.perf_counter()
            response = client.request(exchange.method, path, headers=headers, content=content)
            while "/api/requests/" in path and response.json()["status"] in ("queued", "started"):
                time.sleep(_POLL_SECS)
                response = client.request(exchange.method, path, headers=headers)
            spent += time.perf_counter() - begin
            if response.is_error:
                raise SystemExit(f"{exchange.method} {path}: {response.text[:500]}")
            if path.endswith("/api/auth/login"):
                token = response.json()["key"]
            numbers.learn(path, exchange.answer, response.content)
    return spent


class _Numbers:
    """The server's numbers then, and what they are now."""

    def __init__(self) -> None:
        self._task: tuple[str, str] | None = None
        self._specs: dict[int, int] = {}
        self._classes: dict[int, int] = {}
        self._ticket: tuple[str, str] | None = None

    def path(self, url: str) -> str:
        """A request's address."""
        if self._task is not None:
            then, now = self._task
            for place in ("/tasks/", "task_id="):
                url = url.replace(f"{place}{then}", f"{place}{now}")
        return url if self._ticket is None else url.replace(*self._ticket)

    def body(self, content: bytes) -> bytes:
        """A request's body."""
        if not content.startswith(b"{"):
            return content
        body = json.loads(content)
        if not body.keys() & {"shapes", "tags", "tracks"}:
            return content
        for record in [*body.get("shapes", ()), *body.get("tags", ())]:
            record["label_id"] = self._classes[record["label_id"]]
            for attribute in record["attributes"]:
                attribute["spec_id"] = self._specs[attribute["spec_id"]]
        return json.dumps(body, separators=(",", ":")).encode()

    def learn(self, path: str, then: bytes, now: bytes) -> None:
        """What an answer says of numbers."""
        if path.endswith("/api/tasks"):
            self._task = (str(json.loads(then)["id"]), str(json.loads(now)["id"]))
        if b'"rq_id"' in now:
            self._ticket = (_ticket(then), _ticket(now))
        if "/api/labels" in path:
            for before, after in zip(_results(then), _results(now), strict=True):
                self._classes[before["id"]] = after["id"]
                for one, other in zip(before["attributes"], after["attributes"], strict=True):
                    self._specs[one["id"]] = other["id"]


def _ticket(answer: bytes) -> str:
    return quote(json.loads(answer)["rq_id"], safe="")


def _results(answer: bytes) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = json.loads(answer)["results"]
    return found
