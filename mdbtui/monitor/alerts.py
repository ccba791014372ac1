"""Rules over samples: what is raised, what is cleared. No clock, no I/O.

A rule has to hold for its time before it is raised. A raised one is cleared when it has
not held for `CLEAR_S` and at least one more sample, so that a value at the threshold
does not flicker.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from mdbtui.monitor.alert_values import is_down, pool_value, server_value

if TYPE_CHECKING:
    from mdbtui.config import ConnectionSpec
    from mdbtui.config.alerts import AlertRule
    from mdbtui.monitor.models import ServerSample
    from mdbtui.pool import PoolStats

CLEAR_S = 5.0
MINUTE_S, OUTAGES_S = 60.0, 300.0
MAX_STEPS = 120
"""Steps of a counter that are kept; older ones count as if they were the oldest."""
_COUNTERS = {
    "timeouts per minute": "timeouts",
    "lost per minute": "connections_lost",
    "failed per minute": "connections_failed",
}
_OUTAGES = "outages per 5min"


@dataclass(frozen=True)
class Alert:
    """A rule that holds for a database.

    Attributes:
        rule: It.
        db_id: The database.
        since: Monotonic seconds when it began to hold.
        value: The last one, in the metric's unit.
        detail: Who or what, in words; a server's text, so not safe to draw as it is.
        raised: False once it was cleared.
        ended: Monotonic seconds when it no longer held; None while it does.
    """

    rule: AlertRule
    db_id: str
    since: float
    value: float
    detail: str = ""
    raised: bool = True
    ended: float | None = None

    @property
    def key(self) -> tuple[AlertRule, str, float]:
        """What tells one alert from another, and from the same one another time."""
        return self.rule, self.db_id, self.since


@dataclass
class _State:
    """One rule on one database."""

    since: float
    value: float = 0.0
    detail: str = ""
    alert: Alert | None = None
    calm_since: float | None = None


class _Growth:
    """By how much a counter grew within a time."""

    __slots__ = ("_last", "_span", "_steps")

    def __init__(self, span: float, last: int | None) -> None:
        self._span = span
        self._last = last
        # Most never grow: hundreds of pools that rest have none of these.
        self._steps: deque[tuple[float, int]] | None = None

    def add(self, value: int, now: float) -> int:
        """Note a counter's value; return how much it grew lately."""
        # Without one before, it is where it stood before anybody looked.
        if self._last is not None and value > self._last:
            if self._steps is None:
                self._steps = deque(maxlen=MAX_STEPS)
            self._steps.append((now, value - self._last))
        self._last = value
        if self._steps is None:
            return 0
        while self._steps and now - self._steps[0][0] > self._span:
            self._steps.popleft()
        return sum(step for _, step in self._steps)

    @property
    def is_quiet(self) -> bool:
        """Nothing happened lately."""
        return not self._steps


@dataclass(slots=True)
class _Pool:
    """What is kept of a pool from one sample to the next."""

    stats: PoolStats | None = None
    was_down: bool = False
    outages: int = 0
    grown: dict[str, _Growth] = field(default_factory=dict)

    @property
    def is_quiet(self) -> bool:
        """Without news of it, its values stay as they are."""
        return all(growth.is_quiet for growth in self.grown.values())


class Evaluator:
    """Compares samples with rules.

    Args:
        rules: All of them.
    """

    def __init__(self, rules: Iterable[AlertRule]) -> None:
        # Two rules of the same words and place would be one alert.
        unique = {(r.text, r.where.text if r.where else ""): r for r in rules}
        self._pool_rules = [r for r in unique.values() if not r.metric.server]
        self.server_rules = [r for r in unique.values() if r.metric.server]
        self._states: dict[tuple[int, str], _State] = {}
        self._pools: dict[str, _Pool] = {}
        self._numbers = {id(rule): at for at, rule in enumerate(unique.values())}
        self._busy: set[str] = set()
        """Databases of which a rule holds, held or waits for its time."""

    @property
    def alerts(self) -> list[Alert]:
        """What is raised now, the worst and newest first."""
        found = [s.alert for s in self._states.values() if s.alert is not None]
        return sorted(found, key=lambda a: (a.rule.severity != "error", -a.since))

    def pools(
        self,
        pools: Sequence[PoolStats],
        specs: dict[str, ConnectionSpec],
        now: float,
    ) -> list[Alert]:
        """Compare one sample of all pools; return what was raised or cleared."""
        changes: list[Alert] = []
        for stats in pools:
            known = self._pools.get(stats.db_id)
            if known is None:
                known = self._pools[stats.db_id] = _Pool()
            elif (
                # A pool that does nothing gives the same object again.
                known.stats is stats
                and stats.db_id not in self._busy
                and known.is_quiet
            ):
                continue
            known.stats = stats
            changes += self._pool(known, stats, specs.get(stats.db_id), now)
        if len(self._pools) > len(pools):
            changes += self.forget(
                self._pools.keys() - {stats.db_id for stats in pools}, now
            )
        return changes

    def _pool(
        self, known: _Pool, stats: PoolStats, spec: ConnectionSpec | None, now: float
    ) -> list[Alert]:
        down = is_down(stats)
        known.outages += down and not known.was_down
        known.was_down = down
        changes: list[Alert] = []
        for rule in self._pool_rules:
            if not _applies(rule, spec):
                continue
            name = rule.metric.name
            if name == _OUTAGES:
                value = self._growth(known, name, known.outages, OUTAGES_S, now)
            elif name in _COUNTERS:
                count = getattr(stats, _COUNTERS[name])
                value = self._growth(known, name, count, MINUTE_S, now)
            else:
                value = pool_value(rule, stats)
            detail = stats.last_error or "" if down else ""
            change = self._compare(rule, stats.db_id, value, detail, now)
            if change is not None:
                changes.append(change)
        return changes

    @staticmethod
    def _growth(known: _Pool, name: str, count: int, span: float, now: float) -> float:
        growth = known.grown.get(name)
        if growth is None:
            last = 0 if name == _OUTAGES else None
            growth = known.grown[name] = _Growth(span, last)
        return growth.add(count, now)

    def server(
        self, sample: ServerSample, specs: Sequence[ConnectionSpec], now: float
    ) -> list[Alert]:
        """Compare one sample of a server; return what was raised or cleared.

        Args:
            sample: It.
            specs: All connections to that server.
            now: Monotonic seconds.
        """
        changes: list[Alert] = []
        for rule in self.server_rules:
            if rule.where is not None and not any(map(rule.where.matches, specs)):
                continue
            found = server_value(rule, sample)
            if found is None:
                continue
            change = self._compare(rule, sample.db_id, found.value, found.detail, now)
            if change is not None:
                changes.append(change)
        return changes

    def forget(
        self, db_ids: Iterable[str], now: float, *, server_only: bool = False
    ) -> list[Alert]:
        """Clear what is known of databases that are no longer looked at."""
        gone = set(db_ids)
        rules = self.server_rules + ([] if server_only else self._pool_rules)
        changes: list[Alert] = []
        for rule in rules:
            for db_id in gone:
                state = self._states.pop((self._numbers[id(rule)], db_id), None)
                if state is not None and state.alert is not None:
                    changes.append(_cleared(state, now))
        if not server_only:
            for db_id in gone:
                self._pools.pop(db_id, None)
        self._note_busy()
        return changes

    def _compare(
        self, rule: AlertRule, db_id: str, value: float, detail: str, now: float
    ) -> Alert | None:
        key = (self._numbers[id(rule)], db_id)
        state = self._states.get(key)
        if rule.holds(value):
            if state is None:
                state = self._states[key] = _State(now)
                self._busy.add(db_id)
            state.value, state.detail, state.calm_since = value, detail, None
            if state.alert is not None:
                state.alert = replace(state.alert, value=value, detail=detail)
            elif now - state.since >= rule.for_s:
                state.alert = Alert(rule, db_id, state.since, value, detail)
                return state.alert
            return None
        if state is None:
            return None
        if state.alert is not None:
            if state.calm_since is None:
                state.calm_since = now
            if now - state.calm_since < CLEAR_S:
                return None
        del self._states[key]
        self._note_busy()
        return _cleared(state, now) if state.alert is not None else None

    def _note_busy(self) -> None:
        self._busy = {db_id for _, db_id in self._states}


def _cleared(state: _State, now: float) -> Alert:
    assert state.alert is not None
    ended = state.calm_since if state.calm_since is not None else now
    return replace(state.alert, raised=False, ended=ended)


def _applies(rule: AlertRule, spec: ConnectionSpec | None) -> bool:
    return rule.where is None or (spec is not None and rule.where.matches(spec))
