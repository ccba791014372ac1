"""One value in full, and one row with its columns downwards."""

from __future__ import annotations

import json
import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from rich.cells import cell_len

from mdbtui.ui.screens.cell import CellScreen, CopyRequested, RecordScreen
from mdbtui.ui.widgets.grid import ResultGrid
from mdbtui.ui.widgets.grid_value_view import ValueView
from mdbtui.ui.widgets.grid_values import (
    PAGE_CHARS,
    ArrayLines,
    HexLines,
    JsonLines,
    Lines,
    TextLines,
    structure,
    wrap,
)
from tests.support.grid import GridApp, people
from tests.support.rows import INT4, JSONB, ListSource, column
from tests.support.waiting import eventually

DOCUMENT = {"id": 1, "tags": ["a", {"deep": None}], "none": {}, "name": "Zoë\x1b[31m"}


def texts(lines: Lines) -> list[str]:
    """All lines as text."""
    return ["".join(t for t, _ in lines.line(i)) for i in range(lines.count)]


class CellApp(GridApp):
    """Opens the dialogs that the grid asks for."""

    def on_result_grid_cell_opened(self, event: ResultGrid.CellOpened) -> None:
        self.push_screen(CellScreen(event.value, event.column, place="row 1"))

    def on_result_grid_record_opened(self, event: ResultGrid.RecordOpened) -> None:
        self.push_screen(RecordScreen(self.grid))


def opened(value: str | None, oid: int = 25, type_name: str = "text") -> CellApp:
    return CellApp(ListSource([column("the\x1bname", oid, type_name)], [(value,)]))


def on_screen(app: GridApp, text: str) -> bool:
    return any(text in line for line in app.screen_lines())


# ---- lines -------------------------------------------------------------------------


@settings(derandomize=True, max_examples=300, deadline=None)
@given(st.text(max_size=200), st.integers(2, 30))
def test_wrapped_lines_fit_and_lose_only_blanks(text: str, width: int) -> None:
    from mdbtui.ui.safe import safe_multiline

    lines = list(wrap(text, width))
    assert all(cell_len(line) <= width for line in lines)
    whole = safe_multiline(text)
    assert "".join(lines).replace(" ", "") == whole.replace(" ", "").replace("\n", "")


def test_wrapping_at_blanks() -> None:
    assert list(wrap("one two three", 8)) == ["one two", "three"]
    assert list(wrap("onetwothree", 4)) == ["onet", "woth", "ree"]
    assert list(wrap("a\n\nb", 4)) == ["a", "", "b"]
    assert list(wrap("漢字漢字", 5)) == ["漢字", "漢字"]


def test_json_as_a_tree() -> None:
    lines = JsonLines(json.dumps(DOCUMENT))
    assert texts(lines) == [
        "▾ {4}",
        "    id: 1",
        "  ▾ tags: [2]",
        '      0: "a"',
        "    ▾ 1: {1}",
        "        deep: null",
        "    none: {}",
        '    name: "Zoë\\u001b[31m"',
    ]
    assert not lines.toggle(1)
    assert lines.toggle(2)
    assert texts(lines)[2:4] == ["  ▸ tags: [2]", "    none: {}"]
    lines.toggle(0)
    assert texts(lines) == ["▸ {4}"]
    lines.fold_all(False)
    assert lines.count == 8
    lines.fold_all(True)
    assert texts(lines)[0] == "▾ {4}"
    assert lines.count == 5
    assert lines.leaf(4) == "Zoë\x1b[31m"


def test_json_keeps_digits_and_repeated_keys() -> None:
    lines = JsonLines('{"a": 1.500, "a": 12345678901234567890.10}')
    assert texts(lines)[1:] == ["    a: 1.500", "    a: 12345678901234567890.10"]


@pytest.mark.parametrize(
    "value", ["[" * 5_000 + "]" * 5_000, '{"a"', "not json", "[1,]", "{" * 100, ""]
)
def test_what_is_no_json_stays_a_text(value: str) -> None:
    assert structure(column("doc", JSONB, "jsonb"), value) is None


def test_bytes_in_hex() -> None:
    lines = HexLines("\\x" + bytes(range(0x41, 0x41 + 18)).hex())
    assert texts(lines) == [
        "00000000  41 42 43 44 45 46 47 48  49 4a 4b 4c 4d 4e 4f 50  ABCDEFGHIJKLMNOP",
        "00000010  51 52" + " " * 45 + "QR",
    ]
    assert HexLines("\\x").count == 1
    shown_as = structure(column("b", 17, "bytea"), "abc\\000")
    assert shown_as is None  # the old escape format


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (
            '{a,"b,\\"c\\\\",NULL,"NULL"}',
            ["[1] a", '[2] b,"c\\', "[3] NULL", "[4] NULL"],
        ),
        ("{{1,2},{3,4}}", ["[1][1] 1", "[1][2] 2", "[2][1] 3", "[2][2] 4"]),
        ("[0:1]={x,y}", ["[0] x", "[1] y"]),
        ("{}", ["no elements"]),
    ],
)
def test_arrays_as_elements(value: str, expected: list[str]) -> None:
    assert texts(ArrayLines(value)) == expected


@settings(derandomize=True, max_examples=300, deadline=None)
@given(st.text(st.sampled_from('{},"\\a1 []:=NUL'), max_size=20))
def test_odd_arrays_are_shown_somehow(value: str) -> None:
    found = structure(column("a", 1009, "text[]"), value)
    assert found is None or len(texts(found[1])) >= 1


# ---- the dialogs -------------------------------------------------------------------


async def test_a_text_is_wrapped_and_its_size_is_told() -> None:
    value = "first line\nsecond \x1b[31m " + "word " * 40
    app = opened(value)
    async with app.run_test(size=(60, 20)) as pilot:
        await pilot.press("enter")
        await eventually(lambda: on_screen(app, "second ␛[31m"))
        assert on_screen(app, f"text · {len(value)} characters")
        assert on_screen(app, "the␛name · row 1")
        assert not any("first line" in s and "second" in s for s in app.screen_lines())
        assert sum(line.count("word") for line in app.screen_lines()) >= 40
        await pilot.press("escape")
        await eventually(lambda: len(app.screen_stack) == 1)


async def test_null_is_told_from_text() -> None:
    app = opened(None)
    async with app.run_test(size=(60, 20)) as pilot:
        await pilot.press("enter")
        await eventually(lambda: on_screen(app, "text · NULL"))


async def test_json_can_be_folded_and_shown_as_text() -> None:
    app = opened(json.dumps(DOCUMENT), JSONB, "jsonb")
    async with app.run_test(size=(80, 24)) as pilot:
        await pilot.press("enter")
        await eventually(lambda: on_screen(app, "▾ tags: [2]"))
        await pilot.press("down", "down", "enter")
        await eventually(lambda: on_screen(app, "▸ tags: [2]"))
        assert not on_screen(app, "deep: null")
        await pilot.press("minus", "plus")
        await eventually(lambda: on_screen(app, "deep: null"))
        await pilot.press("t")
        await eventually(lambda: on_screen(app, '{"id": 1, "tags"'))
        await pilot.press("t", "end", "enter")
        await eventually(lambda: on_screen(app, "Zoë␛[31m"))
        assert len(app.screen_stack) == 3


async def test_large_json_becomes_a_tree_a_little_later() -> None:
    value = json.dumps([{"n": i} for i in range(40_000)])
    app = opened(value, JSONB, "jsonb")
    async with app.run_test(size=(80, 24)) as pilot:
        await pilot.press("enter")
        await eventually(lambda: on_screen(app, "▾ [40000]"))
        await pilot.press("minus")
        await eventually(lambda: on_screen(app, "▸ 5: {1}"))


async def test_a_click_folds() -> None:
    app = opened('{"a": {"b": 1}}', JSONB, "jsonb")
    async with app.run_test(size=(80, 24)) as pilot:
        await pilot.press("enter")
        await eventually(lambda: on_screen(app, "▾ a: {1}"))
        await pilot.click(ValueView, offset=(4, 1))
        await eventually(lambda: on_screen(app, "▸ a: {1}"))


async def test_a_hundred_megabytes_do_not_freeze() -> None:
    value = "line of text\n" * 7_700_000
    app = opened(value)
    async with app.run_test(size=(80, 24)) as pilot:
        await eventually(lambda: app.focused is app.grid)
        start = time.perf_counter()
        screen = CellScreen(value, app.grid.columns[0])
        app.push_screen(screen)
        await eventually(lambda: on_screen(app, "part 1 of 3,129"))
        assert time.perf_counter() - start < 1
        start = time.perf_counter()
        await pilot.press("ctrl+end")
        await eventually(lambda: on_screen(app, "part 3,129 of 3,129"))
        assert time.perf_counter() - start < 1


async def test_paging_goes_on_to_the_next_part() -> None:
    app = opened("a" * PAGE_CHARS + "b" * PAGE_CHARS)
    async with app.run_test(size=(80, 24)) as pilot:
        await pilot.press("enter")
        await eventually(lambda: on_screen(app, "part 1 of 2"))
        await pilot.press("end", "pagedown")
        await eventually(lambda: on_screen(app, "part 2 of 2"))
        assert on_screen(app, "bbb")
        await pilot.press("up")
        await eventually(lambda: on_screen(app, "part 1 of 2"))
        assert on_screen(app, "aaa")
        await pilot.press("pageup")
        assert on_screen(app, "part 1 of 2")


async def test_the_value_is_copied_as_it_came() -> None:
    app = opened("raw \x1b[31m\ttext")
    seen = []
    async with app.run_test(size=(80, 24), message_hook=seen.append) as pilot:
        await pilot.press("enter")
        await eventually(lambda: len(app.screen_stack) == 2)
        await pilot.press("y")
        await eventually(lambda: any(isinstance(m, CopyRequested) for m in seen))
        copied = next(m for m in seen if isinstance(m, CopyRequested))
        assert copied.text == "raw \x1b[31m\ttext"


async def test_the_record_view_shows_a_row_and_its_neighbours() -> None:
    app = CellApp(people(10))
    seen = []
    async with app.run_test(size=(80, 24), message_hook=seen.append) as pilot:
        await eventually(lambda: app.focused is app.grid)
        await pilot.press("right", "v")
        await eventually(lambda: on_screen(app, "row 1 of all 10 rows"))
        assert on_screen(app, "name   │ user 0")
        await pilot.press("right", "right")
        await eventually(lambda: on_screen(app, "row 3 of all 10 rows"))
        assert on_screen(app, "remark │ remark on 2")
        assert app.grid.cursor_row == 2
        await pilot.press("down", "down", "y")
        copied = next(m for m in seen if isinstance(m, CopyRequested))
        assert copied.text == "remark on 2"
        await pilot.press("left", "enter")
        await eventually(lambda: on_screen(app, "remark · row 2"))
        await pilot.press("escape", "escape")
        await eventually(lambda: len(app.screen_stack) == 1)
        assert app.grid.cursor_row == 1


async def test_a_record_that_is_not_at_hand_is_filled_in() -> None:
    source = people(2)
    source.add([None], complete=True)
    app = CellApp(source)
    async with app.run_test(size=(80, 24)) as pilot:
        await eventually(lambda: app.focused is app.grid)
        await pilot.press("v", "right", "right")
        await eventually(lambda: on_screen(app, "name   │ …"))
        source.rows[2] = ("2", "late", None, "x")
        await eventually(lambda: on_screen(app, "name   │ late"))


async def test_long_fields_are_cut_in_the_record_view() -> None:
    columns = [column("long"), column("漢字"), column("n", INT4)]
    app = CellApp(ListSource(columns, [("word " * 1_000, "é", "7")]))
    async with app.run_test(size=(80, 24)) as pilot:
        await eventually(lambda: app.focused is app.grid)
        await pilot.press("v")
        await eventually(lambda: on_screen(app, "… (Enter shows all)"))
        assert on_screen(app, "漢字 │ é")
        await pilot.press("down", "down", "enter")
        await eventually(lambda: on_screen(app, "n · row 1"))


def test_text_pages_cover_everything() -> None:
    text = "".join(chr(0x61 + i % 26) for i in range(PAGE_CHARS * 2 + 5))
    pages = ["".join(texts(TextLines(text, 70, page))) for page in range(3)]
    assert "".join(pages) == text
