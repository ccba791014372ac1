"""Carries out what a run consists of: statements, their questions, psql's commands."""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING

from mdbtui.query.errors import StatementCancelled
from mdbtui.sql import Kind, classify
from mdbtui.sql.psql import Command
from mdbtui.ui.values import ValueDialogues

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable
    from pathlib import Path
    from typing import Any

    from textual.app import App

    from mdbtui.query import Result, Session
    from mdbtui.sql import Statement
    from mdbtui.ui.commands import Commands
    from mdbtui.ui.copying import CopyDialogues
    from mdbtui.ui.runner import PaneRunner
    from mdbtui.ui.services import Services

    Fill = Callable[[Session, Statement], Awaitable[Statement | None]]

NO_VALUES = "not run: no values were given"


class Director:
    """Runs one step after the other in a pane, and asks where something is missing.

    Its coroutines must run in a worker: they wait for the user.

    Args:
        app: Where questions are shown.
        services: What the console works with.
        moved: Called when a pane talks to another database.
        act: Carries out an action of the main screen.
    """

    def __init__(
        self,
        app: App[Any],
        services: Services,
        moved: Callable[[str], None],
        act: Callable[[str], Awaitable[object]],
    ) -> None:
        self.app = app
        self.services = services
        self.moved = moved
        self.act = act
        self.folder: Path | None = None
        """Where the last file was."""
        self.goes_on = False
        """Statements of a file go on after one that fails."""

    @cached_property
    def values(self) -> ValueDialogues:
        """Asks for parameters' values."""
        return ValueDialogues(self.app)

    @cached_property
    def commands(self) -> Commands:
        """Carries out psql's commands."""
        from mdbtui.ui.commands import Commands

        return Commands(self)

    @cached_property
    def copies(self) -> CopyDialogues:
        """Carries out COPYs."""
        from mdbtui.ui.copying import CopyDialogues

        return CopyDialogues(self)

    async def fill(self, session: Session, statement: Statement) -> Statement | None:
        """Return a statement with its parameters' values; None for a refusal."""
        if isinstance(statement, Command):
            return statement
        return await self.values.fill(session, statement)

    async def perform(self, runner: PaneRunner, statement: Statement) -> Result | None:
        """Carry out one step of a run.

        Returns:
            What it gave; None if all was told that there is to tell.

        Raises:
            PoolError: It failed, or the user would not go on.
        """
        if isinstance(statement, Command):
            return await self.commands.perform(runner, statement)
        if classify(statement.text).kind in (Kind.COPY_IN, Kind.COPY_OUT):
            return await self.copies.typed(runner, statement)
        session = runner.talk.open()
        filled = await self.fill(session, statement)
        if filled is None:
            raise StatementCancelled(NO_VALUES)
        return await session.run(filled)
