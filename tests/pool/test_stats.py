from __future__ import annotations

import math

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mdbtui.pool import DatabaseHealth, FleetStats, Health, HealthReport, PoolStats
from mdbtui.pool.stats import Latencies


@given(st.lists(st.floats(1e-6, 60), min_size=1, max_size=300))
@settings(derandomize=True, max_examples=200, deadline=None)
def test_percentiles_are_those_of_the_values(values: list[float]) -> None:
    latencies = Latencies()
    for value in values:
        latencies.add(value, now=1.0)
    found = latencies.percentiles(1.0, 0.5, 0.95, 0.99)
    for quantile, ms in zip((0.5, 0.95, 0.99), found, strict=True):
        exact = sorted(values)[max(0, math.ceil(quantile * len(values)) - 1)] * 1000
        assert ms == pytest.approx(exact, rel=0.07, abs=0.001)


def test_percentiles_forget() -> None:
    latencies = Latencies(window=30)
    latencies.add(1.0, now=100)
    assert latencies.percentiles(129, 0.5)[0] == pytest.approx(1000, rel=0.07)
    latencies.add(0.001, now=131)
    latencies.add(0.001, now=132)
    assert latencies.percentiles(140, 0.5)[0] == pytest.approx(1, rel=0.07)
    assert latencies.percentiles(140, 1.0)[0] == pytest.approx(1000, rel=0.07)
    assert latencies.percentiles(162, 1.0)[0] == pytest.approx(1, rel=0.07)
    assert latencies.percentiles(1000, 0.5, 0.99) == (0, 0)


def test_a_fleet_adds_up() -> None:
    fleet = FleetStats(
        (
            PoolStats(db_id="a", size=3, in_use=1, free=2, max_size=5, queries=7),
            PoolStats(db_id="b", size=1, in_use=1, max_size=5, waiting=4, errors=2),
        )
    )
    totals = (fleet.size, fleet.in_use, fleet.free, fleet.waiting, fleet.max_size)
    assert totals == (4, 2, 2, 4, 10)
    assert (fleet.queries, fleet.errors) == (7, 2)
    assert fleet.by_id("b") is fleet.pools[1]
    assert fleet.by_id("c") is None
    assert FleetStats.EMPTY.size == 0


@pytest.mark.parametrize(
    ("answers", "status"),
    [
        ([True, True], Health.HEALTHY),
        ([True, False], Health.DEGRADED),
        ([False, False], Health.UNHEALTHY),
        ([], Health.HEALTHY),
    ],
)
def test_health_of_all(answers: list[bool], status: Health) -> None:
    report = HealthReport(tuple(DatabaseHealth("x", healthy=a) for a in answers))
    assert report.status is status
