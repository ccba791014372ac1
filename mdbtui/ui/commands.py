r"""Carries out psql's backslash commands; what they list comes as ordinary results."""

from __future__ import annotations

import difflib
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING

from mdbtui.catalog.psql import (
    MAX_DESCRIBED,
    Listing,
    Relation,
    describes,
    description,
    finding,
    listing,
)
from mdbtui.pool import PoolError, QueryError
from mdbtui.query.errors import StatementCancelled
from mdbtui.query.static import static_result
from mdbtui.sql import Statement, classify
from mdbtui.sql.patterns import BadPattern
from mdbtui.sql.psql import Command, arguments
from mdbtui.ui.command_table import COMMANDS, GROUPS, REFUSED
from mdbtui.ui.keymaps import said

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable
    from pathlib import Path

    from mdbtui.query import Result
    from mdbtui.ui.director import Director
    from mdbtui.ui.runner import PaneRunner

    Carry = Callable[[PaneRunner, Command], Awaitable["Result | None"]]

MAX_NESTED = 8
r"""Files that may include each other with \i."""
NAME_LIMIT = 80


class Commands:
    """psql's commands in a pane.

    Args:
        director: Who carries out the rest of a run.
    """

    def __init__(self, director: Director) -> None:
        self._director = director
        self._nested = 0
        self._table: dict[str, Carry] = {
            "x": self._expand,
            "gx": self._send_expanded,
            "g": self._send,
            "timing": self._timing,
            "i": self._include,
            "include": self._include,
            "copy": self._copy,
            "watch": self._watch,
            "c": self._connect,
            "connect": self._connect,
            "e": partial(self._act, "edit_outside"),
            "edit": partial(self._act, "edit_outside"),
            "q": partial(self._act, "app.quit"),
            "quit": partial(self._act, "app.quit"),
            "echo": self._echo,
            "qecho": self._echo,
            "set": self._set,
            "warn": self._echo,
            "?": self._help,
            "h": self._manual,
            "help": self._manual,
        }

    async def perform(self, runner: PaneRunner, command: Command) -> Result | None:
        """Carry out a command.

        Returns:
            What it lists; None if it lists nothing, or told it already.

        Raises:
            PoolError: It is not known, or failed.
        """
        carry = self._table.get(command.name)
        if carry is not None:
            return await carry(runner, command)
        words = arguments(command.rest)
        pattern = words[0] if words else ""
        try:
            listed = listing(command.name, pattern)
            if listed is not None:
                return await self._listed(runner, command, listed)
            if describes(command.name):
                return await self._describe(runner, command, pattern)
        except BadPattern as error:
            raise QueryError(str(error)) from None
        raise unknown(command)

    async def _listed(
        self, runner: PaneRunner, command: Command, listed: Listing
    ) -> Result:
        statement = Statement(
            listed.sql, 0, len(listed.sql), values=listed.values or None
        )
        result = await runner.talk.open().run(statement)
        result.statement = command
        return result

    async def _describe(
        self, runner: PaneRunner, command: Command, pattern: str
    ) -> Result | None:
        found = await self._rows(runner, command, finding(pattern))
        if not found:
            raise QueryError(f"Did not find any relation named {pattern}.")
        for row in found[:MAX_DESCRIBED]:
            relation = Relation(*(cell or "" for cell in row))
            for part in description(relation, command.name):
                await self._show_part(runner, command, relation, part)
        if len(found) > MAX_DESCRIBED:
            runner.tell(
                f"More relations match; the first {MAX_DESCRIBED} are described."
            )
        return None

    async def _rows(
        self, runner: PaneRunner, command: Command, listed: Listing
    ) -> list[tuple[str | None, ...]]:
        result = await self._listed(runner, command, listed)
        assert result.rows is not None
        rows = [row async for chunk in result.rows.chunks() for row in chunk]
        await result.rows.close()
        return rows

    async def _show_part(
        self, runner: PaneRunner, command: Command, relation: Relation, part: Listing
    ) -> None:
        named = f"{part.label} {relation.name}".lstrip()
        result = await self._listed(runner, replace(command, label=named), part)
        assert result.rows is not None
        # A relation has at most 1,600 columns; all of them are brought at once.
        async for _ in result.rows.chunks(keep=True):
            pass
        if result.rows.count or not part.label:
            runner.show_result(result)
        else:
            await result.rows.close()

    # ---- what concerns the tab -----------------------------------------------------

    async def _expand(self, runner: PaneRunner, command: Command) -> None:
        runner.expanded = _switched(command, on=runner.expanded)
        runner.tell(
            "Expanded display is on: results open as records (Esc closes them)."
            if runner.expanded
            else "Expanded display is off."
        )

    async def _timing(self, runner: PaneRunner, command: Command) -> None:
        runner.timing = _switched(command, on=runner.timing)
        runner.tell(f"Timing is {'on' if runner.timing else 'off'}.")

    async def _send(self, runner: PaneRunner, command: Command) -> Result | None:
        if arguments(command.rest):
            raise QueryError(
                f"\\{command.name} does not write to files here",
                hint=r"E in the results exports them; \copy writes a file",
            )
        query = self._query(runner, command)
        return await self._director.perform(runner, query)

    async def _send_expanded(
        self, runner: PaneRunner, command: Command
    ) -> Result | None:
        result = await self._send(runner, command)
        runner.expand_once = True
        return result

    def _query(self, runner: PaneRunner, command: Command) -> Statement:
        last = runner.talk.last.statement if runner.talk.last is not None else None
        query = command.query or last
        if query is None or isinstance(query, Command):
            raise QueryError(f"\\{command.name} has no statement to run")
        return replace(query, values=None)

    async def _connect(self, runner: PaneRunner, command: Command) -> Result | None:
        from mdbtui.ui.connecting import other_database

        words = arguments(command.rest)
        if not words:
            listed = listing("conninfo", "")
            assert listed is not None
            return await self._listed(runner, command, listed)
        if len(words) > 1:
            raise QueryError(
                r"\c takes the name of a database here, and nothing else",
                hint=said("{key.switch} switches to another connection"),
            )
        db_id = await other_database(self._director, runner, words[0].strip('"'))
        await runner.talk.move(db_id)
        self._director.moved(db_id)
        runner.tell(f"This tab is connected to {db_id} now.")
        return None

    async def _echo(self, runner: PaneRunner, command: Command) -> None:
        words = arguments(command.rest)
        runner.tell(" ".join(words[1:] if words[:1] == ["-n"] else words))

    async def _set(self, runner: PaneRunner, command: Command) -> None:
        # Scripts begin with it.
        words = arguments(command.rest)
        if words[:1] != ["ON_ERROR_STOP"]:
            raise unknown(command)
        on = _is_on(words[1] if len(words) > 1 else "on")
        self._director.goes_on = on is False

    async def _act(self, action: str, runner: PaneRunner, command: Command) -> None:
        # When the run is over: both want the pane to rest.
        runner.pane.call_later(self._director.act, action)

    # ---- files ---------------------------------------------------------------------

    async def _copy(self, runner: PaneRunner, command: Command) -> Result | None:
        return await self._director.copies.command(runner, command)

    async def _watch(self, runner: PaneRunner, command: Command) -> None:
        from mdbtui.ui.watching import watch

        await watch(self._director, runner, command)

    async def _include(self, runner: PaneRunner, command: Command) -> None:
        from mdbtui.ui.including import read_steps

        words = arguments(command.rest)
        if self._nested >= MAX_NESTED:
            raise QueryError(f"files include each other more than {MAX_NESTED} deep")
        path, found = await read_steps(self._director, words[0] if words else "")
        self._nested += 1
        try:
            await self._run_file(runner, path, found)
        finally:
            self._nested -= 1

    async def _run_file(
        self, runner: PaneRunner, path: Path, found: list[Statement]
    ) -> None:
        from mdbtui.ui.report import describe_error

        failed = 0
        for step in found:
            run = runner.talk.progress
            if run is None or run.cancelled:
                raise StatementCancelled(f"cancelled in {path}:{step.line + 1}")
            try:
                result = await self._director.perform(runner, step)
            except QueryError as error:
                runner.pane.results.say(describe_error(error, step), to_front=True)
                failed += 1
                if not self._director.goes_on:
                    raise PoolError(f"stopped at {path}:{step.line + 1}") from None
            else:
                if result is not None:
                    runner.show_result(result)
                kind = classify(step.text)
                runner.talk.changed_catalog |= kind.changes_catalog
        ended = f", {failed} of them failed" if failed else ""
        runner.tell(f"{path}: {len(found):,} statements and commands{ended}")

    # ---- help ----------------------------------------------------------------------

    async def _help(self, runner: PaneRunner, command: Command) -> Result:
        rows = [(f"\\{usage}", what, GROUPS[group]) for usage, what, group in COMMANDS]
        return static_result(command, ("Command", "What it does", "About"), rows)

    async def _manual(self, runner: PaneRunner, command: Command) -> Result:
        from mdbtui.sql.manual import manual_page, sql_commands

        wanted = " ".join(command.rest.lower().rstrip(";").split()).strip("*")
        names = sql_commands()
        found = [name for name in names if name.startswith(wanted)]
        if not found:
            near = difflib.get_close_matches(wanted, names, 3)
            raise QueryError(
                f"there is no SQL command {wanted}",
                hint=f"nearest: {', '.join(near)}" if near else r"\h lists them",
            )
        rows = [(name.upper(), manual_page(name)) for name in found]
        return static_result(command, ("SQL command", "PostgreSQL's manual"), rows)


def unknown(command: Command) -> QueryError:
    """Say that a command is not known here, and which ones come near."""
    name = command.name
    if name == "\\":
        return QueryError(
            r"statements behind \\ are not run", hint="put them on a line of their own"
        )
    if name in REFUSED:
        return QueryError(f"\\{name} is not done here", hint=said(REFUSED[name]))
    known = sorted({usage.split()[0].split("[")[0] for usage, _, _ in COMMANDS})
    near = difflib.get_close_matches(name, known, 3, cutoff=0.5)
    hint = r"\? lists those that are"
    if near:
        hint = "nearest: " + ", ".join(f"\\{each}" for each in near) + f"; {hint}"
    return QueryError(f"\\{name[:NAME_LIMIT]} is not known here", hint=hint)


def _switched(command: Command, *, on: bool) -> bool:
    word = " ".join(arguments(command.rest))
    if (chosen := _is_on(word)) is not None:
        return chosen
    if word:
        raise QueryError(f"\\{command.name} takes on or off")
    return not on


def _is_on(word: str) -> bool | None:
    """Whether a word stands for on or off, as psql has it; None for neither."""
    if word.lower() in ("on", "true", "1", "yes"):
        return True
    return False if word.lower() in ("off", "false", "0", "no") else None
