"""What a pool's numbers mean and what to try: pure functions, with the arithmetic.

::

    case = Case.of(pools.detail(db_id), pools.history(db_id))
    for advice in advise(case):
        print(advice.level.value, advice.title, advice.because, *advice.attempts)
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from datetime import timedelta

from mdbtui.pool.advice import connecting, lending
from mdbtui.pool.advice.case import Advice, Case, Level, clock
from mdbtui.pool.durations import duration
from mdbtui.pool.eventlog import words
from mdbtui.pool.events import LeaseEnded, PoolClosed, PoolDrained, PoolResized

__all__ = ["Advice", "Case", "Level", "advise"]

_AT_ONCE = timedelta(seconds=15)
"""A change so near to the end of the trouble is told with it."""

Rule = Callable[[Case], Iterator[Advice]]

_NOW: tuple[Rule, ...] = (
    connecting.parked,
    connecting.unreachable,
    lending.locked,
    lending.leaks,
    lending.too_small,
    connecting.slots,
    connecting.where_time_goes,
)
_LATELY: tuple[Rule, ...] = (
    lending.timeouts,
    lending.slow_acquires,
    connecting.losses,
)
_FOLLOWS_FROM_FLAPPING = (
    connecting.unreachable,
    connecting.losses,
    lending.slow_acquires,
)
_MENDED_BY = (PoolResized, LeaseEnded, PoolDrained, PoolClosed)


def advise(case: Case) -> tuple[Advice, ...]:
    """Return what is wrong with a pool and what to try, the worst first.

    What was wrong, and is over, is said with since when.
    """
    flaps = list(connecting.flapping(case))
    follows = _FOLLOWS_FROM_FLAPPING if flaps else ()
    found = [*flaps, *_said(_NOW, case, follows)]
    lately = _said(_LATELY, case, follows)
    is_over = case.is_over and not any(each.level is Level.BAD for each in flaps)
    if is_over or case.stats.aside:
        lately = [
            replace(each, level=Level.HINT, title=f"earlier: {each.title}")
            for each in lately
        ]
        if is_over and not flaps:
            found.append(_over(case))
    order = tuple(Level)
    # Of the same level, what says why comes before what follows from it.
    return tuple(sorted(found + lately, key=lambda each: order.index(each.level)))


def _said(rules: Sequence[Rule], case: Case, without: Sequence[Rule]) -> list[Advice]:
    return [advice for rule in rules if rule not in without for advice in rule(case)]


def _over(case: Case) -> Advice:
    stats, since = case.stats, case.calm_since
    assert since is not None
    changes = [
        e.event
        for e in case.events
        if isinstance(e.event, _MENDED_BY) and abs(e.event.at - since) <= _AT_ONCE
    ]
    last = f"; {words(changes[-1])} at {clock(changes[-1].at)}" if changes else ""
    calm = duration((case.now - since).total_seconds())
    return Advice(
        Level.OVER,
        f"calm since {clock(since)}, for {calm}",
        f"nobody waits and nothing fails; {stats.in_use} of {stats.max_size} in use"
        + last,
    )
