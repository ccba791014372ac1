"""The strict terminal reader, and what the grid writes to a terminal."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.support.terminal import TerminalProgram
from tests.support.vt import check, printed


@pytest.mark.parametrize(
    "data",
    [
        b"plain text\r\n",
        "漢字 é 👩".encode(),
        b"\x1b[1;38;2;1;2;3;48:5:7m\x1b[0m\x1b[m",
        b"\x1b[2J\x1b[H\x1b[12;40H\x1b[3A\x1b[K\x1b[1G",
        b"\x1b[?1049h\x1b[?25l\x1b[?1000h\x1b[?1003h\x1b[?1006h\x1b[?2004h",
        b"\x1b[?2026h\x1b[?2026l\x1b[?2026$p\x1b[>25u\x1b[<u",
        b"\x1b7\x1b8\x1b(B\x1b[5 q\x1b]22;text\x07",
    ],
)
def test_what_a_full_screen_program_needs_is_allowed(data: bytes) -> None:
    assert check(data) == []


@pytest.mark.parametrize(
    ("data", "word"),
    [
        (b"x\x1b]52;c;aGk=\x07y", "OSC"),
        (b"x\x1b]0;title\x1b\\y", "OSC"),
        (b"\x1bPq\x1b\\", "DCS"),
        (b"\x1b_Gf=100\x1b\\", "APC"),
        (b"\x1b^pm\x1b\\", "PM"),
        (b"\x1b[?47h", "mode"),
        (b"\x1b[?1049;47l", "mode"),
        (b"\x1b[21t", "CSI"),
        (b"\x1b[!p", "CSI"),
        (b"\x1b[5i", "CSI"),
        (b"\x1b[", "broken"),
        (b"\x1bc", "unknown"),
        (b"\x9b31m", "8-bit"),
        ("\x9b31m".encode(), "C1"),
        ("a\u202eb".encode(), "format"),
        ("a\u200bb".encode(), "format"),
        (b"\x00", "control"),
        (b"\x0e", "control"),
        (b"\x7f", "control"),
        (b"\xff", "broken UTF-8"),
        (b"\xed\xa0\x80", "broken UTF-8"),
    ],
)
def test_everything_else_is_reported_once(data: bytes, word: str) -> None:
    problems = check(data)
    assert problems
    assert word in problems[0]


def test_the_rest_is_read_on_after_a_problem() -> None:
    assert len(check(b"\x1b]0;a\x07ok\x1b]0;b\x07")) == 2
    assert printed(b"\x1b[1mbold\x1b[0m text") == "bold text"
    assert check(b"\x07") == []
    assert check(b"\x07", bell=False)


PROGRAM = """
import sys
sys.path.insert(0, {root!r})
from textual.app import App
from mdbtui.ui.widgets.grid import ResultGrid
from tests.support.rows import ListSource, column

HOSTILE = {hostile!r}

class Console(App):
    def compose(self):
        self.grid = ResultGrid()
        yield self.grid

    def on_mount(self):
        columns = [column("READY"), column(HOSTILE)]
        rows = [(str(i), HOSTILE[i % len(HOSTILE):] + "plain") for i in range(200)]
        self.grid.set_source(ListSource(columns, rows))
        self.grid.focus()

Console().run()
"""

HOSTILE = (
    "\x1b]52;c;ZXZpbA==\x1b\\ \x1b]0;title\x07 \x1b[?1049l \x9b31m \x90q\x9c"
    " \u202eabc\u202c \u2066x\u2069 \u200b \x00 \x7f \u2028 \ufeff \ud800 end"
)


def test_a_grid_of_hostile_text_steers_no_terminal(tmp_path: Path) -> None:
    """The grid alone, without the app's line filter below it."""
    script = tmp_path / "program.py"
    root = str(Path(__file__).parents[2])
    script.write_text(PROGRAM.format(root=root, hostile=HOSTILE), "utf-8")
    with TerminalProgram(script, size=(100, 30)) as program:
        program.read_until("READY")
        for keys in ("\x1b[6~", "\x1b[C", "\x1b[F", "\x1b[H", "f", "s", "/e"):
            program.send(keys)
            program.read_all(0.1, 1)
        program.send("\x1b")
        program.read_all(0.2, 1)
        program.send("\x11")
        assert program.wait() == 0
        output = program._bytes
    assert b"plain" in output
    assert check(output) == []
