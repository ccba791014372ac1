r"""psql's \watch: a query again and again, its result always in the same place."""

from __future__ import annotations

import asyncio
import contextlib
import re
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from mdbtui.pool import QueryError
from mdbtui.query.errors import StatementCancelled
from mdbtui.sql import Kind, classify
from mdbtui.sql.psql import Command, arguments

if TYPE_CHECKING:
    from mdbtui.query import Result
    from mdbtui.sql import Statement
    from mdbtui.ui.director import Director
    from mdbtui.ui.runner import PaneRunner

DEFAULT_SECONDS, LEAST_SECONDS, MOST_SECONDS = 2.0, 0.1, 86_400.0
DEFAULT_RUNS, MOST_RUNS = 10_000, 1_000_000
_OPTION = re.compile(r"(?:(i|interval|c|count|m|min_rows)=)?([0-9.]+)")


@dataclass(frozen=True)
class Watch:
    """How a query is watched.

    Attributes:
        seconds: From one run's end to the next one's begin.
        runs: How many at most.
        least: It ends when a run gives fewer rows.
    """

    seconds: float = DEFAULT_SECONDS
    runs: int = DEFAULT_RUNS
    least: int = 0


def watch_of(rest: str) -> Watch:
    r"""Read what stands behind ``\watch``.

    Raises:
        QueryError: It can't be.
    """
    watch = Watch()
    for word in arguments(rest):
        found = _OPTION.fullmatch(word)
        number = -1.0
        if found is not None:
            with contextlib.suppress(ValueError):
                number = float(found[2])
        key = found[1] or "i" if found is not None else ""
        if key[:1] == "i" and LEAST_SECONDS <= number <= MOST_SECONDS:
            watch = replace(watch, seconds=number)
        elif key[:1] == "c" and 1 <= number <= MOST_RUNS:
            watch = replace(watch, runs=int(number))
        elif key[:1] == "m" and number >= 0:
            watch = replace(watch, least=int(number))
        else:
            raise QueryError(
                f"\\watch can't take {word}",
                hint=rf"\watch [i=]SECONDS (from {LEAST_SECONDS}) [c=RUNS] [m=ROWS]",
            )
    return watch


async def watch(director: Director, runner: PaneRunner, command: Command) -> None:
    r"""Carry out a \watch, until it is cancelled, an error comes or it has run out.

    Raises:
        PoolError: A run failed, or the user would not let it write.
    """
    how = watch_of(command.rest)
    query = command.query
    if query is None and runner.talk.last is not None:
        query = runner.talk.last.statement
    if query is None or isinstance(query, Command):
        raise QueryError(
            r"\watch has no query to run", hint=r"as in: select now() \watch 2"
        )
    await _may_repeat(director, query, how)
    filled = await director.fill(runner.talk.open(), query)
    if filled is None:
        raise StatementCancelled("not run: no values were given")
    shown = replace(command, label=f"watch {query.text}")
    number = 0
    for number in range(1, how.runs + 1):
        result = await runner.talk.open().run(filled)
        result.statement = shown
        if number == 1:
            runner.show_result(result)
        else:
            runner.statement_repeated(result)
        if await _enough(result, how) or number == how.runs:
            break
        if await _rested(runner, how.seconds):
            break
    runner.tell(rf"\watch ended after {number:,} run{'' if number == 1 else 's'}")


async def _enough(result: Result, how: Watch) -> bool:
    if not how.least:
        return False
    rows = result.rows
    if rows is None:
        return True
    rows.want(0, how.least)
    await rows.at_rest.wait()
    return rows.count < how.least


async def _rested(runner: PaneRunner, seconds: float) -> bool:
    """Wait for the next run; whether it was cancelled meanwhile."""
    run = runner.talk.progress
    if run is None:
        return True
    with contextlib.suppress(TimeoutError):
        async with asyncio.timeout(seconds):
            await run.stopping.wait()
    return run.cancelled


async def _may_repeat(director: Director, query: Statement, how: Watch) -> None:
    """Ask before something that may write is run again and again.

    Raises:
        StatementCancelled: The user would not.
        QueryError: It is nothing that can be repeated.
    """
    from mdbtui.ui.screens.ask import ConfirmScreen

    found = classify(query.text)
    if found.kind in (Kind.COPY_IN, Kind.COPY_OUT, Kind.TRANSACTION):
        raise QueryError(rf"\watch does not repeat {found.keyword}")
    if not (found.writes or found.opaque or found.keeps_session_state):
        return
    question = ConfirmScreen(
        "Repeat a statement that writes?",
        f"{query.text[:200]}\n\nIt would run every {how.seconds:g} s, up to"
        f" {how.runs:,} times.",
        "Repeat it",
    )
    if not await director.app.push_screen_wait(question):
        raise StatementCancelled("not run: it may write")
