"""What many pools cost: their memory, their samples, and the screens that show them."""

from __future__ import annotations

import asyncio
import gc
import time
import tracemalloc
from pathlib import Path

from mdbtui.pool import DBConfig, PoolManager
from mdbtui.pool.ticking import SLICE
from tests.bench.measure import Figure, at_most, median, progress, rounds, show
from tests.bench.startup import resting
from tests.bench.terminal import Terminal
from tests.bench.world import DATABASE, World, world

POOLS = 500
SHOWN = 100
SECONDS = 20.0
F6, F7 = b"\x1b[17~", b"\x1b[18~"


def closed_mb() -> float:
    """Megabytes of so many pools that are defined and were never used."""
    gc.collect()
    tracemalloc.start()
    pools = PoolManager()
    before = tracemalloc.get_traced_memory()[0]
    for number in range(POOLS):
        pools.register(DBConfig(host="127.0.0.1", name=f"pool-{number}"))
    pools.snapshot()
    gc.collect()
    used = tracemalloc.get_traced_memory()[0] - before
    tracemalloc.stop()
    return used / 2**20


async def sampled_ms(found: World) -> tuple[float, float, float, float]:
    """Milliseconds of the loop for a sample and a snapshot of so many open pools.

    Returns:
        The sample of a slice, after which the loop has its turn, and of all; the
        snapshot while nothing happens; and after something did in
        every pool, so that nothing that was read before can be used again.
    """
    server = found.server
    slices: list[float] = []
    samples: list[float] = []
    still: list[float] = []
    busy: list[float] = []
    async with PoolManager(enable_monitoring=False, enable_cleanup=False) as pools:
        ids = [
            pools.register(
                DBConfig(
                    host=server.host,
                    port=server.port,
                    user=server.user,
                    password=server.password,
                    database=DATABASE,
                    ssl="disable",
                    name=f"pool-{number}",
                )
            )
            for number in range(POOLS)
        ]
        opened = (pools.execute_query(db_id, "select 1") for db_id in ids[:200])
        await asyncio.gather(*opened)
        await asyncio.gather(*(pools.probe(db_id) for db_id in ids[200:]))
        managed = [await pools.get_pool(db_id) for db_id in ids]
        for _ in range(30):
            await asyncio.sleep(0.02)
            start = time.perf_counter()
            for pool in managed[:SLICE]:
                pool.sample()
            slices.append(time.perf_counter() - start)
            for pool in managed[SLICE:]:
                pool.sample()
            samples.append(time.perf_counter() - start)
            pools.snapshot()
            start = time.perf_counter()
            pools.snapshot()
            still.append(time.perf_counter() - start)
            for pool in managed:
                pool.meter.queries += 1
            start = time.perf_counter()
            pools.snapshot()
            busy.append(time.perf_counter() - start)
    slice_, sample, at_rest, after = (
        median(values) * 1000 for values in (slices, samples, still, busy)
    )
    return slice_, sample, at_rest, after


def floor_of_two(home: Path) -> None:
    """Have each configured pool keep two connections open."""
    path = home / "config" / "mdbtui" / "config.yaml"
    lines = []
    for line in path.read_text().splitlines():
        lines.append(line)
        if line.startswith("    url:"):
            lines.append("    pool_min_size: 2")
    path.write_text("\n".join(lines) + "\n")


def cpu_percent(terminal: Terminal, seconds: float) -> float:
    """Percent of a core that the program takes while nobody touches it."""
    before, start = terminal.cpu_seconds(), time.perf_counter()
    terminal.rest(seconds)
    return (terminal.cpu_seconds() - before) / (time.perf_counter() - start) * 100


def idle_cpu(found: World) -> float:
    """Percent of a core that the program takes with one database, its panel hidden."""
    program = found.program("mdbtui")
    assert program is not None
    terminal = resting(program, 10.0)
    try:
        terminal.press([F6, F6])
        terminal.rest(1.0)
        return cpu_percent(terminal, SECONDS)
    finally:
        terminal.close()


def fleet_cpu(found: World) -> tuple[float, float, float]:
    """Percent of a core: with the panel, with the panel hidden, with the fleet."""
    program = found.program("mdbtui", SHOWN)
    assert program is not None
    floor_of_two(program.home)
    terminal = resting(program, 20.0)
    try:
        count = (
            "select count(*) from pg_stat_activity where application_name = 'mdbtui'"
        )
        progress(f"{found.run_psql(count)} connections are open")
        panel = cpu_percent(terminal, SECONDS)
        terminal.press([F6, F6])
        terminal.rest(1.0)
        hidden = cpu_percent(terminal, SECONDS)
        terminal.press([F7])
        terminal.rest(1.0)
        return panel, hidden, cpu_percent(terminal, SECONDS)
    finally:
        terminal.close()


def measure(found: World) -> list[Figure]:
    figures = [at_most(f"memory of {POOLS} closed pools", closed_mb(), 2, "MB")]
    once, sample, still, busy = asyncio.run(sampled_ms(found))
    figures += [
        at_most(f"a sample of {POOLS} open pools: the loop is held", once, 2, "ms"),
        Figure("  the same, all slices together", "", f"{sample:.1f} ms"),
        at_most(f"a snapshot of {POOLS} open pools at rest", still, 2, "ms"),
        Figure(f"  the same, all changed since ({POOLS})", "", f"{busy:.1f} ms"),
    ]
    runs = [fleet_cpu(found) for _ in range(rounds(1))]
    panel, hidden, fleet = (median(values) for values in zip(*runs, strict=True))
    work = f"{SHOWN} databases × 2 connections, 1 Hz"
    figures += [
        at_most(f"{work}: fleet screen", fleet, 5, "% of a core"),
        at_most(f"{work}: panel", panel, 5, "% of a core"),
        Figure("  the same, panel hidden", "", f"{hidden:.1f} % of a core"),
        Figure(
            "  one database, panel hidden", "", f"{idle_cpu(found):.1f} % of a core"
        ),
    ]
    return figures


if __name__ == "__main__":
    with world() as found:
        show(measure(found))
