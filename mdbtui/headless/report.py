"""What went wrong, said on standard error the way psql says it."""

from __future__ import annotations

import asyncio
import sys
from typing import TYPE_CHECKING

from mdbtui.headless import status, visible
from mdbtui.query.output import Output, OutputError

if TYPE_CHECKING:
    from collections.abc import Callable, Coroutine
    from typing import Any

    from mdbtui.pool import PoolError, QueryError
    from mdbtui.query import Notice
    from mdbtui.sql import Statement

WAITING_LIMIT = 8 << 20
"""Bytes of messages that may wait for the reader of standard error."""

CLOSE_LIMIT = 0.5
"""Seconds for the last messages of a command that was interrupted."""

_LINE_WIDTH = 72


async def reporting(command: Callable[[Report], Coroutine[Any, Any, int]]) -> int:
    """Run a command until it ends and what it said is read, or a signal ends it.

    Returns:
        As `status.interruptible` does.
    """
    report = Report()

    async def whole() -> int:
        code = await command(report)
        await report.flush()
        return code

    try:
        return await status.interruptible(whole())
    finally:
        await report.close()


class Report:
    """Messages on their way to standard error; that it is closed stops nothing.

    A notice comes when the server likes and can't wait for who reads it. So messages
    are taken at once, up to a limit, and a thread writes them; what is beyond the
    limit is left out, and that is said.
    """

    def __init__(self) -> None:
        # The number 2 itself may by now be a file or a socket of ours.
        self._descriptor: int | None = None
        self.terminal = False
        """Who reads it sees it at once, on a screen."""
        if sys.stderr is not None:
            self._descriptor = sys.stderr.fileno()
            self.terminal = sys.stderr.isatty()
        self._waiting = bytearray()
        self._left_out = 0
        self._output: Output | None = None
        self._sending: asyncio.Task[None] | None = None

    def say(self, text: str) -> None:
        """Take lines; control characters are spelled out."""
        self.draw(visible.lines(text) + "\n")

    def draw(self, text: str) -> None:
        """Take text as it is, which must be our own."""
        if self._descriptor is None:
            return
        if len(self._waiting) >= WAITING_LIMIT:
            self._left_out += 1
            return
        self._waiting += text.encode("utf-8", "backslashreplace")
        if self._sending is None or self._sending.done():
            self._sending = asyncio.create_task(self._send(self._descriptor))

    async def flush(self) -> None:
        """Return when all that was taken is written."""
        while self._sending is not None and not self._sending.done():
            await asyncio.wait({self._sending})

    async def close(self) -> None:
        """End; what nobody reads is lost. Bounded."""
        if self._sending is not None:
            await asyncio.wait({self._sending}, timeout=CLOSE_LIMIT)
            self._sending.cancel()
            await asyncio.gather(self._sending, return_exceptions=True)
        if self._output is not None:
            self._output.abandon()
            self._output.close()

    async def _send(self, descriptor: int) -> None:
        output = self._output = self._output or Output(descriptor)
        try:
            while self._waiting:
                data, self._waiting = bytes(self._waiting), bytearray()
                if self._left_out:
                    data += _left_out(self._left_out)
                    self._left_out = 0
                await output.write(data)
                await output.flush()
        except OutputError:
            self._descriptor = None
            self._waiting.clear()

    def notice(self, notice: Notice) -> None:
        """Pass on what the server says beside the result."""
        parts = [f"{notice.severity}:  {notice.message}"]
        if notice.detail:
            parts.append(f"DETAIL:  {notice.detail}")
        if notice.hint:
            parts.append(f"HINT:  {notice.hint}")
        self.say("\n".join(parts))

    def query_error(self, error: QueryError, statement: Statement, source: str) -> None:
        """Say why the server refused a statement, with the place marked.

        Args:
            error: The failure.
            statement: What failed.
            source: The script's name, or ``""`` for SQL from the command line.
        """
        place = f"{source}:{statement.line + 1}: " if source else ""
        parts = [f"{place}ERROR:  {error.message}"]
        if error.position is not None:
            parts.extend(marked_line(statement.text, error.position))
        fields = (
            ("DETAIL", error.detail),
            ("HINT", error.hint),
            ("CONTEXT", error.context),
            ("SQLSTATE", error.sqlstate),
        )
        parts.extend(f"{name}:  {value}" for name, value in fields if value)
        self.say("\n".join(parts))

    def trouble(self, error: PoolError, name: str) -> None:
        """Say why there is no connection, or none any more.

        Args:
            error: The failure.
            name: The database's id.
        """
        hint = f"\nHINT:  {error.hint}" if error.hint else ""
        self.say(f"mdbtui: {name}: {error.message}{hint}")


def _left_out(count: int) -> bytes:
    return (
        f"mdbtui: {count:,} messages were left out here, since nobody read them\n"
    ).encode()


def marked_line(sql: str, position: int) -> list[str]:
    """Return ``LINE 1: …`` and the line with the caret under ``position``.

    Args:
        sql: The statement.
        position: 1-based, in characters.
    """
    at = min(max(position - 1, 0), len(sql))
    begin = sql.rfind("\n", 0, at) + 1
    end = sql.find("\n", at)
    line = sql[begin : end if end >= 0 else len(sql)]
    column = at - begin
    if len(line) > _LINE_WIDTH:
        # Show what is around the place, mostly what stands before it.
        cut = max(0, min(column - _LINE_WIDTH * 2 // 3, len(line) - _LINE_WIDTH))
        shown = line[cut : cut + _LINE_WIDTH]
        left = "..." if cut else ""
        right = "..." if cut + _LINE_WIDTH < len(line) else ""
        line, column = left + shown + right, column - cut + len(left)
    label = f"LINE {sql.count(chr(10), 0, at) + 1}: "
    before = visible.one_line(line[:column].replace("\t", " "))
    after = visible.one_line(line[column:].replace("\t", " "))
    space = " " * (len(label) + visible.width(before))
    return [f"{label}{before}{after}", f"{space}^"]
