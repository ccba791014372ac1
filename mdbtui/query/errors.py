"""What running a statement adds to the pool's errors, and how they are worded."""

from __future__ import annotations

from mdbtui.pool import PoolError, QueryError, from_driver
from mdbtui.sql import Kind
from mdbtui.sql.lexer import Scanner


class StatementCancelled(PoolError):  # noqa: N818 - named as the pool's errors are
    """The statement or its stream was ended by us before all its rows were here."""


class NotExportable(QueryError):  # noqa: N818 - as above
    """The server can't write a statement's rows by COPY; it was not run."""


class AnswerTimeout(PoolError):  # noqa: N818 - as above
    """A database of several did not give its whole answer in its time."""


class SessionBusy(PoolError):  # noqa: N818 - as above
    """The session runs another statement, or is closed."""


def session_busy(db_id: str, *, closed: bool) -> SessionBusy:
    """Say why a session takes no statement now."""
    if closed:
        return SessionBusy("the session is closed", db_id=db_id)
    hint = "wait for it or cancel it first"
    return SessionBusy("a statement is still running", hint=hint, db_id=db_id)


def translated(exc: BaseException, db_id: str, text: str, offset: int) -> PoolError:
    """Translate what the driver raised, with the position in the statement.

    Args:
        exc: What was caught.
        db_id: The database.
        text: The statement as the user wrote it.
        offset: How many characters were sent before it.
    """
    if type(exc) is LookupError:  # an encoding that Python doesn't know
        return encoding_refused(exc, db_id)
    error = from_driver(exc, db_id)
    if isinstance(error, QueryError) and error.position is not None:
        position = error.position - offset
        error.position = position if 0 < position <= len(text) + 1 else None
    return error


def parameters_refused(text: str, db_id: str) -> QueryError:
    """Say that a statement has parameters."""
    places = (start for kind, start, _ in Scanner(text) if kind == "parameter")
    return QueryError(
        "the statement has parameters ($1 …) and no values for them",
        hint="write the values into the statement",
        db_id=db_id,
        position=next(places, -1) + 1 or None,
    )


def takes_no_parameters(keyword: str, text: str, name: str, db_id: str) -> QueryError:
    """Say that a statement is of a kind that has no parameters.

    Args:
        keyword: Its first word.
        text: The statement.
        name: Its first parameter, as it is written.
        db_id: The database.
    """
    return QueryError(
        f"{keyword or 'this'} takes no parameters",
        hint=f"write the value of {name} into the statement",
        db_id=db_id,
        position=text.index(name) + 1 if name in text else None,
    )


def copy_refused(kind: Kind, db_id: str) -> QueryError:
    """Say why COPY with the client's own data isn't run: it would hang or lose it."""
    if kind is Kind.COPY_IN:
        message = "COPY … FROM STDIN needs data that can't be given here"
        hint = r"name a file on the server, or use psql's \copy"
    else:
        message = "COPY … TO STDOUT has nowhere to write to here"
        hint = "run the query itself and export its rows"
    return QueryError(message, hint=hint, db_id=db_id)


def encoding_refused(exc: LookupError, db_id: str) -> QueryError:
    """Say that client_encoding was changed to what the driver can't speak."""
    return QueryError(
        f"client_encoding can't be changed here and is UTF8 again ({exc})",
        hint="leave it: the server converts text from the database's own encoding",
        db_id=db_id,
    )


def nul_refused(text: str, db_id: str) -> QueryError:
    """Say where a statement has a NUL: it would break the talk with the server."""
    return QueryError(
        "the statement has a NUL character (\\x00), which SQL text can't have",
        hint="take it out; a binary file, or one in UTF-16, is no SQL file",
        db_id=db_id,
        position=text.index("\0") + 1,
    )


def export_refused(db_id: str) -> NotExportable:
    """Say that a statement has no rows to write out."""
    return NotExportable(
        "only the rows of a query can be written out",
        hint="a SELECT, VALUES, TABLE or WITH, or INSERT … RETURNING and the like",
        db_id=db_id,
    )


def cancelled(note: str, db_id: str, *, given_up: bool) -> StatementCancelled:
    """Say that a statement was ended, and whether the server knows."""
    hint = (
        "the server did not answer, so the connection was given up; "
        "the statement may still be running there"
    )
    return StatementCancelled(note, hint=hint if given_up else "", db_id=db_id)
