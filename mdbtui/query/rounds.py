"""A statement on databases again and again: what each said last, and what changed.

Each round asks all databases that are done with the last one; who is not is left out
until it is, so that it holds up nobody and is never asked twice at once.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import math
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from mdbtui.query.changes import Answer, Board, Change, Pair, board_of
from mdbtui.query.daemon import in_daemon_thread
from mdbtui.query.fanout import FanOut
from mdbtui.query.fanout_outcome import Outcome, State
from mdbtui.query.fanout_slots import Limits
from mdbtui.query.merged_columns import Key
from mdbtui.query.points import Points

if TYPE_CHECKING:
    from mdbtui.pool import PoolManager
    from mdbtui.query.rows import Row
    from mdbtui.query.spill import MemoryBudget
    from mdbtui.sql import Statement

log = logging.getLogger(__name__)

MOST_ROWS, MOST_CELLS, MOST_CHARS = 1_000, 10_000, 4_000_000
"""What is kept of all databases' answers together; of what is more, the first."""
ANSWER_LIMIT = 30.0
"""Seconds for each database in each round."""
_GATHER_S = 0.03
"""Answers that come together are looked at together."""
_MOST_ROW_SERIES = 400


class Rounds:
    """Repeats a statement; made on a running loop, begun by `start`, ended by `close`.

    Args:
        pools: Where connections come from.
        db_ids: The databases, each once.
        statement: What plainly reads; the servers hold it to that.
        seconds: From the begin of a round to the begin of the next one.
        budget: Memory for results; by default one that all share.
        changed: Called when there is something new.
    """

    def __init__(
        self,
        pools: PoolManager,
        db_ids: Sequence[str],
        statement: Statement,
        *,
        seconds: float,
        budget: MemoryBudget | None = None,
        changed: Callable[[], None] = lambda: None,
    ) -> None:
        self.statement = statement
        self.number = 0
        """The round that is under way, or was the last."""
        self.board = Board()
        self.points = Points()
        self.failure = ""
        """It ended by a mistake of ours: which."""
        self.outcomes: dict[str, Outcome] = {}
        """How each database's last run ended."""
        self._each = max(1, MOST_ROWS // len(db_ids))
        self._fan = FanOut(
            pools,
            db_ids,
            statement,
            limits=Limits(rows_each=self._each, timeout=ANSWER_LIMIT),
            budget=budget,
            holder="watch",
        )
        self.db_ids = self._fan.db_ids
        self._seconds = seconds
        self._paused = False
        self._changed = changed
        self._pairs: dict[str, Pair] = {}
        self._out: dict[str, float] = {}
        self._over: set[str] = set()
        self._answered: set[str] = set()
        self._numbers: dict[Series, float] = {}
        self._open = False
        self._due = 0.0
        self._news = asyncio.Event()
        self._now = asyncio.get_running_loop().time
        self._task: asyncio.Task[None] | None = None

    # How it goes

    @property
    def under_way(self) -> dict[str, float]:
        """The databases that have not answered yet, and since how many seconds."""
        return {db_id: self._now() - since for db_id, since in self._out.items()}

    @property
    def next_in(self) -> float | None:
        """Seconds to the next round; None if it waits for an answer or for you."""
        if self._paused or len(self._out) == len(self.db_ids):
            return None
        return max(0.0, self._due - self._now())

    @property
    def cut(self) -> bool:
        """Some database had more rows than are kept."""
        return any(pair.now.cut for pair in self._pairs.values())

    # What can be done

    def start(self) -> None:
        """Begin."""
        self._fan.subscribe(self._step)
        self._task = asyncio.create_task(self._drive())

    async def close(self) -> None:
        """End what is under way and give everything back; bounded, repeatable."""
        if self._task is not None:
            self._task.cancel()
            await asyncio.wait({self._task})
        await self._fan.close()

    @property
    def seconds(self) -> float:
        """From the begin of a round to the begin of the next one."""
        return self._seconds

    @seconds.setter
    def seconds(self, seconds: float) -> None:
        self._due += seconds - self._seconds
        self._seconds = seconds
        self._news.set()

    @property
    def paused(self) -> bool:
        """No round begins; what is under way comes to its end."""
        return self._paused

    @paused.setter
    def paused(self, paused: bool) -> None:
        self._paused = paused
        self._news.set()

    def hurry(self) -> None:
        """Begin the next round now."""
        self._due = self._now()
        self._news.set()

    # Inside

    def _step(self, db_id: str) -> None:
        # Called inside the fan-out's own step.
        if self._fan.outcome(db_id).state.over:
            self._over.add(db_id)
            self._news.set()

    async def _drive(self) -> None:
        try:
            while True:
                if self.next_in == 0.0:
                    self._begin()
                with contextlib.suppress(TimeoutError):
                    async with asyncio.timeout(self.next_in):
                        await self._news.wait()
                if self._over and len(self._over) < len(self._out):
                    await asyncio.sleep(_GATHER_S)
                self._news.clear()
                if self._over:
                    await self._collect()
        except Exception as error:
            # Nobody awaits this before it is closed.
            log.exception("a watch failed")
            self.failure = type(error).__name__
            self._changed()

    def _begin(self) -> None:
        self._end_round()
        idle = [db_id for db_id in self.db_ids if db_id not in self._out]
        begun = self._now()
        self._due = begun + self._seconds
        self._out.update(dict.fromkeys(idle, begun))
        self.number += 1
        self._open = True
        if self.number == 1:
            self._fan.start()
        else:
            self._fan.retry(idle)
        self._changed()

    async def _collect(self) -> None:
        over, self._over = self._over, set()
        for db_id in over:
            outcome = self._fan.outcome(db_id)
            if outcome.state is State.DONE:
                before = self._pairs.pop(db_id, None)
                self._pairs[db_id] = Pair(
                    before.now if before is not None else None,
                    await self._answer(db_id, outcome),
                )
                self._answered.add(db_id)
            self.outcomes[db_id] = outcome
            self._out.pop(db_id, None)
        pairs = {
            db_id: self._pairs[db_id]
            for db_id in self.db_ids
            if db_id in self._pairs and self.outcomes[db_id].state is State.DONE
        }
        last = self.board

        def work() -> tuple[Board, dict[Series, float]]:
            board = board_of(pairs, last)
            return board, numbers_of(board)

        self.board, self._numbers = await in_daemon_thread(work)
        if not self._out:
            self._end_round()
        self._changed()

    async def _answer(self, db_id: str, outcome: Outcome) -> Answer:
        """Take a database's rows, as many as there is room for."""
        index = self.db_ids.index(db_id)
        store = self._fan.rows.store(index)
        if store is None:
            return Answer((), ())
        columns = tuple(store.columns)
        share = len(self.db_ids)
        most = min(self._each, max(1, MOST_CELLS // share // max(1, len(columns))))
        room = MOST_CHARS // share
        rows: list[Row] = []
        async for chunk in self._fan.rows.rows_of(index, own=True):
            for _, *row in chunk:
                room -= sum(len(value) for value in row if value is not None)
                if len(rows) >= most or (room < 0 and rows):
                    return Answer(columns, tuple(rows), cut=True)
                rows.append(tuple(row))
        return Answer(columns, tuple(rows), outcome.cut)

    def _end_round(self) -> None:
        """Keep the round's numbers; who did not answer in it has a gap."""
        if self._open:
            self._open = False
            answered, self._answered = self._answered, set()
            self.points.add(
                {
                    series: number
                    for series, number in self._numbers.items()
                    if series[0] in answered
                }
            )


Series = tuple[str, "Row | None", Key]
"""A database, a row's key or None for all rows together, and a column."""


def numbers_of(board: Board) -> dict[Series, float]:
    """Return the sums of databases' numeric columns, of few rows each value too."""
    found: dict[Series, float] = {}
    rows: dict[Series, float] = {}
    for key, index in numeric_columns(board):
        for line in board.lines:
            if line.change is Change.GONE:
                continue
            number = number_of(line.row[index])
            if number is not None:
                whole = (line.database, None, key)
                found[whole] = found.get(whole, 0.0) + number
                if len(rows) <= _MOST_ROW_SERIES:
                    rows[line.database, line.key, key] = number
    return found | rows if len(rows) <= _MOST_ROW_SERIES else found


def numeric_columns(board: Board) -> list[tuple[Key, int]]:
    """Return the columns that can be drawn as a chart, and their indexes."""
    seen: dict[str, int] = {}
    columns = []
    for index, column in enumerate(board.columns):
        nth = seen[column.name] = seen.get(column.name, -1) + 1
        key = (column.name, nth)
        if column.numeric and (board.key is None or key not in board.key):
            columns.append((key, index))
    return columns


def number_of(value: str | None) -> float | None:
    """Return a server's number; None for what is no finite one."""
    try:
        number = float(value or "nan")
    except ValueError:
        return None
    return number if math.isfinite(number) else None
