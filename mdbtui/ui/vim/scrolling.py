"""Commands that move what the screen shows of the text."""

from __future__ import annotations

from collections.abc import Callable

from mdbtui.ui.vim.core import Core
from mdbtui.ui.vim.parser import Beep, Command
from mdbtui.ui.vim.walk import first_nonblank


def _half_page(step: int) -> Callable[[Core, Command], None]:
    def scroll(core: Core, command: Command) -> None:
        top, height = core.host.view
        lines = command.count or max(1, height // 2)
        _by(core, step * lines, top)

    return scroll


def _page(step: int) -> Callable[[Core, Command], None]:
    def scroll(core: Core, command: Command) -> None:
        top, height = core.host.view
        _by(core, step * max(1, height - 2) * command.times, top)

    return scroll


def _by(core: Core, rows: int, top: int) -> None:
    row = core.at[0]
    to = max(0, min(row + rows, len(core.lines) - 1))
    if to == row:
        raise Beep
    core.move((to, first_nonblank(core.lines[to])))
    core.host.scroll(max(0, top + rows))


def _line(step: int) -> Callable[[Core, Command], None]:
    def scroll(core: Core, command: Command) -> None:
        top, height = core.host.view
        last = max(0, len(core.lines) - 1)
        top = max(0, min(top + step * command.times, last))
        row = core.at[0]
        inside = max(top, min(row, top + height - 1))
        if inside != row:
            core.move((inside, core.wanted), core.wanted)
        core.host.scroll(top)

    return scroll


def _place_line(where: float, *, to_text: bool) -> Callable[[Core, Command], None]:
    def scroll(core: Core, command: Command) -> None:
        _, height = core.host.view
        if command.count:
            core.move((command.count - 1, core.at[1]))
        if to_text:
            core.to_line(core.at[0])
        core.host.scroll(max(0, core.at[0] - int((height - 1) * where)))

    return scroll


COMMANDS: dict[str, Callable[[Core, Command], None]] = {
    "ctrl+d": _half_page(1),
    "ctrl+u": _half_page(-1),
    "ctrl+f": _page(1),
    "ctrl+b": _page(-1),
    "ctrl+e": _line(1),
    "ctrl+y": _line(-1),
    "zt": _place_line(0.0, to_text=False),
    "zz": _place_line(0.5, to_text=False),
    "zb": _place_line(1.0, to_text=False),
    "zenter": _place_line(0.0, to_text=True),
    "z.": _place_line(0.5, to_text=True),
    "z-": _place_line(1.0, to_text=True),
}
