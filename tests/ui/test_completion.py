"""The list of proposals in the editor: by keys, by mouse, and where it stands."""

from __future__ import annotations

import unicodedata

import pytest
from textual import events
from textual.geometry import Offset, Size

from mdbtui.sql.complete import Names
from mdbtui.sql.complete.names import Relation
from mdbtui.ui.widgets.completion import place
from tests.support.completion import Completed, completing
from tests.support.waiting import eventually

KEYS = [
    ("sel", "tab", "select|"),
    ("SEL", "tab", "SELECT|"),
    ("select * from us", "tab", "select * from users|"),
    # Enter makes a new line, unless something was chosen.
    ("select * from us", "enter", "select * from us\n|"),
    ("select * from or", "down enter", "select * from order_items|"),
    ("select * from or", "up up down down tab", "select * from orders|"),
    ("select * from or", "pagedown pageup tab", "select * from orders|"),
    ("select * from us", "escape tab", "select * from us    |"),
    ("select * from us", "down escape enter", "select * from us\n|"),
    ("select * from us", "left tab", "select * from u |s"),
    ("select * from us", "backspace backspace o tab", "select * from orders|"),
    ("select * from Us", "tab", 'select * from "Users"|'),
    ('select * from "Us', "tab", 'select * from "Users"|'),
    ("select * from ", "tab", "select * from events|"),
    (
        "select * from users u join ",
        "tab",
        "select * from users u join orders on orders.user_id = u.id|",
    ),
    ("select 1 a", "tab", "select 1 as|"),
    ("select max", "tab", "select max(|)"),
    ("select '", "tab", "select '    |"),
    ("-- sel", "tab", "-- sel  |"),
]


async def test_keys() -> None:
    async with completing() as c:
        for typed, keys, text in KEYS:
            await c.begin()
            await c.type(typed)
            await c.pilot.press(*keys.split())
            assert c.marked == text, (typed, keys)
            assert not c.is_open


async def test_a_name_is_awaited_where_nothing_else_can_stand() -> None:
    async with completing() as c:
        for typed, opens in (("select id ", False), ("from ", True), ("users ", False)):
            await c.type(typed)
            assert c.is_open is opens, c.marked
        await c.type("where mood = ")
        assert c.labels[:2] == ["'sad'", "'ok'"]
        await c.pilot.press("down", "tab")
        assert c.marked.endswith("where mood = 'ok'|")


async def test_asked_for_it_opens_anywhere_and_then_reads_the_names_anew() -> None:
    async with completing("select | from users") as c:
        assert not c.is_open
        await c.pilot.press("ctrl+@")
        assert c.labels[:2] == ["id", "parent_id"]
        await c.pilot.press("ctrl+space")
        assert c.source.anew == 1
        await c.pilot.press("tab")
        assert c.marked == "select id| from users"
        assert c.source.taken == ["id"]


async def test_keys_that_come_all_at_once_choose_for_the_text_as_it_is_then() -> None:
    async with completing() as c:
        burst = [*((None, letter) for letter in "sel"), ("tab", "\t")]
        burst += [(None, letter) for letter in " * from or"]
        for key, character in [*burst, ("tab", "\t")]:
            c.app.post_message(events.Key(key or character, character))
        await eventually(lambda: c.marked == "select * from orders|", 5.0, c.marked)


async def test_a_snippet_goes_in_indented_with_the_cursor_where_it_says() -> None:
    snippets = [("top", "select *\n  from $0\n limit 10;")]
    async with completing("  |", snippets=snippets) as c:
        await c.type("to")
        assert "¶ top" in c.rows[0]
        await c.pilot.press("tab")
        assert c.marked == "  select *\n    from |\n   limit 10;"
        await c.pilot.press("ctrl+z")
        assert c.marked == "  to|"


async def test_it_closes_when_the_cursor_the_focus_or_the_text_goes_elsewhere() -> None:
    async with completing("select 1;\n|") as c:

        async def opened() -> None:
            await c.begin("select 1;\n")
            await c.type("se")
            assert c.is_open

        await opened()
        c.editor.move_cursor((0, 3))
        await eventually(lambda: not c.is_open)
        await opened()
        c.editor.text = "something else"
        await eventually(lambda: not c.is_open)
        await opened()
        c.editor.selection = c.editor.selection._replace(start=(0, 0))
        await eventually(lambda: not c.is_open)
        await opened()
        c.app.set_focus(None)
        await eventually(lambda: not c.is_open)
        c.editor.focus()
        c.editor.read_only = True
        await c.pilot.press("ctrl+@")
        assert not c.is_open


async def test_names_that_arrive_are_proposed_if_the_cursor_still_waits() -> None:
    async with completing(names=Names()) as c:
        known = Names()
        known.add_relations([Relation("public", "accounts", "table")])
        c.source.reading = True
        await c.type("select * from ac")
        assert not c.is_open
        c.source.names = known
        c.app.completer.known()
        await eventually(lambda: c.labels == ["accounts"])
        await c.pilot.press("escape")
        c.app.completer.known()
        assert not c.is_open  # it was sent away
        await c.pilot.press("left")
        c.source.names = Names()
        await c.type("x")
        c.editor.move_cursor((0, 2))
        await c.pilot.pause()
        c.source.names = known
        c.app.completer.known()
        assert not c.is_open  # the cursor went away


# ---- where it stands ---------------------------------------------------------------


@pytest.mark.parametrize(
    ("cursor", "rows", "width", "expected"),
    [
        ((10, 3), 10, 30, ((7, 4), 10)),  # below
        ((10, 20), 10, 30, ((7, 10), 10)),  # above: more room there
        ((10, 18), 10, 30, ((7, 19), 5)),  # below, as there is some room
        ((10, 18), 3, 30, ((7, 19), 3)),
        ((78, 3), 10, 30, ((50, 4), 10)),  # not beyond the right edge
        ((1, 3), 10, 30, ((0, 4), 10)),  # nor the left one
        ((0, 0), 40, 80, ((0, 1), 23)),
        ((0, 23), 2, 80, ((0, 21), 2)),
    ],
)
def test_place_at_80_by_24(
    cursor: tuple[int, int],
    rows: int,
    width: int,
    expected: tuple[tuple[int, int], int],
) -> None:
    corner, count = place(Offset(*cursor), 3, rows, width, Size(80, 24))
    assert (tuple(corner), count) == expected


def test_the_cursor_s_row_is_never_covered() -> None:
    for height in range(1, 12):
        for y in range(height):
            corner, rows = place(Offset(5, y), 2, 10, 20, Size(30, height))
            assert rows == 0 or not corner.y <= y < corner.y + rows
            assert corner.y >= 0
            assert corner.y + rows <= height or rows == 0


@pytest.mark.parametrize("size", [(80, 24), (40, 10), (12, 4), (6, 1)])
async def test_it_stands_below_what_is_typed(size: tuple[int, int]) -> None:
    async with completing(size=size) as c:
        await c.type("from us")
        if size[1] == 1:
            assert not c.is_open  # no room, and nothing breaks
            return
        cursor, shown = c.editor.cursor_screen_offset, c.popup.region
        assert shown.y == cursor.y + 1
        assert shown.right <= size[0]
        assert shown.bottom <= size[1]
        if size[0] == 80:
            # Names stand under the name that is typed.
            assert shown.x + c.rows[0].index("users") == cursor.x - len("us")


async def test_wide_characters_before_the_name_move_it() -> None:
    async with completing() as c:
        await c.type("select '漢字漢字' a")
        column = c.popup.region.x + c.rows[0].index("as")
        assert column == c.editor.cursor_screen_offset.x - 1


async def test_at_the_bottom_it_stands_above_and_follows_scrolling() -> None:
    async with completing("\n" * 60 + "select * from |") as c:
        await c.type("us")
        assert c.popup.region.bottom == c.editor.cursor_screen_offset.y
        c.editor.scroll_relative(y=-3, animate=False)
        await c.pilot.pause()
        assert not c.is_open  # nobody sees what it is about
        await c.begin("\n" * 60 + "sel" + "\n" * 60 + "|")
        c.editor.move_cursor((60, 3))
        await c.pilot.press("ctrl+@")
        await c.pilot.pause()
        before = c.popup.region.y
        c.editor.scroll_relative(y=-2, animate=False)
        await eventually(lambda: c.popup.region.y == before + 2)


# ---- the mouse, and what names may hold ----------------------------------------------


async def test_a_click_chooses_and_the_wheel_turns() -> None:
    async with completing(size=(80, 24)) as c:
        await c.type("select * from ")
        before = c.rows[0]
        await c.pilot._post_mouse_events(
            [events.MouseScrollDown], c.popup, (2, 1), button=0
        )
        await eventually(lambda: c.rows[0] != before)
        wanted = c.rows[2]
        await c.pilot.click(c.popup, offset=(5, 2))
        assert c.app.focused is c.editor
        assert not c.is_open
        assert c.marked.removeprefix("select * from ").rstrip("|") in wanted


HOSTILE = [
    "plain\x1b[2J\x1b]0;owned\x07",
    "[red]markup[/red] [/]",
    "two\nlines\r\tand a tab",
    'quo"ted',
    "sel ect; drop table users; --",
    "漢字",
    "rtl \u202e evil \u200b",
    "x" * 63,
]


async def shown_and_taken(c: Completed, name: str) -> None:
    await c.type("select * from ")
    c.source.names = names = Names()
    names.add_relations([Relation("public", name, "table", comment=name)])
    await c.type('"')
    assert c.is_open
    assert len(c.rows) == 1
    drawn = c.rows[0]
    assert not [
        character
        for character in drawn
        if unicodedata.category(character) in {"Cc", "Cf", "Zl", "Zp"}
    ], repr(drawn)
    await c.pilot.press("tab")
    quoted = '"' + name.replace('"', '""') + '"'
    # An editor has line feeds only.
    assert c.editor.text == f"select * from {quoted}".replace("\r", "\n")


async def test_hostile_names_are_drawn_safely_and_go_in_quoted() -> None:
    async with completing() as c:
        for name in HOSTILE:
            await c.begin()
            await shown_and_taken(c, name)


# ---- large texts ---------------------------------------------------------------------


@pytest.mark.parametrize(
    "text",
    [
        "select 1;\n" * 20_000 + "select | from users;\n" + "select 2;\n" * 20_000,
        "insert into t values\n" + "(1, 'a'),\n" * 20_000 + "(|\n" + "(2),\n" * 20_000,
        "select '" + "x" * 300_000 + "', | from users" + " " * 300_000,
    ],
    ids=["statements", "one statement", "one line"],
)
async def test_only_what_is_near_is_read_of_a_large_text(text: str) -> None:
    async with completing(text) as c:
        around = c.editor.around_cursor()
        assert len(around.text) < 25_000
        at = around.begin + around.offset
        assert at == c.editor.sql.offset_at(c.editor.cursor_location)
        near = around.text[max(0, around.offset - 10) : around.offset + 10]
        assert near == c.editor.text[at - min(10, around.offset) : at + 10]


async def test_in_a_long_statement_what_is_open_above_is_known() -> None:
    body = "  perform 1;\n" * 3000
    text = f"create function f() as $$\nbegin\n{body}  select | from users;\n{body}$$"
    async with completing(text) as c:
        await eventually(lambda: c.editor.around_cursor().carry == "$$")
        await c.pilot.press("ctrl+@")
        assert c.labels[:2] == ["id", "parent_id"]
        await c.pilot.press("tab")
        assert "  select id from users;" in c.editor.text
