"""``mdbtui query``: statements in, rows out, nothing gathered on the way."""

from __future__ import annotations

import asyncio
import os
import sys
import time
from typing import TYPE_CHECKING, Protocol

from mdbtui.headless import status
from mdbtui.headless.csv_format import CsvFormat
from mdbtui.headless.destination import Destination, FileDestination, StdoutDestination
from mdbtui.headless.report import Report, reporting
from mdbtui.headless.table_format import TableFormat
from mdbtui.headless.target import UsageError, find_target
from mdbtui.headless.text_formats import WrittenText
from mdbtui.pool import PoolError, PoolManager, QueryError
from mdbtui.query import Session, driver_options
from mdbtui.query.daemon import in_daemon_thread
from mdbtui.query.errors import NotExportable, StatementCancelled
from mdbtui.query.export_file import ExportError, resolved
from mdbtui.query.formats.sql import quote_table
from mdbtui.query.output import OutputError
from mdbtui.sql import Kind, classify, psql_commands, split

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from mdbtui.config import AppConfig
    from mdbtui.pool import DBConfig
    from mdbtui.query import Column, Row
    from mdbtui.sql import Statement

FORMATS = ("table", "csv", "tsv", "json", "jsonl", "markdown", "insert")

NO_SQL = "no SQL: give it as an argument, with -f, or on stdin"

CLOSE_LIMIT = 2.0
"""Seconds for closing the connection at the end."""


class Format(Protocol):
    """How rows are written."""

    def begin(self, columns: Sequence[Column]) -> bytes:
        """Return what stands before the rows of a result."""

    def rows(self, rows: Sequence[Row]) -> bytes:
        """Return some rows."""

    def end(self, count: int) -> bytes:
        """Return what follows the last of ``count`` rows."""


async def run_query(
    config: AppConfig,
    target: str | None,
    *,
    sql: str | None = None,
    file: Path | None = None,
    format: str = "table",
    timing: bool = False,
    output: str | None = None,
    overwrite: bool = False,
    table: str | None = None,
    environ: Mapping[str, str] = os.environ,
) -> int:
    """Run SQL and write its rows to standard output, all else to standard error.

    The statements run in order on one connection, each in a transaction of its own
    unless the SQL says BEGIN; the first failure ends it. On a terminal, control
    characters in CSV are spelled out; into a pipe or a file it is psql's, byte for
    byte.

    Args:
        config: The configuration.
        target: A configured name or a URL; None for the only connection.
        sql: The statements; None to read ``file`` or standard input.
        file: A file of statements; ``-`` is standard input.
        format: One of ``FORMATS``.
        timing: Say how long each statement took.
        output: Write the rows to this file, which is there when all went well.
        overwrite: Replace that file if it is there.
        table: The table of INSERT statements, as one writes it in SQL.
        environ: The environment.

    Returns:
        The exit status: 0 done, 1 SQL error, 2 usage, 3 no connection or a lost
        one, 130 after ctrl+c, 141 when the reader of standard output went away.
    """

    async def command(report: Report) -> int:
        try:
            db = find_target(config, target, environ)
            quoted = quoted_table(format, table)
            text, source = await read_sql(sql, file)
            statements = statements_of(text, source)
            destination = await destination_for(output, overwrite, report)
        except (UsageError, ExportError) as error:
            report.say(f"mdbtui: {error}")
            return status.USAGE
        made = format_for(format, quoted, terminal=destination.terminal)
        run = _Run(made, destination, report, timing)
        return await _run_all(db, statements, source, run)

    return await reporting(command)


def quoted_table(format: str, table: str | None) -> str:
    """Return the table of INSERT statements, quoted; empty for other formats.

    Raises:
        UsageError: There is none, or it is none.
    """
    if format != "insert":
        return ""
    if table is None:
        raise UsageError("INSERT statements need a table: --table NAME")
    try:
        return quote_table(table)
    except ValueError as error:
        raise UsageError(str(error)) from None


def statements_of(text: str, source: str) -> list[Statement]:
    """Return the statements, if there is nothing that is none.

    Raises:
        UsageError: There are none, or there is what only psql can do: to leave that
            out could do harm (the rest of a script may count on it).
    """
    if others := psql_commands(text):
        first = others[0]
        place = f"{source}:{first.line + 1}: " if source else ""
        more = f" and {len(others) - 1:,} more" if len(others) > 1 else ""
        raise UsageError(
            f"{place}psql's backslash commands are not known here: "
            f"{first.text}{more}; nothing was run"
        )
    statements = split(text)
    if not statements:
        raise UsageError(NO_SQL)
    return statements


async def destination_for(
    output: str | None, overwrite: bool, report: Report
) -> Destination:
    """Return where rows go: a file, or standard output.

    Raises:
        UsageError, ExportError: It can't be written.
    """
    if output is None:
        return StdoutDestination()
    path = await in_daemon_thread(lambda: resolved(output))
    destination = FileDestination(path, overwrite=overwrite, report=report)
    await destination.open()
    return destination


async def read_sql(sql: str | None, file: Path | None) -> tuple[str, str]:
    """Return the statements and what to call their file in messages.

    Raises:
        UsageError: They can't be read, or there are none.
    """
    if sql is not None and file is not None:
        raise UsageError("give SQL or a file, not both")
    if sql is not None:
        return sql, ""
    try:
        if file is None or str(file) == "-":
            if sys.stdin is None:
                raise UsageError(f"standard input is closed, {NO_SQL}")
            if file is None and sys.stdin.isatty():
                raise UsageError(NO_SQL)
            stdin = sys.stdin.fileno()
            data = await in_daemon_thread(lambda: _read_all(stdin))
            return data.decode("utf-8-sig"), "<stdin>"
        return (await in_daemon_thread(file.read_bytes)).decode("utf-8-sig"), str(file)
    except OSError as error:
        raise UsageError(f"{file or 'stdin'}: {error.strerror}") from None
    except UnicodeDecodeError:
        raise UsageError(f"{file or 'stdin'}: not UTF-8") from None


def _read_all(descriptor: int) -> bytes:
    data = bytearray()
    while part := os.read(descriptor, 1 << 16):
        data += part
    return bytes(data)


def format_for(name: str, table: str, *, terminal: bool) -> Format:
    """Return a format by its name (see `FORMATS`)."""
    if name == "csv":
        return CsvFormat(terminal=terminal)
    if name == "table":
        return TableFormat()
    return WrittenText(name, table=table, terminal=terminal)


async def _run_all(
    db: DBConfig, statements: list[Statement], source: str, work: _Run
) -> int:
    destination, report = work.output, work.report
    pools = PoolManager(
        enable_monitoring=False, enable_cleanup=False, driver_options=driver_options
    )
    code = status.USAGE
    try:
        session = Session(
            pools, pools.register(db), holder="query", on_notice=report.notice
        )
        run = asyncio.create_task(work.all(session, statements, source))
        try:
            await asyncio.wait({run})
        except asyncio.CancelledError:
            # A statement that waits for the reader of its rows can't end.
            destination.abandon()
            run.cancel()
            await asyncio.gather(run, return_exceptions=True)
            raise
        finally:
            await session.close()
        code = run.result()
    except OutputError as error:
        if error.closed:
            return status.PIPE_CLOSED
        report.say(f"mdbtui: standard output: {error}")
    except ExportError as error:
        report.say(f"mdbtui: {error}")
    finally:
        code = await close_output(destination, report, code)
        await pools.close_all(timeout=CLOSE_LIMIT)
    return code


async def close_output(destination: Destination, report: Report, code: int) -> int:
    """End the output, which is complete only if all went well; return the status."""
    try:
        await destination.close(complete=code == status.DONE)
    except ExportError as error:
        report.say(f"mdbtui: {error}")
        return status.USAGE
    return code


class _Run:
    """One run over all statements."""

    def __init__(
        self, format: Format, output: Destination, report: Report, timing: bool
    ) -> None:
        self.output = output
        self.report = report
        self._format = format
        self._timing = timing

    async def all(
        self, session: Session, statements: list[Statement], source: str
    ) -> int:
        say = self.report.say
        for statement in statements:
            begun = time.monotonic()
            try:
                await self._one(session, statement)
            except ExportError:
                raise  # it is about the file, not about the statement
            except StatementCancelled as error:
                say(f"mdbtui: {error}")
                return 130
            except PoolError as error:
                # The rows before the failure belong before the message. Should the
                # output be the failure, this says so.
                await self.output.flush()
                if isinstance(error, QueryError):
                    self.report.query_error(error, statement, source)
                    return status.SQL_ERROR
                self.report.trouble(error, session.db_id)
                return status.NOT_CONNECTED
            await self.output.flush()
            if self._timing:
                say(f"Time: {(time.monotonic() - begun) * 1000:.3f} ms")
            # The reader of the messages sets the pace too, and on a terminal they
            # stand where they belong.
            await self.report.flush()
        if session.in_transaction:
            say("WARNING:  the transaction was still open and is rolled back")
        return status.DONE

    async def _one(self, session: Session, statement: Statement) -> None:
        by_copy = classify(statement.text).kind is Kind.ROWS
        if by_copy and await self._copied(session, statement):
            return
        result = await session.run(statement)
        rows = result.rows
        if rows is None:
            if result.tag:
                self.report.say(result.tag)
            return
        await self.output.write(self._format.begin(rows.columns))
        count = 0
        async for chunk in rows.chunks():
            count += len(chunk)
            await self.output.write(self._format.rows(chunk))
        await self.output.write(self._format.end(count))
        if result.tag and not result.tag.startswith("SELECT"):
            self.report.say(result.tag)

    async def _copied(self, session: Session, statement: Statement) -> bool:
        """Let the server write the rows; False if it can't for this statement."""
        format = self._format
        if not isinstance(format, CsvFormat | WrittenText) or not format.copy_options:
            return False

        async def write(chunk: bytes) -> None:
            await self.output.write(format.copied(chunk))

        try:
            await session.copy_out(statement, write, **format.copy_options)
        except NotExportable:
            # COPY takes fewer queries than the server does, and none without columns.
            return False
        return True
