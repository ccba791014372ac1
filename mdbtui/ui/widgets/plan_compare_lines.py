"""Two plans side by side, as lines."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from rich.cells import set_cell_size

from mdbtui.query.plan import Plan, PlanNode
from mdbtui.query.plan_compare import Pair, compare
from mdbtui.ui.safe import safe
from mdbtui.ui.widgets.charts import short_count, short_ms
from mdbtui.ui.widgets.grid_values import Piece
from mdbtui.ui.widgets.plan_lines import ms

_MUCH = 1.25
"""Times more or less from which on a difference is marked."""
_TRIFLE = 0.01
"""The part of the whole below which a node's difference is not worth a mark."""


class CompareLines:
    """The totals of two plans, then their nodes in pairs.

    Args:
        left: The plan before.
        right: The plan now.
    """

    def __init__(self, left: Plan, right: Plan) -> None:
        self.width = 80
        self._left, self._right = left, right
        self._timed = left.timed and right.timed
        self._pairs = compare(left, right)
        self._totals = list(_totals(left, right))

    @property
    def count(self) -> int:
        return len(self._totals) + 2 + len(self._pairs)

    def line(self, number: int) -> Sequence[Piece]:
        if number < len(self._totals):
            name, before, now, factor = self._totals[number]
            texts = f"{name:<12}{before:>14}  {now:>14}  "
            return [(texts, "text"), _change(factor)]
        number -= len(self._totals)
        if number == 0:
            return []
        if number == 1:
            what = "own time" if self._timed else "own cost"
            half = self._half
            head = f"{what:>6}  {'rows':>5} "
            return [
                (set_cell_size(f"{head} before", half), "faint"),
                (" │ ", "mark"),
                (set_cell_size(f"{head} now", half), "faint"),
            ]
        return self._pair(self._pairs[number - 2])

    @property
    def _half(self) -> int:
        return max((self.width - 10) // 2, 16)

    def _pair(self, pair: Pair) -> Sequence[Piece]:
        gap = "═" if pair.left and pair.right else "→"
        left, right = (
            self._side(pair.left, pair.depth),
            self._side(pair.right, pair.depth),
        )
        pieces: list[Piece] = [left, (f" {'│' if gap == '═' else '┊'} ", "mark"), right]
        if pair.left is None or pair.right is None:
            pieces.append((" + new" if pair.left is None else " - gone", "word"))
        else:
            pieces.append((" ", "text"))
            pieces.append(self._difference(pair.left, pair.right))
        return pieces

    def _difference(self, left: PlanNode, right: PlanNode) -> Piece:
        if max(left.share, right.share) < _TRIFLE:
            return _change(1.0)
        return _change(_times(self._own(left), self._own(right)))

    def _side(self, node: PlanNode | None, depth: int) -> Piece:
        if node is None:
            return " " * self._half, "text"
        form = short_ms if self._timed else short_count
        own = "–" if node.never_executed else form(self._own(node))
        rows = node.all_rows if node.all_rows is not None else node.all_rows_planned
        indent = " " * min(depth, self._half // 4)
        name = safe(f"{node.subplan} {node.title} {node.target}".strip(), 200)
        text = f"{own:>6} {short_count(rows):>6}  {indent}{name}"
        return set_cell_size(text, self._half), "text"

    def _own(self, node: PlanNode) -> float:
        if self._timed:
            return node.exclusive_ms or 0.0
        return node.own_cost


def _totals(left: Plan, right: Plan) -> Iterator[tuple[str, str, str, float | None]]:
    yield "", "before", "now", None
    for name, before, now in (
        ("execution", left.execution_ms, right.execution_ms),
        ("planning", left.planning_ms, right.planning_ms),
        ("JIT", left.jit_ms, right.jit_ms),
    ):
        if before is None and now is None:
            continue
        factor = _times(before, now) if before is not None and now is not None else None
        yield name, _said(before), _said(now), factor
    cost, cost_now = left.root.total_cost, right.root.total_cost
    yield "cost", f"{cost:,.2f}", f"{cost_now:,.2f}", _times(cost, cost_now)
    for name, kind, which in (
        ("blocks hit", "shared", "hit"),
        ("blocks read", "shared", "read"),
        ("temp written", "temp", "written"),
    ):
        counts = []
        for plan in (left, right):
            used = plan.root.buffers
            counts.append(getattr(getattr(used, kind), which) if used else None)
        if counts[0] is not None and counts[1] is not None and any(counts):
            yield name, f"{counts[0]:,}", f"{counts[1]:,}", _times(*counts)


def _said(value: float | None) -> str:
    return "–" if value is None else ms(value)


def _times(before: float | None, now: float | None) -> float | None:
    if not before or not now:
        return None
    return now / before


def _change(factor: float | None) -> Piece:
    if factor is None:
        return "", "text"
    if factor >= _MUCH:
        return f"▲ {short_count(factor)}×", "bad"
    if factor <= 1 / _MUCH:
        return f"▼ ÷{short_count(1 / factor)}", "string"
    return "≈", "faint"
