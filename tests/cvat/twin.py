"""A label server in memory, as small as it can be: what the client needs, and faults on demand."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from typing import Any

import httpx

URL = "http://twin.test"
Handler = Callable[[httpx.Request, re.Match[str]], Any]


class Twin(httpx.BaseTransport):
    """Answers by a table of routes; `faults` are served first, one a request."""

    def __init__(self, routes: dict[str, Any] | None = None, *, signed_in: bool = True) -> None:
        self.requests: list[httpx.Request] = []
        self.faults: list[httpx.Response | Exception] = []
        self.slept: list[float] = []
        self.files: dict[str, bytearray] = {}
        self.routes: dict[str, Any] = {**(SIGN_IN if signed_in else {}), **(routes or {})}

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        request.read()
        self.requests.append(request)
        if self.faults and "/api/" in request.url.path:
            fault = self.faults.pop(0)
            if isinstance(fault, Exception):
                raise fault
            return fault
        for pattern, answer in self.routes.items():
            found = re.fullmatch(pattern, f"{request.method} {request.url.raw_path.decode()}")
            if found:
                result = answer(request, found) if callable(answer) else answer
                return result if isinstance(result, httpx.Response) else ok(result)
        return httpx.Response(404, json={"detail": "Not found."})

    def seen(self, skip_sign_in: bool = True) -> list[str]:
        paths = [f"{r.method} {r.url.raw_path.decode()}" for r in self.requests]
        return paths[3:] if skip_sign_in else paths


def ok(body: Any) -> httpx.Response:
    content = b"" if body is None else json.dumps(body).encode()
    return httpx.Response(
        200, content=content, headers={"Content-Type": "application/vnd.cvat+json"}
    )


SIGN_IN = {
    "GET /api/server/about": {"version": "2.15.0"},
    "POST /api/auth/login": {"key": "k3y-s3cret"},
    "GET /api/users/self": {"id": 1, "username": "ann", "groups": ["admin"]},
}
