"""Rows that no server gave, in the form in which results are shown."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from mdbtui.query import copytext
from mdbtui.query.rows import Column, Result
from mdbtui.query.store import RowStore

if TYPE_CHECKING:
    from mdbtui.sql import Statement

_TEXT = 25


def static_result(
    statement: Statement, columns: Sequence[str], rows: Sequence[Sequence[str]]
) -> Result:
    """Return a result of texts that are known already.

    Args:
        statement: What asked for them.
        columns: The columns' names.
        rows: A few rows.
    """
    store = RowStore([Column(name, _TEXT, "text", False) for name in columns])
    store.append(copytext.encode(rows))
    store.finish()
    return Result(statement, store, f"{len(rows):,} lines")
