"""Small charts out of characters: sparklines, braille lines, bars, short numbers."""

from __future__ import annotations

from collections.abc import Sequence

_BLOCKS = "▁▂▃▄▅▆▇█"
_BRAILLE = 0x2800
# The bit of each of the 2 × 4 dots of a braille character, by row and column.
_DOTS = ((1, 8), (2, 16), (4, 32), (64, 128))


def sparkline(values: Sequence[float | None], top: float = 0.0) -> str:
    """One character for each value; a space for None, more than the least for > 0.

    Args:
        values: What to draw, none below 0.
        top: The value of a full block; the largest value where that is larger.
    """
    top = max([top, *(value for value in values if value is not None)])
    levels = len(_BLOCKS) - 1
    return "".join(
        " "
        if value is None
        else _BLOCKS[0]
        if value <= 0
        else _BLOCKS[max(1, min(levels, round(value / top * levels)))]
        for value in values
    )


def braille(values: Sequence[float | None], rows: int, top: float = 0.0) -> list[str]:
    """A line chart of two values in a character's width and four in its height.

    Args:
        values: What to draw, none below 0; twice as many as the chart has columns.
        rows: The height in characters.
        top: The value of the highest dot; the largest value where that is larger.
    """
    top = max([top, *(value for value in values if value is not None)]) or 1.0
    width = (len(values) + 1) // 2
    grid = [[0] * width for _ in range(rows)]
    height = rows * 4
    before: int | None = None
    for x, value in enumerate(values):
        if value is None:
            before = None
            continue
        y = height - 1 - min(height - 1, max(0, round(value / top * (height - 1))))
        first, last = (y, y) if before is None else (min(before, y), max(before, y))
        for dot in range(first, last + 1):
            grid[dot // 4][x // 2] |= _DOTS[dot % 4][x % 2]
        before = y
    return ["".join(chr(_BRAILLE + cell) for cell in row) for row in grid]


def bar(parts: Sequence[int], total: int, width: int) -> list[int]:
    """Divide a bar's cells among its parts; a part above 0 has one cell at least.

    Args:
        parts: How much of `total` each part is.
        total: What the whole bar stands for.
        width: The bar's cells.

    Returns:
        Cells for each part; together `width` at most.
    """
    cells: list[int] = []
    done = shown = 0
    for part in parts:
        done += part
        end = round(done / total * width) if total else 0
        if part and end == shown:
            end = shown + 1
        end = min(max(end, shown), width)
        cells.append(end - shown)
        shown = end
    return cells


def short_ms(ms: float) -> str:
    """A time in ms in at most four characters: 0.3, 12, 999, 1.2s, 45s."""
    if ms < 9.95:
        return f"{ms:.1f}"
    if ms < 999.5:
        return f"{ms:.0f}"
    if ms < 9_950:
        return f"{ms / 1000:.1f}s"
    return f"{min(ms / 1000, 999):.0f}s"


def short_time(ms: float) -> str:
    """A time in ms with its unit, in at most five characters: 0.3ms, 999ms, 1.2s."""
    text = short_ms(ms)
    return text if text[-1] == "s" else f"{text}ms"


def short_count(value: float) -> str:
    """A number in at most four characters: 0, 0.4, 12, 999, 1.2k, 45k, 1.2M."""
    if value < 9.95:
        return f"{value:.1f}".removesuffix(".0")
    for unit in ("", "k", "M", "G"):
        if value < 9.95:
            return f"{value:.1f}{unit}"
        if value < 999.5:
            return f"{value:.0f}{unit}"
        value /= 1000
    return "999G"


def short_span(seconds: float) -> str:
    """A time in at most four characters: 5s, 3m, 12h, 9d."""
    for size, unit in ((1, "s"), (60, "m"), (3600, "h")):
        if seconds < size * (60 if unit != "h" else 24):
            return f"{int(seconds / size)}{unit}"
    return f"{min(int(seconds / 86_400), 999)}d"
