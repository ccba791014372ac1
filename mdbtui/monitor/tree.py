"""Who waits for whom, as a tree: the ones that hold everybody up are its roots."""

from __future__ import annotations

from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass

from mdbtui.monitor.models import Backend

PREPARED = 0
"""The pid that stands for a prepared transaction, which has no backend."""


@dataclass(frozen=True)
class Waiter:
    """A place in the tree.

    Attributes:
        pid: The backend's; `PREPARED` for a prepared transaction.
        backend: None where there is none (any more).
        depth: 0 for a root.
        lasts: For each depth below the root's, whether no sibling follows there.
        holds_up: How many wait for it, directly or not.
        in_cycle: It waits for one that waits for it: the server will find a deadlock.
    """

    pid: int
    backend: Backend | None
    depth: int
    lasts: tuple[bool, ...]
    holds_up: int
    in_cycle: bool = False


def blocking_tree(backends: Sequence[Backend]) -> list[Waiter]:
    """Return all that wait or are waited for, each once, in the order to draw them.

    Who waits in a row of others is said to wait for all of them; it stands below the
    one that is nearest to a root. What holds up most comes first.
    """
    known = {each.pid: each for each in backends}
    waits_for = {each.pid: each.blocked_by for each in backends if each.blocked_by}
    blocked: dict[int, list[int]] = {}
    for pid, holders in waits_for.items():
        for holder in holders:
            blocked.setdefault(holder, []).append(pid)
    roots = sorted(pid for pid in blocked if pid not in waits_for)
    parents = _parents(roots, blocked)
    # Who is left waits in a circle, or for one in a circle.
    cycles = []
    for pid in sorted(waits_for):
        if pid not in parents:
            cycles.append(pid)
            parents |= _parents([pid], blocked, parents)
    below: dict[int, list[int]] = {}
    for pid, parent in parents.items():
        if parent is not None:
            below.setdefault(parent, []).append(pid)
    sizes = _sizes(parents, below)
    found: list[Waiter] = []
    first = sorted([*roots, *cycles], key=lambda pid: (-sizes[pid], pid))
    waiting: list[tuple[int, tuple[bool, ...]]] = [(pid, ()) for pid in first[::-1]]
    while waiting:
        pid, lasts = waiting.pop()
        found.append(
            Waiter(pid, known.get(pid), len(lasts), lasts, sizes[pid], pid in cycles)
        )
        # The last is put there first, so that the first is drawn first.
        children = sorted(below.get(pid, ()), key=lambda child: (sizes[child], -child))
        waiting += [
            (child, (*lasts, place == 0)) for place, child in enumerate(children)
        ]
    return found


def _parents(
    roots: Sequence[int],
    blocked: dict[int, list[int]],
    known: dict[int, int | None] | None = None,
) -> dict[int, int | None]:
    """Return whom each is drawn below, going out from the roots."""
    parents: dict[int, int | None] = dict.fromkeys(roots)
    seen = set(parents) | set(known or ())
    waiting = deque(roots)
    while waiting:
        holder = waiting.popleft()
        for pid in blocked.get(holder, ()):
            if pid not in seen:
                seen.add(pid)
                parents[pid] = holder
                waiting.append(pid)
    return parents


def _sizes(
    parents: dict[int, int | None], below: dict[int, list[int]]
) -> dict[int, int]:
    """Return how many stand below each."""
    sizes = dict.fromkeys(parents, 0)
    order: list[int] = [pid for pid, parent in parents.items() if parent is None]
    for pid in order:
        order.extend(below.get(pid, ()))
    for pid in reversed(order):
        sizes[pid] = sum(sizes[child] + 1 for child in below.get(pid, ()))
    return sizes
