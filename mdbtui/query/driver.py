"""A connection whose values are the server's own text. Imports asyncpg.

asyncpg decodes binary values to Python objects, and what it makes of them isn't what
psql shows (months become days, infinity the year 9999), or it raises. Each type is
therefore aliased to asyncpg's C codec for text, so the server itself writes every
value: identical to psql for every type, and faster.

Private names of asyncpg are used. The version is pinned; `self_test` proves those
that give text (`_introspect_types`, the protocol's settings) at the first connection.
"""

from __future__ import annotations

import asyncio
import contextlib
import types
from typing import Any, ClassVar

import asyncpg
from asyncpg import protocol
from asyncpg.protocol.protocol import BUILTIN_TYPE_OID_MAP

CANCEL_EVERY = 0.1
"""Seconds between two requests to cancel."""

_NAMED = types.SimpleNamespace(name="x")


class TextConnection(asyncpg.Connection):
    """A connection that gives (and takes) every value as text."""

    __slots__ = ()

    shows_text: ClassVar[bool] = True
    """False once the self-test has failed: values may be Python's objects."""

    async def _introspect_types(
        self, typeoids: Any, timeout: float | None
    ) -> tuple[tuple[()], types.SimpleNamespace]:
        """Take arrays, ranges, composites and extensions' types as text, too.

        The truthy name tells asyncpg that no statement was run meanwhile.
        """
        settings = self._protocol.get_settings()  # type: ignore[attr-defined]
        for oid in typeoids:
            settings.set_builtin_type_codec(
                oid, str(oid), "pg_catalog", "scalar", "text", "text"
            )
        return (), _NAMED


class HeardProtocol(protocol.Protocol):
    """asyncpg's protocol, with no error that nobody hears.

    When a server ends a connection just before a COPY begins, asyncpg raises at once
    and leaves the future behind that it would have waited for. What that is given when
    the connection is closed, asyncio would tell the user's terminal. Who does wait
    gets it all the same.
    """

    def _on_waiter_completed(self, done: asyncio.Future[Any]) -> None:
        super()._on_waiter_completed(done)  # type: ignore[misc]
        if not done.cancelled():
            done.exception()


def mend_protocol() -> None:
    """Have asyncpg use it for all connections of this process; again does no harm."""
    protocol.Protocol = HeardProtocol  # type: ignore[misc, assignment]


def install_text(connection: Any) -> None:
    """Alias all core types to text. Takes 0.1 ms and no round trip."""
    settings = connection._protocol.get_settings()  # noqa: SLF001 - see above
    for oid, name in BUILTIN_TYPE_OID_MAP.items():
        settings.set_builtin_type_codec(
            oid, name, "pg_catalog", "scalar", "text", "text"
        )


async def self_test(connection: Any, timeout: float = 5.0) -> bool | None:
    """Prove that values are text: of core types, arrays, ranges and composites.

    Returns:
        Whether they are; None when this server can't run the test's query.
    """
    try:
        row = await connection.fetchrow(
            "select 1::int4, array[1], int4range(1, 2), row(1)", timeout=timeout
        )
    except asyncpg.PostgresError:
        return None
    return all(type(value) is str for value in row)


async def cancel_until(over: asyncio.Event, connection: Any) -> None:
    """Ask the server to cancel what `connection` runs, again until it is `over`.

    Again, because between two steps of a statement the server ignores it. asyncpg
    itself cancels when a task is cancelled, but in a COPY that loses the connection
    one time in five, while a request of the server's own ends it cleanly.

    The connection must not be used for anything else before this has returned: a
    request on its way would hit that. Does nothing if this asyncpg can't do it.
    """
    task = asyncio.current_task()
    while not over.is_set() and not (task and task.cancelling()):
        try:
            send = connection._cancel  # noqa: SLF001 - the only way without a 2nd login
        except AttributeError:
            return
        told: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        # That a request found nobody is no news: it is sent again.
        told.add_done_callback(lambda done: done.cancelled() or done.exception())
        # It ends quietly when this task is cancelled, hence the look at cancelling().
        await send(told)
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(CANCEL_EVERY):
                await over.wait()
