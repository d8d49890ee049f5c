"""Around every answer: which Host may be asked for, one spelling of addresses, safe headers.

The Host check keeps a web page that has pointed its own name at the loopback address (DNS
rebinding) from talking to this server with a signed-in person's cookies.
"""

from __future__ import annotations

from collections.abc import Iterable

from starlette.datastructures import Headers, MutableHeaders
from starlette.responses import JSONResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

__all__ = ["INSTANCE_HEADER", "PAGE_POLICY", "Shell"]

INSTANCE_HEADER = "X-Viewfinder-Instance"
PAGE_POLICY = (
    "default-src 'self'; img-src 'self' blob: data:; style-src 'self' 'unsafe-inline'; "
    "font-src 'self' data:; worker-src 'self' blob:; object-src 'none'; base-uri 'self'; "
    "form-action 'self'; frame-ancestors 'none'"
)
_API_POLICY = "default-src 'none'; frame-ancestors 'none'; sandbox"


class Shell:
    """ASGI middleware.

    Args:
        app: the application inside
        allowed_hosts: names that may be asked for; "*" for any
        instance_id: sent with every answer
    """

    def __init__(self, app: ASGIApp, *, allowed_hosts: Iterable[str], instance_id: str) -> None:
        self._app = app
        self._allowed_hosts = {host.lower() for host in allowed_hosts}
        self._instance_id = instance_id

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        path: str = scope["path"]
        is_api = path.startswith("/api/")
        if is_api and path.endswith("/"):
            # CVAT knows some addresses with a slash at the end and some without; both mean one.
            path = path.rstrip("/")
            scope = {**scope, "path": path, "raw_path": path.encode()}

        async def send_with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                self._add_headers(MutableHeaders(scope=message), is_api=is_api)
            await send(message)

        host = Headers(scope=scope).get("host", "")
        if not self._is_allowed(host):
            refusal = JSONResponse(
                {
                    "detail": f"This server does not answer to the name {host!r}. Use "
                    "127.0.0.1, or start it with --allowed-host and that name."
                },
                status_code=400,
            )
            await refusal(scope, receive, send_with_headers)
            return
        await self._app(scope, receive, send_with_headers)

    def _is_allowed(self, host: str) -> bool:
        if "*" in self._allowed_hosts:
            return True
        name, colon, port = host.lower().rpartition(":")
        if not colon or not port.isdigit():
            name = host.lower()
        return name in self._allowed_hosts

    def _add_headers(self, headers: MutableHeaders, *, is_api: bool) -> None:
        headers.setdefault("Content-Security-Policy", _API_POLICY if is_api else PAGE_POLICY)
        headers.setdefault("X-Content-Type-Options", "nosniff")
        headers.setdefault("X-Frame-Options", "DENY")
        headers.setdefault("Referrer-Policy", "same-origin")
        headers.setdefault("Cross-Origin-Opener-Policy", "same-origin")
        if self._instance_id:
            headers[INSTANCE_HEADER] = self._instance_id
