"""What went wrong, said on standard error the way psql says it."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

from mdbtui.headless import visible

if TYPE_CHECKING:
    from mdbtui.pool import PoolError, QueryError
    from mdbtui.query import Notice
    from mdbtui.sql import Statement

_LINE_WIDTH = 72


def say(text: str) -> None:
    """Write lines to standard error; that it is closed stops nothing."""
    try:
        sys.stderr.write(visible.lines(text) + "\n")
        sys.stderr.flush()
    except (OSError, ValueError):
        return


def say_notice(notice: Notice) -> None:
    """Pass on what the server says beside the result."""
    parts = [f"{notice.severity}:  {notice.message}"]
    if notice.detail:
        parts.append(f"DETAIL:  {notice.detail}")
    if notice.hint:
        parts.append(f"HINT:  {notice.hint}")
    say("\n".join(parts))


def say_query_error(error: QueryError, statement: Statement, source: str) -> None:
    """Say why the server refused a statement, with the place marked.

    Args:
        error: The failure.
        statement: What failed.
        source: The script's name, or ``""`` for SQL from the command line.
    """
    place = f"{source}:{statement.line + 1}: " if source else ""
    parts = [f"{place}ERROR:  {error.message}"]
    if error.position is not None:
        parts.extend(marked_line(statement.text, error.position))
    fields = (
        ("DETAIL", error.detail),
        ("HINT", error.hint),
        ("CONTEXT", error.context),
        ("SQLSTATE", error.sqlstate),
    )
    parts.extend(f"{name}:  {value}" for name, value in fields if value)
    say("\n".join(parts))


def say_trouble(error: PoolError, name: str) -> None:
    """Say why there is no connection, or none any more.

    Args:
        error: The failure.
        name: The database's id.
    """
    hint = f"\nHINT:  {error.hint}" if error.hint else ""
    say(f"mdbtui: {name}: {error.message}{hint}")


def marked_line(sql: str, position: int) -> list[str]:
    """Return ``LINE 1: …`` and the line with the caret under ``position``.

    Args:
        sql: The statement.
        position: 1-based, in characters.
    """
    at = min(max(position - 1, 0), len(sql))
    begin = sql.rfind("\n", 0, at) + 1
    end = sql.find("\n", at)
    line = sql[begin : end if end >= 0 else len(sql)]
    column = at - begin
    if len(line) > _LINE_WIDTH:
        # Show what is around the place, mostly what stands before it.
        cut = max(0, min(column - _LINE_WIDTH * 2 // 3, len(line) - _LINE_WIDTH))
        shown = line[cut : cut + _LINE_WIDTH]
        left = "..." if cut else ""
        right = "..." if cut + _LINE_WIDTH < len(line) else ""
        line, column = left + shown + right, column - cut + len(left)
    label = f"LINE {sql.count(chr(10), 0, at) + 1}: "
    before = visible.one_line(line[:column].replace("\t", " "))
    after = visible.one_line(line[column:].replace("\t", " "))
    space = " " * (len(label) + visible.width(before))
    return [f"{label}{before}{after}", f"{space}^"]
