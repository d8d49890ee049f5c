from __future__ import annotations

import asyncio
import json
import sqlite3
import subprocess
import sys
import time
from contextlib import closing
from typing import TYPE_CHECKING, Any

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import event, text

from viewfinder.labelserver.database import Database
from viewfinder.labelserver.errors import ServerDataError
from viewfinder.labelserver.models import Base

if TYPE_CHECKING:
    from pathlib import Path

    from fastapi import FastAPI

    from tests.labelserver.conftest import Asker
    from viewfinder.labelserver.settings import Settings


def test_the_steps_of_migration_lead_to_the_models(tmp_path: Path) -> None:
    database = Database(f"sqlite:///{tmp_path / 'fresh.sqlite'}")
    database.migrate()
    database.migrate()
    with database.engine.connect() as connection:
        differences = compare_metadata(MigrationContext.configure(connection), Base.metadata)
    database.close()
    assert differences == []


def test_a_file_that_is_no_database_is_named(tmp_path: Path) -> None:
    path = tmp_path / "bad.sqlite"
    path.write_bytes(b"no database at all" * 100)
    database = Database(f"sqlite:///{path}")
    with pytest.raises(ServerDataError, match="not a database"):
        database.migrate()
    database.close()


def test_a_database_of_a_later_version_is_not_touched(tmp_path: Path) -> None:
    database = Database(f"sqlite:///{tmp_path / 'later.sqlite'}")
    database.migrate()
    with database.writing() as session:
        session.execute(text("UPDATE alembic_version SET version_num = '9999'"))
    with pytest.raises(ServerDataError, match="9999"):
        database.migrate()
    database.close()


def test_a_failed_write_leaves_nothing(app: FastAPI, ask: Asker) -> None:
    from viewfinder.labelserver.models import Task

    database: Database = app.state.parts.database

    def write_and_fail() -> None:
        with database.writing() as session:
            session.add(Task(name="never"))
            session.flush()
            raise RuntimeError("half way")

    with pytest.raises(RuntimeError, match="half way"):
        write_and_fail()
    assert ask("GET", "/api/tasks").json()["count"] == 0


def test_a_locked_database_is_told_as_a_passing_trouble(
    ask: Asker, settings: Settings, app: FastAPI
) -> None:
    database: Database = app.state.parts.database
    event.listen(database.engine, "checkout", _be_impatient)
    with closing(sqlite3.connect(settings.data_dir / "labelserver.sqlite")) as other:
        other.execute("BEGIN IMMEDIATE")
        answer = ask("POST", "/api/tasks", json={"name": "t", "labels": [{"name": "a"}]})
    assert (answer.status_code, answer.headers["retry-after"]) == (503, "1")
    assert "Nothing was saved" in answer.json()["detail"]
    made = ask("POST", "/api/tasks", json={"name": "t", "labels": [{"name": "a"}]})
    assert made.status_code == 201


def _be_impatient(connection: Any, *_: object) -> None:
    connection.execute("PRAGMA busy_timeout=10")


def test_many_writers_and_readers_at_once(app: FastAPI, ask: Asker) -> None:
    import httpx

    task = ask.task(frames=4, segment_size=1)
    jobs = [job["id"] for job in ask("GET", f"/api/jobs?task_id={task}").json()["results"]]
    label = ask("GET", f"/api/labels?task_id={task}").json()["results"][0]["id"]
    headers = ask("GET", "/api/users/self").request.headers

    async def everybody() -> list[int]:
        transport = httpx.ASGITransport(app)
        async with httpx.AsyncClient(
            transport=transport,
            base_url="http://127.0.0.1:8080",
            headers={"Authorization": headers["authorization"]},
        ) as client:

            async def write(number: int) -> int:
                shape = {
                    "type": "rectangle",
                    "frame": 0,
                    "label_id": label,
                    "points": [number, 1, 2, 3],
                }
                job = jobs[number % len(jobs)]
                answer = await client.patch(
                    f"/api/jobs/{job}/annotations?action=create", json={"shapes": [shape]}
                )
                return answer.status_code

            async def read(_number: int) -> int:
                return (await client.get(f"/api/tasks/{task}/annotations")).status_code

            return list(await asyncio.gather(*[(write, read)[n % 2](n) for n in range(120)]))

    started = time.monotonic()
    assert set(asyncio.run(everybody())) == {200}
    assert time.monotonic() - started < 25
    shapes = ask("GET", f"/api/tasks/{task}/annotations").json()["shapes"]
    assert sorted(shape["points"][0] for shape in shapes) == [float(n) for n in range(0, 120, 2)]
    assert len({shape["id"] for shape in shapes}) == 60


def test_pages_are_one_page_that_finds_its_assets(ask: Asker, settings: Settings) -> None:
    (settings.static_dir / "assets").mkdir(parents=True)
    (settings.static_dir / "index.html").write_text("<html><head><title>x</title></head></html>")
    (settings.static_dir / "assets" / "app-1a2b.js").write_text("start()")
    for path in ("/", "/tasks", "/tasks/1", "/tasks/1/jobs/2?frame=3", "/auth/login"):
        answer = ask("GET", path, auth=None)
        assert answer.status_code == 200
        assert '<head><base href="/static/" />' in answer.text
        assert "script-src" not in answer.headers["content-security-policy"]
    asset = ask("GET", "/static/assets/app-1a2b.js", auth=None)
    assert (asset.text, asset.headers["content-type"].split(";")[0]) == (
        "start()",
        "text/javascript",
    )
    assert "immutable" in asset.headers["cache-control"]


def test_pages_without_a_build_say_how_to_build_them(ask: Asker) -> None:
    for path in ("/", "/tasks", "/tasks/1", "/tasks/1/jobs/2", "/auth/login"):
        answer = ask("GET", path)
        assert answer.status_code == 503
        assert answer.headers["content-type"].startswith("text/html")
        assert "npm --prefix web run build" in answer.text


def test_the_description_of_the_api_is_whole() -> None:
    done = subprocess.run(
        [sys.executable, "-m", "viewfinder.labelserver", "openapi"],
        capture_output=True,
        text=True,
        check=True,
    )
    description: Any = json.loads(done.stdout)
    operations = [
        operation["operationId"]
        for methods in description["paths"].values()
        for operation in methods.values()
    ]
    assert len(operations) == len(set(operations))
    assert "/api/jobs/{job_id}/annotations" in description["paths"]
    for method in ("put", "patch"):
        operation = description["paths"]["/api/tasks/{task_id}/annotations"][method]
        schema = operation["requestBody"]["content"]["application/json"]["schema"]
        assert (
            schema["$ref"].removeprefix("#/components/schemas/")
            in (description["components"]["schemas"])
        )


def test_people_are_added_on_the_command_line(home: Path) -> None:
    program = [sys.executable, "-m", "viewfinder.labelserver", "user", "--home", str(home)]
    added = subprocess.run([*program, "eve"], input="a password\n", text=True, check=False)
    assert added.returncode == 0
    refused = subprocess.run(
        [*program, "e v e"], input="x\n", text=True, capture_output=True, check=False
    )
    assert refused.returncode == 1
    assert "can't be a user's name" in refused.stderr
