"""What samples hold, against what psql says; signals; connections of their own."""

from __future__ import annotations

import asyncio
import contextlib
import json
from collections.abc import AsyncIterator
from dataclasses import replace

import asyncpg
import pytest

from mdbtui.monitor import (
    Outcome,
    Part,
    ServerMonitor,
    ServerSample,
    Signal,
    Watch,
)
from mdbtui.pool import (
    CircuitOpen,
    LoginRefused,
    PoolError,
    PoolManager,
    TooManyConnections,
    UnknownPool,
)
from mdbtui.ui.widgets.server_numbers import VIEWS
from mdbtui.ui.widgets.server_views import NOT_VISIBLE, Filters
from tests.support.server import PgServer, ServerFarm
from tests.support.sessions import blockade, config_of, sessions
from tests.support.waiting import eventually


@contextlib.asynccontextmanager
async def watching(
    pg: PgServer, database: str, parts: Part = Part.ACTIVITY, **fields: object
) -> AsyncIterator[Watch]:
    async with PoolManager() as pools:
        pools.register(config_of(pg, database, **fields))
        monitor = ServerMonitor(pools)
        try:
            yield monitor.start(database, parts=parts, interval=0.5)
        finally:
            await monitor.close()


async def sampled(watch: Watch) -> ServerSample:
    """A sample that was begun after this was called."""
    before = asyncio.get_running_loop().time()
    watch.refresh()
    await eventually(
        lambda: (
            (watch.sample is not None and watch.sample.at >= before)
            or watch.error is not None
        )
    )
    assert watch.error is None, watch.error
    assert watch.sample is not None
    return watch.sample


def monitors(pg: PgServer, database: str) -> int:
    return int(
        pg.psql(
            "postgres",
            "-c",
            "select count(*) from pg_stat_activity where application_name ="
            f" 'mdbtui monitor' and datname = '{database}'",
        )
    )


async def test_a_sample_is_what_psql_says(pg: PgServer, database: str) -> None:
    async with blockade(pg, database) as opened, watching(pg, database) as watch:
        await eventually(lambda: _waiting(watch, 2))
        sample = await sampled(watch)
        told = pg.psql(
            database,
            "-c",
            "select json_agg(json_build_array(pid, application_name, usename, datname,"
            " host(client_addr), client_port, coalesce(state, ''), query,"
            " pg_blocking_pids(pid), backend_type) order by pid) from pg_stat_activity"
            f" where datname = '{database}' and application_name <> 'mdbtui monitor'"
            " and pid <> pg_backend_pid()",
        )
        ours = [
            [
                *(b.pid, b.application, b.user, b.database, b.address, b.port),
                *(b.state, b.query, list(b.blocked_by), b.kind),
            ]
            for b in sorted(sample.backends, key=lambda b: b.pid)
            if b.database == database and b.pid != sample.server.own_pid
        ]
        assert ours == json.loads(told)
        assert len(ours) == 3
        assert sample.connections == len(sample.clients)
        assert sample.connections >= 4
        assert sample.server.max_connections == 200
        # One waits for the row's holder, the other for its turn.
        assert {sample.waits[each.get_server_pid()].mode for each in opened[1:]} == {
            "ShareLock",
            "ExclusiveLock",
        }
        assert sample.idle_in_transaction == 1
        assert 0 < sample.longest_wait_s < 60
        assert 0 < sample.longest_idle_in_transaction_s <= sample.longest_transaction_s


def _waiting(watch: Watch, count: int) -> bool:
    watch.refresh()
    return watch.sample is not None and watch.sample.waiting == count


async def test_cancel_and_terminate_hit_only_what_was_looked_at(
    pg: PgServer, database: str
) -> None:
    async with (
        blockade(pg, database) as (billing, web, late),
        watching(pg, database) as watch,
    ):
        await eventually(lambda: _waiting(watch, 2))
        sample = await sampled(watch)
        root, waiter, other = (
            sample.backend(each.get_server_pid()) for each in (billing, web, late)
        )
        assert root is not None
        assert waiter is not None
        assert other is not None
        (result,) = await watch.send(Signal.CANCEL, [waiter])
        assert result.outcome is Outcome.SENT
        await eventually(lambda: _state_of(pg, waiter.pid) == "idle")
        await eventually(lambda: _ran(web))
        (result,) = await watch.send(Signal.CANCEL, [waiter])
        assert result.outcome is Outcome.MOVED_ON
        results = await watch.send(Signal.TERMINATE, [root, other])
        assert [each.outcome for each in results] == [Outcome.SENT] * 2
        await eventually(billing.is_closed)
        await eventually(lambda: _state_of(pg, root.pid) == "")
        (result,) = await watch.send(Signal.TERMINATE, [root])
        assert result.outcome is Outcome.GONE
        # A later backend with the same pid began at another time.
        imposter = replace(waiter, started_us=(waiter.started_us or 0) - 1)
        (result,) = await watch.send(Signal.TERMINATE, [imposter])
        assert result.outcome is Outcome.ANOTHER
        assert await web.fetchval("select 1") == 1


async def _ran(session: asyncpg.Connection) -> bool:
    """Whether a session took a statement: its last one may still be ending."""
    try:
        await session.execute("select 1")
    except asyncpg.InterfaceError:
        return False
    return True


def _state_of(pg: PgServer, pid: int) -> str:
    return pg.psql(
        "postgres", "-c", f"select state from pg_stat_activity where pid = {pid}"
    ).strip()


async def test_text_in_any_encoding_hurts_no_other_row(
    pg: PgServer, database: str
) -> None:
    odd = {"sql_ascii": "SQL_ASCII", "latin": "LATIN1", "japan": "EUC_JP"}
    for name, encoding in odd.items():
        pg.psql(
            "postgres",
            "-c",
            f"create database {database}_{name} encoding '{encoding}' locale 'C'"
            " template template0",
        )
    try:
        async with contextlib.AsyncExitStack() as stack:
            opened = {}
            for name, client in (("sql_ascii", "latin1"), ("latin", "latin1")):
                (opened[name],) = await stack.enter_async_context(
                    sessions(
                        pg,
                        f"{database}_{name}",
                        "x",
                        settings={"client_encoding": client},
                    )
                )
            # asyncpg sends UTF-8, which this client said was something else.
            await opened["latin"].execute("select 'Grüße \\x41'")
            broken = "select E'\\351' -- \u00e9\u00e9"
            await opened["sql_ascii"].execute(broken)
            for name in (database, *(f"{database}_{each}" for each in odd)):
                async with watching(pg, name) as watch:
                    sample = await sampled(watch)
                    found = {b.database: b.query for b in sample.backends}
                    assert found[f"{database}_sql_ascii"].startswith("select E'")
                    assert "\\x41" in found[f"{database}_latin"]
                    assert len(sample.clients) >= 3
    finally:
        for name in odd:
            pg.psql("postgres", "-c", f"drop database {database}_{name} with (force)")


async def test_whoever_may_see_little_is_told_so(pg: PgServer, database: str) -> None:
    pg.psql("postgres", "-c", f"create role {database}_low login password 'low'")
    try:
        async with (
            blockade(pg, database) as (billing, *_),
            watching(
                pg, database, user=f"{database}_low", password="low", parts=~Part(0)
            ) as watch,
        ):
            await eventually(lambda: _waiting(watch, 2))
            sample = await sampled(watch)
            assert not sample.server.sees_all
            root = sample.backend(billing.get_server_pid())
            assert root is not None
            assert root.hidden
            assert not root.state
            assert root.user == "postgres"
            (result,) = await watch.send(Signal.TERMINATE, [root])
            assert result.outcome is Outcome.REFUSED
            assert "permission denied" in result.error
            assert not billing.is_closed()
    finally:
        pg.psql("postgres", "-c", f"drop role {database}_low")


async def test_the_connection_is_the_monitors_own_and_goes_with_the_last_watcher(
    pg: PgServer, database: str
) -> None:
    async with PoolManager() as pools:
        pools.register(config_of(pg, database, pool_max_size=1))
        monitor = ServerMonitor(pools)
        with pytest.raises(UnknownPool):
            monitor.start("nowhere")
        # All that the user may have is taken.
        async with pools.acquire(database):
            first = monitor.start(database)
            second = monitor.start(database, parts=Part.STATISTICS)
            sample = await sampled(second)
            assert sample.databases
            assert monitors(pg, database) == 1
            await first.close()
            await sampled(second)
            assert monitors(pg, database) == 1
            await second.close()
            await eventually(lambda: monitors(pg, database) == 0)
            assert monitor.sample(database) is None
        await monitor.close()


async def test_a_refused_login_is_tried_again_when_it_is_asked_for(
    pg: PgServer, database: str
) -> None:
    role = f"{database}_shut"
    pg.psql("postgres", "-c", f"create role {role} login password 'right'")
    try:
        async with watching(pg, database, user=role, password="wrong") as watch:
            await eventually(lambda: isinstance(watch.error, LoginRefused))
            watch.refresh()
            await eventually(lambda: isinstance(watch.error, CircuitOpen))
            pg.psql("postgres", "-c", f"alter role {role} password 'wrong'")

            def again() -> bool:
                watch.refresh()
                return watch.sample is not None

            await eventually(again)
    finally:
        pg.psql("postgres", "-c", f"drop role {role}")


async def test_only_so_many_backends_are_sampled_but_all_are_counted(
    pg: PgServer, database: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("mdbtui.monitor.sampler.MAX_BACKENDS", 2)
    async with (
        sessions(pg, database, "a", "b", "c"),
        watching(pg, database) as watch,
    ):
        sample = await sampled(watch)
        assert sample.is_cut
        assert len(sample.backends) == 2
        assert sample.connections >= 4


async def test_paused_watchers_cost_the_server_nothing(
    pg: PgServer, database: str
) -> None:
    async with watching(pg, database) as watch:
        last = await sampled(watch)
        calls: list[int] = []
        watch.subscribe(lambda: calls.append(1))
        watch.want(paused=True)
        await asyncio.sleep(1.2)  # twice the interval
        assert not calls
        assert watch.sample is last
        watch.refresh()  # that one may ask for
        await eventually(lambda: len(calls) == 1)
        watch.want(paused=False)
        await eventually(lambda: len(calls) > 1)


async def test_a_killed_connection_comes_back_and_a_full_server_says_so(
    pg: PgServer, database: str
) -> None:
    role = f"{database}_one"
    pg.psql(
        "postgres", "-c", f"create role {role} login password 'x' connection limit 1"
    )
    try:
        async with watching(pg, database, user=role, password="x") as watch:
            first = await sampled(watch)
            pg.psql(
                "postgres",
                "-c",
                f"select pg_terminate_backend({first.server.own_pid}, 5000)",
            )
            await eventually(
                lambda: (
                    watch.error is None
                    and watch.sample is not None
                    and watch.sample.server.own_pid != first.server.own_pid
                )
            )
            async with watching(pg, database, user=role, password="x") as refused:
                await eventually(lambda: refused.error is not None)
                assert isinstance(refused.error, TooManyConnections)
                assert refused.sample is None
    finally:
        pg.psql("postgres", "-c", f"drop role {role}")


async def test_statistics_are_what_psql_counts_and_survive_a_reset(
    pg: PgServer, database: str
) -> None:
    async with watching(pg, database, Part.STATISTICS) as watch:
        await sampled(watch)
        pg.psql(database, "-c", "create table t as select generate_series(1, 5000) a")

        def inserted() -> float:
            watch.refresh()
            return sum(rate.rows_inserted * rate.seconds for _, rate in watch.history)

        await eventually(lambda: inserted() >= 5000)
        sample = await sampled(watch)
        ours = {each.name: each.counters for each in sample.databases}
        told = pg.psql(
            database,
            "-c",
            f"select tup_inserted from pg_stat_database where datname = '{database}'",
        )
        assert ours[database].rows_inserted == int(told)
        pg.psql(database, "-c", "select pg_stat_reset()")
        again = await sampled(watch)
        (stats,) = (each for each in again.databases if each.name == database)
        assert stats.reset_at is not None
        assert stats.rates is None
        others = (each for each in again.databases if each.name == "template1")
        assert all(each.rates is not None for each in others)
        (stats,) = (
            each for each in (await sampled(watch)).databases if each.name == database
        )
        assert stats.rates is not None


async def test_slots_progress_and_top_statements(server_farm: ServerFarm) -> None:
    server = server_farm.new(
        shared_preload_libraries="pg_stat_statements",
        wal_level="logical",
        max_wal_senders="4",
        track_activity_query_size="20000",
    )
    server.start()
    try:
        name = "postgres"
        async with watching(server, name, ~Part(0)) as watch:
            sample = await sampled(watch)
            assert sample.statements is not None
            assert "is loaded, but not in this" in sample.statements.missing
        server.psql(
            name,
            "-c",
            "create schema ext; create extension pg_stat_statements schema ext",
        )
        server.psql(
            name, "-c", "select pg_create_logical_replication_slot('cdc', 'pgoutput')"
        )
        async with blockade(server, name), sessions(server, name, "x") as (builder,):
            long = f"select 'é' as a, 1 as b from orders where id = 7 or {LONG}"
            await builder.execute(long)
            building = asyncio.create_task(
                builder.execute("create index concurrently on orders (total)")
            )
            async with watching(server, name, ~Part(0)) as watch:
                await eventually(lambda: _building(watch))
                sample = await sampled(watch)
                assert not sample.problems
                assert [(r.kind, r.name) for r in sample.replicas] == [("slot", "cdc")]
                (progress,) = sample.progress
                assert progress.relation == "orders"
                assert progress.share == 0.0
                assert sample.statements is not None
                (top,) = (
                    s
                    for s in sample.statements.rows
                    if s.query.startswith("select $1 as a")
                )
                assert top.calls == 1
                assert top.is_cut
                whole = await watch.text_of(top)
                assert whole.endswith(f"id <> ${LONG.count('<>') + 3}")
                plan = await watch.plan(top)
                assert json.loads(plan)[0]["Plan"]
                assert '"Relation Name": "orders"' in plan
                await _little_is_seen_by(server)
                # Afterwards the connection is as it was.
                assert (await sampled(watch)).backends
                create = replace(top, is_here=False)
                with pytest.raises(PoolError, match="was run in"):
                    await watch.plan(create)
            building.cancel()
            await asyncio.gather(building, return_exceptions=True)
    finally:
        server.stop()


async def _little_is_seen_by(server: PgServer) -> None:
    """A role that may not see others' statements is told so, and how it could."""
    server.psql("postgres", "-c", "create role low login password 'low'")
    server.psql("postgres", "-c", "grant usage on schema ext to low")
    fields = {"user": "low", "password": "low"}
    async with watching(server, "postgres", Part.STATEMENTS, **fields) as low:
        sample = await sampled(low)
        assert sample.statements is not None
        hidden = [s for s in sample.statements.rows if s.user == "postgres"]
        assert hidden
        assert not any(s.query for s in hidden)
        with pytest.raises(PoolError, match="GRANT pg_read_all_stats TO low"):
            await low.plan(hidden[0])
        view = next(view for view in VIEWS if view.title == "Statements")
        rows = view.rows(sample, Filters())
        assert len({row.key for row in rows}) == len(rows)
        assert NOT_VISIBLE in {row.cells[-1] for row in rows}
        revoke = "revoke select on ext.pg_stat_statements from public"
        server.psql("postgres", "-c", revoke)
        statements = (await sampled(low)).statements
        assert statements is not None
        assert "GRANT SELECT ON ext.pg_stat_statements TO low" in statements.missing


LONG = " or ".join(["id <> 1234567"] * 100)


def _building(watch: Watch) -> bool:
    watch.refresh()
    return watch.sample is not None and bool(watch.sample.progress)
