"""Exchanges recorded from a real CVAT, asked of our server: answers have to say the same.

Ids differ from server to server: the first answer that names one pairs it with ours, and from then
on both have to stay together. Times, addresses, colours chosen by the server and a few
words without consequence are not compared, nor the order of labels, and ours may say more.
"""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tests.labelserver.conftest import png
from tests.labelserver.videos import video_bytes

if TYPE_CHECKING:
    from tests.labelserver.conftest import Asker

RECORDED = Path(__file__).parent / "recorded"
_NOT_COMPARED = {
    "bug_tracker", "color", "created_date", "date_joined", "description", "email", "groups",
    "last_login", "progress", "svg", "updated_date", "url", "use_cache", "use_zip_chunks",
    "username",
}  # fmt: skip
_KIND_OF_KEY = {"label_id": "labels", "spec_id": "attributes", "task_id": "tasks",
                "project_id": "projects", "data": "tasks", "assignee_id": "users"}  # fmt: skip
_KIND_OF_PART = {"owner": "users", "assignee": "users", "sublabels": "labels"}
_IN_PATH = re.compile(r"/api/(tasks|jobs|projects|labels)/(\d+)")
_IN_QUERY = re.compile(r"(task_id|project_id|job_id)=(\d+)")


class Replay:
    """Sends the requests of one recording, in order."""

    def __init__(self, ask: Asker, name: str) -> None:
        self._ask = ask
        lines = (RECORDED / f"{name}.jsonl").read_text().splitlines()
        self._exchanges: list[dict[str, Any]] = [json.loads(line) for line in lines]
        self._ours: dict[tuple[str, int], int] = {("users", 1): 1}
        self.compared = 0

    def run(self) -> None:
        for place, exchange in enumerate(self._exchanges):
            if not self._is_waiting(exchange):
                self._run(place, exchange)

    def _is_waiting(self, exchange: dict[str, Any]) -> bool:
        """Whether the client only waited for media to be read."""
        answer = exchange.get("answer")
        if not isinstance(answer, dict) or exchange["method"] != "GET":
            return False
        is_early_list = exchange["path"].startswith("/api/jobs?task_id=") and answer == {
            "count": 0, "next": None, "previous": None, "results": []
        }  # fmt: skip
        return is_early_list or answer.get("state") in {"Queued", "Started"}

    def _run(self, place: int, exchange: dict[str, Any]) -> None:
        path = _IN_PATH.sub(
            lambda m: f"/api/{m[1]}/{self._translated(m[1], int(m[2]))}", exchange["path"]
        )
        path = _IN_QUERY.sub(
            lambda m: f"{m[1]}={self._translated(m[1][:-3] + 's', int(m[2]))}", path
        )
        more: dict[str, Any] = {}
        if "body" in exchange:
            more["json"] = self._body(exchange["body"], ())
        if "form" in exchange:
            more |= self._form(place, exchange)
        if path.startswith("/api/labels?") and "page_size" not in path:
            # CVAT has ten labels on a page, ours has more.
            path += "&page_size=10"
        answer = self._ask(exchange["method"], path, **more)
        where = f"{exchange['method']} {path}: {answer.text[:500]}"
        assert answer.status_code == exchange["status"], where
        if "form" in exchange and answer.status_code == 202:
            self._ask.settled(int(path.split("/")[3]))
        if "answer" in exchange:
            kind = path.split("?")[0].split("/")[-1 if path.count("/") < 4 else 2]
            context = (re.sub(r"\?.*", "", kind),)
            if "/annotations" in path or "/data/meta" in path:
                context = ("all",)
            self._compare(exchange["answer"], answer.json(), context, where)

    def _translated(self, kind: str, number: int) -> int:
        return self._ours.get((kind, number), number)

    def _body(self, node: Any, context: tuple[str, ...]) -> Any:
        if isinstance(node, list):
            return [self._body(item, context) for item in node]
        if not isinstance(node, dict):
            return node
        result = {}
        for key, value in node.items():
            kind = self._kind(key, context)
            if kind is not None and isinstance(value, int):
                result[key] = self._translated(kind, value)
            else:
                result[key] = self._body(value, (*context, key))
        return result

    def _kind(self, key: str, context: tuple[str, ...]) -> str | None:
        if key in _KIND_OF_KEY:
            return _KIND_OF_KEY[key]
        if key != "id":
            return None
        names = [name for name in context if name != "results"]
        if names and names[-1] in _KIND_OF_PART:
            return _KIND_OF_PART[names[-1]]
        return "/".join(names[-2:]) if "tracks" in names else (names[-1] if names else "?")

    def _form(self, place: int, exchange: dict[str, Any]) -> dict[str, Any]:
        fields: dict[str, str] = {}
        files: list[tuple[str, tuple[str, bytes]]] = []
        sizes = self._sizes(place, exchange["path"].split("/")[3])
        for name, filename, value in exchange["form"]:
            if filename is None:
                fields[name] = value
            elif filename.endswith(".mp4"):
                files.append((name, (filename, video_bytes(12, size_wh=sizes[filename]))))
            elif exchange["status"] != 202 or filename in sizes:
                files.append((name, (filename, png(sizes.get(filename, (40, 30))))))
            else:
                files.append((name, (filename, png((40, 30)))))
        return {"data": fields, "files": files}

    def _sizes(self, place: int, task: str) -> dict[str, tuple[int, int]]:
        """The sizes of the media as CVAT told them afterwards."""
        for later in self._exchanges[place:]:
            if later["path"] == f"/api/tasks/{task}/data/meta":
                return {
                    frame["name"]: (frame["width"], frame["height"])
                    for frame in later["answer"]["frames"]
                }
        return {}

    def _compare(self, theirs: Any, ours: Any, context: tuple[str, ...], where: str) -> None:
        if isinstance(theirs, dict):
            assert isinstance(ours, dict), where
            for key, value in theirs.items():
                # CVAT forgets the type of a class that is added to a task: null.
                if key in _NOT_COMPARED or (value is None and ours.get(key, "any") == "any"):
                    continue
                assert key in ours, f"{key} is missing in {where}"
                kind = self._kind(key, context)
                if kind is not None and isinstance(value, int):
                    paired = self._ours.setdefault((kind, value), ours[key])
                    assert ours[key] == paired, f"{kind} {value} of {context}: {where}"
                else:
                    self._compare(value, ours[key], (*context, key), f"{key} of {where}")
        elif isinstance(theirs, list):
            assert isinstance(ours, list), where
            theirs = self._without_doubles(theirs, ours)
            assert len(theirs) == len(ours), where
            for one, other in self._pairs(theirs, ours, context):
                self._compare(one, other, context, where)
        elif isinstance(theirs, str) and "://" in theirs:
            assert bool(theirs) == bool(ours), where
        else:
            self.compared += 1
            assert theirs == ours, where

    @staticmethod
    def _without_doubles(theirs: list[Any], ours: list[Any]) -> list[Any]:
        """CVAT keeps two values of one attribute where it was sent two, ours keeps the last one."""
        has_specs = all(isinstance(item, dict) and "spec_id" in item for item in theirs)
        if has_specs and len(theirs) > len(ours):
            values = {item["value"] for item in ours}
            doubles = [item["spec_id"] for item in theirs]
            return [
                item
                for item in theirs
                if doubles.count(item["spec_id"]) == 1 or item["value"] in values - {""}
            ]
        return theirs

    def _pairs(
        self, theirs: list[Any], ours: list[Any], context: tuple[str, ...]
    ) -> list[tuple[Any, Any]]:
        for name in ("id", "spec_id"):
            kind = self._kind(name, context)
            if kind and all(isinstance(item, dict) and name in item for item in theirs):
                known = [self._ours.get((kind, item[name])) for item in theirs]
                # Key frames may have one id twice: they stay in the order of their frames.
                if None not in known and len(set(known)) == len(known):
                    by_id = {item[name]: item for item in ours}
                    assert set(by_id) == set(known), (kind, known, list(by_id))
                    return [(one, by_id[at]) for one, at in zip(theirs, known, strict=True)]
        return list(zip(theirs, ours, strict=True))
