"""The console's connections: every value as the server's own text."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from mdbtui.pool import DriverOptions

log = logging.getLogger(__name__)

NO_LIMIT = 10 * 365 * 86_400.0
"""Seconds given to a user's statement; None would mean the pool's command time-out,
which is there to bound what the program itself does. Statements are limited by the
server's statement_timeout, if at all, and by the user's cancel."""

_tested = False


def driver_options() -> DriverOptions:
    """Return what makes a `PoolManager`'s connections give text.

    Called by the pool when it first connects; imports asyncpg.
    """
    from mdbtui.pool import DriverOptions
    from mdbtui.query.driver import TextConnection, mend_protocol

    mend_protocol()
    return DriverOptions(
        connection_class=TextConnection,
        init=prepare_connection,
        # A cache costs a round trip to close each statement that leaves it, and a
        # console seldom sends the same text twice.
        statement_cache_size=0,
    )


async def prepare_connection(connection: Any) -> None:
    """Make a fresh connection give text; the first one of the process proves it.

    The test depends on the driver alone, so one proof is enough. Should it fail, all
    goes on with `shows_text` False: rows of queries then come by COPY, which is text
    whatever the driver does.
    """
    global _tested
    from mdbtui.query import driver

    try:
        driver.install_text(connection)
        passed = True if _tested else await driver.self_test(connection)
    except (AttributeError, TypeError, ValueError):
        passed = False
    if passed is False:
        log.warning("this asyncpg can't be made to give text; rows come by COPY")
        driver.TextConnection.shows_text = False
    _tested = _tested or passed is not None


def shows_text(connection: Any) -> bool:
    """Whether a connection's values are certain to be the server's text."""
    return bool(getattr(connection, "shows_text", False))
