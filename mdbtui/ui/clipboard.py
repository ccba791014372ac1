"""Copy text out of the program: the terminal's clipboard first, else a file."""

from __future__ import annotations

import asyncio
import os
import re
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from mdbtui.config import state_dir

if TYPE_CHECKING:
    from pathlib import Path

    from textual.app import App

OSC52_LIMIT = 100_000
"""Bytes that terminals are known to take in one clipboard sequence."""
# A paste into a shell must not carry control sequences.
_CONTROL = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f]")


async def copy_out(app: App[Any], text: str) -> str:
    """Copy `text`; return in words where it went.

    Up to 100 kB go to the terminal's clipboard (OSC 52); more is written into a
    private file, since terminals drop longer sequences without a word.

    Raises:
        OSError: The file could not be written.
    """
    text = _CONTROL.sub("", text)
    if len(text.encode(errors="replace")) <= OSC52_LIMIT:
        app.copy_to_clipboard(text)
        return "copied to the terminal's clipboard"
    path = await asyncio.to_thread(_private_file, text)
    return f"too long for the clipboard: written to {path}"


def _private_file(text: str) -> Path:
    folder = state_dir() / "copies"
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    name = f"copy-{datetime.now(UTC):%Y%m%d-%H%M%S-%f}.txt"
    path = folder / name
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with open(descriptor, "w", encoding="utf-8", errors="replace") as file:  # noqa: PTH123 - opened by descriptor for its mode
        file.write(text)
    return path
