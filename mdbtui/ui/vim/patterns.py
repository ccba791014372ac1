"""vim's regular expressions and replacements, in terms of Python's."""

from __future__ import annotations

import re
from collections.abc import Callable

_CLASSES = {
    "i": r"\w",
    "k": r"\w",
    "f": r"[\w/.\-+,#$%~=]",
    "p": r"[^\x00-\x1f]",
    "x": "[0-9A-Fa-f]",
    "X": "[^0-9A-Fa-f]",
    "o": "[0-7]",
    "O": "[^0-7]",
    "h": "[A-Za-z_]",
    "H": "[^A-Za-z_]",
    "a": "[A-Za-z]",
    "A": "[^A-Za-z]",
    "l": "[a-z]",
    "L": "[^a-z]",
    "u": "[A-Z]",
    "U": "[^A-Z]",
    "s": r"[ \t]",
    "S": r"[^ \t]",
    "d": "[0-9]",
    "D": "[^0-9]",
    "w": "[0-9A-Za-z_]",
    "W": "[^0-9A-Za-z_]",
    "t": r"\t",
    "r": r"\r",
    "n": r"\n",
    "e": r"\x1b",
    "<": r"\b(?=\w)",
    ">": r"\b(?<=\w)",
}
#: What has a meaning of its own without a backslash, by vim's kinds of magic.
_MAGIC = {"v": "(|)+?={@<>~.*[", "m": "~.*[", "M": "", "V": ""}


class PatternError(ValueError):
    """A pattern that cannot be used; ``str()`` says why, as vim would."""


_NO_SIGN = re.compile(r"\\.|\[\^?\]?(?:\\.|[^\]\\])*\]", re.DOTALL)
_REPEAT = re.compile(r"[*+]|\{\d*,?\d*\}")
_OF_GROUP = re.compile(r"\)(?:[*+]|\{)")
LONG_TEXT = 1 << 20
"""Characters from which on even one repetition may take long."""


def may_take_long(pattern: re.Pattern[str], size: int) -> bool:
    """Whether to look for a pattern may take more than a moment, or for ever.

    That is so where repetitions can share what they match in many ways: one of a
    group, or two of them.

    Args:
        pattern: one of Python's.
        size: characters of the text.
    """
    signs = _NO_SIGN.sub("x", pattern.pattern)
    repeats = len(_REPEAT.findall(signs))
    if not repeats:
        return False
    return repeats > 1 or size > LONG_TEXT or _OF_GROUP.search(signs) is not None


class _Translator:
    """Reads a pattern once, from left to right."""

    def __init__(self, pattern: str, last_replacement: str) -> None:
        self.pattern = pattern
        self.at = 0
        self.magic = "m"
        self.case: bool | None = None
        self.out: list[str] = []
        self.atom_start = 0  # in out: what a repetition belongs to
        self.opened: list[int] = []
        self._tilde = last_replacement

    def run(self) -> str:
        while self.at < len(self.pattern):
            char = self.pattern[self.at]
            self.at += 1
            if char == "\\" and self.at < len(self.pattern):
                char = self.pattern[self.at]
                self.at += 1
                self._escaped(char)
            elif char == "^" and self._at_start():
                self.out.append("^")
            elif char == "$" and self._at_end():
                self.out.append("$")
            elif char in _MAGIC[self.magic]:
                self._special(char)
            else:
                self._atom(re.escape(char))
        if self.opened:
            raise PatternError("E54: Unmatched \\(")
        return "".join(self.out)

    def _at_start(self) -> bool:
        if self.magic == "v":
            return True
        return not self.out or self.out[-1] in ("(", "(?:", "|")

    def _at_end(self) -> bool:
        rest = self.pattern[self.at :]
        ends = ("\\)", "\\|", "\\n", "\\c", "\\C")
        return self.magic == "v" or not rest or rest.startswith(ends)

    def _atom(self, text: str) -> None:
        self.atom_start = len(self.out)
        self.out.append(text)

    def _escaped(self, char: str) -> None:
        if char in "cC":
            self.case = char == "C"
        elif char in "vmMV":
            self.magic = char
        elif char == "z" and self.pattern[self.at : self.at + 1] in ("s", "e"):
            self._bound(self.pattern[self.at])
        elif char == "_" and self.at < len(self.pattern):
            self._with_line_end()
        elif char == "%":
            self._percent()
        elif char in "123456789":
            self._atom(f"(?:\\{char})")
        elif char in _MAGIC[self.magic] and self.magic in "vm":
            self._atom(re.escape(char))
        elif char in "(|)+?={@~.*[":
            self._special(char)
        elif char in _CLASSES:
            self._atom(_CLASSES[char])
        else:
            self._atom(re.escape(char))

    def _bound(self, kind: str) -> None:
        self.at += 1
        self.out.append(f"(?P<z{kind}>)")

    def _with_line_end(self) -> None:
        char = self.pattern[self.at]
        self.at += 1
        found = r"[^\n]" if char == "." else _CLASSES.get(char, re.escape(char))
        self._atom(f"(?:{found}|\\n)")

    def _percent(self) -> None:
        if self.pattern[self.at : self.at + 1] != "(":
            raise PatternError("E71: Not known here: \\%")
        self.at += 1
        self._open("(?:")

    def _open(self, text: str) -> None:
        self.opened.append(len(self.out))
        self.out.append(text)

    def _special(self, char: str) -> None:
        if char == "*" and (not self.out or self.out[-1] in ("(", "(?:", "|", "^")):
            self._atom(r"\*")
        elif char in "*+":
            self._repeat(char)
        elif char in "?=":
            self._repeat("?")
        elif char == "(":
            self._open("(")
        elif char == "|":
            self.out.append("|")
        elif char == ")":
            if not self.opened:
                raise PatternError("E55: Unmatched \\)")
            self.atom_start = self.opened.pop()
            self.out.append(")")
        elif char == "{":
            self._braces()
        elif char == "[":
            self._collection()
        elif char in "<>":
            self.out.append(_CLASSES[char])
        elif char in ".~":
            self._atom("." if char == "." else re.escape(self._tilde))
        else:
            raise PatternError("E71: Not known here: \\@")

    def _repeat(self, sign: str) -> None:
        if len(self.out) <= self.atom_start:
            raise PatternError(f"E64: {sign} follows nothing")
        self.out.append(sign)

    def _braces(self) -> None:
        found = re.compile(r"(-?)(\d*)(,?)(\d*)\\?\}").match(self.pattern, self.at)
        if found is None:
            raise PatternError("E554: Syntax error in \\{...}")
        self.at = found.end()
        lazy, least, comma, most = found.groups()
        if not least and not most:
            self._repeat("*" + ("?" if lazy else ""))
        else:
            bounds = f"{least or 0},{most}" if comma else least
            self._repeat(f"{{{bounds}}}" + ("?" if lazy else ""))

    def _collection(self) -> None:
        end = self.at
        if self.pattern[end : end + 1] == "^":
            end += 1
        if self.pattern[end : end + 1] == "]":
            end += 1
        while end < len(self.pattern) and self.pattern[end] != "]":
            if self.pattern.startswith("[:", end) and ":]" in self.pattern[end:]:
                end = self.pattern.index(":]", end) + 1
            elif self.pattern[end] == "\\":
                end += 1
            end += 1
        if end >= len(self.pattern):
            self._atom(r"\[")  # vim takes it for the character
            return
        self._atom(_class_of(self.pattern[self.at : end]))
        self.at = end + 1


_POSIX = {
    "alpha": "A-Za-z",
    "digit": "0-9",
    "alnum": "0-9A-Za-z",
    "lower": "a-z",
    "upper": "A-Z",
    "punct": re.escape("!\"#$%&'()*+,-./:;<=>?@[\\]^_`{|}~"),
    "space": r" \t\n\r\f\v",
    "blank": r" \t",
    "xdigit": "0-9A-Fa-f",
}


def _class_of(inside: str) -> str:
    negated = inside.startswith("^")
    body = inside[negated:]
    body = re.sub(
        r"\[:(\w+):\]|\\([\]\\^\-tnre])|([\\\[\]&~|])",
        lambda m: (
            _POSIX.get(m[1], "") if m[1] else f"\\{m[2]}" if m[2] else f"\\{m[3]}"
        ),
        body,
    )
    # Never over the end of a line, as in vim.
    return f"[^{body}\n]" if negated else f"[{body}]"


def compiled(
    pattern: str, *, last_replacement: str = "", ignore_case: bool = False
) -> re.Pattern[str]:
    r"""A pattern of vim's, for lines.

    Args:
        pattern: as typed, without the delimiters.
        last_replacement: what ``~`` stands for.
        ignore_case: unless the pattern itself says (``\c``, ``\C``).

    Raises:
        PatternError: it cannot be used.
    """
    translator = _Translator(pattern, last_replacement)
    text = translator.run()
    ignore = ignore_case if translator.case is None else not translator.case
    try:
        return re.compile(text, re.MULTILINE | (re.IGNORECASE if ignore else 0))
    except re.error as error:
        raise PatternError(f"E486: Invalid pattern: {error.msg}") from None


def bounds(match: re.Match[str]) -> tuple[int, int]:
    r"""Where a match begins and ends, with ``\zs`` and ``\ze``."""
    names = match.re.groupindex
    start = match.start("zs") if "zs" in names else match.start()
    end = match.end("ze") if "ze" in names else match.end()
    return (start if start >= 0 else match.start()), (end if end >= 0 else match.end())


def replacement(template: str, previous: str = "") -> Callable[[re.Match[str]], str]:
    r"""What a ``:s`` puts in place of a match: ``&``, ``\1``, ``\u`` and their like.

    Args:
        template: as typed.
        previous: the last replacement, for ``~``.
    """
    parts = _parts(template, previous)
    if all(kind == "text" for kind, _ in parts):
        plain = "".join(value for _, value in parts)
        return lambda match: plain

    def make(match: re.Match[str]) -> str:
        out: list[str] = []
        once = keep = ""
        start, end = bounds(match)
        groups = [g for g in range(1, match.re.groups + 1) if not _is_bound(match, g)]
        for kind, value in parts:
            if kind == "case":
                once, keep = _case(value, once, keep)
                continue
            text = value
            if kind == "group":
                number = int(value)
                text = match.string[start:end]
                if number:
                    text = match[groups[number - 1]] if number <= len(groups) else ""
            text = text or ""
            if keep:
                text = text.upper() if keep == "U" else text.lower()
            if once and text:
                first = text[0].upper() if once == "u" else text[0].lower()
                text, once = first + text[1:], ""
            out.append(text)
        return "".join(out)

    return make


def _is_bound(match: re.Match[str], group: int) -> bool:
    names = match.re.groupindex
    return group in (names.get("zs"), names.get("ze"))


def _case(value: str, once: str, keep: str) -> tuple[str, str]:
    if value in "ul":
        return value, keep
    return once, "" if value in "eE" else value


def _parts(template: str, previous: str) -> list[tuple[str, str]]:
    parts: list[tuple[str, str]] = []
    at = 0
    while at < len(template):
        char = template[at]
        at += 1
        if char == "&":
            parts.append(("group", "0"))
        elif char == "~":
            parts.extend(_parts(previous, ""))
        elif char == "\\" and at < len(template):
            char = template[at]
            at += 1
            if char.isdigit():
                parts.append(("group", char))
            elif char in "uUlLeE":
                parts.append(("case", char))
            else:
                text = {"r": "\n", "n": "\n", "t": "\t"}.get(char, char)
                parts.append(("text", text))
        else:
            parts.append(("text", "\n" if char == "\r" else char))
    return parts
