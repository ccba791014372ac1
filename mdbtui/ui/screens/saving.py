"""Save one value to a file that the user names."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from mdbtui.query.daemon import in_daemon_thread
from mdbtui.query.export_file import ExportError, ExportFile, FileThere, resolved
from mdbtui.ui.safe import safe_multiline
from mdbtui.ui.screens.ask import AskScreen, ConfirmScreen
from mdbtui.ui.widgets.grid_values import encoded, is_bytes

if TYPE_CHECKING:
    from pathlib import Path
    from typing import Any

    from textual.app import App

    from mdbtui.query.rows import Column

DISK_TIMEOUT = 10.0
"""Seconds for a disk to answer before anything is written."""
_SHOWN = 300


async def save_value(app: App[Any], column: Column, value: str) -> None:
    """Ask for a file, write a value to it, and say what came of it.

    A file that is there is replaced only after a question. The file is readable by
    the user only, and has its name only when it is complete.

    Args:
        app: Where to ask; the caller's worker belongs to it.
        column: The value's column: the bytes of a bytea are written, not their text.
        value: As the server sent it.
    """
    what = "Its bytes" if is_bytes(column, value) else "Its text, as it is,"
    asked = AskScreen("Save the value", f"{what} will be written to this file:")
    written = await app.push_screen_wait(asked)
    if not written or not written.strip():
        return
    try:
        path = await asyncio.wait_for(
            in_daemon_thread(lambda: resolved(written.strip())), DISK_TIMEOUT
        )
        try:
            size = await _write(path, column, value, overwrite=False)
        except FileThere:
            question = ConfirmScreen("Replace the file?", str(path), "Replace")
            if not await app.push_screen_wait(question):
                return
            size = await _write(path, column, value, overwrite=True)
    except TimeoutError:
        _say(app, "Not saved: the disk does not answer", error=True)
    except ExportError as error:
        _say(app, f"Not saved: {error.message}. {error.hint}", error=True)
    else:
        _say(app, f"Saved {size:,} bytes to {path}")


async def _write(path: Path, column: Column, value: str, *, overwrite: bool) -> int:
    file = ExportFile(path, overwrite=overwrite)
    try:
        async with asyncio.timeout(DISK_TIMEOUT):
            await file.open()
        for piece in encoded(column, value):
            await file.write(piece)
            await asyncio.sleep(0)
        await file.commit()
    finally:
        await file.abort()
    return file.written


def _say(app: App[Any], text: str, *, error: bool = False) -> None:
    app.notify(
        safe_multiline(text, _SHOWN),
        severity="error" if error else "information",
        markup=False,
    )
