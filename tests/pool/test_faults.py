"""Pools on servers and networks that fail."""

from __future__ import annotations

import asyncio
import os
import signal
import time
from collections.abc import AsyncIterator, Callable
from typing import Any

import asyncpg
import pytest

from mdbtui.pool import (
    AcquireTimeout,
    BreakerState,
    CircuitOpen,
    ConnectFailed,
    ConnectionLost,
    ConnectionLostError,
    ConnectionRefused,
    ConnectTimeout,
    DBConfig,
    HostNotFound,
    LoginRefused,
    PoolError,
    PoolEvent,
    PoolManager,
    ServerStarting,
    SettingRefused,
    TLSRefused,
    TooManyConnections,
    UnknownDatabase,
    from_driver,
)
from mdbtui.pool.connect import Dialer
from mdbtui.pool.threads import Threads
from tests.pool.conftest import config_of
from tests.support.proxy import FaultyProxy
from tests.support.server import PgServer
from tests.support.waiting import eventually

Configure = Callable[..., DBConfig]


@pytest.fixture
async def proxy(pg: PgServer) -> AsyncIterator[FaultyProxy]:
    async with FaultyProxy(pg.host, pg.port) as between:
        yield between


def log_of(server: PgServer) -> str:
    """All that a server has logged."""
    return "".join(
        path.read_text(errors="replace")
        for path in server.home.rglob("*log*")
        if path.is_file()
    )


@pytest.mark.parametrize(
    ("changes", "kind", "words"),
    [
        ({"port": 1}, ConnectionRefused, "not running"),
        ({"host": "/nonexistent"}, ConnectionRefused, "not running"),
        ({"host": "no-such-host.invalid"}, HostNotFound, "DNS"),
        ({"host": "x" * 70 + ".invalid"}, HostNotFound, "DNS"),
        ({"database": "nothing"}, UnknownDatabase, "psql -l"),
        ({"password": "wrong"}, LoginRefused, "password"),
        ({"user": "nobody"}, LoginRefused, "password"),
        ({"password": None}, LoginRefused, "no password is configured"),
        ({"ssl": "require"}, TLSRefused, "set ssl to prefer"),
        ({"ssl": "verify-full"}, TLSRefused, "sslrootcert"),
        ({"ssl": "require", "sslrootcert": "/missing.pem"}, TLSRefused, "readable"),
        ({"ssl": "require", "sslcert": "/missing.pem"}, TLSRefused, "readable"),
    ],
)
async def test_each_refusal_has_its_class_and_says_what_to_try(
    pools: PoolManager,
    configure: Configure,
    changes: dict[str, Any],
    kind: type[PoolError],
    words: str,
) -> None:
    events: list[PoolEvent] = []
    pools.subscribe(events.append)
    db_id = pools.register(configure(**changes))
    with pytest.raises(kind) as caught:
        await pools.execute_query(db_id, "select 1")
    assert type(caught.value) is kind
    assert words in f"{caught.value.message} {caught.value.hint}"
    assert caught.value.db_id == db_id
    stats = await pools.get_pool_stats(db_id)
    assert stats.connections_failed == 1
    assert stats.last_error == str(caught.value)
    assert [e.error for e in events if isinstance(e, ConnectFailed)] == [caught.value]
    parks = (LoginRefused, UnknownDatabase, TLSRefused)
    assert (stats.breaker is BreakerState.PARKED) == issubclass(kind, parks)


async def test_a_wrong_password_logs_in_once(own_server: PgServer) -> None:
    def failures() -> int:
        return log_of(own_server).count("password authentication failed")

    async with PoolManager() as pools:
        db_id = pools.register(config_of(own_server, password="wrong"))
        for _ in range(3):
            with pytest.raises((LoginRefused, CircuitOpen)):
                await pools.execute_query(db_id, "select 1")
        with pytest.raises(CircuitOpen) as caught:
            await pools.lease(db_id)
        assert isinstance(caught.value.cause, LoginRefused)
        await asyncio.sleep(1.2)  # the monitor's ticks do not try either
        await eventually(lambda: failures() >= 1)
        assert failures() == 1
        with pytest.raises(LoginRefused):
            await pools.probe(db_id)
        with pytest.raises(CircuitOpen):
            await pools.probe(db_id)
        own_server.psql("postgres", "-c", "alter role postgres password 'wrong'")
        await asyncio.sleep(1)
        await pools.probe(db_id)
        assert await pools.execute_query(db_id, "select 1 as i") == [{"i": 1}]
    await eventually(lambda: failures() == 2)


async def test_a_full_server(pools: PoolManager, configure: Configure) -> None:
    config = configure(user="limited", password="x", pool_max_size=3)
    admin = pools.register(configure(name="admin"))
    await pools.execute_query(
        admin, "create role limited login password 'x' connection limit 1"
    )
    try:
        db_id = pools.register(config)
        lease = await pools.lease(db_id)
        for _ in range(3):
            with pytest.raises(TooManyConnections, match="max_connections"):
                await pools.lease(db_id)
        stats = await pools.get_pool_stats(db_id)
        # Only one of the three was tried; those that live stay in use.
        assert (stats.connections_failed, stats.size) == (1, 1)
        assert stats.breaker is BreakerState.CLOSED
        await lease.release()
        assert await pools.execute_query(db_id, "select 1 as i") == [{"i": 1}]
        await pools.close_pool(db_id)
    finally:
        await pools.execute_query(admin, "drop role limited")


async def test_a_refused_setting_is_left_out_or_named(
    configure: Configure, monkeypatch: pytest.MonkeyPatch
) -> None:
    # As a server before 14, or a pooler, answers to what it does not know.
    monkeypatch.setattr("mdbtui.pool.connect._CHECK_INTERVAL", "client_nonsense")
    async with PoolManager() as pools:
        db_id = await pools.create_pool(configure())
        assert (await pools.get_pool_stats(db_id)).connections_failed == 0
        monkeypatch.setattr(
            "mdbtui.pool.connect._settings", lambda config: {"nonsense": "1"}
        )
        with pytest.raises(SettingRefused, match="nonsense"):
            await pools.create_pool(configure(name="other"))


async def test_a_killed_backend_is_one_clear_error(
    pools: PoolManager, configure: Configure, pg: PgServer
) -> None:
    events: list[PoolEvent] = []
    pools.subscribe(events.append)
    db_id = pools.register(configure(pool_max_size=2))
    lease = await pools.lease(db_id)
    pid = lease.connection.get_server_pid()
    running = asyncio.create_task(lease.connection.fetch("select pg_sleep(60)"))
    await asyncio.sleep(0.05)
    pg.psql("postgres", "-c", f"select pg_terminate_backend({pid})")
    with pytest.raises(asyncpg.PostgresError) as caught:
        await asyncio.wait_for(running, 2)
    error = from_driver(caught.value, db_id)
    assert isinstance(error, ConnectionLostError)
    assert "administrator" in error.message + error.hint
    with pytest.raises(asyncpg.InterfaceError) as again:
        await lease.connection.fetch("select 1")
    assert isinstance(from_driver(again.value), ConnectionLostError)
    stats = await pools.get_pool_stats(db_id)
    assert (stats.size, stats.in_use, stats.connections_lost) == (0, 0, 1)
    await lease.release()
    assert sum(isinstance(event, ConnectionLost) for event in events) == 1
    assert (await pools.get_pool(db_id)).room == 2
    assert await pools.execute_query(db_id, "select 1 as i") == [{"i": 1}]


async def test_a_connection_that_died_idle_is_nobodys_news(
    pools: PoolManager, configure: Configure, pg: PgServer
) -> None:
    db_id = pools.register(configure())
    for pause in (0.0, 0.6):
        rows = await pools.execute_query(db_id, "select pg_backend_pid() as pid")
        sql = f"select pg_terminate_backend({rows[0]['pid']}, 5000)"
        # Not a turn of the loop between the end and the next query.
        time.sleep(pause)  # noqa: ASYNC251, TID251
        pg.psql("postgres", "-c", sql)
        assert await pools.execute_query(db_id, "select 1 as i") == [{"i": 1}]
    stats = await pools.get_pool_stats(db_id)
    assert (stats.connections_opened, stats.connections_lost) == (3, 2)
    # Nor does a borrower get it, after a while.
    rows = await pools.execute_query(db_id, "select pg_backend_pid() as pid")
    time.sleep(0.6)  # noqa: ASYNC251, TID251
    sql = f"select pg_terminate_backend({rows[0]['pid']}, 5000)"
    pg.psql("postgres", "-c", sql)
    async with pools.acquire(db_id) as connection:
        assert await connection.fetchval("select 1") == 1


async def test_a_crashed_server_comes_back_without_help(own_server: PgServer) -> None:
    events: list[PoolEvent] = []
    async with PoolManager() as pools:
        pools.subscribe(events.append)
        db_id = pools.register(config_of(own_server, pool_max_size=4))
        running = [
            asyncio.create_task(pools.execute_query(db_id, "select pg_sleep(60)"))
            for _ in range(4)
        ]
        await eventually(lambda: pools.snapshot().in_use == 4)
        await asyncio.to_thread(own_server.kill_postmaster)
        done = await asyncio.wait_for(
            asyncio.gather(*running, return_exceptions=True), 5
        )
        assert {type(one) for one in done} == {ConnectionLostError}
        for _ in range(3):
            with pytest.raises((ConnectionRefused, ServerStarting)):
                await pools.lease(db_id)
        started = time.monotonic()
        with pytest.raises(CircuitOpen) as caught:
            await pools.lease(db_id)
        assert time.monotonic() - started < 0.5
        assert caught.value.retry_in is not None
        assert 0 < caught.value.retry_in <= 1.1
        stats = await pools.get_pool_stats(db_id)
        assert (stats.size, stats.connections_lost) == (0, 4)
        assert stats.breaker is BreakerState.OPEN
        await asyncio.to_thread(own_server.start)
        # The monitor sends the probe; nobody has to ask.
        await eventually(
            lambda: pools.snapshot().pools[0].breaker is BreakerState.CLOSED, 15
        )
        assert await pools.execute_query(db_id, "select 1 as i") == [{"i": 1}]


async def test_kill_9_of_a_backend_recovers(own_server: PgServer) -> None:
    async with PoolManager() as pools:
        db_id = pools.register(config_of(own_server, connect_timeout=2))
        lease = await pools.lease(db_id)
        os.kill(lease.connection.get_server_pid(), signal.SIGKILL)
        await eventually(lambda: pools.snapshot().size == 0)
        await lease.release()

        async def works() -> bool:
            try:
                return bool(await pools.execute_query(db_id, "select 1"))
            except PoolError:
                return False

        await eventually(works, 15)
        assert (await pools.get_pool_stats(db_id)).in_use == 0


async def test_a_frozen_server_holds_nobody_up(own_server: PgServer) -> None:
    config = config_of(
        own_server,
        pool_max_size=2,
        acquire_timeout=1,
        connect_timeout=0.5,
        command_timeout=0.5,
    )
    pools = PoolManager()
    try:
        db_id = await pools.create_pool(config)
        held = await pools.lease(db_id, holder="tab")
        running = asyncio.create_task(pools.execute_query(db_id, "select 1"))
        await running
        own_server.freeze()
        started = time.monotonic()
        with pytest.raises(PoolError, match="time-out"):
            await pools.execute_query(db_id, "select 1")
        assert time.monotonic() - started < 5
        waiting = [asyncio.create_task(pools.lease(db_id)) for _ in range(5)]
        done = await asyncio.wait_for(
            asyncio.gather(*waiting, return_exceptions=True), 10
        )
        kinds = {type(one) for one in done}
        assert kinds <= {AcquireTimeout, ConnectTimeout, CircuitOpen}
        started = time.monotonic()
        report = await pools.health_check(timeout=0.5)
        assert report.status.value == "unhealthy"
        assert time.monotonic() - started < 4
        stats = await pools.get_pool_stats(db_id)
        assert stats.in_use + stats.free == stats.size <= stats.max_size
        started = time.monotonic()
        await held.release()
        assert time.monotonic() - started < 8
        another = PoolManager()
        other = another.register(config)
        stuck = asyncio.create_task(another.lease(other, timeout=30))
        await asyncio.sleep(0.1)
        started = time.monotonic()
        await another.close_all(timeout=1)
        assert time.monotonic() - started < 5
        with pytest.raises(PoolError):
            await stuck
    finally:
        started = time.monotonic()
        await pools.close_all(timeout=3)
        assert time.monotonic() - started < 8
        own_server.thaw()


async def test_closing_is_bounded_while_a_query_hangs(
    configure: Configure, proxy: FaultyProxy
) -> None:
    pools = PoolManager()
    db_id = await pools.create_pool(configure(port=proxy.port, pool_max_size=2))
    held = await pools.lease(db_id)
    running = asyncio.create_task(pools.execute_query(db_id, "select pg_sleep(60)"))
    await eventually(lambda: pools.snapshot().in_use == 2)
    waiting = asyncio.create_task(pools.lease(db_id))
    proxy.hole()
    await asyncio.sleep(0.05)
    running.cancel()
    started = time.monotonic()
    await pools.close_all(timeout=1)
    assert time.monotonic() - started < 5
    done = await asyncio.gather(running, waiting, return_exceptions=True)
    assert [type(one).__name__ for one in done] == ["CancelledError", "PoolClosedError"]
    assert pools.snapshot().size == 0
    await held.release()


async def test_a_black_hole_opens_the_breaker_and_heals(
    configure: Configure, proxy: FaultyProxy
) -> None:
    config = configure(
        port=proxy.port, pool_max_size=4, acquire_timeout=5, connect_timeout=0.4
    )
    async with PoolManager() as pools:
        db_id = pools.register(config)
        proxy.hole()
        started = time.monotonic()
        done = await asyncio.gather(
            *(pools.lease(db_id) for _ in range(500)), return_exceptions=True
        )
        assert time.monotonic() - started < 4.5
        kinds = [type(one) for one in done]
        assert set(kinds) == {ConnectTimeout, CircuitOpen}
        assert proxy.accepted <= 4 + 3 - 1
        # On a slow machine the breaker's own probe may be one of them.
        assert 1 <= kinds.count(ConnectTimeout) <= proxy.accepted
        proxy.heal()
        await eventually(
            lambda: pools.snapshot().pools[0].breaker is BreakerState.CLOSED, 10
        )
        assert await pools.execute_query(db_id, "select 1 as i") == [{"i": 1}]


async def test_a_cut_in_mid_row(
    pools: PoolManager, configure: Configure, proxy: FaultyProxy
) -> None:
    db_id = pools.register(configure(port=proxy.port))
    await pools.execute_query(db_id, "select 1")
    proxy.cut_after(200_000)
    with pytest.raises(ConnectionLostError):
        await pools.execute_query(
            db_id, "select repeat('x', 1000) from generate_series(1, 10000)"
        )
    proxy.heal()
    assert await pools.execute_query(db_id, "select 1 as i") == [{"i": 1}]
    stats = await pools.get_pool_stats(db_id)
    assert (stats.connections_lost, stats.errors, stats.in_use) == (1, 1, 0)


async def test_a_cut_while_handing_back(
    pools: PoolManager, configure: Configure, proxy: FaultyProxy
) -> None:
    db_id = pools.register(configure(port=proxy.port, pool_max_size=1))
    lease = await pools.lease(db_id)
    await lease.connection.execute("begin")
    proxy.hole()
    handing_back = asyncio.create_task(lease.release())
    await asyncio.sleep(0.05)
    assert pools.snapshot().in_use == 1
    proxy.cut()
    await asyncio.wait_for(handing_back, 1)
    proxy.heal()
    stats = await pools.get_pool_stats(db_id)
    assert (stats.size, stats.in_use, stats.connections_lost) == (0, 0, 1)
    assert (await pools.get_pool(db_id)).room == 1
    assert await pools.execute_query(db_id, "select 1 as i") == [{"i": 1}]


async def test_a_cancelled_connect_counts_nothing(
    pools: PoolManager, configure: Configure, proxy: FaultyProxy
) -> None:
    db_id = pools.register(configure(port=proxy.port))
    proxy.hole()
    for _ in range(5):
        task = asyncio.create_task(pools.lease(db_id))
        await asyncio.sleep(0.02)
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
        assert task.cancelled()
    stats = await pools.get_pool_stats(db_id)
    assert stats.breaker is BreakerState.CLOSED
    assert (stats.connections_failed, stats.waiting) == (0, 0)
    assert (await pools.get_pool(db_id)).room == 10
    proxy.heal()
    assert await pools.execute_query(db_id, "select 1 as i") == [{"i": 1}]


async def test_a_dead_database_delays_nobody(
    configure: Configure, proxy: FaultyProxy
) -> None:
    proxy.hole()
    async with PoolManager() as pools:
        dead = [
            pools.register(
                configure(name=f"dead{i}", port=proxy.port, connect_timeout=3)
            )
            for i in range(15)
        ]
        alive = [pools.register(configure(name=f"alive{i}")) for i in range(10)]
        hanging = [asyncio.create_task(pools.lease(db_id)) for db_id in dead]
        await asyncio.sleep(0)
        started = time.monotonic()
        await asyncio.gather(
            *(pools.execute_query(db_id, "select 1") for db_id in alive)
        )
        assert time.monotonic() - started < 2.5
        for task in hanging:
            task.cancel()
        await asyncio.gather(*hanging, return_exceptions=True)


async def test_names_that_hang_do_not_starve_other_work(
    configure: Configure, monkeypatch: pytest.MonkeyPatch
) -> None:
    def hang(host: str) -> list[str]:
        time.sleep(1.5)  # noqa: TID251
        return [host]

    monkeypatch.setattr("mdbtui.pool.threads._look_up", hang)
    async with PoolManager() as pools:
        tasks = [
            asyncio.create_task(
                pools.create_pool(configure(host=f"host{i}", connect_timeout=0.3))
            )
            for i in range(40)
        ]
        await asyncio.sleep(0.05)
        started = time.monotonic()
        await asyncio.to_thread(lambda: None)
        assert time.monotonic() - started < 1
        done = await asyncio.wait_for(asyncio.gather(*tasks, return_exceptions=True), 5)
        assert {type(one) for one in done} == {ConnectTimeout}


async def test_a_dead_peer_is_noticed_by_the_system(configure: Configure) -> None:
    import socket

    from mdbtui.pool import DriverOptions

    dialer = Dialer(configure(ssl="prefer"), Threads())
    connection = await dialer.dial(
        DriverOptions(),
        loop=asyncio.get_running_loop(),
        connection_class=asyncpg.Connection,
        record_class=asyncpg.Record,
    )
    sock = connection._transport.get_extra_info("socket")
    assert sock.getsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE)
    if hasattr(socket, "TCP_USER_TIMEOUT"):
        value = sock.getsockopt(socket.IPPROTO_TCP, socket.TCP_USER_TIMEOUT)
        assert value == 10_000
    assert "S3NT" not in repr(connection._params)
    assert configure().password.reveal() not in repr(connection._params)
    await connection.close()


async def test_an_open_transaction_is_rolled_back_in_silence(
    pools: PoolManager, configure: Configure, caplog: pytest.LogCaptureFixture
) -> None:
    db_id = pools.register(configure(pool_max_size=1))
    async with pools.acquire(db_id) as connection:
        await connection.execute("create table t (i int)")
        await connection.execute("begin; insert into t values (1)")
    assert await pools.execute_query(db_id, "select * from t") == []
    assert not caplog.records
