"""Advice on servers and the way to them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from mdbtui.pool import outages
from mdbtui.pool.advice.case import Advice, Level, clock, times
from mdbtui.pool.durations import duration
from mdbtui.pool.errors import (
    ConnectionRefused,
    ConnectTimeout,
    HostNotFound,
    PoolError,
    TooManyConnections,
)
from mdbtui.pool.events import BreakerOpened, ConnectFailed, ConnectionLost
from mdbtui.pool.stats import BreakerState

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from mdbtui.pool.advice.case import Case

SLOTS_SHARE = 0.85
FAR_MS = 20.0
SLOW_MS = 500.0

_REFUSED = (
    "is the server running? pg_isready on its machine, or for {address}",
    "is it the right address and port, and does the server listen there"
    " (listen_addresses)?",
    "does a firewall refuse it?",
)
_SILENT = (
    "a firewall that drops packets, or a wrong address: {address}",
    "a server that hangs, or is too busy to take a connection",
)
_NAMELESS = (
    "is the name spelt right? {address}",
    "does this machine reach its name server (VPN, /etc/resolv.conf)?",
)
_FULL = (
    "see which applications hold its connections, by a connection that is still there",
    "smaller pools, a pooler such as PgBouncer, or a larger max_connections",
)
_KINDS: tuple[tuple[type[PoolError], str, tuple[str, ...]], ...] = (
    (ConnectionRefused, "connections are refused", _REFUSED),
    (ConnectTimeout, "the server does not answer", _SILENT),
    (HostNotFound, "the host's name is not found", _NAMELESS),
    (TooManyConnections, "the server has no connection left", _FULL),
)


def parked(case: Case) -> Iterator[Advice]:
    """It is left alone because somebody wanted that."""
    if case.stats.aside:
        yield Advice(
            Level.HINT,
            "the pool is parked",
            "who asks for a connection is refused at once, and nothing is tried",
            (
                "probe it (key p) when its server is well again: if that works, the"
                " pool opens",
            ),
        )


def flapping(case: Case) -> Iterator[Advice]:
    """It went away several times in a few minutes."""
    found = outages.flapping(case.outages, case.now)
    if found is None or case.stats.aside:
        return
    first, last = found.outages[0], found.outages[-1]
    span = duration((case.now - first.began).total_seconds())
    because = f"it went away {len(found.outages)} times in {span}"
    because += f", back after {_range(found.away_s)}" if found.away_s else ""
    because += f", and stayed for {_range(found.up_s)} between" if found.up_s else ""
    if found.is_over and last.ended is not None:
        yield Advice(
            Level.OVER,
            f"stable since {clock(last.ended)}, for {duration(found.stays_s or 0)}",
            f"before, {because}",
        )
        return
    yield Advice(
        Level.BAD,
        "the server comes and goes (flapping)",
        f"{because}; the last time at {clock(last.began)}: {last.why}",
        (
            "something restarts it, or what stands before it (proxy, load balancer,"
            " fail-over, the machine out of memory): its log says what",
            "while it is up, see who works there (F8): a watchdog or maintenance job"
            " can be ended there",
            "park the pool (key P): callers are refused at once instead of waiting and"
            " failing, and nothing knocks at the server until you probe",
        ),
    )


def _range(seconds: Sequence[float]) -> str:
    least, most = duration(min(seconds)), duration(max(seconds))
    return least if least == most else f"{least} to {most}"


def unreachable(case: Case) -> Iterator[Advice]:
    """Connecting fails."""
    stats = case.stats
    if stats.untried and stats.is_open:
        yield Advice(
            Level.HINT,
            "not known whether its server is there",
            "connecting failed, the breaker was reset, and nothing was tried since",
            ("probe it (key p)",),
        )
    if not stats.last_error or stats.aside:
        return
    errors = [e.error for e, _ in case.recent(ConnectFailed)]
    errors += [e.error for e, _ in case.recent(BreakerOpened)]
    error: PoolError | None = errors[-1] if errors else None
    because = f"{times(stats.connections_failed, 'attempt')} failed; the last: " + (
        error.message if error else stats.last_error
    )
    title = "connecting fails"
    attempts: tuple[str, ...] = ()
    if error is not None and error.hint:
        attempts = (error.hint,)
    for kind, name, known in _KINDS:
        if isinstance(error, kind):
            title = name
            attempts = tuple(text.format(address=case.address) for text in known)
    if stats.breaker is BreakerState.PARKED:
        title = "the login waits for you"
        ask = "mend it, then probe now (key p): it is not tried again by itself"
        attempts = (*attempts, ask)
    yield Advice(Level.BAD, title, because, attempts)


def losses(case: Case) -> Iterator[Advice]:
    """Connections ended, and not by us."""
    count = sum(number for _, number in case.recent(ConnectionLost))
    if not count:
        return
    yield Advice(
        Level.WARN,
        "connections were cut",
        f"{times(count, 'connection')} ended {case.lately(ConnectionLost)}, and not"
        " by us",
        (
            "the server's log says whether it restarted, or somebody ended them",
            "a firewall or pooler that drops idle connections: set"
            " max_inactive_connection_lifetime below its limit",
        ),
    )


def slots(case: Case) -> Iterator[Advice]:
    """The server is nearly full."""
    used, most = case.slots_used, case.slots
    if used is None or not most or used < SLOTS_SHARE * most:
        return
    ours = case.stats.size
    yield Advice(
        Level.WARN,
        "the server's connections are nearly used up",
        f"{used} of {most} (max_connections) = {used / most:.0%}, {ours} of them"
        f" this pool's; it may open {max(0, case.stats.max_size - ours)} more",
        (
            "see which applications hold them (F8, the server's activity)",
            "smaller pools, a pooler such as PgBouncer, or a larger max_connections",
        ),
    )


def where_time_goes(case: Case) -> Iterator[Advice]:
    """A slow network, a slow server, a slow login."""
    stats, held = case.stats, case.load.held_ms
    trip = stats.round_trip_ms
    if trip >= FAR_MS:
        share = f" = {held / trip:.1f} round trips" if held else ""
        yield Advice(
            Level.HINT,
            "the network is slow",
            f"a round trip takes {duration(trip / 1000)} at best; a connection is held"
            f" for {duration(held / 1000)}{share}",
            (
                "run the program nearer to the server",
                "send fewer, larger statements; each costs a round trip",
            ),
        )
    elif held >= SLOW_MS and trip and trip < held / 20:
        yield Advice(
            Level.HINT,
            "the time goes by at the server, not in the network",
            f"a round trip takes {duration(trip / 1000)}, a connection is held for"
            f" {duration(held / 1000)}: {held / trip:,.0f} times as long",
            (
                "look at the slow statements and at locks (F8, the server's activity)",
                "an open transaction that waits for its user counts too",
            ),
        )
    if trip and stats.connect_ms > max(SLOW_MS / 2, 20 * trip):
        yield Advice(
            Level.HINT,
            "the server is slow to let us in",
            f"connecting took {duration(stats.connect_ms / 1000)},"
            f" {stats.connect_ms / trip:,.0f} round trips of {duration(trip / 1000)}",
            (
                "name look-ups, authentication (LDAP, PAM), or a busy server",
                "pool_min_size keeps connections ready",
            ),
        )
