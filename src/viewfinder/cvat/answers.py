"""How a server's answers are read, whatever its release: lists in pages or in one piece, things
that are gone, and media that is read in the background.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, TypeVar
from urllib.parse import quote

from viewfinder.cvat import wire
from viewfinder.cvat.transport import Call, Transport
from viewfinder.errors import ServerFailedError, ServerTimeoutError

if TYPE_CHECKING:
    import httpx

__all__ = ["Answers"]

T = TypeVar("T")

_DONE = {"finished"}
_FAILED = {"failed"}
_LONGEST_WITHOUT_JOBS_SECS = 30.0
"""The longest wait for the jobs of a task that the server calls finished."""


class Answers:
    """Asks one server for records.

    Args:
        transport: the way to the server
    """

    def __init__(self, transport: Transport) -> None:
        self._transport = transport

    def one_or_none(self, action: str, path: str, kind: type[T]) -> T | None:
        """A record; None where it is gone."""
        call = Call(action, "GET", path)
        response = self._transport.answer(call)
        if response.status_code == 404:
            return None
        if response.status_code >= 400:
            raise self._transport.error(call, response)
        return self._transport.decode(call, response, kind)

    def delete(self, action: str, path: str) -> bool:
        """Deletes something; False where it was gone already."""
        call = Call(action, "DELETE", path)
        response = self._transport.answer(call)
        if response.status_code == 404:
            return False
        if response.status_code >= 400:
            raise self._transport.error(call, response)
        return True

    def pages(self, action: str, path: str, kind: type[T], **params: str | int) -> Iterator[T]:
        """The items of a list, read as they are asked for."""
        call = Call(action, "GET", path, params=params)
        return self.follow(call, self._transport.answer(call), kind)

    def follow(self, call: Call, response: httpx.Response, kind: type[T]) -> Iterator[T]:
        """The items of a list whose first page, or whole, is `response`."""
        while True:
            if response.status_code >= 400:
                raise self._transport.error(call, response)
            if response.content.lstrip().startswith(b"["):
                # Some lists of some releases come in one piece.
                yield from self._transport.decode(call, response, list[kind])  # type: ignore[valid-type]
                return
            page = self._transport.decode(call, response, wire.Page[kind])  # type: ignore[valid-type]
            yield from page.results
            if not page.next:
                return
            response = self._transport.answer(
                Call(call.action, "GET", self._transport.path_of(page.next))
            )

    def wait_until_read(
        self, task_id: int, rq_id: str | None, has_jobs: Callable[[], bool]
    ) -> None:
        """Waits until the server has read a task's media and made its jobs.

        Args:
            task_id: the task
            rq_id: the server's background job, from servers that tell it
            has_jobs: whether the task has jobs by now

        Raises:
            ServerFailedError: it can't read the media, in its own words
            ServerTimeoutError: it did not finish in ``Options.ready_timeout_secs``
        """
        options = self._transport.options
        action = "read the uploaded media"
        waited = without_jobs = 0.0
        pause = options.poll_secs
        while True:
            status, words = self._progress(task_id, rq_id)
            if status in _FAILED:
                raise ServerFailedError(action, self._transport.url, _last_line(words))
            # Older servers call a task finished that never got data; only its jobs tell.
            if status in _DONE:
                if has_jobs():
                    return
                if without_jobs >= _LONGEST_WITHOUT_JOBS_SECS:
                    reason = "it says that it is done, and there are no jobs"
                    raise ServerFailedError(action, self._transport.url, reason)
                without_jobs += pause
            if waited >= options.ready_timeout_secs:
                raise ServerTimeoutError(action, self._transport.url, options.ready_timeout_secs)
            self._transport.sleep(pause)
            waited += pause
            # What is ready waits for a tenth of the time that it took, at most.
            pause = min(max(waited / 10, options.poll_secs), options.poll_secs * 10)

    def reading_state(self, task_id: int) -> str:
        """How far the reading of a task's media is, in lower case; "" where nobody can tell."""
        call = Call("say how far it is", "GET", f"/api/tasks/{task_id}/status")
        response = self._transport.answer(call)
        if response.status_code < 400:
            return self._transport.decode(call, response, wire.TaskStatus).state.lower()
        # Servers of later releases tell it in the list of their background jobs alone.
        call = Call("say how far it is", "GET", "/api/requests", params={"task_id": task_id})
        response = self._transport.answer(call)
        if response.status_code in {403, 404, 405, 410}:
            return ""
        found = self.follow(call, response, wire.Request)
        return next((each.status.lower() for each in found if each.is_reading_of(task_id)), "")

    def _progress(self, task_id: int, rq_id: str | None) -> tuple[str, str]:
        """Status and words of the server on its reading of a task's media."""
        if rq_id is not None:
            call = Call("say how far it is", "GET", f"/api/requests/{quote(rq_id, safe='')}")
            response = self._transport.answer(call)
            if response.status_code < 400:
                request = self._transport.decode(call, response, wire.Request)
                return request.status.lower(), request.message or ""
            if response.status_code != 404:
                raise self._transport.error(call, response)
        # No such request: an older server, or one that has forgotten what is long done.
        call = Call("say how far it is", "GET", f"/api/tasks/{task_id}/status")
        response = self._transport.answer(call)
        if response.status_code in {404, 405, 410}:
            # Later servers know no such question, either: jobs tell.
            return self.reading_state(task_id) or "finished", ""
        if response.status_code >= 400:
            raise self._transport.error(call, response)
        status = self._transport.decode(call, response, wire.TaskStatus)
        return status.state.lower(), status.message or ""


def _last_line(words: str) -> str:
    """The last line of a traceback, which says what went wrong."""
    lines = [line.strip() for line in words.splitlines() if line.strip()]
    return lines[-1] if lines else "it gives no reason"
