"""What can be done to a pool: the keys that the fleet and a pool's page share."""

from __future__ import annotations

from collections import Counter
from functools import partial
from typing import TYPE_CHECKING

from textual import work
from textual.app import SystemCommand
from textual.binding import Binding
from textual.screen import Screen

from mdbtui.pool import ConfigError, PoolError, PoolStats
from mdbtui.pool.durations import duration
from mdbtui.ui.messages import ServerRequested
from mdbtui.ui.safe import safe
from mdbtui.ui.screens import pool_words
from mdbtui.ui.screens.ask import AskScreen, ConfirmScreen

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from mdbtui.pool import Holder, PoolDetail, PoolManager
    from mdbtui.pool.advice import Case
    from mdbtui.ui.services import Services

DRAIN_SECONDS = 30.0
CLOSE_SECONDS = 3.0
NAME_LIMIT, ERROR_LIMIT = 60, 400
LIMITS = "1 to 1000"
MOST_NAMES = 5


class PoolOperations(Screen[None]):
    """A screen with a pool at hand, `db_id`, and the keys that act on it."""

    BINDINGS = [
        Binding("p", "probe", "Probe: try to connect now"),
        Binding("o", "hold", "Hold open (again: let it close)"),
        Binding("P", "park", "Park: refuse callers, try nothing (again: end that)"),
        Binding("b", "reset_breaker", "Reset the breaker, and probe"),
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

    def _stats(self, db_id: str) -> PoolStats:
        return self._pools.snapshot().by_id(db_id) or PoolStats(db_id=db_id)

    def detail(self, db_id: str) -> PoolDetail:
        """Who holds what, the connections and the last events of a pool."""
        return self._pools.detail(db_id)

    def case(self, db_id: str) -> Case:
        """All that is known of a pool."""
        from mdbtui.pool.advice import Case

        used, most = self.slots or (None, None)
        return Case.of(
            self.detail(db_id),
            self._pools.history(db_id),
            address=self._pools.config(db_id).address,
            slots_used=used,
            slots=most,
            leak_after=self.services.config.leak_seconds,
            locked=self.services.locked(db_id),
            was_locked=self.services.was_locked(db_id),
        )

    @property
    def slots(self) -> tuple[int, int] | None:
        """Connections of all clients at its server, and how many that takes."""
        return None

    def action_server(self) -> None:
        """Show what the server does, and who waits for whom."""
        if (db_id := self.db_id) is not None:
            self.post_message(ServerRequested(db_id))

    @work(group="operation", exit_on_error=False)
    async def action_probe(self) -> None:
        """Try to connect now, whatever the breaker says."""
        if (db_id := self.db_id) is None:
            return
        await self._try(db_id)

    async def _try(self, db_id: str) -> None:
        before = self._stats(db_id)
        try:
            await self._pools.probe(db_id)
        except PoolError as error:
            self._say(f"{self._called(db_id)}: {error}", "error")
        else:
            again = " It is no longer parked." if before.aside else ""
            self._say(f"{self._called(db_id)}: it connects.{again}")
        self.sample()

    def action_hold(self) -> None:
        """Keep the pool open with a connection, or no longer."""
        if (db_id := self.db_id) is None:
            return
        stats = self._stats(db_id)
        on = not stats.held
        try:
            self._pools.hold(db_id, on)
        except PoolError as error:
            self._say(str(error), "error")
            return
        self._say(f"{self._called(db_id)} {pool_words.held(stats, on=on)}")
        self.sample()

    @work(group="operation", exit_on_error=False)
    async def action_reset_breaker(self) -> None:
        """Forget the failures to connect, and find out at once what is true."""
        if (db_id := self.db_id) is None:
            return
        before = self._stats(db_id)
        self._pools.reset_breaker(db_id)
        self._say(f"{self._called(db_id)}: {pool_words.reset(before)}")
        self.sample()
        if self._stats(db_id).untried:
            await self._try(db_id)

    @work(group="operation", exit_on_error=False)
    async def action_park(self) -> None:
        """Refuse callers and leave the server alone, or end that."""
        if (db_id := self.db_id) is None:
            return
        if self._stats(db_id).aside:
            self._pools.reset_breaker(db_id)
            text = "is no longer parked; a probe shows whether it connects."
            if not self._stats(db_id).is_open:
                text = "is no longer parked; the next caller tries to connect."
        else:
            await self._pools.park(db_id)
            text = pool_words.parked(self._stats(db_id))
        self._say(f"{self._called(db_id)} {text}")
        self.sample()

    @work(group="operation", exit_on_error=False)
    async def action_drain(self) -> None:
        """Replace every connection; who has one keeps it until it is given back."""
        if (db_id := self.db_id) is None:
            return
        before = self._stats(db_id)
        if waits := pool_words.draining(before, DRAIN_SECONDS):
            self._say(f"{self._called(db_id)}: {waits}")
        try:
            left = await self._pools.drain(db_id, DRAIN_SECONDS)
        except PoolError as error:
            self._say(str(error), "error")
            return
        self._say(f"{self._called(db_id)}: {pool_words.drained(before, left)}")
        self.sample()

    @work(group="operation", exit_on_error=False)
    async def action_close_pool(self) -> None:
        """Close the pool; ask first where somebody works with it."""
        if (db_id := self.db_id) is None:
            return
        before = self._stats(db_id)
        holders = self._pools.detail(db_id).holders
        if holders:
            sure = await self.app.push_screen_wait(
                ConfirmScreen(
                    f"Close the pool of {self._called(db_id)}?",
                    f"{len(holders)} of its connections are in use ({_names(holders)})."
                    f" What runs is cancelled within {duration(CLOSE_SECONDS)}, open"
                    " transactions are rolled back. It opens again at its next use.",
                    "Close it",
                )
            )
            if not sure:
                return
        self._pools.hold(db_id, on=False)
        await self._pools.close_pool(db_id, CLOSE_SECONDS)
        self._say(f"{self._called(db_id)} {pool_words.closed(before)}")
        self.sample()

    @work(group="operation", exit_on_error=False)
    async def action_resize(self) -> None:
        """Ask for new limits and use them at once."""
        from mdbtui.pool.advice import advise

        if (db_id := self.db_id) is None:
            return
        config = self._pools.config(db_id)
        least, most = config.pool_min_size, config.pool_max_size
        found = advise(self.case(db_id))
        advised = next((a.sizes for a in found if a.sizes), None)
        speaks = (
            f" Its load speaks for min {advised[0]}, max {advised[1]}."
            if advised
            else ""
        )
        wanted = advised or (least, most)
        answer = await self.app.push_screen_wait(
            AskScreen(
                f"Resize the pool of {self._called(db_id)}",
                "Connections kept open, and at most (now: min"
                f" {least}, max {most}).{speaks} One number changes the most alone;"
                f" {LIMITS}. It lasts until mdbtui ends; pool_min_size and"
                " pool_max_size in the configuration stay.",
                value=f"{wanted[0]} {wanted[1]}",
                check=partial(pool_words.wrong_limits, config),
            )
        )
        if answer is None:
            return
        numbers = pool_words.limits(answer)
        if numbers is None:
            return
        low = least if numbers[0] is None else numbers[0]
        try:
            await self._pools.resize(db_id, low, numbers[1])
        except ConfigError as error:
            self._say(str(error), "error")
        else:
            text = pool_words.resized(self._stats(db_id), low, numbers[1])
            self._say(f"{self._called(db_id)}: {text}")
            self.sample()


def _names(holders: Sequence[Holder]) -> str:
    """Name the first holders, each once, with how many connections it has."""
    counts = Counter(holder.name or "unnamed" for holder in holders)
    shown = [
        safe(name, NAME_LIMIT) + (f" × {count}" if count > 1 else "")
        for name, count in counts.most_common(MOST_NAMES)
    ]
    more = len(counts) - len(shown)
    return ", ".join(shown) + (f" and {more} more" if more else "")
