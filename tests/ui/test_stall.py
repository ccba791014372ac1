from __future__ import annotations

import asyncio
import math
import threading
import time
from bisect import bisect_left

from hypothesis import given, settings
from hypothesis import strategies as st

from mdbtui.ui.stall import _BORDERS, Stall, StallMonitor


def stand_still(seconds: float) -> None:
    time.sleep(seconds)  # noqa: TID251 (what the monitor is for)


async def test_stall_is_measured_with_its_stack() -> None:
    seen: list[Stall] = []
    async with StallMonitor(on_stall=seen.append) as monitor:
        await asyncio.sleep(0.1)
        stand_still(0.2)
        await asyncio.sleep(0.05)
    assert 150 <= monitor.max_ms <= 2_000
    longest = max(monitor.stalls, key=lambda stall: stall.ms)
    assert "stand_still" in longest.stack
    assert longest in seen
    assert monitor.max_cpu_ms < monitor.max_ms


async def test_stall_at_the_very_end_counts() -> None:
    async with StallMonitor() as monitor:
        await asyncio.sleep(0)
        stand_still(0.15)
    assert monitor.max_ms >= 100


async def test_processor_time_tells_our_work_from_a_busy_machine() -> None:
    async with StallMonitor() as monitor:
        await asyncio.sleep(0.05)
        until = time.thread_time() + 0.1
        while time.thread_time() < until:
            pass
        await asyncio.sleep(0.05)
    assert monitor.max_cpu_ms >= 80


async def test_monitor_ends_its_thread_and_can_be_reset() -> None:
    before = threading.active_count()
    async with StallMonitor() as monitor:
        stand_still(0.1)
        await asyncio.sleep(0.03)
        monitor.reset()
        assert monitor.max_ms == 0
        assert not monitor.stalls
    deadline = time.monotonic() + 5
    while threading.active_count() > before:
        assert time.monotonic() < deadline
        await asyncio.sleep(0.01)


async def test_monitor_costs_little() -> None:
    async with StallMonitor():
        started = time.process_time()
        await asyncio.sleep(1.0)
        used = time.process_time() - started
    assert used < 0.08  # about 0.01 on a machine that does nothing else


@settings(max_examples=100, derandomize=True)
@given(st.lists(st.floats(0.1, 10_000), min_size=1, max_size=100))
def test_quantiles_are_within_a_bucket(values: list[float]) -> None:
    monitor = StallMonitor()
    for value in values:
        monitor._counts[bisect_left(_BORDERS, value)] += 1
    monitor._total = len(values)
    monitor.max_ms = max(values)
    values.sort()
    for share in (0.5, 0.95, 0.99, 1.0):
        exact = values[math.ceil(share * len(values)) - 1]
        assert exact <= monitor.quantile_ms(share) * 1.000001
        assert monitor.quantile_ms(share) <= exact * 1.12001


def test_summary_is_one_short_line() -> None:
    assert StallMonitor().summary() == "loop p99 0.0 · max 0 ms"


async def test_stop_twice_is_harmless() -> None:
    monitor = StallMonitor()
    monitor.start()
    monitor.stop()
    monitor.stop()
