"""`Sampler`: asks one server again and again, as often as those who watch it want."""

from __future__ import annotations

import asyncio
import logging
import time
from collections import deque
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from mdbtui.monitor import build
from mdbtui.monitor.models import Part, ServerSample, Statements
from mdbtui.monitor.queries import progress_query
from mdbtui.monitor.rates import total
from mdbtui.pool import CircuitOpen, PoolError, QueryError, QueryTimeout

if TYPE_CHECKING:
    from mdbtui.monitor.link import Link
    from mdbtui.monitor.models import ServerFacts
    from mdbtui.monitor.rates import Rates

log = logging.getLogger("mdbtui.monitor")

MAX_BACKENDS = 1_000
"""More than these are left out: no sample holds up the loop."""
QUERY_BYTES = 1_000
"""Of each query in a sample; the whole one is asked for when it is looked at."""
HISTORY = 600
"""Samples whose rates are kept."""
TOP_STATEMENTS = 50
"""So many by each measure."""
STATEMENTS_EVERY_S = 5.0
"""They are read less often: the server reads their file whole each time."""
PARKED_S = 30.0
"""When nobody has wanted a sample for so long, the connection goes."""
MAX_RETRY_S = 10.0
_SLICE = 200

_INSTALL = (
    "pg_stat_statements is not in this database. Its files come with PostgreSQL's"
    " contrib package. Add it to shared_preload_libraries in postgresql.conf, restart"
    " the server, then run here: CREATE EXTENSION pg_stat_statements"
)
_CREATE = (
    "pg_stat_statements is loaded, but not in this database. Run here:"
    " CREATE EXTENSION pg_stat_statements"
)
_PRELOAD = (
    "pg_stat_statements was created here, but the server has not loaded it. Add it to"
    " shared_preload_libraries in postgresql.conf and restart the server"
)
_GRANT = (
    "no permission to read pg_stat_statements. Who owns it can run:"
    " GRANT SELECT ON {schema}.pg_stat_statements TO {user}"
)
_FORBIDDEN, _NOT_READY = "42501", "55000"


class Demand:
    """What one watcher wants: which parts, and how often.

    Attributes:
        parts: Beside the activity.
        interval: Seconds between two samples.
        paused: It wants none now.
    """

    def __init__(self, parts: Part, interval: float) -> None:
        self.parts = parts
        self.interval = interval
        self.paused = False


class Sampler:
    """Samples of one server, in a task of its own while there are demands.

    Args:
        db_id: The database.
        link: The connection; closed by `close`.
        clock: Monotonic seconds.
    """

    def __init__(
        self, db_id: str, link: Link, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self.db_id = db_id
        self.link = link
        self.sample: ServerSample | None = None
        self.error: PoolError | None = None
        self.history: deque[tuple[float, Rates]] = deque(maxlen=HISTORY)
        self.demands: list[Demand] = []
        self._clock = clock
        self._listeners: list[Callable[[], None]] = []
        self._wake = asyncio.Event()
        self._task: asyncio.Task[None] | None = None
        self._now = False
        self._due = 0.0
        self._failures = 0
        self._statements: tuple[float, Statements] | None = None

    # -- for who watches -------------------------------------------------------------

    def listen(self, callback: Callable[[], None]) -> Callable[[], None]:
        """Call `callback` after each attempt; returns what ends that."""
        self._listeners.append(callback)

        def stop() -> None:
            if callback in self._listeners:
                self._listeners.remove(callback)

        return stop

    def changed(self, *, now: bool = False) -> None:
        """The demands are others; `now`: sample at once."""
        self._now = self._now or now
        self._wake.set()
        if self._task is None or self._task.done():
            self._task = asyncio.create_task(self._run())

    async def close(self) -> None:
        """End the task and the connection."""
        task, self._task = self._task, None
        if task is not None:
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)
        await self.link.close()

    # -- within ----------------------------------------------------------------------

    @property
    def _active(self) -> list[Demand]:
        return [demand for demand in self.demands if not demand.paused]

    @property
    def _parts(self) -> Part:
        parts = Part.ACTIVITY
        for demand in self._active or self.demands:
            parts |= demand.parts
        return parts

    async def _run(self) -> None:
        while True:
            await self._wait()
            if self._active or (self._now and self.demands):
                await self._attempt()
            elif self.link.is_open:
                await self.link.close()

    async def _wait(self) -> None:
        """Wait until a sample is due, or, with no demand, until the link may go."""
        while True:
            self._wake.clear()
            lacking = bool(self._active) and self._lacks_parts()
            if self.demands and (self._now or lacking):
                return
            wait: float | None = None
            if self._active:
                self._due = min(self._due, self._next_due())
                wait = max(self._due - self._clock(), 0.0)
            elif self.link.is_open:
                wait = PARKED_S
            try:
                async with asyncio.timeout(wait):
                    await self._wake.wait()
            except TimeoutError:
                return

    def _lacks_parts(self) -> bool:
        """Whether something is wanted that the last sample was not asked for."""
        if self.sample is None or self.error is not None:
            return self.sample is None and self.error is None
        return bool(self._parts & ~self.sample.parts)

    def _next_due(self) -> float:
        interval = min(demand.interval for demand in self._active)
        if self._failures:
            interval = min(interval * 2 ** min(self._failures, 8), MAX_RETRY_S)
        return self._started + interval

    _started = 0.0
    _in_flight = False

    @property
    def asking_s(self) -> float:
        """For how long the server has been asked without an answer; 0: it isn't."""
        return self._clock() - self._started if self._in_flight else 0.0

    async def _attempt(self) -> None:
        self._started, self._in_flight = self._clock(), True
        asked, self._now = self._now, False
        if asked:
            self._statements = None
        try:
            if asked and isinstance(self.error, CircuitOpen):
                await self.link.probe()
            self.sample = await self._take(self._parts)
            self.error, self._failures = None, 0
        except PoolError as error:
            self.error = error
            self._failures += 1
            log.info("%s: no sample: %s", self.db_id, error)
        finally:
            self._in_flight = False
        self._due = self._next_due() if self._active else self._clock()
        for listener in tuple(self._listeners):
            try:
                listener()
            except Exception:
                log.exception("a listener failed")

    async def _take(self, parts: Part) -> ServerSample:
        started = self._clock()
        link = self.link
        facts = await link.facts()
        rows = await link.fetch(
            "activity", QUERY_BYTES, MAX_BACKENDS + 1, not facts.sees_all
        )
        backends = []
        for row in rows[:MAX_BACKENDS]:
            backends.append(build.backend(row))
            if not len(backends) % _SLICE:
                await asyncio.sleep(0)
        waits = {}
        if any(each.is_waiting for each in backends):
            found = [
                build.lock_wait(row, facts.encoding)
                for row in await link.fetch("waits")
            ]
            waits = {wait.pid: wait for wait in found}
        problems: dict[Part, str] = {}
        fields: dict[str, Any] = {}
        for part in Part:
            if part in parts:
                try:
                    fields |= await self._part(part, facts, started)
                except QueryError as error:
                    if isinstance(error, QueryTimeout):
                        raise
                    problems[part] = _words(error)
        return ServerSample(
            db_id=self.db_id,
            at=started,
            took_ms=(self._clock() - started) * 1000,
            server=facts,
            parts=parts,
            backends=tuple(backends),
            is_cut=len(rows) > MAX_BACKENDS,
            connections=rows[0]["clients"],
            in_recovery=rows[0]["in_recovery"],
            waits=waits,
            problems=problems,
            **fields,
        )

    async def _part(
        self, part: Part, facts: ServerFacts, started: float
    ) -> dict[str, Any]:
        link = self.link
        if part is Part.STATISTICS:
            return await self._statistics(started)
        if part is Part.REPLICATION:
            rows = await link.fetch("replication")
            return {"replicas": tuple(build.replica(row) for row in rows)}
        if part is Part.PROGRESS:
            rows = await link.fetch_sql(progress_query(facts.major))
            found = (build.progress(row, facts.encoding) for row in rows)
            return {"progress": tuple(found)}
        return {"statements": await self._top_statements(started)}

    async def _statistics(self, started: float) -> dict[str, Any]:
        before = self.sample
        rows = await self.link.fetch("databases")
        known = {each.oid: each for each in before.databases} if before else {}
        seconds = started - before.at if before else 0.0
        databases = build.databases(rows, known, seconds)
        whole = total(each.rates for each in databases)
        if whole is not None:
            self.history.append((started, whole))
        return {"databases": databases, "total": whole}

    async def _top_statements(self, started: float) -> Statements:
        if self._statements is not None:
            at, statements = self._statements
            if started - at < STATEMENTS_EVERY_S:
                return statements
        (where,) = await self.link.fetch("statements_where")
        schema, missing = where["schema"], ""
        if schema is None:
            missing = _CREATE if where["loaded"] else _INSTALL
        statements = Statements(missing=missing)
        if not missing:
            try:
                rows = await self.link.fetch(
                    "statements", TOP_STATEMENTS, QUERY_BYTES, schema=schema
                )
                found = tuple(build.top_statement(row) for row in rows)
                statements = Statements(found)
            except QueryError as error:
                if error.sqlstate == _NOT_READY:
                    missing = _PRELOAD
                elif error.sqlstate == _FORBIDDEN:
                    user = (await self.link.facts()).user
                    missing = _GRANT.format(schema=schema, user=user)
                else:
                    raise
                statements = Statements(missing=missing)
        self._statements = started, statements
        return statements


def _words(error: QueryError) -> str:
    if error.sqlstate == _FORBIDDEN:
        return f"no permission: {error.message}"
    return str(error)
