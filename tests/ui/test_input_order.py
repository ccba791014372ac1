"""Keys that come all at once do what they do one at a time."""

from __future__ import annotations

import asyncio
import time
from typing import ClassVar

import pytest
from textual import events, work
from textual.app import App, ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.screen import ModalScreen, Screen
from textual.widget import Widget
from textual.widgets import Button, Input, Static, TextArea

from mdbtui.ui import input_order
from mdbtui.ui.input_order import OrderedInputMixin
from tests.support.waiting import eventually


class Name(ModalScreen[str]):
    """Asks for a name."""

    BINDINGS: ClassVar[list[BindingType]] = [Binding("escape", "dismiss('')")]

    def compose(self) -> ComposeResult:
        with Vertical():
            yield Input()

    def on_input_submitted(self, event: Input.Submitted) -> None:
        self.dismiss(event.value)


class Nothing(ModalScreen[None]):
    """Has nothing that takes the focus."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("x", "note"),
        Binding("escape", "dismiss"),
    ]

    def compose(self) -> ComposeResult:
        yield Static("nothing")

    def action_note(self) -> None:
        self.app.note("x in nothing")  # type: ignore[attr-defined]


class Vanishing(Widget, can_focus=True):
    """Goes away at a key."""

    async def on_key(self, event: events.Key) -> None:
        event.stop()
        await self.remove()


class Relay(Vertical):
    """Passes a line end on as a message of its own, as a pane does."""

    class Ended(TextArea.Changed):
        """A line was ended."""

    def on_text_area_changed(self, event: TextArea.Changed) -> None:
        if event.text_area.text.endswith(";"):
            self.post_message(self.Ended(event.text_area))


class Main(Screen[None]):
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("f1", "ask", priority=True),
        Binding("f2", "ask_in_worker", priority=True),
        Binding("f3", "nothing", priority=True),
        Binding("f4", "vanish", priority=True),
        Binding("f5", "run", priority=True),
        Binding("f6", "unfocus", priority=True),
        Binding("f7", "slow", priority=True),
        Binding("f8", "leave", priority=True),
        Binding("x", "note", show=False),
    ]

    def compose(self) -> ComposeResult:
        with Relay():
            yield TextArea()
        yield Button("a button")

    def note(self, text: str) -> None:
        self.app.note(text)  # type: ignore[attr-defined]

    def action_note(self) -> None:
        self.note("x in main")

    def action_run(self) -> None:
        self.note(f"run {self.query_one(TextArea).text}")

    def action_ask(self) -> None:
        self.app.push_screen(Name(), lambda name: self.note(f"name {name}"))

    @work
    async def action_ask_in_worker(self) -> None:
        name: str = await self.app.push_screen_wait(Name())
        self.note(f"name {name}")

    def on_relay_ended(self) -> None:
        self.app.push_screen(Name(), lambda name: self.note(f"name {name}"))

    def action_nothing(self) -> None:
        self.app.push_screen(Nothing())

    async def action_vanish(self) -> None:
        vanishing = Vanishing()
        await self.mount(vanishing)
        self.set_focus(vanishing)

    def action_unfocus(self) -> None:
        self.set_focus(None)

    async def action_slow(self) -> None:
        await asyncio.sleep(0.1)
        self.note("slow")

    def action_leave(self) -> None:
        self.note("leave")
        self.app.exit()


class Ordered(OrderedInputMixin, App[None]):
    def __init__(self) -> None:
        super().__init__()
        self.notes: list[str] = []

    def get_default_screen(self) -> Screen[None]:
        return Main()

    def note(self, text: str) -> None:
        self.notes.append(text)

    @property
    def text(self) -> str:
        return self.screen_stack[0].query_one(TextArea).text


def burst(app: App[None], *keys: str | events.Paste) -> None:
    """All at once; text in brackets stands for its characters, else a key's name."""
    for key in keys:
        if isinstance(key, events.Paste):
            app.post_message(key)
        elif key.startswith("["):
            for char in key[1:-1]:
                app.post_message(events.Key(char, char))
        else:
            app.post_message(events.Key(key, None))


async def all_done(app: Ordered, *notes: str) -> None:
    await eventually(lambda: len(app.notes) >= len(notes), 5.0)
    assert app.notes == [*notes]


async def test_a_key_that_runs_comes_after_the_text_before_it() -> None:
    app = Ordered()
    async with app.run_test():
        burst(app, "[select 1]", "f5", "[2]", events.Paste("3"), "f5")
        await all_done(app, "run select 1", "run select 123")


@pytest.mark.parametrize("opening", ["f1", "f2"])
async def test_a_dialogue_is_opened_filled_and_left(opening: str) -> None:
    app = Ordered()
    async with app.run_test():
        burst(app, "[a]", opening, "[bob]", "enter", "[c]", "f5")
        burst(app, opening, events.Paste("eve"), "enter", "[d]", "f5")
        await all_done(app, "name bob", "run ac", "name eve", "run acd")


async def test_a_dialogue_is_opened_by_a_message_of_a_message() -> None:
    app = Ordered()
    async with app.run_test():
        burst(app, "[a;bob]", "enter", "[c]", "f5")
        await all_done(app, "name bob", "run a;c")


async def test_a_screen_without_focus_takes_keys_at_once() -> None:
    app = Ordered()
    async with app.run_test():
        begin = time.monotonic()
        burst(app, "f3", "[xxx]", "escape", "f6", "[xxx]", "f5")
        await all_done(app, *["x in nothing"] * 3, *["x in main"] * 3, "run ")
        assert time.monotonic() - begin < input_order.FOCUS_SECONDS


async def test_a_widget_that_its_key_removes_holds_nothing_up() -> None:
    app = Ordered()
    async with app.run_test():
        begin = time.monotonic()
        burst(app, "f4", "[q]", "f6", "[x]", "f5")
        await all_done(app, "x in main", "run ")
        assert time.monotonic() - begin < input_order.STUCK_SECONDS / 2


async def test_a_slow_action_is_waited_for() -> None:
    app = Ordered()
    async with app.run_test():
        burst(app, "f7", "[a]", "f5")
        await all_done(app, "slow", "run a")


async def test_a_handler_that_never_ends_does_not_keep_the_keyboard(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(input_order, "STUCK_SECONDS", 0.2)
    never = asyncio.Event()

    class Stuck(Widget, can_focus=True):
        async def on_key(self) -> None:
            await never.wait()

    app = Ordered()
    async with app.run_test():
        stuck = Stuck()
        await app.screen.mount(stuck)
        app.screen.set_focus(stuck)
        burst(app, "[q]", "f5", "f5")
        await all_done(app, "run ", "run ")
        never.set()
        burst(app, "f5")
        await all_done(app, "run ", "run ", "run ")


async def test_no_key_acts_behind_the_one_that_leaves() -> None:
    app = Ordered()
    async with app.run_test() as pilot:
        burst(app, "[a]", "f8", "f5", "f5")
        await eventually(lambda: not app.is_running, 5.0)
        await pilot.pause()
    assert app.notes == ["leave"]


async def test_long_bursts_are_quick_and_complete() -> None:
    app = Ordered()
    async with app.run_test():
        begin = time.process_time()
        burst(app, f"[{'x' * 400}]", "f5")
        await all_done(app, f"run {'x' * 400}")
        assert time.process_time() - begin < 4.0
