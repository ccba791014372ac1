"""vim's keys on a text, against what vim itself makes of them."""

from __future__ import annotations

import random
import re

import pytest

from mdbtui.ui.vim.core import Memory
from mdbtui.ui.vim.patterns import PatternError, compiled, may_take_long
from mdbtui.ui.widgets import editor_proof
from tests.support.editor import editing
from tests.support.vim import keys_of, press, shown, used_memory
from tests.support.vim_yardstick import table
from tests.support.waiting import eventually

# Cases in which vim does something else, and why we do not.
DIFFERENT = {
    ("‸one\ntwo\nthree", ":%s/\\n/ /<CR>"): "the last line has no end to replace",
    ("‸one\ntwo\nthree", ":1,2s/\\n//<CR>"): "the cursor stays at the line's start",
    (
        "    inden‸ted\n        more\n    back\nSELECT * FROM t; -- c",
        "2>2<Space>",
    ): "a line's end counts as a place",
    ("‸a", "gU2<BS>"): "an empty motion changes nothing",
    ("‸a", "gU|"): "an empty motion changes nothing",
    ("‸select a, b\nfrom t\nwhere x = (1 + 2)", "g~|-"): "the same",
    ("a\nb\n‸c d", "w3J"): "a command that fails moves nothing",
    ("one\ntwo thr‸ee", "3daw"): "a command that fails moves nothing",
}


def test_it_does_what_vim_does() -> None:
    cases = table()
    assert len(cases) > 700
    wrong = []
    for text, keys, answer in cases:
        got = shown(press(text, keys, used_memory())[0])
        if (got != answer) != ((text, keys) in DIFFERENT):
            wrong.append(f"{keys} on {text!r}:\n  vim {answer!r}\n  got {got!r}")
    assert not wrong, f"{len(wrong)} cases:\n" + "\n".join(wrong[:20])


@pytest.mark.parametrize(
    ("text", "keys", "expected"),
    [
        # What vim has only with a plugin, or with an indentation of its own.
        ("‸select 1", "gcc", "‸-- select 1"),
        ("‸-- a\n-- b", "gcj", "‸a\nb"),
        ("‸a\nb\nc", "Vjgc", "‸-- a\n-- b\nc"),
        ("‸f(\na,\n(b\n)\n)", "=G", "‸f(\n    a,\n    (b\n    )\n)"),
        # A cursor key in insert mode begins anew what . repeats.
        ("‸ab", "ix<Right>y<Esc>l.", "xay‸yb"),
        ("‸a b", "ix<Left>y<Esc>u", "‸xa b"),
        # A count that is far too large does no harm.
        ("‸a\nb\nc", "99999999j", "a\nb\n‸c"),
        ("‸abc", "d99999999l", "‸"),
    ],
)
def test_what_vim_does_not_answer(text: str, keys: str, expected: str) -> None:
    assert shown(press(text, keys)[0]) == expected


@pytest.mark.parametrize(
    ("keys", "asked"),
    [
        (":w<CR>", ("save", "")),
        (":w report.sql<CR>", ("save", "report.sql")),
        (":e a b.sql<CR>", ("open", "a b.sql")),
        (":q<CR>", ("close", "")),
        (":q!<CR>", ("close", "")),
        (":wq<CR>", ("save_and_close", "")),
        (":x<CR>", ("save_and_close", "")),
        ("ZZ", ("save_and_close", "")),
        (":qa<CR>", ("quit", "")),
        (":tabnew<CR>", ("new_tab", "")),
        ("gt", ("next_tab", "")),
        ("gT", ("previous_tab", "")),
        (":h<CR>", ("help", "")),
        ("<C-w>j", ("focus_results", "")),
        ("<C-w>h", ("focus_sidebar", "")),
    ],
)
def test_what_is_not_about_the_text_is_asked_for(
    keys: str, asked: tuple[str, str]
) -> None:
    host, _ = press("‸a", keys)
    assert host.done == [asked]
    assert host.lines == ["a"]


@pytest.mark.parametrize(
    ("keys", "said"),
    [
        (":foo<CR>", "E492: Not an editor command: foo"),
        ("/nothing<CR>", "E486: Pattern not found: nothing"),
        (":s/(/x/<CR>", "E486: Pattern not found: ("),
        (":%s/\\(/x/<CR>", "E54: Unmatched \\("),
        (":7,9d<CR>", "E16: Invalid range"),
        ("`q", "E20: Mark not set"),
        ('"qp', "E353: Nothing in register q"),
        ("u", "Already at oldest change"),
        ("<C-r>", "Already at newest change"),
        ("/a<CR>n", "search hit BOTTOM, continuing at TOP"),
        ("4yy", "4 lines yanked"),
        (":%s/./x/g<CR>", "3 substitutions on 3 lines"),
        (":s/a/x/c<CR>", "The flag c is not known here: / and . do as much"),
        (":set nonsense<CR>", "E518: Unknown option: nonsense"),
        ("<C-v>", "There is no visual block here; V selects lines"),
    ],
)
def test_it_says_what_was_wrong(keys: str, said: str) -> None:
    host, _ = press("‸a\nb\nc\n", keys)
    assert host.said
    assert host.said[-1] == said


def test_modes_and_what_is_pending_can_be_shown() -> None:
    def after(keys: str) -> tuple[str, str, bool]:
        _, machine = press("‸a b\nc", keys)
        return machine.word, machine.pending, machine.block_cursor

    assert after("") == ("NORMAL", "", True)
    assert after("i") == ("INSERT", "", False)
    assert after("i<Esc>") == ("NORMAL", "", True)
    assert after("v") == ("VISUAL", "", True)
    assert after("V") == ("V-LINE", "", True)
    assert after("R") == ("REPLACE", "", False)
    assert after('"a2d') == ("NORMAL", '"a2d', True)
    assert after('"a2d<Esc>') == ("NORMAL", "", True)
    assert after(":s/a") == ("NORMAL", ":s/a", True)
    assert after(":s/a<BS><C-u>x") == ("NORMAL", ":x", True)
    assert after(":<BS>") == ("NORMAL", "", True)


def test_the_selection_holds_the_character_at_the_cursor() -> None:
    host, _ = press("a‸bcd", "vl")
    assert host.selection == ((0, 1), (0, 3))
    host, _ = press("abc‸d", "vhh")
    assert (host.selection, host.cursor) == (((0, 1), (0, 4)), (0, 1))
    host, _ = press("a‸b\ncd", "V")
    assert host.selection == ((0, 0), (0, 2))


def test_a_line_that_was_typed_comes_back() -> None:
    memory = Memory()
    press("‸a", ":s/a/b/<CR>", memory)
    host, _ = press("‸a", ":<Up><CR>", memory)
    assert host.lines == ["b"]
    host, _ = press("‸a x", "/x<CR>", memory)
    assert host.cursor == (0, 2)
    host, _ = press("‸a x", "/<Up><CR>", memory)
    assert host.cursor == (0, 2)


def test_registers_and_the_clipboard_go_from_editor_to_editor() -> None:
    memory = Memory()
    press("‸one\ntwo", '"ayy', memory)
    assert shown(press("‸x", '"ap', memory)[0]) == "x\n‸one"
    host, _ = press("‸one two", '"+yw', memory)
    assert host.copied == "one "
    host.copied = "from the grid\n"
    host.cursor = (0, 0)
    _, machine = press("‸", "", memory)
    machine.host = host
    for key in '"+p':
        machine.feed(key)
    assert host.lines == ["one two", "from the grid"]


def test_ignoring_case_is_an_option() -> None:
    assert shown(press("‸a\nSELECT", ":set ic<CR>/select<CR>")[0]) == "a\n‸SELECT"
    smart = ":set ic scs<CR>/Select<CR>"
    assert press("‸a\nSELECT", smart)[0].said == ["E486: Pattern not found: Select"]


def test_marks_move_with_the_lines_above_them() -> None:
    assert shown(press("a\n‸b\nc", "majggOx<Esc>'a")[0]) == "x\na\n‸b\nc"
    assert shown(press("a\nb\n‸c", "maggdd'a")[0]) == "b\n‸c"


@pytest.mark.parametrize(
    ("pattern", "python"),
    [
        (r"a\{2,}", "a{2,}"),
        (r"a\{-1,2}", "a{1,2}?"),
        (r"\v(a|b)+", "(a|b)+"),
        (r"\(a\|b\)\+", "(a|b)+"),
        ("(a|b)+", r"\(a\|b\)\+"),
        (r"\V.*", r"\.\*"),
        (r"\<a\>", r"\b(?=\w)a\b(?<=\w)"),
        ("[^a-c]", "[^a-c\n]"),
        ("[[:digit:]x]", "[0-9x]"),
        ("[", r"\["),
        ("*a", r"\*a"),
        ("a$b^", r"a\$b\^"),
    ],
)
def test_patterns_are_vims(pattern: str, python: str) -> None:
    assert compiled(pattern).pattern == python


def test_patterns_that_cannot_be_are_refused() -> None:
    for pattern in (r"\(", r"\)", r"a\{x}", r"a\{3,1}", r"\1"):
        with pytest.raises(PatternError):
            compiled(pattern)


def test_any_keys_whatever_leave_a_text_and_a_cursor_in_it() -> None:
    pressed = [
        *"dcywbeWE0^$%(){}fFtTiaIAoOrRxXsSpPuvVJ~.;,nN*#/?:gzm'`\"<>=!&@q123|+-_"
    ]
    pressed += ["<Esc>", "<CR>", "<BS>", "<C-r>", "<C-a>", "<C-x>", "<C-d>", "<C-w>"]
    pressed += ["ip", "aw", "i(", "s/a/b/g", "%", "ä", "日"]
    chance = random.Random(7)
    for _ in range(400):
        keys = "".join(chance.choice(pressed) for _ in range(25))
        host, machine = press("sel‸ect (a, 'b')\n\n  from t -- x\n日本", keys)
        row, column = host.cursor
        assert 0 <= row < len(host.lines), keys
        assert 0 <= column <= len(host.lines[row]), keys
        for _ in range(2):
            machine.feed("escape")
        assert machine.word == "NORMAL", keys
        assert machine.pending == "", keys


def test_keys_are_read_as_written() -> None:
    assert keys_of("d<Esc><C-r>x<lt>") == ["d", "escape", "ctrl+r", "x", "<"]


@pytest.mark.parametrize(
    ("pattern", "size", "long"),
    [
        (r"select", 1 << 30, False),
        (r"a\*\+[*+]", 10, False),
        (r"sel.*", 10, False),
        (r"sel.*", 2 << 20, True),
        (r"from.*where.*", 10, True),
        (r"(a|aa)+b", 10, True),
        (r"(?:a?){3}", 10, True),
        (r"(a+)+b", 10, True),
        (r"[](a+)+]b", 10, False),
    ],
)
def test_patterns_that_may_take_long_are_known(
    pattern: str, size: int, long: bool
) -> None:
    assert may_take_long(re.compile(pattern), size) is long


async def test_a_pattern_that_never_ends_is_given_up_and_others_are_found(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(editor_proof, "REGEX_SECONDS", 1.0)
    text = f"select {'a' * 60}!\nselect 1 from here where 2\nlast"
    async with editing(text) as (editor, pilot):
        editor.use_vim(Memory())
        assert editor.vim is not None
        host = editor.vim.text
        await pilot.press(*r"/\(a\+\)\+b", "enter", "x")
        assert "searching" in host.note
        await eventually(lambda: "E363" in host.note)
        assert editor.text == text  # what waited is not done elsewhere
        await pilot.press(*":%s/", *r"\(a*\)*c/x/", "enter", "escape")
        await eventually(lambda: "Interrupted" in host.note)
        monkeypatch.setattr(editor_proof, "REGEX_SECONDS", 30.0)
        monkeypatch.setattr(editor_proof, "MOST_SECONDS", 30.0)
        await pilot.press(*"/s.*from.*wh", "enter", "d", "w")
        await eventually(lambda: "1 from here" in editor.text.splitlines()[1][:12])
        await pilot.press(*r":%s/\(.*\)from\(.*\)/\2/", "enter")
        await eventually(lambda: editor.text.splitlines()[1] == " here where 2")
