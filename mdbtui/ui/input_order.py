"""Keys act in the order in which they were pressed, however fast they come.

Textual hands a key to the focused widget's queue and looks at the next one at once: a
priority binding (F5) overtakes the text before it, and what is typed behind a key that
opens a dialog goes to the widget that had the focus before. Over a slow line, from a
password manager or a macro, keys do come that fast, and a statement that runs before
its last words are in the editor is the wrong statement.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections import deque
from typing import TYPE_CHECKING, Any

from textual import events
from textual.app import App

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from textual.message_pump import MessagePump
    from textual.screen import Screen

    _Base = App[None]
else:
    _Base = object

FOCUS_SECONDS = 0.5
"""How long a key waits for a dialog that the key before it has opened."""
STUCK_SECONDS = 2.0
"""After this long the next key is let through, whatever became of the last one."""
_LOOK_EVERY = 0.004
_LOOKS_AT_ONCE = 50
_STILL_FOR = 3
"""Turns of the loop: a worker begins in the one after it was started."""


class OrderedInputMixin(_Base):
    """Lets a key or paste in when the one before it is done with; before `App`.

    Done with means: the widget that had the focus, all above it and the app have
    nothing left to do, and a screen that was opened is mounted and has its focus.
    """

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._held_back: deque[events.Key | events.Paste] = deque()
        self._under_way = False
        self._settling: asyncio.Task[None] | None = None
        self.last_key: events.Key | None = None
        """The key that is being handled, or was handled last."""

    @property
    def last_key_under_way(self) -> bool:
        """Whether a key is being handled, and no other waits behind it."""
        return self._under_way and not self._held_back

    async def on_event(self, event: events.Event) -> None:
        if not isinstance(event, events.Key | events.Paste) or event.is_forwarded:
            await super().on_event(event)
            return
        self._held_back.append(event)
        if not self._under_way:
            await self._let_next_in()

    async def on_unmount(self) -> None:
        if self._settling is not None:
            self._settling.cancel()
            await asyncio.wait([self._settling])

    async def _let_next_in(self) -> None:
        # Nothing acts behind the key that leaves.
        if self._exit or not self._held_back:
            self._under_way = False
            self._held_back.clear()
            return
        self._under_way = True
        screen = self.screen
        pumps = (self.focused or screen).ancestors_with_self
        event = self._held_back.popleft()
        if isinstance(event, events.Key):
            self.last_key = event
        await super().on_event(event)
        self._settling = asyncio.create_task(
            self._settle(screen, [*pumps, self]), name="keys in order"
        )

    async def _settle(self, screen: Screen[Any], pumps: Sequence[MessagePump]) -> None:
        """Wait for the end of what a key began, then let the next one in."""
        try:
            async with asyncio.timeout(STUCK_SECONDS):
                await _still(pumps)
                if not self._exit and self.screen is not screen:
                    await self._opened(self.screen)
        except TimeoutError:
            pass
        finally:
            if self._held_back:
                self.call_later(self._let_next_in)
            else:
                self._under_way = False

    async def _opened(self, screen: Screen[Any]) -> None:
        """Wait until a screen takes keys, if it ever does."""
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(FOCUS_SECONDS):
                await _until(lambda: screen.is_mounted)
                await _still([screen, self])
                await _until(lambda: screen.focused or not screen.focus_chain)


async def _until(condition: Callable[[], object]) -> None:
    # Textual has no event for either.
    while not condition():  # noqa: ASYNC110
        await asyncio.sleep(_LOOK_EVERY)


async def _still(pumps: Sequence[MessagePump]) -> None:
    """Return when message pumps have nothing to do, and nothing comes of it."""
    looks = still = 0
    while still < _STILL_FOR:
        still = 0 if any(map(_is_busy, pumps)) else still + 1
        looks += 1
        await asyncio.sleep(0 if looks < _LOOKS_AT_ONCE else _LOOK_EVERY)


def _is_busy(pump: MessagePump) -> bool:
    """Whether a pump handles a message, or has one to handle."""
    if pump._closing or not pump._running:  # noqa: SLF001
        return False  # removed by the key, or not there yet
    queue: Any = pump._message_queue  # noqa: SLF001
    # It waits for its queue whenever, and only when, it has nothing else to do.
    waiters = queue.ready_event._waiters  # noqa: SLF001
    return not queue.empty() or all(waiter.done() for waiter in waiters)
