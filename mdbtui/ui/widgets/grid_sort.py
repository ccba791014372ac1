"""Sort rows in memory, where that gives the server's own order cheaply."""

from __future__ import annotations

import asyncio
import re
from array import array
from decimal import Decimal, InvalidOperation
from itertools import chain
from typing import TYPE_CHECKING, Any

from mdbtui.query.rows import ABSENT
from mdbtui.ui.widgets.grid_scan import Arrival, Pacer, Rows

if TYPE_CHECKING:
    from mdbtui.query.rows import Column

SORTED_ROWS = 50_000
"""More rows are sorted by the server."""
_RUN = 4_000
_SORTED_CHARS = 200

# Type OIDs are fixed for ever. bool char name uuid; text bpchar varchar; date …
_PLAIN = {16, 18, 19, 2950}
_TEXT = {25, 1042, 1043}
_TIMES = {1082, 1083, 1114, 1184}
_TIME = re.compile(r"(?:\d{4}-\d\d-\d\d ?)?(?:\d\d:\d\d:\d\d(?:\.\d+)?)?([+-][\d:]+)?")


class UnsortableError(Exception):
    """Only the server knows the order of these values."""


def sortable(column: Column) -> bool:
    """Whether values of this type can be put in order here."""
    return column.numeric or column.type_oid in _PLAIN | _TEXT | _TIMES


async def sort_rows(
    rows: Rows, index: int, column: Column, descending: bool, arrival: Arrival
) -> array[int]:
    """Return the row numbers in the order of a column, NULLs as the server has them.

    Text is ordered without regard to case and then by code point, which is not
    every collation's order.

    Raises:
        UnsortableError: There are values whose order only the server knows, too many
            rows, or rows that could not be had.
    """
    if not sortable(column) or rows.row_count > SORTED_ROWS:
        raise UnsortableError
    pacer = Pacer()
    keys: list[Any] = []
    nulls: list[int] = []
    nans: list[int] = []
    numbers: list[int] = []
    zones: set[str | None] = set()
    for number in range(rows.row_count):
        row = rows.row(number)
        if row is None and await arrival(number):
            row = rows.row(number)
        if row is None:
            raise UnsortableError
        value = row[index]
        if value is None or value is ABSENT:
            nulls.append(number)
            keys.append(None)
        elif value == "NaN" and column.numeric:
            nans.append(number)
            keys.append(None)
        else:
            numbers.append(number)
            keys.append(_key(value, column, zones))
        await pacer.turn()
    ordered = await _merge_sort(numbers, keys, descending)
    parts = (nulls, nans, ordered) if descending else (ordered, nans, nulls)
    return array("Q", chain(*parts))


def _key(value: str, column: Column, zones: set[str | None]) -> Any:
    if column.numeric:
        try:
            # Whole numbers compare faster, and compare rightly with decimals.
            return int(value) if value.isdigit() else Decimal(value)
        except InvalidOperation:
            raise UnsortableError from None
    if column.type_oid in _TIMES:
        match = _TIME.fullmatch(value)
        if match is None:  # infinity, BC, a year of five digits, another DateStyle
            raise UnsortableError
        zones.add(match[1])
        if len(zones) > 1:
            raise UnsortableError
        return value
    if column.type_oid in _TEXT:
        head = value[:_SORTED_CHARS]
        return (head.casefold(), head)
    return value


async def _merge_sort(
    numbers: list[int], keys: list[Any], descending: bool
) -> list[int]:
    """Sort numbers by their keys, stable, giving the loop its turn between the steps.

    `list.sort` recognises the sorted runs of its input, so that joining two of them
    costs one comparison for each item.
    """
    key = keys.__getitem__
    runs = []
    for start in range(0, len(numbers), _RUN):
        run = numbers[start : start + _RUN]
        runs.append(sorted(run, key=key, reverse=descending))
        await asyncio.sleep(0)
    while len(runs) > 1:
        joined = []
        for left, right in zip(runs[::2], [*runs[1::2], []], strict=False):
            joined.append(sorted(left + right, key=key, reverse=descending))
            await asyncio.sleep(0)
        runs = joined
    return runs[0] if runs else []
