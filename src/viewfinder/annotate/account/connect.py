"""From a destination to a signed-in backend; the embedded server is started where needed."""

from __future__ import annotations

import webbrowser
from pathlib import Path

from viewfinder.annotate.account.config import Destination
from viewfinder.annotate.backends.base import Backend
from viewfinder.annotate.backends.cvat import CvatBackend
from viewfinder.annotate.options import TaskOptions
from viewfinder.config import home
from viewfinder.cvat.client import CvatClient
from viewfinder.cvat.signin import Credentials
from viewfinder.cvat.transport import Options
from viewfinder.labelserver import embedded

__all__ = ["connect", "connect_client", "open_page", "server_url"]


def connect(destination: Destination, options: TaskOptions) -> Backend:
    """A backend for a run.

    Raises:
        ServerError: the server is away, or does not know us
        ConfigError: credentials are missing
    """
    return CvatBackend(connect_client(destination), options)


def connect_client(destination: Destination) -> CvatClient:
    """A signed-in connection; the embedded server is started where needed.

    Raises:
        ServerError: the server is away, or does not know us
        ConfigError: credentials are missing
    """
    if destination.url is None:
        endpoint = embedded.ensure_running(home())
        credentials = Credentials(username=endpoint.username, password=endpoint.password)
        return CvatClient.connect(endpoint.url, credentials=credentials)
    access = destination.access
    return CvatClient.connect(
        destination.url,
        credentials=destination.credentials(),
        organization=access.organization,
        headers=access.headers,
        options=Options(
            timeout_secs=access.timeout_secs,
            verify_tls=access.verify_tls,
            ca_bundle=None if access.ca_bundle is None else Path(access.ca_bundle),
        ),
    )


def server_url(destination: Destination) -> str:
    """The server's address; the embedded server is started where needed."""
    return destination.url or embedded.ensure_running(home()).url


def open_page(destination: Destination, url: str) -> None:
    """Opens a page of the server in the browser; on the embedded server signed in."""
    if destination.url is None:
        endpoint = embedded.ensure_running(home())
        url = embedded.sign_in_url(endpoint, url.removeprefix(endpoint.url))
    webbrowser.open(url, new=2)
