"""Keeps notifications few and small, and off what the user works at.

Textual stacks as many as there are over whatever is below. On 80 by 24 cells three of
them hid all rows and the messages that they were about.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from textual.app import App
from textual.css.query import NoMatches
from textual.widgets import Input, TextArea
from textual.widgets._toast import Toast, ToastRack

from mdbtui.ui.keymaps import said
from mdbtui.ui.safe import safe_multiline

if TYPE_CHECKING:
    from textual.notifications import Notify

    _Base = App[Any]
else:
    _Base = object

SMALL_WIDTH, SMALL_HEIGHT = 100, 30
"""Cells of a screen below which notifications are small."""
SMALL_TEXT = 200
"""Characters of a small one; screens/main.tcss gives it lines for so many."""
_LINES_FOR_EACH, _MOST = 12, 5


class ToastsMixin(_Base):
    """Bounds an app's notifications; before `App` in the bases."""

    def _on_notify(self, event: Notify) -> None:
        # Textual's own handler follows, and adds it.
        fresh, there = event.notification, self._notifications
        fresh.message = said(fresh.message)
        if self._is_small and "[" not in fresh.message:
            fresh.message = safe_multiline(fresh.message, SMALL_TEXT)
        for old in list(there):
            if (old.title, old.message) == (fresh.title, fresh.message):
                del there[old]
        most = max(1, min(_MOST, self.size.height // _LINES_FOR_EACH))
        for old in list(there)[: max(0, len(there) + 1 - most)]:
            del there[old]

    @property
    def _is_small(self) -> bool:
        return self.size.width < SMALL_WIDTH or self.size.height < SMALL_HEIGHT

    def _refresh_notifications(self) -> None:
        super()._refresh_notifications()
        self.call_later(self._place_toasts)

    def _place_toasts(self) -> None:
        """Size the notifications, and keep them off the cursor's line."""
        try:
            rack = self.screen.get_child_by_type(ToastRack)
        except NoMatches:
            return
        rack.set_class(self._is_small, "-small")
        # Textual takes out those that are gone, and leaves the room they took.
        there = {rack._toast_id(note) for note in self._notifications}  # noqa: SLF001
        for holder in rack.children:
            if holder.id not in there:
                holder.remove()
        rack.set_class(False, "-above")
        self.call_after_refresh(self._off_cursor, rack)

    def _off_cursor(self, rack: ToastRack) -> None:
        typing = self.screen.focused
        # The rack itself is not drawn, so it has no place.
        tops = [toast.region.y for toast in rack.query(Toast) if toast.region]
        if tops and isinstance(typing, Input | TextArea):
            rack.set_class(typing.cursor_screen_offset.y >= min(tops), "-above")
