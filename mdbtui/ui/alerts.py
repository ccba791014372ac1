"""The alerts of this run: evaluated each second, told once, kept to be looked at."""

from __future__ import annotations

import asyncio
import logging
import time
from collections import deque
from collections.abc import Callable, Collection
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Protocol

from mdbtui.config.alert_built_in import built_in_rules
from mdbtui.monitor.alert_values import parts_of
from mdbtui.monitor.alerts import Evaluator
from mdbtui.monitor.models import Part
from mdbtui.pool import BreakerState
from mdbtui.ui import alert_words
from mdbtui.ui.alert_hook import CommandHook

if TYPE_CHECKING:
    from textual.notifications import SeverityLevel

    from mdbtui.config import ConnectionSpec
    from mdbtui.monitor import ServerSample, Watch
    from mdbtui.monitor.alerts import Alert
    from mdbtui.pool import FleetStats
    from mdbtui.ui.services import Services

_log = logging.getLogger("mdbtui.alerts")

WATCH_SECONDS = 10.0
"""Between two samples of a server; more often while its own screen is open."""
MAX_WATCHED = 20
"""Servers at a time."""
GATHER_SECONDS = 0.5
MAX_SINGLE, MAX_NAMED = 2, 5
MAX_ENDED = 50
_CAUSED_BY_SERVER = ("waiting", "timeouts per minute", "held", "in use")
"""Pool metrics whose cause may be at the server: it is looked at while they are bad."""

_TOLD_ELSEWHERE = ("down", "outages per 5min")
"""That was told when the breaker opened (`toasts`)."""

Address = tuple[str, int]


class Tell(Protocol):
    """How to show an announcement (`App.notify`)."""

    def __call__(
        self, message: str, *, title: str, severity: SeverityLevel, markup: bool
    ) -> None:
        """Show it."""


class Outside(Protocol):
    """How to tell somebody who looks elsewhere: a bell, a desktop notification."""

    def __call__(self, title: str, text: str) -> None:
        """Tell it."""


@dataclass(frozen=True)
class Entry:
    """An alert as it is listed.

    Attributes:
        at: When it was raised.
        acknowledged: The user has seen it: the status bar is silent about it.
    """

    alert: Alert
    at: datetime
    acknowledged: bool = False


class AlertCenter:
    """Evaluates the rules, and tells what was raised and cleared.

    Args:
        services: The pools, the configuration, the monitor.
        used: The databases that the user has run something on.
        tell: Shows a toast.
        outside: Rings and notifies, as the configuration says.
        later: Calls a function after so many seconds.
    """

    def __init__(
        self,
        services: Services,
        used: Callable[[], Collection[str]],
        tell: Tell,
        outside: Outside,
        later: Callable[[float, Callable[[], None]], object],
    ) -> None:
        config = services.config
        built_in = config.alert_built_in
        if built_in is None:
            built_in = built_in_rules()
        self._evaluator = Evaluator((*built_in, *config.alerts))
        self._services = services
        self._used = used
        self._tell = tell
        self._outside = outside
        self._later = later
        self._hook = CommandHook(config.alert_command)
        self._watches: dict[Address, Watch] = {}
        self._seen: dict[Address, ServerSample] = {}
        self._closing: set[asyncio.Task[None]] = set()
        self._raised: dict[object, datetime] = {}
        self._acknowledged: set[object] = set()
        self._ended: deque[Entry] = deque(maxlen=MAX_ENDED)
        self._news: list[Alert] = []
        self._parts = Part.ACTIVITY
        for rule in self._evaluator.server_rules:
            self._parts |= parts_of(rule)

    # ---- what is true now ----------------------------------------------------------

    @property
    def entries(self) -> list[Entry]:
        """What is raised, the worst first; then what is over, the newest first."""
        current = [
            Entry(
                alert,
                self._raised.get(alert.key, datetime.now().astimezone()),
                alert.key in self._acknowledged,
            )
            for alert in self._evaluator.alerts
        ]
        return [*current, *reversed(self._ended)]

    @property
    def mark(self) -> str:
        """A few characters about what is raised and not acknowledged."""
        fresh = [a for a in self._evaluator.alerts if a.key not in self._acknowledged]
        if not fresh:
            return ""
        more = f" +{len(fresh) - 1}" if len(fresh) > 1 else ""
        return f"{alert_words.sign(fresh[0].rule)} {alert_words.title(fresh[0])}{more}"

    def acknowledge(self, entry: Entry | None = None) -> None:
        """Be silent about an alert until it is over; about all without one."""
        entries = self.entries if entry is None else [entry]
        self._acknowledged |= {e.alert.key for e in entries if e.alert.raised}

    # ---- a second ------------------------------------------------------------------

    def tick(self) -> None:
        """Compare what is true now with the rules; no I/O."""
        now = time.monotonic()
        fleet = self._services.pools.snapshot()
        specs = {spec.db.id: spec for spec in self._services.connections}
        changes = self._evaluator.pools(fleet.pools, specs, now)
        if self._evaluator.server_rules:
            self._look_after_watches(fleet, specs, now, changes)
        for alert in changes:
            self._note(alert)

    def _look_after_watches(
        self,
        fleet: FleetStats,
        specs: dict[str, ConnectionSpec],
        now: float,
        changes: list[Alert],
    ) -> None:
        wanted = self._wanted(fleet, specs)
        for address in self._watches.keys() - wanted.keys():
            watch = self._watches.pop(address)
            self._seen.pop(address, None)
            changes += self._evaluator.forget([watch.db_id], now, server_only=True)
            task = asyncio.create_task(watch.close())
            self._closing.add(task)
            task.add_done_callback(self._closing.discard)
        for address, db_id in wanted.items():
            watch = self._watches.get(address)  # type: ignore[assignment]
            if watch is None:
                self._watches[address] = self._services.server_monitor.start(
                    db_id, parts=self._parts, interval=WATCH_SECONDS
                )
            elif (sample := watch.sample) and sample is not self._seen.get(address):
                self._seen[address] = sample
                here = [s for s in specs.values() if _address(s) == address]
                changes += self._evaluator.server(sample, here, now)

    def _wanted(
        self, fleet: FleetStats, specs: dict[str, ConnectionSpec]
    ) -> dict[Address, str]:
        """Return the servers to watch, each with the database to watch it by.

        Only where the user works, or where a pool has trouble that may come from the
        server; and only while that pool is open and can connect: nothing is woken up by
        being watched.
        """
        troubled = [
            alert.db_id
            for alert in self._evaluator.alerts
            if alert.rule.metric.server or alert.rule.metric.name in _CAUSED_BY_SERVER
        ]
        watched = {address: watch.db_id for address, watch in self._watches.items()}
        wanted: dict[Address, str] = {}
        for db_id in (*troubled, *self._used()):
            stats, spec = fleet.by_id(db_id), specs.get(db_id)
            if stats is None or spec is None or not stats.is_open:
                continue
            if stats.breaker is not BreakerState.CLOSED:
                continue  # it is down: who is asked tells nothing
            address = _address(spec)
            # Several databases of one server tell the same: once is enough.
            if address not in wanted and len(wanted) < MAX_WATCHED:
                wanted[address] = watched.get(address, db_id)
        return wanted

    # ---- telling -------------------------------------------------------------------

    def _note(self, alert: Alert) -> None:
        now = datetime.now().astimezone()
        if alert.raised:
            self._raised[alert.key] = now
        else:
            at = self._raised.pop(alert.key, now)
            known = alert.key in self._acknowledged
            self._acknowledged.discard(alert.key)
            self._ended.append(Entry(alert, at, known))
        state = "raised" if alert.raised else "over"
        value = alert_words.value_words(alert.rule, alert.value)
        _log.warning(
            "alert %s: %s [%s] %s",
            state,
            alert_words.title(alert),
            alert.rule.text,
            value,
        )
        self._hook.put(
            {
                "state": state,
                "database": alert.db_id,
                "rule": alert.rule.text,
                "severity": alert.rule.severity,
                "value": value,
                "text": f"{state}: {alert_words.title(alert)}"
                f" · {alert_words.numbers(alert)}",
            }
        )
        if not self._news:
            self._later(GATHER_SECONDS, self._announce)
        self._news.append(alert)

    def _announce(self) -> None:
        news, self._news = self._news, []
        raised = [alert for alert in news if alert.raised]
        over = [alert for alert in news if not alert.raised]
        raised.sort(key=lambda alert: alert.rule.severity != "error")
        if raised:
            more = f" and {len(raised) - 1} more" if len(raised) > 1 else ""
            self._outside(
                alert_words.title(raised[0]) + more, alert_words.numbers(raised[0])
            )
        raised = [a for a in raised if a.rule.metric.name not in _TOLD_ELSEWHERE]
        if len(raised) <= MAX_SINGLE:
            for alert in raised:
                self._tell(
                    f"{alert_words.numbers(alert)}\n{{key.alerts}} shows it.",
                    title=f"{alert_words.sign(alert.rule)} {alert_words.title(alert)}",
                    severity="error" if alert.rule.severity == "error" else "warning",
                    markup=False,
                )
        else:
            self._tell(
                f"{_named(raised)}\n{{key.alerts}} shows them.",
                title=f"▲ {len(raised)} alerts",
                severity="warning",
                markup=False,
            )
        over = [a for a in over if a.rule.metric.name not in _TOLD_ELSEWHERE]
        if over:
            self._tell(_named(over), title="Over", severity="information", markup=False)

    async def close(self) -> None:
        """End watching, and the program that runs for an alert."""
        watches, self._watches = list(self._watches.values()), {}
        await self._hook.close()
        await asyncio.gather(
            *(watch.close() for watch in watches),
            *self._closing,
            return_exceptions=True,
        )


def _address(spec: ConnectionSpec) -> Address:
    return spec.db.host, spec.db.port


def _named(alerts: list[Alert]) -> str:
    shown = [alert_words.title(alert) for alert in alerts[:MAX_NAMED]]
    rest = len(alerts) - MAX_NAMED
    return "\n".join(shown) + (f"\nand {rest} more" if rest > 0 else "")
