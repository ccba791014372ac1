"""What is said about a statement: results, notices and errors as drawable text.

Everything that came from a server passes through `safe`; the words around it are
ours. The layout of an error is psql's, which everybody can read.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from rich.text import Text

from mdbtui.pool import PoolError, QueryError
from mdbtui.ui.safe import safe, safe_multiline

if TYPE_CHECKING:
    from mdbtui.query import Notice, Result
    from mdbtui.sql import Statement

MESSAGE_LIMIT = 2_000
"""Characters of one server message that are drawn."""
LINE_LIMIT = 120
"""Characters of a statement's line that are quoted in an error."""
LABEL_LIMIT = 24
SLOW_MS = 1_000
MINUTE_S = 60


def duration(ms: float) -> str:
    """Return a duration as people write it: ``0.4 ms``, ``12 ms``, ``3.2 s``.

    Args:
        ms: Milliseconds.
    """
    if ms < 10:
        return f"{ms:.1f} ms"
    if ms < SLOW_MS:
        return f"{ms:.0f} ms"
    seconds = ms / 1000
    if seconds < MINUTE_S:
        return f"{seconds:.1f} s"
    minutes, seconds = divmod(int(seconds), 60)
    return f"{minutes} min {seconds:02d} s"


def statement_label(statement: Statement) -> str:
    """Return the beginning of a statement on one line, for a tab or a log line."""
    return safe(" ".join(statement.text[: LABEL_LIMIT * 4].split()), LABEL_LIMIT)


def describe_result(result: Result) -> Text:
    """Return one line for a statement that worked: its tag or rows, and the time."""
    said = result.tag or (result.rows.note if result.rows is not None else "done")
    timing = result.timing
    text = Text.assemble(("✓ ", "bold"), safe(said, MESSAGE_LIMIT))
    waited, server = duration(timing.wait_ms), duration(timing.first_row_ms)
    text.append(f"  · waited {waited}, server {server}", "dim")
    text.append(f"  {statement_label(result.statement)}", "dim italic")
    return text


def describe_notice(notice: Notice) -> Text:
    """Return a NOTICE, WARNING … of the server."""
    text = Text.assemble(
        (f"{safe(notice.severity, 20)}: ", "bold"),
        safe_multiline(notice.message, MESSAGE_LIMIT),
    )
    for name, value in (("DETAIL", notice.detail), ("HINT", notice.hint)):
        if value:
            text.append(f"\n  {name}: {safe_multiline(value, MESSAGE_LIMIT)}", "dim")
    return text


def describe_error(error: BaseException, statement: Statement | None) -> Text:
    """Return an error as psql prints it, with the line it points at.

    Args:
        error: What was raised; ours, or an unexpected one, whose text is then left
            out, since nobody has looked at what it may hold.
        statement: The statement that failed.
    """
    if isinstance(error, QueryError):
        return _describe_query_error(error, statement)
    if isinstance(error, PoolError):
        text = Text.assemble(
            ("✕ ", "bold"), safe_multiline(error.message, MESSAGE_LIMIT)
        )
        if error.hint:
            text.append(
                f"\n  What to try: {safe_multiline(error.hint, MESSAGE_LIMIT)}", "dim"
            )
        return text
    return Text(f"✕ internal error: {type(error).__name__} (see the log file)")


def _describe_query_error(error: QueryError, statement: Statement | None) -> Text:
    text = Text.assemble(
        ("✕ ERROR", "bold"),
        (f" {safe(error.sqlstate or '', 5)}", "bold"),
        ": ",
        safe_multiline(error.message, MESSAGE_LIMIT),
    )
    if statement is not None and error.position:
        number, line, column = _error_line(statement, error.position)
        head = f"LINE {number}: "
        shown = safe(line, LINE_LIMIT)
        text.append(f"\n  {head}{shown}")
        if column < LINE_LIMIT:
            text.append("\n  " + " " * (len(head) + column) + "^", "bold")
    for name, value in (
        ("DETAIL", error.detail),
        ("HINT", error.hint),
        ("CONTEXT", error.context),
    ):
        if value:
            text.append(f"\n  {name}: {safe_multiline(value, MESSAGE_LIMIT)}", "dim")
    return text


def _error_line(statement: Statement, position: int) -> tuple[int, str, int]:
    """Return the line of a 1-based character position: number, text, column."""
    before = statement.text[: position - 1]
    start = before.rfind("\n") + 1
    end = statement.text.find("\n", start)
    line = statement.text[start : end if end >= 0 else None]
    return (
        statement.line + before.count("\n") + 1,
        line.expandtabs(1),
        position - 1 - start,
    )
