"""Finding a text or a regular expression in a text, and replacing it.

A plain text is looked for in time proportional to the text, so that can be done in
slices. A regular expression may take for ever on a few characters, and Python cannot
interrupt it: `found` and `replaced` are for a process that can be killed.
"""

from __future__ import annotations

import re
from array import array
from collections.abc import Iterator
from dataclasses import dataclass
from typing import TypeAlias

MOST_FOUND = 200_000
"""Matches that are counted, shown and replaced at once."""
SLICE = 128 << 10
"""Characters between two pauses of a plain search: about a millisecond."""


class SearchError(ValueError):
    """What is wrong with a regular expression or with its replacement."""


@dataclass(frozen=True)
class Needle:
    """What to look for.

    Attributes:
        text: A text, or a regular expression.
        case: Upper and lower case differ.
        word: Only where no word goes on at either end.
        regex: `text` is a regular expression, in which ``^`` and ``$`` stand for the
            ends of lines.
    """

    text: str
    case: bool = False
    word: bool = False
    regex: bool = False

    def compile(self) -> re.Pattern[str]:
        """The needle as a pattern.

        Raises:
            SearchError: It is no regular expression.
        """
        source = f"(?:{self.text})" if self.regex else re.escape(self.text)
        if self.word:
            source = rf"(?<!\w){source}(?!\w)"
        flags = re.MULTILINE | (re.NOFLAG if self.case else re.IGNORECASE)
        try:
            if self.regex:
                re.compile(self.text, flags)  # its places are those that are told
            return re.compile(source, flags)
        except re.error as error:
            place = "" if error.pos is None else f" (at character {error.pos + 1})"
            raise SearchError(f"{error.msg}{place}") from None
        except (RecursionError, OverflowError):
            raise SearchError("it is too deeply nested") from None


Spans: TypeAlias = "array[int]"
"""Offsets: each match's start, and then its end."""


def plain_slices(
    needle: Needle, text: str, start: int = 0, end: int | None = None
) -> Iterator[Spans]:
    """Look for a plain text from ``start`` to ``end``, one slice at a time.

    Yields:
        What was found in the next slice.
    """
    pattern = needle.compile()
    end = len(text) if end is None else min(end, len(text))
    size = len(needle.text)
    quick = needle.case and not needle.word
    at = start
    while at < end:
        stop = min(at + SLICE, end)
        spans = array("Q")
        begin = at
        while begin < stop:
            # Up to one character more than a match needs: is it part of the word?
            if quick:
                first = text.find(needle.text, begin, min(stop + size - 1, end))
            else:
                match = pattern.search(text, begin, min(stop + size, len(text)))
                first = match.start() if match else -1
            if first < 0 or first >= stop or first + size > end:
                begin = stop
            else:
                spans.extend((first, first + size))
                begin = first + size
        at = max(stop, begin)
        yield spans


def found(needle: Needle, text: str, start: int = 0, end: int | None = None) -> Spans:
    """Where a needle is between ``start`` and ``end``; at most `MOST_FOUND` times.

    Raises:
        SearchError: It is no regular expression.
    """
    spans = array("Q")
    end = len(text) if end is None else end
    for match in needle.compile().finditer(text, start, end):
        spans.extend(match.span())
        if len(spans) >= 2 * MOST_FOUND:
            break
    return spans


def replaced(
    needle: Needle, text: str, template: str, start: int, end: int, most: int
) -> tuple[int, int, str, int]:
    r"""Replace what a regular expression finds between ``start`` and ``end``.

    Args:
        needle: The regular expression.
        text: The whole text.
        template: What stands for each match; ``\1`` and ``\g<name>`` are groups.
        start: Where a match may begin first.
        end: Where it must end.
        most: Stop after so many matches.

    Returns:
        What part of the text becomes what, and how many matches that replaces.

    Raises:
        SearchError: It is no regular expression, or the template no template for it.
    """
    parts: list[str] = []
    first = last = start
    count = 0
    for match in needle.compile().finditer(text, start, end):
        if not count:
            first = last = match.start()
        try:
            parts += (text[last : match.start()], match.expand(template))
        except (re.error, IndexError) as error:
            words = getattr(error, "msg", None) or str(error)
            raise SearchError(f"the replacement: {words}") from None
        last = match.end()
        count += 1
        if count >= most:
            break
    return first, last, "".join(parts), count
