"""Pools that are drained, resized and held while they are in use."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from datetime import UTC, datetime

import pytest

from mdbtui.pool import (
    AcquireTimeout,
    BreakerState,
    CircuitOpen,
    ConfigError,
    DBConfig,
    PoolError,
    PoolManager,
    Reset,
    SlowAcquire,
)
from mdbtui.pool.eventlog import words
from tests.support.proxy import FaultyProxy
from tests.support.server import PgServer
from tests.support.waiting import eventually

Configure = Callable[..., DBConfig]


def pids(pg: PgServer, name: str) -> set[int]:
    """The server processes of an application, as the server tells them."""
    sql = f"select pid from pg_stat_activity where application_name = '{name}'"
    return {int(pid) for pid in pg.psql("postgres", "-Atc", sql).split()}


async def spread(pools: PoolManager, db_id: str, count: int) -> None:
    """Have so many connections open and free."""
    leases = await asyncio.gather(*(pools.lease(db_id) for _ in range(count)))
    for lease in leases:
        lease.reset = Reset.NOTHING
    await asyncio.gather(*(lease.release() for lease in leases))


async def test_draining_replaces_every_connection_and_fails_nobody(
    pools: PoolManager, configure: Configure, pg: PgServer
) -> None:
    db_id = pools.register(configure(pool_max_size=3, application_name="drained"))
    await spread(pools, db_id, 3)
    before = pids(pg, "drained")
    held = await pools.lease(db_id, holder="worker")
    drain = asyncio.create_task(pools.drain(db_id))
    await eventually(lambda: pids(pg, "drained") == {held.connection.get_server_pid()})
    caller = asyncio.create_task(pools.execute_query(db_id, "select 7 as n"))
    await eventually(lambda: pools.snapshot().waiting == 1)
    stats = await pools.get_pool_stats(db_id)
    assert (stats.draining, stats.in_use, stats.size) == (True, 1, 1)
    with pytest.raises(AcquireTimeout, match="drained"):
        await pools.lease(db_id, timeout=0.05)
    with pytest.raises(PoolError, match="already"):
        await pools.drain(db_id)
    assert await held.connection.fetchval("select 1") == 1
    await held.release()
    assert await drain == 0
    assert await caller == [{"n": 7}]
    await eventually(lambda: len(pids(pg, "drained")) == 1)
    assert not pids(pg, "drained") & before
    after = await pools.get_pool_stats(db_id)
    assert (after.draining, after.connections_lost, after.errors) == (False, 0, 0)
    said = [words(entry.event) for entry in pools.detail(db_id).events]
    assert "drained: every connection was replaced" in said


async def test_draining_is_bounded_and_leaves_who_does_not_give_back(
    pools: PoolManager, configure: Configure
) -> None:
    db_id = pools.register(configure(pool_max_size=1))
    assert await pools.drain(db_id) == 0  # there is nothing yet
    held = await pools.lease(db_id)
    old = held.connection.get_server_pid()
    assert await pools.drain(db_id, timeout=0.05) == 1
    assert await held.connection.fetchval("select 1") == 1
    assert pools.detail(db_id).connections[0].outdated
    with pytest.raises(AcquireTimeout):
        await pools.lease(db_id, timeout=0.05)
    await held.release()
    rows = await pools.execute_query(db_id, "select pg_backend_pid() as pid")
    assert rows[0]["pid"] != old
    stats = await pools.get_pool_stats(db_id)
    assert (stats.size, stats.connections_lost) == (1, 0)


async def test_closing_ends_a_drain(pools: PoolManager, configure: Configure) -> None:
    db_id = pools.register(configure(pool_max_size=1))
    await pools.lease(db_id)
    drain = asyncio.create_task(pools.drain(db_id))
    await eventually(lambda: pools.snapshot().pools[0].draining)
    await pools.close_pool(db_id, timeout=0.1)
    await asyncio.wait_for(drain, 5)
    assert await pools.execute_query(db_id, "select 1 as i") == [{"i": 1}]


async def test_a_pool_grows_under_who_waits_and_shrinks_under_who_holds(
    pools: PoolManager, configure: Configure, pg: PgServer
) -> None:
    config = configure(pool_max_size=2, application_name="resized")
    db_id = pools.register(config)
    held = [await pools.lease(db_id) for _ in range(2)]
    waiting = [asyncio.create_task(pools.lease(db_id)) for _ in range(3)]
    await eventually(lambda: pools.snapshot().waiting == 3)
    await pools.resize(db_id, 0, 5)
    held += await asyncio.wait_for(asyncio.gather(*waiting), 5)
    assert pools.snapshot().size == len(pids(pg, "resized")) == 5
    await pools.resize(db_id, 0, 2)
    stats = await pools.get_pool_stats(db_id)
    assert (stats.size, stats.max_size, stats.in_use) == (5, 2, 5)
    for lease in held[:3]:
        assert await lease.connection.fetchval("select 1") == 1
        await lease.release()
    await eventually(lambda: len(pids(pg, "resized")) == 2)
    with pytest.raises(AcquireTimeout):
        await pools.lease(db_id, timeout=0.05)
    for lease in held[3:]:
        await lease.release()
    await pools.resize(db_id, 1, 1)
    await eventually(lambda: len(pids(pg, "resized")) == 1)
    stats = await pools.get_pool_stats(db_id)
    assert (stats.size, stats.min_size, stats.connections_lost) == (1, 1, 0)
    with pytest.raises(ConfigError, match="pool_min_size"):
        await pools.resize(db_id, 3, 2)
    # The configuration that defined it still means this pool.
    assert pools.register(config) == db_id
    await pools.replace(db_id, config)
    assert (await pools.get_pool_stats(db_id)).max_size == 2


async def test_a_held_pool_stays_open_with_a_connection(configure: Configure) -> None:
    now = 1000.0
    async with PoolManager(clock=lambda: now) as pools:
        db_id = pools.register(configure(pool_idle_timeout=60))
        pools.hold(db_id, on=True)
        await eventually(lambda: pools.snapshot().free == 1, 5)
        now += 1000
        pool = await pools.get_pool(db_id)
        assert pool.upkeep.tick(monitor=True, clean_up=True)
        assert (await pools.get_pool_stats(db_id)).held
        assert pools.snapshot().size == 1
        pools.hold(db_id, on=False)
        assert not pool.upkeep.tick(monitor=True, clean_up=True)
        assert pools.snapshot().size == 0


async def test_a_breaker_that_is_reset_tries_at_once(
    pools: PoolManager, configure: Configure
) -> None:
    db_id = pools.register(configure(password="wrong"))
    for _ in range(2):
        with pytest.raises(PoolError) as caught:
            await pools.lease(db_id)
    assert isinstance(caught.value, CircuitOpen)
    pools.reset_breaker(db_id)
    stats = await pools.get_pool_stats(db_id)
    assert (stats.breaker, stats.last_error) == (BreakerState.CLOSED, None)
    assert stats.untried  # that makes no server well
    with pytest.raises(PoolError) as caught:
        await pools.lease(db_id)
    assert not isinstance(caught.value, CircuitOpen)
    said = [words(entry.event) for entry in pools.detail(db_id).events]
    assert "breaker reset: not known whether it connects" in said
    assert pools.detail(db_id).outages == ()  # parked: the server answered
    assert any(text.startswith("breaker opened, waits for you") for text in said)
    assert not (await pools.get_pool_stats(db_id)).untried
    # Where nobody asks, the upkeep finds out.
    pools.reset_breaker(db_id)
    (await pools.get_pool(db_id)).upkeep.tick(monitor=True, clean_up=False)
    await eventually(
        lambda: pools.snapshot().pools[0].breaker is BreakerState.PARKED, 5
    )


async def test_who_holds_what_and_where_it_was_taken(
    configure: Configure, pg: PgServer
) -> None:
    async with PoolManager(trace_leases=True, enable_monitoring=False) as pools:
        db_id = pools.register(configure(application_name="traced"))

        async def forgetful() -> None:
            await asyncio.sleep(0)
            lease = await pools.lease(db_id, holder="job")
            lease.pinned = True

        async def impatient() -> None:
            await asyncio.wait_for(pools.lease(db_id, holder="hurried"), 5)

        await asyncio.create_task(forgetful())
        await spread(pools, db_id, 1)
        await asyncio.sleep(0.02)
        detail = pools.detail(db_id)
        [holder] = detail.holders
        assert (holder.name, holder.pinned) == ("job", True)
        assert holder.held_s >= 0.02
        line = forgetful.__code__.co_firstlineno + 2
        assert holder.where[0] == f"test_changes.py:{line} forgetful"
        assert detail.stats.longest_held_s >= 0.02
        await asyncio.create_task(impatient())
        line = impatient.__code__.co_firstlineno + 1
        assert pools.detail(db_id).holders[1].where == (
            f"test_changes.py:{line} impatient",
        )
        assert {c.pid for c in detail.connections} == pids(pg, "traced")
        ages = [c.age_s for c in detail.connections]
        assert ages == sorted(ages, reverse=True)
        lent, free = detail.connections
        assert lent.pid == holder.pid
        assert lent.idle_s is None
        assert free.idle_s is not None
        assert free.connect_ms > 0
        assert detail.stats.round_trip_ms == 0  # nothing was reset yet
        await pools.execute_query(db_id, "create temp table t (i int)")
        assert (await pools.get_pool_stats(db_id)).round_trip_ms > 0


async def test_events_of_a_kind_are_one_entry(
    pools: PoolManager, configure: Configure
) -> None:
    db_id = pools.register(configure(pool_max_size=1))
    held = await pools.lease(db_id, holder="hog")
    for _ in range(3):
        with pytest.raises(AcquireTimeout):
            await pools.lease(db_id, timeout=0.01, holder="late")
    await held.release()
    entries = pools.detail(db_id).events
    assert [(words(entry.event), entry.times) for entry in entries][:2] == [
        ("pool opened", 1),
        ("connected", 1),
    ]
    assert entries[-1].times == 3
    assert words(entries[-1].event).startswith("late gave up after waiting 1")
    slow = SlowAcquire(db_id="a", at=datetime.now(UTC), wait_ms=1500, connect_ms=900.0)
    assert words(slow) == "a caller waited 1.5 s, 900 ms of it connecting"


async def test_counters_agree_with_the_server_under_load(
    configure: Configure, pg: PgServer
) -> None:
    async with PoolManager() as pools:
        db_id = pools.register(configure(pool_max_size=4, application_name="counted"))
        pools.hold(db_id, on=True)
        stop = asyncio.Event()

        async def work() -> None:
            while not stop.is_set():
                await pools.execute_query(db_id, "select pg_sleep(0.02)")

        async with asyncio.TaskGroup() as group:
            for _ in range(8):
                group.create_task(work())
            await eventually(lambda: len(pools.history(db_id)) >= 3, 15)
            stats = await pools.get_pool_stats(db_id)
            sql = "select count(*) from pg_stat_activity where application_name"
            at_server = await asyncio.to_thread(
                pg.psql, "postgres", "-Atc", f"{sql} = 'counted'"
            )
            assert stats.size == int(at_server) == 4
            assert stats.in_use + stats.free == stats.size
            assert stats.asked_per_s > 0
            total = pools.total()
            assert (total.size, total.max_size, total.db_id) == (4, 4, "")
            assert total.acquire_p99_ms == stats.acquire_p99_ms
            assert pools.total_history()[-1].size == 4
            load = pools.history(db_id).load(3)
            assert 3 <= load.in_use_peak <= 4
            assert load.waiting_peak >= 1
            assert load.held_ms >= 20
            stop.set()
        stats = await pools.get_pool_stats(db_id)
        meter = (await pools.get_pool(db_id)).meter
        assert stats.acquires == stats.queries == meter.asked
        await eventually(lambda: meter.returned == meter.acquires)
        assert (stats.errors, stats.timeouts, stats.waiting) == (0, 0, 0)


async def test_a_parked_pool_refuses_at_once_and_leaves_its_server_alone(
    pools: PoolManager, configure: Configure, pg: PgServer
) -> None:
    async with FaultyProxy(pg.host, pg.port) as proxy:
        db_id = pools.register(
            configure(host=proxy.host, port=proxy.port, pool_min_size=1)
        )
        held = await pools.lease(db_id)
        await spread(pools, db_id, 1)
        await pools.park(db_id)
        stats = await pools.get_pool_stats(db_id)
        assert (stats.aside, stats.breaker) == (True, BreakerState.PARKED)
        assert (stats.size, stats.in_use, stats.retry_in) == (1, 1, None)
        asked = proxy.accepted
        with pytest.raises(CircuitOpen, match="parked"):
            await pools.execute_query(db_id, "select 1")
        # Who has a connection goes on with it, and nobody gets it afterwards.
        assert await held.connection.fetchval("select 1") == 1
        await held.release()
        with pytest.raises(CircuitOpen, match="parked"):
            await pools.lease(db_id)
        assert (await pools.get_pool_stats(db_id)).size == 0
        # A probe that fails is an answer, but no reason to knock again.
        await proxy.refuse()
        with pytest.raises(PoolError, match="nothing accepts"):
            await pools.probe(db_id)
        stats = await pools.get_pool_stats(db_id)
        assert (stats.aside, stats.breaker) == (True, BreakerState.PARKED)
        assert proxy.accepted == asked
        assert pools.detail(db_id).outages == ()
        pools.reset_breaker(db_id)
        for _ in range(3):
            with pytest.raises(PoolError):
                await pools.lease(db_id)
        [away] = pools.detail(db_id).outages
        assert away.ended is None
        assert "nothing accepts" in away.why
        await pools.park(db_id)
        await proxy.start()
        await pools.probe(db_id)
        stats = await pools.get_pool_stats(db_id)
        assert (stats.aside, stats.breaker) == (False, BreakerState.CLOSED)
        assert pools.detail(db_id).outages[0].ended is not None
        assert len(await pools.execute_query(db_id, "select 1")) == 1


async def test_a_connection_is_taken_from_its_holder(
    pools: PoolManager, configure: Configure
) -> None:
    db_id = pools.register(configure(pool_max_size=2))
    job = await pools.lease(db_id, holder="job")
    other = await pools.lease(db_id, holder="other")
    waiting = asyncio.create_task(pools.lease(db_id))
    await eventually(lambda: pools.snapshot().waiting == 1)
    pid = job.connection.get_server_pid()
    assert pools.end_leases(db_id, {pid, 1}) == 1
    assert pools.end_leases(db_id, {pid}) == 0
    got = await asyncio.wait_for(waiting, 5)
    with pytest.raises(Exception, match="released"):
        await job.connection.fetchval("select 1")
    await job.release()
    assert await other.connection.fetchval("select 1") == 1
    stats = await pools.get_pool_stats(db_id)
    assert (stats.in_use, stats.connections_lost) == (2, 0)
    said = [words(entry.event) for entry in pools.detail(db_id).events]
    assert any(text.startswith("job lost its connection after ") for text in said)
    for lease in (got, other):
        await lease.release()
