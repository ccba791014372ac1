"""A server and its standby, as each of them is shown."""

from __future__ import annotations

import contextlib
import shutil
import subprocess
from collections.abc import Callable, Iterator
from dataclasses import replace

from mdbtui.monitor import Part, Replica, ServerMonitor, ServerSample, Watch
from mdbtui.monitor.models import ServerFacts
from mdbtui.pool import PoolManager
from mdbtui.ui.widgets.server_head import title_line, warnings
from mdbtui.ui.widgets.server_replication import REPLICATION
from mdbtui.ui.widgets.server_views import Filters
from tests.support.server import PgServer, ServerFarm
from tests.support.sessions import config_of
from tests.support.waiting import eventually


@contextlib.contextmanager
def pair(farm: ServerFarm) -> Iterator[tuple[PgServer, PgServer]]:
    """A primary and a standby: a copy of the same cluster that reads its WAL."""
    settings = {"wal_level": "logical", "max_wal_senders": "3"}
    primary = farm.new(**settings)
    primary.start()
    primary.stop()  # now its cluster is one that a standby can begin with
    standby = farm.new(
        **settings,
        primary_conninfo=f"host={primary.host} port={primary.port}"
        f" user={primary.user} password={primary.password} application_name=replica",
        primary_slot_name="follows",
    )
    shutil.rmtree(standby.data_dir)
    # -p keeps the owner, which is not ours when the tests run as root.
    subprocess.run(["cp", "-Rp", primary.data_dir, standby.data_dir], check=True)
    (standby.data_dir / "standby.signal").touch()
    primary.start()
    try:
        for call in (
            "pg_create_physical_replication_slot('follows')",
            "pg_create_physical_replication_slot('gone', true)",
            "pg_create_logical_replication_slot('cdc', 'pgoutput')",
        ):
            primary.psql("postgres", "-c", f"select {call}")
        standby.start()
        try:
            yield primary, standby
        finally:
            standby.stop()
    finally:
        primary.stop()


def shown(sample: ServerSample | None) -> dict[tuple[str, str], dict[str, str]]:
    """The rows of the view by kind and name, each by its columns' names."""
    if sample is None:
        return {}
    names = [column.name for column in REPLICATION.columns]
    rows = [
        dict(zip(names, row.cells, strict=True))
        for row in REPLICATION.rows(sample, Filters())
    ]
    return {(row["kind"], row["name"]): row for row in rows}


async def seen(watch: Watch, condition: Callable[[ServerSample], bool]) -> ServerSample:
    """The first sample for which this is so."""

    def met() -> bool:
        watch.refresh()
        return watch.sample is not None and condition(watch.sample)

    await eventually(met, message=f"{shown(watch.sample)} {watch.error}")
    assert watch.sample is not None
    return watch.sample


async def test_both_ends_of_replication_and_the_slots(server_farm: ServerFarm) -> None:
    with pair(server_farm) as (primary, standby):
        async with PoolManager() as pools:
            sides = {"primary": primary, "standby": standby}
            for name, server in sides.items():
                pools.register(replace(config_of(server, "postgres"), name=name))
            monitor = ServerMonitor(pools)
            try:
                here, there = (
                    monitor.start(name, parts=Part.REPLICATION) for name in sides
                )
                await _both_stream(here, there)
                standby.psql("postgres", "-c", "select pg_wal_replay_pause()")
                primary.psql(
                    "postgres",
                    "-c",
                    "create table big as select repeat('x', 2000)"
                    " from generate_series(1, 10000)",
                )
                await _one_lags(here, there)
                primary.psql("postgres", "-c", "select pg_drop_replication_slot('cdc')")
                standby.psql("postgres", "-c", "select pg_promote(false)")
                sample = await seen(there, lambda sample: not sample.in_recovery)
                assert "standby" not in _title(sample)
            finally:
                await monitor.close()


async def _both_stream(here: Watch, there: Watch) -> None:
    sample = await seen(here, lambda s: ("sender", "replica") in shown(s))
    rows = shown(sample)
    assert rows["sender", "replica"]["mode"] == "async"
    assert rows["slot", "follows"]["state"] == "active"
    for name, kind in (("gone", "physical"), ("cdc", "logical")):
        assert rows["slot", name]["state"] == "▲ inactive"
        assert rows["slot", name]["mode"] == kind
        assert rows["slot", name]["keeps WAL"]
    assert "standby" not in _title(sample)
    assert not [each for each in warnings(sample) if "slot" in each]
    # Nothing to replay is no lag, however long ago the last transaction was.
    sample = await seen(
        there,
        lambda s: (
            shown(s).get(("receiver", "follows"), {}).items()
            >= {"state": "streaming", "behind": "0 B", "lag": "0.0s"}.items()
        ),
    )
    assert "standby" in _title(sample)


async def _one_lags(here: Watch, there: Watch) -> None:
    sample = await seen(there, lambda s: (s.replicas[0].behind_bytes or 0) > 1 << 24)
    (row,) = shown(sample).values()
    assert row["state"] == "▲ streaming, replay paused"
    assert "this standby: streaming, replay paused" in warnings(sample)
    sample = await seen(here, lambda s: any("slot" in each for each in warnings(s)))
    (said,) = (each for each in warnings(sample) if "slot" in each)
    assert said.startswith("slot gone (and 1 more) unused for ")
    assert "MB of WAL" in said
    assert "MB" in shown(sample)["sender", "replica"]["behind"]


def _title(sample: ServerSample) -> str:
    return title_line("x", sample, interval=2, paused=False).plain


def test_a_slot_that_lost_its_wal_is_told_first() -> None:
    def slot(name: str, state: str, kept: int | None) -> Replica:
        return Replica(
            kind="slot",
            name=name,
            user="",
            database="",
            address="",
            pid=None,
            state=state,
            mode="physical",
            lsn="",
            behind_bytes=kept,
            behind_s=None,
            kept_bytes=kept,
        )

    lost, going = slot("a", "inactive, wal lost", None), slot("b", "x", 1 << 33)
    assert lost.loses_wal
    assert not lost.is_idle_slot
    assert slot("c", "active, wal unreserved", 5).loses_wal
    assert not going.loses_wal
    assert not going.is_idle_slot
    (row,) = REPLICATION.rows(_sample(lost), Filters())
    assert row.cells[2] == "× inactive, wal lost"
    (said,) = (each for each in warnings(_sample(lost, going)) if "slot" in each)
    assert said == "slot a: inactive, wal lost; who follows begins anew"


def _sample(*replicas: Replica) -> ServerSample:
    facts = ServerFacts(180000, "18", 100, 0.0, 1, "UTF8", "d", "u", True)
    return ServerSample("d", 0.0, 1.0, facts, replicas=replicas)
