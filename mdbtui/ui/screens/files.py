"""Name a file: type its path, with the names there are completed."""

from __future__ import annotations

import asyncio
from functools import partial
from typing import TYPE_CHECKING

from textual import on, work
from textual.binding import Binding
from textual.containers import Vertical
from textual.content import Content
from textual.screen import ModalScreen
from textual.widgets import Input, OptionList, Static
from textual.widgets.option_list import Option

from mdbtui.query.daemon import in_daemon_thread
from mdbtui.ui.safe import safe
from mdbtui.ui.sql_files import FileTrouble, completions, whole_path

if TYPE_CHECKING:
    from pathlib import Path

    from textual.app import ComposeResult

MAX_SHOWN = 200
PATH_LIMIT = 200
DISK_LIMIT = 5.0


class FileScreen(ModalScreen["Path | None"]):
    """Asks for a file's path; gives it, or None.

    Args:
        title: What it is for.
        folder: Where relative paths begin.
        value: What is written to begin with.
        new: The file need not be there: what is written counts, not what is
            proposed, and a name without a suffix gets one.
        suffix: That suffix.
    """

    CSS_PATH = "choose.tcss"
    BINDINGS = [
        Binding("escape", "dismiss(None)", "Cancel"),
        Binding("tab", "complete", "Complete the name", priority=True),
        Binding("down", "move(1)", show=False),
        Binding("up", "move(-1)", show=False),
    ]

    def __init__(
        self,
        title: str,
        folder: Path,
        value: str = "",
        *,
        new: bool = False,
        suffix: str = ".sql",
    ) -> None:
        super().__init__()
        self._title = title
        self._folder = folder
        self._value = value
        self._new = new
        self._suffix = suffix
        self._found: list[str] = []

    def compose(self) -> ComposeResult:
        with Vertical(id="choose") as box:
            box.border_title = self._title
            yield Input(self._value, placeholder="path · Tab completes, ~ is home")
            yield Static(Content(safe(f"in {self._folder}", PATH_LIMIT)), id="place")
            yield OptionList(markup=False)

    def on_mount(self) -> None:
        self.query_one(Input).focus()
        self._propose()

    @property
    def _written(self) -> str:
        return self.query_one(Input).value

    def _say(self, text: str) -> None:
        self.query_one("#place", Static).update(Content(safe(text, PATH_LIMIT)))

    @on(Input.Changed)
    def _typed(self) -> None:
        self._say(f"in {self._folder}")
        self._propose()

    @work(group="propose", exclusive=True, exit_on_error=False)
    async def _propose(self) -> None:
        self._show(await self._look(self._written))

    async def _look(self, written: str) -> list[str]:
        try:
            async with asyncio.timeout(DISK_LIMIT):
                return await in_daemon_thread(
                    partial(completions, written, self._folder)
                )
        except TimeoutError:
            self._say("the disk does not answer")
            return []

    def _show(self, found: list[str]) -> None:
        self._found = found[:MAX_SHOWN]
        options = self.query_one(OptionList)
        options.clear_options()
        options.add_options(
            Option(Content(safe(name, PATH_LIMIT))) for name in self._found
        )
        if self._found and not self._new:
            options.highlighted = 0

    def action_move(self, by: int) -> None:
        """Move the highlight while the keyboard stays in the input."""
        options = self.query_one(OptionList)
        (options.action_cursor_down if by > 0 else options.action_cursor_up)()

    @work(group="complete", exclusive=True, exit_on_error=False)
    async def action_complete(self) -> None:
        """Write as much as all proposals have in common."""
        written = self._written
        found = await self._look(written)
        if found:
            least, greatest = min(found), max(found)
            same = (a == b for a, b in zip(least, greatest, strict=False))
            common = least[: next((i for i, s in enumerate(same) if not s), len(least))]
            if len(common) > len(written):
                self._write(common)

    def _write(self, text: str) -> None:
        field = self.query_one(Input)
        field.value = text
        field.cursor_position = len(text)

    @on(OptionList.OptionSelected)
    def _selected(self, event: OptionList.OptionSelected) -> None:
        self._take(self._found[event.option_index])

    @on(Input.Submitted)
    @work(group="complete", exclusive=True, exit_on_error=False)
    async def _submitted(self) -> None:
        written = self._written
        at = self.query_one(OptionList).highlighted
        chosen = self._found[at] if at is not None and at < len(self._found) else ""
        found = await self._look(written)
        if written != self._written:
            return
        if chosen in found and written not in found:
            self._take(chosen)
        elif f"{written}/" in found:
            self._take(f"{written}/")
        elif written in found or self._new:
            self._take(written)
        elif written:
            self._say(f"there is no file {written}")

    def _take(self, written: str) -> None:
        """Give this path, or go on in this folder."""
        if written.endswith("/"):
            self._write(written)
            self.query_one(Input).focus()
            return
        try:
            path = whole_path(written, self._folder)
        except FileTrouble as error:
            self._say(str(error))
            return
        if self._new and not path.suffix:
            path = path.with_name(f"{path.name}{self._suffix}")
        self.dismiss(path)
