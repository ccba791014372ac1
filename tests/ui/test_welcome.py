"""The welcome of a first start, driven by keys and by mouse."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager

from textual.app import App
from textual.pilot import Pilot
from textual.widgets import Static

from mdbtui.config import ConnectionSpec, Found, Importable
from mdbtui.demo import DemoError
from mdbtui.pool import DBConfig
from mdbtui.ui.screens.welcome import WelcomeAnswer, WelcomeChoice, WelcomeScreen
from tests.support.waiting import eventually


def importable(name: str, origin: str) -> Importable:
    return Importable(ConnectionSpec(name, DBConfig(name=name)), origin)


FOUND = Found(
    (importable("one", "DATABASE_URL"), importable("[/x]two", "~/.pg_service.conf")),
    ("service file:3: neither [service] nor [/x]",),
)
Say = Callable[[str], None]


class Demo:
    """Stands for the real demo, which has tests of its own."""

    def __init__(self) -> None:
        self.go_on = asyncio.Event()
        self.failure: Exception | None = None

    async def start(self, say: Say) -> None:
        say("Starting PostgreSQL …")
        await self.go_on.wait()
        if self.failure:
            raise self.failure


@asynccontextmanager
async def welcome(
    found: Found, answers: list[WelcomeAnswer | None], demo: Demo | None = None
) -> AsyncIterator[Pilot[None]]:
    app: App[None] = App()
    screen = WelcomeScreen(start_demo=(demo or Demo()).start, found=found)
    async with app.run_test() as pilot:
        await app.push_screen(screen, answers.append)
        await pilot.pause()
        yield pilot


def progress(pilot: Pilot[None]) -> str:
    return str(pilot.app.screen.query_one("#progress", Static).content)


def drawn(pilot: Pilot[None]) -> str:
    strips = pilot.app.screen._compositor.render_strips(pilot.app.size)
    return "\n".join(strip.text for strip in strips)


async def test_it_shows_every_way_and_where_the_found_come_from() -> None:
    async with welcome(FOUND, []) as pilot:
        shown = drawn(pilot)
        for text in (
            *("Start the demo", "Add a connection", "Import", "Help", "Quit"),
            *("[x] one", "DATABASE_URL", "[x] [/x]two", "nor [/x]"),
        ):
            assert text in shown


async def test_the_demo_shows_its_progress_and_answers_when_it_runs() -> None:
    answers: list[WelcomeAnswer | None] = []
    demo = Demo()
    async with welcome(Found(), answers, demo) as pilot:
        await pilot.press("d")
        await eventually(lambda: progress(pilot) == "Starting PostgreSQL …")
        assert not answers
        demo.go_on.set()
        await eventually(lambda: answers == [WelcomeAnswer(WelcomeChoice.DEMO)])


async def test_a_demo_that_does_not_start_says_why_and_can_be_tried_again() -> None:
    answers: list[WelcomeAnswer | None] = []
    demo = Demo()
    demo.failure = DemoError("none [/x] found", hint="pip install 'mdbtui[demo]'")
    demo.go_on.set()
    async with welcome(FOUND, answers, demo) as pilot:
        await pilot.press("d")
        await eventually(lambda: "pip install 'mdbtui[demo]'" in progress(pilot))
        await pilot.pause()
        assert "none [/x] found" in drawn(pilot)
        demo.failure = None
        await pilot.press("enter")  # the button has the focus again
        await eventually(lambda: answers == [WelcomeAnswer(WelcomeChoice.DEMO)])


async def test_while_the_demo_starts_nothing_else_can_be_chosen() -> None:
    answers: list[WelcomeAnswer | None] = []
    demo = Demo()
    async with welcome(FOUND, answers, demo) as pilot:
        await pilot.press("d")
        await eventually(lambda: progress(pilot) != "")
        await pilot.press("a", "i", "d", "escape")
        await pilot.pause()
        assert not answers
        demo.go_on.set()
        await eventually(lambda: bool(answers))
    assert answers == [WelcomeAnswer(WelcomeChoice.DEMO)]


async def test_only_what_is_ticked_is_imported() -> None:
    answers: list[WelcomeAnswer | None] = []
    async with welcome(FOUND, answers) as pilot:
        await pilot.press("tab", "tab", "tab", "space")
        await eventually(lambda: "[ ] one" in drawn(pilot))
        await pilot.press("i")
        await eventually(lambda: bool(answers))
    assert answers == [WelcomeAnswer(WelcomeChoice.IMPORT, FOUND.connections[1:])]


async def test_nothing_ticked_is_said_and_nothing_found_is_not_offered() -> None:
    answers: list[WelcomeAnswer | None] = []
    async with welcome(FOUND, answers) as pilot:
        await pilot.press("tab", "tab", "tab", "space", "down", "space", "i")
        await eventually(lambda: "Nothing is ticked" in progress(pilot))
    async with welcome(Found(), answers) as pilot:
        assert "Import" not in drawn(pilot)
        await pilot.press("i")
        await pilot.pause()
    assert not answers


async def test_the_mouse_reaches_it_too() -> None:
    answers: list[WelcomeAnswer | None] = []
    async with welcome(FOUND, answers) as pilot:
        await pilot.click("#add")
        await eventually(lambda: answers == [WelcomeAnswer(WelcomeChoice.ADD)])
    async with welcome(FOUND, answers) as pilot:
        await pilot.click("#import")
        await eventually(lambda: len(answers) == 2)
    assert answers[1] == WelcomeAnswer(WelcomeChoice.IMPORT, FOUND.connections)


async def test_help_later_and_quit() -> None:
    answers: list[WelcomeAnswer | None] = []
    async with welcome(FOUND, answers) as pilot:
        await pilot.press("f1")
        await eventually(lambda: "Space ticks" in progress(pilot))
        await pilot.press("escape")
        await eventually(lambda: answers == [None])
    async with welcome(FOUND, answers) as pilot:
        await pilot.press("q")
        await eventually(lambda: not pilot.app.is_running)
