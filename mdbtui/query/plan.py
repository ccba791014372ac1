"""EXPLAIN's JSON as frozen nodes, with what a reader of a plan wants to know.

The server gives averages over loops and, below a Gather, over processes. Here each
node has the time that passed because of it: with all below it (inclusive) and alone
(exclusive). The exclusive times of all nodes sum to the root's time, so their shares
can be compared. Where nothing was run, the planner's cost takes the place of time.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from mdbtui.query.plan_nodes import Blocks, Buffers, Plan, PlanNode, SpaceUsed, Trigger
from mdbtui.query.plan_text import target, title
from mdbtui.query.plan_times import inclusive_ms, own_costs, own_times

__all__ = ["Plan", "PlanError", "PlanNode", "parse_plan"]

Raw = Mapping[str, Any]

_CONDITIONS = (
    "Index Cond",
    "Recheck Cond",
    "Hash Cond",
    "Merge Cond",
    "TID Cond",
    "Join Filter",
    "Filter",
    "One-Time Filter",
    "Order By",
)
# What has read all of its input before it gives a row: a Limit above stops nothing
# below.
_READS_ALL = frozenset({"Sort", "Hash", "Aggregate", "Incremental Sort", "ModifyTable"})


class PlanError(ValueError):
    """The text isn't a plan as the server writes it."""


def parse_plan(text: str) -> Plan:
    """Read what ``EXPLAIN (FORMAT JSON)`` gave, of PostgreSQL 12 and later.

    Raises:
        PlanError: It is no such text, or nested too deep to be read.
    """
    try:
        found = json.loads(text)
        raw = found[0] if isinstance(found, list) else found
        return _plan(raw, text)
    except RecursionError as exc:
        raise PlanError("the plan is nested too deep to be drawn") from exc
    except (ValueError, KeyError, TypeError, AttributeError, IndexError) as exc:
        raise PlanError("the server sent no plan") from exc


def _plan(raw: Raw, text: str) -> Plan:
    flat = list(_flatten(raw["Plan"]))
    times = inclusive_ms(flat)
    own = own_times(flat, times)
    costs = own_costs(flat)
    timed = bool(own)
    # What takes its time outside of the nodes is no node's share.
    whole = times[0] if timed else sum(costs)
    weights = own if timed else costs
    nodes: list[PlanNode] = []
    for number, (node, parent, children, depth) in enumerate(flat):
        above = nodes[parent] if parent is not None else None
        nodes.append(
            PlanNode(
                number=number,
                parent=parent,
                children=tuple(children),
                depth=depth,
                inclusive_ms=times[number] if timed else None,
                exclusive_ms=own[number] if timed else None,
                own_cost=costs[number],
                share=min(1.0, weights[number] / whole) if whole else 0.0,
                stopped_early=_stopped_early(node, above),
                **_facts(node),
            )
        )
    jit = raw.get("JIT") or {}
    jit_total = jit.get("Timing", {}).get("Total")
    return Plan(
        nodes=tuple(nodes),
        text=text,
        analyzed="Actual Loops" in raw["Plan"],
        timed=timed,
        planning_ms=raw.get("Planning Time"),
        execution_ms=raw.get("Execution Time"),
        triggers=tuple(_trigger(each) for each in raw.get("Triggers", ())),
        jit_functions=int(jit.get("Functions", 0)),
        jit_ms=float(jit_total) if jit_total is not None else None,
        settings=tuple((k, str(v)) for k, v in raw.get("Settings", {}).items()),
        slowest=_slowest(nodes, weights),
        raw=raw,
    )


Flat = tuple[Raw, int | None, list[int], int]
"""A node, its parent's number, its children's, its depth."""


def _flatten(root: Raw) -> Iterator[Flat]:
    count = 0
    waiting: list[tuple[Raw, int | None, list[int] | None, int]] = [
        (root, None, None, 0)
    ]
    while waiting:
        node, parent, siblings, depth = waiting.pop()
        if siblings is not None:
            siblings.append(count)
        children: list[int] = []
        below = reversed(node.get("Plans", ()))
        waiting += [(child, count, children, depth + 1) for child in below]
        yield node, parent, children, depth
        count += 1


def _facts(node: Raw) -> dict[str, Any]:
    loops = node.get("Actual Loops")
    rows = node.get("Actual Rows")
    planned = float(node["Plan Rows"])
    return {
        "raw": node,
        "kind": str(node["Node Type"]),
        "title": title(node),
        "target": target(node),
        "subplan": str(node.get("Subplan Name", "")),
        "startup_cost": float(node["Startup Cost"]),
        "total_cost": float(node["Total Cost"]),
        "width": int(node.get("Plan Width", 0)),
        "rows_planned": planned,
        "rows": float(rows) if rows is not None else None,
        "loops": int(loops) if loops is not None else None,
        "factor": _factor(planned, rows if loops else None),
        "conditions": tuple(
            (name, _joined(node[name])) for name in _CONDITIONS if name in node
        ),
        "removed": tuple(
            (name.removeprefix("Rows Removed by "), count * (loops or 1))
            for name, count in node.items()
            if name.startswith("Rows Removed by ") and count
        ),
        "buffers": buffers(node),
        "space": _space(node),
        "workers_planned": node.get("Workers Planned"),
        "workers_launched": node.get("Workers Launched"),
    }


def _joined(value: object) -> str:
    if isinstance(value, list):
        return ", ".join(map(str, value))
    return str(value)


def _factor(planned: float, actual: float | None) -> float:
    """How many times apart two numbers of rows are.

    The average of many loops is below one row without being worth a word, and before
    PostgreSQL 18 it was rounded.
    """
    if actual is None:
        return 1.0
    low, high = sorted((max(planned, 1.0), max(float(actual), 1.0)))
    return high / low


def _stopped_early(node: Raw, above: PlanNode | None) -> bool:
    if above is None or node.get("Parent Relationship") in ("InitPlan", "SubPlan"):
        return False
    fewer = node.get("Actual Rows", 0) < node["Plan Rows"]
    return fewer and (
        above.kind == "Limit" or (above.stopped_early and above.kind not in _READS_ALL)
    )


def buffers(raw: Raw) -> Buffers | None:
    """Return what was done with blocks, or None where that was not asked for."""
    if "Shared Hit Blocks" not in raw:
        return None

    def blocks(kind: str) -> Blocks:
        names = ("Hit", "Read", "Dirtied", "Written")
        return Blocks(*(int(raw.get(f"{kind} {name} Blocks", 0)) for name in names))

    def io(what: str) -> float:
        names = (
            f"{kind}I/O {what} Time" for kind in ("", "Shared ", "Local ", "Temp ")
        )
        return float(sum(raw.get(name, 0.0) for name in names))

    return Buffers(
        blocks("Shared"), blocks("Local"), blocks("Temp"), io("Read"), io("Write")
    )


def _space(node: Raw) -> SpaceUsed | None:
    if "Sort Space Used" in node:
        return SpaceUsed(
            str(node.get("Sort Method", "")),
            int(node["Sort Space Used"]),
            node.get("Sort Space Type") == "Disk",
        )
    batches = int(node.get("Hash Batches", node.get("HashAgg Batches", 0)))
    if batches or "Disk Usage" in node:
        spilled = batches > 1 or node.get("Disk Usage", 0) > 0
        size = node.get("Peak Memory Usage", 0)
        return SpaceUsed("", int(size), spilled, max(batches, 1))
    groups = node.get("Full-sort Groups")
    if groups:
        disk = groups.get("Sort Space Disk")
        used = disk or groups.get("Sort Space Memory", {})
        method = _joined(groups.get("Sort Methods Used", ""))
        return SpaceUsed(method, int(used.get("Peak Sort Space Used", 0)), bool(disk))
    return None


def _trigger(raw: Raw) -> Trigger:
    return Trigger(
        str(raw.get("Trigger Name") or raw.get("Constraint Name") or ""),
        str(raw.get("Relation", "")),
        int(raw.get("Calls", 0)),
        float(raw.get("Time", 0.0)),
    )


def _slowest(nodes: Sequence[PlanNode], weights: Sequence[float]) -> tuple[int, ...]:
    at: int | None = max(range(len(nodes)), key=weights.__getitem__)
    path: list[int] = []
    while at is not None:
        path.append(at)
        at = nodes[at].parent
    return tuple(reversed(path))
