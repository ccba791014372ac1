"""From a plan's averages to the time that passed because of each node."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

Raw = Mapping[str, Any]
Flat = tuple[Raw, int | None, list[int], int]

_RETURNS = re.compile(r"\$\d+")


def inclusive_ms(flat: Sequence[Flat]) -> list[float]:
    """Return each node's time with all below it; empty if none was measured.

    A node's time is an average over loops. Below a Gather several processes ran at
    once, so what passed is their loops' time divided by their number.
    """
    if "Actual Total Time" not in flat[0][0]:
        return []
    processes = [1.0] * len(flat)
    times = []
    for number, (node, parent, _, _) in enumerate(flat):
        if parent is not None:
            processes[number] = processes[parent] * _at_once(node, flat[parent][0])
        loops = node.get("Actual Loops", 0)
        times.append(node.get("Actual Total Time", 0.0) * loops / processes[number])
    return times


def _at_once(node: Raw, above: Raw) -> float:
    if (
        not above["Node Type"].startswith("Gather")
        or node.get("Parent Relationship") != "Outer"
    ):
        return 1.0
    # As many as took part, whatever was planned; the leader may be one of them.
    runs = above.get("Actual Loops", 0)
    return max(1.0, node.get("Actual Loops", 0) / runs) if runs else 1.0


def own_times(flat: Sequence[Flat], times: Sequence[float]) -> list[float]:
    """Return each node's time without what it waited for; empty without times.

    What waits for an InitPlan or a CTE is not the node that it hangs below, but the
    one that first asks for its value.
    """
    if not times:
        return []
    own = list(times)
    called: list[int] = []
    for number, (node, parent, _, _) in enumerate(flat):
        if parent is None:
            continue
        if node.get("Parent Relationship") == "InitPlan":
            called.append(number)
        else:
            own[parent] -= times[number]
    # An inner one is taken off its caller first: that may be within an outer one.
    for number in reversed(called):
        rest = times[number]
        for caller in _callers(flat, number):
            taken = min(rest, max(own[caller], 0.0))
            own[caller] -= taken
            rest -= taken
            if rest <= 0:
                break
    # The averages are rounded to a microsecond, which many loops multiply.
    return [max(0.0, ms) for ms in own]


def own_costs(flat: Sequence[Flat]) -> list[float]:
    """Return each node's cost without that of the nodes below it."""
    costs = [float(node["Total Cost"]) for node, *_ in flat]
    for node, parent, _, _ in flat:
        if parent is not None:
            costs[parent] -= float(node["Total Cost"])
    return [max(0.0, cost) for cost in costs]


def _callers(flat: Sequence[Flat], number: int) -> list[int]:
    """Return the nodes that may have waited for an InitPlan, the likeliest first."""
    node, parent, _, _ = flat[number]
    assert parent is not None
    name = str(node.get("Subplan Name", ""))
    inside = set(_subtree(flat, number))
    around = [i for i in _subtree(flat, parent) if i not in inside]
    if name.startswith("CTE "):
        cte = name.removeprefix("CTE ")
        found = [i for i in around if flat[i][0].get("CTE Name") == cte]
        return [*found, parent]
    marks = _RETURNS.findall(name) or [f"({name.partition(' (')[0]})"]
    # Its value is passed on upwards, so the deepest that names it has asked for it.
    found = [i for i in around if _names(flat[i][0], marks)]
    found.sort(key=lambda i: -flat[i][3])
    return [*(_asked_first(flat, i, parent) for i in found), parent]


def _asked_first(flat: Sequence[Flat], caller: int, top: int) -> int:
    """Return the highest Gather above a caller: it asks before its workers start."""
    first = caller
    at: int | None = caller
    while at is not None and at >= top:
        if flat[at][0]["Node Type"].startswith("Gather"):
            first = at
        at = flat[at][1]
    return first


def _names(node: Raw, marks: Iterable[str]) -> bool:
    texts = [
        str(value)
        for name, value in node.items()
        if name not in ("Plans", "Subplan Name") and isinstance(value, str | list)
    ]
    return any(
        re.search(re.escape(mark) + r"(?!\d)", text) for text in texts for mark in marks
    )


def _subtree(flat: Sequence[Flat], top: int) -> range:
    """Return the numbers of a node and all below it, which stand in one row."""
    depth = flat[top][3]
    end = top + 1
    while end < len(flat) and flat[end][3] > depth:
        end += 1
    return range(top, end)
