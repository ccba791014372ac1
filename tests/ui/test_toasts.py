"""Notifications on a small screen: few, short, and off what one works at."""

from __future__ import annotations

from textual.widgets._toast import Toast

from tests.support.console import Console, console


def _rows(c: Console) -> set[int]:
    """The lines of the screen that notifications cover."""
    toasts = [each.region for each in c.app.screen.query(Toast) if each.region]
    return {y for region in toasts for y in range(region.y, region.bottom)}


async def test_notifications_leave_a_small_screen_free() -> None:
    async with console([], size=(80, 24)) as c:
        await c.pilot.press("escape")
        c.pane.editor.text = "\n".join(f"line {i}" for i in range(60))
        c.main.action_focus_editor()
        for number in range(5):
            c.main.notify(
                f"note {number} " + "many words " * 30, title="Title", timeout=60
            )
        for _ in range(3):
            c.main.notify("A statement runs here.", timeout=60)
        await c.until(lambda: len(c.app.screen.query(Toast)) == 2)
        await c.sees("note 4 many", "A statement runs here.", "line 4")
        assert len(c.notes()) == 2
        assert "note 3" not in c.screen_text
        assert "…" in c.screen_text  # there was more of it
        await c.until(lambda: 0 < len(_rows(c)) <= 12)
        assert c.pane.editor.cursor_screen_offset.y not in _rows(c)
        assert not {22, 23} & _rows(c)  # the status, the keys
        # In an editor of the screen's height they make room at its end.
        await c.pilot.press("ctrl+g", "ctrl+end")
        c.main.notify("below", timeout=60)
        await c.until(lambda: bool(_rows(c)) and max(_rows(c)) < 12)
        await c.sees("line 59", "below")
        assert c.pane.editor.cursor_screen_offset.y not in _rows(c)
