"""What is asked before backends are cancelled or ended, and what is said after it."""

from __future__ import annotations

from collections.abc import Sequence

from mdbtui.monitor.models import Backend, ServerSample
from mdbtui.monitor.signals import Outcome, Signal, SignalResult
from mdbtui.monitor.tree import blocking_tree
from mdbtui.ui.widgets.server_views import age, one_line

NAMED = 5
"""So many backends are named in full."""
_QUERY_CHARS, _NAME_CHARS = 90, 24

_SAID = {
    Outcome.GONE: "had ended before",
    Outcome.ANOTHER: "another process has its pid now: nothing was sent",
    Outcome.MOVED_ON: "runs another statement by now: nothing was cancelled",
    Outcome.NOT_SENT: "the server could not send it; see its log",
}


def question(
    signal: Signal, backends: Sequence[Backend], sample: ServerSample
) -> tuple[str, str, str]:
    """Return title, text and button of what is asked first."""
    one = len(backends) == 1
    count = "this" if one else f"these {len(backends)}"
    lines = [_named(backend) for backend in backends[:NAMED]]
    if len(backends) > NAMED:
        lines.append(f"and {len(backends) - NAMED} more")
    if one:
        tree = blocking_tree(sample.backends)
        held = (w.holds_up for w in tree if w.pid == backends[0].pid and w.holds_up)
        lines += [f"It holds up {count}." for count in held]
    if any(b.pid == sample.server.own_pid for b in backends):
        lines.append("That is the monitor's own connection.")
    if signal is Signal.CANCEL:
        title = f"Cancel {count} {'query' if one else 'queries'}?"
        lines.append("The statement fails; the session stays.")
        idle = sum(b.state != "active" and not b.hidden for b in backends)
        if idle:
            what = "It runs" if one else f"{idle} of them run"
            lines.append(f"{what} nothing now: only terminating ends a transaction.")
        return title, "\n".join(lines), "Cancel the query" if one else "Cancel them"
    title = f"End {count} session{'' if one else 's'}?"
    lines.append("What is open in a transaction is rolled back.")
    other = [b.kind for b in backends if not b.is_client]
    if other:
        lines.append(f"No client's: {', '.join(dict.fromkeys(other))}.")
    return title, "\n".join(lines), "Terminate"


def _named(backend: Backend) -> str:
    who = backend.user[:_NAME_CHARS] or backend.kind
    app = f" ({backend.application[:_NAME_CHARS]})" if backend.application else ""
    app += f", held here by {backend.holder[:_NAME_CHARS]}" if backend.holder else ""
    state = f", {backend.state}" if backend.state else ""
    since = f" for {age(backend.state_s)}" if backend.state_s is not None else ""
    query = "no permission" if backend.hidden else one_line(backend.query)
    return f"pid {backend.pid} · {who}{app}{state}{since}\n  {query[:_QUERY_CHARS]}"


def results_text(signal: Signal, results: Sequence[SignalResult]) -> tuple[str, bool]:
    """Return what became of each, and whether all were sent."""
    done = "cancelled" if signal is Signal.CANCEL else "told to end"
    lines = []
    for result in results:
        said = done if result.outcome is Outcome.SENT else _SAID.get(result.outcome)
        lines.append(f"pid {result.backend.pid}: {said or result.error}")
    return "\n".join(lines), all(r.outcome is Outcome.SENT for r in results)
