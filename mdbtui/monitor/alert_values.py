"""The value that a rule looks at, of a pool or of a server, and who is behind it."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, NamedTuple

from mdbtui.monitor.models import Part
from mdbtui.monitor.tree import PREPARED, blocking_tree
from mdbtui.pool import BreakerState

if TYPE_CHECKING:
    from mdbtui.config.alerts import AlertRule
    from mdbtui.monitor.models import Backend, ServerSample
    from mdbtui.pool import PoolStats


def is_down(stats: PoolStats) -> bool:
    """Whether a pool can't connect; one that was parked on purpose is not down."""
    return stats.breaker is not BreakerState.CLOSED and not stats.aside


_POOL: dict[str, Callable[[PoolStats], float]] = {
    "waiting": lambda s: s.waiting,
    "in use": lambda s: s.in_use,
    "free": lambda s: s.free,
    "open": lambda s: s.size,
    "pinned": lambda s: s.pinned,
    "held": lambda s: s.longest_held_s,
    "queries per second": lambda s: s.queries_per_s,
    "errors per second": lambda s: s.errors_per_s,
    "acquire p50": lambda s: s.acquire_p50_ms,
    "acquire p95": lambda s: s.acquire_p95_ms,
    "acquire p99": lambda s: s.acquire_p99_ms,
    "down": lambda s: float(is_down(s)),
}


def pool_value(rule: AlertRule, stats: PoolStats) -> float:
    """Return what a rule looks at."""
    value = _POOL[rule.metric.name](stats)
    return value / max(stats.max_size, 1) if rule.of_max else value


class Found(NamedTuple):
    """A value, and who or what is behind it (a server's text)."""

    value: float
    detail: str = ""


_SERVER: dict[str, Callable[[ServerSample], Found | None]] = {
    "connections": lambda s: Found(s.connections, _largest(s)),
    "active": lambda s: Found(s.active),
    "lock wait": lambda s: Found(s.longest_wait_s, lock_root(s)),
    "lock waiters": lambda s: Found(s.waiting, lock_root(s)),
    "idle in transaction": lambda s: _oldest(
        s, lambda b: b.state_s if b.in_idle_transaction else None
    ),
    "oldest transaction": lambda s: _oldest(
        s, lambda b: b.transaction_s if b.is_client else None
    ),
    "longest query": lambda s: _oldest(
        s, lambda b: b.query_s if b.is_client and b.state == "active" else None
    ),
    "commits per second": lambda s: Found(s.total.commits) if s.total else None,
    "rollbacks per second": lambda s: Found(s.total.rollbacks) if s.total else None,
    "deadlocks per minute": lambda s: (
        Found(s.total.deadlocks * 60) if s.total else None
    ),
    "temp bytes per second": lambda s: Found(s.total.temp_bytes) if s.total else None,
    "cache hits": lambda s: _share(s),
    "replication lag": lambda s: _lag(s, seconds=True),
    "replication lag bytes": lambda s: _lag(s, seconds=False),
    "slot wal": lambda s: _kept(s),
}
_PARTS = {
    "commits per second": Part.STATISTICS,
    "rollbacks per second": Part.STATISTICS,
    "deadlocks per minute": Part.STATISTICS,
    "temp bytes per second": Part.STATISTICS,
    "cache hits": Part.STATISTICS,
    "replication lag": Part.REPLICATION,
    "replication lag bytes": Part.REPLICATION,
    "slot wal": Part.REPLICATION,
}


def parts_of(rule: AlertRule) -> Part:
    """Return what a sample has to hold for a rule."""
    return _PARTS.get(rule.metric.name, Part.ACTIVITY)


def server_value(rule: AlertRule, sample: ServerSample) -> Found | None:
    """Return what a rule looks at; None where the sample does not have it."""
    found = _SERVER[rule.metric.name](sample)
    if found is None or not rule.of_max:
        return found
    return found._replace(value=found.value / max(sample.server.max_connections, 1))


def who(backend: Backend) -> str:
    """Return a backend's application, pid and database."""
    name = backend.application or backend.user or backend.kind or "a backend"
    place = f" in {backend.database}" if backend.database else ""
    return f"{name} (pid {backend.pid}){place}"


def lock_root(sample: ServerSample) -> str:
    """Return who holds up most, and what it does meanwhile; empty for nobody."""
    tree = blocking_tree(sample.backends)
    if not tree:
        return ""
    root = tree[0]
    if root.backend is None:
        name = "a prepared transaction" if root.pid == PREPARED else f"pid {root.pid}"
        return f"held by {name}; it holds up {root.holds_up}"
    state = root.backend.state or "state not visible"
    return f"held by {who(root.backend)}, {state}; it holds up {root.holds_up}"


def _oldest(sample: ServerSample, age: Callable[[Backend], float | None]) -> Found:
    own = sample.server.own_pid
    aged = [(age(b) or 0.0, b) for b in sample.backends if b.pid != own]
    value, backend = max(aged, key=lambda pair: pair[0], default=(0.0, None))
    return Found(value, who(backend) if backend is not None and value else "")


def _largest(sample: ServerSample) -> str:
    counts: dict[str, int] = {}
    for backend in sample.clients:
        name = backend.application or backend.user
        counts[name] = counts.get(name, 0) + 1
    if not counts:
        return ""
    name = max(counts, key=lambda each: counts[each])
    most = f"{sample.connections} of {sample.server.max_connections}"
    return f"{most}, {counts[name]} of them {name or 'without a name'}"


def _share(sample: ServerSample) -> Found | None:
    share = sample.total.hit_share if sample.total else None
    return None if share is None else Found(share)


def _lag(sample: ServerSample, *, seconds: bool) -> Found | None:
    lags = [
        (lag, replica.name)
        for replica in sample.replicas
        if (lag := replica.behind_s if seconds else replica.behind_bytes) is not None
    ]
    return Found(*max(lags)) if lags else None


def _kept(sample: ServerSample) -> Found | None:
    """Return the most WAL that a slot keeps, and whether somebody uses that slot."""
    slots = [each for each in sample.replicas if each.kept_bytes is not None]
    if not slots:
        return None
    worst = max(slots, key=lambda each: each.kept_bytes or 0)
    return Found(worst.kept_bytes or 0, f"slot {worst.name}, {worst.state}")
