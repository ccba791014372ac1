"""What the sidebar knows: connections, what was loaded below them, and how it stands.

A model without any widget. The trees on screen show a part of it.
"""

from __future__ import annotations

import enum
import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, NamedTuple

from mdbtui.pool import BreakerState

if TYPE_CHECKING:
    from mdbtui.catalog import Node, NodeKind
    from mdbtui.config import ConnectionSpec
    from mdbtui.pool import PoolStats

BATCH = 250
"""Children that are shown at once; a line below them opens the next ones. A new line
costs the tree some 15 µs, and the loop must not stand still for 16 ms."""


class ItemKind(enum.Enum):
    """What a line of the tree stands for."""

    ROOT = enum.auto()
    GROUP = enum.auto()
    CONNECTION = enum.auto()
    OBJECT = enum.auto()
    LOADING = enum.auto()
    ERROR = enum.auto()
    EMPTY = enum.auto()
    MORE = enum.auto()


class Status(enum.Enum):
    """How far the children of an item are."""

    UNKNOWN = enum.auto()
    LOADING = enum.auto()
    LOADED = enum.auto()
    FAILED = enum.auto()


class State(enum.Enum):
    """How a connection stands; the value is its mark, one cell wide everywhere."""

    CLOSED = "○"
    UP = "●"
    TROUBLE = "◐"
    DOWN = "×"
    REFUSED = "!"
    PARKED = "‖"

    @property
    def is_refusing(self) -> bool:
        """Whether nothing is tried until the user asks, or for a while."""
        return self in (State.DOWN, State.REFUSED, State.PARKED)


class Mark(NamedTuple):
    """What is shown of a connection's state."""

    state: State = State.CLOSED
    in_use: int = 0
    size: int = 0
    retry_in: int | None = None
    error: str = ""

    @classmethod
    def of(cls, stats: PoolStats) -> Mark:
        """Reduce a pool's numbers to what is shown, so that equal means unchanged."""
        error = stats.last_error or ""
        if stats.aside:
            return cls(State.PARKED)
        if stats.breaker is BreakerState.PARKED:
            return cls(State.REFUSED, error=error)
        if stats.breaker is BreakerState.OPEN:
            wait = None if stats.retry_in is None else math.ceil(stats.retry_in)
            return cls(State.DOWN, retry_in=wait, error=error)
        if stats.breaker is BreakerState.HALF_OPEN or error:
            return cls(State.TROUBLE, stats.in_use, stats.size, error=error)
        if not stats.is_open:
            return cls()
        if stats.untried:
            return cls(State.TROUBLE)
        return cls(State.UP, stats.in_use, stats.size)

    @property
    def word(self) -> str:
        """The state in a word or two."""
        match self.state:
            case State.DOWN:
                wait = "" if self.retry_in is None else f" {self.retry_in}s"
                return f"down{wait}"
            case State.REFUSED:
                return "refused"
            case State.PARKED:
                return "parked"
            case State.TROUBLE:
                return "trying"
            case State.UP:
                return f"{self.in_use}/{self.size}"
            case State.CLOSED:
                return ""


UNOPENED = Mark()
NodeKey = tuple["NodeKind", str]


def key_of(node: Node) -> NodeKey:
    """Return what makes a node the same after a refresh, among its siblings."""
    return node.kind, node.name


@dataclass(eq=False, slots=True)
class Item:
    """One line of the tree and what is known below it.

    Attributes:
        kind: What it stands for.
        text: Its text as it came (server text, not yet safe to draw).
        parent: The item that it is below; None for the root.
        db_id: The connection that it belongs to; empty for groups.
        node: The object that it stands for.
        spec: The connection that it stands for.
        mark: The connection's state.
        members: Groups or connections below it.
        status: How far `nodes` are.
        nodes: All objects that were loaded below it.
        made: The items of those that were shown so far: 10,000 nodes are loaded at
            once, and most of them are never looked at.
        revealed: Nodes that are shown although they are past the limit.
        limit: How many nodes are shown.
        error: What went wrong when loading, and what to try.
    """

    kind: ItemKind
    text: str = ""
    parent: Item | None = None
    db_id: str = ""
    node: Node | None = None
    spec: ConnectionSpec | None = None
    mark: Mark = UNOPENED
    members: list[Item] = field(default_factory=list)
    status: Status = Status.UNKNOWN
    nodes: list[Node] = field(default_factory=list)
    made: dict[NodeKey, Item] = field(default_factory=dict)
    revealed: set[NodeKey] = field(default_factory=set)
    limit: int = BATCH
    error: tuple[str, str] = ("", "")

    @property
    def expandable(self) -> bool:
        """Whether it can be opened."""
        if self.kind is ItemKind.OBJECT:
            return self.node is not None and self.node.expandable
        return self.kind in (ItemKind.GROUP, ItemKind.CONNECTION)

    def ancestors(self) -> Iterator[Item]:
        """Yield the items that it is below, the nearest first, without the root."""
        item = self.parent
        while item is not None and item.kind is not ItemKind.ROOT:
            yield item
            item = item.parent

    def child(self, node: Node) -> Item:
        """Return the item of one of the nodes."""
        key = key_of(node)
        item = self.made.get(key)
        if item is None:
            item = Item(ItemKind.OBJECT, node.name, self, self.db_id, node)
            self.made[key] = item
        return item

    def reveal(self, node: Node) -> None:
        """Make sure that a node is shown, also when it is past the limit."""
        self.revealed.add(key_of(node))

    def adopt(self, nodes: list[Node]) -> None:
        """Take freshly loaded nodes; the items of those known before stay the same."""
        if self.made:
            fresh = {key_of(node): node for node in nodes}
            self.made = {k: item for k, item in self.made.items() if k in fresh}
            for key, item in self.made.items():
                item.node = fresh[key]
            self.revealed &= fresh.keys()
        self.nodes = nodes
        self.status = Status.LOADED
        self.error = ("", "")

    def fail(self, message: str, hint: str) -> None:
        """Note why loading failed; what was known before stays to be read."""
        self.status = Status.FAILED
        self.error = (message, hint)

    def forget(self) -> None:
        """Drop what was loaded below it."""
        self.nodes, self.limit, self.status = [], BATCH, Status.UNKNOWN
        self.made.clear()
        self.revealed.clear()

    def lines(self) -> list[Item]:
        """Return the items to show below it, with those that say how loading goes."""
        if self.kind in (ItemKind.ROOT, ItemKind.GROUP):
            return self.members
        lines = [self.child(node) for node in self.nodes[: self.limit]]
        rest = len(self.nodes) - len(lines)
        if rest and self.revealed:
            further = [
                n for n in self.nodes[self.limit :] if key_of(n) in self.revealed
            ]
            lines += map(self.child, further)
            rest -= len(further)
        if rest:
            lines.append(self._line(ItemKind.MORE, f"… {rest:,} more (filter with /)"))
        if self.status is Status.FAILED:
            lines.insert(0, self._line(ItemKind.ERROR, self.error[0]))
        elif not lines and self.status is Status.LOADED:
            lines.append(self._line(ItemKind.EMPTY, "(none)"))
        elif not lines and self.status is Status.LOADING:
            lines.append(self._line(ItemKind.LOADING, "loading…"))
        return lines

    def _line(self, kind: ItemKind, text: str) -> Item:
        return Item(kind, text, self, self.db_id)


def grouped(root: Item, specs: Sequence[ConnectionSpec]) -> dict[str, Item]:
    """Put connections below the root, in groups, in the order of their definition.

    What is known about connections that were there before is kept.

    Returns:
        The connections by db_id.
    """
    old_groups = {item.text: item for item in root.members}
    old = {
        item.db_id: item
        for parent in (root, *root.members)
        for item in parent.members
        if item.kind is ItemKind.CONNECTION
    }
    connections: dict[str, Item] = {}
    root.members = []
    groups: dict[str, Item] = {}
    for spec in specs:
        parent = root
        if spec.group:
            if spec.group not in groups:
                group = old_groups.get(spec.group)
                if group is None or group.kind is not ItemKind.GROUP:
                    group = Item(ItemKind.GROUP, spec.group, root)
                group.members = []
                groups[spec.group] = group
                root.members.append(group)
            parent = groups[spec.group]
        item = old.get(spec.db.id) or Item(ItemKind.CONNECTION, db_id=spec.db.id)
        item.text, item.spec, item.parent = spec.name, spec, parent
        parent.members.append(item)
        connections[spec.db.id] = item
    return connections
