"""``mdbtui query`` for several databases: one statement, the database first."""

from __future__ import annotations

import asyncio
import os
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from mdbtui.headless import status
from mdbtui.headless.report import Report, marked_line, reporting
from mdbtui.headless.run import (
    CLOSE_LIMIT,
    Format,
    close_output,
    destination_for,
    format_for,
    quoted_table,
    read_sql,
    statements_of,
)
from mdbtui.headless.target import UsageError, find_targets
from mdbtui.headless.writing import READS, Writing, checked, write_out
from mdbtui.pool import PoolError, PoolManager, QueryError
from mdbtui.query import MemoryBudget, driver_options
from mdbtui.query.export_file import ExportError
from mdbtui.query.fanout import FanOut
from mdbtui.query.fanout_outcome import Outcome, State
from mdbtui.query.fanout_slots import Limits
from mdbtui.query.merged_columns import DATABASE
from mdbtui.query.output import OutputError
from mdbtui.query.writes.end import End
from mdbtui.query.writes.fan import WRITE_LIMIT
from mdbtui.query.writes.report import became

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from mdbtui.config import AppConfig, ConnectionSpec
    from mdbtui.headless.destination import Destination
    from mdbtui.query import Notice
    from mdbtui.sql import Statement

MEBIBYTE = 1 << 20


@dataclass(frozen=True)
class Several:
    """Which databases, and how.

    Attributes:
        names: Configured names or URLs.
        groups: Groups of connections.
        where: An expression that narrows those, or all where there are none.
        concurrency: So many at once; None for what is usual.
        timeout: Seconds for each; None for what is usual.
        fail_fast: End all when one fails.
        writing: Whether and how it may write.
    """

    names: Sequence[str] = ()
    groups: Sequence[str] = ()
    where: str | None = None
    concurrency: int | None = None
    timeout: float | None = None
    fail_fast: bool = False
    writing: Writing = READS

    @property
    def limits(self) -> Limits:
        """What bounds the run."""
        usual = Limits()
        return Limits(
            self.concurrency or usual.concurrency,
            self.concurrency or usual.per_host,
            self.timeout or (WRITE_LIMIT if self.writing.allowed else usual.timeout),
        )


async def run_fan_out(
    config: AppConfig,
    several: Several,
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
    """Run one statement on several databases and write their rows as one result.

    Rows of a database are written when all of them are here, so none of one that
    fails. JSON Lines come as the databases answer, each with its own columns; other
    formats in the databases' order, with the columns of all.

    Args:
        config: The configuration.
        several: Which databases, and how.
        sql: The statement; as the rest, see `run_query`.
        file: Where to read it.
        format: How rows are written.
        timing: Say for each database where its time went.
        output: Write to this file.
        overwrite: Replace it if it is there.
        table: The table of INSERT statements.
        environ: The environment.

    Returns:
        The exit status: 0 all answered, 4 some failed, 5 all failed, 6 some are in
        doubt; 2, 130 and 141 as for `run_query`.
    """

    async def command(report: Report) -> int:
        try:
            chosen = (several.names, several.groups, several.where)
            specs = find_targets(config, *chosen, environ, report.say)
            quoted = quoted_table(format, table)
            statements = statements_of(*await read_sql(sql, file))
            statement = checked(statements, specs, several.writing)
            destination = await destination_for(output, overwrite, report)
        except (UsageError, ExportError) as error:
            report.say(f"mdbtui: {error}")
            return status.USAGE
        made = format_for(format, quoted, terminal=destination.terminal)
        writer = _Writer(made, destination, report, by_line=format == "jsonl")
        budget = MemoryBudget(
            config.result_memory_mb * MEBIBYTE, config.results_memory_mb * MEBIBYTE
        )
        return await _run(specs, statement, several, writer, budget, timing)

    return await reporting(command)


def _made(
    pools: PoolManager,
    specs: list[ConnectionSpec],
    statement: Statement,
    several: Several,
    writer: _Writer,
    budget: MemoryBudget,
) -> FanOut:
    db_ids = [pools.register(spec.db) for spec in specs]
    fail_fast = several.fail_fast
    options: dict[str, Any] = {
        "limits": several.limits,
        "budget": budget,
        "holder": "query",
        "on_notice": writer.noticed,
    }
    if not several.writing.allowed:
        return FanOut(pools, db_ids, statement, fail_fast=fail_fast, **options)
    how = several.writing.how(fail_fast=fail_fast)
    return write_out(pools, db_ids, statement, how, several.writing, options)


async def _run(
    specs: list[ConnectionSpec],
    statement: Statement,
    several: Several,
    writer: _Writer,
    budget: MemoryBudget,
    timing: bool,
) -> int:
    report, destination = writer.report, writer.output
    pools = PoolManager(
        enable_monitoring=False, enable_cleanup=False, driver_options=driver_options
    )
    code = status.USAGE
    fan = _made(pools, specs, statement, several, writer, budget)
    work = asyncio.create_task(writer.follow(fan))
    try:
        try:
            await asyncio.wait({work})
        except asyncio.CancelledError:
            # What waits for the reader of its rows can't end.
            destination.abandon()
            work.cancel()
            await asyncio.gather(work, return_exceptions=True)
            await fan.cancel()
            writer.say_ends(fan)
            raise
        work.result()
        if timing:
            for outcome in fan.outcomes:
                report.say(_times(outcome))
        report.say(f"mdbtui: {fan.summary}")
        answered = sum(each.state is State.DONE for each in fan.outcomes)
        code = status.SOME_FAILED if answered else status.ALL_FAILED
        if answered == len(specs):
            code = status.DONE
        if any(each.end in (End.IN_DOUBT, End.PREPARED) for each in fan.outcomes):
            code = status.IN_DOUBT
    except OutputError as error:
        if error.closed:
            return status.PIPE_CLOSED
        report.say(f"mdbtui: standard output: {error}")
    except ExportError as error:
        report.say(f"mdbtui: {error}")
    finally:
        await fan.close()
        code = await close_output(destination, report, code)
        await pools.close_all(timeout=CLOSE_LIMIT)
    return code


def _times(outcome: Outcome) -> str:
    return (
        f"Time: {outcome.db_id}: {outcome.total_ms:.3f} ms"
        f" (waited {outcome.wait_ms:.1f}, connecting {outcome.connect_ms:.1f},"
        f" server {outcome.run_ms:.1f}, transfer {outcome.transfer_ms:.1f})"
    )


class _Writer:
    """Writes what the databases answer, and says why some don't."""

    def __init__(
        self, format: Format, output: Destination, report: Report, *, by_line: bool
    ) -> None:
        self.output = output
        self.report = report
        self._format = format
        self._by_line = by_line
        self._begun = by_line
        self._said: set[str] = set()
        self._ended: set[str] = set()

    def say_ends(self, fan: FanOut) -> None:
        """Say what became of the transactions of which that was not said yet."""
        for outcome in fan.outcomes:
            if outcome.end is not None and outcome.db_id not in self._ended:
                self.report.say(f"{outcome.db_id}: {became(outcome)}")

    def noticed(self, db_id: str, notice: Notice) -> None:
        """Pass on what a server says beside the result."""
        self.report.say(f"{db_id}: {notice.severity}:  {notice.message}")

    async def follow(self, fan: FanOut) -> None:
        """Run a fan-out to its end, writing as it goes."""
        news = asyncio.Event()
        fresh: set[str] = set()

        def changed(db_id: str) -> None:
            fresh.add(db_id)
            news.set()

        fan.subscribe(changed)
        fan.start()
        described: set[str] = set()
        over: set[str] = set()
        left = list(fan.db_ids)
        count = 0
        while left:
            await news.wait()
            news.clear()
            while fresh:
                outcome = fan.outcome(fresh.pop())
                if outcome.state.over:
                    over.add(outcome.db_id)
                if outcome.error is not None:
                    self._say_trouble(outcome.db_id, outcome.error, fan.statement)
                if outcome.state.over or outcome.state is State.RECEIVING:
                    described.add(outcome.db_id)
            if not self._begun and len(described) == len(fan.db_ids):
                await self._begin(fan)
            while self._begun and (ready := self._ready(left, over)):
                left.remove(ready)
                count += await self._write(fan, ready)
        if fan.rows.has_parts and not self._by_line:
            await self.output.write(self._format.end(count))
        await self.output.flush()

    async def _begin(self, fan: FanOut) -> None:
        self._begun = True
        if fan.rows.has_parts:
            await self.output.write(self._format.begin(fan.rows.columns))

    def _ready(self, left: list[str], over: set[str]) -> str | None:
        candidates = left if self._by_line else left[:1]
        return next((db_id for db_id in candidates if db_id in over), None)

    async def _write(self, fan: FanOut, db_id: str) -> int:
        outcome, index = fan.outcome(db_id), fan.db_ids.index(db_id)
        store = fan.rows.store(index)
        if outcome.end is not None:
            self._ended.add(db_id)
            self.report.say(f"{db_id}: {became(outcome)}")
        if store is None:
            if outcome.tag and outcome.end is None:
                self.report.say(f"{outcome.db_id}: {outcome.tag}")
            return 0
        if self._by_line:
            self._format.begin((DATABASE, *store.columns))
        async for rows in fan.rows.rows_of(index, keep=False, own=self._by_line):
            await self.output.write(self._format.rows(rows))
        await self.output.flush()
        return outcome.rows

    def _say_trouble(self, db_id: str, error: PoolError, statement: Statement) -> None:
        code = getattr(error, "sqlstate", None)
        head = f"mdbtui: {db_id}: {error.message}" + (f" ({code})" if code else "")
        lines = [head]
        if error.message not in self._said:
            # The same from a hundred databases is explained once.
            self._said.add(error.message)
            if isinstance(error, QueryError):
                if error.position is not None:
                    lines += marked_line(statement.text, error.position)
                if error.detail:
                    lines.append(f"DETAIL:  {error.detail}")
            if error.hint:
                lines.append(f"HINT:  {error.hint}")
        self.report.say("\n".join(lines))
