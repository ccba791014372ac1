"""What a watch shows: its rows with marks, and a chart for each database."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from rich.cells import cell_len

from mdbtui.query.changes import Board, Change, Line
from mdbtui.query.rounds import number_of
from mdbtui.query.rows import ABSENT
from mdbtui.ui.widgets.charts import braille, short_count, sparkline
from mdbtui.ui.widgets.line_text import Line as TextLine
from mdbtui.ui.widgets.line_text import fit, in_cells
from mdbtui.ui.widgets.live_grid import WHOLE_ROW
from mdbtui.ui.widgets.live_rows import LiveColumn, LiveRow

if TYPE_CHECKING:
    from mdbtui.query.rows import Column

_MARKS = {
    Change.NONE: " ",
    Change.NEW: "+",
    Change.GONE: "−",
    Change.CHANGED: "≠",
}
_LOOKS = {Change.NEW: "good", Change.GONE: "faint"}
MOST_CHART_LINES = 4
"""Of one database."""
_NAME_CELLS, _VALUE_CELLS, _RANGE_CELLS = 24, 9, 19


def columns_of(board: Board, *, several: bool) -> tuple[LiveColumn, ...]:
    """Return the table's columns: a mark, the database, those of the rows."""
    head = [LiveColumn("±")]
    if several:
        head.append(LiveColumn("database"))
    return (
        *head,
        *(LiveColumn(c.mark + c.name, numeric=c.numeric) for c in board.columns),
    )


def rows_of(
    board: Board, failed: dict[str, str], null_text: str, *, several: bool
) -> list[LiveRow]:
    """Return the table's rows.

    Args:
        board: What was found out.
        failed: Databases without an answer, and why in a word.
        null_text: How NULL is shown.
        several: The database is named.
    """
    rows = [_row(line, board.columns, null_text, several) for line in board.lines]
    if several:
        for name, why in failed.items():
            rest = [""] * len(board.columns)
            cells = ("×", f"{name}: {why}", *rest)
            rows.append(
                LiveRow(("failed", name), cells, ("×", name, *rest), {WHOLE_ROW: "bad"})
            )
    return rows


def _row(
    line: Line, columns: Sequence[Column], null_text: str, several: bool
) -> LiveRow:
    first = 1 + several
    cells = [_MARKS[line.change]] + [line.database] * several
    values: list[str | float | None] = list(cells)
    looks: dict[int, str] = {}
    copies: dict[int, str] = {}
    if look := _LOOKS.get(line.change):
        looks[WHOLE_ROW] = look
    elif line.change is Change.CHANGED:
        looks[0] = "warn"
    changed = line.changed
    for index, (value, column) in enumerate(zip(line.row, columns, strict=True)):
        text = null_text if value is None else value
        values.append(number_of(value) if column.numeric else value)
        if index in changed and line.before is not None:
            copies[first + index] = text
            text = f"{_direction(line.before[index], value, column)} {text}"
            looks[first + index] = "warn"
        cells.append(text)
    return LiveRow(
        (line.database, line.key), tuple(cells), tuple(values), looks, line, copies
    )


def _direction(before: str | None, now: str | None, column: Column) -> str:
    if now is ABSENT or not column.numeric:
        return "≠"
    old, new = number_of(before), number_of(now)
    if old is None or new is None:
        return "≠"
    return "▲" if new > old else "▼"


@dataclass(frozen=True)
class Chart:
    """One database's line of a chart.

    Attributes:
        name: The database.
        points: Its numbers, the oldest first; None where it gave none.
        failed: Why it gave none in the last round; empty if it did.
    """

    name: str
    points: Sequence[float | None]
    failed: str = ""


def points_wanted(width: int, lines: int, names: int) -> int:
    """Return how many rounds fit into a chart: a dot or a block for each."""
    return _room(width, names) * (1 if lines == 1 else 2)


def _room(width: int, names: int) -> int:
    return max(4, width - names - _VALUE_CELLS - _RANGE_CELLS - 5)


def names_width(names: Sequence[str]) -> int:
    """Return the cells of the databases' names."""
    longest = max((cell_len(name) for name in names), default=4)
    return min(_NAME_CELLS, longest)


def chart_lines(
    charts: Sequence[Chart], width: int, lines: int, *, together: bool
) -> list[TextLine]:
    """Draw each database's numbers, each line exactly `width` cells wide.

    Args:
        charts: The databases.
        width: Cells of a line.
        lines: Lines for each database.
        together: All on one scale, which tells who has more; else each on its own,
            which tells who changes.
    """
    names = names_width([chart.name for chart in charts])
    room = _room(width, names)
    every = [p for chart in charts for p in chart.points if p is not None]
    found: list[TextLine] = []
    for chart in charts:
        own = [p for p in chart.points if p is not None]
        scale = every if together else own
        low, high = (min(scale), max(scale)) if scale else (0.0, 0.0)
        drawn = _drawn(chart.points, lines, low, high)
        last = chart.points[-1] if chart.points else None
        value = "×" if chart.failed else "" if last is None else short(last)
        spread = _spread(low, high) if own else ""
        for number, text in enumerate(drawn):
            first = number == 0
            style = "bad" if chart.failed else "text"
            found.append(
                fit(
                    [
                        (
                            in_cells(chart.name if first else "", names, left=True),
                            style,
                        ),
                        (f" {value if first else '':>{_VALUE_CELLS}} ", style),
                        ("▕", "dim"),
                        (in_cells(text, room, left=False), "chart"),
                        ("▏ ", "dim"),
                        (spread if first else "", "dim"),
                    ],
                    width,
                )
            )
    return found


def _drawn(
    points: Sequence[float | None], lines: int, low: float, high: float
) -> list[str]:
    if low == high:
        # Nothing changes: a line through the middle.
        shifted = [None if p is None else 0.5 for p in points]
        top = 1.0
    else:
        shifted = [None if p is None else p - low for p in points]
        top = high - low
    if lines == 1:
        return [sparkline(shifted, top)]
    return [row.replace("\u2800", " ") for row in braille(shifted, lines, top)]


def _spread(low: float, high: float) -> str:
    return short(low) if low == high else f"{short(low)}–{short(high)}"


def short(value: float) -> str:
    """A number in at most nine characters, in full if that is enough."""
    text = f"{value:,.0f}" if value == int(value) else f"{value:,.4g}"
    if len(text) <= _VALUE_CELLS:
        return text
    return f"-{short_count(-value)}" if value < 0 else short_count(value)
