"""The part of the main screen that saves queries and brings them back."""

from __future__ import annotations

import asyncio
import contextlib
from functools import partial
from typing import TYPE_CHECKING

from textual import work
from textual.binding import Binding

from mdbtui.pool import PoolError
from mdbtui.query.daemon import in_daemon_thread
from mdbtui.sql.psql import steps
from mdbtui.ui.safe import safe
from mdbtui.ui.screens.main_running import RunScreen

if TYPE_CHECKING:
    from pathlib import Path

    from mdbtui.config.queries import SavedParameter
    from mdbtui.query import Session
    from mdbtui.sql import Statement
    from mdbtui.ui.screens.queries import SaveRequest

NOTE_LIMIT = 300
DISK_LIMIT = 10.0
TYPES_LIMIT = 3.0
"""Seconds for the server to tell the types of a query's parameters."""


class QueryScreen(RunScreen):
    """Saves the statement at the cursor, and brings saved ones back."""

    BINDINGS = [
        Binding("alt+q", "saved_queries", "Saved queries", priority=True),
        Binding("alt+shift+q", "save_query", "Save the statement", priority=True),
    ]

    @work(group="dialogue", exit_on_error=False)
    async def action_saved_queries(self) -> None:
        from mdbtui.ui.screens.queries import QueriesScreen

        chosen = await self.app.push_screen_wait(QueriesScreen())
        if chosen is None:
            return
        active, query = self.panes.active, chosen.query
        if chosen.use == "run":
            self.start(list(steps(query.text)))
        elif chosen.use == "insert":
            # With its header, which holds what is proposed for its parameters.
            editor = active.pane.editor
            editor.replace(query.text.rstrip("\n"), *editor.selection)
        elif await self.panes.open(active.talk.db_id, query.text) is None:
            self.notify("There are as many tabs as can be.", severity="warning")
        self.action_focus_editor()

    @work(group="dialogue", exit_on_error=False)
    async def action_save_query(self) -> None:
        from mdbtui.config.queries import file_of, read_header
        from mdbtui.ui.screens.ask import RefusedScreen
        from mdbtui.ui.screens.queries import SaveQueryScreen, SaveRequest

        runner = self.panes.active
        found = runner.pane.editor.statements()
        if not found:
            refused = RefusedScreen("Save", "There is no statement at the cursor.")
            await self.app.push_screen_wait(refused)
            return
        sql = ";\n".join(each.text for each in found)
        header = read_header(sql)
        given = SaveRequest(header.name, header.description, ", ".join(header.tags))
        request = await self.app.push_screen_wait(SaveQueryScreen(sql, given))
        if request is None:
            return
        parameters = await self._parameters(found)
        await self._save(file_of(request.name), sql, request, parameters)

    async def _parameters(self, found: list[Statement]) -> list[SavedParameter]:
        """A query's parameters, with types where the server tells them soon."""
        from mdbtui.config.queries import SavedParameter
        from mdbtui.query.asking import parameters
        from mdbtui.sql.parameters import numbered

        talk = self.panes.active.talk
        types: dict[str, str] = {}
        if talk.db_id is not None and not talk.running and len(found) == 1:

            async def ask(session: Session) -> None:
                for each in await parameters(session, found[0]):
                    types[each.name] = each.type_name

            if numbered(found[0].text).names:
                with contextlib.suppress(PoolError, TimeoutError):
                    async with asyncio.timeout(TYPES_LIMIT):
                        await talk.use(ask)
        names = dict.fromkeys(
            name for each in found for name in numbered(each.text).names
        )
        return [SavedParameter(name, types.get(name, "")) for name in names]

    async def _save(
        self,
        path: Path,
        sql: str,
        request: SaveRequest,
        parameters: list[SavedParameter],
    ) -> None:
        from mdbtui.config.files import FileProblem
        from mdbtui.config.queries import write_query
        from mdbtui.ui.screens.ask import ConfirmScreen

        write = partial(
            write_query,
            path,
            sql,
            name=request.name,
            description=request.description,
            tags=request.tags,
            parameters=parameters,
        )
        try:
            async with asyncio.timeout(DISK_LIMIT):
                there = await in_daemon_thread(path.exists)
            question = ConfirmScreen("Replace the saved query?", str(path), "Replace")
            if there and not await self.app.push_screen_wait(question):
                return
            async with asyncio.timeout(DISK_LIMIT):
                await in_daemon_thread(write)
        except FileProblem as problem:
            self._say(f"{path}: {problem}", failed=True)
        except TimeoutError:
            self._say("The disk does not answer.", failed=True)
        else:
            self._say(f"Saved: {path}")

    def _say(self, words: str, *, failed: bool = False) -> None:
        self.notify(
            safe(words, NOTE_LIMIT),
            severity="warning" if failed else "information",
            markup=False,
        )
