"""The state machine: takes keys, keeps the mode, and carries commands out."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import partial

from mdbtui.ui.vim import edits, ex, motions, others, scrolling, typing_keys, visual
from mdbtui.ui.vim.core import INSERT_LIMIT, Change, Core, Insertion, Memory, Mode
from mdbtui.ui.vim.host import Host, Place
from mdbtui.ui.vim.operators import operate
from mdbtui.ui.vim.parser import Beep, Command, Parser, Unproven
from mdbtui.ui.vim.prompt import Prompt
from mdbtui.ui.vim.registers import Content

_MEANT = "enter backspace delete tab space left right up down home end pageup pagedown"
#: Keys with a name that mean something in normal and visual mode.
_NAMED = frozenset(_MEANT.split()).union(f"ctrl+{letter}" for letter in "rdufbeyaxwv")
_WORDS: dict[Mode, str] = {
    "normal": "NORMAL",
    "insert": "INSERT",
    "replace": "REPLACE",
    "visual": "VISUAL",
    "visual line": "V-LINE",
}


@dataclass
class _Replay:
    """What is typed in place of the user while a change is repeated."""

    erased: int
    text: str


class Machine(Core):
    """vim's modes over a text.

    Args:
        host: the text.
        memory: registers and what else all editors share.
    """

    def __init__(self, host: Host, memory: Memory) -> None:
        super().__init__(host, memory)
        self._parser = Parser()
        self._replay: _Replay | None = None
        self.prompt: Prompt | None = None
        self.unproven: tuple[re.Pattern[str], Callable[[], None]] | None = None
        """A pattern that a command needs, and what carries that out once more."""

    # ---- what the screen shows -------------------------------------------------

    @property
    def word(self) -> str:
        """The mode in one word."""
        return _WORDS[self.mode]

    @property
    def pending(self) -> str:
        """What was typed of a command that is not complete."""
        return self.prompt.shown if self.prompt else self._parser.typed

    @property
    def block_cursor(self) -> bool:
        """Whether the cursor covers a character, or stands between two."""
        return self.mode not in ("insert", "replace")

    # ---- keys ------------------------------------------------------------------

    def takes(self, key: str) -> bool:
        """Whether a key would be the machine's; the others are the editor's."""
        if self.prompt is not None:
            return True
        if key == "escape":
            return self.mode != "normal" or bool(self._parser.typed)
        if self.mode == "insert":
            return False
        if self.mode == "replace":
            return typing_keys.overwrites(key)
        return len(key) == 1 or key in _NAMED

    def feed(self, key: str) -> bool:
        """Take a key: a character or a name such as ``escape``.

        Returns:
            Whether it was taken; if not, it is the editor's.
        """
        taken = self.takes(key)
        if self.prompt is not None:
            self._prompted(key)
        elif self.mode in ("insert", "replace"):
            if key == "escape":
                self._finish_insert()
            else:
                typing_keys.before(self, key)
        elif taken:
            self._command_key(key)
        return taken

    def adopt(self, anchor: Place, head: Place) -> None:
        """Something was selected from outside, as the mouse does."""
        self.anchor = anchor
        self.mode = "visual"
        self.host.move(head)
        self.show_selection(head)

    def paste(self, text: str) -> bool:
        """Text that was pasted; whether it went into what is typed behind ``:``."""
        if self.prompt is None:
            if self.insertion is not None:
                typing_keys.settle(self, self.insertion)
            return False
        self.prompt.insert(text)
        return True

    def _command_key(self, key: str) -> None:
        if key == "escape":
            self._parser.reset()
            visual.leave(self)
            return
        self._parser.visual = self.visual
        try:
            command = self._parser.feed(key)
            if command is not None:
                self.execute(command)
        except Beep:
            self._parser.reset()

    def execute(self, command: Command) -> None:
        """Carry a command out, as one step of undo.

        Raises:
            Beep: it cannot be.
        """
        if command.name in (":", "/", "?") and not command.argument:
            self._ask(command)
            return
        self.host.begin()
        try:
            self._run(command)
        except Unproven as error:
            self.unproven = error.pattern, partial(self.execute, command)
            raise
        finally:
            if self.insertion is None:
                self.host.end()

    def _run(self, command: Command) -> None:
        if self.visual and self._run_visual(command):
            return
        if command.operator:
            operate(self, command)
            if command.operator != "y":
                self._changed(command)
        elif (found := motions.target(self, command)) is not None:
            self.follow(found)
        elif command.name in edits.EDITS:
            edits.EDITS[command.name](self, command)
            self._changed(command)
        elif command.name in scrolling.COMMANDS:
            scrolling.COMMANDS[command.name](self, command)
        elif command.name in others.COMMANDS:
            others.COMMANDS[command.name](self, command)
        else:
            raise Beep

    def _run_visual(self, command: Command) -> bool:
        """Carry out what is different while something is selected."""
        name = command.name
        if visual.handles(command):
            extent = visual.run(self, command)
            if command.operator != "y" and name != "Y":
                self._changed(command, extent)
        elif name in visual.MODES:
            mode = visual.MODES[name]
            if mode == self.mode:
                visual.leave(self)
            else:
                visual.enter(self, mode)
        elif name in ("o", "O"):
            visual.swap_ends(self)
        elif name[0] in "ia" and len(name) == 2:
            visual.select_object(self, command)
        else:
            return False
        return True

    def follow(self, found: motions.Target) -> None:
        """Go where a motion leads; a jump remembers where it began."""
        if found.jump:
            self.set_mark("'", self.at)
        self.move(found.place, found.wanted)

    # ---- changes -----------------------------------------------------------------

    def _changed(
        self, command: Command, extent: tuple[Mode, int, int] | None = None
    ) -> None:
        """Remember a change; one that is still being typed when it is complete."""
        if self._replay is not None:
            return
        if self.insertion is not None:
            self.insertion.extent = extent
        else:
            self.memory.change = Change(command, extent=extent)

    def repeat(self, command: Command) -> None:
        """``.``: make the last change again, here."""
        change = self.memory.change
        if change is None:
            raise Beep
        if command.count is not None:
            again = replace(change.command, count=command.count)
            change = replace(change, command=again)
        self._replay = _Replay(change.erased, change.text)
        try:
            if change.extent is not None:
                visual.select_again(self, change.extent)
                visual.run(self, change.command)
                visual.leave(self)
            else:
                self._run(change.command)
        finally:
            self._replay = None
        self.memory.change = change

    # ---- typing ------------------------------------------------------------------

    def start_insert(
        self,
        place: Place,
        command: Command,
        *,
        indent: str = "",
        extent: tuple[Mode, int, int] | None = None,
        replace: bool = False,
    ) -> None:
        row, column = place
        line = self.lines[row]
        self.mode = "replace" if replace else "insert"
        self.host.move(place)
        self.insertion = Insertion(
            command,
            extent,
            place,
            line[:column],
            line[column:],
            len(self.lines),
            indent,
        )
        if self._replay is not None:
            self.type_text(self._replay.erased, self._replay.text)
            self._finish_insert()

    def type_text(self, erased: int, text: str) -> None:
        """Do what was typed before: take characters back, then insert a text."""
        row, column = self.at
        start = (row, max(0, column - erased))
        end = (row, column)
        if self.mode == "replace" and "\n" not in text:
            end = (row, min(len(self.lines[row]), column + len(text)))
        self.host.replace(start, end, text)

    def _finish_insert(self) -> None:
        insertion = self.insertion
        assert insertion is not None
        erased, text = typing_keys.typed(self, insertion)
        if text or erased:
            self._type_again(insertion, text)
        elif insertion.indent and not self.lines[self.at[0]].strip(" \t"):
            row = self.at[0]
            self.host.replace((row, 0), (row, len(self.lines[row])), "")
        self.insertion = None
        self.mode = "normal"
        row, column = self.at
        self.set_mark("^", (row, column))
        self.move((row, max(0, column - 1)))
        if self._replay is None:
            self.memory.change = Change(
                insertion.command, erased, text, insertion.extent
            )
            self.memory.registers.put(".", Content(text))
            self.host.end()

    def _type_again(self, insertion: Insertion, text: str) -> None:
        """A count repeats what was typed."""
        command = insertion.command
        if command.operator or command.name not in "iaIAoOR" or insertion.extent:
            return
        most = INSERT_LIMIT // max(1, len(text))
        for _ in range(min(command.times - 1, most)):
            if command.name in "oO":
                row = self.at[0]
                end = (row, len(self.lines[row]))
                self.host.replace(end, end, "\n" + insertion.indent + text)
            else:
                self.type_text(0, text)

    # ---- the line behind : and / ----------------------------------------------------

    def _ask(self, command: Command) -> None:
        text = ""
        if command.name == ":":
            if self.visual:
                text = "'<,'>"
                visual.leave(self)
            elif command.count:
                more = command.count - 1
                text = f".,.+{more}" if more else "."
        past = self.memory.typed.setdefault("/" if command.name == "?" else ":", [])
        if command.name != ":":
            past = self.memory.typed.setdefault("/", [])
        self.prompt = Prompt(command, text, past)

    def _prompted(self, key: str) -> None:
        prompt = self.prompt
        assert prompt is not None
        if prompt.feed(key):
            return
        self.prompt = None
        if not prompt.accepted:
            return
        try:
            if prompt.command.name == ":":
                self._run_ex(prompt.text)
            else:
                text = prompt.text or self.memory.pattern
                if not text:
                    self.host.say("E35: No previous regular expression", error=True)
                    return
                self.execute(replace(prompt.command, argument=text))
        except Beep:
            return

    def _run_ex(self, text: str) -> None:
        self.host.begin()
        try:
            ex.run(self, text)
        except Unproven as error:
            self.unproven = error.pattern, partial(self._run_ex, text)
            raise
        finally:
            self.host.end()

    # ---- undo ------------------------------------------------------------------------

    def undo(self, times: int, *, again: bool = False) -> None:
        """Take steps back, or again; the cursor goes to what changed."""
        step = self.host.redo if again else self.host.undo
        for _ in range(times):
            before = list(self.lines)
            place = step()
            if place is None:
                end = "newest" if again else "oldest"
                self.host.say(f"Already at {end} change")
                return
            top, bottom = _difference(before, self.lines)
            if top - 1 <= place[0] <= bottom + 1:
                self.move(place)
            else:
                self.to_line(top)


def _difference(old: Sequence[str], new: Sequence[str]) -> tuple[int, int]:
    """The first and the last of the new lines that are not as they were."""
    top, most = 0, min(len(old), len(new))
    while top < most and old[top] == new[top]:
        top += 1
    behind = 0
    while behind < most - top and old[-1 - behind] == new[-1 - behind]:
        behind += 1
    return top, len(new) - behind - 1
