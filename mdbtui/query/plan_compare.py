"""Two plans side by side: which node of one is which node of the other."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher

from mdbtui.query.plan import Plan, PlanNode


@dataclass(frozen=True, slots=True)
class Pair:
    """A node of the left plan and its like on the right; one of them may be missing."""

    left: PlanNode | None
    right: PlanNode | None
    depth: int


def compare(left: Plan, right: Plan) -> list[Pair]:
    """Match two plans' nodes from the roots down, in the order in which they are drawn.

    Children are matched where they are the same kind of node on the same thing, then
    where they are on the same thing. A node that one plan has more (a Gather, a Sort)
    stands alone if what is below it matches.
    """
    pairs: list[Pair] = []
    todo: list[tuple[int | None, int | None, int]]
    todo = [(left.root.number, right.root.number, 0)]
    while todo:
        a, b, depth = todo.pop()
        one = left.nodes[a] if a is not None else None
        other = right.nodes[b] if b is not None else None
        if one is not None and other is not None and _kind(one) != _kind(other):
            if _below(left, one, other):
                todo.append((one.children[0], b, depth + 1))
                pairs.append(Pair(one, None, depth))
                continue
            if _below(right, other, one):
                todo.append((a, other.children[0], depth + 1))
                pairs.append(Pair(None, other, depth))
                continue
        pairs.append(Pair(one, other, depth))
        ours = [left.nodes[i] for i in one.children] if one else []
        theirs = [right.nodes[i] for i in other.children] if other else []
        matched = _matched(ours, theirs)
        todo += [(x, y, depth + 1) for x, y in reversed(matched)]
    return pairs


def _kind(node: PlanNode) -> str:
    return node.title.removeprefix("Parallel ")


def _thing(node: PlanNode) -> str:
    raw = node.raw
    names = ("Relation Name", "CTE Name", "Function Name", "Alias", "Index Name")
    found = next((str(raw[name]) for name in names if name in raw), "")
    return f"{found} {raw.get('Alias', '')} {node.subplan.partition(' (')[0]}"


def _below(plan: Plan, node: PlanNode, wanted: PlanNode) -> bool:
    """Whether a node only stands above what is wanted."""
    if len(node.children) != 1:
        return False
    child = plan.nodes[node.children[0]]
    return _kind(child) == _kind(wanted) and _thing(child) == _thing(wanted)


def _matched(
    ours: Sequence[PlanNode], theirs: Sequence[PlanNode]
) -> list[tuple[int | None, int | None]]:
    """Pair the children of two nodes, in order; the rest stand alone or in turn."""
    matcher = SequenceMatcher(
        None, [_thing(n) for n in ours], [_thing(n) for n in theirs], autojunk=False
    )
    pairs: list[tuple[int | None, int | None]] = []
    for _, i1, i2, j1, j2 in matcher.get_opcodes():
        for k in range(max(i2 - i1, j2 - j1)):
            one = ours[i1 + k].number if i1 + k < i2 else None
            other = theirs[j1 + k].number if j1 + k < j2 else None
            pairs.append((one, other))
    return pairs
