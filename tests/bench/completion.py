"""Completion in a database of 10,000 tables with 20 columns each.

From a key to the first proposals on the screen, and how the keys and the loop fare
while the names are being read.
"""

from __future__ import annotations

import asyncio
import shutil
import subprocess
import sys
from collections.abc import Iterator

from mdbtui.catalog.names import NameService
from mdbtui.pool import DBConfig, PoolManager
from mdbtui.query import driver_options
from mdbtui.query.tuning import tune_gc, tune_threads
from mdbtui.ui.completing import Completing
from mdbtui.ui.stall import StallMonitor
from tests.bench.measure import (
    Figure,
    at_most,
    progress,
    quantile,
    rounds,
    show,
    spread,
)
from tests.bench.terminal import Terminal
from tests.bench.typing import typed
from tests.bench.world import Program, World, world

DATABASE = "names"
TABLES = 10_000
# Each table has names of its own for its columns, a key to another and a comment.
SCHEMA = f"""
do $do$
declare columns text;
begin
    create table shops_1 (id int primary key);
    for n in 2..{TABLES} loop
        columns := (select string_agg(format('c%s_%s text', n, i), ', ')
                      from generate_series(1, 18) i);
        execute format('create table %s_%s (id int primary key, shop int
                        references shops_1, %s)',
                       (array['orders', 'users', 'events', 'items'])[1 + n % 4],
                       n, columns);
        execute format('comment on column %s_%s.id is %L',
                       (array['orders', 'users', 'events', 'items'])[1 + n % 4],
                       n, 'the number of it');
        if n % 200 = 0 then commit; end if;
    end loop;
end $do$"""

# What stands before and behind the cursor, the key, and what is then proposed.
PLACES = (
    ("select * from ", "", "u", "users_"),
    ("select * from ord", "", "e", "orders_"),
    ("select * from 7", "", "7", "77"),
    ("select x", " from users_5 x", ".", "c5_"),
    ("select cou", "", "n", "count"),
    ("select * from users_5 x join ", "", "s", "shops_1"),
)
SELECT_ALL, DELETE, LEFT = b"\x01", b"\x7f", b"\x1b[D"


def measure(found: World) -> list[Figure]:
    _fill(found)
    figures = [_loop_while_loading(found)]
    while_loading: list[float] = []
    proposed: list[float] = []
    for number in range(rounds(3)):
        terminal = _started(found)
        try:
            # The first letter has the names read.
            terminal.send("-- ")
            while_loading += typed(terminal, number)
            proposed += _proposals(terminal)
        finally:
            terminal.close()
    p95 = quantile(while_loading, 0.95) * 1000
    work = f"key → painted while {TABLES:,} × 20 names load"
    figures.append(at_most(work + ", p95", p95, 16, "ms", spread(while_loading)))
    p95 = quantile(proposed, 0.95) * 1000
    work = f"key → first proposals, {TABLES:,} × 20 names"
    figures.append(at_most(work + ", p95", p95, 30, "ms", spread(proposed)))
    return figures


def _proposals(terminal: Terminal) -> Iterator[float]:
    """Seconds from each key to the proposals it brings."""
    for before, behind, key, wanted in PLACES * 5:
        terminal.press([SELECT_ALL, DELETE], 0.1)
        terminal.rest(0.2)
        # As a paste, which proposes nothing.
        terminal.send(f"\x1b[200~{before}{behind}\x1b[201~")
        terminal.rest(0.2)
        terminal.send(LEFT * len(behind))
        terminal.rest(0.3)
        terminal.plain = b""
        terminal.send(key)
        yield terminal.until(wanted, timeout=20.0, fresh=False)


def _loop_while_loading(found: World) -> Figure:
    """The longest time that the loop's thread worked without a pause."""
    worst, took = asyncio.run(_load(found))
    progress(f"{TABLES:,} × 20 names read in {took:.2f} s")
    work = f"loop while {TABLES:,} × 20 names load, longest step"
    return at_most(work, worst, 16, "ms of CPU", f"read in {took:.2f} s")


async def _load(found: World) -> tuple[float, float]:
    tune_gc()
    tune_threads()
    server = found.server
    async with PoolManager(driver_options=driver_options) as pools:
        db_id = pools.register(
            DBConfig(
                host=server.host,
                port=server.port,
                user=server.user,
                password=server.password,
                database=DATABASE,
            )
        )
        names = NameService(pools)
        await Completing(names).warm_up()
        await pools.execute_query(db_id, "select 1")
        worst, took = [], []
        loop = asyncio.get_running_loop()
        read = asyncio.Event()
        names.subscribe(lambda db_id: read.set())
        for _ in range(rounds(3)):
            read.clear()
            # Beats come as often as steps end, so that few steps share one.
            async with StallMonitor(period=0.001) as stalls:
                begun = loop.time()
                names.refresh(db_id)
                await asyncio.wait_for(read.wait(), 60)
                took.append(loop.time() - begun)
            worst.append(stalls.max_cpu_ms)
        await names.close()
    return max(worst), min(took)


def _started(found: World) -> Terminal:
    home = found.folder / "mdbtui-names"
    shutil.rmtree(home, ignore_errors=True)
    config = home / "config" / "mdbtui"
    config.mkdir(parents=True)
    path = config / "config.yaml"
    url = f"{found.server.url(DATABASE)}?sslmode=disable"
    path.write_text(f"connections:\n  names:\n    url: {url}\n")
    path.chmod(0o600)
    program = Program(
        "mdbtui",
        [sys.executable, "-m", "mdbtui"],
        home,
        painted=("names", "Messages", "time-outs", "Quit"),
        connected="opened 1",
        run=(),
    )
    terminal = program.start()
    terminal.until(*program.painted, program.connected, fresh=False)
    terminal.rest(2.0)
    return terminal


def _fill(found: World) -> None:
    server = found.server
    psql = [*found.psql("-A", "-t")[:-1]]
    admin = [*psql, server.url("postgres"), "-c"]
    there = f"select count(*) from pg_database where datname = '{DATABASE}'"
    if subprocess.check_output([*admin, there], text=True).strip() == "0":
        progress(f"making {TABLES:,} tables …")
        subprocess.run([*admin, f"create database {DATABASE}"], check=True)
        inside = [*psql, server.url(DATABASE), "-c"]
        subprocess.run([*inside, SCHEMA], check=True)
        subprocess.run([*inside, "vacuum analyze"], check=True)


if __name__ == "__main__":
    with world() as found:
        show(measure(found))
