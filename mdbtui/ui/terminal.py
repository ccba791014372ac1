"""The border to the terminal: what may reach it, and what happens when it stalls.

Three nets, all below the widgets, so that no widget can forget them: a line filter
that removes control characters, a writer that never blocks the event loop, and signal
handlers that leave the terminal as it was found.
"""

from __future__ import annotations

import asyncio
import codecs
import collections
import contextlib
import contextvars
import functools
import os
import re
import select
import signal
import threading
from collections.abc import Callable, Sequence
from typing import IO, Any

from rich.segment import Segment
from textual.app import App
from textual.color import Color
from textual.drivers import linux_driver
from textual.filter import LineFilter

from mdbtui.ui.paste import PasteSafeParser

# All of them are zero cells wide, so deleting them keeps every strip's width right.
# U+200D stays: it joins emoji, and without it the parts would take their own cells.
_ZERO_WIDTH = (
    "\x00-\x1f\x7f-\x9f\u061c\u180e\u200b\u200c\u200e\u200f\u2028-\u202e"
    "\u2060-\u206f\ufeff\ufff9-\ufffb\U000e0000-\U000e007f"
)
_SURROGATES = "\ud800-\udfff"
_DELETED = re.compile(f"[{_ZERO_WIDTH}]")
_REPLACED = re.compile(f"[{_SURROGATES}]")
_UNSAFE = re.compile(f"[{_ZERO_WIDTH}{_SURROGATES}]")

EXIT_SIGNALS = (signal.SIGTERM, signal.SIGHUP, signal.SIGQUIT, signal.SIGINT)
_HANGUP_EXIT = 128 + signal.SIGHUP

# What stop_application_mode() writes: repeated when a full queue may have lost it.
_RESTORE = (
    "\x1b[?2026l\x1b[?2004l\x1b[?7h\x1b[?2048l\x1b[?1000l\x1b[?1003l\x1b[?1015l"
    "\x1b[?1006l\x1b[?1016l\x1b[<u\x1b[0m\x1b[?1049l\x1b[?25h\x1b[?1004l"
)


# xterm sends alt+t as the letter ô unless it is asked for an escape before the letter
# (DECSET 1036 for the meta key, 1039 for alt). Saved before and put back after.
_ALT_KEYS = "\x1b[?1036s\x1b[?1039s\x1b[?1036h\x1b[?1039h"
_ALT_KEYS_BACK = "\x1b[?1036r\x1b[?1039r"


class ControlFilter(LineFilter):
    """Delete control, format and bidirectional characters from every painted line.

    The last net under `ui/safe.py`: whatever a widget lets through, no escape
    sequence of a server reaches the terminal.
    """

    def apply(self, segments: list[Segment], background: Color) -> list[Segment]:
        """Return the segments without characters that could steer the terminal."""
        search = _UNSAFE.search
        if not any(search(text) for text, _, control in segments if not control):
            return segments
        return [
            segment
            if segment.control
            else Segment(
                _REPLACED.sub("\ufffd", _DELETED.sub("", segment.text)),
                segment.style,
                segment.control,
            )
            for segment in segments
        ]


class ControlFilterMixin:
    """Puts `ControlFilter` before an app's own line filters; name it before `App`."""

    _control_filters: Sequence[LineFilter] = (ControlFilter(),)

    def get_line_filters(self) -> Sequence[LineFilter]:
        """The filters that every painted line passes, ours first."""
        return [*self._control_filters, *super().get_line_filters()]  # type: ignore[misc]


class SafeWriter(threading.Thread):
    """Textual's writer thread, with a queue that drops frames instead of blocking.

    The stock thread blocks the event loop after 30 frames that the terminal does not
    read; every pool stands still then, and not even SIGTERM is handled.

    Args:
        file: The terminal.
        on_gone: Called on the loop when the terminal is closed.
        on_drained: Called on the loop when the terminal reads again after frames
            were dropped, so that it must be painted anew.
    """

    MAX_PENDING = 2_000_000
    """Characters that may wait for the terminal before frames are dropped."""
    CHECK_SECONDS = 2.0
    """How often a silent terminal is checked for being closed."""

    def __init__(
        self,
        file: IO[str],
        on_gone: Callable[[], object],
        on_drained: Callable[[], object],
    ) -> None:
        super().__init__(daemon=True, name="terminal-writer")
        self._fd = file.fileno()
        self._on_gone = on_gone
        self._on_drained = on_drained
        self._loop = asyncio.get_running_loop()
        self._context = contextvars.copy_context()
        self._queue = collections.deque([_ALT_KEYS])
        self._pending = 0
        self._changed = threading.Condition()
        self._stopping = self._dropped = self._lossy = self._gone = False

    def isatty(self) -> bool:
        """Say that this stands for a terminal."""
        return True

    def fileno(self) -> int:
        """The terminal's file descriptor."""
        return self._fd

    def flush(self) -> None:
        """Do nothing: the thread writes as soon as it can."""

    def write(self, text: str) -> None:
        """Queue text for the terminal; drop it when too much waits already."""
        with self._changed:
            if self._gone:
                return
            if self._pending > self.MAX_PENDING:
                self._dropped = self._lossy = True
                return
            self._queue.append(text)
            self._pending += len(text)
            self._changed.notify()

    def run(self) -> None:
        """Write what is queued until stopped or the terminal is gone."""
        try:
            while (chunk := self._next_chunk()) is not None:
                data, dropped = chunk
                view = memoryview(data.encode("utf-8", "replace"))
                while view:
                    view = view[os.write(self._fd, view[:65536]) :]
                if dropped:
                    self._call(self._on_drained)
        except OSError:
            self._gone = True
            self._call(self._on_gone)

    def stop(self) -> None:
        """Write what is left and end; give up on a stalled terminal after 1 s."""
        with self._changed:
            if self._lossy:
                self._queue.append(_RESTORE)
            self._queue.append(_ALT_KEYS_BACK)
            self._stopping = True
            self._changed.notify()
        self.join(1.0)

    def _next_chunk(self) -> tuple[str, bool] | None:
        with self._changed:
            while not self._queue and not self._stopping:
                if not self._changed.wait(self.CHECK_SECONDS):
                    self._raise_if_closed()
            if not self._queue:
                return None
            data = "".join(self._queue)
            self._queue.clear()
            self._pending = 0
            dropped, self._dropped = self._dropped, False
            return data, dropped

    def _raise_if_closed(self) -> None:
        """Raise OSError when nobody holds the other end (nohup: no SIGHUP comes)."""
        poll = select.poll()
        poll.register(self._fd, select.POLLHUP)
        closed = select.POLLHUP | select.POLLERR
        if any(events & closed for _, events in poll.poll(0)):
            raise OSError("terminal closed")

    def _call(self, callback: Callable[[], object]) -> None:
        with contextlib.suppress(RuntimeError):  # the loop is closed already
            self._loop.call_soon_threadsafe(callback, context=self._context)


def _lenient_decoder(encoding: str) -> Callable[[], codecs.IncrementalDecoder]:
    return functools.partial(codecs.getincrementaldecoder(encoding), "replace")


def install_writer(app: App[Any]) -> None:
    """Make Textual's terminal driver use `SafeWriter`, and take no harm from input.

    A closed terminal ends the app with exit status 129, as SIGHUP does.

    Args:
        app: The app that is about to run.
    """

    def gone() -> None:
        app.exit(return_code=_HANGUP_EXIT)

    writer = functools.partial(SafeWriter, on_gone=gone, on_drained=app.refresh)
    linux_driver.WriterThread = writer  # type: ignore[attr-defined, assignment]
    # One typed byte that is not UTF-8 would end the input thread, and the app with it.
    linux_driver.getincrementaldecoder = _lenient_decoder  # type: ignore[attr-defined, assignment]
    linux_driver.XTermParser = PasteSafeParser  # type: ignore[attr-defined]


def install_signals(app: App[Any]) -> None:
    """End the app in good order at SIGTERM, SIGHUP, SIGQUIT and SIGINT.

    To be called while the loop runs. The app's return code becomes 128 + the signal's
    number; closing pools stays the caller's business, after the app has returned.

    Args:
        app: The app to end.
    """
    loop = asyncio.get_running_loop()
    for number in EXIT_SIGNALS:
        loop.add_signal_handler(
            number, functools.partial(app.exit, return_code=128 + number)
        )


DESKTOP_LIMIT = 200


def desktop_sequence(how: str, title: str, text: str, *, tmux: bool = False) -> str:
    """Return what tells a terminal to notify its desktop; any text is fine.

    Args:
        how: ``osc9`` (iTerm2, WezTerm, kitty, ghostty, Windows Terminal) or ``osc777``
            (urxvt, foot, VTE).
        title: A few words.
        text: A few more.
        tmux: The terminal is tmux, which has to be asked to pass it on.
    """

    def cleaned(words: str) -> str:
        # Whatever is not printable could end the sequence and begin another one.
        return "".join(c if c.isprintable() else " " for c in words[:DESKTOP_LIMIT])

    if how == "osc9":
        # Never a digit first: "9;4;" draws a progress bar.
        sequence = f"\x1b]9;mdbtui: {cleaned(title)} {cleaned(text)}\x07"
    else:
        heading = cleaned(title).replace(";", ",")
        sequence = f"\x1b]777;notify;{heading};{cleaned(text)}\x07"
    # It knows neither of them, and drops what it does not know.
    return f"\x1bPtmux;\x1b{sequence}\x1b\\" if tmux else sequence


def notify_desktop(app: App[Any], how: str, title: str, text: str) -> None:
    """Tell the terminal to notify its desktop, through the writer that never blocks."""
    driver = app._driver  # noqa: SLF001 - as Textual's own bell() and clipboard do
    if driver is not None and how != "off":
        inside = "TMUX" in os.environ
        driver.write(desktop_sequence(how, title, text, tmux=inside))
