from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from rich.cells import cell_len
from rich.style import Style
from textual.app import App, ComposeResult
from textual.message import Message
from textual.pilot import Pilot
from textual.widgets import Input

from mdbtui.catalog import Catalog, Node, NodeKind
from mdbtui.config import ConnectionSpec, Environment
from mdbtui.pool import (
    BreakerState,
    ConnectionRefused,
    DBConfig,
    FleetStats,
    PoolManager,
    PoolStats,
)
from mdbtui.ui.widgets.sidebar import Sidebar
from mdbtui.ui.widgets.sidebar_items import Item, ItemKind
from mdbtui.ui.widgets.sidebar_labels import label
from tests.support.server import PgServer
from tests.support.waiting import eventually

HOSTILE = [
    "[/x]",
    "\x1b]0;owned\x07\x1b[31mred",
    "two\nlines\r\n",
    "\u202egnitteh\u202c",
    "\x9b31m\x00\x7f",
    "x" * 10_000,
    "",
    "日本語🙂é",
]


def spec(
    name: str, group: str | None = None, environment: str | None = None
) -> ConnectionSpec:
    kind = Environment(environment) if environment else None
    return ConnectionSpec(name, DBConfig(name=name), group, (), kind)


def table(name: str, schema: str = "public") -> Node:
    return Node(NodeKind.TABLE, name, (schema, name), "~1.2k · 96 kB", 1, True)


def column(name: str, owner: str = "orders") -> Node:
    return Node(NodeKind.COLUMN, name, ("public", owner, name), "integer · not null")


class Database:
    """One schema with tables; what is asked is noted, and can be held or refused."""

    def __init__(self, *tables: Node) -> None:
        self.tables = list(tables)
        self.asked: list[tuple[str, str]] = []
        self.held: dict[str, asyncio.Event] = {}
        self.errors: dict[str, Exception] = {}

    async def load(self, db_id: str, node: Node | None) -> list[Node]:
        self.asked.append((db_id, node.name if node else ""))
        if db_id in self.held:
            await self.held[db_id].wait()
        if db_id in self.errors:
            raise self.errors[db_id]
        if node is None:
            path = ("public",)
            schema = Node(NodeKind.SCHEMA, "public", path, "", 1, True, None, True)
            other = Node(NodeKind.DATABASE, "postgres", ("postgres",), "8 MB")
            return [schema, other]
        if node.kind is NodeKind.SCHEMA:
            count = f"{len(self.tables):,}"
            return [
                Node(NodeKind.TABLES, "Tables", node.path, count, 1, True, None, True)
            ]
        if node.kind is NodeKind.TABLES:
            return list(self.tables)
        return [column("id"), column("total")]


class SidebarApp(App[None]):
    CSS = "Sidebar { width: 32; }"

    def __init__(
        self,
        load: Callable[[str, Node | None], Awaitable[list[Node]]],
        *specs: ConnectionSpec,
        width: int = 32,
    ) -> None:
        super().__init__()
        self.sidebar = Sidebar(load, specs)
        self.sidebar.styles.width = width
        self.posted: list[Message] = []

    def compose(self) -> ComposeResult:
        yield self.sidebar

    def on_mount(self) -> None:
        self.sidebar.focus_tree()

    def on_event_message(self, message: Message) -> None:
        self.posted.append(message)

    on_sidebar_connection_highlighted = on_event_message
    on_sidebar_connection_selected = on_event_message
    on_sidebar_preview_requested = on_event_message
    on_sidebar_name_requested = on_event_message
    on_sidebar_definition_requested = on_event_message
    on_sidebar_database_requested = on_event_message
    on_sidebar_reconnect_requested = on_event_message

    @property
    def lines(self) -> list[str]:
        """What is on screen, without what is blank."""
        strips = self.screen._compositor.render_strips(self.size)
        return [strip.text.rstrip() for strip in strips if strip.text.strip()]

    def line(self, part: str) -> str:
        """The first line with this text in it; empty when there is none."""
        return next((line for line in self.lines if part in line), "")

    def sent(self, kind: type[Message]) -> list[Message]:
        return [message for message in self.posted if isinstance(message, kind)]


async def sees(app: SidebarApp, *parts: str) -> None:
    for part in parts:
        await eventually(lambda part=part: bool(app.line(part)), 5, f"no {part!r}")


async def go_to(app: SidebarApp, pilot: Pilot[None], name: str) -> Item:
    """Put the cursor on the line with this name, as a user would: with the keys."""
    await pilot.press("home")
    for _ in range(100):
        item = app.sidebar.item
        if item is not None and item.text == name:
            return item
        await pilot.press("down")
    raise AssertionError(f"no line {name!r} among {app.lines}")


async def test_the_first_frame_shows_connections_and_asks_nobody() -> None:
    shop = Database()
    specs = [spec("local"), spec("main", "Shop", "production"), spec("copy", "Shop")]
    app = SidebarApp(shop.load, *specs)
    async with app.run_test() as pilot:
        await pilot.pause()
        assert app.lines[0].startswith("▶ ○ local")
        assert app.line("Shop").startswith("▼ Shop")
        assert app.line("main").startswith("├ ▶ ○ main")
        assert app.line("main").endswith("PROD")
        assert app.line("copy").startswith("└ ▶ ○ copy")
        assert shop.asked == []
        assert app.line("not opened yet")


async def test_a_connection_opens_down_to_its_tables() -> None:
    shop = Database(table("orders"), table("customers"))
    shop.held["local"] = asyncio.Event()
    app = SidebarApp(shop.load, spec("local"))
    async with app.run_test() as pilot:
        await pilot.press("enter")
        await sees(app, "└ loading…")
        shop.held["local"].set()
        await sees(app, "orders", "customers")
        assert app.line("orders").endswith("~1.2k 96 kB")
        assert not app.line("loading…")
        [chosen] = app.sent(Sidebar.ConnectionSelected)
        assert chosen.db_id == "local"
        await go_to(app, pilot, "orders")
        await pilot.press("space")
        await sees(app, "total")
        await pilot.press("space")
        await eventually(lambda: not app.line("total"))


async def test_right_and_left_walk_the_tree() -> None:
    shop = Database(table("orders"))
    app = SidebarApp(shop.load, spec("local"))
    async with app.run_test() as pilot:
        await pilot.press("right")
        await sees(app, "orders")
        await pilot.press("right", "right", "right")
        await eventually(lambda: app.sidebar.item.text == "orders")
        await pilot.press("right")
        await sees(app, "total")
        await pilot.press("left", "left")
        await eventually(lambda: app.sidebar.item.text == "Tables")
        assert not app.line("total")


async def test_an_error_is_told_in_words_and_can_be_retried() -> None:
    shop = Database(table("orders"))
    shop.errors["local"] = ConnectionRefused("nothing listens", hint="Is it running?")
    app = SidebarApp(shop.load, spec("local"))
    async with app.run_test() as pilot:
        await pilot.press("enter")
        await sees(app, "└ × nothing listens", "Is it running?")
        del shop.errors["local"]
        await pilot.press("down", "enter")
        await sees(app, "orders")
        assert not app.line("nothing listens")


async def test_what_was_loaded_stays_readable_when_a_refresh_fails() -> None:
    shop = Database(table("orders"))
    app = SidebarApp(shop.load, spec("local"))
    async with app.run_test() as pilot:
        await pilot.press("enter")
        await sees(app, "orders")
        shop.errors["local"] = ConnectionRefused("it went away")
        await pilot.press("R")
        await sees(app, "× it went away")
        assert app.line("orders")


async def test_a_bug_in_the_loader_is_seen_and_raised() -> None:
    shop = Database()
    shop.errors["local"] = KeyError("oops")
    app = SidebarApp(shop.load, spec("local"))
    async with app.run_test() as pilot:
        await pilot.press("enter")
        await sees(app, "× internal error: KeyError")


async def test_a_dead_connection_delays_no_other() -> None:
    shop = Database(table("orders"))
    shop.held["dead"] = asyncio.Event()
    app = SidebarApp(shop.load, spec("dead"), spec("local"))
    async with app.run_test() as pilot:
        await pilot.press("enter")
        await sees(app, "loading…")
        app.sidebar.select("local")
        await sees(app, "orders")
        assert app.line("loading…")


def fleet(**pools: PoolStats) -> FleetStats:
    return FleetStats(tuple(pools.values()))


@pytest.mark.parametrize(
    ("stats", "mark", "word", "detail"),
    [
        ({}, "○", "", "not opened yet"),
        ({"is_open": True, "size": 3, "in_use": 1}, "●", "1/3", "1 of 3 connections"),
        ({"breaker": BreakerState.HALF_OPEN}, "◐", "trying", "trying again"),
        ({"last_error": "no route"}, "◐", "trying", "no route"),
        (
            {"breaker": BreakerState.OPEN, "retry_in": 11.2, "last_error": "refused"},
            "×",
            "down 12s",
            "next try in 12 s",
        ),
        (
            {"breaker": BreakerState.PARKED, "last_error": "wrong password"},
            "!",
            "refused",
            "wrong password",
        ),
    ],
)
async def test_each_state_has_a_mark_and_a_word(
    stats: dict[str, object], mark: str, word: str, detail: str
) -> None:
    app = SidebarApp(Database().load, spec("shop"))
    async with app.run_test():
        app.sidebar.update_states(FleetStats((PoolStats(db_id="shop", **stats),)))
        await sees(app, f"{mark} shop")
        assert app.lines[0].endswith(word or "shop")
        await sees(app, detail)


async def test_only_lines_that_changed_are_painted(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    names = [f"c{i}" for i in range(500)]
    app = SidebarApp(Database().load, *map(spec, names))
    async with app.run_test():
        painted: list[str] = []
        tree = app.sidebar.objects
        monkeypatch.setattr(tree, "repaint", lambda item: painted.append(item.text))
        now = [PoolStats(db_id=name, is_open=True, size=1) for name in names]
        app.sidebar.update_states(FleetStats(tuple(now)))
        assert len(painted) == 500
        painted.clear()
        now[7] = PoolStats(db_id="c7", is_open=True, size=2, queries=5)
        # Numbers that are not shown change all the time.
        now[8] = PoolStats(db_id="c8", is_open=True, size=1, queries=99)
        start = time.thread_time()
        app.sidebar.update_states(FleetStats(tuple(now)))
        assert time.thread_time() - start < 0.05
        assert painted == ["c7"]


async def test_a_branch_that_failed_loads_when_its_database_is_back() -> None:
    shop = Database(table("orders"))
    shop.errors["shop"] = ConnectionRefused("nothing listens")
    app = SidebarApp(shop.load, spec("shop"))
    async with app.run_test() as pilot:
        await pilot.press("enter")
        await sees(app, "nothing listens")
        down = PoolStats(db_id="shop", breaker=BreakerState.OPEN, retry_in=1)
        app.sidebar.update_states(FleetStats((down,)))
        # While nothing is tried, asking again means: connect now.
        await pilot.press("R")
        await eventually(lambda: len(app.sent(Sidebar.ReconnectRequested)) == 1)
        assert len(shop.asked) == 1
        del shop.errors["shop"]
        up = PoolStats(db_id="shop", is_open=True, size=1)
        app.sidebar.update_states(FleetStats((up,)))
        await sees(app, "orders")


async def test_hostile_names_are_drawn_as_text() -> None:
    shop = Database(*(table(name) for name in HOSTILE))
    shop.tables += [
        Node(NodeKind.VIEW, "v", ("public", "v"), text, 1, True, text)
        for text in HOSTILE
    ][:1]
    app = SidebarApp(shop.load, spec("[/x] [bold"), width=40)
    async with app.run_test() as pilot:
        await pilot.press("enter")
        await sees(app, "[/x] [bold", "two⏎lines", "␛]0;owned", "日本語")
        for _ in range(len(HOSTILE) + 6):
            await pilot.press("down")
            text = "\n".join(app.lines)
            assert all(char.isprintable() or char == "\n" for char in text)
            assert "\u202e" not in text
        assert all(cell_len(line) <= 80 for line in app.lines)


TEXT = st.text(max_size=60) | st.sampled_from(HOSTILE)


@given(name=TEXT, detail=TEXT, width=st.integers(0, 60), kind=st.sampled_from(ItemKind))
@settings(max_examples=400, derandomize=True, deadline=None)
def test_labels_fill_their_width_exactly(
    name: str, detail: str, width: int, kind: ItemKind
) -> None:
    node = Node(NodeKind.TABLE, name, ("s", name), detail)
    item = Item(kind, name, node=node)
    parts = label(item, width, lambda _: Style.null())
    text = "".join(part.text for part in parts)
    smallest = 2 if kind is ItemKind.CONNECTION else 0
    assert cell_len(text) == max(width, smallest)


@pytest.mark.parametrize("width", [24, 32, 40])
async def test_production_is_marked_at_any_width(width: int) -> None:
    name = "shop-main-eu-west-1-primary-of-all-primaries"
    app = SidebarApp(Database().load, spec(name, "Shop", "production"), width=width)
    async with app.run_test():
        down = PoolStats(db_id=name, breaker=BreakerState.OPEN, retry_in=120)
        app.sidebar.update_states(FleetStats((down,)))
        await sees(app, "× shop-main")
        line = app.line("shop-main")
        assert line.endswith("PROD")
        assert "…" in line
        assert cell_len(line) <= width


def many(count: int = 10_000) -> list[Node]:
    return [table(f"t_{i}") for i in range(count)]


async def test_thousands_of_tables_come_in_batches() -> None:
    app = SidebarApp(Database(*many()).load, spec("big"))
    async with app.run_test(size=(60, 30)) as pilot:
        await pilot.press("enter")
        await sees(app, "t_0")
        await pilot.press("end")
        await eventually(lambda: app.sidebar.item.text == "postgres")
        await pilot.press("up")
        await sees(app, "t_249", "… 9,750 more (filter")
        await pilot.press("enter")
        await sees(app, "t_250")
        await eventually(lambda: app.sidebar.objects.last_line == 504)
        assert app.sidebar.item.text == "t_250"


async def test_thousands_of_tables_do_not_stall_the_loop() -> None:
    app = SidebarApp(Database(*many()).load, spec("big"))
    async with app.run_test(size=(100, 40)) as pilot:
        await pilot.press("enter")
        await sees(app, "t_0")
        sidebar, tree = app.sidebar, app.sidebar.objects
        longest: list[float] = []
        for _ in range(4):
            lines = tree.last_line
            await pilot.press("end", "up")
            await eventually(lambda: sidebar.item.kind is ItemKind.MORE)
            async with Beat() as beat:
                sidebar._choose(sidebar.item)
                await eventually(lambda lines=lines: tree.last_line > lines)
                await asyncio.sleep(0.05)
            longest.append(beat.longest)
        # steps take some 10 ms of CPU, more where other processes share the caches
        assert min(longest) < 0.05, longest


class Beat:
    """The longest time that the loop's own thread was busy in one go, in seconds."""

    longest = 0.0

    async def __aenter__(self) -> Beat:
        self._task = asyncio.create_task(self._run())
        await asyncio.sleep(0)
        return self

    async def _run(self) -> None:
        while True:
            before = time.thread_time()
            await asyncio.sleep(0)
            self.longest = max(self.longest, time.thread_time() - before)

    async def __aexit__(self, *_: object) -> None:
        self._task.cancel()


async def test_the_filter_finds_what_is_loaded_and_goes_there() -> None:
    app = SidebarApp(Database(*many()).load, spec("big"), spec("other"))
    async with app.run_test(size=(60, 30)) as pilot:
        await pilot.press("enter")
        await sees(app, "t_0")
        await pilot.press("slash", *"_9999")
        await eventually(lambda: len([x for x in app.lines if "t_" in x]) == 2)
        # Where it is, and nothing else.
        assert app.line("public")
        assert not app.line("other")
        await pilot.press("enter")
        await eventually(lambda: app.sidebar.found.has_focus)
        await pilot.press("enter")
        await eventually(lambda: app.sidebar.item.text == "t_9999")
        assert not app.sidebar.filtering
        await sees(app, "t_249", "t_9999", "… 9,749 more")
        await pilot.press("space")
        await sees(app, "total")


async def test_the_filter_says_when_nothing_matches_and_leaves_no_trace() -> None:
    app = SidebarApp(Database(table("orders"), table("t2")).load, spec("shop"))
    async with app.run_test() as pilot:
        await pilot.press("enter")
        await sees(app, "orders")
        await go_to(app, pilot, "t2")
        before = app.lines
        await pilot.press("slash", *"zzz")
        await sees(app, "nothing loaded matches")
        await pilot.press("escape")
        await eventually(lambda: app.lines == before)
        assert app.sidebar.item.text == "t2"
        await pilot.press("slash")
        assert app.sidebar.query_one(Input).value == ""
        await pilot.press(*"public.ord", "down")
        await sees(app, "orders")
        await eventually(lambda: app.sidebar.item.text == "orders")
        await pilot.press("p")
        await eventually(lambda: len(app.sent(Sidebar.PreviewRequested)) == 1)


async def test_a_refresh_keeps_what_is_open_and_the_cursor() -> None:
    shop = Database(table("orders"), table("t2"))
    app = SidebarApp(shop.load, spec("shop"))
    async with app.run_test() as pilot:
        await pilot.press("enter")
        await sees(app, "orders")
        await go_to(app, pilot, "orders")
        await pilot.press("enter")
        await sees(app, "total")
        await go_to(app, pilot, "t2")
        shop.tables = [table("aaa"), table("orders"), table("t2")]
        app.sidebar.reload("shop")
        await sees(app, "aaa")
        await sees(app, "total")
        await eventually(lambda: app.sidebar.item.text == "t2")
        shop.tables = [table("aaa"), table("orders")]
        app.sidebar.reload("shop")
        await eventually(lambda: not app.line("t2"))
        assert app.line("total")
        assert app.sidebar.item.text != "t2"


async def test_keys_ask_for_what_the_line_can_give() -> None:
    app = SidebarApp(Database(table("Orders")).load, spec("shop"))
    async with app.run_test() as pilot:
        await pilot.press("p", "i", "d")  # a connection has no rows, name, definition
        await pilot.press("enter")
        await sees(app, "Orders")
        await go_to(app, pilot, "Orders")
        await pilot.press("p", "i", "d")
        await eventually(lambda: len(app.sent(Sidebar.DefinitionRequested)) == 1)
        [preview] = app.sent(Sidebar.PreviewRequested)
        assert (preview.db_id, preview.node.name) == ("shop", "Orders")
        [name] = app.sent(Sidebar.NameRequested)
        assert name.text == 'public."Orders"'
        await go_to(app, pilot, "postgres")
        await pilot.press("enter")
        await eventually(lambda: len(app.sent(Sidebar.DatabaseRequested)) == 1)
        await pilot.press("c")
        await eventually(lambda: len(app.sent(Sidebar.ReconnectRequested)) == 1)


async def test_the_connection_under_the_cursor_is_told_once() -> None:
    app = SidebarApp(Database(table("t")).load, spec("one"), spec("two"))
    async with app.run_test() as pilot:
        await pilot.press("enter")
        await sees(app, "Tables")
        await pilot.press("down", "down")
        await go_to(app, pilot, "two")
        await eventually(lambda: app.sidebar.db_id == "two")
        told = [m.db_id for m in app.sent(Sidebar.ConnectionHighlighted)]
        assert told == ["one", "two"]


async def test_the_mouse_opens_too() -> None:
    app = SidebarApp(Database(table("orders")).load, spec("shop"))
    async with app.run_test() as pilot:
        await pilot.click("#sidebar-tree", offset=(0, 0))  # its triangle
        await sees(app, "orders")
        assert app.sent(Sidebar.ConnectionSelected) == []
        await pilot.click("#sidebar-tree", offset=(8, 3))
        await sees(app, "total")


async def test_new_connections_leave_the_old_ones_open() -> None:
    app = SidebarApp(Database(table("orders")).load, spec("b", "G"), spec("c", "G"))
    async with app.run_test() as pilot:
        await pilot.press("down", "enter")
        await sees(app, "orders")
        app.sidebar.set_connections([spec("a"), spec("b", "G"), spec("d", "H")])
        await sees(app, "○ a", "○ d", "orders")
        assert not app.line("○ c")
        assert app.sidebar.item.text == "b"


async def test_leaving_while_it_loads_leaves_nothing_behind() -> None:
    shop = Database()
    shop.held["shop"] = asyncio.Event()
    app = SidebarApp(shop.load, spec("shop"))
    async with app.run_test() as pilot:
        await pilot.press("enter")
        await sees(app, "loading…")
        await app.sidebar.remove()


async def test_a_real_database(pg: PgServer, database: str) -> None:
    pg.psql(database, "-c", 'create table "my table" (id int primary key, "[/x]" text)')
    config = DBConfig(
        host=pg.host,
        port=pg.port,
        user=pg.user,
        password=pg.password,
        database=database,
        name="shop",
    )
    async with PoolManager() as pools:
        pools.register(config)
        app = SidebarApp(Catalog(pools).children, ConnectionSpec("shop", config))
        async with app.run_test(size=(60, 30)) as pilot:
            await pilot.press("enter")
            await sees(app, "my table", "Extensions", "Other databases")
            await go_to(app, pilot, "my table")
            await pilot.press("enter")
            await sees(app, "[/x]", "Keys", "Indexes")
            app.sidebar.update_states(pools.snapshot())
            await sees(app, "● shop")
            pg.psql(database, "-c", "create table second ()")
            await go_to(app, pilot, "Tables")
            await pilot.press("R")
            await sees(app, "second", "[/x]")
