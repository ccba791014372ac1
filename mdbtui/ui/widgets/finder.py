"""Finding and replacing in an editor's text, without holding up the screen.

A plain text is looked for on the loop, in slices of a few milliseconds. A regular
expression is a matter for the helper process, which is killed when it takes too long.
"""

from __future__ import annotations

import asyncio
import time
from array import array
from dataclasses import asdict
from typing import TYPE_CHECKING

from mdbtui.sql.search import (
    MOST_FOUND,
    Needle,
    SearchError,
    Spans,
    plain_slices,
)
from mdbtui.ui.helper import Helper, HelperFailed

if TYPE_CHECKING:
    from collections.abc import Iterable

REGEX_SECONDS = 3.0
"""How long a regular expression may take."""
_AT_ONCE = 0.004


class Finder:
    """Finds and replaces in a text.

    Its coroutines raise `SearchError` for what is wrong with the needle or the
    replacement; that includes an expression that takes too long.
    """

    def __init__(self) -> None:
        self._helper = Helper()

    def close(self) -> None:
        """End the helper process."""
        self._helper.close()

    async def find(self, needle: Needle, text: str, start: int, end: int) -> Spans:
        """Where a needle is between two offsets; at most `MOST_FOUND` times."""
        if not needle.text:
            return array("Q")
        needle.compile()
        if needle.regex:
            _, body = await self._ask("find", needle, text, start=start, end=end)
            spans = array("Q")
            spans.frombytes(body)
            return spans
        return await _gathered(plain_slices(needle, text, start, end))

    async def replaced(
        self,
        needle: Needle,
        text: str,
        template: str,
        start: int,
        end: int,
        spans: Spans,
    ) -> tuple[int, int, str, int]:
        """What part of the text becomes what when matches are replaced.

        Args:
            needle: What was looked for.
            text: The whole text.
            template: What stands for a match; for a regular expression with groups.
            start: From where it was looked for.
            end: Up to where.
            spans: What is to be replaced, in the order of the text.

        Returns:
            Start, end and new text of that part, and how many matches it replaces.
        """
        if not needle.regex:
            return await _put(text, template, spans)
        head, body = await self._ask(
            "replace",
            needle,
            text,
            template=template,
            start=start,
            end=end,
            most=len(spans) // 2,
        )
        new = body.decode("utf-8", "surrogatepass")
        return head["start"], head["end"], new, head["count"]

    async def _ask(
        self, work: str, needle: Needle, text: str, **wanted: object
    ) -> tuple[dict[str, int], bytes]:
        try:
            head, body = await self._helper.ask(
                work, text, REGEX_SECONDS, needle=asdict(needle), **wanted
            )
        except HelperFailed as error:
            raise SearchError(str(error)) from None
        if "error" in head:
            raise SearchError(head["error"])
        return head, body


async def _gathered(slices: Iterable[Spans]) -> Spans:
    spans = array("Q")
    until = time.perf_counter() + _AT_ONCE
    for found in slices:
        spans.extend(found)
        if len(spans) >= 2 * MOST_FOUND:
            del spans[2 * MOST_FOUND :]
            break
        if time.perf_counter() > until:
            await asyncio.sleep(0)
            until = time.perf_counter() + _AT_ONCE
    return spans


async def _put(text: str, new: str, spans: Spans) -> tuple[int, int, str, int]:
    """A plain replacement, in slices."""
    count = len(spans) // 2
    parts: list[str] = []
    last = spans[0]
    for index in range(count):
        start, end = spans[2 * index], spans[2 * index + 1]
        parts += (text[last:start], new)
        last = end
        if not index % 5_000:
            await asyncio.sleep(0)
    return spans[0], last, "".join(parts), count
