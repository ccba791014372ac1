"""alt+t: which databases a tab's statements run on."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from textual import on
from textual.binding import Binding
from textual.containers import Vertical
from textual.content import Content
from textual.screen import ModalScreen
from textual.widgets import Input, Static

from mdbtui.config.targets import TargetChoice, TargetError, Targets, parse_targets
from mdbtui.ui.safe import safe
from mdbtui.ui.widgets.live_grid import WHOLE_ROW, LiveGrid
from mdbtui.ui.widgets.live_rows import LiveColumn, LiveRow

if TYPE_CHECKING:
    from collections.abc import Hashable, Mapping, Sequence
    from collections.abc import Set as AbstractSet

    from textual.app import ComposeResult

    from mdbtui.config import ConnectionSpec

WORDS_LIMIT = 300
_KEYS = "Tab: list · space picks, a group: all · + all, - none · Enter uses them"
_COLUMNS = (
    LiveColumn("connection"),
    LiveColumn("environment", drop=2),
    LiveColumn("group", drop=1),
    LiveColumn("tags", drop=3),
    LiveColumn("state", fills=True),
)


class PickList(LiveGrid):
    """Connections, each of which may be picked, below a line for each group.

    A group's line is marked while all its members are; to pick it picks them.
    """

    BINDINGS = [
        Binding("enter", "accept", "Use them", priority=True),
        Binding("plus", "pick(True)", "Pick all that are shown"),
        Binding("minus", "pick(False)", "Pick none of those shown"),
    ]

    def __init__(self) -> None:
        super().__init__(_COLUMNS)
        self.can_mark = True
        self.empty = "no connections"
        self.groups: Mapping[str, frozenset[str]] = {}
        """Each group's members."""

    @property
    def picked(self) -> set[str]:
        """The connections that are picked, by name."""
        return {key for key in self.marked if isinstance(key, str)}

    @picked.setter
    def picked(self, names: AbstractSet[str]) -> None:
        whole = {_Group(name) for name, each in self.groups.items() if each <= names}
        self.marked = {*names, *whole}
        self.repaint()

    def action_pick(self, picked: bool) -> None:
        """Pick all rows that are shown, or none of them."""
        self._pick({row.key for row in self.shown}, picked)

    def action_mark(self) -> None:
        """Pick the connection, or all of the group; the second time take it back."""
        if (row := self.current) is not None:
            self._pick({row.key}, row.key not in self.marked)
            self.go_to(self.cursor_row + 1, self.cursor_col)

    def _pick(self, keys: AbstractSet[Hashable], picked: bool) -> None:
        names = {key for key in keys if isinstance(key, str)}
        if not names:
            # Groups alone: their members. Beside members they only head them.
            groups = [key for key in keys if isinstance(key, _Group)]
            names = {name for key in groups for name in self.groups[key.name]}
        self.picked = self.picked | names if picked else self.picked - names
        self.post_message(self.Arranged(self))

    def action_accept(self) -> None:
        """Go with what is picked."""
        self.post_message(self.Opened(self, self.shown[0] if self.shown else _NONE))


@dataclass(frozen=True)
class _Group:
    """What a group's line is known by; a connection's is its name."""

    name: str


_NONE = LiveRow("", (), ())


class TargetsScreen(ModalScreen[TargetChoice | None]):
    """Asks for a tab's databases; gives them, or None when nothing is to change.

    An expression picks what it means, now and when it is run; picking by hand ends it.

    Args:
        specs: All connections.
        choice: What the tab has now, or what was chosen last.
        states: What is known of each connection, by name.
    """

    CSS_PATH = "targets.tcss"
    BINDINGS = [
        Binding("escape", "dismiss(None)", "Leave"),
        Binding("down", "to_list", show=False),
        Binding("ctrl+s", "accept", "Use them", priority=True),
    ]

    def __init__(
        self,
        specs: Sequence[ConnectionSpec],
        choice: TargetChoice,
        states: dict[str, str],
    ) -> None:
        super().__init__()
        self._specs = specs
        self._choice = choice
        self._states = states
        self._targets: Targets | None = None
        self._problem = ""
        self._list = PickList()
        self._where = Input(
            choice.where,
            placeholder="such as tenant & eu & !canary",
            compact=True,
            id="where",
        )
        self._find = Input(placeholder="narrow the list", compact=True, id="find")
        self._said = Static(id="said", markup=False)

    def compose(self) -> ComposeResult:
        with Vertical(id="targets") as box:
            box.border_title = "Run this tab's statements on"
            yield Static("Tags, groups, environments, names: & | ! ( ) *", id="lead")
            yield self._where
            yield self._said
            yield self._find
            yield self._list
            yield Static(Content(_KEYS), id="keys")

    def on_mount(self) -> None:
        members: dict[str, set[str]] = {}
        for spec in self._specs:
            members.setdefault(spec.group or "", set()).add(spec.name)
        self._list.groups = {
            name: frozenset(found) for name, found in members.items() if name
        }
        self._show_list()
        self._list.picked = {spec.name for spec in self._choice.select(self._specs)}
        self._read(self._choice.where)
        self._where.focus()

    def _show_list(self) -> None:
        marked = set(self._list.marked)
        words = self._find.value.casefold().split()
        rows: list[LiveRow] = []
        # Each group together, where its first member stands; who is in none alone.
        order: dict[str, list[ConnectionSpec]] = {}
        for spec in self._specs:
            order.setdefault(spec.group or f"\0{spec.name}", []).append(spec)
        for group, specs in order.items():
            if specs[0].group:
                rows.append(self._group_row(group, len(specs)))
            rows += [self._row(spec) for spec in specs]
        self._list.show(rows, words)
        self._list.marked = marked

    def _row(self, spec: ConnectionSpec) -> LiveRow:
        environment = spec.environment.name if spec.environment else ""
        cells = (
            spec.name,
            environment,
            spec.group or "",
            ", ".join(spec.tags),
            self._states.get(spec.name, ""),
        )
        looks = {1: "bad"} if environment.casefold() == "production" else {}
        shown = (f"  {spec.name}" if spec.group else spec.name, *cells[1:])
        return LiveRow(spec.name, shown, cells, looks)

    @staticmethod
    def _group_row(group: str, count: int) -> LiveRow:
        cells = (f"▾ {group}", "", "", "", f"group of {count}")
        values = (None, None, group, None, None)
        return LiveRow(_Group(group), cells, values, {WHOLE_ROW: "faint"})

    # ---- the expression ------------------------------------------------------------

    @on(Input.Changed, "#where")
    def _where_changed(self, event: Input.Changed) -> None:
        if event.value.strip() or self._targets is not None:
            self._read(event.value, pick=True)

    def _read(self, text: str, *, pick: bool = False) -> None:
        """Read the expression and pick what it means."""
        self._problem, self._targets = "", None
        found: set[str] = set()
        if text.strip():
            try:
                self._targets = parse_targets(text)
            except TargetError as error:
                self._problem = f"{' ' * error.position}^ {error.message}"
            else:
                found = {spec.name for spec in self._targets.select(self._specs)}
        if pick and not self._problem:
            self._list.picked = found
        self._say()

    def _say(self) -> None:
        count = len(self._list.picked)
        words = self._problem or f"{count} of {len(self._specs)} databases"
        if self._targets is not None and not self._problem:
            unknown = self._targets.unknown(self._specs)
            if unknown:
                words += f" · no connection has “{'”, “'.join(unknown)}”"
        elif not count:
            words += ": the tab's own database alone"
        self._said.set_class(bool(self._problem), "-wrong")
        self._said.update(Content(safe(words, WORDS_LIMIT)))

    @on(Input.Changed, "#find")
    def _find_changed(self) -> None:
        self._show_list()

    # ---- the list ------------------------------------------------------------------

    def action_to_list(self) -> None:
        """Go on from the inputs to the list."""
        if not self._list.has_focus:
            self.set_focus(self._find if self._where.has_focus else self._list)

    @on(PickList.Arranged)
    def _picked(self) -> None:
        wanted = self._targets.select(self._specs) if self._targets else ()
        if self._targets and {spec.name for spec in wanted} != self._list.picked:
            # By hand from here on: the expression says something else.
            self._targets = None
            with self._where.prevent(Input.Changed):
                self._where.value = ""
        self._problem = ""
        self._say()

    @on(PickList.Opened)
    @on(Input.Submitted)
    def _submitted(self) -> None:
        self.action_accept()

    def action_accept(self) -> None:
        """Give what is picked."""
        if self._problem:
            self.set_focus(self._where)
        elif self._targets is not None:
            self.dismiss(TargetChoice(where=self._where.value.strip()))
        else:
            names = [s.name for s in self._specs if s.name in self._list.picked]
            self.dismiss(TargetChoice(names=tuple(names)))
