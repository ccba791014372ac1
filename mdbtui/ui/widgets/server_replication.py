"""The view of who follows a server, whom it follows, and the slots."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from mdbtui.monitor.models import Part, Replica, ServerSample
from mdbtui.ui.widgets.live_rows import LiveColumn, LiveRow
from mdbtui.ui.widgets.server_views import Filters, View, age, size

_COLUMNS = (
    LiveColumn("kind"),
    LiveColumn("name"),
    LiveColumn("state"),
    LiveColumn("behind", numeric=True),
    LiveColumn("lag", numeric=True, drop=2),
    LiveColumn("keeps WAL", numeric=True, drop=1),
    LiveColumn("mode", drop=3),
    LiveColumn("unused for", numeric=True, drop=5),
    LiveColumn("address", drop=4),
    LiveColumn("user", drop=8),
    LiveColumn("database", drop=6),
    LiveColumn("unsent", numeric=True, drop=9),
    LiveColumn("until lost", numeric=True, drop=7),
    LiveColumn("xmin age", numeric=True, drop=10),
    LiveColumn("pid", numeric=True, drop=11),
    LiveColumn("lsn", drop=12),
)
_STATE, _BEHIND, _KEEPS = 2, 3, 5
_MUCH_WAL = 1 << 30
WORTH_SAYING = 16 << 20
"""Bytes of WAL kept for nobody from which it is warned of: a file of it."""
NOT_STREAMING = "not streaming"


def _row(replica: Replica) -> LiveRow:
    r = replica
    looks: dict[int, str] = {}
    for column, amount in ((_BEHIND, r.behind_bytes), (_KEEPS, r.kept_bytes)):
        if (amount or 0) >= _MUCH_WAL:
            looks[column] = "warn"
    state = r.state
    if r.loses_wal:
        state, looks[_STATE] = f"× {state}", "bad"
    elif r.is_idle_slot or _is_out(r):
        state, looks[_STATE] = f"▲ {state}", "warn"
    cells = (
        r.kind,
        r.name,
        state,
        size(r.behind_bytes),
        age(r.behind_s),
        size(r.kept_bytes),
        r.mode,
        age(r.inactive_s),
        r.address,
        r.user,
        r.database,
        size(r.unsent_bytes),
        size(r.room_bytes),
        f"{r.xmin_age:,}" if r.xmin_age is not None else "",
        str(r.pid or ""),
        r.lsn,
    )
    values = (
        *(r.kind, r.name, r.state, r.behind_bytes, r.behind_s, r.kept_bytes, r.mode),
        *(r.inactive_s, r.address, r.user, r.database, r.unsent_bytes, r.room_bytes),
        *(r.xmin_age, r.pid, r.lsn),
    )
    return LiveRow((r.kind, r.name, r.pid), cells, values, looks, r)


def _is_out(replica: Replica) -> bool:
    """Whether somebody who should follow does not."""
    r = replica
    return (
        (r.kind == "receiver" and NOT_STREAMING in r.state)
        or r.state == "not running"
        or "paused" in r.state
    )


def _rows(sample: ServerSample, filters: Filters) -> list[LiveRow]:
    del filters
    return [_row(replica) for replica in sample.replicas]


def replication_warnings(sample: ServerSample) -> Iterator[str]:
    """Yield what needs a look, the worst first; nothing where it was not asked for."""
    slots = [each for each in sample.replicas if each.kind == "slot"]
    lost = [each for each in slots if each.loses_wal]
    if lost:
        first = lost[0]
        yield f"slot {first.name}{_more(lost)}: {first.state}; who follows begins anew"
    idle = [
        each
        for each in slots
        if each.is_idle_slot
        and not each.loses_wal
        and (each.kept_bytes or 0) >= WORTH_SAYING
    ]
    if idle:
        worst = max(idle, key=lambda each: each.kept_bytes or 0)
        since = f" for {age(worst.inactive_s)}" if worst.inactive_s is not None else ""
        yield (
            f"slot {worst.name}{_more(idle)} unused{since}, keeps"
            f" {size(worst.kept_bytes)} of WAL"
        )
    for replica in sample.replicas:
        if replica.kind == "receiver" and _is_out(replica):
            yield f"this standby: {replica.state}"
        elif replica.kind == "subscription" and _is_out(replica):
            yield f"subscription {replica.name} is not running"


def _more(slots: Sequence[Replica]) -> str:
    return f" (and {len(slots) - 1} more)" if len(slots) > 1 else ""


REPLICATION = View(
    "5",
    "Replication",
    _COLUMNS,
    _rows,
    Part.REPLICATION,
    "nobody follows this server, and there are no slots",
    short="Repl",
)
