"""A thread of its own for SQLite, whose connection does not block the loop."""

from __future__ import annotations

import contextlib
import queue
import threading
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Callable

    Job = Callable[[sqlite3.Connection | None], None]

MAX_WAITING = 10_000
"""Jobs that may wait for the disk before more are dropped."""
WAL_TRIES = 40


def use_wal(connection: sqlite3.Connection) -> None:
    """Switch to the journal that lets others read and write at the same time."""
    import sqlite3

    pause = threading.Event()
    for left in reversed(range(WAL_TRIES)):
        try:
            connection.execute("pragma journal_mode = wal")
        except sqlite3.OperationalError as error:
            # Two consoles that begin at once; the busy time-out is not for this.
            if "locked" not in str(error) or not left:
                raise
            pause.wait(0.05)
        else:
            return


class Worker:
    """A thread with a connection of its own, begun by the first job.

    Args:
        name: The thread's.
        connect: Opens the connection, in the thread.
        failed: Told what went wrong, in the thread.
    """

    def __init__(
        self,
        name: str,
        connect: Callable[[], sqlite3.Connection],
        failed: Callable[[Exception], None],
    ) -> None:
        self._name = name
        self._connect = connect
        self._failed = failed
        self._jobs: queue.Queue[Job | None] = queue.Queue(MAX_WAITING)
        self._thread: threading.Thread | None = None
        self._connection: sqlite3.Connection | None = None

    def submit(self, job: Job) -> bool:
        """Queue a job; False if too many wait."""
        try:
            self._jobs.put_nowait(job)
        except queue.Full:
            return False
        if self._thread is None:
            self._thread = threading.Thread(
                target=self._run, name=self._name, daemon=True
            )
            self._thread.start()
        return True

    def interrupt(self) -> None:
        """End the query that runs."""
        if (connection := self._connection) is not None:
            with contextlib.suppress(Exception):  # it may be closed by now
                connection.interrupt()

    def close(self, seconds: float) -> None:
        """End the thread after what waits, and wait so long for that. Blocks."""
        with contextlib.suppress(queue.Full):
            self._jobs.put_nowait(None)
        if self._thread is not None:
            self._thread.join(seconds)

    def _run(self) -> None:
        try:
            while (job := self._jobs.get()) is not None:
                self._do(job)
        finally:
            connection, self._connection = self._connection, None
            if connection is not None:
                connection.close()

    def _do(self, job: Job) -> None:
        import sqlite3

        try:
            if self._connection is None:
                self._connection = self._connect()
        except (sqlite3.Error, OSError) as error:
            self._failed(error)
            job(None)
            return
        try:
            job(self._connection)
        except sqlite3.Error as error:
            if "interrupted" not in str(error):
                self._failed(error)
