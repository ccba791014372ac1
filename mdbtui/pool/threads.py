"""Blocking calls (names, certificates, imports) away from the loop.

asyncio's default executor has few threads, and a program waits for all of them
at its end: a dozen hanging name look-ups would stop everything else that uses it,
and then the exit. These threads are our own, bounded, and die with the program.
"""

from __future__ import annotations

import asyncio
import contextlib
import socket
import threading
from collections import deque
from collections.abc import Callable, Hashable
from typing import Any, TypeVar

T = TypeVar("T")


class Threads:
    """Runs functions in at most `limit` daemon threads; belongs to one loop."""

    def __init__(self, limit: int = 16) -> None:
        self._limit = limit
        self._active = 0
        self._calls: dict[Hashable, asyncio.Future[Any]] = {}
        self._queue: deque[tuple[Hashable, Callable[[], Any]]] = deque()

    async def run(self, key: Hashable, function: Callable[[], T]) -> T:
        """Return what `function` returns, or raise what it raises.

        Calls with the same key at the same time share one thread and its result.
        Cancelling the caller leaves the thread to end by itself.
        """
        call = self._calls.get(key)
        if call is None:
            call = asyncio.get_running_loop().create_future()
            # An error that nobody waits for any more is no news.
            call.add_done_callback(lambda done: done.cancelled() or done.exception())
            self._calls[key] = call
            self._queue.append((key, function))
            self._start()
        result: T = await asyncio.shield(call)
        return result

    def _start(self) -> None:
        while self._queue and self._active < self._limit:
            key, function = self._queue.popleft()
            self._active += 1
            threading.Thread(
                target=self._work,
                args=(asyncio.get_running_loop(), key, function),
                name=f"mdbtui.pool {key}",
                daemon=True,
            ).start()

    def _work(
        self,
        loop: asyncio.AbstractEventLoop,
        key: Hashable,
        function: Callable[[], Any],
    ) -> None:
        result: Any = None
        error: Exception | None = None
        try:
            result = function()
        except Exception as exc:  # noqa: BLE001 - it is raised in the caller
            error = exc
        with contextlib.suppress(RuntimeError):  # the loop was closed meanwhile
            loop.call_soon_threadsafe(self._done, key, result, error)

    def _done(self, key: Hashable, result: Any, error: Exception | None) -> None:
        self._active -= 1
        call = self._calls.pop(key)
        if not call.done():
            if error is None:
                call.set_result(result)
            else:
                call.set_exception(error)
        self._start()

    async def resolve(self, host: str) -> list[str]:
        """Return the addresses of a host, the system's favourite first.

        Raises:
            socket.gaierror: If there is none.
        """
        for family in (socket.AF_INET, socket.AF_INET6):
            with contextlib.suppress(OSError, UnicodeError):
                socket.inet_pton(family, host)
                return [host]
        return await self.run(("resolve", host), lambda: _look_up(host))


def _look_up(host: str) -> list[str]:
    try:
        found = socket.getaddrinfo(host, None, type=socket.SOCK_STREAM)
    except UnicodeError as exc:  # a label that is empty or too long
        raise socket.gaierror(socket.EAI_NONAME, "not a valid name") from exc
    return list(dict.fromkeys(str(entry[4][0]) for entry in found))
