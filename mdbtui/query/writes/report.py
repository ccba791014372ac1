"""What was committed where, in words."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

from mdbtui.query.fanout_outcome import Outcome, causes
from mdbtui.query.writes.end import End

if TYPE_CHECKING:
    from collections.abc import Iterable


def became(outcome: Outcome) -> str:
    """Say in words what became of one database's transaction: ``committed, UPDATE 3``.

    What was done but did not last is said as that.
    """
    words = str(outcome.end)
    if outcome.tag:
        lasts = outcome.end is End.COMMITTED
        words += f", {outcome.tag}" if lasts else f" ({outcome.tag})"
    return f"{words} as {outcome.gid}" if outcome.gid else words


_TROUBLE = (End.IN_DOUBT, End.PREPARED, End.FAILED, End.ROLLED_BACK, End.NOT_STARTED)


def summary(outcomes: Iterable[Outcome], elapsed_ms: float) -> str:
    """Say in words what became of the transactions, or how far they are.

    As in ``3 of 5 committed, 1 rolled back (1 duplicate key), 1 not started; 3.2 s``.
    """
    outcomes = tuple(outcomes)
    over = [each for each in outcomes if each.state.over]
    counts = Counter(each.end for each in over)
    parts = [f"{counts[End.COMMITTED]} of {len(outcomes)} committed"]
    for end in _TROUBLE:
        if counts[end]:
            failed = [o for o in over if o.end is end and o.blamed]
            words = f" ({causes(failed)})" if failed else ""
            parts.append(f"{counts[end]} {end}{words}")
    if under_way := len(outcomes) - len(over):
        parts.append(f"{under_way} under way")
    return f"{', '.join(parts)}; {elapsed_ms / 1000:.1f} s"
