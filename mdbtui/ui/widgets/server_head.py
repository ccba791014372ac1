"""What is said of a server as a whole, above the views: numbers, and what is wrong."""

from __future__ import annotations

import time
from collections.abc import Iterator
from datetime import datetime

from textual.content import Content

from mdbtui.monitor.models import Backend, ServerSample
from mdbtui.monitor.tree import blocking_tree
from mdbtui.pool import CircuitOpen, PoolError
from mdbtui.ui.safe import safe
from mdbtui.ui.widgets.charts import bar
from mdbtui.ui.widgets.server_replication import replication_warnings
from mdbtui.ui.widgets.server_views import (
    IDLE_IN_TRANSACTION_S,
    OLD_TRANSACTION_S,
    age,
)

FULL_SHARE = 0.85
NAME_LIMIT, ERROR_LIMIT = 40, 300
_BAR = 12


def title_line(
    name: str, sample: ServerSample | None, *, interval: float, paused: bool
) -> Content:
    """Return what is looked at, and how often."""
    parts: list[str | tuple[str, str]] = [(safe(name, NAME_LIMIT), "bold")]
    if sample is not None:
        server = sample.server
        up = time.time() - server.started_at
        role = " standby" if sample.in_recovery else ""
        version = safe(server.version, 20)
        parts.append(f" · PostgreSQL {version}{role} · up {age(up)}")
    if paused:
        parts.append((" · PAUSED: p goes on", "bold $text-warning"))
    else:
        parts.append((f" · every {interval:g} s", "$text-muted"))
    if sample is not None:
        taken = datetime.fromtimestamp(
            time.time() - (time.monotonic() - sample.at)
        ).astimezone()
        asked = f" · {taken:%H:%M:%S}, asked in {sample.took_ms:.0f} ms"
        parts.append((asked, "$text-muted"))
    return Content.assemble(*parts)


def number_line(sample: ServerSample) -> Content:
    """Return how many connections there are, and what they do."""
    used, most = sample.connections, sample.server.max_connections
    full = sample.connections_share >= FULL_SHARE
    (cells,) = bar([used], most, _BAR)
    idle = sum(each.is_idle for each in sample.clients)
    parts: list[str | tuple[str, str]] = [
        "connections ",
        ("━" * cells, "$text-error" if full else "$text-primary"),
        ("─" * (_BAR - cells), "$text-muted"),
        f" {used}/{most} {sample.connections_share:.0%}  ",
    ]
    # A narrow screen cuts what comes last.
    waiting = f"waiting {sample.waiting}"
    parts.append((waiting, "bold $text-error") if sample.waiting else waiting)
    parts.append(f"  idle in tx {sample.idle_in_transaction}")
    if sample.longest_transaction_s:
        parts.append(f"  oldest {age(sample.longest_transaction_s)}")
    parts.append(f"  active {sample.active}  idle {idle}")
    return Content.assemble(*parts)


def warnings(sample: ServerSample) -> Iterator[str]:
    """Yield what needs a look, the worst first."""
    roots = [waiter for waiter in blocking_tree(sample.backends) if not waiter.depth]
    for root in roots[:2]:
        who = _who(root.backend) if root.backend else "a prepared transaction"
        does = root.backend.state if root.backend and root.backend.state else "it"
        yield f"pid {root.pid} ({who}), {does}, holds up {root.holds_up}"
    held = {root.pid for root in roots[:2]}
    stuck = [
        b
        for b in sample.backends
        if b.in_idle_transaction
        and (b.state_s or 0) >= IDLE_IN_TRANSACTION_S
        and b.pid not in held
    ]
    if stuck:
        worst = max(stuck, key=lambda b: b.state_s or 0)
        more = f" and {len(stuck) - 1} more" if len(stuck) > 1 else ""
        yield (
            f"pid {worst.pid} ({_who(worst)}) idle in transaction for"
            f" {age(worst.state_s)}{more}"
        )
    old = [b for b in sample.clients if (b.transaction_s or 0) >= OLD_TRANSACTION_S]
    if old:
        worst = max(old, key=lambda b: b.transaction_s or 0)
        if worst not in stuck and worst.pid not in held:
            yield (
                f"transaction of pid {worst.pid} ({_who(worst)}) open for"
                f" {age(worst.transaction_s)}: it keeps VACUUM from cleaning up"
            )
    if sample.connections_share >= FULL_SHARE:
        yield (
            f"connections nearly used up: {sample.connections} of"
            f" {sample.server.max_connections}"
        )
    yield from replication_warnings(sample)
    if not sample.server.sees_all:
        yield (
            "other roles' states and queries are hidden: GRANT pg_read_all_stats TO"
            f" {sample.server.user}"
        )
    if sample.is_cut:
        yield f"only {len(sample.backends):,} backends are shown"
    yield from sample.problems.values()


def _who(backend: Backend) -> str:
    return backend.application or backend.user or backend.kind


def warning_line(sample: ServerSample) -> Content:
    """Return the warnings on one line, or that there are none."""
    found = [safe(each, ERROR_LIMIT) for each in warnings(sample)]
    if not found:
        return Content.styled("nothing waits, no transaction is old", "$text-muted")
    return Content.styled("▲ " + "  ▲ ".join(found), "$text-warning")


def error_lines(error: PoolError, *, since: float | None) -> tuple[Content, Content]:
    """Return why there is no new sample, and what may be done about it.

    Args:
        error: What the attempt ended with.
        since: When the last sample was taken, in monotonic seconds.
    """
    cause: PoolError = error
    if isinstance(error, CircuitOpen) and error.cause is not None:
        cause = error.cause
    for_long = f" for {age(time.monotonic() - since)}" if since is not None else ""
    said = f"× no sample{for_long}: {safe(cause.message, ERROR_LIMIT)}"
    hint = "r tries again now"
    if cause.hint:
        hint += f" · {safe(cause.hint, ERROR_LIMIT)}"
    return (
        Content.styled(said, "bold $text-error"),
        Content.styled(hint, "$text-warning"),
    )
