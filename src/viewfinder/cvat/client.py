"""A CVAT server as a handful of methods, each one thing a person would ask of it.

Releases of CVAT differ, and this client does not look at version numbers: it tries what newer
servers offer and takes what older ones have. See :mod:`viewfinder.cvat.transport` for how it treats
faults.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any, Literal, Self, TypeVar

import msgspec

from viewfinder.cvat import download, upload, wire
from viewfinder.cvat.answers import Answers
from viewfinder.cvat.sessions import SESSIONS
from viewfinder.cvat.signin import Credentials, sign_in
from viewfinder.cvat.transport import Call, Options, Transport
from viewfinder.errors import ServerFailedError

if TYPE_CHECKING:
    import httpx

__all__ = ["CvatClient"]

T = TypeVar("T")
Owner = Literal["tasks", "jobs"]
LabelOwner = Literal["tasks", "projects"]
Action = Literal["create", "update", "delete"]
MediaState = Literal["none", "reading", "read", "failed"]

_BUSY = {"queued", "started"}


class CvatClient:
    """A signed-in connection to a CVAT server; made by :meth:`connect`, closed by ``with``.

    Every method raises :class:`~viewfinder.errors.ServerError` (see its tree) when the server is
    away, says no, or breaks.
    """

    def __init__(self, transport: Transport, user: wire.User, version: str) -> None:
        self._transport = transport
        self._ask = Answers(transport)
        self.user = user
        """Who we are there."""
        self.version = version
        """The server's own version text; empty where it tells none. For messages only."""
        self._users: dict[str, wire.User | None] = {}

    @classmethod
    def connect(
        cls,
        url: str,
        *,
        credentials: Credentials,
        organization: str | None = None,
        headers: Mapping[str, str] | None = None,
        options: Options | None = None,
        transport: httpx.BaseTransport | None = None,
        sleep: Callable[[float], None] = time.sleep,
    ) -> Self:
        """Finds the server and signs in.

        Args:
            url: the server's address, as in ``https://cvat.example.org``
            credentials: user name and password, or a personal access token
            organization: the short name of the organization to work in
            headers: sent with every request
            options: timeouts, retries, sizes, certificates
            transport: an httpx transport to use instead of the network
            sleep: waits for so many seconds

        Raises:
            ServerUnreachableError: nothing answers at the address
            ServerCertificateError: its certificate can't be verified
            WrongCredentialsError: it does not know the user or token
            ServerFailedError: what answers is no CVAT server
        """
        line = Transport(
            url, options=options or Options(), headers=headers, transport=transport, sleep=sleep
        )
        try:
            # Only what went over the network tells whom a later call will find there.
            there = SESSIONS.resume(line, credentials) if transport is None else None
            if there is None:
                about = line.read(Call("say its version", "GET", "/api/server/about"), wire.About)
                if organization is not None:
                    line.set_header("X-Organization", organization)
                there = sign_in(line, credentials), about.version
                if transport is None:
                    SESSIONS.keep(line, credentials, about.version)
            elif organization is not None:
                line.set_header("X-Organization", organization)
        except BaseException:
            line.close()
            raise
        return cls(line, *there)

    def __repr__(self) -> str:
        return f"CvatClient({self.url!r}, user={self.user.username!r})"

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Closes all connections."""
        self._transport.close()

    @property
    def url(self) -> str:
        """The server's address."""
        return self._transport.url

    def task_url(self, task_id: int) -> str:
        """The page of a task."""
        return f"{self.url}/tasks/{task_id}"

    def job_url(self, task_id: int, job_id: int) -> str:
        """The page of a job, where it is annotated."""
        return f"{self.url}/tasks/{task_id}/jobs/{job_id}"

    # People

    def find_user(self, username: str) -> wire.User | None:
        """The person of exactly that name; asked once a connection."""
        if username not in self._users:
            found = self._ask.pages("find a user", "/api/users", wire.User, search=username)
            self._users[username] = next((u for u in found if u.username == username), None)
        return self._users[username]

    # Projects

    def find_project(self, name: str) -> wire.Project | None:
        """The oldest project of exactly that name; None where there is none."""
        found = self._ask.pages("find a project", "/api/projects", wire.Project, search=name)
        return min((p for p in found if p.name == name), key=lambda p: p.id, default=None)

    def project(self, project_id: int) -> wire.Project | None:
        """A project; None where it is gone."""
        return self._ask.one_or_none(
            "show the project", f"/api/projects/{project_id}", wire.Project
        )

    def create_project(self, name: str, labels: Sequence[wire.NewLabel]) -> wire.Project:
        """Makes a project with these classes."""
        body = wire.encode({"name": name, "labels": labels})
        call = Call("create the project", "POST", "/api/projects", json=body)
        return self._transport.read(call, wire.Project)

    def projects(self) -> Iterator[wire.Project]:
        """All projects that we may see, read as they are asked for."""
        return self._ask.pages("list the projects", "/api/projects", wire.Project)

    def add_classes(self, owner: LabelOwner, number: int, labels: Sequence[wire.NewLabel]) -> None:
        """Adds classes to a project, or to a task that has classes of its own."""
        self._change_classes(owner, number, list(labels))

    def add_attributes(
        self,
        owner: LabelOwner,
        number: int,
        label: wire.Label,
        attributes: Sequence[wire.NewAttribute],
    ) -> None:
        """Adds attributes to a class that is there; its others are left as they are."""
        every = [*label.attributes, *attributes]
        change = {"id": label.id, "name": label.name, "attributes": every}
        self._change_classes(owner, number, [change])

    def _change_classes(self, owner: LabelOwner, number: int, labels: list[Any]) -> None:
        body = wire.encode({"labels": labels})
        self._transport.send(
            Call("change the classes", "PATCH", f"/api/{owner}/{number}", json=body)
        )

    def project_tasks(self, project_id: int) -> list[wire.Task]:
        """All tasks of a project."""
        action = "list the project's tasks"
        return list(self._ask.pages(action, "/api/tasks", wire.Task, project_id=project_id))

    def delete_project(self, project_id: int) -> bool:
        """Deletes a project with its tasks; False where it was gone already."""
        return self._ask.delete("delete the project", f"/api/projects/{project_id}")

    # Tasks

    def create_task(
        self,
        name: str,
        labels: Sequence[wire.NewLabel] = (),
        *,
        project_id: int | None = None,
        segment_size: int | None = None,
        bug_tracker: str | None = None,
        assignee_id: int | None = None,
    ) -> wire.Task:
        """Makes a task that has no media yet.

        Args:
            name: its name
            labels: its classes; none where it belongs to a project
            project_id: the project whose classes it shares
            segment_size: frames a job; None for all frames in one
            bug_tracker: address of an issue tracker
            assignee_id: who it is given to
        """
        body: dict[str, Any] = {"name": name, "labels": labels}
        optional = {
            "project_id": project_id,
            "segment_size": segment_size,
            "bug_tracker": bug_tracker,
            "assignee_id": assignee_id,
        }
        body.update({key: value for key, value in optional.items() if value is not None})
        if segment_size is not None:
            body["overlap"] = 0
        call = Call("create the task", "POST", "/api/tasks", json=wire.encode(body))
        return self._transport.read(call, wire.Task)

    def task(self, task_id: int) -> wire.Task | None:
        """A task; None where it is gone."""
        return self._ask.one_or_none("show the task", f"/api/tasks/{task_id}", wire.Task)

    def tasks(self) -> Iterator[wire.Task]:
        """All tasks that we may see, newest first, read as they are asked for."""
        return self._ask.pages("list the tasks", "/api/tasks", wire.Task)

    def find_tasks(self, name: str) -> list[wire.Task]:
        """The tasks of exactly that name."""
        found = self._ask.pages("find a task", "/api/tasks", wire.Task, search=name)
        return [task for task in found if task.name == name]

    def delete_task(self, task_id: int) -> bool:
        """Deletes a task with its annotations; False where it was gone already."""
        return self._ask.delete("delete the task", f"/api/tasks/{task_id}")

    def labels(
        self, *, task_id: int | None = None, project_id: int | None = None
    ) -> list[wire.Label]:
        """The classes of a task or a project, with the server's numbers for them."""
        owner, number = ("task", task_id) if task_id is not None else ("project", project_id)
        assert number is not None
        action = f"list the classes of the {owner}"
        call = Call(action, "GET", "/api/labels", params={f"{owner}_id": number})
        response = self._transport.answer(call)
        if response.status_code == 404:
            # Servers before 2.4 write the classes into the task.
            call = Call(action, "GET", f"/api/{owner}s/{number}")
            return self._transport.read(call, wire.OwnerWithLabels).labels
        return list(self._ask.follow(call, response, wire.Label))

    def upload_images(
        self,
        task_id: int,
        images: Sequence[upload.ImageFile],
        *,
        options: upload.DataOptions | None = None,
        advance: Callable[[int], None] | None = None,
        places: upload.Places | None = None,
    ) -> wire.DataMeta:
        """Sends images to a task, in this order, and waits until the server has read them.

        Args:
            task_id: a task without media
            images: the files and their names on the server
            options: what the server makes of them
            advance: is called with the number of images that are through
            places: what has arrived already, and where the rest goes on; filled in as files are
                sent, and kept by who wants to go on after a cut

        Returns:
            what the server made of it: one record a frame

        Raises:
            MediaNotFoundError: a file is missing; nothing was sent
            ServerFailedError: the server can't read an image, in its own words
            ServerTimeoutError: it did not finish in ``Options.ready_timeout_secs``
        """
        if places and self.media_state(task_id) in {"reading", "read"}:
            # It was cut after the server had closed the upload, before that was noted.
            (advance or _ignore)(len(images))
            return self.wait_for_media(task_id)
        rq_id = upload.upload_images(
            self._transport,
            task_id,
            images,
            options=options or upload.DataOptions(),
            advance=advance or _ignore,
            places={} if places is None else places,
        )
        return self._read_media(task_id, rq_id)

    def upload_video(
        self,
        task_id: int,
        video: upload.ImageFile,
        *,
        options: upload.DataOptions | None = None,
        places: upload.Places | None = None,
    ) -> wire.DataMeta:
        """Sends a video to a task, streamed; arguments and errors as of :meth:`upload_images`."""
        return self.upload_images(task_id, [video], options=options, places=places)

    def attach_files(
        self,
        task_id: int,
        names: Sequence[str],
        *,
        options: upload.DataOptions | None = None,
        cloud_storage_id: int | None = None,
        copy_data: bool = False,
    ) -> wire.DataMeta:
        """Makes files that the server has already a task's media; nothing is uploaded.

        Args:
            task_id: a task without media
            names: paths in the server's share, or in a cloud storage
            options: what the server makes of them
            cloud_storage_id: the cloud storage; None for the share
            copy_data: whether the server makes a copy of its own of files in the share

        Raises:
            ServerRefusedError: the server has no such files
            ServerFailedError: it can't read one of them, in its own words
        """
        fields = {
            **(options or upload.DataOptions()).fields(),
            # Each frame is known by its name; any order will do, and every server knows this one.
            "sorting_method": "lexicographical",
            "server_files": list(names),
            "copy_data": copy_data,
        }
        if cloud_storage_id is not None:
            fields["cloud_storage_id"] = cloud_storage_id
        path = f"/api/tasks/{task_id}/data"
        call = Call("take files that it has", "POST", path, json=wire.encode(fields))
        response = self._transport.send(call)
        ticket = wire.RequestTicket()
        if response.content:
            ticket = self._transport.decode(call, response, wire.RequestTicket)
        return self._read_media(task_id, ticket.rq_id)

    def share(self, directory: str = "/") -> list[wire.SharedFile]:
        """The files and folders of a folder in the server's share."""
        action = "list its shared files"
        found = self._ask.pages(action, "/api/server/share", wire.SharedFile, directory=directory)
        return list(found)

    def cloud_storages(self) -> list[wire.CloudStorage]:
        """The cloud storages that the server can read from."""
        action = "list the cloud storages"
        return list(self._ask.pages(action, "/api/cloudstorages", wire.CloudStorage))

    def _read_media(self, task_id: int, rq_id: str | None) -> wire.DataMeta:
        self._ask.wait_until_read(task_id, rq_id, lambda: bool(self.jobs(task_id)))
        return self.data_meta(task_id)

    def media_state(self, task_id: int) -> MediaState:
        """What a task's media is: none yet, being read, read, or something that can't be read."""
        task = self.task(task_id)
        if task is not None and task.size and self.jobs(task_id):
            return "read"
        state = self._ask.reading_state(task_id)
        if state in _BUSY:
            return "reading"
        return "failed" if state == "failed" else "none"

    def wait_for_media(self, task_id: int) -> wire.DataMeta:
        """Waits until the server has read media that was sent before.

        Raises:
            ServerFailedError: the server can't read it, in its own words
            ServerTimeoutError: it did not finish in ``Options.ready_timeout_secs``
        """
        if self.media_state(task_id) == "read":
            return self.data_meta(task_id)
        return self._read_media(task_id, None)

    def data_meta(self, task_id: int) -> wire.DataMeta:
        """Names and sizes of a task's frames."""
        call = Call("describe the task's frames", "GET", f"/api/tasks/{task_id}/data/meta")
        return self._transport.read(call, wire.DataMeta)

    def frame(self, task_id: int, number: int) -> bytes:
        """The original file of one frame."""
        return download.frame(self._transport, task_id, number)

    def frames(
        self,
        task_id: int,
        meta: wire.DataMeta | None = None,
        *,
        quality: download.Quality = "original",
    ) -> Iterator[tuple[int, bytes]]:
        """Number and file of each frame of a task, read chunk by chunk; deleted ones are left out.

        Args:
            task_id: the task
            meta: what its media is; asked for by default
            quality: the files as they were uploaded, or what browsers get
        """
        known = meta or self.data_meta(task_id)
        return download.frames(self._transport, task_id, known, quality)

    def chunks(self, task_id: int, meta: wire.DataMeta) -> Iterator[tuple[range, bytes]]:
        """The original chunks of a task with the numbers of their frames, deleted ones included.

        A chunk is an archive of pictures or a video; where the server has none, a picture.
        """
        return download.chunks(self._transport, task_id, meta)

    # Jobs

    def jobs(self, task_id: int) -> list[wire.Job]:
        """The jobs of a task in the order of their frames; empty until its media is read."""
        action = "list the jobs"
        call = Call(action, "GET", "/api/jobs", params={"task_id": task_id})
        response = self._transport.answer(call)
        if response.status_code == 404:
            # Servers before 2.4 list jobs under the task.
            call = Call(action, "GET", f"/api/tasks/{task_id}/jobs")
            response = self._transport.answer(call)
        jobs = self._ask.follow(call, response, wire.Job)
        mine = [job for job in jobs if job.task_id == task_id]
        return sorted(mine, key=lambda job: (job.start_frame, job.id))

    def find_jobs(
        self,
        *,
        project_id: int | None = None,
        stage: str | None = None,
        state: str | None = None,
        assignee: str | None = None,
    ) -> list[wire.Job]:
        """The jobs of all tasks that we may see, or of those that fit.

        Args:
            project_id: of the tasks of this project
            stage: "annotation", "validation" or "acceptance"
            state: "new", "in progress", "completed" or "rejected"
            assignee: the name of the person who has them
        """
        asked: dict[str, str | int | None] = {
            "project_id": project_id,
            "stage": stage,
            "state": state,
            "assignee": assignee,
        }
        params = {name: value for name, value in asked.items() if value is not None}
        found = self._ask.pages("list the jobs", "/api/jobs", wire.Job, **params)
        return [
            job
            for job in found
            # Older servers leave out filters that they do not know.
            if stage in (None, job.stage) and state in (None, job.state)
        ]

    def update_job(
        self,
        job_id: int,
        *,
        assignee_id: int | None = None,
        stage: str | None = None,
        state: str | None = None,
    ) -> wire.Job:
        """Gives a job to somebody, or moves it to another stage or state."""
        body = {"assignee": assignee_id, "stage": stage, "state": state}
        content = wire.encode({key: value for key, value in body.items() if value is not None})
        call = Call("change the job", "PATCH", f"/api/jobs/{job_id}", json=content, repeatable=True)
        return self._transport.read(call, wire.Job)

    def issues(self, job_id: int) -> list[wire.Issue]:
        """What reviewers want to be looked at in a job."""
        found = self._ask.pages("list the issues", "/api/issues", wire.Issue, job_id=job_id)
        # Some servers do not know that filter, and list those of all jobs.
        return [issue for issue in found if issue.job in (None, job_id)]

    def comments(self, job_id: int) -> list[wire.Comment]:
        """All remarks in the issues of a job."""
        found = self._ask.pages("list the comments", "/api/comments", wire.Comment, job_id=job_id)
        return sorted(found, key=lambda comment: comment.id)

    def honeypots(self, task_id: int) -> frozenset[int]:
        """The frames that are shown to check annotators; none on servers that know of none."""
        call = Call(
            "describe how the task is checked", "GET", f"/api/tasks/{task_id}/validation_layout"
        )
        response = self._transport.answer(call)
        if response.status_code in (404, 405):
            return frozenset()
        if response.status_code >= 400:
            raise self._transport.error(call, response)
        layout = self._transport.decode(call, response, wire.ValidationLayout)
        return frozenset(layout.honeypot_frames or ())

    # Annotations

    def annotations(self, owner: Owner, number: int) -> wire.LabeledData:
        """All annotations of a task or a job.

        Args:
            owner: "tasks" or "jobs"
            number: which one
        """
        call = Call("send the annotations", "GET", f"/api/{owner}/{number}/annotations")
        return self._data(call, self._transport.send(call))

    def put_annotations(
        self, owner: Owner, number: int, data: wire.LabeledData
    ) -> wire.LabeledData:
        """Replaces all annotations of a task or a job.

        Returns:
            the same records in the same order, with the server's numbers
        """
        path = f"/api/{owner}/{number}/annotations"
        call = Call("take the annotations", "PUT", path, json=wire.encode(data))
        return self._data(call, self._transport.send(call))

    def patch_annotations(
        self, owner: Owner, number: int, data: wire.LabeledData, *, action: Action
    ) -> wire.LabeledData:
        """Creates, updates or deletes some annotations of a task or a job."""
        call = Call(
            f"{action} the annotations",
            "PATCH",
            f"/api/{owner}/{number}/annotations",
            params={"action": action},
            json=wire.encode(data),
            repeatable=action == "update",
        )
        return self._data(call, self._transport.send(call))

    def delete_annotations(self, owner: Owner, number: int) -> None:
        """Deletes all annotations of a task or a job."""
        call = Call("delete the annotations", "DELETE", f"/api/{owner}/{number}/annotations")
        self._transport.send(call)

    # How the answers are read

    def _data(self, call: Call, response: httpx.Response) -> wire.LabeledData:
        try:
            return wire.decode_data(response.content)
        except msgspec.MsgspecError as error:
            words = f"its answer holds no annotations ({error})"
            raise ServerFailedError(call.action, self.url, words) from error


def _ignore(count: int) -> None:
    del count
