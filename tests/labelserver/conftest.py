"""The label server in this process, asked through its ASGI interface; no socket, nothing mocked."""

from __future__ import annotations

import asyncio
import io
import shutil
import time
from typing import TYPE_CHECKING, Any, NamedTuple

import httpx
import pytest
from PIL import Image

from viewfinder.labelserver.app import create_app
from viewfinder.labelserver.auth.passwords import Passwords
from viewfinder.labelserver.auth.secrets import digest_of, new_secret
from viewfinder.labelserver.database import Database
from viewfinder.labelserver.models import AccessToken
from viewfinder.labelserver.services.people import set_user
from viewfinder.labelserver.settings import Settings

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from fastapi import FastAPI

URL = "http://127.0.0.1:8080"


class Asker:
    """Sends requests to the server, as one user."""

    def __init__(self, app: FastAPI, token: str | None) -> None:
        self.app = app
        self._headers = {"Authorization": f"Bearer {token}"} if token else {}
        self._runner = asyncio.Runner()

    def __call__(self, method: str, path: str, **more: Any) -> httpx.Response:
        own = {} if "auth" in more else self._headers
        headers = own | more.pop("headers", {})

        async def ask() -> httpx.Response:
            transport = httpx.ASGITransport(self.app)
            async with httpx.AsyncClient(transport=transport, base_url=URL) as client:
                return await client.request(method, path, headers=headers, **more)

        return self._runner.run(ask())

    def close(self) -> None:
        self._runner.close()

    def task(self, *, frames: int = 3, segment_size: int = 0, **more: Any) -> int:
        """A task with this many small pictures, read to the end."""
        body = {"name": "task", "labels": [{"name": "a"}], "segment_size": segment_size, **more}
        task_id = int(self("POST", "/api/tasks", json=body).json()["id"])
        files = [(f"client_files[{n}]", (f"{n}.png", png((40 + n, 30), n))) for n in range(frames)]
        answer = self(
            "POST", f"/api/tasks/{task_id}/data", data={"image_quality": "70"}, files=files
        )
        assert answer.status_code == 202, answer.text
        assert self.settled(task_id)["state"] == "Finished"
        return task_id

    def settled(self, task_id: int) -> Any:
        """The status of a task once its media are read."""
        status: Any = None
        for _ in range(500):
            status = self("GET", f"/api/tasks/{task_id}/status").json()
            if status["state"] in {"Finished", "Failed"}:
                return status
            time.sleep(0.01)
        raise AssertionError(f"task {task_id} is not read: {status}")


def png(size_wh: tuple[int, int], shade: int = 0) -> bytes:
    buffer = io.BytesIO()
    Image.new("RGB", size_wh, (shade % 256, 9, 9)).save(buffer, "PNG")
    return buffer.getvalue()


@pytest.fixture
def png_bytes() -> Callable[..., bytes]:
    return png


class Template(NamedTuple):
    """A fresh server's database with its people, and a token for each of them."""

    database: Path
    tokens: dict[str, str]


@pytest.fixture(scope="session")
def template(tmp_path_factory: pytest.TempPathFactory) -> Template:
    """Made once: hashing passwords is slow on purpose."""
    folder = tmp_path_factory.mktemp("labelserver-template")
    settings = Settings(data_dir=folder)
    database, passwords = Database(settings.url), Passwords()
    database.migrate()
    tokens = {}
    for name in ("admin", "ann", "bob"):
        user_id = set_user(
            database, passwords, name, f"password of {name}", is_superuser=name == "admin"
        )
        tokens[name] = new_secret()
        with database.writing() as session:
            session.add(AccessToken(digest=digest_of(tokens[name]), kind="access", user_id=user_id))
    with database.engine.connect() as connection:
        connection.exec_driver_sql("COMMIT")
        connection.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)")
    database.close()
    return Template(folder / "labelserver.sqlite", tokens)


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return Settings(
        data_dir=tmp_path / "labelserver", instance_id="this one", static_dir=tmp_path / "static"
    )


@pytest.fixture
def app(settings: Settings, template: Template) -> Iterator[FastAPI]:
    settings.data_dir.mkdir()
    shutil.copy(template.database, settings.data_dir / "labelserver.sqlite")
    made = create_app(settings)
    yield made
    made.state.close()


@pytest.fixture
def make_asker(app: FastAPI, template: Template) -> Iterator[Callable[[str | None], Asker]]:
    made: list[Asker] = []

    def make(user: str | None) -> Asker:
        made.append(Asker(app, template.tokens[user] if user else None))
        return made[-1]

    yield make
    for asker in made:
        asker.close()


@pytest.fixture
def ask(make_asker: Callable[[str | None], Asker]) -> Asker:
    return make_asker("admin")
