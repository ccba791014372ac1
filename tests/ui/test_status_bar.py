from __future__ import annotations

import dataclasses

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from rich.cells import cell_len
from textual.app import App, ComposeResult
from textual.color import Color

from mdbtui.ui.themes import Themes, ThemesMixin
from mdbtui.ui.widgets import status_bar
from mdbtui.ui.widgets.status_bar import StatusBar, StatusState
from tests.support.vt import check


class Console(ThemesMixin, App[None]):
    def __init__(self) -> None:
        super().__init__()
        self.open_themes(Themes())

    def compose(self) -> ComposeResult:
        yield StatusBar()

    @property
    def bar(self) -> StatusBar:
        return self.query_one(StatusBar)

    def line(self) -> str:
        return self.screen._compositor.render_strips(self.size)[0].text.rstrip()


SHOP = StatusState(connection="shop", database="shop_prod")


@pytest.mark.parametrize(
    ("changes", "shown"),
    [
        ({}, "shop / shop_prod"),
        ({"database": "shop"}, "shop"),
        ({"rows": "1,000+ rows"}, "shop / shop_prod  1,000+ rows"),
        (
            {"wait_ms": 0.3, "server_ms": 12.2, "transfer_ms": 48.0},
            "shop / shop_prod  wait 0.3 · server 12 · transfer 48 ms",
        ),
        ({"running_s": 3.21}, "shop / shop_prod  running 3.2 s"),
        ({"running_s": 3_723.0}, "shop / shop_prod  running 1:02:03"),
        ({"transaction": "open"}, "shop / shop_prod  ◆ transaction open"),
        (
            {"transaction": "failed"},
            "shop / shop_prod  ✗ transaction failed: roll back",
        ),
        ({"pinned": True}, "shop / shop_prod  ◇ session kept"),
        (
            {"pinned": True, "held": "2 settings, LISTEN", "held_s": 130.0},
            "shop / shop_prod  ◇ pinned 2m: 2 settings, LISTEN",
        ),
        (
            {"transaction": "open", "transaction_s": 42.0, "pinned": True},
            "shop / shop_prod  ◆ transaction open 42s",
        ),
        ({"manual": True}, "shop / shop_prod  manual commit"),
        ({"environment": "staging"}, " staging   shop / shop_prod"),
        ({"environment": "Production"}, " ! PRODUCTION   shop / shop_prod"),
        (
            {"message": "gone \x1b[2J\n[red]", "severity": "error"},
            "shop / shop_prod  ✗ gone ␛[2J⏎[red]",
        ),
        (
            {"dev": "loop p99 1.0 · max 4 ms"},
            "shop / shop_prod  loop p99 1.0 · max 4 ms",
        ),
    ],
)
async def test_each_part_is_shown_in_words(
    changes: dict[str, object], shown: str
) -> None:
    app = Console()
    async with app.run_test(size=(100, 2)) as pilot:
        app.bar.show(dataclasses.replace(SHOP, **changes))  # type: ignore[arg-type]
        await pilot.pause()
        assert app.line() == shown


async def test_narrow_line_keeps_what_matters_most() -> None:
    state = dataclasses.replace(
        SHOP,
        environment="production",
        transaction="open",
        rows="all 1,000 rows",
        wait_ms=0.3,
        server_ms=12.0,
        transfer_ms=48.0,
        dev="loop p99 1.0 · max 4 ms",
    )
    app = Console()
    async with app.run_test(size=(80, 2)) as pilot:
        app.bar.show(state)
        await pilot.pause()
        line = app.line()
        for word in ("! PRODUCTION", "shop / shop_prod", "◆ transaction open"):
            assert word in line
        assert line.endswith("all 1,000 rows  60 ms")
        await pilot.resize_terminal(40, 2)
        await pilot.pause()
        assert app.line() == " ! PRODUCTION   shop / shop_prod  ◆ tx"


async def test_long_error_leaves_place_and_transaction() -> None:
    state = dataclasses.replace(
        SHOP,
        environment="production",
        transaction="failed",
        message="relation does not exist " * 20,
        severity="error",
        rows="all 12 rows",
    )
    app = Console()
    async with app.run_test(size=(80, 2)) as pilot:
        app.bar.show(state)
        await pilot.pause()
        line = app.line()
    assert line.startswith(" ! PRODUCTION   shop")
    assert "✗ tx" in line
    assert "✗ relation does not exist" in line
    assert line.endswith("…")
    assert cell_len(line) == 80


def background(app: App[None], text: str) -> Color:
    strip = app.screen._compositor.render_strips(app.size)[0]
    for segment in strip:
        if text in segment.text and segment.style and segment.style.bgcolor:
            return Color.from_rich_color(segment.style.bgcolor)
    raise AssertionError(strip.text)


async def test_environments_have_the_themes_or_the_users_colour() -> None:
    app = Console()
    async with app.run_test(size=(80, 2)) as pilot:
        app.bar.show(dataclasses.replace(SHOP, environment="production"))
        await pilot.pause()
        expected = Color.parse(app.get_css_variables()["env-production"])
        assert background(app, "PRODUCTION") == expected
        app.theme = "nord"
        await pilot.pause()
        expected = Color.parse(app.get_css_variables()["env-production"])
        assert background(app, "PRODUCTION") == expected
        for colour in ("#7a45c0", "gold"):
            app.bar.show(
                dataclasses.replace(
                    SHOP, environment="production", environment_colour=colour
                )
            )
            await pilot.pause()
            assert background(app, "PRODUCTION") == Color.parse(colour)
        app.bar.show(
            dataclasses.replace(SHOP, environment="qa", environment_colour="no colour")
        )
        await pilot.pause()
        expected = Color.parse(app.get_css_variables()["env-other"])
        assert background(app, "qa") == expected


async def test_same_line_is_not_painted_again() -> None:
    app = Console()
    async with app.run_test(size=(80, 2)) as pilot:
        app.bar.show(dataclasses.replace(SHOP, running_s=1.01))
        await pilot.pause()
        painted: list[int] = []
        original = StatusBar.render_line
        app.bar.render_line = (  # type: ignore[method-assign]
            lambda y: painted.append(y) or original(app.bar, y)
        )
        app.bar.show(dataclasses.replace(SHOP, running_s=1.02))
        await pilot.pause()
        assert painted == []
        app.bar.show(dataclasses.replace(SHOP, running_s=1.2))
        await pilot.pause()
        assert painted == [0]


TEXT = st.text(max_size=80)


@settings(max_examples=100, derandomize=True)
@given(
    state=st.builds(
        StatusState,
        connection=TEXT,
        database=TEXT,
        environment=TEXT,
        transaction=st.sampled_from(["", "open", "failed"]),
        pinned=st.booleans(),
        rows=TEXT,
        running_s=st.none() | st.floats(0, 1e6),
        wait_ms=st.none() | st.floats(0, 1e7),
        server_ms=st.none() | st.floats(0, 1e7),
        message=st.text(max_size=400),
        severity=st.sampled_from(["information", "warning", "error"]),
        dev=TEXT,
    ),
    width=st.integers(1, 200),
)
def test_line_never_overflows_and_place_is_first(
    state: StatusState, width: int
) -> None:
    parts = status_bar._parts(state)
    pieces = status_bar.layout(parts, width)
    text = "".join(part for part, _ in pieces)
    assert cell_len(text) <= width
    assert check(text.encode(), bell=False) == []
    wide = status_bar.layout(parts, 2_000)
    assert [part for part, _ in wide if part.strip()] == [
        part.texts[0] for part in parts if part.texts[0].strip()
    ]
