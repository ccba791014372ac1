r"""Text from a server, made fit for a terminal or a line of a message.

A control sequence in a cell could write the user's clipboard or worse. Characters
that a terminal obeys become ``\x1B`` or ``\u202E``, as psql shows them.
"""

from __future__ import annotations

import re
import unicodedata

_HIDDEN = (
    "\x80-\x9f\u061c\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb"
    "\ud800-\udfff\U000e0000-\U000e007f"
)
_ALL = re.compile(f"[\x00-\x1f\x7f{_HIDDEN}]")
_ALL_BUT_LINES = re.compile(f"[\x00-\x09\x0b-\x1f\x7f{_HIDDEN}]")


def one_line(text: str) -> str:
    """Return ``text`` with every control character spelled out, line ends too."""
    return text if text.isascii() and text.isprintable() else _ALL.sub(_spell, text)


def lines(text: str) -> str:
    """Return ``text`` with every control character but the line feed spelled out."""
    return _ALL_BUT_LINES.sub(_spell, text)


def _spell(match: re.Match[str]) -> str:
    code = ord(match[0])
    if match[0] in "\n\r\t":
        return {"\n": "\\n", "\r": "\\r", "\t": "\\t"}[match[0]]
    if code < 0x80:
        return f"\\x{code:02X}"
    return f"\\u{code:04X}" if code < 0x10000 else f"\\U{code:08X}"


def width(text: str) -> int:
    """Return how many columns of a terminal ``text`` takes."""
    return len(text) if text.isascii() else sum(map(_char_width, text))


def _char_width(char: str) -> int:
    if char < "\u0300":
        return 1
    if unicodedata.category(char) in ("Mn", "Me", "Cf"):
        return 0
    return 2 if unicodedata.east_asian_width(char) in "WF" else 1
