"""From a key to its letter in the editor, while a query runs and while rows load.

Every key is a letter that is nowhere else on the screen, so what is measured is the
painting of that key and not of a clock beside it.
"""

from __future__ import annotations

import random
import shutil
from collections.abc import Iterator

from tests.bench.measure import (
    Figure,
    at_most,
    only,
    progress,
    quantile,
    rounds,
    show,
    spread,
)
from tests.bench.terminal import Terminal
from tests.bench.world import Program, World, world

LETTERS = [chr(code) for code in (*range(0x0430, 0x0450), *range(0x0100, 0x0130))]
KEYS = len(LETTERS)
SLEEP = "select pg_sleep(60)"
LOAD = "select * from bench"
AT_REST = 2.0
FIRST_ROW = "c4ca4238"  # of its hash
ALL_ROWS = "all 1,000,000 rows"


def typed(terminal: Terminal, seed: int) -> Iterator[float]:
    """Seconds from each key to its letter, at uneven times as hands type."""
    pace = random.Random(seed)
    for letter in LETTERS:
        terminal.rest(pace.uniform(0.03, 0.09))
        terminal.plain = b""
        terminal.send(letter)
        yield terminal.until(letter, timeout=20.0, fresh=False)


def prepared(program: Program, sql: str) -> Terminal:
    """A connected program with a statement in its editor."""
    # Or the text of the last start is in the editor again.
    shutil.rmtree(program.home / "state", ignore_errors=True)
    terminal = program.start()
    try:
        terminal.until(*program.painted, program.connected, fresh=False)
        terminal.rest(AT_REST)
        terminal.press([*program.to_editor, b""])
        terminal.plain = b""
        terminal.send(sql)
        terminal.until(sql.rpartition(" ")[2], fresh=False, timeout=10)
        terminal.rest(0.5)
    except TimeoutError:
        terminal.close()
        raise
    return terminal


def while_running(program: Program, sql: str, seed: int) -> list[float]:
    terminal = prepared(program, sql)
    try:
        terminal.press([*program.run, b""], 0.5)
        terminal.press([*program.back, b""])
        return list(typed(terminal, seed))
    finally:
        terminal.close()


def while_loading(program: Program, seed: int) -> list[float]:
    """Keys while a million rows go to the store: End in the grid starts that."""
    terminal = prepared(program, LOAD)
    try:
        terminal.press(program.run)
        terminal.until(FIRST_ROW, timeout=60)
        terminal.press([*program.load_all, b""], 0.05)
        samples = []
        for sample in typed(terminal, seed):
            samples.append(sample)
            if ALL_ROWS.encode() in terminal.plain:
                break
        return samples
    finally:
        terminal.close()


def measure(found: World) -> list[Figure]:
    figures: list[Figure] = []
    running: dict[str, list[float]] = {}
    programs = found.programs()
    for number in range(rounds(3)):
        for program in programs:
            try:
                keys = while_running(program, SLEEP, number)
            except TimeoutError as error:
                progress(f"{program.name}: {error}")
            else:
                running.setdefault(program.name, []).extend(keys)
    for name, keys in running.items():
        work = f"key → painted while pg_sleep runs, {name}"
        if name == "mdbtui":
            p95 = quantile(keys, 0.95) * 1000
            figures.append(at_most(work + ", p95", p95, 16, "ms", spread(keys)))
        else:
            figures.append(only(work, spread(keys)))
        progress(f"{work}: {spread(keys)}")
    loading: list[float] = []
    for number in range(rounds(3)):
        loading += while_loading(programs[0], number)
    work = f"key → painted while 1 M rows load ({len(loading)} keys)"
    p95 = quantile(loading, 0.95) * 1000
    figures.append(at_most(work + ", p95", p95, 16, "ms", spread(loading)))
    figures.append(at_most(work + ", max", max(loading) * 1000, 50, "ms"))
    return figures


if __name__ == "__main__":
    with world() as found:
        show(measure(found))
