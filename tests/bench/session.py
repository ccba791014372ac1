"""Stalls of the loop in normal use: typing, browsing, running, switching tabs."""

from __future__ import annotations

import asyncio

from mdbtui.query import tune_gc
from mdbtui.query.tuning import tune_threads
from mdbtui.ui.stall import StallMonitor
from tests.bench.measure import Figure, rounds, show
from tests.bench.store import opened, stall_figures, watched
from tests.bench.world import DATABASE, World, world
from tests.support.console import Console, console, spec_of

TEXT = "select id, name, amount from bench where id < 5000 order by amount"
STEPS = (
    ("f2", 1),
    ("right", 2),
    ("down", 12),
    ("up", 3),
    ("f4", 1),
    ("pagedown", 10),
    ("right", 8),
    ("end", 1),
    ("ctrl+end", 1),
    ("ctrl+home", 1),
    ("y", 1),
    ("ctrl+n", 1),
    ("alt+left", 2),
    ("alt+right", 2),
    ("f6", 2),
    ("f1", 1),
    ("escape", 1),
    ("f3", 1),
)
PAUSE = 0.03


async def use(running: Console) -> None:
    """What somebody does in half a minute, without the pauses."""
    running.pane.editor.focus()
    for letter in TEXT:
        await running.pilot.press("space" if letter == " " else letter_key(letter))
        await asyncio.sleep(PAUSE / 3)
    await running.pilot.press("f5")
    await running.until(lambda: not running.main.panes.active.talk.running)
    for key, times in STEPS:
        for _ in range(times):
            await running.pilot.press(key)
            await asyncio.sleep(PAUSE)
    for sql in ("select * from bench limit 500", "select * from wide", "selec 1"):
        await running.run(sql)
        await asyncio.sleep(0.3)


def letter_key(letter: str) -> str:
    names = {",": "comma", "<": "less_than_sign", "*": "asterisk"}
    return names.get(letter, letter)


async def normal_use(found: World) -> StallMonitor:
    spec = spec_of(found.server, DATABASE)  # type: ignore[arg-type]
    async with console([spec], size=(160, 48)) as running:
        await opened(running)
        async with watched() as stalls:
            await use(running)
        return stalls


def measure(found: World) -> list[Figure]:
    tune_gc()
    tune_threads()
    stalls = [asyncio.run(normal_use(found)) for _ in range(rounds(3))]
    return stall_figures("normal use", stalls)


if __name__ == "__main__":
    with world() as found:
        show(measure(found))
