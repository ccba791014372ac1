"""The one lexer of PostgreSQL's SQL: for splitting, classifying and colouring.

It follows psql's own scanner (``psqlscan.l``), not the server's: it never raises,
it takes any text for some tokens, and what is not closed runs to the end. A text
may be given in pieces that end at line ends; what is open there (a comment, a
string, a dollar quote) travels in a small *carry* from piece to piece.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

#: What is open at the end of a piece of text. ``""`` is nothing; ``"/3"`` a block
#: comment nested three deep; ``"$tag$"`` a dollar quote; ``"'"``, ``"e"`` and ``'"'``
#: a plain string, an E string and a quoted identifier; ``"e1"``/``"e2"`` say that an
#: E string has just closed (before/after a line end), because PostgreSQL joins a
#: string on the next line to it and goes on reading escapes.
Carry = str

#: kind, start and end (character offsets). Kinds: ``ws`` ``comment`` ``string``
#: ``quoted`` (identifier) ``dollar`` (a whole dollar-quoted string) ``word``
#: ``number`` ``parameter`` (``$1``) ``open`` ``close`` ``semicolon`` ``backslash``
#: ``operator``, and ``run`` if asked for.
Token = tuple[str, int, int]

# ASCII mode: to PostgreSQL every character from U+0080 on is part of a word, also
# the no-break space, and Python's \s and \d would say otherwise. The classes name
# what is not in them, because Python takes 5 ms to compile one that reaches U+10FFFF.
_START = r"[^\x00-@\[-^`{-\x7f]"
_TAG = r"[^\x00-/:-@\[-^`{-\x7f]"
_WORD = r"[^\x00-#%-/:-@\[-^`{-\x7f]"
_NUMBER = r"[^\x00-\-/:-@\[-^`{-\x7f]"
_SIGNS = r"!#%&*+,:<=>?@\[\]^`{|}~"
_TOKEN = re.compile(
    r"(?P<ws>\s++)"
    r"|(?P<comment>--[^\n\r]*+)"
    r"|(?P<block>/\*)"
    r"|(?P<estring>[eE]')"
    r"|(?P<string>(?:[uU]&|[bBxXnN])?')"
    r'|(?P<quoted>(?:[uU]&)?")'
    rf"|(?P<dollar>\$(?:{_START}{_TAG}*+)?\$)"
    r"|(?P<parameter>\$[0-9]++)"
    rf"|(?P<word>{_START}{_WORD}*+)"
    rf"|(?P<number>\.?[0-9]{_NUMBER}*+)"
    r"|(?P<open>\()|(?P<close>\))|(?P<semicolon>;)|(?P<backslash>\\)"
    rf"|(?P<operator>[{_SIGNS}]++|.)",
    re.ASCII | re.DOTALL,
)
# A stretch in which nothing opens, closes or ends: as one token, for the splitter,
# once the words no longer matter to it. A word before a quote may be its prefix.
_COARSE = re.compile(
    rf"(?P<run>(?:[\s.{_SIGNS}]++"
    rf"|{_START}{_WORD}*+(?!['\"&])"
    rf"|[0-9]{_NUMBER}*+)++)"
    rf"|{_TOKEN.pattern}",
    re.ASCII | re.DOTALL,
)
# Possessive throughout: an unclosed quote must not be tried in every length.
_BODY = {
    "'": re.compile(r"[^']*+(?:''[^']*+)*+(')?+"),
    "e": re.compile(r"[^'\\]*+(?:(?:\\.|'')[^'\\]*+)*+\\?+(')?+", re.DOTALL),
    '"': re.compile(r'[^"]*+(?:""[^"]*+)*+(")?+'),
}
_NESTING = re.compile(r"/\*|\*/")


class Scanner:
    """Iterates over the tokens of one piece of text; ``carry`` is set at its end.

    The tokens join back to the piece without gaps.

    Args:
        text: the piece. All pieces but the last must end with a line end.
        carry: what was open at the end of the piece before.
        start: the offset in ``text`` to begin at.

    Setting ``coarse`` (at any time) joins words, numbers, operators and white space
    into tokens of kind ``run``, which is several times faster.
    """

    def __init__(self, text: str, carry: Carry = "", start: int = 0) -> None:
        self.text = text
        self.carry = carry
        self.start = start
        self.coarse = False

    def __iter__(self) -> Iterator[Token]:
        text, pos, size = self.text, self.start, len(self.text)
        fine, coarse = _TOKEN.match, _COARSE.match
        after = ""  # "e1"/"e2" while a string may still continue an E string
        if self.carry in {"e1", "e2"}:
            after = self.carry
        elif self.carry and pos < size:
            kind, end = self._finish(self.carry, pos)
            after = "e1" if kind == "string" and self.carry == "e1" else ""
            yield kind, pos, end
            pos = end
        while pos < size:
            found = (coarse if self.coarse and not after else fine)(text, pos)
            if found is None:  # pragma: no cover - the last alternative takes any
                break
            kind = found.lastgroup or "operator"
            end = found.end()
            if kind == "ws":
                if after and ("\n" in found[0] or "\r" in found[0]):
                    after = "e2"
            elif kind in _OPENERS:
                opener = _OPENERS[kind] or found[0]
                if kind == "string" and after == "e2" and end == pos + 1:
                    opener = "e"
                kind, end = self._finish(opener, end)
                after = "e1" if self.carry == "e1" else ""
            elif kind != "comment":
                after = ""
            yield kind, pos, end
            pos = end
        if self.carry in {"", "e1", "e2"}:
            self.carry = after

    def _finish(self, carry: Carry, pos: int) -> tuple[str, int]:
        """The kind and end of what is open at ``pos``; ``self.carry`` says if it is."""
        text = self.text
        if carry[0] == "/":
            depth = int(carry[1:])
            for found in _NESTING.finditer(text, pos):
                depth += 1 if found[0] == "/*" else -1
                if depth == 0:
                    self.carry = ""
                    return "comment", found.end()
            self.carry = f"/{depth}"
            return "comment", len(text)
        if carry[0] == "$":
            end = text.find(carry, pos)
            self.carry = carry if end < 0 else ""
            return "dollar", len(text) if end < 0 else end + len(carry)
        body = _BODY[carry].match(text, pos)
        if body is None:  # pragma: no cover - a body may be empty
            return "string", len(text)
        if body[1] is None:
            self.carry = carry
        else:
            self.carry = "e1" if carry == "e" else ""
        return "quoted" if carry == '"' else "string", body.end()


#: What each opening token leaves open; ``None``: the token's own text.
_OPENERS: dict[str, Carry | None] = {
    "block": "/1",
    "estring": "e",
    "string": "'",
    "quoted": '"',
    "dollar": None,
}
