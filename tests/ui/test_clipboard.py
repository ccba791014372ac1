from __future__ import annotations

import os
import re
import stat
from pathlib import Path

import pytest
from textual.app import App

from mdbtui.ui.clipboard import OSC52_LIMIT, copy_out


async def test_a_short_text_goes_to_the_terminal_without_control_characters() -> None:
    app: App[None] = App()
    async with app.run_test():
        said = await copy_out(app, "a\x1b]52;c;x\x07\tb\n")
        assert app.clipboard == "a]52;c;x\tb\n"
        assert "terminal" in said


async def test_a_long_text_goes_to_the_desktops_program(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    taken = tmp_path / "taken"
    program = tmp_path / "xclip"
    program.write_text(f"#!/bin/sh\nexec cat > {taken}\n")
    program.chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}:{os.environ['PATH']}")
    monkeypatch.setenv("DISPLAY", ":0")
    monkeypatch.delenv("WAYLAND_DISPLAY", raising=False)
    monkeypatch.delenv("SSH_CONNECTION", raising=False)
    text = "é" * OSC52_LIMIT
    app: App[None] = App()
    async with app.run_test():
        assert "xclip" in await copy_out(app, text)
    assert taken.read_text() == text


async def test_a_long_text_without_a_program_goes_to_a_private_file(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("SSH_CONNECTION", "1 2 3 4")
    text = "x" * (OSC52_LIMIT + 1)
    app: App[None] = App()
    async with app.run_test():
        said = await copy_out(app, text)
    path = Path(re.findall(r"\S+$", said)[0])
    assert path.read_text() == text
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
