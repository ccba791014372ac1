"""Copy text out of the program: the terminal's clipboard, a program's, or a file."""

from __future__ import annotations

import asyncio
import os
import re
import shutil
import sys
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from mdbtui.config import state_dir

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from textual.app import App

OSC52_LIMIT = 100_000
"""Bytes that terminals are known to take in one clipboard sequence."""
PROGRAM_SECONDS = 2.0
# A paste into a shell must not carry control sequences.
_CONTROL = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f]")


async def copy_out(app: App[Any], text: str) -> str:
    """Copy `text`; return in words where it went.

    Up to 100 kB go to the terminal's clipboard (OSC 52), which also works over ssh.
    Terminals drop more without a word, so that goes to the desktop's clipboard
    program, and where there is none into a private file.

    Raises:
        OSError: The file could not be written.
    """
    text = _CONTROL.sub("", text)
    data = text.encode(errors="replace")
    if len(data) <= OSC52_LIMIT:
        app.copy_to_clipboard(text)
        return "copied to the terminal's clipboard"
    program = clipboard_program(os.environ)
    if program and await _fed(program, data):
        return f"copied with {program[0]}, as it is too long for the terminal"
    path = await asyncio.to_thread(_private_file, data)
    return f"too long for the clipboard: written to {path}"


def clipboard_program(environ: Mapping[str, str]) -> list[str] | None:
    """Return the command that fills this desktop's clipboard, if there is one."""
    if "SSH_CONNECTION" in environ:
        return None  # it would fill the clipboard of the machine far away
    candidates: list[list[str]] = []
    if sys.platform == "darwin":
        candidates.append(["pbcopy"])
    if environ.get("WAYLAND_DISPLAY"):
        candidates.append(["wl-copy"])
    if environ.get("DISPLAY"):
        candidates += [["xclip", "-selection", "clipboard"], ["xsel", "-ib"]]
    return next((c for c in candidates if shutil.which(c[0])), None)


async def _fed(command: list[str], data: bytes) -> bool:
    """Give `data` to a program; say whether it took it in time."""
    devnull = asyncio.subprocess.DEVNULL
    try:
        process = await asyncio.create_subprocess_exec(
            *command, stdin=asyncio.subprocess.PIPE, stdout=devnull, stderr=devnull
        )
    except OSError:
        return False
    try:
        async with asyncio.timeout(PROGRAM_SECONDS):
            await process.communicate(data)
    except TimeoutError:
        process.kill()
        await process.wait()
        return False
    return process.returncode == 0


def _private_file(data: bytes) -> Path:
    folder = state_dir() / "copies"
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    path = folder / f"copy-{datetime.now(UTC):%Y%m%d-%H%M%S-%f}.txt"
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with open(descriptor, "wb") as file:  # noqa: PTH123 - opened by descriptor, for its mode
        file.write(data)
    return path
