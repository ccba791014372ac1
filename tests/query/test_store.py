from __future__ import annotations

import asyncio
import errno
import gc
import itertools
import os
import stat
import threading
import weakref
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mdbtui.query import copytext, pages, store
from mdbtui.query.rows import Column
from mdbtui.query.spill import MemoryBudget, SpillFile, spill_directory
from mdbtui.query.store import RowStore
from tests.query.test_copytext import TABLES
from tests.support.waiting import eventually


def columns(n: int) -> list[Column]:
    return [Column(f"c{i}", 25, "text", False) for i in range(n)]


def lines(first: int, last: int, width: int = 40) -> bytes:
    return copytext.encode([(str(i), "x" * width) for i in range(first, last)])


async def filled(budget: MemoryBudget, rows: int, width: int = 40) -> RowStore:
    """A store through which `rows` rows went in chunks of 100."""
    made = RowStore(columns(2), budget)
    made.fetch_all()
    for first in range(0, rows, 100):
        made.append(lines(first, min(first + 100, rows), width))
        assert await made.wanted()
    made.finish()
    return made


async def read(rows: RowStore, i: int) -> tuple[str | None, ...]:
    await eventually(lambda: rows.row(i) is not None, message=f"row {i}")
    found = rows.row(i)
    assert found is not None
    return found


def open_spills(directory: Path) -> list[os.stat_result]:
    """The temporary files this process holds open in a directory."""
    found = []
    for fd in Path("/proc/self/fd").iterdir():
        try:
            target = str(fd.readlink())
        except OSError:
            continue
        if target.startswith(str(directory)):
            found.append(fd.stat())
    return found


@given(TABLES, st.data())
@settings(derandomize=True, max_examples=300, deadline=None)
def test_any_chunking_gives_the_same_rows(table, data):
    width, rows = table
    cuts = data.draw(st.lists(st.integers(0, len(rows)), max_size=6))
    order = data.draw(st.permutations(range(len(rows))))
    look_between = data.draw(st.booleans())
    edges = sorted({0, *cuts, len(rows)})

    async def main() -> None:
        made = RowStore(columns(width), MemoryBudget(1 << 20, 1 << 20))
        for low, high in itertools.pairwise(edges):
            made.append(copytext.encode(rows[low:high]))
            if look_between:  # what was split before must not hide what comes
                assert [made.row(i) for i in range(high)] == rows[:high]
        made.finish()
        assert made.count == len(rows)
        assert {i: made.row(i) for i in order} == dict(enumerate(rows))
        assert made.row(-1) is None
        assert made.row(len(rows)) is None
        assert [row async for chunk in made.chunks(keep=True) for row in chunk] == rows
        await made.close()

    asyncio.run(main())


@given(st.lists(st.integers(1, 300), min_size=1, max_size=30), st.randoms())
@settings(derandomize=True, max_examples=60, deadline=None)
def test_rows_on_disk_are_the_same_rows(sizes, random):
    async def main() -> None:
        made = RowStore(columns(2), MemoryBudget(20_000, 20_000))
        made.fetch_all()
        at = 0
        for size in sizes:
            made.append(lines(at, at + size))
            assert await made.wanted()
            at += size
            i = random.randrange(at)
            assert await read(made, i) == (str(i), "x" * 40)
        made.finish()
        for i in sorted(range(at), key=lambda _: random.random())[:40]:
            assert await read(made, i) == (str(i), "x" * 40)
        await made.close()

    asyncio.run(main())


async def test_memory_stays_within_the_budget_and_all_rows_can_be_read(tmp_path):
    budget = MemoryBudget(200_000, 1 << 30, tmp_path)
    made = await filled(budget, 50_000)
    assert made.memory <= 200_000
    (spilled,) = open_spills(tmp_path)
    assert spilled.st_size > 1_500_000
    for i in (0, 49_999, 25_000, 1, 7_777):
        assert await read(made, i) == (str(i), "x" * 40)
    assert made.note == "all 50,000 rows"
    await made.close()
    gc.collect()
    assert open_spills(tmp_path) == []


async def test_many_rows_and_their_file_are_freed_by_a_thread(tmp_path):
    made = await filled(MemoryBudget(1_000_000, 1_000_000, tmp_path), 30_000, 200)
    freed: list[int] = []
    assert made._pages._file is not None
    weakref.finalize(made._pages._file, lambda: freed.append(threading.get_ident()))
    await made.close()
    assert freed
    assert threading.get_ident() not in freed
    assert made.memory == 0
    with pytest.raises(OSError, match="given back"):
        await made._pages.read(0)


async def test_the_first_rows_stay_at_hand(tmp_path):
    made = await filled(MemoryBudget(1 << 20, 1 << 30, tmp_path), 50_000)
    assert made.row(0) == ("0", "x" * 40)
    assert made.row(20_000) is None
    await made.close()


async def test_a_spilled_file_is_private_and_has_no_name(tmp_path):
    made = await filled(MemoryBudget(50_000, 1 << 30, tmp_path), 5_000)
    (spilled,) = open_spills(tmp_path)
    assert stat.S_IMODE(spilled.st_mode) == 0o600
    assert spilled.st_nlink == 0
    assert list(tmp_path.iterdir()) == []
    await made.close()


async def test_all_results_share_one_budget_and_the_largest_gives_way(tmp_path):
    budget = MemoryBudget(1 << 30, 1_000_000, tmp_path)
    large = await filled(budget, 15_000)
    assert open_spills(tmp_path) == []
    small = await filled(budget, 10_000)
    assert budget.used <= 1_000_000
    assert len(open_spills(tmp_path)) == 1
    assert small.row(5_000) is not None
    assert await read(large, 2_000) == ("2000", "x" * 40)
    await large.close()
    assert budget.used == small.memory
    await small.close()


async def test_a_row_on_disk_is_told_when_it_is_there(tmp_path):
    made = await filled(MemoryBudget(50_000, 1 << 30, tmp_path), 5_000)
    told = asyncio.Event()
    made.subscribe(told.set)
    assert made.row(2_500) is None
    await asyncio.wait_for(told.wait(), 5)
    assert made.row(2_500) == ("2500", "x" * 40)
    await made.close()


async def test_wanted_rows_are_read_back_before_they_are_asked_for(tmp_path):
    made = await filled(MemoryBudget(50_000, 1 << 30, tmp_path), 5_000)
    made.want(2_000, 2_050)
    told = asyncio.Event()
    made.subscribe(told.set)
    await asyncio.wait_for(told.wait(), 5)
    await eventually(lambda: made.row(2_000) is not None)
    assert all(made.row(i) for i in range(2_000, 2_051))
    await made.close()


async def test_a_huge_row_is_split_off_the_loop():
    made = RowStore(columns(2), MemoryBudget())
    made.append(lines(0, 1, width=2 * store.LARGE))
    made.finish()
    assert made.row(0) is None
    assert await read(made, 0) == ("0", "x" * (2 * store.LARGE))
    await made.close()


async def test_a_full_disk_is_said_and_loses_nothing(tmp_path, monkeypatch):
    budget = MemoryBudget(50_000, 1 << 30, tmp_path)
    made = RowStore(columns(2), budget)
    made.fetch_all()

    def full(*_: object) -> int:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(os, "pwrite", full)

    async def produce() -> None:
        for first in range(0, 5_000, 100):
            made.append(lines(first, first + 100))
            await made.wanted()

    with pytest.raises(OSError, match="No space"):
        await produce()
    made.finish("stopped at {rows}: disk full")
    assert made.note == f"stopped at {made.count:,} rows: disk full"
    assert made.truncated
    assert [made.row(i)[0] for i in range(made.count)] == [
        str(i) for i in range(made.count)
    ]
    await made.close()


async def test_an_unreadable_file_is_said(tmp_path, monkeypatch):
    made = await filled(MemoryBudget(50_000, 1 << 30, tmp_path), 5_000)

    def broken(*_: object) -> bytes:
        raise OSError(errno.EIO, "Input/output error")

    monkeypatch.setattr(os, "pread", broken)
    assert made.row(2_500) is None
    await eventually(lambda: "can't be read" in made.note)
    assert made.note == "all 5,000 rows; the temporary file can't be read"
    with pytest.raises(OSError, match="Input/output"):
        async for _ in made.chunks(keep=True):
            pass
    await made.close()


async def test_a_short_write_is_continued(tmp_path, monkeypatch):
    real = os.pwrite
    monkeypatch.setattr(os, "pwrite", lambda fd, data, at: real(fd, data[:3], at))
    file = SpillFile(tmp_path)
    assert file.append(b"hello world") == 0
    assert file.append(b"again") == 11
    assert file.read(0, 16) == b"hello worldagain"
    with pytest.raises(OSError, match="shorter"):
        file.read(10, 100)


def test_rows_go_to_a_disk_unless_told_otherwise(monkeypatch, tmp_path):
    monkeypatch.setenv("TMPDIR", str(tmp_path))
    monkeypatch.setattr("tempfile.tempdir", None)
    assert spill_directory() == tmp_path
    monkeypatch.delenv("TMPDIR")
    monkeypatch.setattr("tempfile.tempdir", None)
    if os.access("/var/tmp", os.W_OK):
        assert spill_directory() == Path("/var/tmp")


@pytest.mark.parametrize(
    ("rows", "note"), [(0, "no rows"), (1, "1 row"), (2, "all 2 rows")]
)
async def test_notes_of_complete_results(rows, note):
    made = RowStore(columns(2), MemoryBudget())
    assert made.note == "no rows yet"
    made.append(lines(0, rows))
    made.finish()
    assert made.note == note
    assert made.complete
    assert not made.truncated


async def test_notes_of_unfinished_results():
    made = RowStore(columns(2), MemoryBudget())
    made.append(lines(0, 1_234))
    assert made.note == "1,234+ rows"
    made.finish("stopped at {rows}: idle for 60 s")
    assert made.note == "stopped at 1,234 rows: idle for 60 s"


async def test_the_stream_rests_at_the_margin_and_goes_on_when_more_is_wanted():
    made = RowStore(columns(2), MemoryBudget())

    async def produce() -> None:
        for first in range(0, 100_000, 100):
            made.append(lines(first, first + 100))
            await made.wanted()
        made.finish()

    task = asyncio.create_task(produce())
    await eventually(lambda: made.paused_since is not None)
    assert made.count == store.MARGIN
    made.want(0, 40)
    await eventually(lambda: made.count > store.MARGIN)
    made.want(3_000, 3_040)
    await eventually(lambda: made.paused_since is not None and made.count > 3_040)
    assert made.count <= 3_041 + store.MARGIN + 100
    made.want(0, 40)
    before = made.count
    await asyncio.sleep(0.05)
    assert made.count == before
    made.fetch_all()
    await asyncio.wait_for(task, 10)
    assert made.count == 100_000
    await made.close()


async def test_wide_rows_rest_earlier(monkeypatch):
    monkeypatch.setattr(store, "AHEAD", 100_000)
    made = RowStore(columns(2), MemoryBudget())
    while True:
        made.append(lines(made.count, made.count + 1, width=10_000))
        waiting = asyncio.ensure_future(made.wanted())
        done, _ = await asyncio.wait({waiting}, timeout=0.05)
        if not done:
            break
    assert made.count <= 11
    made.interrupt()
    assert await waiting


async def test_nobody_reading_ends_the_wait_but_scrolling_prolongs_it():
    made = RowStore(columns(2), MemoryBudget())
    made.append(lines(0, 2_000))
    loop = asyncio.get_running_loop()
    began = loop.time()
    waiting = asyncio.ensure_future(made.wanted(idle=0.3))
    while loop.time() < began + 0.6:
        made.want(0, 40)
        await asyncio.sleep(0.02)
    assert not waiting.done()
    assert await waiting is False
    assert made.paused_since is None


async def test_chunks_hand_over_and_drop_with_back_pressure():
    made = RowStore(columns(2), MemoryBudget())
    most = 0

    async def produce() -> None:
        for first in range(0, 50_000, 100):
            made.append(lines(first, first + 100))
            assert await made.wanted(idle=0.01)
        made.finish()

    task = asyncio.create_task(produce())
    seen = 0
    async for chunk in made.chunks():
        assert chunk[0][0] == str(seen)
        seen += len(chunk)
        most = max(most, made.memory)
        if seen == 10_000:  # a slow reader is no idle one
            await asyncio.sleep(0.1)
    await task
    assert seen == made.count == 50_000
    assert most < 200_000
    assert made.row(0) is None
    await made.close()


@pytest.mark.parametrize("keep", [False, True])
async def test_chunks_take_rows_that_trickle(keep):
    made = RowStore(columns(2), MemoryBudget())

    async def produce() -> None:
        for i in range(200):
            made.append(lines(i, i + 1))
            if i % 7 == 0:
                await asyncio.sleep(0.001)
        made.finish()

    task = asyncio.create_task(produce())
    seen = [row[0] async for chunk in made.chunks(keep=keep) for row in chunk]
    assert seen == [str(i) for i in range(200)]
    await task


async def test_chunks_raise_what_ended_the_rows_after_the_rows():
    made = RowStore(columns(2), MemoryBudget())
    made.append(lines(0, 10))
    made.finish("incomplete: an error after {rows}", RuntimeError("broken"))
    chunks = made.chunks()
    assert len(await anext(chunks)) == 10
    with pytest.raises(RuntimeError, match="broken"):
        await anext(chunks)


async def test_rows_that_trickle_are_packed(monkeypatch):
    made = RowStore(columns(2), MemoryBudget())
    for i in range(1_000):
        made.append(lines(i, i + 1))
    assert len(made._pages) <= 1_000 * 45 // pages.SMALL + 2
    assert made.row(999) == ("999", "x" * 40)


async def test_subscribers_are_told_seldom_and_end_their_subscription():
    made = RowStore(columns(2), MemoryBudget())
    calls = 0

    def called() -> None:
        nonlocal calls
        calls += 1

    unsubscribe = made.subscribe(called)
    loop = asyncio.get_running_loop()
    began = loop.time()
    for i in range(500):
        made.append(lines(i, i + 1))
        await asyncio.sleep(0)
    spent = loop.time() - began
    made.finish()
    await eventually(lambda: made._notifying is None)
    assert 1 <= calls <= spent / store.NOTIFY_EVERY + 3
    unsubscribe()
    unsubscribe()
    calls = 0
    made.append(lines(0, 1))
    await asyncio.sleep(2 * store.NOTIFY_EVERY)
    assert calls == 0


async def test_a_failing_subscriber_does_not_harm_the_others(caplog):
    made = RowStore(columns(2), MemoryBudget())
    told = asyncio.Event()

    def failing() -> None:
        raise ValueError("oops")

    made.subscribe(failing)
    made.subscribe(told.set)
    made.append(lines(0, 1))
    await asyncio.wait_for(told.wait(), 5)
    assert "oops" in caplog.text
