"""What is painted first is already the whole console, each part in its place."""

from __future__ import annotations

from typing import Any

import pytest
from textual.app import App

from tests.support.console import console, dead_spec


@pytest.mark.parametrize("size", [(160, 48), (250, 70)])
async def test_the_first_frame_is_the_final_one(
    monkeypatch: pytest.MonkeyPatch, size: tuple[int, int]
) -> None:
    frames: list[str] = []
    display = App._display

    def watch(app: App[Any], screen: Any, update: Any) -> None:
        if update is not None:
            strips = app.screen._compositor.render_strips(app.size)
            frames.append("\n".join(strip.text for strip in strips))
        display(app, screen, update)

    monkeypatch.setattr(App, "_display", watch)
    async with console([dead_spec("shop")], size=size) as running:
        await running.sees("Quit")
        first, now = frames[0].split("\n"), running.screen_text.split("\n")
        for part in ("shop", "Results", "time-outs", "1 database", "F5 Run"):
            assert part in frames[0]
        # The lower half may be hidden by the word that the database is down.
        upper = slice(len(first) // 2)
        borders = [[i for i, c in enumerate(x) if c == "│"] for x in first[upper]]
        assert borders == [[i for i, c in enumerate(x) if c == "│"] for x in now[upper]]
