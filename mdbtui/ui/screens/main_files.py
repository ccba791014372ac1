"""The dialogues about a tab's file: open, save, close, changed underneath."""

from __future__ import annotations

import asyncio
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

from mdbtui.query.daemon import in_daemon_thread
from mdbtui.ui.safe import safe_multiline
from mdbtui.ui.screens.ask import ConfirmScreen
from mdbtui.ui.screens.choose import ChooseScreen
from mdbtui.ui.screens.files import FileScreen
from mdbtui.ui.sql_files import (
    FileChanged,
    FileTrouble,
    SqlFile,
    look_again,
    read_sql,
    save_sql,
)

if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

    from textual.app import App

    from mdbtui.ui.panes import Panes
    from mdbtui.ui.runner import PaneRunner

T = TypeVar("T")

DISK_LIMIT = 20.0
"""Seconds for a disk to read or write a file."""
NOTE_LIMIT = 400


class FileDialogues:
    """Reads and writes the tabs' files, and asks where something could be lost.

    Its coroutines must run in a worker: they wait for the user and for the disk.

    Args:
        app: Where the dialogues are shown.
        panes: The tabs.
        changed: Called when a tab's file or name is another.
    """

    def __init__(
        self, app: App[Any], panes: Panes, changed: Callable[[], None]
    ) -> None:
        self._app = app
        self._panes = panes
        self._changed = changed
        self._folder: Path | None = None
        self._asking = False

    async def open(self, name: str = "") -> None:
        """Let the user name a file, and show it in a tab; the name may be begun."""
        folder = await self._start_folder()
        path = await self._app.push_screen_wait(FileScreen("Open a file", folder, name))
        if path is None:
            return
        self._folder = path.parent
        for runner in self._panes:
            if runner.tab.file is not None and runner.tab.file.path == path:
                self._panes.bring(runner)
                return
        if (read := await self._read(path)) is None:
            return
        runner_or_none: PaneRunner | None = self._panes.active
        if not self._panes.active.is_untouched:
            runner_or_none = await self._panes.open(self._panes.active.talk.db_id)
        if runner_or_none is None:
            self._tell("There are as many tabs as can be.")
        else:
            await self._show(runner_or_none, *read)

    async def _start_folder(self) -> Path:
        file = self._panes.active.tab.file
        if file is not None:
            return file.path.parent
        return self._folder or Path.cwd()

    async def _read(self, path: Path) -> tuple[str, SqlFile] | None:
        return await self._at_disk(partial(read_sql, path))

    async def _show(self, runner: PaneRunner, text: str, file: SqlFile) -> None:
        """Put a file's text into a tab, in place of what is there."""
        editor = runner.pane.editor
        row, column = editor.cursor_location
        await editor.load_text_in_slices(text)
        row = min(row, editor.document.line_count - 1)
        editor.move_cursor((row, min(column, len(editor.document[row]))))
        self._keep(runner, file)

    def _keep(self, runner: PaneRunner, file: SqlFile, text: str | None = None) -> None:
        """Note that the file holds this text, which is the editor's by default."""
        runner.tab.file = file
        runner.tab.saved = runner.pane.editor.text if text is None else text
        runner.tab.asked = None
        self._panes.show_tabs()
        self._changed()

    async def save(self, runner: PaneRunner) -> bool:
        """Save a tab into its file, which is asked for if it has none.

        Returns:
            Whether the file holds the text now.
        """
        if runner.tab.file is None:
            return await self.save_as(runner)
        return await self._save(runner, runner.tab.file)

    async def save_as(self, runner: PaneRunner, name: str = "") -> bool:
        """Let the user name a file and save a tab into it; as `save`."""
        file = runner.tab.file
        folder = await self._start_folder()
        name = name or (file.path.name if file is not None else "")
        path = await self._app.push_screen_wait(
            FileScreen("Save as", folder, name, new=True)
        )
        if path is None:
            return False
        self._folder = path.parent
        if file is not None and path == file.path:
            return await self._save(runner, file)
        wanted = SqlFile(
            path,
            crlf=file.crlf if file is not None else False,
            bom=file.bom if file is not None else False,
        )
        found = await self._at_disk(partial(look_again, wanted))
        if found is None:
            return False
        if found.mtime_ns >= 0 and not await self._app.push_screen_wait(
            ConfirmScreen("Replace the file?", str(path), "Replace")
        ):
            return False
        return await self._save(runner, found)

    async def _save(
        self, runner: PaneRunner, file: SqlFile, *, overwrite: bool = False
    ) -> bool:
        text = runner.pane.editor.text
        try:
            saved = await self._at_disk(
                partial(save_sql, file, text, overwrite=overwrite), told=(FileChanged,)
            )
        except FileChanged:
            return await self._changed_underneath(runner, file)
        if saved is None:
            return False
        self._keep(runner, saved.file, text)
        where = f"{saved.target} ({file.path.name} is a link)"
        self._tell(f"Saved: {where if saved.target else file.path}", "information")
        return True

    async def may_close(self, runner: PaneRunner) -> bool:
        """Ask what becomes of unsaved changes; say whether the tab may go."""
        file = runner.tab.file
        assert file is not None
        chosen = await self._app.push_screen_wait(
            ChooseScreen(
                f"{file.path.name} has unsaved changes",
                [
                    ("save", "Save", str(file.path)),
                    ("drop", "Close without saving", "the changes are lost"),
                    ("stay", "Keep the tab open", ""),
                ],
            )
        )
        if chosen == "save":
            return await self.save(runner)
        return chosen == "drop"

    async def look(self, runner: PaneRunner) -> None:
        """Ask what to do if a tab's file changed on the disk; once for each change."""
        file = runner.tab.file
        if file is None or self._asking or len(self._app.screen_stack) > 1:
            return
        now = await self._at_disk(partial(look_again, file))
        if now is None or runner.tab.file is not file or self._asking:
            return
        stamp = now.mtime_ns, now.size
        if stamp == (file.mtime_ns, file.size) or stamp == runner.tab.asked:
            return
        runner.tab.asked = stamp
        if now.mtime_ns < 0:
            self._tell(f"{file.path} is gone. Saving writes it again.")
            runner.tab.saved = None
            self._panes.show_tabs()
        else:
            await self._changed_underneath(runner, file)

    async def _changed_underneath(self, runner: PaneRunner, file: SqlFile) -> bool:
        """Ask, and do it; return whether the file holds the text then."""
        self._asking = True
        try:
            chosen = await self._app.push_screen_wait(
                ChooseScreen(
                    f"{file.path.name} changed on the disk",
                    [
                        ("reload", "Reload", "what is in this tab is lost"),
                        ("write", "Overwrite", "what is in the file is lost"),
                        ("leave", "Cancel", "leave both as they are"),
                    ],
                )
            )
        finally:
            self._asking = False
        if chosen == "reload":
            if (read := await self._read(file.path)) is not None:
                await self._show(runner, *read)
                return True
        elif chosen == "write":
            return await self._save(runner, file, overwrite=True)
        return False

    async def _at_disk(
        self, work: Callable[[], T], told: tuple[type[Exception], ...] = ()
    ) -> T | None:
        """Do what blocks; None after its trouble was told, except of these kinds."""
        try:
            async with asyncio.timeout(DISK_LIMIT):
                return await in_daemon_thread(work)
        except told:
            raise
        except FileTrouble as error:
            self._tell(str(error))
        except TimeoutError:
            self._tell("The disk does not answer.")
        return None

    def _tell(self, text: str, severity: str = "warning") -> None:
        self._app.notify(
            safe_multiline(text, NOTE_LIMIT),
            severity="information" if severity == "information" else "warning",
            markup=False,
        )
