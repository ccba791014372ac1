"""From the run key to rows on the screen; the last of ten million rows; paging."""

from __future__ import annotations

import asyncio
import random
import time
from collections import defaultdict

import asyncpg

from tests.bench.measure import (
    Figure,
    at_most,
    median,
    only,
    progress,
    quantile,
    ratio,
    rounds,
    seconds,
    show,
    spread,
)
from tests.bench.terminal import Terminal
from tests.bench.typing import FIRST_ROW, prepared
from tests.bench.world import CTRL_END, F4, Program, World, world

RUNS = 5
PAGE_DOWN = b"\x1b[6~"
CTRL_HOME = b"\x1b[1;5H"
PAGES = 30
"""At once: a thousand rows are some forty pages."""
PASSES = 3
LEAST_PAGE = 2_000
"""Bytes of a painted page; a clock or the panel beside it take less."""


def numbered(table: str) -> str:
    """A query whose every run gives other rows than the last, known beforehand."""
    return f"select (select 'run-' || nextval('runs')) as run, * from {table}"


def run_to_rows(found: World, program: Program, sql: str) -> list[float]:
    """Seconds from the run key to the first row, several times in one program."""
    terminal = prepared(program, sql)
    try:
        samples = []
        for number in range(RUNS + 1):
            last = found.run_psql("select last_value - (not is_called)::int from runs")
            if program.run[1:]:
                terminal.press([*program.run[:-1], b""])
            start = time.perf_counter()
            terminal.send(program.run[-1])
            terminal.until(f"run-{int(last) + 1}", timeout=120)
            if number:  # the first one loads modules
                samples.append(time.perf_counter() - start)
            terminal.rest(1.0)
            terminal.press([*program.to_editor[:1], b""])
        return samples
    finally:
        terminal.close()


async def servers_first_row(url: str, sql: str) -> float:
    """Seconds until the server's first bytes of a COPY of the query are here."""
    connection = await asyncpg.connect(url, ssl=False)
    first: list[float] = []

    async def sink(data: bytes) -> None:
        first.append(time.perf_counter())
        raise EOFError

    start = time.perf_counter()
    try:
        await connection.copy_from_query(sql, output=sink)
    except EOFError:
        pass
    finally:
        connection.terminate()
    return first[0] - start


def page_downs(terminal: Terminal, seed: int) -> list[float]:
    pace = random.Random(seed)
    samples = []
    for _ in range(PAGES):
        terminal.rest(pace.uniform(0.05, 0.12))
        samples.append(terminal.frame_after(PAGE_DOWN, LEAST_PAGE))
    return samples


def paging(program: Program, sql: str, marker: str) -> list[float]:
    """Page down in a loaded result, at its begin and near its end."""
    terminal = prepared(program, sql)
    try:
        terminal.press(program.run)
        terminal.until(marker, timeout=60)
        terminal.press([F4, CTRL_END])
        # 1,000 or 1,000,000; the thousand may be there since the first row.
        terminal.until("all 1,000", timeout=120, fresh=False)
        terminal.rest(1.5)
        samples = []
        for number in range(PASSES):
            terminal.press([CTRL_HOME, b""], 1.0)
            samples += page_downs(terminal, number)
        return samples
    finally:
        terminal.close()


def last_row(program: Program) -> tuple[float, float, float]:
    """MB at the start, the most on the way to the last of 10 M rows, and seconds."""
    terminal = prepared(program, "select * from long")
    try:
        start = terminal.rss_mb()
        terminal.press(program.run)
        terminal.rest(2.0)
        began = time.perf_counter()
        terminal.press([F4, CTRL_END])
        most = start
        terminal.plain = b""
        while b"all 10,000,000 rows" not in terminal.plain:
            terminal.rest(0.05)
            most = max(most, terminal.rss_mb())
            if time.perf_counter() - began > 300:
                raise TimeoutError(terminal.tail())
        return start, most, time.perf_counter() - began
    finally:
        terminal.close()


def _limited(found: World) -> list[Figure]:
    samples: dict[str, list[float]] = defaultdict(list)
    sql = numbered("bench") + " limit 500"
    for _ in range(rounds(3)):
        for program in found.programs():
            try:
                samples[program.name] += run_to_rows(found, program, sql)
            except TimeoutError as error:
                progress(f"{program.name}: {error}")
    work = "limit 500: run key → rows painted"
    figures = [only(f"{work}, {name}", spread(v)) for name, v in samples.items()]
    peers = {name: median(v) for name, v in samples.items() if name != "mdbtui"}
    if peers:
        best = min(peers, key=peers.__getitem__)
        ours = median(samples["mdbtui"])
        figures.append(ratio(work, ours, peers[best], 0.25, best))
    return figures


def _unlimited(found: World) -> list[Figure]:
    program = found.programs()[0]
    figures = []
    for table in ("bench", "long"):
        sql = numbered(table)
        ours, servers = [], []
        for _ in range(rounds(3)):
            servers.append(asyncio.run(servers_first_row(found.url, sql)))
            ours += run_to_rows(found, program, sql)
        more = (median(ours) - median(servers)) * 1000
        figures.append(
            at_most(
                f"all of {table}: run key → first rows, beyond the server's",
                more,
                60,
                "ms",
                f"{seconds(median(ours))}, server {seconds(median(servers))}",
            )
        )
        progress(figures[-1].work + ": " + figures[-1].measured)
    return figures


def measure(found: World) -> list[Figure]:
    figures = [*_limited(found), *_unlimited(found)]
    program = found.programs()[0]
    for name, sql, marker in (
        ("1 M rows", "select * from bench", FIRST_ROW),
        ("300 columns", "select * from wide", "column_2"),
    ):
        samples = paging(program, sql, marker)
        for share, limit in ((0.5, 16), (0.95, 33)):
            value = quantile(samples, share) * 1000
            work = f"page down, {name}, p{share * 100:.0f}"
            figures.append(at_most(work, value, limit, "ms"))
        progress(f"page down {name}: {spread(samples)}")
    start, most, took = last_row(program)
    more = f"{start:.0f} → {most:.0f} MB in {took:.1f} s"
    figures.append(at_most("End on 10 M rows: more RSS", most - start, 160, "MB", more))
    return figures


if __name__ == "__main__":
    with world() as found:
        show(measure(found))
