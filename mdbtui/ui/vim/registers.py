"""vim's registers: what was deleted and yanked, by name."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

CLIPBOARD = ("+", "*")
_LETTERS = "abcdefghijklmnopqrstuvwxyz"
#: All names after a ``"``; upper case appends.
NAMES = frozenset(_LETTERS + _LETTERS.upper() + '0123456789"-_+*/:.')


@dataclass(frozen=True)
class Content:
    """A register's text; of whole lines it has no line feed at its end."""

    text: str
    whole_lines: bool = False


class Registers:
    """What the registers hold; all tabs of the console share them."""

    def __init__(self) -> None:
        self._held: dict[str, Content] = {}
        self._latest = '"'

    def yanked(self, name: str, content: Content) -> None:
        """Keep what was yanked."""
        if name in ("", '"'):
            self._held["0"] = content
            self._latest = "0"
        else:
            self._put(name, content)

    def deleted(self, name: str, content: Content, *, small: bool) -> None:
        """Keep what was deleted; a small text is less than a line."""
        if name == "_":
            return
        if name not in ("", '"'):
            self._put(name, content)
            if small:
                return
        if small:
            self._held["-"] = content
            self._latest = "-"
            return
        for number in range(9, 1, -1):
            if older := self._held.get(str(number - 1)):
                self._held[str(number)] = older
        self._held["1"] = content
        if name in ("", '"'):
            self._latest = "1"

    def _put(self, name: str, content: Content) -> None:
        if name == "_":
            return
        key = name.lower()
        if name != key and (old := self._held.get(key)):
            lines = old.whole_lines or content.whole_lines
            between = "\n" if lines else ""
            content = Content(old.text + between + content.text, lines)
        self._held[key] = content
        self._latest = key

    def get(self, name: str, clipboard: Callable[[], str]) -> Content | None:
        """What a register holds; the clipboard's text is asked for."""
        if name in CLIPBOARD:
            text = clipboard()
            lines = text.endswith("\n")
            return Content(text[:-1] if lines else text, lines) if text else None
        if name in ("", '"'):
            if self._latest in CLIPBOARD:
                return self.get(self._latest, clipboard)
            return self._held.get(self._latest)
        return self._held.get(name.lower())

    def put(self, name: str, content: Content) -> None:
        """Keep what the machine itself records: ``.``, ``/``, ``:``."""
        self._held[name] = content
