"""The commands of normal mode that are neither motions nor changes."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from mdbtui.ui.vim import edits, ex, visual
from mdbtui.ui.vim.parser import Beep, Command

if TYPE_CHECKING:
    from mdbtui.ui.vim.machine import Machine

_PANES = {
    "h": "focus_sidebar",
    "j": "focus_results",
    "k": "focus_editor",
    "l": "focus_pools",
    "w": "focus_results",
    "ctrl+w": "focus_results",
}


def _enter_visual(core: Machine, command: Command) -> None:
    visual.enter(core, visual.MODES[command.name])
    if command.count and command.name == "V":
        row = min(core.at[0] + command.count - 1, len(core.lines) - 1)
        core.move((row, core.at[1]))
    elif command.count:
        core.move((core.at[0], core.at[1] + command.count - 1))


def _pane(core: Machine, command: Command) -> None:
    name = _PANES.get(command.name.removeprefix("ctrl+w"))
    if name is None:
        raise Beep
    core.host.perform(name)


def _no_block(core: Machine, command: Command) -> None:
    core.host.say("There is no visual block here; V selects lines", error=True)


def _substitute_again(core: Machine, command: Command) -> None:
    ex.run(core, "&&" if command.name == "g&" else "&")


COMMANDS: dict[str, Callable[[Machine, Command], None]] = {
    "u": lambda core, command: core.undo(command.times),
    "ctrl+r": lambda core, command: core.undo(command.times, again=True),
    ".": lambda core, command: core.repeat(command),
    **dict.fromkeys(visual.MODES, _enter_visual),
    "gv": lambda core, command: visual.again(core),
    "m": edits.set_mark,
    "&": _substitute_again,
    "ZZ": lambda core, command: core.host.perform("save_and_close"),
    "ZQ": lambda core, command: core.host.perform("close"),
    "gt": lambda core, command: core.host.perform("next_tab"),
    "gT": lambda core, command: core.host.perform("previous_tab"),
    **{f"ctrl+w{key}": _pane for key in _PANES},
    "ctrl+v": _no_block,
}
