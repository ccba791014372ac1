r"""COPY and psql's \copy: which file, how far it is, and what became of it."""

from __future__ import annotations

import asyncio
import contextlib
import os
import stat
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

from mdbtui.pool import QueryError
from mdbtui.query.copying import copy_in, copy_out
from mdbtui.query.daemon import in_daemon_thread
from mdbtui.query.errors import StatementCancelled
from mdbtui.query.export_file import (
    ExportError,
    ExportFile,
    FileThere,
    check_place,
    resolved,
)
from mdbtui.sql import Kind, classify
from mdbtui.sql.psql import CopyWithData
from mdbtui.sql.psql_copy import CopyRequest, copy_request

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable

    from mdbtui.query import Result
    from mdbtui.sql import Statement
    from mdbtui.sql.psql import Command
    from mdbtui.ui.director import Director
    from mdbtui.ui.runner import PaneRunner

T = TypeVar("T")

PIECE = 256 << 10
PROGRESS_SECONDS = 0.2
DISK_LIMIT = 20.0
"""Seconds for a disk to open a file, or to say whether there is one."""


class CopyDialogues:
    """Streams COPY data from and into files of this machine.

    Args:
        director: Whose app asks.
    """

    def __init__(self, director: Director) -> None:
        self._director = director

    async def command(self, runner: PaneRunner, command: Command) -> Result | None:
        r"""Carry out a \copy.

        Raises:
            PoolError: It can't be read, the file can't, or the server refused.
        """
        request = copy_request(command.rest)
        if request is None:
            raise QueryError(
                r"\copy needs a table or (query), from or to, and a file",
                hint=r"as in: \copy orders to 'orders.csv' csv header",
            )
        if request.program:
            raise QueryError(
                "programs are not run from here", hint="name a file, or use psql"
            )
        return await self._copy(runner, command, request)

    async def typed(self, runner: PaneRunner, statement: Statement) -> Result | None:
        r"""Carry out a COPY … FROM STDIN or TO STDOUT; its file is asked for.

        Data in the text below the COPY, ended by ``\.``, is taken from there.

        Raises:
            PoolError: As `command` does.
        """
        incoming = classify(statement.text).kind is Kind.COPY_IN
        if isinstance(statement, CopyWithData):
            session = runner.talk.open()
            data = _in_pieces(statement.data.encode())
            return await copy_in(session, statement, statement.text, data)
        return await self._copy(
            runner, statement, CopyRequest(statement.text, incoming)
        )

    async def _copy(
        self, runner: PaneRunner, statement: Statement, request: CopyRequest
    ) -> Result:
        path = await self._path(request)
        meter = _Meter()
        with contextlib.ExitStack() as stack:
            timer = runner.pane.set_interval(
                PROGRESS_SECONDS, lambda: runner.show_progress(meter.words)
            )
            stack.callback(timer.stop)
            if request.incoming:
                return await self._send(runner, statement, request.sql, path, meter)
            return await self._receive(runner, statement, request.sql, path, meter)

    async def _path(self, request: CopyRequest) -> Path:
        from mdbtui.ui.screens.files import FileScreen

        folder = self._director.folder or Path.cwd()
        if request.file:
            return await _at_disk(partial(resolved, request.file, folder))
        way = (
            "COPY: the file to send" if request.incoming else "COPY: the file to write"
        )
        new = not request.incoming
        chosen: Path | None = await self._director.app.push_screen_wait(
            FileScreen(way, folder, new=new, suffix=".txt")
        )
        if chosen is None:
            raise StatementCancelled("not run: no file was named")
        self._director.folder = chosen.parent
        return chosen

    async def _send(
        self,
        runner: PaneRunner,
        statement: Statement,
        sql: str,
        path: Path,
        meter: _Meter,
    ) -> Result:
        descriptor, meter.total = await _at_disk(partial(_open, path))
        try:
            data = _from_file(descriptor, path, meter)
            result = await copy_in(runner.talk.open(), statement, sql, data)
        finally:
            await _at_disk(partial(os.close, descriptor))
        runner.tell(f"{meter.count:,} bytes sent from {path}")
        return result

    async def _receive(
        self,
        runner: PaneRunner,
        statement: Statement,
        sql: str,
        path: Path,
        meter: _Meter,
    ) -> Result:
        overwrite = await self._may_replace(path)
        file = ExportFile(path, overwrite=overwrite)
        await file.open()

        async def take(data: bytes) -> None:
            await file.write(data)
            meter.count += len(data)

        try:
            result = await copy_out(runner.talk.open(), statement, sql, take)
            await file.commit()
        finally:
            await file.abort()
        runner.tell(f"{meter.count:,} bytes written to {path}")
        return result

    async def _may_replace(self, path: Path) -> bool:
        from mdbtui.ui.screens.ask import ConfirmScreen

        try:
            await _at_disk(partial(check_place, path))
        except FileThere:
            question = ConfirmScreen("Replace the file?", str(path), "Replace")
            if not await self._director.app.push_screen_wait(question):
                raise StatementCancelled("not run: the file is there already") from None
            return True
        return False


class _Meter:
    """How far a COPY is."""

    def __init__(self) -> None:
        self.count = 0
        self.total = 0

    @property
    def words(self) -> str:
        part = (
            f" of {self.total:,} ({self.count / self.total:.0%})" if self.total else ""
        )
        return f"copying: {self.count:,}{part} bytes · {{key.cancel}} cancels"


async def _at_disk(work: Callable[[], T]) -> T:
    try:
        async with asyncio.timeout(DISK_LIMIT):
            return await in_daemon_thread(work)
    except TimeoutError:
        raise ExportError("the disk does not answer") from None


def _open(path: Path) -> tuple[int, int]:
    try:
        # A FIFO that nobody writes to would block for ever.
        descriptor = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
    except OSError as exc:
        raise ExportError(f"{path} can't be read: {exc.strerror}") from None
    found = os.fstat(descriptor)
    if not stat.S_ISREG(found.st_mode):
        os.close(descriptor)
        raise ExportError(f"{path} is not an ordinary file")
    return descriptor, found.st_size


async def _from_file(
    descriptor: int, path: Path, meter: _Meter
) -> AsyncIterator[bytes]:
    while True:
        try:
            data = await in_daemon_thread(partial(os.read, descriptor, PIECE))
        except OSError as exc:
            raise ExportError(f"{path} can't be read: {exc.strerror}") from None
        if not data:
            return
        yield data
        meter.count += len(data)


async def _in_pieces(data: bytes) -> AsyncIterator[bytes]:
    for at in range(0, len(data), PIECE):
        yield data[at : at + PIECE]
