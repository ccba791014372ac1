"""Each command whose progress the server tells, held still and seen on its view."""

from __future__ import annotations

import asyncio
import contextlib
import subprocess
from collections.abc import AsyncIterator, Iterator

import pytest

from mdbtui.monitor import Part, ServerMonitor, ServerSample
from mdbtui.pool import PoolManager
from mdbtui.ui.widgets.server_numbers import VIEWS
from mdbtui.ui.widgets.server_views import Filters
from tests.support.server import PgServer, ServerFarm
from tests.support.sessions import config_of, sessions
from tests.support.waiting import eventually

# An index on it cannot be built past row 1,000 while another session holds the lock.
_TABLES = """
create function gate(i int) returns int immutable language plpgsql as $$
begin
    if i > 1000 then
        perform pg_advisory_xact_lock_shared(77);
    end if;
    return i;
end $$;
create table vacuumed as select g as id, repeat('x', 500) as t
  from generate_series(1, 2000) g;
create table analyzed as table vacuumed;
create table indexed as table vacuumed;
create table awaited as table vacuumed;
create table rewritten as table vacuumed;
create table clustered as table vacuumed;
create index on rewritten (gate(id));
create index by_gate on clustered (gate(id));
create table copied (id int)
"""
_SLOW = "set vacuum_cost_delay = 100; set vacuum_cost_limit = 1"
_COMMANDS = {
    "vacuum": (_SLOW, "vacuum vacuumed"),
    "analyze": (_SLOW, "analyze analyzed"),
    "build": ("create index on indexed (gate(id))",),
    "concurrent": ("create index concurrently on awaited (id)",),
    "full": ("vacuum full rewritten",),
    "cluster": ("cluster clustered using by_gate",),
}


@contextlib.asynccontextmanager
async def all_at_once(server: PgServer) -> AsyncIterator[None]:
    """Everything that has progress is under way, and gets no further."""
    names = ("holder", "copier", *_COMMANDS)
    async with sessions(server, "postgres", *names) as opened:
        holder, copier, *others = opened
        await holder.execute("select pg_advisory_lock(77)")
        await holder.execute("begin; update awaited set t = 'y' where id = 1")

        async def run(place: int, commands: tuple[str, ...]) -> None:
            for command in commands:
                await others[place].execute(command)

        enough = asyncio.Event()

        async def rows() -> AsyncIterator[bytes]:
            yield b"".join(b"%d\n" % i for i in range(20_000))
            await enough.wait()

        tasks = [
            asyncio.create_task(run(place, commands))
            for place, commands in enumerate(_COMMANDS.values())
        ]
        copying = asyncio.create_task(copier.copy_to_table("copied", source=rows()))
        try:
            yield
        finally:
            enough.set()
            await asyncio.wait([copying], timeout=5.0)
            for each in opened:
                each.terminate()
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)


@contextlib.contextmanager
def base_backup(server: PgServer) -> Iterator[None]:
    """One that would take minutes."""
    backup = subprocess.Popen(
        [
            *(server.bin_dir / "pg_basebackup", "-D-", "-Ft", "-Xnone", "-r32"),
            *("-cfast", "-d", server.url("")),
        ],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        yield
    finally:
        backup.kill()
        backup.wait(10)


def shown(sample: ServerSample | None) -> dict[str, tuple[str, ...]]:
    """Relation, done, of and phase of each command."""
    view = next(view for view in VIEWS if view.title == "Progress")
    names = [column.name for column in view.columns]
    wanted = [names.index(name) for name in ("relation", "done", "of", "phase")]
    rows = view.rows(sample, Filters()) if sample is not None else ()
    return {row.cells[1]: tuple(row.cells[i] for i in wanted) for row in rows}


async def test_everything_that_has_progress_is_shown(server_farm: ServerFarm) -> None:
    server = server_farm.new(wal_level="replica", max_wal_senders="2")
    server.start()
    try:
        server.psql("postgres", "-c", _TABLES)
        async with all_at_once(server), PoolManager() as pools:
            with base_backup(server):
                pools.register(config_of(server, "postgres"))
                monitor = ServerMonitor(pools)
                watch = monitor.start("postgres", parts=Part.PROGRESS, interval=0.5)
                try:

                    def met() -> bool:
                        rows = shown(watch.sample)
                        return all(
                            _is_so(rows.get(each), _SEEN[each]) for each in _SEEN
                        )

                    await eventually(met, 20.0, "not all were seen")
                except AssertionError:
                    pytest.fail(f"{shown(watch.sample)} {watch.error}")
                finally:
                    await monitor.close()
    finally:
        server.stop()


_SEEN = {
    "VACUUM": ("vacuumed", "%", "blocks", "scanning heap"),
    "ANALYZE": ("analyzed", "%", "blocks", "acquiring sample rows"),
    "CREATE INDEX": ("indexed", "%", "blocks", "■ building index"),
    "CREATE INDEX CONC.": ("awaited", "  0%", "1 lockers", "■ waiting for writers"),
    "VACUUM FULL": ("rewritten", "100%", "blocks", "■ rebuilding index"),
    "CLUSTER": ("clustered", "2,000 rows", "", "■ rebuilding index"),
    "COPY FROM": ("copied", "20,000 rows", "", "PIPE"),
    "BASE BACKUP": ("", "%", "MB", "streaming database files"),
}


def _is_so(row: tuple[str, ...] | None, parts: tuple[str, ...]) -> bool:
    return row is not None and all(
        part in cell for part, cell in zip(parts, row, strict=True)
    )
