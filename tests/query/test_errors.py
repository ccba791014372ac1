from __future__ import annotations

import asyncpg
import pytest

from mdbtui.pool import ConnectionLostError, QueryError
from mdbtui.query import errors
from mdbtui.query.stream import COPY_PREFIX


@pytest.mark.parametrize(
    ("sent_at", "offset", "position"),
    [(8, 0, 8), (15, len(COPY_PREFIX), 8), (3, len(COPY_PREFIX), None), (99, 0, None)],
)
def test_positions_count_in_the_users_text(sent_at, offset, position):
    exc = asyncpg.PostgresError.new(
        {"S": "ERROR", "C": "42703", "M": "no such column", "P": str(sent_at)}
    )
    error = errors.translated(exc, "db", "select nonsense", offset)
    assert isinstance(error, QueryError)
    assert error.position == position


def test_a_position_may_be_behind_the_last_character():
    exc = asyncpg.PostgresError.new(
        {"S": "ERROR", "C": "42601", "M": "syntax error at end of input", "P": "9"}
    )
    error = errors.translated(exc, "db", "select 1", 0)
    assert isinstance(error, QueryError)
    assert error.position == 9


def test_a_lost_connection_is_no_query_error():
    error = errors.translated(ConnectionResetError("reset"), "db", "select 1", 0)
    assert isinstance(error, ConnectionLostError)


def test_parameters_are_found_where_they_are():
    error = errors.parameters_refused("select '$1', /* $1 */ $2", "db")
    assert error.position == 23
