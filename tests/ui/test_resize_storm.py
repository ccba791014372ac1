"""Terminals of all sizes, down to none, with each dialogue open."""

from __future__ import annotations

import asyncio
import random
from collections.abc import Awaitable, Callable
from typing import Any
from unittest.mock import patch

import pytest
from textual.widgets import Select

from mdbtui.ui.screens.ask import AskScreen, ConfirmScreen
from tests.support.console import Console, console, spec_of
from tests.support.server import PgServer

AWKWARD = [(1, 1), (0, 0), (0, 24), (80, 0), (1, 24), (4, 24), (300, 1)]
RANDOM_SIZES = 2
QUIET_SECONDS = 0.25
SCREENS_EACH = 3
SQL = "select i, repeat('x', i) as x, '[1, [2]]'::jsonb from generate_series(1, 300) i"


def press(*keys: str) -> Callable[[Console], Awaitable[None]]:
    async def opened(c: Console) -> None:
        await c.pilot.press(*keys)

    return opened


async def ask(c: Console) -> None:
    c.app.push_screen(AskScreen("Password", "for whom", secret=True))


async def confirm(c: Console) -> None:
    c.app.push_screen(ConfirmScreen("Leave?", "A transaction is open.", "Leave"))


async def connect(c: Console) -> None:
    await c.main.run_action("add_connection")
    await c.sees("Test")


async def connect_select(c: Console) -> None:
    await connect(c)
    c.app.screen.query(Select).first().action_show_overlay()


SCREENS: dict[str, Callable[[Console], Awaitable[None]]] = {
    "CommandPalette": press("ctrl+p"),
    "CommandPalette ": press("ctrl+t"),
    "ChooseScreen": press("ctrl+o"),
    "HelpScreen": press("f1"),
    "CellScreen": press("enter"),
    "RecordScreen": press("v"),
    "SideBySideScreen": press("t"),
    "ExportScreen": press("E"),
    "AskScreen": ask,
    "ConfirmScreen": confirm,
    "ConnectScreen": connect,
    "ConnectScreen ": connect_select,
}


async def storm(c: Console, rng: random.Random) -> None:
    """Resize to awkward and to random sizes; the app lives on."""
    sizes = AWKWARD + [
        (rng.randint(1, 60), rng.randint(1, 20)) for _ in range(RANDOM_SIZES)
    ]
    rng.shuffle(sizes)
    for size in sizes:
        await c.pilot.resize_terminal(*size)
        assert c.app._exception is None, f"{c.app.screen} died at {size}"


async def settles(c: Console) -> None:
    """No layout asks for the next one for ever, as scroll bars may in no width."""
    for size in ((1, 24), (5, 30)):
        await c.pilot.resize_terminal(*size)
        layouts = 0
        refresh = c.app.screen._refresh_layout

        def counted(*args: Any, refresh: Any = refresh, **named: Any) -> None:
            nonlocal layouts
            layouts += 1
            refresh(*args, **named)

        with patch.object(c.app.screen, "_refresh_layout", counted):
            for _ in range(8):
                layouts = 0
                await asyncio.sleep(QUIET_SECONDS)
                if layouts < 3:
                    break
            else:
                pytest.fail(f"{c.app.screen} is never still at {size}")


@pytest.mark.parametrize("first", range(0, len(SCREENS), SCREENS_EACH))
async def test_no_size_ends_the_console(
    pg: PgServer, database: str, first: int
) -> None:
    rng = random.Random(first)
    async with console([spec_of(pg, database)], size=(100, 30)) as c:
        await c.run(SQL)
        await c.sees("300 rows")
        await storm(c, rng)
        await settles(c)
        for name, opened in list(SCREENS.items())[first : first + SCREENS_EACH]:
            await c.pilot.resize_terminal(100, 30)
            await c.until(lambda: c.app.size == (100, 30))
            await c.pilot.press("f4")
            await opened(c)
            kind = name.strip()
            await c.until(lambda k=kind: type(c.app.screen).__name__ == k, kind)  # type: ignore[misc]
            await storm(c, rng)
            await settles(c)
            c.app.screen.dismiss()
            await c.until(lambda: c.app.screen is c.main)
        await c.pilot.resize_terminal(100, 30)
        await c.run("select 'still ' || 'here' as x")
        await c.sees("still here")


async def test_no_size_ends_the_welcome() -> None:
    async with console([]) as c:
        await c.until(lambda: type(c.app.screen).__name__ == "WelcomeScreen")
        await storm(c, random.Random(2))
        await c.pilot.resize_terminal(100, 30)
        await c.sees("Start the demo")
