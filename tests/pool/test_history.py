"""A pool's last hour, packed."""

from __future__ import annotations

from dataclasses import astuple

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mdbtui.pool import History, Load, Sample
from mdbtui.pool.history import (
    BANDS,
    Ring,
    band_limit_ms,
    band_of,
    pack_bands,
)


def row(at: float, in_use: int = 0, waiting: int = 0, **more: float) -> Sample:
    return Sample(at, in_use, in_use, waiting, 0.5, 0.25, 2.0, **more)


@given(st.integers(1, 7), st.integers(0, 20))
@settings(derandomize=True, max_examples=100)
def test_a_ring_keeps_the_last(capacity: int, count: int) -> None:
    ring = Ring(capacity)
    for i in range(count):
        ring.append((float(i), i, i, i, 0.5, 0.25, 2.0, 1.5, 1.0, 0.5))
    history = ring.history()
    kept = list(range(count))[-capacity:]
    assert [sample.at for sample in history] == kept
    assert [sample.in_use for sample in history[-2:]] == kept[-2:]
    if kept:
        assert history[-1].size == kept[-1]
        assert (history[0].queries_per_s, history[0].asked_per_s) == (0.5, 1.5)
    with pytest.raises(IndexError):
        history[len(kept)]


def size_of(ring: Ring) -> int:
    columns = (column for column in ring._columns if column is not None)
    return sum(c.itemsize * len(c) for c in columns) + len(ring._bands or b"")


def test_a_full_hour_is_small_and_that_of_a_resting_pool_smaller() -> None:
    busy, resting = Ring(), Ring()
    used = pack_bands([1] * BANDS)
    for i in range(4000):
        busy.append((float(i), 10, 5, 0, 1.0, 0.0, 1.0, 0.0, 0.0, 0.0), used)
        resting.append((float(i), 2, *[0] * 8))
    for ring in (busy, resting):
        assert len(ring.history()) == 3600
        assert ring.history()[0].at == 400
    assert size_of(busy) < 220_000
    assert size_of(resting) < 40_000
    assert resting.history()[-1] == Sample(3999.0, 2, *[0] * 5)


@given(
    st.integers(1, 6),
    st.lists(
        st.tuples(*[st.sampled_from([0, 0, 0, 1, 2])] * 9, st.booleans()), max_size=16
    ),
)
@settings(derandomize=True, max_examples=300)
def test_what_was_nothing_until_now_is_kept_as_anything_else(
    capacity: int, rows: list[tuple[int, ...]]
) -> None:
    ring = Ring(capacity)
    one = pack_bands([1] + [0] * (BANDS - 1))
    for at, (*values, waited) in enumerate(rows):
        sample = (float(at), *values)
        ring.append(sample, one) if waited else ring.append(sample)
    expected = [(float(at), *values) for at, (*values, _) in enumerate(rows)]
    history = ring.history()
    assert [astuple(sample) for sample in history] == expected[-capacity:]
    bands = [
        0 if b is None else round(b[0]) for b in history.bands(len(rows), len(rows))
    ]
    waits = [waited for *_, waited in rows]
    assert bands == [0] * (len(rows) - capacity) + waits[-capacity:]


def test_a_chart_takes_the_largest_of_its_time_and_leaves_gaps_empty() -> None:
    history = History.of([row(100, 1), row(101, 5), row(104, 2), row(109, 3)])
    assert history.series("in_use", 5, 10.0) == [5, None, 2, None, 3]
    assert History.of([]).series("in_use", 3, 10.0) == [None, None, None]


def test_a_chart_moves_as_a_whole_and_does_not_flicker() -> None:
    samples = [row(i, i * 7 % 10) for i in range(300)]
    before = History.of(samples[:201]).series("in_use", 20, 100.0)
    after = History.of(samples[:206]).series("in_use", 20, 100.0)
    assert before[2:-1] == after[1:-2]


@settings(max_examples=200, derandomize=True)
@given(
    st.lists(st.integers(0, 5000), max_size=60, unique=True),
    st.integers(1, 40),
    st.sampled_from([60.0, 300.0, 3600.0]),
)
def test_a_chart_is_what_a_slow_one_would_be(
    moments: list[int], count: int, seconds: float
) -> None:
    samples = [row(at, at % 97) for at in sorted(moments)]
    expected: list[float | None] = [None] * count
    step = seconds / count
    for sample in samples:
        place = count - 1 - (int(samples[-1].at // step) - int(sample.at // step))
        if 0 <= place < count:
            expected[place] = max(expected[place] or 0, sample.in_use)
    assert History.of(samples).series("in_use", count, seconds) == expected


@given(st.floats(0, 100))
@settings(derandomize=True, max_examples=200)
def test_a_wait_is_in_the_band_that_says_so(seconds: float) -> None:
    band = band_of(seconds)
    if band < BANDS - 1:
        assert int(seconds * 1e6) < band_limit_ms(band) * 1000
    if band:
        assert int(seconds * 1e6) >= band_limit_ms(band - 1) * 1000


@given(st.lists(st.integers(0, 50_000), min_size=BANDS, max_size=BANDS))
@settings(derandomize=True, max_examples=100)
def test_counts_of_bands_survive_to_within_a_few_percent(counts: list[int]) -> None:
    ring = Ring(3)
    for i in range(5):
        ring.append((float(i), *[0] * 9), pack_bands(counts))
    [found] = ring.history().bands(1, 100.0)
    assert found is not None
    assert found == pytest.approx([3 * n for n in counts], rel=0.05)


def test_a_heat_map_tells_nothing_waited_from_nothing_known() -> None:
    ring = Ring()
    ring.append((0.0, *[0] * 9))
    ring.append((9.0, *[0] * 9), pack_bands([1] + [0] * (BANDS - 1)))
    bands = ring.history().bands(5, 10.0)
    assert bands[0] == [0.0] * BANDS
    assert bands[1] is None
    assert bands[4] is not None
    assert bands[4][0] == pytest.approx(1, rel=0.05)


def test_the_load_is_that_of_the_last_seconds() -> None:
    old = [row(i, 9, 9, asked_per_s=99, returned_per_s=99, held_s=99) for i in range(5)]
    new = [
        row(i, 2, 1, asked_per_s=10, returned_per_s=8, held_s=4.0) for i in range(5, 9)
    ]
    new.append(row(9, 4, 0, asked_per_s=10, returned_per_s=8, held_s=4.0))
    load = History.of([*old, *new]).load(5)
    assert load == Load(5, 10, 500, 2.4, 4, 0.8, 1)
    assert load.asked_per_s * load.held_ms / 1000 == 5
    assert History.of([]).load(60) == Load()
