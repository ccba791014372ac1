"""The SQL editor in an app of its own."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import ClassVar

from textual.app import App, ComposeResult
from textual.binding import Binding
from textual.pilot import Pilot

from mdbtui.ui.widgets.editor import SqlEditor

SCREEN_KEYS = (
    "f1 f2 f3 f4 f5 f6 f7 f8 f9 shift+f5 ctrl+f4 ctrl+j ctrl+enter ctrl+r ctrl+b ctrl+g"
    " ctrl+n ctrl+o ctrl+s ctrl+t alt+left alt+right alt+e ctrl+pageup ctrl+pagedown"
    " escape"
)


class EditorApp(App[None]):
    CSS = "SqlEditor { height: 1fr; }"
    BINDINGS: ClassVar = [Binding(key, f"seen('{key}')") for key in SCREEN_KEYS.split()]

    def __init__(self, text: str) -> None:
        super().__init__()
        self.editor = SqlEditor(text)
        self.editor.cursor_blink = False
        self.keys: list[str] = []

    def compose(self) -> ComposeResult:
        yield self.editor

    def action_seen(self, key: str) -> None:
        self.keys.append(key)


@asynccontextmanager
async def editing(
    text: str, size: tuple[int, int] = (60, 12)
) -> AsyncIterator[tuple[SqlEditor, Pilot[None]]]:
    app = EditorApp(text)
    async with app.run_test(size=size) as pilot:
        app.editor.focus()
        await pilot.pause()
        yield app.editor, pilot
