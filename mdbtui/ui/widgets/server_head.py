"""What is said of a server as a whole, above the views: numbers, and what is wrong."""

from __future__ import annotations

import time
from collections.abc import Iterator
from datetime import datetime
from typing import TYPE_CHECKING

from textual.content import Content

from mdbtui.monitor.models import Backend, ServerSample
from mdbtui.monitor.tree import blocking_tree
from mdbtui.pool import CircuitOpen, PoolError, QueryTimeout
from mdbtui.ui.safe import safe
from mdbtui.ui.widgets.charts import bar
from mdbtui.ui.widgets.server_replication import replication_warnings
from mdbtui.ui.widgets.server_views import (
    IDLE_IN_TRANSACTION_S,
    OLD_TRANSACTION_S,
    age,
)

if TYPE_CHECKING:
    from mdbtui.monitor import Watch

FULL_SHARE = 0.85
SLOW_S = 2.0
"""An answer that takes longer is worth a word."""
NAME_LIMIT, ERROR_LIMIT = 40, 300
_BAR = 12


def head(name: str, watch: Watch, *, paused: bool) -> tuple[Content, Content, Content]:
    """Return the three lines about a server: what it is, its numbers, its warnings.

    Args:
        name: The database's.
        watch: Has the last sample, or why there is none.
        paused: No samples are wanted.
    """
    sample, error = watch.sample, watch.error
    title = title_line(
        name,
        sample,
        interval=watch.interval,
        paused=paused,
        asking_s=watch.asking_s,
        failed=error is not None,
    )
    if error is not None:
        said, hint = error_lines(error, since=sample.at if sample is not None else None)
        return title, said, hint
    if sample is None:
        waits = "no answer yet: asking the server …"
        return title, Content.styled(waits, "$text-muted"), Content()
    return title, number_line(sample), warning_line(sample)


def title_line(
    name: str,
    sample: ServerSample | None,
    *,
    interval: float,
    paused: bool,
    asking_s: float = 0.0,
    failed: bool = False,
) -> Content:
    """Return what is looked at, and how often.

    Args:
        name: The database's.
        sample: The last one.
        interval: Seconds between two.
        paused: None are wanted.
        asking_s: For how long the server has been asked.
        failed: The last attempt gave none.
    """
    parts: list[str | tuple[str, str]] = [(safe(name, NAME_LIMIT), "bold")]
    if sample is not None:
        server = sample.server
        role = " standby" if sample.in_recovery else ""
        version = safe(server.version, 20)
        parts.append(f" · PostgreSQL {version}{role}")
        if not failed and asking_s < SLOW_S:  # else nobody knows that it is up
            parts.append(f" · up {age(time.time() - server.started_at)}")
    if paused:
        parts.append((" · PAUSED: p goes on", "bold $text-warning"))
    elif asking_s >= SLOW_S:
        waits = f" · no answer for {age(asking_s)}"
        parts.append((waits, "bold $text-warning"))
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
    message, try_this = cause.message, cause.hint
    if isinstance(cause, QueryTimeout):
        message = "the server does not answer"
        try_this = "it hangs or is overloaded, or the network is cut"
    said = f"× no sample{for_long}: {safe(message, ERROR_LIMIT)}"
    hint = "r tries again now"
    if try_this:
        hint += f" · {safe(try_this, ERROR_LIMIT)}"
    return (
        Content.styled(said, "bold $text-error"),
        Content.styled(hint, "$text-warning"),
    )
