"""Asks once for the parameters of a statement that runs on many databases."""

from __future__ import annotations

from typing import TYPE_CHECKING

from mdbtui.pool import BreakerState, PoolError, QueryError
from mdbtui.ui.values import wants_values

if TYPE_CHECKING:
    from collections.abc import Sequence

    from mdbtui.config import ConnectionSpec
    from mdbtui.sql import Statement
    from mdbtui.ui.director import Fill
    from mdbtui.ui.services import Services

TRIED = 3
"""So many databases are asked for the parameters' types until one answers."""


async def filled_once(
    services: Services,
    fill: Fill,
    specs: Sequence[ConnectionSpec],
    statement: Statement,
) -> Statement | None:
    """Return a statement with one set of values, to be bound for each database.

    The first database that takes the statement tells the types; each one then reads
    the same texts as its own types.

    Must run in a worker: it waits for the user.

    Args:
        services: Where sessions come from.
        fill: Asks for the values.
        specs: The databases.
        statement: What is to run.

    Returns:
        The statement; None if the user would not say.

    Raises:
        PoolError: None that was asked takes the statement, or answers.
    """
    if not wants_values(statement):
        return statement
    down = {
        each.db_id
        for each in services.pools.snapshot().pools
        if each.breaker is not BreakerState.CLOSED
    }
    failed: PoolError | None = None
    for spec in sorted(specs, key=lambda spec: spec.name in down)[:TRIED]:
        session = services.session(spec.name, "values", lambda _notice: None)
        try:
            return await fill(session, statement)
        except PoolError as error:
            # What one lacks or gets wrong another one may have.
            if failed is None or not isinstance(failed, QueryError):
                failed = error
        finally:
            await session.close()
    if failed is not None:
        raise failed
    return statement
