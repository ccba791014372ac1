"""What can be done to a pool: the keys that the fleet and a pool's page share."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from textual import work
from textual.app import SystemCommand
from textual.binding import Binding
from textual.screen import Screen

from mdbtui.pool import ConfigError, PoolError
from mdbtui.ui.messages import ServerRequested
from mdbtui.ui.safe import safe
from mdbtui.ui.screens.ask import AskScreen, ConfirmScreen

if TYPE_CHECKING:
    from collections.abc import Iterable

    from mdbtui.pool import PoolManager
    from mdbtui.ui.services import Services

DRAIN_SECONDS = 30.0
CLOSE_SECONDS = 3.0
NAME_LIMIT, ERROR_LIMIT = 60, 400
LIMITS = "1 to 1000"


class PoolOperations(Screen[None]):
    """A screen with a pool at hand, `db_id`, and the keys that act on it."""

    BINDINGS = [
        Binding("p", "probe", "Probe: try to connect now"),
        Binding("o", "hold", "Hold open (again: let it close)"),
        Binding("b", "reset_breaker", "Reset the breaker"),
        Binding("d", "drain", "Drain and reopen: new connections for old"),
        Binding("x", "close_pool", "Close the pool"),
        Binding("m", "resize", "Resize the pool"),
        Binding("f8", "server", "The server's side: activity, locks …"),
    ]

    services: Services

    @property
    def db_id(self) -> str | None:
        """The pool that keys act on."""
        raise NotImplementedError

    def sample(self) -> None:
        """Read the numbers and show them."""
        raise NotImplementedError

    @property
    def _pools(self) -> PoolManager:
        return self.services.pools

    def commands(self) -> Iterable[SystemCommand]:
        """What the command palette offers on this screen."""
        for binding in self._bindings.key_to_bindings.values():
            for one in binding:
                if one.description and one.show:
                    yield SystemCommand(
                        one.description,
                        f"Key: {one.key}",
                        partial(self.run_action, one.action),
                    )

    def _say(self, text: str, severity: str = "information") -> None:
        self.notify(
            safe(text, ERROR_LIMIT),
            severity="error" if severity == "error" else "information",
            markup=False,
        )

    def _called(self, db_id: str) -> str:
        return safe(db_id, NAME_LIMIT)

    def action_server(self) -> None:
        """Show what the server does, and who waits for whom."""
        if (db_id := self.db_id) is not None:
            self.post_message(ServerRequested(db_id))

    @work(group="operation", exit_on_error=False)
    async def action_probe(self) -> None:
        """Try to connect now, whatever the breaker says."""
        if (db_id := self.db_id) is None:
            return
        try:
            await self._pools.probe(db_id)
        except PoolError as error:
            self._say(f"{self._called(db_id)}: {error}", "error")
        else:
            self._say(f"{self._called(db_id)}: it connects.")
        self.sample()

    def action_hold(self) -> None:
        """Keep the pool open with a connection, or no longer."""
        if (db_id := self.db_id) is None:
            return
        stats = self._pools.snapshot().by_id(db_id)
        on = stats is None or not stats.held
        try:
            self._pools.hold(db_id, on)
        except PoolError as error:
            self._say(str(error), "error")
            return
        self._say(
            f"{self._called(db_id)} stays open, with a connection at least."
            if on
            else f"{self._called(db_id)} may close when it is idle."
        )
        self.sample()

    def action_reset_breaker(self) -> None:
        """Forget the failures to connect."""
        if (db_id := self.db_id) is not None:
            self._pools.reset_breaker(db_id)
            self._say(
                f"{self._called(db_id)}: the breaker is closed; the next one tries"
            )
            self.sample()

    @work(group="operation", exit_on_error=False)
    async def action_drain(self) -> None:
        """Replace every connection; who has one keeps it until it is given back."""
        if (db_id := self.db_id) is None:
            return
        stats = self._pools.snapshot().by_id(db_id)
        if stats is not None and stats.in_use and not stats.draining:
            self._say(
                f"{self._called(db_id)}: waiting for {stats.in_use} in use,"
                f" {DRAIN_SECONDS:.0f} s at most"
            )
        try:
            left = await self._pools.drain(db_id, DRAIN_SECONDS)
        except PoolError as error:
            self._say(str(error), "error")
            return
        self._say(
            f"{self._called(db_id)}: every connection was replaced."
            if not left
            else f"{self._called(db_id)}: reopened; {left} still in use end when they"
            " come back."
        )
        self.sample()

    @work(group="operation", exit_on_error=False)
    async def action_close_pool(self) -> None:
        """Close the pool; ask first where somebody works with it."""
        if (db_id := self.db_id) is None:
            return
        holders = self._pools.detail(db_id).holders
        if holders:
            names = ", ".join(
                safe(h.name or "unnamed", NAME_LIMIT) for h in holders[:5]
            )
            sure = await self.app.push_screen_wait(
                ConfirmScreen(
                    f"Close the pool of {self._called(db_id)}?",
                    f"{len(holders)} of its connections are in use ({names}). What runs"
                    f" is cancelled within {CLOSE_SECONDS:.0f} s, open transactions are"
                    " rolled back. It opens again at its next use.",
                    "Close it",
                )
            )
            if not sure:
                return
        self._pools.hold(db_id, on=False)
        await self._pools.close_pool(db_id, CLOSE_SECONDS)
        self._say(f"{self._called(db_id)} is closed; it opens again at its next use.")
        self.sample()

    @work(group="operation", exit_on_error=False)
    async def action_resize(self) -> None:
        """Ask for new limits and use them at once."""
        if (db_id := self.db_id) is None:
            return
        config = self._pools.config(db_id)
        answer = await self.app.push_screen_wait(
            AskScreen(
                f"Resize the pool of {self._called(db_id)}",
                f"Connections kept open, and at most: two numbers ({LIMITS} at most)."
                " It lasts until mdbtui ends; pool_min_size and pool_max_size in the"
                " configuration last longer.",
                value=f"{config.pool_min_size} {config.pool_max_size}",
            )
        )
        if answer is None:
            return
        parts = answer.replace("-", " ").replace(",", " ").split()
        try:
            least, most = (int(part) for part in parts)
            await self._pools.resize(db_id, least, most)
        except ConfigError as error:
            self._say(str(error), "error")
        except ValueError:
            self._say(f"Two whole numbers are needed, not {answer!r}.", "error")
        else:
            self._say(f"{self._called(db_id)}: {least} to {most} connections.")
            self.sample()
