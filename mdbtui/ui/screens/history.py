"""ctrl+r: search what was run, on all databases, and use it again."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime
from typing import TYPE_CHECKING

from textual import on, work
from textual.binding import Binding
from textual.containers import Horizontal, Vertical, VerticalScroll
from textual.content import Content
from textual.screen import ModalScreen
from textual.widgets import Input, OptionList, Static
from textual.widgets.option_list import Option

from mdbtui.query.history_entries import CANCELLED, DONE, FAILED, Entry, Wanted
from mdbtui.ui.report import duration
from mdbtui.ui.safe import safe, safe_multiline

if TYPE_CHECKING:
    from collections.abc import Callable

    from textual.app import ComposeResult

    from mdbtui.query.history import History

LINE_LIMIT, NAME_LIMIT, NAMES_LIMIT, TEXT_LIMIT = 200, 24, 300, 20_000
_MARKS = {DONE: "✓", FAILED: "×", CANCELLED: "◌"}
_KEYS = "Enter editor · ctrl+n tab · F5 run · ctrl+s star · ctrl+x forget · Esc"


@dataclass(frozen=True)
class Chosen:
    """What is to be done with an entry: ``insert``, ``tab`` or ``run``."""

    entry: Entry
    use: str


class HistoryScreen(ModalScreen[Chosen | None]):
    """A list of what was run that narrows while one types.

    Args:
        history: Where to look.
        db: The database in front, for the filter.
    """

    CSS_PATH = "history.tcss"
    BINDINGS = [
        Binding("escape", "dismiss(None)", "Close"),
        Binding("down", "move('down')", show=False),
        Binding("up", "move('up')", show=False),
        Binding("pagedown", "move('page_down')", show=False),
        Binding("pageup", "move('page_up')", show=False),
        Binding("f2", "filter('db')", "This database only", priority=True),
        Binding("f3", "filter('failed')", "Failed only", priority=True),
        Binding("f4", "filter('starred')", "Starred only", priority=True),
        Binding("ctrl+s", "star", "Star", priority=True),
        Binding("ctrl+x", "forget", "Forget", priority=True),
        Binding("ctrl+n", "use('tab')", "Into a new tab", priority=True),
        Binding("f5,ctrl+j,ctrl+enter", "use('run')", "Run", priority=True),
    ]

    def __init__(self, history: History, db: str | None) -> None:
        super().__init__()
        self._history = history
        self._db = db
        self._wanted = Wanted()
        self._found: list[Entry] = []

    def compose(self) -> ComposeResult:
        with Vertical(id="history") as box:
            box.border_title = "History"
            yield Input(placeholder="words, in any order")
            yield Static(id="filters")
            with Horizontal():
                yield OptionList(markup=False)
                with VerticalScroll(can_focus=False):
                    yield Static(id="details")
            yield Static(Content(_KEYS), id="keys")

    def on_mount(self) -> None:
        self.query_one(Input).focus()
        self._show_filters()
        self._search()

    def _show_filters(self) -> None:
        def box(on: object, text: str) -> str:
            return f"[{'x' if on else ' '}] {text}"

        here = safe(self._db or "no database", NAME_LIMIT)
        wanted = self._wanted
        parts = (
            box(wanted.db, f"F2 only {here}"),
            box(wanted.failed, "F3 failed"),
            box(wanted.starred, "F4 starred"),
        )
        self.query_one("#filters", Static).update(Content("   ".join(parts)))

    @on(Input.Changed)
    def _typed(self, event: Input.Changed) -> None:
        self._wanted = replace(self._wanted, words=event.value)
        self._search()

    def action_filter(self, name: str) -> None:
        """Switch one of the filters."""
        wanted = self._wanted
        if name == "db":
            self._wanted = replace(wanted, db=None if wanted.db else self._db)
        elif name == "failed":
            self._wanted = replace(wanted, failed=not wanted.failed)
        else:
            self._wanted = replace(wanted, starred=not wanted.starred)
        self._show_filters()
        self._search()

    @work(group="search", exclusive=True, exit_on_error=False)
    async def _search(self, at: int = 0) -> None:
        found = await self._history.search(self._wanted)
        self._found = found
        options = self.query_one(OptionList)
        options.clear_options()
        options.add_options(Option(_line(entry)) for entry in found)
        if found:
            options.highlighted = min(at, len(found) - 1)
        self._show_details()

    @on(OptionList.OptionHighlighted)
    def _show_details(self) -> None:
        entry = self._entry
        text = _details(entry) if entry is not None else Content("nothing found")
        self.query_one("#details", Static).update(text)

    @property
    def _entry(self) -> Entry | None:
        at = self.query_one(OptionList).highlighted
        return self._found[at] if at is not None and at < len(self._found) else None

    def action_move(self, how: str) -> None:
        """Move the highlight while the keyboard stays in the input."""
        options = self.query_one(OptionList)
        move: Callable[[], object] = {
            "down": options.action_cursor_down,
            "up": options.action_cursor_up,
            "page_down": options.action_page_down,
            "page_up": options.action_page_up,
        }[how]
        move()

    @work(group="change", exit_on_error=False)
    async def action_star(self) -> None:
        """Star the entry, or take its star away."""
        if (entry := self._entry) is not None:
            await self._history.star(entry, not entry.starred)
            self._search(self.query_one(OptionList).highlighted or 0)

    @work(group="change", exit_on_error=False)
    async def action_forget(self) -> None:
        """Remove the entry for good."""
        if (entry := self._entry) is not None:
            await self._history.forget(entry)
            self._search(self.query_one(OptionList).highlighted or 0)

    def action_use(self, use: str) -> None:
        """Close, and give the entry for this use."""
        if (entry := self._entry) is not None:
            self.dismiss(Chosen(entry, use))

    @on(Input.Submitted)
    @on(OptionList.OptionSelected)
    def _entered(self) -> None:
        self.action_use("insert")


def _moment(entry: Entry, form: str) -> str:
    return datetime.fromtimestamp(entry.at).astimezone().strftime(form)


def _line(entry: Entry) -> Content:
    mark = _MARKS.get(entry.outcome, "?")
    star = "★" if entry.starred else " "
    times = f" ×{entry.times}" if entry.times > 1 else ""
    return Content.assemble(
        f"{mark}{star} ",
        (f"{_moment(entry, '%m-%d %H:%M')} ", "dim"),
        (f"{safe(entry.where, NAME_LIMIT)} ", "bold"),
        safe(" ".join(entry.sql[: LINE_LIMIT * 2].split()), LINE_LIMIT),
        (times, "dim"),
    )


def _details(entry: Entry) -> Content:
    outcome = {
        DONE: "done",
        FAILED: f"failed {entry.sqlstate}".rstrip(),
        CANCELLED: "cancelled",
    }.get(entry.outcome, "not known how it ended")
    facts = [outcome]
    if entry.ms is not None:
        facts.append(duration(entry.ms))
    if entry.rows is not None:
        more = "+" if entry.more else ""
        facts.append(f"{entry.rows:,}{more} row{'' if entry.rows == 1 else 's'}")
    if entry.tag:
        facts.append(safe(entry.tag, NAME_LIMIT))
    if entry.times > 1:
        facts.append(f"run {entry.times} times")
    report = f"\n\n{safe_multiline(entry.report, TEXT_LIMIT)}" if entry.report else ""
    return Content.assemble(
        (safe(entry.db if entry.targets else entry.where, NAMES_LIMIT), "bold"),
        f"\n{_moment(entry, '%Y-%m-%d %H:%M:%S')}\n{' · '.join(facts)}\n\n",
        safe_multiline(entry.sql, TEXT_LIMIT),
        (report, "dim"),
    )
