"""A database of an earlier version is brought up to date without losing a row."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

from alembic import command
from alembic.config import Config
from sqlalchemy import create_engine, text

import viewfinder.labelserver
from viewfinder.labelserver.database import Database

if TYPE_CHECKING:
    from sqlalchemy import Engine

_NOW = "2026-01-02 03:04:05.000000"
# One row a table, as version 0001 wrote them.
_ROWS: list[tuple[str, dict[str, Any]]] = [
    ("users", {"id": 1, "username": "ann", "email": "", "first_name": "", "last_name": "",
               "password_hash": "x", "is_superuser": True, "is_active": True,
               "date_joined": _NOW, "last_login": None}),
    ("projects", {"id": 1, "name": "p", "owner_id": 1, "assignee_id": None, "bug_tracker": "",
                  "created_date": _NOW, "updated_date": _NOW}),
    ("tasks", {"id": 7, "name": "t", "project_id": 1, "owner_id": 1, "assignee_id": None,
               "bug_tracker": "", "subset": "", "mode": "annotation", "segment_size": 2,
               "overlap": 0, "created_date": _NOW, "updated_date": _NOW}),
    ("task_data", {"task_id": 7, "state": "finished", "message": "", "progress": 1.0,
                   "requested_by_id": 1, "created_date": _NOW, "started_date": _NOW,
                   "finished_date": _NOW, "image_quality": 70, "chunk_size": 72,
                   "sorting_method": "lexicographical", "file_order": None, "start_frame": 0,
                   "stop_frame": None, "frame_filter": "", "size": 2, "deleted_frames": "[1]"}),
    ("frames", {"task_id": 7, "number": 0, "name": "a.png", "file_name": "0000000.png",
                "media_type": "image/png", "width": 4, "height": 3, "digest": "d"}),
    ("jobs", {"id": 9, "task_id": 7, "start_frame": 0, "stop_frame": 1, "stage": "validation",
              "state": "in progress", "assignee_id": 1, "created_date": _NOW,
              "updated_date": _NOW}),
    ("labels", {"id": 3, "task_id": None, "project_id": 1, "parent_id": None, "name": "car",
                "color": "#ff0000", "type": "any", "svg": ""}),
    ("attribute_specs", {"id": 5, "label_id": 3, "name": "make", "mutable": True,
                         "input_type": "text", "default_value": "", "values": '[""]'}),
    ("tags", {"id": 11, "job_id": 9, "label_id": 3, "frame": 0, "group_id": None,
              "source": "manual", "attributes": '[[5,"vw"]]'}),
    ("shapes", {"id": 12, "job_id": 9, "label_id": 3, "frame": 1, "group_id": 2,
                "source": "auto", "attributes": "[]", "parent_id": None, "type": "rectangle",
                "occluded": True, "outside": False, "z_order": 3, "rotation": 0.1, "score": 0.5,
                "points": bytes(32)}),
    ("tracks", {"id": 13, "job_id": 9, "label_id": 3, "frame": 0, "group_id": None,
                "source": "manual", "attributes": "[]", "parent_id": None}),
    ("track_shapes", {"id": 14, "track_id": 13, "frame": 0, "type": "rectangle",
                      "occluded": False, "outside": False, "z_order": 0, "rotation": 0.0,
                      "points": bytes(32), "attributes": "[]"}),
    ("counters", {"name": "annotation", "next_id": 15}),
]  # fmt: skip


def _bring_to(engine: Engine, revision: str) -> None:
    config = Config()
    folder = Path(viewfinder.labelserver.__file__).parent / "migrations"
    config.set_main_option("script_location", str(folder))
    with engine.begin() as connection:
        config.attributes["connection"] = connection
        command.upgrade(config, revision)


def _read(engine: Engine, table: str) -> list[dict[str, Any]]:
    with engine.connect() as connection:
        return [dict(row) for row in connection.execute(text(f"SELECT * FROM {table}")).mappings()]  # noqa: S608 - names of ours


def test_what_the_first_version_wrote_is_all_there(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path / 'labelserver.sqlite'}"
    engine = create_engine(url)
    _bring_to(engine, "0001")
    with engine.begin() as connection:
        for table, row in _ROWS:
            names, marks = ", ".join(f'"{key}"' for key in row), ", ".join(f":{key}" for key in row)
            connection.execute(text(f"INSERT INTO {table} ({names}) VALUES ({marks})"), row)  # noqa: S608
    database = Database(url)
    database.migrate()
    for table, row in _ROWS:
        (after,) = _read(engine, table)
        assert {key: after[key] for key in row} == row, table
    (data,) = _read(engine, "task_data")
    assert (data["media_kind"], data["use_zip_chunks"]) == ("images", 1)
    assert json.loads(data["deleted_frames"]) == [1]
    (job,) = _read(engine, "jobs")
    assert (job["type"], job["frames"]) == ("annotation", None)
    database.close()
    engine.dispose()
