"""Pastes are cut out of the terminal's input before anything in them can act as a key.

Textual's parser goes on to look for escape sequences inside a bracketed paste: an ESC
in pasted text ends the paste for it, and what follows runs statements or quits. Here a
paste is all that stands between its two markers, as one event, without control
characters. A terminal that lets an end marker through inside of a paste cannot be
helped; those in use do not.
"""

from __future__ import annotations

import re
import time
from typing import TYPE_CHECKING

from textual import constants, events
from textual._xterm_parser import (
    BRACKETED_PASTE_END,
    BRACKETED_PASTE_START,
    XTermParser,
)

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from textual.message import Message

SILENCE_SECONDS = 2.0
"""After such a silence an unfinished paste is shown, and one key alone ends it."""

_CONTROLS = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f]")
# One character, or one escape sequence: what a person's key or mouse sends at once.
# The rest of a paste that was held up comes in longer pieces, or brings the end marker.
_ONE_KEY = re.compile(
    r"[^\x1b]|\x1b|\x1b\[[0-?]*[ -/]*[@-~]|\x1bO?[^\x1b\[]", re.DOTALL
)

# Not what begins a longer sequence: a key's own, or a terminal's answer.
_ALT_KEY = re.compile(r"(\x1b[^\x00-\x1f\x7f\[\]OPX^_])")


class PasteSafeParser(XTermParser):
    """Textual's parser of terminal input behind a cutter of bracketed pastes.

    Markers and pastes may come in pieces, split anywhere. A paste whose end marker
    was lost does not swallow the keyboard: what came is handed on after
    `SILENCE_SECONDS`, and the first key pressed alone after such a silence ends it.
    """

    def __init__(self, debug: bool = False) -> None:
        super().__init__(debug)
        self._pasting = False
        self._pasted: list[str] = []
        self._begun = ""  # of a marker: its rest may come with the next read
        self._read_at = 0.0

    def feed(self, data: str) -> Iterable[Message]:
        """Yield the events in the input; an empty string means its end."""
        if not data:
            yield from super().feed(data)
            return
        silent = self._is_silent(SILENCE_SECONDS)
        self._read_at = time.monotonic()
        if self._pasting and silent and _ONE_KEY.fullmatch(data):
            yield from self._end_paste()
        data, self._begun = self._begun + data, ""
        while data:
            marker = BRACKETED_PASTE_END if self._pasting else BRACKETED_PASTE_START
            before, found, after = data.partition(marker)
            if not found:
                before, self._begun = _split_begun(data, marker)
            if self._pasting:
                self._pasted.append(before)
            elif before:
                yield from self._keys(before)
            if found and self._pasting:
                yield from self._end_paste()
            elif found:
                yield from self._finish_keys()
                self._pasting = True
            data = after

    def _keys(self, data: str) -> Iterator[Message]:
        """Take alt with a key for what it is, whatever comes right behind it.

        Textual waits for the rest of an escape sequence, and takes ``alt+v`` and a
        letter within a tenth of a second for the three characters ``^v`` and that.
        """
        if self._timeout_time is None:
            for part in _ALT_KEY.split(data):
                if part:
                    yield from super().feed(part)
                if _ALT_KEY.fullmatch(part):
                    yield from self._finish_keys()
        else:  # an escape that came before is not done with
            yield from super().feed(data)

    def tick(self) -> Iterable[Message]:
        """Yield what need not wait for more input any longer; called every 0.1 s."""
        if self._pasting:
            if self._pasted and self._is_silent(SILENCE_SECONDS):
                yield from self._hand_on()
        elif self._begun and self._is_silent(constants.ESCAPE_DELAY):
            begun, self._begun = self._begun, ""
            yield from super().feed(begun)
            yield from self._finish_keys()
        yield from super().tick()

    def _is_silent(self, seconds: float) -> bool:
        return time.monotonic() - self._read_at >= seconds

    def _finish_keys(self) -> Iterator[Message]:
        """Let Textual take an unfinished escape sequence for the keys that it is."""
        if self._timeout_time is not None:
            self._timeout_time = 0.0
        yield from super().tick()

    def _end_paste(self) -> Iterator[Message]:
        self._pasting = False
        # Of an end marker that never became whole.
        self._pasted.append(self._begun)
        self._begun = ""
        yield from self._hand_on()

    def _hand_on(self) -> Iterator[Message]:
        # Piece by piece: nothing else runs during one of them.
        text = "".join(_CONTROLS.sub("", piece) for piece in self._pasted)
        self._pasted.clear()
        if text:
            yield events.Paste(text)


def _split_begun(data: str, marker: str) -> tuple[str, str]:
    """Split off the start of a marker at the end of the data."""
    for length in range(min(len(marker) - 1, len(data)), 0, -1):
        if data.endswith(marker[:length]):
            return data[:-length], data[-length:]
    return data, ""
