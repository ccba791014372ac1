"""The views that show backends: activity, who waits for whom, connections in groups."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

from mdbtui.monitor.models import Backend, LockWait, Part, ServerSample
from mdbtui.monitor.tree import PREPARED, Waiter, blocking_tree
from mdbtui.ui.widgets.live_rows import LiveColumn, LiveRow
from mdbtui.ui.widgets.server_views import (
    NOT_VISIBLE,
    Filters,
    View,
    age,
    application,
    is_old,
    is_stuck,
    one_line,
)

NO_PERMISSION = "no permission"
_PIDS = 4
_SHORT_STATES = {
    "idle in transaction": "idle in tx",
    "idle in transaction (aborted)": "aborted tx",
    "fastpath function call": "function",
}


def pids(backend: Backend) -> str:
    """Return whom it waits for, a few at most."""
    names = [str(pid) if pid else "prepared tx" for pid in backend.blocked_by[:_PIDS]]
    more = len(backend.blocked_by) - _PIDS
    return ",".join(names) + (f"+{more}" if more > 0 else "")


def state_text(backend: Backend, *, holds: bool = False) -> str:
    """Return its state in a word, with a mark where it needs a look.

    Args:
        backend: It.
        holds: Others wait for it.
    """
    if backend.hidden:
        return f"▲ {NO_PERMISSION}" if holds else NO_PERMISSION
    state = _SHORT_STATES.get(backend.state, backend.state)
    if backend.is_waiting:
        return f"■ {state}"
    if holds or is_stuck(backend) or is_old(backend):
        return f"▲ {state}"
    return f"▶ {state}" if state == "active" else f"  {state}"


def look(backend: Backend, *, holds: bool = False) -> str:
    """Return how its state looks; arguments as for `state_text`."""
    if backend.is_waiting:
        return "bad"
    if holds or is_stuck(backend) or is_old(backend):
        return "warn"
    if backend.state == "active":
        return "good"
    return "faint" if backend.is_idle or backend.hidden else ""


def wait_text(backend: Backend) -> str:
    """Return what it waits for; not its client, which is waiting for nobody."""
    if backend.wait_type in ("", "Client", "Activity"):
        return ""
    return f"{backend.wait_type}:{backend.wait_event}"


def _query(backend: Backend) -> str:
    if backend.hidden:
        return NOT_VISIBLE
    return one_line(backend.query) or (backend.kind if not backend.is_client else "")


# ---- activity ----------------------------------------------------------------------

_ACTIVITY = (
    LiveColumn("pid", numeric=True),
    LiveColumn("state"),
    LiveColumn("time", numeric=True, drop=1),
    LiveColumn("xact", numeric=True),
    LiveColumn("in state", numeric=True, drop=8),
    LiveColumn("wait", drop=4),
    LiveColumn("blocked by", drop=3),
    LiveColumn("user", drop=5),
    LiveColumn("database", drop=6),
    LiveColumn("app", drop=2),
    LiveColumn("client", drop=7),
    LiveColumn("kind", drop=10),
    LiveColumn("xmin age", numeric=True, drop=11),
    LiveColumn("connected", numeric=True, drop=12),
    LiveColumn("query", fills=True),
)
_HOT = {1: None, 5: None, 6: None}


def activity_row(backend: Backend, *, holds: bool = False) -> LiveRow:
    """Return a backend as a row of the activity; arguments as for `state_text`."""
    b = backend
    cells = (
        str(b.pid),
        state_text(b, holds=holds),
        age(b.query_s),
        age(b.transaction_s),
        age(b.state_s),
        wait_text(b),
        pids(b),
        b.user,
        b.database,
        application(b),
        b.client,
        b.kind,
        f"{b.xmin_age:,}" if b.xmin_age is not None else "",
        age(b.backend_s),
        _query(b),
    )
    values: list[Any] = list(cells)
    values[0] = b.pid
    values[1] = b.state
    values[2:5] = [b.query_s, b.transaction_s, b.state_s]
    values[12:14] = [b.xmin_age, b.backend_s]
    mark = look(b, holds=holds)
    looks = dict.fromkeys(_HOT, mark) if mark and mark != "faint" else {}
    if mark == "faint":
        looks[-1] = mark
    if is_old(b):
        looks[3] = "warn"
    return LiveRow(b.identity, cells, tuple(values), looks, b, {14: b.query})


def _activity(sample: ServerSample, filters: Filters) -> list[LiveRow]:
    own = sample.server.own_pid
    found = [b for b in sample.backends if filters.lets(b, own)]
    found.sort(key=_urgency)
    held = {pid for b in sample.backends for pid in b.blocked_by}
    return [activity_row(b, holds=b.pid in held) for b in found]


def _urgency(backend: Backend) -> tuple[bool, bool, float]:
    """The longest transactions first, what does nothing last."""
    since = backend.transaction_s
    if since is None:
        since = backend.query_s or 0.0
    return not backend.is_client, backend.is_idle, -since


# ---- who waits for whom ------------------------------------------------------------

_BLOCKING = (
    LiveColumn("pid"),
    LiveColumn("state"),
    LiveColumn("since", numeric=True),
    LiveColumn("holds up", numeric=True, drop=2),
    LiveColumn("waits for", drop=1),
    LiveColumn("user", drop=4),
    LiveColumn("application", drop=3),
    LiveColumn("client", drop=6),
    LiveColumn("database", drop=5),
    LiveColumn("query", fills=True),
)


def _blocking(sample: ServerSample, filters: Filters) -> list[LiveRow]:
    del filters  # a tree with holes would lie
    return [_waiter_row(waiter, sample) for waiter in blocking_tree(sample.backends)]


def _branch(waiter: Waiter) -> str:
    if not waiter.depth:
        return ""
    before = "".join("  " if last else "│ " for last in waiter.lasts[:-1])
    return before + ("└ " if waiter.lasts[-1] else "├ ")


def _wait_words(wait: LockWait | None) -> str:
    if wait is None:
        return ""
    what = {"transactionid": "a transaction", "virtualxid": "a transaction"}
    # Of a tuple it is the turn at a row, and not its table, that is waited for.
    part = {"tuple": "a row of ", "page": "a page of ", "extend": "the end of "}
    target = part.get(wait.kind, "") + wait.relation
    if not wait.relation:
        target = what.get(wait.kind, wait.kind)
    return f"{wait.mode.removesuffix('Lock')} on {target}"


def _waiter_row(waiter: Waiter, sample: ServerSample) -> LiveRow:
    b, pid = waiter.backend, waiter.pid
    held = f"{waiter.holds_up}" if waiter.holds_up else ""
    if b is None:
        name = "prepared" if pid == PREPARED else str(pid)
        said = (
            "a prepared transaction: see pg_prepared_xacts; COMMIT or ROLLBACK PREPARED"
            if pid == PREPARED
            else "it has ended, or cannot be seen"
        )
        cells = (f"{_branch(waiter)}{name}", "▲ holds", "", held, *[""] * 5, said)
        return LiveRow(("gone", pid), cells, cells, {1: "warn"})
    waits = b.is_waiting
    since = sample.wait_s(b) if waits else b.state_s
    state = state_text(b)
    if waiter.in_cycle:
        state = "× in a circle"
    elif not waits:
        # What is at the root holds everybody up, whatever else it is.
        state = f"▲ {state[2:]}" if not b.hidden else state
    cells = (
        f"{_branch(waiter)}{pid}",
        state,
        age(since),
        held,
        _wait_words(sample.waits.get(pid)),
        b.user,
        application(b),
        b.client,
        b.database,
        ("last ran: " if b.in_idle_transaction else "") + _query(b),
    )
    mark = "bad" if waits else "warn"
    copies = {0: str(pid), 9: b.query}
    return LiveRow(b.identity, cells, cells, {0: mark, 1: mark}, b, copies)


# ---- connections in groups ---------------------------------------------------------

_GROUPS = (
    LiveColumn("application"),
    LiveColumn("user", drop=2),
    LiveColumn("database", drop=4),
    LiveColumn("address", drop=3),
    LiveColumn("total", numeric=True),
    LiveColumn("share", numeric=True, drop=5),
    LiveColumn("active", numeric=True),
    LiveColumn("idle", numeric=True),
    LiveColumn("in tx", numeric=True),
    LiveColumn("waiting", numeric=True),
    LiveColumn("oldest xact", numeric=True, drop=1),
    LiveColumn("oldest", numeric=True, drop=6),
)


def _group_key(backend: Backend) -> tuple[str, str, str, str]:
    return backend.application, backend.user, backend.database, backend.client


def _connections(sample: ServerSample, filters: Filters) -> list[LiveRow]:
    groups: dict[tuple[str, str, str, str], list[Backend]] = {}
    for backend in sample.clients:
        if filters.own or backend.pid != sample.server.own_pid:
            groups.setdefault(_group_key(backend), []).append(backend)
    rows = [_group_row(key, found, sample) for key, found in groups.items()]
    rows.sort(key=lambda row: -row.values[4])
    return rows


def _group_row(
    key: tuple[str, str, str, str], found: Sequence[Backend], sample: ServerSample
) -> LiveRow:
    application, user, database, client = key
    counts = _counts(found)
    share = len(found) / max(sample.server.max_connections, 1)
    oldest_tx = max((b.transaction_s for b in found if b.transaction_s), default=None)
    oldest = max((b.backend_s for b in found if b.backend_s), default=None)
    numbers = [counts[name] for name in ("active", "idle", "in tx", "waiting")]
    cells = (
        application or "(none)",
        user,
        database,
        client,
        str(len(found)),
        f"{share:.0%}",
        *(str(number) if number else "" for number in numbers),
        age(oldest_tx),
        age(oldest),
    )
    values = (*key, len(found), share, *numbers, oldest_tx, oldest)
    looks: dict[int, str] = {}
    if any(is_stuck(b) for b in found):
        looks[8] = "warn"
    if numbers[3]:
        looks[9] = "bad"
    if any(is_old(b) for b in found):
        looks[10] = "warn"
    return LiveRow(key, cells, values, looks, tuple(found))


def _counts(found: Sequence[Backend]) -> Mapping[str, int]:
    counts: Counter[str] = Counter()
    for backend in found:
        counts["active"] += backend.state == "active"
        counts["idle"] += backend.is_idle
        counts["in tx"] += backend.in_idle_transaction
        counts["waiting"] += backend.is_waiting
    return counts


VIEWS = (
    View(
        "1",
        "Activity",
        _ACTIVITY,
        _activity,
        Part.ACTIVITY,
        "all clients are idle · i shows them",
        short="Activity",
        backends=True,
        filtered=True,
    ),
    View(
        "2",
        "Blocking",
        _BLOCKING,
        _blocking,
        Part.ACTIVITY,
        "nobody waits for a lock",
        short="Blocking",
        backends=True,
        sortable=False,
    ),
    View(
        "3",
        "Connections",
        _GROUPS,
        _connections,
        Part.ACTIVITY,
        "no connections but the monitor's",
        short="Conns",
    ),
)
