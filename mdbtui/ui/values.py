"""Has a statement's parameters asked for, and remembers what was given."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING

from mdbtui.query.daemon import in_daemon_thread
from mdbtui.sql.parameters import numbered

if TYPE_CHECKING:
    from typing import Any

    from textual.app import App

    from mdbtui.pool import QueryError
    from mdbtui.query import Session
    from mdbtui.query.asking import Parameter
    from mdbtui.sql import Statement

DISK_LIMIT = 2.0
"""Seconds for a disk to say what was given the last time; without, nothing is."""


def wants_values(statement: Statement) -> bool:
    """Say whether a statement has parameters that nobody was asked for."""
    return statement.values is None and bool(numbered(statement.text).names)


class ValueDialogues:
    """Asks for values; what comes of it is the statement with them.

    Its coroutines must run in a worker: they wait for the user.

    Args:
        app: Where the dialogues are shown.
    """

    def __init__(self, app: App[Any]) -> None:
        self._app = app

    async def fill(
        self,
        session: Session,
        statement: Statement,
    ) -> Statement | None:
        """Return a statement with values for its parameters.

        Args:
            session: Where it is to run.
            statement: What has parameters, or none.

        Returns:
            The statement; None if the user would not say.

        Raises:
            PoolError: The server refused the statement, say.
        """
        if not wants_values(statement):
            return statement
        from mdbtui.query.asking import parameters, refused_values
        from mdbtui.ui.screens.parameters import ParameterScreen

        asked = await parameters(session, statement)
        if not asked:
            return statement

        async def check(values: tuple[str | None, ...]) -> dict[int, QueryError]:
            return await refused_values(
                session, replace(statement, values=values), asked
            )

        proposed = await self._proposed(session.db_id, statement, asked)
        values = await self._app.push_screen_wait(
            ParameterScreen(statement.text, asked, proposed, check)
        )
        if values is None:
            return None
        await self._remember(session.db_id, statement, asked, values)
        return replace(statement, values=values)

    async def _proposed(
        self,
        db_id: str,
        statement: Statement,
        asked: tuple[Parameter, ...],
    ) -> list[str | None]:
        from mdbtui.config.queries import read_header
        from mdbtui.config.values import load_values, value_key

        # A saved query says what to propose in the comments at its head.
        header = read_header(statement.text)
        given = {p.name: p.default for p in header.parameters if p.has_default}

        kept: dict[str, str | None] = {}
        try:
            async with asyncio.timeout(DISK_LIMIT):
                kept = await in_daemon_thread(load_values)
        except (OSError, TimeoutError):
            pass
        return [
            kept.get(
                value_key(db_id, statement.text, each.name), given.get(each.name, "")
            )
            for each in asked
        ]

    async def _remember(
        self,
        db_id: str,
        statement: Statement,
        asked: tuple[Parameter, ...],
        values: tuple[str | None, ...],
    ) -> None:
        from mdbtui.config.values import (
            MAX_LENGTH,
            keep_values,
            may_be_secret,
            value_key,
        )
        from mdbtui.query.history_secrets import is_left_out

        if is_left_out(statement.text):
            return
        keep: dict[str, str | None] = {}
        forget = set()
        for each, value in zip(asked, values, strict=True):
            key = value_key(db_id, statement.text, each.name)
            if may_be_secret(each.name, value or "") or len(value or "") > MAX_LENGTH:
                forget.add(key)
            else:
                keep[key] = value
        try:
            async with asyncio.timeout(DISK_LIMIT):
                await in_daemon_thread(partial(keep_values, keep, frozenset(forget)))
        except (OSError, TimeoutError):
            pass
