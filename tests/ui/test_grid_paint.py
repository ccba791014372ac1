"""Columns stay where they are, whatever is in the cells."""

from __future__ import annotations

import unicodedata
from typing import Any, cast

from hypothesis import given, settings
from hypothesis import strategies as st
from rich.cells import cell_len
from rich.style import Style

from mdbtui.ui.widgets.grid_layout import MAX_WIDTH, ColumnLayout
from mdbtui.ui.widgets.grid_paint import Frame, Part, cell_text, paint_header, paint_row
from tests.support.grid import people, shown
from tests.support.rows import INT4, ListSource, column
from tests.support.waiting import eventually

NASTY = (
    "漢字한글\u1112\u1161👩\u200d👧👍🏽🇩🇪❤\ufe0fe\u0301\u0e31"
    "\x1b\x9b\t\n\u202e\ud800[/]اب"
)
VALUES = st.one_of(
    st.none(),
    st.text(st.one_of(st.sampled_from(NASTY), st.characters(codec=None)), max_size=60),
    st.text(st.characters(min_codepoint=32, max_codepoint=126), max_size=60),
)


class PlainStyles:
    """Stands for the theme's styles."""

    base = Style()

    def __getitem__(self, parts: int) -> Style:
        return Style(bold=bool(parts & Part.CURSOR))


def frame_of(layout: ColumnLayout, width: int, scroll: int, needle: str = "") -> Frame:
    styles = cast("Any", PlainStyles())
    return Frame(layout, styles, width, 5, scroll, "NULL", needle, True)


@settings(derandomize=True, max_examples=300, deadline=None)
@given(
    values=st.lists(VALUES, min_size=1, max_size=8),
    width=st.integers(8, 90),
    scroll=st.integers(0, 200),
    frozen=st.integers(0, 3),
    needle=st.sampled_from(["", "a", "漢"]),
)
def test_every_line_is_as_wide_as_the_screen(
    values: list[str | None], width: int, scroll: int, frozen: int, needle: str
) -> None:
    columns = [column(v or "x", INT4 if i % 2 else 25) for i, v in enumerate(values)]
    layout = ColumnLayout(columns, "NULL")
    layout.measure([tuple(values)], width)
    layout.frozen = min(frozen, len(values) - 1)
    scroll = min(scroll, max(0, layout.total + 5 - width))
    frame = frame_of(layout, width, scroll, needle)
    row = paint_row(frame, values, "   1▸", Part.ROW, range(1, 3), 0)
    header = paint_header(frame, {0: "▲"}, 0, range(0))
    for strip in (row, header):
        assert cell_len(strip.text) == strip.cell_length == width
        for character in strip.text:
            assert unicodedata.category(character) not in ("Cc", "Cs", "Zl", "Zp")
            assert character not in "\u202a\u202b\u202c\u202d\u202e\u200d\ufe0f"


@settings(derandomize=True, max_examples=300, deadline=None)
@given(VALUES.filter(lambda v: v is not None), st.integers(3, 50), st.booleans())
def test_a_cell_is_exactly_as_wide_as_its_column(
    value: str, width: int, right: bool
) -> None:
    text = cell_text(value, width, right)
    assert cell_len(text) == width


def test_columns_of_any_script_begin_at_the_same_cell() -> None:
    values = [
        "plain",
        "漢字かな",
        "👩\u200d👧 x",
        "e\u0301a\u0300",
        "\x1b[31m\n",
        "אבג",
    ]
    layout = ColumnLayout([column("v"), column("end")], "NULL")
    layout.measure([(value, "|") for value in values], 80)
    frame = frame_of(layout, 80, 0)
    places = set()
    for value in values:
        text = paint_row(frame, [value, "|"], "   1 ", 0, range(0), -1).text
        places.add(cell_len(text[: text.index("|")]))
    assert len(places) == 1


def test_long_values_are_cut_with_a_mark() -> None:
    assert cell_text("abcdef", 4, right=False) == "abc…"
    assert cell_text("abcd", 4, right=False) == "abcd"
    assert cell_text("漢字漢字", 4, right=False) == "漢 …"
    assert cell_text("one\ntwo", 9, right=False) == "one⏎two  "
    assert cell_text("12", 4, right=True) == "  12"


def test_a_huge_value_costs_no_more_than_what_is_seen() -> None:
    class Loud(str):
        def isascii(self) -> bool:
            raise AssertionError("looked at the whole value")

    assert cell_text(Loud("x" * 10_000), 5, right=False) == "xxxx…"


def test_one_wide_column_gets_the_room_that_is_left() -> None:
    layout = ColumnLayout([column("QUERY PLAN")], "NULL")
    layout.measure([("x" * 90,)], 120)
    assert layout.widths == [90]
    layout = ColumnLayout([column("a"), column("b")], "NULL")
    layout.measure([("x" * 90, "y" * 90)], 60)
    assert layout.widths == [MAX_WIDTH, MAX_WIDTH]


def test_hundreds_of_columns_are_measured_within_a_bound() -> None:
    read = 0

    def rows() -> Any:
        nonlocal read
        for _ in range(1_000):
            read += 1
            yield ("x",) * 300

    ColumnLayout([column(f"c{i}") for i in range(300)], "NULL").measure(rows(), 80)
    assert read <= 20


async def test_widths_grow_for_longer_values_only_when_the_view_moves() -> None:
    columns = [column("n", INT4), column("text")]
    source = ListSource(columns, [(str(i), "x") for i in range(30)], complete=False)
    async with shown(source) as (pilot, app, _grid):
        before = app.screen_lines()[:3]
        source.add([("123456789", "y" * 30)] * 30, complete=True)
        await eventually(lambda: app.grid.virtual_size.height == 61)
        await pilot.pause()
        assert [line[:-1] for line in app.screen_lines()[:3]] == [
            line[:-1] for line in before
        ]
        await pilot.press("ctrl+end")
        assert "123456789" in app.screen_lines()[-1]
        assert "y" * 30 in app.screen_lines()[-1]


async def test_a_scrolled_cursor_column_stays_in_place_when_others_grow() -> None:
    columns = [column(f"c{i}", INT4) for i in range(40)]
    rows = [tuple(str(i % 9) for _ in columns) for i in range(20)]
    rows += [tuple("1234567" for _ in columns) for _ in range(40)]
    async with shown(ListSource(columns, rows)) as (pilot, app, grid):
        await pilot.press(*["right"] * 25, *["left"] * 6)
        layout = grid.grid_layout
        assert layout is not None
        place = layout.offsets[grid.cursor_col] - grid.scroll_offset.x
        await pilot.press("pagedown", "pagedown")
        assert "1234567" in app.screen_lines()[5]
        now = layout.offsets[grid.cursor_col] - grid.scroll_offset.x
        assert now == place


async def test_a_width_chosen_by_hand_is_kept() -> None:
    rows = [("1", "x" * 10)] * 30 + [("2", "y" * 30)] * 30
    async with shown(ListSource([column("n"), column("text")], rows)) as (
        pilot,
        _app,
        grid,
    ):
        assert grid.grid_layout is not None
        await pilot.press("right", "minus", "ctrl+end")
        assert grid.grid_layout.widths[1] == 6


async def test_fitting_and_widening_by_key() -> None:
    async with shown(people(30)) as (pilot, _app, grid):
        assert grid.grid_layout is not None
        widths = grid.grid_layout.widths
        await pilot.press("right", "plus")
        assert widths[1] == len("user 0") + 4
        await pilot.press("minus", "minus")
        assert widths[1] == 3
        await pilot.press("equals_sign")
        assert widths[1] == len("user 0")


async def test_frozen_columns_stay() -> None:
    columns = [column(f"col{i}") for i in range(30)]
    source = ListSource(columns, [tuple(f"v{i}" for i in range(30))] * 3)
    async with shown(source) as (pilot, app, _grid):
        await pilot.press("right", "f", "end")
        line = app.screen_lines()[0]
        assert line.replace(" ", "").startswith("#col0│col1│col2")
        assert "col29" in line
        assert "v29" in app.screen_lines()[1]
        await pilot.press("home")
        await pilot.press("right", "f", "end")
        assert "col0│" not in app.screen_lines()[0]


async def test_hiding_and_moving_columns() -> None:
    async with shown(people(3)) as (pilot, app, grid):
        await pilot.press("right", "H")
        assert "name" not in app.screen_lines()[0]
        assert "1 column hidden" in grid.note
        await pilot.press("greater_than_sign")
        assert app.screen_lines()[0].split("│")[1].strip() == "remark"
        await pilot.press("y")
        await pilot.press("U")
        names = [part.strip() for part in app.screen_lines()[0].split("│")]
        assert names[1:4] == ["name", "amount", "remark"]
        assert grid.note == "all 3 rows"


async def test_the_last_column_cannot_be_hidden() -> None:
    async with shown(ListSource([column("x")], [("1",)])) as (pilot, app, _grid):
        await pilot.press("H")
        assert "x" in app.screen_lines()[0]


async def test_hundreds_of_columns() -> None:
    columns = [column(f"c{i}") for i in range(300)]
    rows = [tuple(f"{r}.{i}" for i in range(300)) for r in range(50)]
    async with shown(ListSource(columns, rows)) as (pilot, app, grid):
        await pilot.press("end")
        assert "c299" in app.screen_lines()[0]
        await pilot.press("ctrl+pageup", "ctrl+pagedown", "ctrl+pagedown")
        assert grid.cursor_col == 299
        await pilot.press("home")
        assert app.screen_lines()[1].startswith("   1▸ 0.0")


async def test_the_theme_can_change() -> None:
    async with shown(people(3)) as (pilot, app, grid):
        for theme in ("textual-light", "ansi-dark", "nord"):
            app.theme = theme
            await pilot.pause()
            assert "user 2" in app.screen_lines()[3]
        cell = grid._styles_made
        assert cell is not None
        assert cell[Part.ROW | Part.CURSOR] != cell[0]
