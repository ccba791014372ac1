"""A plan as frozen nodes: what the server says of each, and what follows from it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

Raw = Mapping[str, Any]

WRONG_FACTOR = 10.0
"""Estimate and actual rows this many times apart are marked."""
_MUCH_REMOVED, _REMOVED_FACTOR = 1_000, 10


@dataclass(frozen=True, slots=True)
class Blocks:
    """Blocks of 8 kB: found in memory, read, made dirty, written."""

    hit: int = 0
    read: int = 0
    dirtied: int = 0
    written: int = 0

    def __bool__(self) -> bool:
        return bool(self.hit or self.read or self.dirtied or self.written)


@dataclass(frozen=True, slots=True)
class Buffers:
    """What a node and all below it did with blocks, and the time that took in ms."""

    shared: Blocks = Blocks()
    local: Blocks = Blocks()
    temp: Blocks = Blocks()
    read_ms: float = 0.0
    write_ms: float = 0.0


@dataclass(frozen=True, slots=True)
class SpaceUsed:
    """Where a sort was made, or a hash table kept.

    Attributes:
        method: The sort's method; empty for a hash table.
        kb: Its size.
        on_disk: It did not fit into work_mem.
        batches: The hash table's; more than one went through the disk.
    """

    method: str
    kb: int
    on_disk: bool
    batches: int = 1


@dataclass(frozen=True, slots=True)
class PlanNode:
    """One node. Times are in ms; None where they were not measured.

    Attributes:
        number: Its place in `Plan.nodes`, which is that of the tree read downwards.
        parent: The number of the node above it.
        children: The numbers of the nodes right below it.
        depth: 0 for the root.
        kind: The server's ``Node Type``.
        title: What EXPLAIN calls it, such as ``Parallel Hash Left Join``.
        target: What it works on, such as ``using i on public.t x``.
        subplan: The name of the InitPlan, SubPlan or CTE that begins here.
        rows_planned: Estimated rows of one loop.
        rows: Actual rows of one loop, as the server averaged them.
        loops: How often it ran, in all processes together; 0 is never.
        inclusive_ms: The time that passed in it and in all below it.
        exclusive_ms: The time that passed in it alone.
        own_cost: Its cost without that of the nodes below it.
        share: Its part of the whole plan's time, or cost, 0 to 1.
        factor: How many times apart estimated and actual rows are, 1 or more.
        stopped_early: A Limit above it needed no more rows, so fewer than estimated
            tell nothing.
        conditions: Filters and conditions by their names.
        removed: Rows removed, in all loops, by the name of what removed them.
        space: A sort's or hash table's.
        workers_planned: Parallel workers wanted; None where there are none.
        workers_launched: Parallel workers that were to be had.
    """

    number: int
    parent: int | None
    children: tuple[int, ...]
    depth: int
    kind: str
    title: str
    target: str
    subplan: str
    startup_cost: float
    total_cost: float
    width: int
    rows_planned: float
    rows: float | None
    loops: int | None
    inclusive_ms: float | None
    exclusive_ms: float | None
    own_cost: float
    share: float
    factor: float
    stopped_early: bool
    conditions: tuple[tuple[str, str], ...]
    removed: tuple[tuple[str, float], ...]
    buffers: Buffers | None
    space: SpaceUsed | None
    workers_planned: int | None
    workers_launched: int | None
    raw: Raw = field(repr=False)
    """All that the server said about it."""

    @property
    def never_executed(self) -> bool:
        """It was planned and never needed."""
        return self.loops == 0

    @property
    def all_rows(self) -> float | None:
        """Actual rows of all loops."""
        if self.rows is None or self.loops is None:
            return None
        return self.rows * self.loops

    @property
    def all_rows_planned(self) -> float:
        """Estimated rows of as many loops as there were."""
        return self.rows_planned * max(self.loops or 1, 1)

    @property
    def misestimated(self) -> bool:
        """Estimate and actual rows are far apart, and that means something."""
        return self.factor >= WRONG_FACTOR and not self.stopped_early

    @property
    def underestimated(self) -> bool:
        """More rows came than were planned."""
        return self.rows is not None and self.rows > self.rows_planned

    @property
    def missing_workers(self) -> bool:
        """Fewer workers were launched than planned."""
        launched = self.workers_launched
        return launched is not None and launched < (self.workers_planned or 0)

    @property
    def removes_most(self) -> bool:
        """It threw away far more rows than it kept."""
        removed = sum(count for _, count in self.removed)
        kept = self.all_rows or 0
        return removed >= max(_MUCH_REMOVED, kept * _REMOVED_FACTOR)


@dataclass(frozen=True, slots=True)
class Trigger:
    """A trigger that fired, or a constraint's."""

    name: str
    relation: str
    calls: int
    ms: float


@dataclass(frozen=True, slots=True)
class Plan:
    """A whole plan.

    Attributes:
        nodes: The root first, each before the nodes below it.
        text: The server's JSON.
        analyzed: The statement was run.
        timed: The nodes' times are known.
        jit_ms: The time of just-in-time compilation; None without any.
        slowest: The numbers from the root to the node that took longest by itself
            (that costs most, where nothing was run).
    """

    nodes: tuple[PlanNode, ...]
    text: str = field(repr=False)
    analyzed: bool
    timed: bool
    planning_ms: float | None
    execution_ms: float | None
    triggers: tuple[Trigger, ...]
    jit_functions: int
    jit_ms: float | None
    settings: tuple[tuple[str, str], ...]
    slowest: tuple[int, ...]
    raw: Raw = field(repr=False)

    @property
    def root(self) -> PlanNode:
        """The node that gives the statement's rows."""
        return self.nodes[0]
