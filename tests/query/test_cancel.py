"""Cancelled at every stage, lost in every way: no connection stays behind."""

from __future__ import annotations

import asyncio
import gc
import time
from typing import Any

import pytest

from mdbtui.pool import ConnectionLostError, PoolError, PoolManager
from mdbtui.query import Session, StatementCancelled, driver_options
from mdbtui.query.driver import TextConnection
from mdbtui.query.stream import by_copy
from tests.query.conftest import config
from tests.query.support import at_rest, rows_of, run
from tests.support.server import PgServer
from tests.support.waiting import eventually

ENDLESS = "select i, repeat('x', 100) from (select generate_series(1, 100000000) i) x"
FATAL = b"SFATAL\0VFATAL\0C57P01\0Mterminating connection\0\0"
WITHIN = 0.5 + 1.5  # the promise, and what a loaded machine adds


async def cancelled_in(session: Session, task: asyncio.Task | None = None) -> float:
    """Cancel; return how long it took. The task must have ended as cancelled."""
    began = time.monotonic()
    await session.cancel()
    took = time.monotonic() - began
    if task is not None:
        with pytest.raises(StatementCancelled, match="cancelled after"):
            await task
    return took


async def test_while_the_server_works(pools, session):
    task = asyncio.create_task(run(session, "select pg_sleep(60)"))
    await eventually(lambda: session.backend_pid is not None)
    pid = session.backend_pid
    await asyncio.sleep(0.1)
    assert await cancelled_in(session, task) < WITHIN
    assert await rows_of(session, "select pg_backend_pid()") == [(str(pid),)]
    stats = pools.snapshot().by_id(session.db_id)
    assert (stats.size, stats.connections_lost, stats.errors) == (1, 0, 0)


async def test_while_preparing_waits_for_a_lock(pools, session):
    await run(session, "create table t (n int)")
    other = Session(pools, session.db_id)
    await run(other, "begin")
    await run(other, "lock table t")
    task = asyncio.create_task(run(session, "select * from t"))
    await asyncio.sleep(0.1)
    assert session.running
    assert await cancelled_in(session, task) < WITHIN
    await other.close()
    assert await rows_of(session, "select * from t") == []
    assert pools.snapshot().by_id(session.db_id).connections_lost == 0


async def test_while_waiting_for_the_pool(pools, session):
    tabs = [Session(pools, session.db_id) for _ in range(3)]
    for tab in tabs:
        await run(tab, "begin")
    task = asyncio.create_task(run(session, "select 1"))
    await eventually(lambda: pools.snapshot().by_id(session.db_id).waiting == 1)
    assert await cancelled_in(session, task) < WITHIN
    await at_rest(pools, session.db_id, in_use=3)
    for tab in tabs:
        await tab.close()
    assert await rows_of(session, "select 1") == [("1",)]


@pytest.mark.parametrize("inside", [False, True])
async def test_while_rows_stream(pools, session, inside):
    if inside:
        await run(session, "begin")
    result = await run(session, ENDLESS)
    result.rows.fetch_all()
    await eventually(lambda: result.rows.count > 20_000)
    assert await cancelled_in(session) < WITHIN
    assert result.rows.complete
    assert result.rows.note == f"cancelled after {result.rows.count:,} rows"
    assert session.in_transaction == inside
    if inside:
        await run(session, "rollback")
    assert await rows_of(session, "select 1") == [("1",)]
    await at_rest(pools, session.db_id)
    assert pools.snapshot().by_id(session.db_id).connections_lost == 0


@pytest.mark.parametrize("inside", [False, True])
async def test_while_the_stream_rests(pools, session, inside):
    if inside:
        await run(session, "begin")
    result = await run(session, ENDLESS)
    await eventually(lambda: result.rows.paused_since is not None)
    assert await cancelled_in(session) < WITHIN
    assert result.rows.note == f"cancelled after {result.rows.count:,} rows"
    assert session.in_transaction == inside
    assert not session.transaction_failed  # nothing was running that could fail
    portals = "select statement from pg_cursors where statement like '%i, repeat%'"
    left = await rows_of(session, portals)
    assert [statement for (statement,) in left if statement != portals] == []
    assert await rows_of(session, "select 1") == [("1",)]


@pytest.mark.parametrize("rows", [1, 999, 1_000, 1_001, 1_100, 1_700, 3_000])
@pytest.mark.parametrize("inside", [False, True])
async def test_results_about_as_long_as_the_margin(pools, session, rows, inside):
    """The server may be done with all of them when the stream is ended."""
    if inside:
        await run(session, "begin")
    sql = f"select i, repeat('x', 40) from generate_series(1, {rows}) i"
    began = time.monotonic()
    for turn in range(8):
        result = await run(session, sql)
        await asyncio.sleep(0.002 * (turn % 3))
        if turn % 2:
            await session.cancel()
        assert await rows_of(session, "select 1") == [("1",)]
        note = result.rows.note
        if result.rows.count == rows and not result.rows.truncated:
            assert note == ("1 row" if rows == 1 else f"all {rows:,} rows")
        else:
            assert note.startswith(("stopped at ", "cancelled after "))
            assert result.rows.truncated
    assert time.monotonic() - began < 8 * 2.0
    if inside:
        await run(session, "rollback")
    await at_rest(pools, session.db_id)
    stats = pools.snapshot().by_id(session.db_id)
    assert (stats.connections_opened, stats.connections_lost) == (1, 0)


async def test_a_cancelled_caller_cancels_its_statement(pools, session):
    task = asyncio.create_task(run(session, "select pg_sleep(60)"))
    await asyncio.sleep(0.1)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert await rows_of(session, "select 1") == [("1",)]
    await at_rest(pools, session.db_id)


async def test_cancelling_in_a_transaction_leaves_it_failed(session):
    await run(session, "begin")
    task = asyncio.create_task(run(session, "select pg_sleep(60)"))
    await asyncio.sleep(0.1)
    await cancelled_in(session, task)
    assert session.transaction_failed
    await run(session, "rollback")


async def test_a_cancel_too_late_does_not_hide_the_outcome(session):
    await run(session, "create table t (n int)")
    result = await run(session, "insert into t values (1)")
    await session.cancel()
    assert result.tag == "INSERT 0 1"
    assert await rows_of(session, "select n from t") == [("1",)]


async def test_a_cancel_on_its_way_does_not_hit_the_next_statement(
    session, monkeypatch
):
    real = TextConnection._cancel

    async def slowly(self, waiter, cancel_waiter=None):
        await asyncio.sleep(0.2)
        await real(self, waiter, cancel_waiter)

    monkeypatch.setattr(TextConnection, "_cancel", slowly)
    await run(session, "set work_mem = '5MB'")  # the connection is kept
    task = asyncio.create_task(run(session, "select pg_sleep(0.1)"))
    await asyncio.sleep(0.05)
    cancelling = asyncio.create_task(session.cancel())
    await asyncio.wait({task})
    assert await rows_of(session, "select 1 from pg_sleep(0.4)") == [("1",)]
    await cancelling


async def test_the_servers_own_time_out_is_no_cancel(session):
    await run(session, "set statement_timeout = 100")
    with pytest.raises(PoolError, match="statement timeout") as caught:
        await run(session, "select pg_sleep(60)")
    assert caught.value.sqlstate == "57014"


@pytest.mark.parametrize("inside", [False, True])
@pytest.mark.parametrize(
    "sql",
    [
        "select pg_sleep(60)",
        ENDLESS,
        "explain analyze select pg_sleep(60)",
        "select i from generate_series(1, 300000) i order by md5(i::text)",
    ],
)
async def test_cancelled_a_hundred_times_at_any_moment(pools, session, sql, inside):
    """Eight forms × 25 moments from before the lease to well into the rows."""
    for turn in range(25):
        if inside:
            await run(session, "begin")
        task = asyncio.create_task(run(session, sql))
        await asyncio.sleep(turn * turn * 0.00005)
        if turn % 2 and task.done() and not task.exception():
            task.result().rows.fetch_all()
            await asyncio.sleep(0.001 * turn)
        began = time.monotonic()
        await session.cancel()
        assert time.monotonic() - began < WITHIN
        try:
            result = await task
        except StatementCancelled:
            pass
        else:
            await eventually(lambda result=result: result.rows.complete)
        if inside:
            await run(session, "rollback")
        # A cancel that came late must not hit the next statement.
        assert await rows_of(session, f"select {turn}") == [(str(turn),)]
    await at_rest(pools, session.db_id)
    stats = pools.snapshot().by_id(session.db_id)
    assert stats.connections_lost == 0
    assert stats.connections_opened <= 3
    assert (stats.in_use, stats.waiting) == (0, 0)


@pytest.mark.parametrize("inside", [False, True])
@pytest.mark.parametrize("stage", ["running", "streaming", "resting"])
async def test_a_frozen_server_loses_its_connection(own_server, stage, inside):
    async with PoolManager(driver_options=driver_options) as pools:
        db_id = pools.register(config(own_server, "postgres"))
        session = Session(pools, db_id)
        if inside:
            await run(session, "begin")
        task = result = None
        if stage == "running":
            task = asyncio.create_task(run(session, "select pg_sleep(60)"))
            await asyncio.sleep(0.2)
        else:
            result = await run(session, ENDLESS)
            if stage == "streaming":
                result.rows.fetch_all()
            else:
                await eventually(lambda: result.rows.paused_since is not None)
        own_server.freeze()
        await asyncio.sleep(0.1)
        assert await cancelled_in(session) < WITHIN
        if task is not None:
            with pytest.raises(StatementCancelled) as caught:
                await task
            assert "did not answer" in caught.value.hint
        if result is not None:
            assert result.rows.note == f"cancelled after {result.rows.count:,} rows"
        own_server.thaw()
        if session.in_transaction:  # a resting portal needs no answer
            await run(session, "rollback")
        assert await rows_of(session, "select 1") == [("1",)]
        await session.close()
        await at_rest(pools, db_id)


async def test_a_server_killed_while_rows_stream(own_server):
    async with PoolManager(driver_options=driver_options) as pools:
        db_id = pools.register(config(own_server, "postgres"))
        session = Session(pools, db_id)
        result = await run(session, ENDLESS)
        result.rows.fetch_all()
        await eventually(lambda: result.rows.count > 10_000)
        await asyncio.to_thread(own_server.kill_postmaster)
        await eventually(lambda: result.rows.complete)
        count = result.rows.count
        assert result.rows.note == (f"incomplete: connection lost after {count:,} rows")
        assert isinstance(result.rows.error, ConnectionLostError)
        # What had arrived is there, whole.
        for i in range(0, count, 997):
            await eventually(lambda i=i: result.rows.row(i) is not None)
            assert result.rows.row(i) == (str(i + 1), "x" * 100)
        with pytest.raises(PoolError):
            await run(session, "select 1")
        await asyncio.to_thread(own_server.start)
        await pools.probe(db_id)
        assert await rows_of(session, "select 1") == [("1",)]
        await session.close()
        await at_rest(pools, db_id)


async def test_a_backend_killed_in_a_transaction(pools, session, pg, database):
    await run(session, "create table t (n int)")
    await run(session, "begin")
    await run(session, "insert into t values (1)")
    pid = session.backend_pid
    task = asyncio.create_task(run(session, "select pg_sleep(60)"))
    await asyncio.sleep(0.1)
    pg.psql(database, "-c", f"select pg_terminate_backend({pid})")
    with pytest.raises(ConnectionLostError) as caught:
        await task
    assert caught.value.hint == "the transaction was open, so all it did is rolled back"
    assert not session.in_transaction
    assert not session.pinned
    assert await rows_of(session, "select n from t") == []


async def test_a_lost_writing_statement_says_that_nobody_knows(
    pools, session, pg, database
):
    await run(session, "create table t (n int)")
    task = asyncio.create_task(run(session, "insert into t select 1 from pg_sleep(60)"))
    await eventually(lambda: session.backend_pid is not None)
    await asyncio.sleep(0.1)
    pg.psql(database, "-c", f"select pg_terminate_backend({session.backend_pid})")
    with pytest.raises(ConnectionLostError, match="administrator") as caught:
        await task
    assert "not known whether" in caught.value.hint


async def test_closing_a_session_on_a_frozen_server_is_bounded(own_server):
    async with PoolManager(driver_options=driver_options) as pools:
        db_id = pools.register(config(own_server, "postgres"))
        session = Session(pools, db_id)
        await run(session, "begin")
        task = asyncio.create_task(run(session, "select pg_sleep(60)"))
        await asyncio.sleep(0.2)
        own_server.freeze()
        began = time.monotonic()
        await session.close()
        assert time.monotonic() - began < 8
        with pytest.raises(StatementCancelled):
            await task
        own_server.thaw()


async def test_a_copy_that_never_began_leaves_no_error_behind(
    pools: PoolManager, pg: PgServer, database: str
) -> None:
    """The server ends the connection between preparing and the COPY."""
    told: list[dict[str, Any]] = []
    loop = asyncio.get_running_loop()
    loop.set_exception_handler(lambda _, context: told.append(context))
    try:
        lease = await pools.lease(pools.register(config(pg, database)))
        size = (len(FATAL) + 4).to_bytes(4, "big")
        lease.live.raw._protocol.data_received(b"E" + size + FATAL)  # type: ignore[attr-defined]

        async def sink(data: bytes) -> None:
            raise AssertionError("there are no rows")

        with pytest.raises(Exception, match="another operation"):
            await by_copy(lease.connection, "select 1", sink)
        await lease.release(discard=True)
        del lease
        gc.collect()
        await asyncio.sleep(0)
    finally:
        loop.set_exception_handler(None)
    assert told == []
