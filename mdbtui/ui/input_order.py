"""Keys act in the order in which they were pressed, however fast they come.

Textual hands a key to the focused widget's queue and looks at the next one at once: a
priority binding (F5) overtakes the text before it, and what is typed behind a key that
opens a dialog goes to the widget that had the focus before. Over a slow line, from a
password manager or a macro, keys do come that fast, and a statement that runs before
its last words are in the editor is the wrong statement.
"""

from __future__ import annotations

import time
from collections import deque
from typing import TYPE_CHECKING

from textual import events
from textual.app import App

if TYPE_CHECKING:
    from textual.dom import DOMNode
    from textual.message_pump import MessagePump

    _Base = App[None]
else:
    _Base = object

FOCUS_SECONDS = 0.5
"""How long a key waits for a dialog that the key before it has opened."""
STUCK_SECONDS = 2.0
"""After this long the next key is let through, whatever became of the last one."""
_LOOK_EVERY = 0.004


class OrderedInputMixin(_Base):
    """Lets a key or paste in when the one before it is done with; before `App`.

    Done with means: the focused widget and all above it have seen it, what it opened
    is mounted and has the focus.
    """

    _held_back: deque[events.Key | events.Paste]
    _let_in_at: float = 0.0
    _under_way = False

    async def on_event(self, event: events.Event) -> None:
        if not isinstance(event, events.Key | events.Paste) or event.is_forwarded:
            await super().on_event(event)
            return
        self._held_back = getattr(self, "_held_back", None) or deque()
        self._held_back.append(event)
        stuck = time.monotonic() - self._let_in_at > STUCK_SECONDS
        if not self._under_way or stuck:
            await self._let_next_in()

    async def _let_next_in(self) -> None:
        if not self._held_back:
            self._under_way = False
            return
        event = self._held_back.popleft()
        self._under_way = True
        self._let_in_at = time.monotonic()
        target: DOMNode = self.focused or self.screen
        await super().on_event(event)
        if event.is_forwarded:
            self._follow(target)
        else:
            self._wait_for_focus()

    def _follow(self, node: MessagePump) -> None:
        """Come back when a node, and all above it, have emptied their queues so far."""
        if node is self:
            self.call_later(self._wait_for_focus)
        elif not node.call_later(self._follow, node._parent or self):  # noqa: SLF001
            self._follow(self)  # it was removed by the key

    def _wait_for_focus(self, until: float = 0.0) -> None:
        """Let the next one in when what is on the screen now can take it."""
        until = until or time.monotonic() + FOCUS_SECONDS
        screen = self.screen
        ready = screen.is_mounted and (
            screen.focused is not None or not screen.focus_chain
        )
        if ready or time.monotonic() > until:
            self.call_later(self._let_next_in)
        else:
            self.set_timer(_LOOK_EVERY, lambda: self._wait_for_focus(until))
