"""Kills the client or the label server at random moments of a run, and looks whether it goes on.

    python benchmarks/annotation_crash.py                       # 100 rounds; some ten minutes
    python benchmarks/annotation_crash.py --rounds 10 --seed 7

Each round sends a view to be annotated from a process of its own, and ends that process, the
server's, or both by SIGKILL, once or several times. What was cut shows as cut and can't be loaded.
Then ``annotate(resume=True)`` goes on, and all has to be as if nothing had happened: each task,
image and label is on the server once, loading changes nothing, and a cleanup leaves nothing behind.
For systems that fork.
"""

from __future__ import annotations

import argparse
import importlib
import json
import os
import random
import signal
import tempfile
import time
from collections import Counter
from pathlib import Path
from typing import Any

from annotation_works import WORKS, AnnotationWork
from crash import USED, checked, leave

import viewfinder as vf
from viewfinder.cvat.client import CvatClient
from viewfinder.cvat.signin import Credentials
from viewfinder.errors import AnnotationError, ServerError
from viewfinder.labelserver import embedded
from viewfinder.labelserver.processes import labelserver_dir, read_server_file

ENDED, BROKE = 0, 4
"""How the client's process ends: it was done, or the server was away."""
LONGEST_END_SECS = 120.0
MOST_KILLS = 3
UNFINISHED = {"sending", "failed"}


class Server:
    """A label server with a home of its own."""

    def __init__(self, home: Path) -> None:
        self.home = home
        self.there: dict[str, str] = {}
        self.start()

    def start(self) -> None:
        """Starts it where it is not running; address and password stay the same."""
        endpoint = embedded.ensure_running(self.home, timeout_secs=60)
        self.there = {
            "url": endpoint.url,
            "username": endpoint.username,
            "password": endpoint.password,
        }

    def kill(self) -> None:
        """Ends it in the middle of whatever it does."""
        found = read_server_file(labelserver_dir(self.home))
        if found is not None:
            os.kill(found.pid, signal.SIGKILL)


class Trial:
    """One kind of run over one dataset, again and again under new keys."""

    def __init__(self, name: str, work: AnnotationWork, server: Server, media: Path) -> None:
        self.name, self.work, self.server = name, work, server
        self.rounds = 0
        self.kills: Counter[str] = Counter()
        checked(lambda: work.prepare(vf.Dataset(name), media) is not None)
        self._goes_on("first")
        began = time.monotonic()
        checked(lambda: self._send("whole") == ENDED)
        self.secs = time.monotonic() - began
        """How long a run takes that nobody cuts, so that most kills come while one is sent."""
        self._goes_on("whole")

    def round(self, chance: random.Random) -> None:
        """Cuts a run, goes on, and compares."""
        self.rounds += 1
        key = f"run{self.rounds}"
        for _ in range(chance.randint(1, MOST_KILLS)):
            whom = chance.choice(["client", "server", "both"])
            self._cut(key, whom, chance.uniform(0, self.secs), chance.uniform(0, 0.5))
            self.kills[whom] += 1
            self.kills["cut"] += checked(lambda: self._shows_as_cut(key))
        self._goes_on(key)

    def _cut(self, key: str, whom: str, delay_secs: float, pause_secs: float) -> None:
        """Sends, and kills after so many seconds; a client that lives may end by itself."""
        client = os.fork()
        if client == 0:
            leave(lambda: self._send(key))
        time.sleep(delay_secs)
        if whom != "client":
            self.server.kill()
        if whom == "both":
            time.sleep(pause_secs)
        if whom != "server":
            os.kill(client, signal.SIGKILL)
        if whom != "client":
            self.server.start()
        code = _ended(client)
        if code not in {ENDED, BROKE, -signal.SIGKILL}:
            raise SystemExit(f"{self.name}: the client ended with {code}; see above.")

    def _send(self, key: str) -> int:
        try:
            self.work.annotate(vf.load_dataset(self.name), key, self.server.there)
        except ServerError:
            return BROKE
        return ENDED

    def _shows_as_cut(self, key: str) -> bool:
        """Whether the run was cut; if so, it says that and can't be loaded."""
        dataset = vf.load_dataset(self.name)
        if not dataset.has_annotation_run(key):
            # Nothing had left: the key is free, and what is there is no task.
            assert self._on_server(key) == {}
            return True
        if dataset.get_annotation_info(key).config.state not in UNFINISHED:
            return False
        try:
            dataset.load_annotations(key, **self.server.there)
        except AnnotationError:
            return True
        raise AssertionError("a run that was cut was loaded")

    def _goes_on(self, key: str) -> None:
        checked(lambda: self._compare(key))

    def _compare(self, key: str) -> bool:
        dataset = vf.load_dataset(self.name)
        before = self.work.fingerprint(dataset)
        results = self.work.annotate(dataset, key, self.server.there)
        assert dataset.get_annotation_info(key).config.state == "sent"
        expected = self.work.expected(f"Viewfinder {self.name} {key}")
        found = self._on_server(key)
        assert found == expected, f"on the server is {found}, not {expected}"
        assert len(results.task_ids) == len(expected)
        report = dataset.load_annotations(key, **self.server.there)
        assert not report.changes, str(report)
        assert report.unchanged == self.work.labels, str(report)
        assert self.work.fingerprint(dataset) == before
        results.cleanup()
        assert self._on_server(key) == {}
        dataset.delete_annotation_run(key)
        return True

    def _on_server(self, key: str) -> dict[str, list[Any]]:
        """The frames' names and the number of tags, shapes and tracks of each task of a run."""
        name = f"Viewfinder {self.name} {key}"
        there = self.server.there
        who = Credentials(username=there["username"], password=there["password"])
        with CvatClient.connect(there["url"], credentials=who) as client:
            found: dict[str, list[Any]] = {}
            for task in client.tasks():
                if task.name != name and not task.name.startswith(f"{name}_"):
                    continue
                assert task.name not in found, f"two tasks are called {task.name}"
                data = client.annotations("tasks", task.id)
                names = []
                if task.size:
                    meta = client.data_meta(task.id)
                    names = sorted(frame.name for frame in meta.frames)
                drawn = [len(data.tags), len(data.shapes), len(data.tracks)]
                found[task.name] = [names, drawn]
            return found


def _ended(client: int) -> int:
    """How a process ended; one that does not end by itself is killed, and that is an error."""
    deadline = time.monotonic() + LONGEST_END_SECS
    while time.monotonic() < deadline:
        found, status = os.waitpid(client, os.WNOHANG)
        if found:
            return os.waitstatus_to_exitcode(status)
        time.sleep(0.01)
    os.kill(client, signal.SIGKILL)
    os.waitpid(client, 0)
    raise SystemExit("A client did not end after its server was killed and started again.")


def main() -> None:
    """Goes round by round through all works."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--rounds", type=int, default=100)
    parser.add_argument("--seed", type=int, default=51)
    parser.add_argument("--work", choices=WORKS, help="only this one")
    options = parser.parse_args()
    for room in (*USED, "annotate", "cvat.client"):
        importlib.import_module(f"viewfinder.{room}")
    names = [options.work] if options.work else list(WORKS)
    with tempfile.TemporaryDirectory(prefix="annotation-crash-") as folder:
        os.environ["VIEWFINDER_HOME"] = f"{folder}/home"
        server = Server(Path(folder) / "server")
        try:
            trials: dict[str, Trial] = {}
            for number in range(options.rounds):
                name = names[number % len(names)]
                if name not in trials:
                    media = Path(folder) / "media" / name
                    media.mkdir(parents=True)
                    trials[name] = Trial(name, WORKS[name](), server, media)
                try:
                    # Each round has chances of its own, so that one can be looked at alone.
                    trials[name].round(random.Random(f"{options.seed} {number}"))
                except SystemExit as error:
                    raise SystemExit(f"Round {number}, {name}: {error}") from error
        finally:
            embedded.stop(server.home)
    print("| work | rounds | kills: client | server | both | runs found cut, all gone on with |")
    print("|---|---|---|---|---|---|")
    for name, trial in trials.items():
        kills = [trial.kills[whom] for whom in ("client", "server", "both", "cut")]
        print(f"| {name} | {trial.rounds} | {' | '.join(map(str, kills))} |")
    told = {name: {**trial.kills, "rounds": trial.rounds} for name, trial in trials.items()}
    print(json.dumps(told))


if __name__ == "__main__":
    main()
