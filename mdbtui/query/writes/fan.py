"""One statement that writes, on many databases.

Each database has a transaction of its own, which it commits when the statement is done;
or all are prepared first, and committed when every one of them is.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Collection, Sequence
from enum import StrEnum
from typing import TYPE_CHECKING, Any

from mdbtui.pool import PoolError
from mdbtui.query.fanout import CLOSE_LIMIT, FanOut
from mdbtui.query.fanout_outcome import State
from mdbtui.query.fanout_slots import Limits
from mdbtui.query.writes.end import End
from mdbtui.query.writes.member import WriteMember
from mdbtui.query.writes.prepared import new_run
from mdbtui.query.writes.report import summary
from mdbtui.sql.transactions import outside_only

if TYPE_CHECKING:
    from mdbtui.pool import PoolManager
    from mdbtui.query.fanout_member import Member
    from mdbtui.query.writes.journal import Journal
    from mdbtui.sql import Statement

log = logging.getLogger(__name__)

WRITE_LIMIT = 600.0
"""Seconds for each database; what takes longer is rolled back."""
STOP_LIMIT, HURRY_LIMIT, GIVE_UP_LIMIT = 5.0, 2.0, 1.0
"""Seconds for `stop`: to end all in good order, then without trying again, then not."""


class How(StrEnum):
    """In which order, and what an error means for the others."""

    OWN = "own"
    """All at once, each for itself: errors stop no other."""
    STOP = "stop"
    """The first error ends those that have not committed."""
    CANARY = "canary"
    """One first, which commits; the others after a word, up to the first error."""
    TOGETHER = "together"
    """All or none, by PREPARE TRANSACTION."""

    @property
    def words(self) -> str:
        """What it means, for people to read."""
        return _WORDS[self]


_WORDS = {
    How.OWN: "each commits by itself; errors stop no other",
    How.STOP: "each commits by itself; the first error stops those that have not",
    How.CANARY: "one first, which commits; the others when you say so",
    How.TOGETHER: "all or none: each is prepared, then all are committed",
}


class WriteOut(FanOut):
    """Runs a statement that writes; made on a running loop, begun by `start`.

    Args:
        pools: Where connections come from.
        db_ids: The databases, each once.
        statement: What to run.
        how: In which order, and what an error means for the others.
        canary: Which one goes first.
        journal: Remembers what is prepared until it is ended.
        options: As `FanOut` takes them.
    """

    writes = True

    def __init__(
        self,
        pools: PoolManager,
        db_ids: Sequence[str],
        statement: Statement,
        *,
        how: How = How.OWN,
        canary: str = "",
        journal: Journal | None = None,
        limits: Limits | None = None,
        **options: Any,
    ) -> None:
        self.how = how
        self.canary = canary
        self.transactional = not outside_only(statement.text)
        self._journal = journal
        self._run = ""
        self._parts: dict[str, WriteMember] = {}
        self._word = asyncio.Event()
        self._stopped = ""
        self.waits_for_word = False
        """The canary is done, and the others wait for `go_on` or `cancel`."""
        self._leading: asyncio.Task[None] | None = None
        super().__init__(
            pools,
            db_ids,
            statement,
            limits=limits or Limits(timeout=WRITE_LIMIT),
            **options,
        )

    @property
    def summary(self) -> str:
        """How it went, or how far it is, in words."""
        return summary(self.outcomes, self.elapsed_ms)

    @property
    def way(self) -> str:  # type: ignore[override]
        """How it is done, in words."""
        return self.how.words

    @property
    def prompt(self) -> str:  # type: ignore[override]
        """What it waits for the user to say."""
        if not self.waits_for_word:
            return ""
        rest = sum(not outcome.state.over for outcome in self.outcomes)
        others = "others wait" if rest != 1 else "other waits"
        return f"{self.canary} committed, {rest} {others}"

    def gid(self, index: int) -> str:
        """Return the name for a database's prepared transaction, or nothing."""
        return f"{self._run}_{index}" if self._run else ""

    # What can be done

    def go_on(self) -> None:
        """Let the others follow the canary."""
        self._word.set()

    def retry(self, db_ids: Collection[str]) -> None:
        """Run once more where nothing was committed, when all are over."""
        again = [each for each in db_ids if self.outcome(each).again]
        if again and self.over.is_set():
            self._start(again)

    async def wait(self) -> None:
        """Return when all databases are over."""
        await super().wait()
        if self._leading is not None:
            await asyncio.wait({self._leading})

    async def cancel(self, db_ids: Collection[str] | None = None) -> None:
        """End these, or all; what is being committed is given a moment for that."""
        chosen = self.db_ids if db_ids is None else db_ids
        if db_ids is None and not self.over.is_set():
            self._stopped = self._stopped or "cancelled"
            self._word.set()
        for db_id in chosen:
            self._parts[db_id].cancel()
        await self._gone(list(self._parts.values()))
        if db_ids is None and self._leading is not None:
            await asyncio.wait({self._leading}, timeout=CLOSE_LIMIT)

    async def close(self) -> None:
        """End what is under way, and give all rows back; bounded, repeatable.

        What is prepared by then is rolled back, or, if all were, committed; where that
        does not work at once, the journal keeps it.
        """
        for part in self._parts.values():
            part.hurry()
        await super().close()
        await self._give_up(CLOSE_LIMIT)

    async def stop(self) -> None:
        """Cancel all and see it over, for the program is to end; bounded, repeatable.

        What can't be ended in that time is given up: its outcome says what is left.
        """
        stopping = asyncio.create_task(self._cancel_all())
        try:
            await asyncio.wait({stopping}, timeout=STOP_LIMIT)
            for part in self._parts.values():
                part.hurry()
            await asyncio.wait({stopping}, timeout=HURRY_LIMIT)
        finally:
            stopping.cancel()
        await self._give_up(GIVE_UP_LIMIT)
        for part in self._parts.values():
            part.leave_prepared()

    async def _cancel_all(self) -> None:
        await self.cancel()
        await self.wait()

    async def _give_up(self, seconds: float) -> None:
        left = {part.task for part in self._parts.values()} | {self._leading}
        tasks = {task for task in left if task is not None and not task.done()}
        for task in tasks:
            task.cancel()
        if tasks:
            await asyncio.wait(tasks, timeout=seconds)

    # For its members

    def changed(self, member: Member) -> None:
        """Note that a member is further, and stop the others where that is wanted."""
        failed = member.state in (State.FAILED, State.SKIPPED)
        if failed and self.how is not How.OWN and not self._stopped:
            self._stop(f"stopped: {member.db_id} failed")
        super().changed(member)

    # Inside

    def _member(self, index: int, db_id: str) -> Member:
        part = self._parts[db_id] = WriteMember(self, index, db_id)
        return part

    def _start(self, db_ids: Collection[str]) -> None:
        self._begin()
        self._stopped = ""
        self._run = new_run() if self.how is How.TOGETHER else ""
        self._word.clear()
        for db_id in db_ids:
            self._parts[db_id].line_up()
        self._leading = asyncio.create_task(self._lead(tuple(db_ids)))

    async def _lead(self, db_ids: tuple[str, ...]) -> None:
        try:
            if self.how is How.TOGETHER:
                await self._together(db_ids)
            else:
                if self.how is How.CANARY and self.canary in db_ids:
                    await self._ask_canary(db_ids)
                await self._run_on(db_ids)
        except PoolError as error:
            self._stop(error.message)
        except Exception:
            log.exception("a fan-out that writes failed")
            self._stop("internal error")

    def _stop(self, why: str) -> None:
        self._stopped = self._stopped or why
        for part in self._parts.values():
            part.cancel(why)

    async def _run_on(self, db_ids: Sequence[str]) -> None:
        """Run on those that wait to be started, and see them over."""
        begun = []
        for db_id in db_ids:
            part = self._parts[db_id]
            if part.task is None and not part.state.over:
                part.start()
                begun.append(part)
        if tasks := {part.task for part in begun if part.task is not None}:
            await asyncio.wait(tasks)

    async def _ask_canary(self, db_ids: Sequence[str]) -> None:
        canary = self._parts[self.canary]
        await self._run_on([self.canary])
        if canary.end is not End.COMMITTED:
            self._stop(f"stopped: {self.canary} came first and did not commit")
        elif not self._stopped and len(db_ids) > 1:
            self.waits_for_word = True
            self.changed(canary)
            try:
                await self._word.wait()
            finally:
                self.waits_for_word = False

    async def _together(self, db_ids: tuple[str, ...]) -> None:
        gids = {each: self.gid(self.db_ids.index(each)) for each in db_ids}
        if self._journal is not None:
            await self._journal.begin(self._run, gids)
        await self._run_on(db_ids)
        parts = [self._parts[each] for each in db_ids]
        prepared = [part for part in parts if part.end is End.PREPARED]
        commit = len(prepared) == len(parts) and not self._stopped
        if commit and self._journal is not None:
            await self._decide(commit=True)
            if self._stopped:  # while that was written
                commit = False
                await self._decide(commit=False)
        why = self._stopped or "rolled back: not all could be prepared"
        for part in prepared:
            part.end_prepared(commit=commit, why=why)
        if tasks := {part.task for part in prepared if part.task is not None}:
            await asyncio.wait(tasks)
        left = any(part.end in (End.PREPARED, End.IN_DOUBT) for part in parts)
        if self._journal is not None and not left:
            await self._journal.end(self._run)

    async def _decide(self, *, commit: bool) -> None:
        assert self._journal is not None
        try:
            await self._journal.decide(self._run, commit=commit)
        except PoolError:
            # The servers have it all; only a crash from here on would be told less of.
            log.warning("what was decided could not be kept")
