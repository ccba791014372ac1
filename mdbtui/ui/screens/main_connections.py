"""The dialogues about connections: welcome, add, import, password, switch."""

from __future__ import annotations

import asyncio
from functools import partial
from typing import TYPE_CHECKING

from mdbtui import config
from mdbtui.config import ConfigFileError, ConnectionSpec
from mdbtui.pool import ConfigError
from mdbtui.ui.screens import late

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from textual.app import App

    from mdbtui.config import Importable
    from mdbtui.ui.services import Services


class ConnectionDialogues:
    """Asks the user about connections and tells the services what came of it.

    Each method must run in a worker: it waits for the user.

    Args:
        app: Where the dialogues are shown.
        services: What they act on.
        changed: Called after connections were added or changed, with their db_ids.
    """

    def __init__(
        self,
        app: App[int],
        services: Services,
        changed: Callable[[list[str]], None],
    ) -> None:
        self._app = app
        self._services = services
        self._changed = changed

    async def welcome(self) -> None:
        """Offer the ways to a first connection until one was taken."""
        from mdbtui.config import find_importable
        from mdbtui.ui.screens.welcome import WelcomeChoice, WelcomeScreen

        found = await asyncio.to_thread(find_importable)
        while not self._services.connections:
            before = {spec.name for spec in self._services.connections}
            answer = await self._app.push_screen_wait(
                WelcomeScreen(start_demo=self._services.start_demo, found=found)
            )
            if answer is None:
                return
            if answer.choice is WelcomeChoice.ADD:
                await self.add()
            elif answer.choice is WelcomeChoice.IMPORT:
                await self._import(answer.chosen)
            else:
                added = [spec.name for spec in self._services.connections]
                self._changed([name for name in added if name not in before])

    async def start_demo(self) -> None:
        """Start the demo beside the connections there are."""
        added = await self._services.start_demo(
            lambda text: self._app.notify(text, markup=False)
        )
        self._changed(added)

    async def add(self) -> None:
        """Show the form for a new connection."""
        await self._form(None)

    async def edit(self, db_id: str) -> None:
        """Show the form for a connection that there is."""
        await self._form(self._services.connection(db_id))

    async def remove(self, db_id: str) -> None:
        """Ask, then forget a connection here and in the file that the form writes."""
        spec = self._services.connection(db_id)
        if spec is None:
            return
        sure = await self._app.push_screen_wait(
            late.ConfirmScreen(
                "Remove a connection?",
                f"{spec.name} is forgotten; nothing happens to its database.",
                "Remove",
            )
        )
        if not sure:
            return
        try:
            written = await asyncio.to_thread(config.remove_connection, spec.name)
        except ConfigFileError as error:
            self._app.notify(str(error), severity="error", markup=False)
            return
        await self._services.remove(db_id)
        self._changed([])
        if not written and ":" in spec.source:
            self._app.notify(
                f"It comes back at the next start: it is defined in {spec.source}",
                severity="warning",
                markup=False,
            )

    async def _form(self, spec: ConnectionSpec | None) -> None:
        from mdbtui.ui.screens.connect import ConnectScreen

        others = [s for s in self._services.connections if s is not spec]
        saved = await self._app.push_screen_wait(
            ConnectScreen(
                test=self._services.test,
                save=partial(self._save, replaces=spec.name if spec else None),
                spec=spec,
                taken={other.name for other in others},
                groups=sorted({s.group for s in others if s.group}),
                environments=self._services.config.environments,
            )
        )
        if saved is None:
            return
        if spec is None:
            self._changed([self._services.add(saved)])
        else:
            self._changed([await self._services.replace(spec.db.id, saved)])

    async def _save(self, spec: ConnectionSpec, *, replaces: str | None = None) -> None:
        await asyncio.to_thread(config.save_connection, spec, replaces=replaces)

    async def _import(self, chosen: Iterable[Importable]) -> None:
        added = []
        for importable in chosen:
            spec = importable.spec
            try:
                await self._save(spec)
                added.append(self._services.add(spec))
            except (ConfigError, ConfigFileError) as error:
                self._app.notify(str(error), severity="error", markup=False)
        self._changed(added)

    async def give_password(self, db_id: str) -> None:
        """Ask for a password, use it until the program ends, and connect."""
        password = await self._app.push_screen_wait(
            late.AskScreen(
                f"Password for {db_id}",
                "It is kept in memory until mdbtui ends, and written nowhere.",
                secret=True,
            )
        )
        if password:
            await self._services.give_password(db_id, password)
            self._changed([db_id])

    async def choose(self) -> str | None:
        """Let the user choose a database; return its db_id, or None."""
        specs = self._services.connections
        return await self._app.push_screen_wait(
            late.ChooseScreen(
                "Switch database",
                [(spec.db.id, spec.name, _described(spec)) for spec in specs],
            )
        )


def _described(spec: ConnectionSpec) -> str:
    words = [
        spec.environment.name if spec.environment else "",
        spec.group or "",
        f"{spec.db.host}:{spec.db.port}/{spec.db.database}",
        " ".join(spec.tags),
    ]
    return " · ".join(word for word in words if word)
