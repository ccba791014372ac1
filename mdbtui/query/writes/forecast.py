"""What is to be expected of a statement that writes, asked of each database before.

Nothing of it is run: the servers are asked for their plans and for what they allow, all
at once, and who does not answer in time is not waited for.
"""

from __future__ import annotations

import asyncio
import json
from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from mdbtui.query.fanout import FanOut
from mdbtui.query.fanout_outcome import Outcome, State
from mdbtui.query.fanout_slots import Limits
from mdbtui.sql import Kind, Statement, classify
from mdbtui.sql.explained import explained

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from mdbtui.pool import PoolManager
    from mdbtui.query.spill import MemoryBudget

ASK_LIMIT = 5.0
"""Seconds for each database."""
PLAN_LIMIT = 200_000
"""Characters of the longest plan that is read."""
FACTS = """
select pg_catalog.current_setting('max_prepared_transactions')::int
         - (select count(*) from pg_catalog.pg_prepared_xacts) as places,
       pg_catalog.pg_is_in_recovery() as standby,
       (select reset_val from pg_catalog.pg_settings
         where name = 'default_transaction_read_only') as read_only,
       pg_catalog.current_setting('max_prepared_transactions') as most
"""


@dataclass(frozen=True)
class Forecast:
    """What one database said.

    Attributes:
        known: It has said all, or failed to.
        rows: So many rows will be changed, as the server estimates; None where that is
            not known.
        problem: Why the statement will fail there, or why there was no answer.
        places: So many transactions may still be prepared at its server; None when
            that is not known.
        most: So many at all.
    """

    known: bool = False
    rows: int | None = None
    problem: str = ""
    places: int | None = None
    most: int = 0


class Forecasts:
    """Asks all databases; made on a running loop, begun by `start`.

    Args:
        pools: Where connections come from.
        db_ids: The databases.
        statement: What is to be run.
        budget: Memory for the answers.
    """

    def __init__(
        self,
        pools: PoolManager,
        db_ids: Sequence[str],
        statement: Statement,
        budget: MemoryBudget,
    ) -> None:
        self._addresses = {db_id: pools.config(db_id).address for db_id in db_ids}
        limits = Limits(timeout=ASK_LIMIT, rows_each=10)
        asked = question(statement)
        self.explains = asked is not None
        """There is a plan, and with it an estimate."""
        self._facts, *plans = (
            FanOut(pools, db_ids, each, limits=limits, budget=budget, holder="estimate")
            for each in (Statement(FACTS, 0, len(FACTS)), asked)
            if each is not None
        )
        self._plans = plans[0] if plans else None
        self._made = is_made(statement)
        self._fans = [self._facts, *plans]

    def start(self, changed: Callable[[], None]) -> None:
        """Begin; `changed` is called after each step of a database."""
        for fan in self._fans:
            fan.subscribe(lambda _: changed())
            fan.start()

    async def close(self) -> None:
        """End what is under way."""
        await asyncio.gather(*(fan.close() for fan in self._fans))

    @property
    def over(self) -> bool:
        """All have answered, or will not."""
        return all(fan.over.is_set() for fan in self._fans)

    def of(self, db_id: str) -> Forecast:
        """Return what a database has said so far."""
        facts = self._facts.outcome(db_id)
        plan = self._plans.outcome(db_id) if self._plans is not None else None
        over = facts.state.over and (plan is None or plan.state.over)
        rows, places, most, problem = None, None, 0, ""
        if facts.state is State.DONE and (row := self._row(self._facts, db_id)):
            places, most = max(0, int(row[0] or 0)), int(row[3] or 0)
            if row[1] in ("t", "true"):
                problem = "a standby: it only reads"
            elif row[2] == "on":
                problem = "read-only by its settings"
        elif facts.state.over:
            problem = _said(facts)
        if plan is not None and self._plans is not None:
            if plan.state is State.DONE and (row := self._row(self._plans, db_id)):
                rows = planned_rows(row[0] or "", made=self._made)
            elif plan.state.over:
                problem = problem or _said(plan)
        return Forecast(over, rows, problem, places, most)

    def unprepared(self, db_ids: Sequence[str]) -> list[str]:
        """Return who of these can't prepare a transaction, and why, in words."""
        wanted = Counter(self._addresses[db_id] for db_id in db_ids)
        found = []
        for db_id in db_ids:
            said, address = self.of(db_id), self._addresses[db_id]
            if said.places is None:
                found.append(f"{db_id} (not known)")
            elif not said.most:
                found.append(f"{db_id} (max_prepared_transactions is 0)")
            elif said.places < wanted[address]:
                found.append(f"{db_id} (places for {said.places} more at its server)")
        return found

    def _row(self, fan: FanOut, db_id: str) -> tuple[str | None, ...] | None:
        store = fan.rows.store(fan.db_ids.index(db_id))
        return store.row(0) if store is not None and store.count else None


def _said(outcome: Outcome) -> str:
    if outcome.error is None:
        return "no answer"
    return " ".join(outcome.error.message.split())


def question(statement: Statement) -> Statement | None:
    """Return what asks for a statement's plan; None when it has none that counts."""
    part = explained(statement)
    if part is None or classify(part.text).kind not in (Kind.DML, Kind.DDL):
        return None
    text = f"EXPLAIN (FORMAT JSON) {part.text}"
    return Statement(text, 0, len(text), values=statement.values)


def is_made(statement: Statement) -> bool:
    """Say whether a statement puts all rows of its query into something new."""
    return classify(statement.text).kind is Kind.DDL


def planned_rows(plan: str, *, made: bool = False) -> int | None:
    """Return how many rows a plan changes, as the server estimates.

    Args:
        plan: In JSON, as EXPLAIN gives it.
        made: All rows of the query count: they become a new table.
    """
    if len(plan) > PLAN_LIMIT:
        return None
    try:
        top = json.loads(plan)[0]["Plan"]
        found = list(_changed(top))
        if found:
            return sum(found)
        return int(top["Plan Rows"]) if made else None
    except (
        ValueError,
        KeyError,
        IndexError,
        TypeError,
        AttributeError,
        RecursionError,
    ):
        return None


def _changed(node: dict[str, Any]) -> Iterator[int]:
    parts = node.get("Plans", [])
    if node["Node Type"] == "ModifyTable":
        yield sum(
            int(part["Plan Rows"])
            for part in parts
            if part.get("Parent Relationship") in ("Outer", "Member")
        )
    for part in parts:
        yield from _changed(part)
