from __future__ import annotations

import base64
import http.client
import http.server
import os
import signal
import stat
import subprocess
import sys
import threading
import time
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

import httpx
import pytest

from tests.labelserver.videos import video_bytes
from viewfinder.labelserver import embedded
from viewfinder.labelserver.errors import ServerStartError
from viewfinder.labelserver.processes import FileLock, read_server_file

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path


@pytest.fixture
def server_home(tmp_path: Path) -> Iterator[Path]:
    path = tmp_path / "home"
    yield path
    embedded.stop(path)


def _pid(home: Path) -> int:
    content = read_server_file(home / "labelserver")
    assert content is not None
    return content.pid


def _kill(home: Path) -> None:
    """kill -9, and wait until the operating system has cleaned up."""
    os.kill(_pid(home), signal.SIGKILL)
    lock = FileLock(home / "labelserver" / "running.lock")
    assert lock.acquire(10)
    lock.release()


def _auth(endpoint: embedded.Endpoint) -> tuple[str, str]:
    return endpoint.username, endpoint.password


def test_importing_it_loads_no_web_framework() -> None:
    program = (
        "import sys, viewfinder.labelserver.embedded; "
        "print([m for m in ('fastapi', 'sqlalchemy', 'uvicorn', 'PIL') if m in sys.modules])"
    )
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True
    )
    assert done.stdout.strip() == "[]", done.stderr


def test_started_once_found_again_and_stopped(server_home: Path) -> None:
    assert embedded.find_running(server_home) is None
    assert embedded.stop(server_home) is False
    endpoint = embedded.ensure_running(server_home)
    assert urlsplit(endpoint.url).hostname == "127.0.0.1"
    assert embedded.ensure_running(server_home) == endpoint
    assert embedded.find_running(server_home) == endpoint
    assert endpoint.password not in repr(endpoint)
    for name in ("server.json", "credentials.json"):
        mode = (server_home / "labelserver" / name).stat().st_mode
        assert stat.S_IMODE(mode) == 0o600
    assert embedded.stop(server_home) is True
    assert embedded.find_running(server_home) is None
    assert not (server_home / "labelserver" / "server.json").exists()


def test_two_that_start_it_at_once_get_one_server(server_home: Path) -> None:
    program = (
        "import sys, pathlib; from viewfinder.labelserver.embedded import ensure_running; "
        "print(ensure_running(pathlib.Path(sys.argv[1]), timeout_secs=60).url)"
    )
    started = [
        subprocess.Popen(
            [sys.executable, "-c", program, str(server_home)], stdout=subprocess.PIPE, text=True
        )
        for _ in range(3)
    ]
    urls = {process.communicate(timeout=90)[0].strip() for process in started}
    assert len(urls) == 1
    assert urls.pop().startswith("http://127.0.0.1:")


def test_a_killed_server_is_not_believed_and_its_data_are_there_again(server_home: Path) -> None:
    first = embedded.ensure_running(server_home)
    made = httpx.post(
        f"{first.url}/api/tasks",
        json={"name": "kept", "labels": [{"name": "a"}]},
        auth=_auth(first),
    )
    _kill(server_home)
    assert (server_home / "labelserver" / "server.json").exists()
    assert embedded.find_running(server_home) is None
    again = embedded.ensure_running(server_home)
    # Same port and password, so that links and scripts stay true.
    assert again == first
    found = httpx.get(f"{again.url}/api/tasks/{made.json()['id']}", auth=_auth(again))
    assert found.json()["name"] == "kept"


class _Other(http.server.BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        self.send_response(200)
        self.end_headers()

    def log_message(self, *arguments: object) -> None:
        pass


def test_another_program_on_its_port_is_not_taken_for_it(server_home: Path) -> None:
    endpoint = embedded.ensure_running(server_home)
    _kill(server_home)
    lock = FileLock(server_home / "labelserver" / "running.lock")
    assert lock.try_acquire()
    port = urlsplit(endpoint.url).port
    assert port is not None
    other = http.server.HTTPServer(("127.0.0.1", port), _Other)
    thread = threading.Thread(target=other.handle_request)
    thread.start()
    try:
        # It answers, but with no word that only our server knows; the password is not sent to it.
        assert embedded.find_running(server_home) is None
        thread.join(5)
        lock.release()
        assert embedded.ensure_running(server_home).url != endpoint.url
    finally:
        lock.release()
        other.server_close()


def test_why_it_did_not_start_is_said(server_home: Path) -> None:
    folder = server_home / "labelserver"
    folder.mkdir(parents=True)
    (folder / "labelserver.sqlite").write_bytes(b"this is no database, whatever it is called" * 99)
    with pytest.raises(ServerStartError, match="not a database") as raised:
        embedded.ensure_running(server_home)
    assert str(folder / "server.log") in str(raised.value)


def test_a_sign_in_link_works_once_and_opens_its_page(server_home: Path) -> None:
    endpoint = embedded.ensure_running(server_home)
    link = embedded.sign_in_url(endpoint, "/tasks/1/jobs/1?frame=2")
    assert endpoint.password not in link
    with httpx.Client() as browser:
        answer = browser.get(link)
        assert answer.status_code == 303
        assert answer.headers["location"] == "/tasks/1/jobs/1?frame=2"
        me = browser.get(f"{endpoint.url}/api/users/self")
        assert me.json()["username"] == endpoint.username
    with httpx.Client() as other:
        assert other.get(link).status_code == 303
        assert other.get(f"{endpoint.url}/api/users/self").status_code == 401


def test_no_acknowledged_write_is_lost_when_the_server_is_killed(server_home: Path) -> None:
    endpoint = embedded.ensure_running(server_home)
    auth = _auth(endpoint)
    acknowledged: list[str] = []
    for round_number in range(3):
        killer = threading.Timer(0.3 + 0.2 * round_number, _kill, [server_home])
        killer.start()
        number = 0
        try:
            while number < 100_000:
                name = f"round {round_number} task {number}"
                answer = httpx.post(
                    f"{endpoint.url}/api/tasks",
                    json={"name": name, "labels": [{"name": "a"}, {"name": "b"}]},
                    auth=auth,
                )
                assert answer.status_code == 201
                acknowledged.append(name)
                number += 1
        except httpx.TransportError:
            killer.join()
        endpoint = embedded.ensure_running(server_home)
        auth = _auth(endpoint)
    url: str | None = f"{endpoint.url}/api/tasks?page_size=500"
    found: dict[str, int] = {}
    while url:
        page = httpx.get(url, auth=auth, timeout=30).json()
        found |= {task["name"]: task["id"] for task in page["results"]}
        url = page["next"]
    assert acknowledged
    assert not set(acknowledged) - found.keys()
    # A task is never there without its label classes.
    for task_id in list(found.values())[:5]:
        labels = httpx.get(f"{endpoint.url}/api/labels?task_id={task_id}", auth=auth).json()
        assert labels["count"] == 2


def test_media_that_were_being_read_are_read_after_a_crash(
    server_home: Path, png_bytes: Callable[..., bytes]
) -> None:
    endpoint = embedded.ensure_running(server_home)
    auth = _auth(endpoint)
    task = httpx.post(
        f"{endpoint.url}/api/tasks", json={"name": "t", "labels": [{"name": "a"}]}, auth=auth
    ).json()["id"]
    files = [(f"client_files[{n}]", (f"{n:03}.png", png_bytes((400, 300), n))) for n in range(150)]
    answer = httpx.post(
        f"{endpoint.url}/api/tasks/{task}/data",
        data={"image_quality": "70"},
        files=files,
        auth=auth,
    )
    assert answer.status_code == 202
    _kill(server_home)
    endpoint = embedded.ensure_running(server_home)
    deadline = time.monotonic() + 30
    jobs = {}
    while time.monotonic() < deadline:
        jobs = httpx.get(f"{endpoint.url}/api/jobs?task_id={task}", auth=auth).json()
        if jobs["count"]:
            break
        time.sleep(0.1)
    assert [(job["start_frame"], job["stop_frame"]) for job in jobs["results"]] == [(0, 149)]
    frame = httpx.get(
        f"{endpoint.url}/api/tasks/{task}/data?type=frame&number=7&quality=original", auth=auth
    )
    assert frame.content == png_bytes((400, 300), 7)


def test_an_upload_goes_on_after_the_server_was_killed_in_the_middle(server_home: Path) -> None:
    endpoint = embedded.ensure_running(server_home)
    auth, content = _auth(endpoint), video_bytes(40)
    body = {"name": "t", "labels": [{"name": "a"}]}
    task = httpx.post(f"{endpoint.url}/api/tasks", json=body, auth=auth).json()["id"]
    data = f"{endpoint.url}/api/tasks/{task}/data"
    httpx.post(data, headers={"Upload-Start": "true"}, auth=auth)
    announced = httpx.post(
        data,
        headers={
            "Upload-Length": str(len(content)),
            "Upload-Metadata": "filename " + base64.b64encode(b"clip.mp4").decode(),
        },
        auth=auth,
    )
    place = announced.headers["location"]
    half = len(content) // 2
    httpx.patch(place, headers={"Upload-Offset": "0"}, content=content[:half], auth=auth)
    _kill(server_home)
    assert embedded.ensure_running(server_home).url == endpoint.url
    told = httpx.head(place, auth=auth).headers
    assert (told["upload-offset"], told["upload-length"]) == (str(half), str(len(content)))
    httpx.patch(place, headers={"Upload-Offset": str(half)}, content=content[half:], auth=auth)
    finished = httpx.post(
        data, headers={"Upload-Finish": "true"}, json={"image_quality": 70}, auth=auth
    )
    assert finished.status_code == 202
    _kill(server_home)
    embedded.ensure_running(server_home)
    deadline = time.monotonic() + 30
    shown: dict[str, object] = {}
    while time.monotonic() < deadline and "size" not in shown:
        time.sleep(0.1)
        found = httpx.get(f"{endpoint.url}/api/jobs?task_id={task}", auth=auth).json()
        if found["count"]:
            shown = httpx.get(f"{endpoint.url}/api/tasks/{task}", auth=auth).json()
    assert (shown["size"], shown["mode"]) == (40, "interpolation")


def test_it_listens_on_the_loopback_only(server_home: Path) -> None:
    endpoint = embedded.ensure_running(server_home)
    port = urlsplit(endpoint.url).port
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=5)
    connection.putrequest("GET", "/api/server/about", skip_host=True)
    connection.putheader("Host", "attacker.example")
    connection.endheaders()
    assert connection.getresponse().status == 400
    connection.close()
