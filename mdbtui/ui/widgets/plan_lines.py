"""A plan as lines: the tree with its numbers, what is said of a node, of the whole."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from rich.cells import cell_len

from mdbtui.query.plan import Plan, PlanNode
from mdbtui.query.plan_text import costs, property_lines
from mdbtui.ui.safe import safe
from mdbtui.ui.widgets.charts import short_count, short_ms
from mdbtui.ui.widgets.grid_values import Piece, wrap

WIDE, MEDIUM = 88, 60
"""Cells from which on a line has all columns, or the share as a number."""
_TEXT_LIMIT = 2_000
_EIGHTHS = " ▏▎▍▌▋▊▉█"


def bar(share: float, width: int) -> str:
    """Return a bar of so many cells; anything above 0 shows."""
    eighths = min(width * 8, max(round(share * width * 8), 1 if share > 0 else 0))
    full, rest = divmod(eighths, 8)
    return ("█" * full + (_EIGHTHS[rest] if rest else "")).ljust(width, "·")


def percent(share: float) -> str:
    """Return a share in at most four characters."""
    return "<1%" if 0 < share < 0.005 else f"{share:.0%}"


def apart(node: PlanNode) -> str:
    """Return how far estimate and actual are apart, as a mark; empty if near."""
    if not node.misestimated:
        return ""
    return f"{'▲' if node.underestimated else '▼'}{short_count(node.factor)}×"


def node_marks(node: PlanNode, plan: Plan) -> Iterator[tuple[str, str]]:
    """Yield what stands out about a node: a word or two, and the look they have."""
    if node.number == plan.slowest[-1]:
        yield ("◀ slowest" if plan.timed else "◀ costliest"), "slow"
    if node.never_executed:
        yield "never executed", "faint"
    if node.misestimated:
        more = "more" if node.underestimated else "fewer"
        yield f"{apart(node)} {more} rows", "bad"
    if node.space is not None and node.space.on_disk:
        yield "■ on disk", "bad"
    if node.missing_workers:
        yield f"■ {node.workers_launched} of {node.workers_planned} workers", "bad"
    if node.removes_most:
        yield "■ removes most", "bad"


class PlanLines:
    """The tree of a plan; nodes can be folded.

    A line has columns on the left and the tree on the right, so that a deep tree only
    loses its ends. The way to the slowest node is drawn with heavy lines.

    Args:
        plan: What is shown.
    """

    def __init__(self, plan: Plan) -> None:
        self.plan = plan
        self.width = WIDE
        self._path = frozenset(plan.slowest)
        self._folded: set[int] = set()
        self._visible = list(range(len(plan.nodes)))
        self._last = {n.children[-1] for n in plan.nodes if n.children}

    @property
    def count(self) -> int:
        return len(self._visible)

    def node(self, number: int) -> PlanNode:
        """Return the node that a line shows."""
        return self.plan.nodes[self._visible[number]]

    def line_of(self, node: int) -> int:
        """Return the line of a node; what it is folded away below is unfolded."""
        above = self.plan.nodes[node].parent
        while above is not None:
            self._folded.discard(above)
            above = self.plan.nodes[above].parent
        self._show()
        return self._visible.index(node)

    def is_folded(self, number: int) -> bool:
        """Whether the nodes below a line are hidden."""
        return self._visible[number] in self._folded

    def toggle(self, number: int) -> bool:
        """Fold or unfold; False when there is nothing below the line."""
        node = self.node(number)
        if not node.children:
            return False
        self._folded ^= {node.number}
        self._show()
        return True

    def _show(self) -> None:
        self._visible = []
        hidden_below: int | None = None
        for node in self.plan.nodes:
            if hidden_below is not None and node.depth > hidden_below:
                continue
            hidden_below = node.depth if node.number in self._folded else None
            self._visible.append(node.number)

    def heading(self) -> str:
        """Return the names of the columns."""
        own = "own" if self.plan.timed else "cost"
        rows = "rows est→act" if self.plan.analyzed else "rows est"
        if self.width < WIDE:
            share = f"{'share':9}" if self.width >= MEDIUM else " " * 4
            return f"{share} {own:>5} {rows[5:]:>9}  node"
        whole = "all" if self.plan.timed else "total"
        return f"{'share':13} {own:>6} {whole:>6} {rows:>13} {'loops':>5}    node"

    def line(self, number: int) -> Sequence[Piece]:
        node = self.node(number)
        wide = self.width >= WIDE
        timed = self.plan.timed
        idle = node.never_executed
        look = "slow" if node.number == self.plan.slowest[-1] else "number"
        look = "faint" if idle else look
        own, whole = node.own_cost, node.total_cost
        if timed:
            own, whole = node.exclusive_ms or 0.0, node.inclusive_ms or 0.0
        form = short_ms if timed else short_count
        said = "–" if idle else form(own)
        rows = self._rows(node)
        rows_look = "bad" if node.misestimated else "text"
        pieces: list[Piece] = [(bar(node.share, 8 if wide else 4), look)]
        if self.width >= MEDIUM:
            pieces.append((f" {percent(node.share):>4}", look))
        if wide:
            pieces.append((f" {said:>6} {'–' if idle else form(whole):>6} ", look))
            pieces.append((f"{rows:>13}", rows_look))
            loops = short_count(node.loops) if node.loops else ""
            pieces.append((f" {loops:>5} ", "faint"))
        else:
            pieces.append((f" {said:>5} ", look))
            pieces.append((f"{rows:>9}", rows_look))
        mark = " "
        if node.misestimated:
            mark = "▲" if node.underestimated else "▼"
        pieces.append((f"{mark} ", "bad"))
        used = sum(cell_len(text) for text, _ in pieces)
        return [*pieces, *self._tree(node, self.width - used)]

    def _rows(self, node: PlanNode) -> str:
        planned = short_count(node.all_rows_planned)
        if node.all_rows is None:
            return planned
        return f"{planned}→{'–' if node.never_executed else short_count(node.all_rows)}"

    def _tree(self, node: PlanNode, room: int) -> list[Piece]:
        pieces = self._guides(node, room // 2)
        sign = "· "
        if node.children:
            sign = "▸ " if node.number in self._folded else "▾ "
        pieces.append((sign, "mark"))
        if node.subplan:
            pieces.append((f"{safe(node.subplan, 40)}: ", "word"))
        idle = node.never_executed
        slow = node.number == self.plan.slowest[-1]
        look = "faint" if idle else "slow" if slow else "key"
        pieces.append((safe(node.title, 80), look))
        if room < WIDE // 2 and slow:
            # The word would be cut off behind a long name.
            pieces.append((" ◀ slowest" if self.plan.timed else " ◀ costliest", "slow"))
        if node.target:
            pieces.append((f" {safe(node.target, 200)}", "faint" if idle else "text"))
        for words, mark_look in node_marks(node, self.plan):
            if not (room < WIDE // 2 and mark_look == "slow"):
                pieces.append((f"  {words}", mark_look))
        return pieces

    def _guides(self, node: PlanNode, room: int) -> list[Piece]:
        """The lines from the root to a node; heavy where they lead to the slowest."""
        if not node.depth:
            return []
        if node.depth * 2 > room:
            # Further to the right nothing could be read any more.
            on_path = node.number in self._path
            return [(f"{node.depth:>3}{'┗' if on_path else '└'}", "mark")]
        pieces: list[Piece] = []
        at = node
        first = True
        while at.parent is not None:
            pieces.append(self._guide(at, first=first))
            at = self.plan.nodes[at.parent]
            first = False
        return pieces[::-1]

    def _guide(self, at: PlanNode, *, first: bool) -> Piece:
        """One step of the way: into a node's line (`first`), or past it."""
        last = at.number in self._last
        if first and at.number in self._path:
            return ("┗━" if last else "┣━"), "slow"
        # The heavy line goes past the brothers that stand before the one it leads to.
        assert at.parent is not None
        heavy = at.parent in self._path and any(
            i in self._path and i > at.number
            for i in self.plan.nodes[at.parent].children
        )
        look = "slow" if heavy else "mark"
        if first:
            return ("┠─" if heavy else "└─" if last else "├─"), look
        return ("  " if last else "┃ " if heavy else "│ "), look


class DetailLines:
    """What there is to know about a node, wrapped to a width."""

    def __init__(self, plan: Plan, node: PlanNode, width: int) -> None:
        self._lines: list[Sequence[Piece]] = []
        width = max(width, 8)
        for text, look in _details(plan, node):
            name, colon, _ = text.partition(": ")
            lines = list(wrap(text, width))
            if colon and look == "text" and len(name) < min(40, width):
                head: list[Piece] = [(f"{safe(name)}: ", "key")]
                head.append((lines[0][len(name) + 2 :], "text"))
                self._lines.append(head)
                lines = lines[1:]
            self._lines += [[(line, look)] for line in lines]

    @property
    def count(self) -> int:
        return len(self._lines)

    def line(self, number: int) -> Sequence[Piece]:
        return self._lines[number]


def _details(plan: Plan, node: PlanNode) -> Iterator[Piece]:
    name = f"{node.title} {node.target}".rstrip()
    yield (f"{node.subplan} · {name}" if node.subplan else name), "string"
    marks = " · ".join(words for words, _ in node_marks(node, plan))
    if marks:
        yield marks, "slow" if node.number == plan.slowest[-1] else "bad"
    if node.exclusive_ms is not None and not node.never_executed:
        yield (
            f"Time: {ms(node.exclusive_ms)} by itself ({percent(node.share)}), "
            f"{ms(node.inclusive_ms or 0)} with all below it",
            "text",
        )
    yield f"Rows: {_row_words(node)}", "text"
    if node.number == 0:
        for line in summary(plan):
            yield line, "text"
    yield f"Cost: {costs(node.raw).strip('()')}", "text"
    for line in property_lines(node.raw):
        yield line[:_TEXT_LIMIT], "text"


def _row_words(node: PlanNode) -> str:
    planned = f"{node.rows_planned:,.0f} estimated"
    if node.rows is None:
        return planned
    if node.never_executed:
        return f"{planned}, never executed"
    words = f"{planned}, {node.rows:,.6g} came"
    if node.loops and node.loops > 1:
        words += f", in each of {node.loops:,} loops: {node.all_rows:,.0f} in all"
    if node.stopped_early:
        words += " (stopped early: the Limit above needed no more)"
    elif node.factor >= 2:
        more = "more" if node.underestimated else "fewer"
        words += f"; {short_count(node.factor)}× {more} than estimated"
    for name, count in node.removed:
        words += f"; {count:,.0f} removed by {safe(name)}"
    return words


def ms(value: float) -> str:
    """Return a time in ms with as many digits as say something."""
    return f"{value:,.3f} ms" if value < 10 else f"{value:,.1f} ms"


def summary(plan: Plan) -> Iterator[str]:
    """Yield what there is to say about the whole plan."""
    if plan.execution_ms is not None:
        yield f"Execution: {ms(plan.execution_ms)}, rolled back"
    if plan.planning_ms is not None:
        yield f"Planning: {ms(plan.planning_ms)}"
    for trigger in plan.triggers:
        yield (
            f"Trigger: {safe(trigger.name)} on {safe(trigger.relation)}, "
            f"{trigger.calls:,} calls, {ms(trigger.ms)}"
        )
    if plan.jit_functions:
        took = f", {ms(plan.jit_ms)}" if plan.jit_ms is not None else ""
        yield f"JIT: {plan.jit_functions:,} functions{took}"
    if plan.settings:
        said = ", ".join(f"{safe(k)} = {safe(v, 60)}" for k, v in plan.settings)
        yield f"Settings: {said}"


def headline(plan: Plan) -> str:
    """Return the whole plan in a line: what it took and where."""
    parts = []
    if plan.analyzed:
        total = plan.execution_ms or plan.root.inclusive_ms or 0
        parts.append(f"ANALYZE {ms(total)}")
        if plan.planning_ms is not None:
            parts.append(f"planning {ms(plan.planning_ms)}")
    else:
        parts.append(f"estimate, cost {short_count(plan.root.total_cost)}")
        parts.append("not run")
    wrong = sum(node.misestimated for node in plan.nodes)
    if wrong:
        parts.append(
            f"▲▼ {wrong} wrong estimates" if wrong > 1 else "▲▼ 1 wrong estimate"
        )
    if plan.triggers:
        parts.append(f"triggers {ms(sum(t.ms for t in plan.triggers))}")
    if plan.jit_functions and plan.jit_ms is not None:
        parts.append(f"JIT {ms(plan.jit_ms)}")
    return " · ".join(parts)
