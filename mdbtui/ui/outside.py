"""Hand a text to the user's own editor and back, while the pools stay alive."""

from __future__ import annotations

import asyncio
import contextlib
import os
import shlex
import shutil
import signal
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Any

from textual.app import SuspendNotSupported

from mdbtui.ui.safe import safe
from mdbtui.ui.sql_files import FileTrouble, read_sql
from mdbtui.ui.terminal import install_signals

if TYPE_CHECKING:
    from collections.abc import Mapping

    from textual.app import App

    from mdbtui.ui.widgets.editor import SqlEditor

END_LIMIT = 1.0
NOTE_LIMIT = 300


def editor_command(environ: Mapping[str, str]) -> list[str]:
    """Return the command that ``$VISUAL`` or ``$EDITOR`` names, else ``vi``.

    Raises:
        ValueError: Its quotes don't match.
    """
    for variable in ("VISUAL", "EDITOR"):
        if words := shlex.split(environ.get(variable, "")):
            return words
    return ["vi"]


async def edit_outside(app: App[Any], editor: SqlEditor) -> None:
    """Let the user's own editor change the text, as one step that can be undone.

    Nothing is changed unless that program ends with status 0.
    """

    def refuse(why: str) -> None:
        app.notify(safe(why, NOTE_LIMIT), severity="warning", markup=False)

    try:
        command = editor_command(os.environ)
    except ValueError as error:
        refuse(f"$VISUAL or $EDITOR is no command: {error}")
        return
    before = editor.text
    try:
        folder = Path(await asyncio.to_thread(tempfile.mkdtemp, prefix="mdbtui-"))
    except OSError as error:
        refuse(f"No file for the editor could be made: {error.strerror}")
        return
    try:
        path = folder / "statement.sql"
        await asyncio.to_thread(_write_private, path, before)
        status = await _run(app, [*command, str(path)])
        if status != 0:
            refuse(f"{command[0]} ended with status {status}: nothing was changed.")
            return
        after, _ = await asyncio.to_thread(read_sql, path)
    except SuspendNotSupported:
        refuse("This terminal can't be handed to another program.")
    except OSError as error:
        refuse(f"{command[0]} can't be started: {error.strerror}")
    except FileTrouble as error:
        refuse(f"{error}: nothing was changed.")
    else:
        # Editors end the last line, which the text may not have done.
        if not before.endswith("\n"):
            after = after.removesuffix("\n")
        if after != before:
            _replace_text(editor, after)
    finally:
        await asyncio.to_thread(shutil.rmtree, folder, ignore_errors=True)


def _write_private(path: Path, text: str) -> None:
    flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC
    with open(os.open(path, flags, 0o600), "wb") as file:  # noqa: PTH123 - for its mode
        file.write(text.encode("utf-8", "replace"))


def _replace_text(editor: SqlEditor, text: str) -> None:
    """Replace what differs, so that the cursor stays where it can."""
    row, column = editor.cursor_location
    editor.history.checkpoint()
    editor.replace(text, (0, 0), editor.document.end)
    editor.history.checkpoint()
    row = min(row, editor.document.line_count - 1)
    editor.move_cursor((row, min(column, len(editor.document[row]))))


async def _run(app: App[Any], command: list[str]) -> int:
    """Run a program on the terminal; return its exit status.

    Raises:
        SuspendNotSupported: The terminal can't be given away.
        OSError: It can't be started.
    """
    loop = asyncio.get_running_loop()
    outcome: asyncio.Future[int] = loop.create_future()
    # In batch_update nothing is painted: the writer of a suspended app is stopped.
    with app.batch_update(), app.suspend():
        # Ctrl+C is meant for the editor; it reaches every program of the terminal.
        loop.add_signal_handler(signal.SIGINT, lambda: None)
        try:
            outcome.set_result(await _status(command))
        except asyncio.CancelledError:
            outcome.cancel()
        except OSError as error:
            # suspend() does not come back when something is raised in it.
            outcome.set_exception(error)
    install_signals(app)
    return await outcome


async def _status(command: list[str]) -> int:
    process = await asyncio.create_subprocess_exec(*command)
    try:
        return await process.wait()
    finally:
        if process.returncode is None:
            with contextlib.suppress(ProcessLookupError):
                process.terminate()
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(END_LIMIT):
                    await process.wait()
