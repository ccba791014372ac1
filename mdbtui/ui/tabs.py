"""What a tab is beside its session, and the keeper that carries it over a restart."""

from __future__ import annotations

import asyncio
import os
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from mdbtui.config.targets import TargetChoice
from mdbtui.query.daemon import in_daemon_thread

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from mdbtui.config.tabs import KeptTab, TabStore
    from mdbtui.ui.panes import Panes
    from mdbtui.ui.runner import PaneRunner
    from mdbtui.ui.sql_files import SqlFile

DELAY = 0.5
"""Seconds from a change to its way to the disk; more changes go with it."""
REST = 4
"""After a write, so many times its duration passes before the next one."""
OPEN_LIMIT = 3.0
CLOSE_LIMIT = 1.0
BREATH = 0.02
"""Seconds between two tabs that are put back, so that keys get their turn."""


@dataclass
class TabInfo:
    """A tab's name and file.

    Attributes:
        key: Its name among the kept tabs.
        name: What the user calls it; empty for nothing.
        file: Its file; None for none.
        saved: The text that the file holds; None if it is not known, which is so
            for changes that were brought over a restart.
        asked: The file as it was when the user was asked about its changes.
        commit: ``auto`` or ``manual``; empty for what the configuration says.
        targets: The databases that it runs on, instead of its own.
    """

    key: str = field(default_factory=lambda: os.urandom(8).hex())
    name: str = ""
    file: SqlFile | None = None
    saved: str | None = None
    asked: tuple[int, int] | None = None
    commit: str = ""
    targets: TargetChoice = field(default_factory=TargetChoice)

    def unsaved(self, text: str) -> bool:
        """Say whether the file does not hold this text."""
        return self.file is not None and text != self.saved

    def label(self, db_id: str, text: str) -> str:
        """Return what the tab is called, with a mark for unsaved changes."""
        name = self.name or (self.file.path.name if self.file is not None else "")
        mark = " ●" if self.unsaved(text) else ""
        return f"{name}{mark} · {db_id}" if name else db_id


class TabKeeper:
    """Writes the tabs to the disk while they change, and puts them back at a start.

    What is on the disk is never more than about a second old. No trouble there stops
    anything; it is told once.

    Args:
        panes: The tabs.
        base: The folder for the tabs of all consoles.
        bring: Brings a tab to the front.
        tell: Shows the user a sentence.
    """

    def __init__(
        self,
        panes: Panes,
        base: Path,
        bring: Callable[[PaneRunner], None],
        tell: Callable[[str], None],
    ) -> None:
        self._panes = panes
        self._base = base
        self._bring = bring
        self._tell = tell
        self._told = False
        self._too_long: set[str] = set()
        self._store: TabStore | None = None
        self._task: asyncio.Task[None] | None = None
        self._touched = asyncio.Event()
        self._closing = asyncio.Event()
        self._written: dict[str, KeptTab] = {}
        self._order: list[str] = []

    async def restore(self, *, keep_front: bool = False) -> None:
        """Put back the tabs that no running console holds; from then on, keep them.

        Args:
            keep_front: Leave the tab in front that is there already.
        """
        from mdbtui.ui.panes import MAX_PANES

        def open_it() -> tuple[TabStore, list[KeptTab]]:
            from mdbtui.config.tabs import open_store

            return open_store(self._base, MAX_PANES)

        try:
            async with asyncio.timeout(OPEN_LIMIT):
                self._store, tabs = await in_daemon_thread(open_it)
        except (OSError, TimeoutError) as error:
            self._complain(error)
            return
        worth = [tab for tab in tabs if not tab.is_empty]
        left_out = await self._put_back(worth, keep_front=keep_front)
        # What there was no room for stays where it is.
        self._written = {tab.key: tab for tab in tabs if tab not in left_out}
        self._task = asyncio.create_task(self._keep())
        self.touch()

    async def _put_back(
        self, tabs: list[KeptTab], *, keep_front: bool
    ) -> list[KeptTab]:
        """Open these tabs; return those for which there was no room."""
        panes = self._panes
        if not tabs:
            return []
        first = panes.active
        reuse = not keep_front and first.is_untouched
        base = 0 if reuse else 1
        front = next((i for i, tab in enumerate(tabs) if tab.front), 0)
        # The one to be in front comes first, the rest behind it.
        opened: list[int] = []
        if reuse:
            await self._fill(first, tabs[0])
            opened.append(0)
        numbers = panes.reserve(len(tabs) - len(opened))
        for i in sorted(range(len(opened), len(tabs)), key=lambda i: i != front):
            place = base + sum(other < i for other in opened)
            number = numbers[i - (1 if reuse else 0)]
            runner = await panes.add(tabs[i].db_id, place, number)
            if runner is None:
                break
            opened.append(i)
            await self._fill(runner, tabs[i])
            if reuse and i == front and panes.active is first:
                self._bring(runner)
            await asyncio.sleep(BREATH)
        panes.show_tabs()
        return [tab for i, tab in enumerate(tabs) if i not in opened]

    @staticmethod
    async def _fill(runner: PaneRunner, kept: KeptTab) -> None:
        from pathlib import Path

        from mdbtui.ui.sql_files import SqlFile

        runner.talk.db_id = kept.db_id
        editor = runner.pane.editor
        await editor.load_text_in_slices(kept.text)
        row = min(max(kept.row, 0), editor.document.line_count - 1)
        editor.move_cursor((row, min(max(kept.column, 0), len(editor.document[row]))))
        tab = runner.tab = TabInfo(kept.key, kept.name, commit=kept.commit)
        tab.targets = TargetChoice.from_kept(kept.targets)
        if kept.file:
            tab.file = SqlFile(
                Path(kept.file), kept.mtime_ns, kept.size, kept.crlf, kept.bom
            )
            tab.saved = None if kept.unsaved else editor.text

    def touch(self) -> None:
        """Say that something may have changed."""
        self._touched.set()

    async def close(self) -> None:
        """Write what is left and let go of the tabs; bounded."""
        self._closing.set()
        self._touched.set()
        if self._task is not None:
            await asyncio.wait({self._task}, timeout=CLOSE_LIMIT)
            self._task.cancel()
        if self._store is not None:
            self._store.close()

    async def _keep(self) -> None:
        loop = asyncio.get_running_loop()
        rest = DELAY
        while not self._closing.is_set():
            await self._touched.wait()
            try:
                async with asyncio.timeout(rest):
                    await self._closing.wait()
            except TimeoutError:
                pass
            self._touched.clear()
            begun = loop.time()
            await self._write_changes()
            rest = max(DELAY, (loop.time() - begun) * REST)

    async def _write_changes(self) -> None:
        store = self._store
        assert store is not None
        tabs = [self._snapshot(runner) for runner in self._panes]
        kept = [tab for tab in tabs if not tab.is_empty and self._fits(tab)]
        order = [tab.key for tab in kept]
        changed = [tab for tab in kept if self._written.get(tab.key) != tab]
        gone = [key for key in self._written if key not in order]
        if not (changed or gone or order != self._order):
            return

        def write() -> None:
            for tab in changed:
                store.write(tab)
            if order != self._order:
                store.write_order(order)
            for key in gone:
                store.remove(key)

        try:
            await in_daemon_thread(write)
        except OSError as error:
            self._complain(error)
        else:
            self._written = {tab.key: tab for tab in kept}
            self._order = order

    def _fits(self, tab: KeptTab) -> bool:
        from mdbtui.config.tabs import MAX_TEXT

        if len(tab.text) <= MAX_TEXT:
            return True
        if tab.key not in self._too_long:
            self._too_long.add(tab.key)
            self._tell("A tab's text is too long to be kept for the next start.")
        return False

    def _snapshot(self, runner: PaneRunner) -> KeptTab:
        from mdbtui.config.tabs import KeptTab

        tab, editor = runner.tab, runner.pane.editor
        row, column = editor.cursor_location
        file = tab.file
        return KeptTab(
            tab.key,
            editor.text,
            runner.talk.db_id,
            row,
            column,
            tab.name,
            str(file.path) if file is not None else "",
            file.mtime_ns if file is not None else -1,
            file.size if file is not None else -1,
            file.crlf if file is not None else False,
            file.bom if file is not None else False,
            tab.unsaved(editor.text),
            runner is self._panes.active,
            tab.commit,
            tab.targets.kept,
        )

    def _complain(self, error: Exception) -> None:
        if not self._told:
            self._told = True
            words = getattr(error, "strerror", None) or "the disk does not answer"
            self._tell(f"Tabs are not kept for the next start: {words}.")
