"""One statement on many databases at once: merged rows, one outcome for each.

Each database answers through its own pool and breaker, in its own time, and fails by
itself. A fan-out only reads, and the servers hold it to that; `mdbtui.query.writes` has
the one that writes.
"""

from __future__ import annotations

import asyncio
import logging
from collections import Counter
from collections.abc import Callable, Collection, Sequence
from typing import TYPE_CHECKING

from mdbtui.query.fanout_member import Member
from mdbtui.query.fanout_memory import SharedBudget
from mdbtui.query.fanout_outcome import Outcome, State, summary
from mdbtui.query.fanout_slots import Limits, Slots
from mdbtui.query.merged import MergedRows
from mdbtui.query.spill import MemoryBudget, shared_budget
from mdbtui.sql import Statement, classify

if TYPE_CHECKING:
    from mdbtui.pool import PoolManager
    from mdbtui.query.rows import Notice

log = logging.getLogger(__name__)

CLOSE_LIMIT = 3.0


class FanOut:
    """Runs a statement on databases; made on a running loop, begun by `start`.

    Args:
        pools: Where connections come from.
        db_ids: The databases, each once.
        statement: What to run; see `mdbtui.sql.reading` for what should not be.
        limits: What bounds it.
        budget: Memory for results; by default one that all share.
        fail_fast: Cancel the others when one does not answer.
        holder: Who is shown as holding connections.
        on_notice: Called for each notice of a database.
    """

    writes = False
    """Whether the databases may be changed."""
    way = ""
    """How it is done, in words, where there is a choice."""
    prompt = ""
    """What it waits for the user to say."""

    def __init__(
        self,
        pools: PoolManager,
        db_ids: Sequence[str],
        statement: Statement,
        *,
        limits: Limits | None = None,
        budget: MemoryBudget | None = None,
        fail_fast: bool = False,
        holder: str = "fan-out",
        on_notice: Callable[[str, Notice], None] | None = None,
    ) -> None:
        self.pools = pools
        self.db_ids = tuple(db_ids)
        self.statement = statement
        self.classified = classify(statement.text)
        self.limits = limits or Limits()
        self.slots = Slots(self.limits)
        self.rows = MergedRows(self.db_ids)
        self._shared = SharedBudget(budget or shared_budget(), len(self.db_ids))
        self.budget: MemoryBudget = self._shared
        self.holder = holder
        self.on_notice = on_notice
        self._fail_fast = fail_fast
        self._neighbours = Counter(pools.config(each).address for each in self.db_ids)
        self._members = {
            db_id: self._member(index, db_id) for index, db_id in enumerate(self.db_ids)
        }
        self._subscribers: list[Callable[[str], None]] = []
        self._now = asyncio.get_running_loop().time
        self._begun = self._ended = self._now()
        self.over = asyncio.Event()
        """Set while nothing is under way."""

    # How it goes

    @property
    def outcomes(self) -> tuple[Outcome, ...]:
        """Each database's part, in the databases' order."""
        return tuple(member.outcome for member in self._members.values())

    def outcome(self, db_id: str) -> Outcome:
        """Return one database's part."""
        return self._members[db_id].outcome

    @property
    def elapsed_ms(self) -> float:
        """How long it has taken, or took; of a retry, that alone."""
        end = self._ended if self.over.is_set() else self._now()
        return (end - self._begun) * 1000

    @property
    def summary(self) -> str:
        """How it went, or how far it is, in words."""
        return summary(self.outcomes, self.elapsed_ms)

    def subscribe(self, callback: Callable[[str], None]) -> Callable[[], None]:
        """Call `callback` with a database's id after each of its steps.

        Returns:
            A function that ends the subscription.
        """
        self._subscribers.append(callback)

        def unsubscribe() -> None:
            if callback in self._subscribers:
                self._subscribers.remove(callback)

        return unsubscribe

    # What can be done

    def start(self) -> None:
        """Begin with all databases."""
        self._start(self.db_ids)

    def retry(self, db_ids: Collection[str]) -> None:
        """Run once more on these, as far as they are over; old rows are given back."""
        again = [db_id for db_id in db_ids if self._members[db_id].state.over]
        if again:
            self._start(again)

    async def wait(self) -> None:
        """Return when all databases are over."""
        await self.over.wait()

    async def cancel(self, db_ids: Collection[str] | None = None) -> None:
        """End these, or all; returns when they are over, in about a second at most."""
        chosen = self.db_ids if db_ids is None else db_ids
        members = [self._members[db_id] for db_id in chosen]
        for member in members:
            member.cancel()
        await self._gone(members)

    async def close(self) -> None:
        """End what is under way and give all rows back; bounded, repeatable."""
        self._subscribers.clear()
        await self.cancel()
        await self.rows.close()
        self._shared.close()

    # For its members

    def neighbours(self, address: str) -> int:
        """Return how many of the databases are at one server."""
        return self._neighbours[address]

    def changed(self, member: Member) -> None:
        """Note that a member is further."""
        members = self._members.values()
        if member.state.over:
            if self._fail_fast and member.state in (State.FAILED, State.SKIPPED):
                for other in members:
                    other.cancel()
            if all(each.state.over for each in members):
                self._ended = self._now()
                self.over.set()
                self.rows.finish(complete=True)
        for callback in tuple(self._subscribers):
            try:
                callback(member.db_id)
            except Exception:
                log.exception("a subscriber of a fan-out failed")

    # Inside

    def _member(self, index: int, db_id: str) -> Member:
        return Member(self, index, db_id)

    def _start(self, db_ids: Collection[str]) -> None:
        self._begin()
        for db_id in db_ids:
            self._members[db_id].start()

    def _begin(self) -> None:
        if self.over.is_set() or not any(m.task for m in self._members.values()):
            self._begun = self._now()
        self.over.clear()
        self.rows.finish(complete=False)

    async def _gone(self, members: Collection[Member]) -> None:
        if tasks := {member.task for member in members if member.task is not None}:
            await asyncio.wait(tasks, timeout=CLOSE_LIMIT)
