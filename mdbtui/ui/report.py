"""What is said about a statement: results, notices and errors as drawable text.

Everything that came from a server passes through `safe`; the words around it are
ours. The layout of an error is psql's, which everybody can read.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from rich.cells import cell_len
from rich.text import Text

from mdbtui.pool import PoolError, QueryError
from mdbtui.ui.safe import safe, safe_multiline
from mdbtui.ui.widgets.message_log import Mood, Said

if TYPE_CHECKING:
    from collections.abc import Iterable

    from mdbtui.query import Notice, Result
    from mdbtui.sql import Statement

MESSAGE_LIMIT = 2_000
"""Characters of one server message that are drawn."""
EXCERPT, EXCERPT_BEFORE = 64, 40
"""Characters of a statement's line that are quoted in an error; before the place."""
LABEL_LIMIT = 24
_LOOKED_AT = 1_000
"""Characters of a statement in which the first word is looked for."""
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
    """Return the beginning of a statement on one line, for a tab or a log line.

    Comments at its head are left out, unless there is little else.
    """
    text = rest = statement.text[:_LOOKED_AT]
    while rest.lstrip().startswith("--"):
        rest = rest.partition("\n")[2]
    return safe(" ".join((rest.strip() or text).split()), LABEL_LIMIT)


def describe_result(result: Result) -> Said:
    """Return one line for a statement that worked: its tag or rows, and the time."""
    said = result.tag or (result.rows.note if result.rows is not None else "done")
    timing = result.timing
    text = Text(safe(said, MESSAGE_LIMIT))
    waited, server = duration(timing.wait_ms), duration(timing.first_row_ms)
    text.append(f"  · waited {waited}, server {server}", "dim")
    text.append(f"  {statement_label(result.statement)}", "dim italic")
    if result.notices_dropped:
        text.append(f"\n… and {result.notices_dropped:,} more notices", "bold")
    return Said(Mood.DONE, text)


def describe_failures(failed: int, total: int) -> Said:
    """Return how a run ended that went on after errors."""
    return Said(Mood.ERROR, Text(f"{failed} of {total} statements failed", "bold"))


def describe_notice(notice: Notice) -> Said:
    """Return a NOTICE, WARNING … of the server."""
    text = Text.assemble(
        (f"{safe(notice.severity, 20)}: ", "bold"),
        safe_multiline(notice.message, MESSAGE_LIMIT),
    )
    _append_fields(text, (("DETAIL", notice.detail), ("HINT", notice.hint)))
    return Said(Mood.NOTICE, text)


def describe_error(error: BaseException, statement: Statement | None) -> Said:
    """Return an error as psql prints it, with the line it points at.

    Args:
        error: What was raised; ours, or an unexpected one, whose text is then left
            out, since nobody has looked at what it may hold.
        statement: The statement that failed.
    """
    if isinstance(error, QueryError):
        return Said(Mood.ERROR, _describe_query_error(error, statement))
    if isinstance(error, PoolError):
        text = Text(safe_multiline(error.message, MESSAGE_LIMIT), "bold")
        _append_fields(text, (("What to try", error.hint),))
        return Said(Mood.ERROR, text)
    return Said(
        Mood.ERROR, Text(f"internal error: {type(error).__name__} (see the log file)")
    )


def _describe_query_error(error: QueryError, statement: Statement | None) -> Text:
    text = Text.assemble(
        ("ERROR", "bold"),
        (f" {safe(error.sqlstate, 5)}" if error.sqlstate else "", "bold"),
        ": ",
        safe_multiline(error.message, MESSAGE_LIMIT),
    )
    if statement is not None and error.position:
        number, excerpt, column = _error_line(statement, error.position)
        head = f"LINE {number}: "
        text.append(f"\n{head}{excerpt}")
        text.append("\n" + " " * (len(head) + column) + "^", "bold")
    _append_fields(
        text,
        (("DETAIL", error.detail), ("HINT", error.hint), ("CONTEXT", error.context)),
    )
    return text


def _append_fields(text: Text, fields: Iterable[tuple[str, str | None]]) -> None:
    for name, value in fields:
        if value:
            text.append(f"\n{name}: ", "bold")
            text.append(safe_multiline(value, MESSAGE_LIMIT))


def _error_line(statement: Statement, position: int) -> tuple[int, str, int]:
    """Return the line of a 1-based character position: number, excerpt, column.

    Like psql, a long line is cut on both sides so that the place can be seen.
    """
    before = statement.text[: position - 1]
    start = before.rfind("\n") + 1
    end = statement.text.find("\n", start)
    line = statement.text[start : end if end >= 0 else None]
    column = position - 1 - start
    number = statement.line + before.count("\n") + 1
    first = max(0, column - EXCERPT_BEFORE)
    lead = "…" if first else ""
    excerpt = safe(line[first:].replace("\t", " "), EXCERPT)
    # Wide characters take two cells: the caret stands below its character.
    shown = safe(line[first:column].replace("\t", " "))
    return number, lead + excerpt, len(lead) + cell_len(shown)
