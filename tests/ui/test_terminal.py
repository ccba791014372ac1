from __future__ import annotations

import asyncio
import contextlib
import os
import re
import signal
import threading
import time
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from rich.cells import cell_len
from rich.segment import Segment
from rich.text import Text
from textual.app import App, ComposeResult
from textual.color import Color
from textual.content import Content
from textual.widgets import DataTable, Input, Static, TextArea, Tree

from mdbtui.ui.environment import scrub_environment, terminal_problem
from mdbtui.ui.terminal import ControlFilter, ControlFilterMixin, SafeWriter
from tests.support.terminal import TerminalProgram
from tests.support.vt import check

HOSTILE = (
    "\x1b]52;c;ZXZpbA==\x1b\\ \x1b]0;title\x07 \x1b[?1049l \x9b31m \x90q\x9c"
    " \u202eabc\u202c \u2066x\u2069 \u200b \x00 \x7f \u2028 \ufeff \ud800 end"
)

Start = Callable[..., TerminalProgram]

PROGRAM = """
import asyncio, os, sys
from mdbtui.ui.environment import scrub_environment
scrub_environment()
from textual.app import App
from textual.content import Content
from textual.widgets import Input, Static
from mdbtui.ui.terminal import ControlFilterMixin, SafeWriter
from mdbtui.ui.terminal import install_signals, install_writer

MODE = sys.argv[1]
HOSTILE = {hostile!r}

class Console(ControlFilterMixin, App):
    frame = 0
    def compose(self):
        yield Static(Content("READY " + (HOSTILE if MODE == "hostile" else "")))
        yield Static("", id="moving")
    def on_mount(self):
        if MODE == "drop":
            SafeWriter.MAX_PENDING = 5_000
        if MODE in ("drop", "flood"):
            self.timer = self.set_interval(0.01, self.paint)
    def paint(self):
        self.frame += 1
        word = "moving" if self.frame < 100 else "SETTLED"
        page = "\\n".join(f"{{word}} {{self.frame}}" + "x" * 60 for i in range(22))
        self.query_one("#moving", Static).update(Content(page))
        if word == "SETTLED":
            self.timer.stop()
        with open(sys.argv[2], "w") as file:
            file.write(str(self.frame))

async def main():
    app = Console()
    install_writer(app)
    install_signals(app)
    await app.run_async()
    return app.return_code

code = asyncio.run(main())
sys.exit(code)
"""


@pytest.fixture
def program(tmp_path: Path) -> Start:
    script = tmp_path / "program.py"
    script.write_text(PROGRAM.format(hostile=HOSTILE), "utf-8", "surrogatepass")
    root = str(Path(__file__).parents[2])

    def start(mode: str, controlling: bool = True) -> TerminalProgram:
        return TerminalProgram(
            script,
            mode,
            str(tmp_path / "beat"),
            env={"PYTHONPATH": root},
            controlling=controlling,
        )

    return start


def strips(app: App[None]) -> str:
    lines = app.screen._compositor.render_strips(app.size)
    return "\n".join(strip.text for strip in lines)


class Surfaces(ControlFilterMixin, App[None]):
    """Widgets that hand text through to the terminal, each with hostile text."""

    def compose(self) -> ComposeResult:
        yield Static(Content(HOSTILE))
        yield DataTable()
        tree: Tree[None] = Tree(Text(HOSTILE))
        tree.root.add_leaf(Text(HOSTILE))
        yield tree
        yield TextArea(HOSTILE)
        yield Input(HOSTILE)

    def on_mount(self) -> None:
        table = self.query_one(DataTable)
        table.add_column(Text(HOSTILE), width=70)
        table.add_row(Text(HOSTILE))
        self.query_one(TextArea).border_title = Content(HOSTILE)


async def test_no_widget_lets_control_characters_through() -> None:
    app = Surfaces()
    async with app.run_test(size=(100, 40)) as pilot:
        await pilot.pause()
        text = strips(app)
    assert text.count("end") >= 4
    assert check(text.encode(), bell=False) == []
    assert not any("\ud800" <= char <= "\udfff" for char in text)


@settings(max_examples=300, derandomize=True)
@given(st.text(st.characters(), max_size=40))
def test_filter_keeps_widths_and_removes_all_steering(text: str) -> None:
    [segment] = ControlFilter().apply([Segment(text)], Color(0, 0, 0))
    assert check(segment.text.replace("\n", "").encode(), bell=False) == []
    segment.text.encode("utf-8")
    kept = "".join(c for c in text if not "\ud800" <= c <= "\udfff")
    if kept == text:
        assert cell_len(segment.text) == cell_len(text)


def test_filter_returns_clean_lines_as_they_are() -> None:
    line = [Segment("naïve 名前 👩‍👩‍👧 ▁▂")]
    assert ControlFilter().apply(line, Color(0, 0, 0)) is line


def test_only_allowed_sequences_reach_a_real_terminal(
    program: Start,
) -> None:
    with program("hostile") as terminal:
        terminal.read_until("READY")
        terminal.read_all()
        terminal.signal(signal.SIGTERM)
        assert terminal.wait() == 143
        assert check(terminal.output.replace("\n", "").encode(), bell=False) == []
        assert "ZXZpbA" in terminal.output  # it was painted, only without its power


@pytest.mark.parametrize(
    "number", [signal.SIGTERM, signal.SIGHUP, signal.SIGQUIT, signal.SIGINT]
)
def test_signals_end_the_app_and_restore_the_terminal(
    program: Start, number: signal.Signals
) -> None:
    with program("plain") as terminal:
        terminal.read_until("READY")
        terminal.signal(number)
        assert terminal.wait() == 128 + number
        for restored in ("\x1b[?1049l", "\x1b[?25h", "\x1b[?1003l", "\x1b[?2004l"):
            last_on = terminal.output.rfind(restored[:-1] + "h")
            last_off = terminal.output.rfind(restored[:-1] + "l")
            assert (last_off > last_on) is restored.endswith("l")
        # xterm: alt+t comes as an escape and t, and as the user had it afterwards
        modes = re.findall(r"\x1b\[\?(1036[shr])", terminal.output)
        assert modes == ["1036s", "1036h", "1036r"]


def test_closed_terminal_ends_the_app(
    program: Start,
) -> None:
    with program("plain") as terminal:
        terminal.read_until("READY")
        terminal.hang_up()
        assert terminal.wait() == 129


def test_closed_terminal_that_sends_no_signal_ends_the_app(program: Start) -> None:
    with program("plain", controlling=False) as terminal:
        terminal.read_until("READY")
        terminal.read_all(0.5)  # nothing more is written, which would fail and tell
        terminal.hang_up()
        assert terminal.wait() == 129


def test_input_that_is_not_utf8_does_not_end_the_app(program: Start) -> None:
    with program("plain") as terminal:
        terminal.read_until("READY")
        terminal.send(b"\xff\xfe\xc3x")
        terminal.read_all()
        terminal.signal(signal.SIGTERM)
        assert terminal.wait() == 143


async def test_writer_drops_what_a_stalled_terminal_does_not_read() -> None:
    reader, writer = os.pipe()
    drained = asyncio.Event()
    with open(reader, "rb"), open(writer, "w") as target:  # noqa: ASYNC230, PTH123
        thread = SafeWriter(target, on_gone=lambda: None, on_drained=drained.set)
        thread.start()
        for _ in range(100):
            thread.write("x" * 100_000)
        assert thread._pending <= SafeWriter.MAX_PENDING + 100_000
        got = 0
        os.set_blocking(reader, False)
        async with asyncio.timeout(30):
            while not drained.is_set():
                with contextlib.suppress(BlockingIOError):
                    got += len(os.read(reader, 1 << 20))
                await asyncio.sleep(0)
        assert got < 5_000_000
        thread.stop()
        assert not thread.is_alive()


async def test_writer_restores_the_terminal_when_the_end_was_dropped() -> None:
    reader, writer = os.pipe()
    with open(reader, "rb") as source, open(writer, "w") as target:  # noqa: ASYNC230, PTH123
        thread = SafeWriter(target, on_gone=lambda: None, on_drained=lambda: None)
        for _ in range(30):
            thread.write("x" * 100_000)
        thread.write("\x1b[?1049l")
        reading = asyncio.create_task(asyncio.to_thread(source.read))
        thread.start()
        await asyncio.to_thread(thread.stop)
        target.close()
        assert (await reading).count(b"\x1b[?1049l") == 1


def wait_for_frame(beat: Path, frame: int) -> None:
    deadline = time.monotonic() + 30
    seen = 0
    while seen < frame:
        assert time.monotonic() < deadline, f"the loop stopped at frame {seen}"
        threading.Event().wait(0.02)
        seen = int((beat.exists() and beat.read_text()) or 0)


def test_stalled_terminal_blocks_neither_loop_nor_exit(
    program: Start, tmp_path: Path
) -> None:
    beat = tmp_path / "beat"
    with program("flood") as terminal:
        terminal.read_until("READY")
        wait_for_frame(beat, 100)  # the stock writer stands still after 30
        terminal.signal(signal.SIGTERM)
        assert terminal.process.wait(3) == 143


def test_screen_is_right_again_after_dropped_frames(
    program: Start, tmp_path: Path
) -> None:
    beat = tmp_path / "beat"
    with program("drop") as terminal:
        terminal.read_until("READY")
        wait_for_frame(beat, 100)
        assert "SETTLED" not in terminal.output
        terminal.read_until("SETTLED 100")
        terminal.signal(signal.SIGTERM)
        assert terminal.wait() == 143


def test_scrub_environment_removes_what_runs_types_or_records() -> None:
    environ = {
        "TEXTUAL_DRIVER": "os:system",
        "TEXTUAL_PRESS": "f5",
        "TEXTUAL_SCREENSHOT": "1",
        "TEXTUAL_LOG": "/tmp/x",
        "TEXTUAL": "debug",
        "TEXTUAL_ANIMATIONS": "none",
        "PATH": "/bin",
    }
    scrub_environment(environ)
    kept = {"TEXTUAL_ANIMATIONS": "none", "TEXTUAL_FPS": "120", "PATH": "/bin"}
    assert environ == kept


@pytest.mark.parametrize(
    ("value", "expected"),
    [("1", {"NO_COLOR": "1", "TEXTUAL_THEME": "ansi-dark"}), ("", {})],
)
def test_no_color_means_no_colour_and_empty_means_nothing(
    value: str, expected: dict[str, str]
) -> None:
    environ = {"NO_COLOR": value, "TEXTUAL_FPS": "30"}
    scrub_environment(environ)
    assert environ == {**expected, "TEXTUAL_FPS": "30"}


def test_terminal_problem_names_what_is_missing() -> None:
    with open(os.devnull) as no_terminal:  # noqa: PTH123
        assert "TERM is dumb" in (terminal_problem({"TERM": "dumb"}) or "")
        assert "TERM is not set" in (terminal_problem({}) or "")
        problem = terminal_problem({"TERM": "xterm"}, no_terminal, no_terminal)
        assert problem is not None
        assert "input is not a terminal" in problem
    primary, secondary = os.openpty()
    with os.fdopen(primary), os.fdopen(secondary) as terminal:
        assert terminal_problem({"TERM": "xterm"}, terminal, terminal) is None
