"""What the pool panel costs while nothing happens, and what a snapshot costs."""

from __future__ import annotations

import time

from mdbtui.pool import DBConfig, PoolManager
from tests.bench.measure import Figure, at_most, median, progress, rounds, show
from tests.bench.startup import resting
from tests.bench.world import World, world

SECONDS = 15.0
POOLS = 500


def idle_cpu(found: World, connections: int) -> float:
    """Percent of a core that the program at rest takes, its panel at 1 Hz."""
    program = found.program("mdbtui", connections)
    assert program is not None
    terminal = resting(program, 6.0)
    try:
        before, start = terminal.cpu_seconds(), time.perf_counter()
        terminal.rest(SECONDS)
        used = terminal.cpu_seconds() - before
        return used / (time.perf_counter() - start) * 100
    finally:
        terminal.close()


def snapshot_ms() -> float:
    """Milliseconds for the state of so many pools that are defined and closed."""
    pools = PoolManager(enable_monitoring=False, enable_cleanup=False)
    for number in range(POOLS):
        pools.register(DBConfig(host="127.0.0.1", name=f"pool-{number}"))
    samples = []
    for _ in range(50):
        start = time.perf_counter()
        pools.snapshot()
        samples.append(time.perf_counter() - start)
    return median(samples) * 1000


def measure(found: World) -> list[Figure]:
    figures = []
    for connections in (1, 50):
        used = [idle_cpu(found, connections) for _ in range(rounds(2))]
        work = f"idle CPU, panel at 1 Hz, {connections} connections"
        figures.append(at_most(work, median(used), 2, "%"))
        progress(f"{work}: {median(used):.2f} %")
    figures.append(at_most(f"snapshot of {POOLS} pools", snapshot_ms(), 2, "ms"))
    return figures


if __name__ == "__main__":
    with world() as found:
        show(measure(found))
