"""Ascending places of a text that can all be moved at once, whatever their number.

An edit moves all that lies behind it. With a hundred thousand statements behind it that
would be felt at each key, so places are kept in blocks, and a block is moved as one.
"""

from __future__ import annotations

from array import array
from bisect import bisect_left, bisect_right
from collections.abc import Iterator

BLOCK = 512
"""Places in a block at most."""


class _Block:
    __slots__ = ("base", "ends", "starts")

    def __init__(self, base: int) -> None:
        self.base = base
        self.starts = array("q")
        self.ends = array("q")

    def split(self, index: int) -> _Block:
        """Keep what is before an index, and return the rest."""
        rest = _Block(self.base)
        rest.starts, rest.ends = self.starts[index:], self.ends[index:]
        del self.starts[index:], self.ends[index:]
        return rest


class ShiftingSpans:
    """Spans (start, end) of a text, in ascending order, without overlaps."""

    def __init__(self) -> None:
        self._blocks: list[_Block] = []

    def __bool__(self) -> bool:
        return bool(self._blocks)

    def __iter__(self) -> Iterator[tuple[int, int]]:
        for block in self._blocks:
            base = block.base
            for start, end in zip(block.starts, block.ends, strict=True):
                yield base + start, base + end

    @property
    def last_end(self) -> int:
        """The end of the last span; 0 if there is none."""
        return self._blocks[-1].base + self._blocks[-1].ends[-1] if self._blocks else 0

    def append(self, start: int, end: int) -> None:
        """Add a span behind all others."""
        if not self._blocks or len(self._blocks[-1].starts) >= BLOCK:
            self._blocks.append(_Block(start))
        block = self._blocks[-1]
        block.starts.append(start - block.base)
        block.ends.append(end - block.base)

    def cut(self, offset: int) -> ShiftingSpans:
        """Keep the spans that start before an offset, and return the others."""
        at = bisect_left(self._blocks, offset, key=lambda b: b.base + b.starts[-1])
        rest = ShiftingSpans()
        if at < len(self._blocks):
            block = self._blocks[at]
            rest._blocks = self._blocks[at:]
            del self._blocks[at:]
            index = bisect_left(block.starts, offset - block.base)
            if index:
                rest._blocks[0] = block.split(index)
                self._blocks.append(block)
        return rest

    def shift(self, by: int) -> None:
        """Move all spans."""
        for block in self._blocks:
            block.base += by

    def extend(self, others: ShiftingSpans) -> None:
        """Take over spans that are all behind these; ``others`` is of no use then."""
        self._blocks += others._blocks

    def first(self) -> tuple[int, int] | None:
        """The first span."""
        return next(iter(self), None)

    def before(self, offset: int) -> tuple[int, int] | None:
        """The last span that starts at an offset or before it."""
        at = bisect_right(self._blocks, offset, key=lambda b: b.base + b.starts[0]) - 1
        if at < 0:
            return None
        block = self._blocks[at]
        index = bisect_right(block.starts, offset - block.base) - 1
        return block.base + block.starts[index], block.base + block.ends[index]

    def has(self, offset: int) -> bool:
        """Whether a span starts exactly there."""
        found = self.before(offset)
        return found is not None and found[0] == offset
