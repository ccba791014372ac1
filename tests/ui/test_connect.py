"""The connection form, driven by keys at 80×24."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

from textual import events
from textual.app import App
from textual.pilot import Pilot
from textual.widgets import Button, Input, Select, Static

from mdbtui.config import ConfigFileError, ConnectionSpec, Environment
from mdbtui.pool import ConfigError, DBConfig, LoginRefused
from mdbtui.ui.screens.connect import ConnectScreen, FormField
from tests.support.waiting import eventually

URL = "postgresql://app:s3cret@db.example.com:6432/orders?sslmode=require"
ENVIRONMENTS = (Environment("development"), Environment("production", "red"))


@dataclass
class Caller:
    """Who opened the form: what it was asked for, and what it answers."""

    tested: list[DBConfig] = field(default_factory=list)
    saved: list[ConnectionSpec] = field(default_factory=list)
    answers: list[ConnectionSpec | None] = field(default_factory=list)
    on_test: Callable[[], Awaitable[str]] | None = None
    on_save: Exception | None = None

    async def test(self, config: DBConfig) -> str:
        self.tested.append(config)
        return await self.on_test() if self.on_test else "PostgreSQL 18.6"

    async def save(self, spec: ConnectionSpec) -> None:
        if self.on_save:
            raise self.on_save
        self.saved.append(spec)


@asynccontextmanager
async def form(caller: Caller, **options: Any) -> AsyncIterator[Pilot[None]]:
    app: App[None] = App()
    screen = ConnectScreen(
        test=caller.test, save=caller.save, environments=ENVIRONMENTS, **options
    )
    async with app.run_test() as pilot:
        await app.push_screen(screen, caller.answers.append)
        await pilot.pause()
        yield pilot


def value(pilot: Pilot[None], key: str) -> str:
    return pilot.app.screen.query_one(f"#field-{key}", FormField).value


def set_value(pilot: Pilot[None], key: str, text: str) -> None:
    pilot.app.screen.query_one(f"#field-{key}", FormField).value = text


def problem(pilot: Pilot[None], key: str) -> str:
    box = pilot.app.screen.query_one(f"#field-{key} .problem", Static)
    return str(box.content) if box.display else ""


def outcome(pilot: Pilot[None]) -> str:
    return str(pilot.app.screen.query_one("#outcome", Static).content)


def drawn(pilot: Pilot[None]) -> str:
    """All characters on the screen."""
    strips = pilot.app.screen._compositor.render_strips(pilot.app.size)
    return "\n".join(strip.text for strip in strips)


async def test_a_pasted_url_fills_the_form_and_shows_no_password() -> None:
    caller = Caller()
    async with form(caller) as pilot:
        url = pilot.app.screen.query_one("#url", Input)
        assert url.has_focus
        url.post_message(events.Paste(URL))
        await eventually(lambda: value(pilot, "host") == "db.example.com")
        assert value(pilot, "url") == ""
        assert value(pilot, "port") == "6432"
        assert value(pilot, "database") == "orders"
        assert value(pilot, "user") == "app"
        assert value(pilot, "ssl") == "require"
        await pilot.pause()
        assert "s3cret" not in drawn(pilot)
        await pilot.press("ctrl+s")
        await eventually(lambda: bool(caller.answers))
    db = caller.saved[0].db
    assert caller.answers == caller.saved
    assert db.password is not None
    assert db.password.reveal() == "s3cret"
    assert (db.host, db.port, db.name) == (
        "db.example.com",
        6432,
        "orders@db.example.com",
    )


async def test_a_typed_url_is_read_at_enter_and_keys_alone_save() -> None:
    caller = Caller()
    async with form(caller) as pilot:
        await pilot.press(*"postgresql://db/x")
        assert value(pilot, "host") == "localhost"
        await pilot.press("enter")
        await eventually(lambda: value(pilot, "host") == "db")
        await pilot.press(*"mine")
        await pilot.press("enter")
        await eventually(lambda: bool(caller.answers))
    assert caller.saved[0].name == caller.saved[0].db.name == "mine"
    assert caller.saved[0].db.database == "x"


async def test_what_a_url_asks_for_without_a_field_is_kept() -> None:
    caller = Caller()
    async with form(caller) as pilot:
        url = URL + "&application_name=nightly"
        pilot.app.screen.query_one("#url").post_message(events.Paste(url))
        await eventually(lambda: value(pilot, "host") == "db.example.com")
        await pilot.press("ctrl+s")
        await eventually(lambda: bool(caller.saved))
    assert caller.saved[0].db.application_name == "nightly"


async def test_a_wrong_url_is_refused_beside_it_and_stays() -> None:
    caller = Caller()
    async with form(caller) as pilot:
        await pilot.press(*"postgresql://a:p@ss@db/x", "enter")
        await eventually(lambda: "%40" in problem(pilot, "url"))
        assert value(pilot, "url") == "postgresql://a:p@ss@db/x"
        await pilot.press("ctrl+s")
        await pilot.pause()
        assert not caller.saved


async def test_every_mistake_is_shown_beside_its_field_and_nothing_is_lost() -> None:
    caller = Caller()
    async with form(caller, taken={"shop"}) as pilot:
        for key, text in {
            "name": "shop",
            "host": "",
            "port": "x7",
            "pool_max_size": "0",
            "password": "kept",
        }.items():
            set_value(pilot, key, text)
        await pilot.press("ctrl+s")
        await eventually(lambda: bool(problem(pilot, "port")))
        assert "has this name" in problem(pilot, "name")
        assert "empty" in problem(pilot, "host")
        assert "whole number" in problem(pilot, "port")
        assert "1 to" in problem(pilot, "pool_max_size")
        assert problem(pilot, "user") == ""
        assert value(pilot, "port") == "x7"
        assert value(pilot, "password") == "kept"
        assert not caller.saved
        # The first wrong field has the focus, so that typing goes there.
        assert pilot.app.screen.query_one("#field-name Input").has_focus
        for key, text in {
            "name": "shop2",
            "host": "db",
            "port": "1",
            "pool_max_size": "3",
        }.items():
            set_value(pilot, key, text)
        await pilot.press("ctrl+s")
        await eventually(lambda: bool(caller.answers))
    assert caller.saved[0].db.pool_max_size == 3


async def test_a_test_shows_its_outcome_and_does_not_freeze_the_form() -> None:
    go_on = asyncio.Event()

    async def slow() -> str:
        await go_on.wait()
        return "PostgreSQL 18.6, 3 ms"

    caller = Caller(on_test=slow)
    async with form(caller) as pilot:
        await pilot.press("ctrl+t")
        await eventually(lambda: "Connecting to localhost:5432" in outcome(pilot))
        await pilot.press("tab", *"typed meanwhile")
        await eventually(lambda: value(pilot, "name") == "typed meanwhile")
        go_on.set()
        await eventually(lambda: outcome(pilot) == "✓ PostgreSQL 18.6, 3 ms")
        assert not caller.answers


async def test_a_refused_test_shows_message_and_hint_as_plain_text() -> None:
    async def refused() -> str:
        raise LoginRefused("no [/x] [bold]\x1b[31mway\x9b", hint="check the password")

    caller = Caller(on_test=refused)
    async with form(caller) as pilot:
        await pilot.press("ctrl+t")
        await eventually(lambda: "check the password" in outcome(pilot))
        await pilot.pause()
        shown = drawn(pilot)
        assert "✗ no [/x] [bold]␛[31mway" in shown
        assert "\x1b" not in shown
        assert "\x9b" not in shown


async def test_a_failed_save_leaves_all_as_it_was() -> None:
    caller = Caller(on_save=ConfigFileError(["connections.yaml: can't be written"]))
    async with form(caller) as pilot:
        set_value(pilot, "name", "precious")
        await pilot.press("ctrl+s")
        await eventually(lambda: "can't be written" in outcome(pilot))
        assert value(pilot, "name") == "precious"
        caller.on_save = ConfigError("name", "is taken")
        await pilot.press("ctrl+s")
        await eventually(lambda: "is taken" in problem(pilot, "name"))
        caller.on_save = None
        await pilot.press("ctrl+s")
        await eventually(lambda: bool(caller.answers))


async def test_changing_one_keeps_what_the_form_does_not_show() -> None:
    spec = ConnectionSpec(
        name="old",
        db=DBConfig(name="old", password="hush", statement_timeout=700, ssl="disable"),
        group="G",
        tags=("t",),
        environment=Environment("qa", "green"),
        source="config.yaml:3",
    )
    caller = Caller()
    async with form(caller, spec=spec, taken={"other"}, groups=["G"]) as pilot:
        await pilot.pause()
        assert "hush" not in drawn(pilot)
        assert value(pilot, "environment") == "qa"
        set_value(pilot, "user", "somebody")
        await pilot.press("ctrl+s")
        await eventually(lambda: bool(caller.answers))
    saved = caller.saved[0]
    assert saved.db.password is not None
    assert saved.db.password.reveal() == "hush"
    assert saved.db.statement_timeout == 700
    assert saved.db.user == "somebody"
    assert saved.group == "G"
    assert saved.tags == ("t",)
    assert saved.environment == spec.environment


async def test_all_is_in_sight_and_in_reach_of_tab_at_80x24() -> None:
    async with form(Caller()) as pilot:
        screen = pilot.app.screen
        controls = [*screen.query(Input), *screen.query(Select), *screen.query(Button)]
        for control in controls:
            assert screen.region.contains_region(control.region), control
            assert control.region.height == 1
        reached = set()
        for _ in controls:
            reached.add(screen.focused)
            await pilot.press("tab")
        assert reached == set(controls)


async def test_escape_and_the_cancel_button_save_nothing() -> None:
    caller = Caller()
    async with form(caller) as pilot:
        await pilot.press("escape")
        await eventually(lambda: caller.answers == [None])
    async with form(caller) as pilot:
        await pilot.click("#cancel")
        await eventually(lambda: caller.answers == [None, None])
    assert not caller.saved
