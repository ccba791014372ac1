"""One value in full, and one row with its columns downwards."""

from __future__ import annotations

import json
import re
import time
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from rich.cells import cell_len

from mdbtui.ui.messages import CopyRequested
from mdbtui.ui.screens.cell import CellScreen
from mdbtui.ui.screens.record import RecordScreen
from mdbtui.ui.screens.side_by_side import SideBySideScreen
from mdbtui.ui.widgets.grid import ResultGrid
from mdbtui.ui.widgets.grid_trees import JsonLines, XmlLines
from mdbtui.ui.widgets.grid_value_view import ValueView
from mdbtui.ui.widgets.grid_values import (
    PAGE_CHARS,
    ArrayLines,
    HexLines,
    Lines,
    TextLines,
    encoded,
    structure,
    wrap,
)
from tests.support.console import Console, console, spec_of
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

    def on_result_grid_rows_opened(self, event: ResultGrid.RowsOpened) -> None:
        self.push_screen(SideBySideScreen(self.grid))


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
        assert on_screen(app, f"text · {len(value)} characters, {len(value)} bytes")
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
        assert time.perf_counter() - start < 10
        start = time.perf_counter()
        await pilot.press("ctrl+end")
        await eventually(lambda: on_screen(app, "part 3,129 of 3,129"))
        assert time.perf_counter() - start < 10


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


# ---- XML ---------------------------------------------------------------------------


def test_xml_as_a_tree() -> None:
    value = (
        '<?xml version="1.0" encoding="latin1"?><a:order xmlns:a="urn:x" id="4&lt;">\n'
        "  <name>Zoë &amp; Co</name><empty/><!-- note -->text<b>x<i>y</i></b></a:order>"
    )
    lines = XmlLines(value)
    assert texts(lines) == [
        '  <?xml version="1.0" encoding="latin1"?>',
        '▾ <a:order xmlns:a="urn:x" id="4&lt;">',
        "    <name>Zoë &amp; Co</name>",
        "    <empty/>",
        "    <!-- note -->",
        "    text",
        "  ▾ <b>",
        "      x",
        "      <i>y</i>",
        "    </b>",
        "  </a:order>",
    ]
    assert lines.leaf(2) == "Zoë & Co"
    lines.fold_all(True)
    assert texts(lines)[5:] == ["    text", "  ▸ <b>", "  </a:order>"]
    lines.toggle(1)
    assert texts(lines)[1:] == ['▸ <a:order xmlns:a="urn:x" id="4&lt;">']


def test_xml_content_may_have_several_elements() -> None:
    assert texts(XmlLines("<a/>b<c>d</c>")) == ["  <a/>", "  b", "  <c>d</c>"]


@pytest.mark.parametrize(
    "value",
    [
        '<!DOCTYPE x [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;&a;">]><x>&b;</x>',
        '<!DOCTYPE x SYSTEM "file:///etc/passwd"><x/>',
        "<x>&undefined;</x>",
        "<a><b></a>",
        "<a></top>",
        "</top><top>",
        "<a>" * 5_000 + "</a>" * 5_000,
        "< not xml",
        "<a>\x00</a>",
    ],
)
def test_what_is_no_harmless_xml_stays_a_text(value: str) -> None:
    assert structure(column("x", 142, "xml"), value) is None


@settings(derandomize=True, max_examples=300, deadline=None)
@given(st.text(st.sampled_from("<>/ab&;\"'=!-?[] \n"), max_size=30))
def test_odd_xml_is_shown_somehow(value: str) -> None:
    found = structure(column("x", 142, "xml"), value)
    assert found is None or isinstance(texts(found[1]), list)


async def test_a_text_that_is_xml_is_shown_indented(pg, database) -> None:
    value = '<t><row id="1"><a>1</a><b/></row></t>'
    async with console([spec_of(pg, database)]) as c:
        await c.run(f"select '{value}' as x")
        await c.pilot.press("f4", "enter")
        await c.sees("text · 37 characters", '▾ <row id="1">', "<a>1</a>", "</row>")
        await c.pilot.press("t")
        await c.sees(value, "t shows the tree")


# ---- saving ------------------------------------------------------------------------


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The folder in which the console runs."""
    monkeypatch.chdir(tmp_path)
    return tmp_path


async def save(c: Console, path: str) -> None:
    await c.sees("s saves")
    await c.pilot.press("s")
    await c.sees("Save the value")
    await c.pilot.press(*path, "enter")


async def test_a_value_is_saved_as_it_is(pg, database, here: Path) -> None:
    path = here / "value.txt"
    async with console([spec_of(pg, database)]) as c:
        await c.run("select E'Zoë\\n\\u001b[31m' || repeat('x', 300000) as v")
        await c.pilot.press("f4", "enter")
        await c.sees("300,009 characters, 300,010 bytes")
        await save(c, path.name)
        await c.until(lambda: any("Saved 300,010 bytes" in n for n in c.notes()))
    assert path.read_text() == "Zoë\n\x1b[31m" + "x" * 300_000
    assert path.stat().st_mode & 0o777 == 0o600
    assert [p.name for p in here.iterdir()] == ["value.txt"]


async def test_the_bytes_of_a_bytea_are_saved(pg, database, here: Path) -> None:
    path = here / "image"
    async with console([spec_of(pg, database)]) as c:
        await c.run("select decode('00ff4142', 'hex') as v")
        await c.pilot.press("f4", "enter")
        await c.sees("bytea · 4 bytes", "00 ff 41 42", "··AB")
        await save(c, path.name)
        await c.until(path.exists)
    assert path.read_bytes() == b"\x00\xffAB"


async def test_a_file_is_replaced_only_when_that_was_said(
    pg, database, here: Path
) -> None:
    path = here / "there"
    path.write_text("precious")
    async with console([spec_of(pg, database)]) as c:
        await c.run("select 'new' as v")
        await c.pilot.press("f4", "enter")
        await save(c, path.name)
        await c.sees("Replace the file?")
        await c.pilot.press("enter")
        await c.until(lambda: "Replace the file?" not in c.screen_text)
        assert path.read_text() == "precious"
        await save(c, path.name)
        await c.sees("Replace the file?")
        await c.pilot.press("tab", "enter")
        await c.until(lambda: path.read_text() == "new")
        (here / "link").symlink_to(path)
        await save(c, "no/such/folder")
        await c.until(lambda: any("no folder" in n for n in c.notes()))
        await save(c, "link")
        await c.until(lambda: any("symbolic link" in n for n in c.notes()))


async def test_the_home_folder_is_known(
    pg, database, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))
    async with console([spec_of(pg, database)]) as c:
        await c.run("select 'mine' as v, null as n")
        await c.pilot.press("f4", "enter")
        await save(c, "~/v.txt")
        await c.until((tmp_path / "v.txt").exists)
        await c.pilot.press("escape", "right", "enter", "s")
        await c.until(lambda: any("NULL has nothing" in n for n in c.notes()))


def test_long_values_are_encoded_in_pieces() -> None:
    value = "é" * 600_000
    pieces = list(encoded(column("v"), value))
    assert len(pieces) == 3
    assert b"".join(pieces).decode() == value
    hexed = "\\x" + bytes(range(256)).hex() * 2_000
    assert (
        b"".join(encoded(column("b", 17, "bytea"), hexed)) == bytes(range(256)) * 2000
    )
    assert b"".join(encoded(column("v"), "\udc80")) == b"\\udc80"


# ---- rows side by side -------------------------------------------------------------


async def test_selected_rows_stand_side_by_side() -> None:
    app = CellApp(people(30))
    seen = []
    async with app.run_test(size=(100, 24), message_hook=seen.append) as pilot:
        await eventually(lambda: app.focused is app.grid)
        await pilot.press("g", *"8", "enter")
        await eventually(lambda: app.grid.cursor_row == 7)
        await pilot.press("shift+down", "t")
        await eventually(lambda: on_screen(app, "4 of 4 columns differ"))
        assert on_screen(app, "▸row 8")
        rows = "\n".join(app.screen_lines())
        assert re.search(r"≠ id +│ +7 │ +8 ", rows)
        assert re.search(r"≠ name +│ user 0 +│ user 1 ", rows)
        assert not on_screen(app, "row 10")
        await pilot.press("right", "down", "y")
        assert {m.text for m in seen if isinstance(m, CopyRequested)} == {"user 1"}
        await pilot.press("enter")
        await eventually(lambda: on_screen(app, "name · row 9"))
        await pilot.press("escape", "escape")
        await eventually(lambda: len(app.screen_stack) == 1)


async def test_only_what_differs_is_shown_on_demand() -> None:
    columns = [column("same"), column("other"), column("nothing")]
    app = CellApp(ListSource(columns, [("a", "b", None), ("a", None, None)]))
    async with app.run_test(size=(80, 24)) as pilot:
        await eventually(lambda: app.focused is app.grid)
        await pilot.press("t")
        await eventually(lambda: on_screen(app, "1 of 3 columns differ"))
        assert on_screen(app, "  same ")
        assert on_screen(app, "≠ other")
        assert on_screen(app, "NULL")
        await pilot.press("d")
        await eventually(lambda: not on_screen(app, "  same "))
        assert on_screen(app, "≠ other")


async def test_more_rows_than_fit_are_gone_through() -> None:
    source = people(40)
    app = CellApp(source)
    async with app.run_test(size=(60, 20)) as pilot:
        await eventually(lambda: app.focused is app.grid)
        await pilot.press("ctrl+a", "t")
        await eventually(lambda: on_screen(app, "of 8 rows · 32 left out"))
        assert on_screen(app, "▸row 1 ")
        assert not on_screen(app, "row 8")
        await pilot.press(*["right"] * 9)
        await eventually(lambda: on_screen(app, "▸row 8"))
        assert not on_screen(app, "row 1 ")


async def test_rows_side_by_side_are_filled_in_when_they_come() -> None:
    source = people(1)
    source.add([None], complete=True)
    app = CellApp(source)
    async with app.run_test(size=(100, 20)) as pilot:
        await eventually(lambda: app.focused is app.grid)
        await pilot.press("t")
        await eventually(lambda: on_screen(app, "│ …"))
        source.rows[1] = ("1", "late\x1b[0m", None, "x")
        await eventually(lambda: on_screen(app, "│ late␛[0m"))


async def test_hundreds_of_columns_stand_side_by_side() -> None:
    columns = [column(f"c{i}") for i in range(1_600)]
    rows = [tuple(f"{i % 7 * row}" for i in range(1_600)) for row in range(8)]
    app = CellApp(ListSource(columns, rows))
    async with app.run_test(size=(140, 40)) as pilot:
        await eventually(lambda: app.focused is app.grid)
        start = time.perf_counter()
        await pilot.press("t", "end")
        await eventually(lambda: on_screen(app, "≠ c1599"))
        assert time.perf_counter() - start < 15
