"""A query run again by the server in another order."""

from __future__ import annotations

from dataclasses import dataclass

from mdbtui.sql import Statement


@dataclass(frozen=True)
class OrderedStatement(Statement):
    """A statement around another one, which it orders by a column.

    Attributes:
        base: The statement as it was written.
        column: The column's place in the result, from 0.
        descending: The greatest first.
    """

    base: Statement | None = None
    column: int = 0
    descending: bool = False


def next_order(statement: Statement, column: int) -> Statement:
    """Return what to run when a column's order is asked for once more.

    Ascending first, then descending, then as it was written.

    Args:
        statement: What gave the rows that are shown.
        column: The column's place in the result, from 0: names may repeat.
    """
    if not isinstance(statement, OrderedStatement) or statement.base is None:
        return _ordered(statement, column, descending=False)
    if statement.column != column:
        return _ordered(statement.base, column, descending=False)
    if not statement.descending:
        return _ordered(statement.base, column, descending=True)
    return statement.base


def _ordered(base: Statement, column: int, *, descending: bool) -> Statement:
    direction = "desc" if descending else "asc"
    # Lines of their own: a comment at the end would swallow the parenthesis.
    text = (
        f"select * from (\n{base.text}\n) as result order by {column + 1} {direction}"
    )
    return OrderedStatement(
        text,
        base.start,
        base.end,
        base.line,
        values=base.values,
        base=base,
        column=column,
        descending=descending,
    )
