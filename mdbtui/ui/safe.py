"""Server text → what may be drawn: one line, no control characters, no surprises.

Everything that a server sends (cells, names, errors, notices, comments, other users'
queries) is hostile: Textual passes escape sequences through to the terminal, and a
terminal obeys them. `safe` shows such characters as visible stand-ins instead.

The output also has a width that Textual and terminals agree on: what only shapes the
character before it (variation selectors, skin tones, joiners inside emoji or inside a
word of a joining script) is left out, because terminals differ in how wide the
combination is drawn.
"""

from __future__ import annotations

import re
import unicodedata
from functools import cache

from textual.content import Content

__all__ = ["plain", "safe", "safe_multiline"]

_UNKNOWN = "\ufffd"

# Characters that must never be drawn as they are: controls, formatting without a
# glyph, invisible fillers, halves of surrogate pairs, non-characters.
_HIDDEN = (
    (0x80, 0x9F),  # C1: 0x9b alone starts a control sequence
    (0xAD, 0xAD),
    (0x61C, 0x61C),
    (0x115F, 0x1160),
    (0x180E, 0x180E),
    (0x200B, 0x200F),
    (0x2028, 0x202E),
    (0x2060, 0x206F),
    (0x3164, 0x3164),
    (0xD800, 0xDFFF),
    (0xFDD0, 0xFDEF),
    (0xFEFF, 0xFEFF),
    (0xFFA0, 0xFFA0),
    (0xFFF0, 0xFFFB),
    (0xFFFE, 0xFFFF),
    (0x13430, 0x1343F),
    (0x1BCA0, 0x1BCA3),
    (0x1D173, 0x1D17A),
    (0x1F3FB, 0x1F3FF),  # a skin tone that no emoji carries
    (0xE0000, 0xE00FF),
    (0xE01F0, 0xE0FFF),
)
# Characters that only choose a shape; nothing is lost without them.
_SHAPING = ((0x34F, 0x34F), (0x180B, 0x180D), (0xFE00, 0xFE0F), (0xE0100, 0xE01EF))


def _char_class(ranges: tuple[tuple[int, int], ...]) -> str:
    return "".join(f"{chr(first)}-{chr(last)}" for first, last in ranges)


_STAND_INS = {code: 0x2400 + code for code in range(0x20)} | {
    0x09: ord("→"),
    0x0A: ord("⏎"),
    0x7F: ord("␡"),
}
_EMOJI = (
    "\u00a9\u00ae\u203c\u2049\u2100-\u2bff\u3030\u303d\u3297\u3299"
    "\U0001f000-\U0001f3fa\U0001f400-\U0001faff"
)
# Joiners between the letters of a script that joins: ordinary spelling there.
_JOINING = "\u0600-\u08ff\u0900-\u0dff\u1800-\u18af"
# Eight marks on one letter are more than any language needs; a thousand are an attack
# on the rows above and below.
_MARKS = (
    "\u0300-\u036f\u0483-\u0489\u1ab0-\u1aff\u1dc0-\u1dff\u20d0-\u20ff\ufe20-\ufe2f"
)


class _Patterns:
    """Compiled at the first text that needs them, as this takes some milliseconds."""

    def __init__(self) -> None:
        hidden, shaping = _char_class(_HIDDEN), _char_class(_SHAPING)
        self.suspect = re.compile(f"[\x00-\x1f\x7f{hidden}{shaping}]")
        self.shaping = re.compile(f"[{shaping}]")
        self.composed = re.compile(
            f"(?<=[{_EMOJI}])[\U0001f3fb-\U0001f3ff]"
            f"|(?<=[{_EMOJI}\U0001f3fb-\U0001f3ff])\u200d(?=[{_EMOJI}])"
            "|(?<=\U0001f3f4)[\U000e0020-\U000e007f]+"
            f"|(?<=[{_JOINING}])[\u200c\u200d](?=[{_JOINING}])"
        )
        self.piled_up = re.compile(f"([{_MARKS}]{{8}})[{_MARKS}]+")


_patterns = cache(_Patterns)


def safe(text: str, limit: int | None = None) -> str:
    """Return ``text`` as one drawable line.

    Control characters become visible stand-ins (␛ ⏎ → …); direction overrides,
    zero-width characters and broken characters become ``�``.

    Args:
        text: Any text, also with lone surrogates.
        limit: At most so many characters are looked at, so that the cost does not
            depend on the length of the text; the last one is ``…`` when more follow.
    """
    if limit is not None and len(text) > limit:
        text = text[: max(limit - 1, 0)] + "…"
    if text.isascii() and text.isprintable():
        return text
    return _clean(text)


def safe_multiline(text: str, limit: int | None = None) -> str:
    """Return ``text`` with its line ends kept and each line as `safe` draws it.

    For message boxes and viewers. Tabs become four spaces.
    """
    if limit is not None and len(text) > limit:
        text = text[: max(limit - 1, 0)] + "…"
    text = text.replace("\r\n", "\n").replace("\t", "    ")
    return "\n".join(safe(line) for line in text.split("\n"))


def plain(text: str, limit: int | None = None) -> Content:
    """Return ``text`` for a widget: `safe`, and never read as markup."""
    return Content(safe(text, limit))


def _replace(match: re.Match[str]) -> str:
    code = ord(match[0])
    stand_in = _STAND_INS.get(code)
    return _UNKNOWN if stand_in is None else chr(stand_in)


def _clean(text: str) -> str:
    patterns = _patterns()
    if patterns.suspect.search(text):
        # Shaping goes first: it may stand between an emoji and its joiner.
        text = patterns.shaping.sub("", text)
        text = patterns.composed.sub("", text)
        text = patterns.suspect.sub(_replace, text)
    text = patterns.piled_up.sub(r"\1", text)
    if text and unicodedata.category(text[0]) in ("Mn", "Me"):
        # A mark without a letter would sit on the border of the cell.
        text = "◌" + text
    return text
