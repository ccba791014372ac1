"""Prepared transactions that were left over, at any of many databases."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from mdbtui.query.fanout import FanOut
from mdbtui.query.fanout_outcome import Outcome, State
from mdbtui.query.fanout_slots import Limits
from mdbtui.query.writes.prepared import LEFT, is_ours
from mdbtui.sql import Statement

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Sequence

    from mdbtui.pool import PoolManager
    from mdbtui.query.spill import MemoryBudget
    from mdbtui.query.writes.journal import Journal, Noted

ASK_LIMIT = 10.0
"""Seconds for each database."""
MOST = 1_000
"""So many are listed of each."""


@dataclass(frozen=True)
class Left:
    """A prepared transaction of ours.

    Attributes:
        db_id: The database where it can be ended.
        gid: Its name.
        since: When it was prepared, as the server says it.
        owner: Who may end it, beside superusers.
        commit: All of its run were prepared, so it was to be committed; None when
            nothing is known of the run.
    """

    db_id: str
    gid: str
    since: str
    owner: str
    commit: bool | None


class Leftovers:
    """Asks databases for them; made on a running loop.

    Args:
        pools: Where connections come from.
        db_ids: The databases.
        journal: What is known of runs that did not come to their end.
        budget: Memory for the answers.
    """

    def __init__(
        self,
        pools: PoolManager,
        db_ids: Sequence[str],
        journal: Journal,
        budget: MemoryBudget,
    ) -> None:
        self._journal = journal
        self._noted: Sequence[Noted] = ()
        self._fan = FanOut(
            pools,
            db_ids,
            Statement(LEFT, 0, len(LEFT)),
            limits=Limits(timeout=ASK_LIMIT, rows_each=MOST),
            budget=budget,
            holder="prepared transactions",
        )

    async def ask(self, changed: Callable[[], None]) -> None:
        """Ask all, again if they were asked before; forget runs of which none is left.

        Args:
            changed: Called as they answer.
        """
        self._noted = await self._journal.read()
        end = self._fan.subscribe(lambda _: changed())
        try:
            if self._fan.over.is_set():
                self._fan.retry(self._fan.db_ids)
            else:
                self._fan.start()
            await self._fan.wait()
        finally:
            end()
        there = {left.gid for left in self.found}
        answered = {o.db_id for o in self._fan.outcomes if o.state is State.DONE}
        for noted in self._noted:
            if is_over(noted, answered, there):
                await self._journal.end(noted.run)
        changed()

    @property
    def found(self) -> list[Left]:
        """What is there, as far as it is known, the oldest first."""
        decided = {
            gid: noted.commit for noted in self._noted for gid in noted.gids.values()
        }
        rows = (self._fan.rows.row(i) for i in range(self._fan.rows.count))
        found = [
            Left(row[0] or "", row[1] or "", row[2] or "", row[3] or "", None)
            for row in rows
            if row is not None and is_ours(row[1] or "")
        ]
        known = [
            Left(x.db_id, x.gid, x.since, x.owner, decided.get(x.gid)) for x in found
        ]
        return sorted(known, key=lambda left: left.since)

    @property
    def unasked(self) -> list[Outcome]:
        """Who could not be asked."""
        return [each for each in self._fan.outcomes if each.again]

    @property
    def over(self) -> bool:
        """All have answered, or will not."""
        return self._fan.over.is_set()

    async def close(self) -> None:
        """End what is under way."""
        await self._fan.close()


def is_over(noted: Noted, answered: Collection[str], there: Collection[str]) -> bool:
    """Say whether nothing of a run can be left: all answered, and none is there."""
    return all(
        db_id in answered and gid not in there for db_id, gid in noted.gids.items()
    )
