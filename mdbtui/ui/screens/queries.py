"""alt+q: the saved queries, narrowed by typing, with what each of them says."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from textual import on, work
from textual.binding import Binding
from textual.containers import Horizontal, Vertical, VerticalScroll
from textual.content import Content
from textual.screen import ModalScreen
from textual.widgets import Button, Input, OptionList, Static
from textual.widgets.option_list import Option

from mdbtui.config.queries import Saved, SavedQuery, load_queries, queries_dir
from mdbtui.query.daemon import in_daemon_thread
from mdbtui.ui.safe import safe, safe_multiline
from mdbtui.ui.screens.connect import FormField

if TYPE_CHECKING:
    from textual.app import ComposeResult

NAME_LIMIT, LINE_LIMIT, TEXT_LIMIT, MAX_SHOWN, PROBLEMS_SHOWN = 40, 120, 20_000, 300, 8
_KEYS = "Enter into the editor · ctrl+n in a new tab · F5 run · Esc"


@dataclass(frozen=True)
class ChosenQuery:
    """What is to be done with a query: ``insert``, ``tab`` or ``run``."""

    query: SavedQuery
    use: str


class QueriesScreen(ModalScreen[ChosenQuery | None]):
    """A list of the saved queries; gives one of them, or None."""

    CSS_PATH = "queries.tcss"
    BINDINGS = [
        Binding("escape", "dismiss(None)", "Close"),
        Binding("down", "move(1)", show=False),
        Binding("up", "move(-1)", show=False),
        Binding("ctrl+n", "use('tab')", "Into a new tab", priority=True),
        Binding("f5,ctrl+j,ctrl+enter", "use('run')", "Run", priority=True),
    ]

    def __init__(self) -> None:
        super().__init__()
        self._saved = Saved()
        self._found: list[SavedQuery] = []

    def compose(self) -> ComposeResult:
        with Vertical(id="queries") as box:
            box.border_title = "Saved queries"
            yield Input(placeholder="words of name, tags, description or text")
            with Horizontal():
                yield OptionList(markup=False)
                with VerticalScroll(can_focus=False):
                    yield Static(id="details")
            yield Static(id="problems")
            yield Static(_KEYS, id="keys")

    def on_mount(self) -> None:
        self.query_one(Input).focus()
        self.query_one("#problems").display = False
        self._load()

    @work(group="load", exclusive=True, exit_on_error=False)
    async def _load(self) -> None:
        self._saved = await in_daemon_thread(load_queries)
        problems = self._saved.problems
        words = "\n".join(problems[:PROBLEMS_SHOWN])
        if len(problems) > PROBLEMS_SHOWN:
            words += f"\n… and {len(problems) - PROBLEMS_SHOWN} more"
        shown = self.query_one("#problems", Static)
        shown.update(Content(safe_multiline(words, TEXT_LIMIT)))
        shown.display = bool(problems)
        self._narrow()

    @on(Input.Changed)
    def _narrow(self) -> None:
        words = self.query_one(Input).value.casefold().split()
        self._found = [
            query
            for query in self._saved.queries
            if all(word in _searched(query) for word in words)
        ][:MAX_SHOWN]
        options = self.query_one(OptionList)
        options.clear_options()
        options.add_options(Option(_line(query)) for query in self._found)
        if self._found:
            options.highlighted = 0
        self._show_details()

    @on(OptionList.OptionHighlighted)
    def _show_details(self) -> None:
        query = self._query
        if query is not None:
            text = _details(query)
        elif self._saved.queries:
            text = Content("nothing found")
        else:
            text = Content(
                safe_multiline(
                    "No query is saved yet.\n\nalt+shift+q saves the statement at the"
                    f" cursor; any .sql file in\n{queries_dir()}\nis one, too.",
                    TEXT_LIMIT,
                )
            )
        self.query_one("#details", Static).update(text)

    @property
    def _query(self) -> SavedQuery | None:
        at = self.query_one(OptionList).highlighted
        return self._found[at] if at is not None and at < len(self._found) else None

    def action_move(self, by: int) -> None:
        """Move the highlight while the keyboard stays in the input."""
        options = self.query_one(OptionList)
        (options.action_cursor_down if by > 0 else options.action_cursor_up)()

    def action_use(self, use: str) -> None:
        """Close, and give the query for this use."""
        if (query := self._query) is not None:
            self.dismiss(ChosenQuery(query, use))

    @on(Input.Submitted)
    @on(OptionList.OptionSelected)
    def _entered(self) -> None:
        self.action_use("insert")


@dataclass(frozen=True)
class SaveRequest:
    """What a query is to be called."""

    name: str
    description: str
    tags: str


class SaveQueryScreen(ModalScreen[SaveRequest | None]):
    """Asks what a query is called; gives that, or None.

    Args:
        sql: What is saved.
        given: What is there to begin with.
    """

    CSS_PATH = "queries.tcss"
    BINDINGS = [
        Binding("escape", "dismiss(None)", "Cancel"),
        Binding("ctrl+s", "save", "Save", priority=True),
    ]

    def __init__(self, sql: str, given: SaveRequest) -> None:
        super().__init__()
        self._sql = sql
        self._given = given

    def compose(self) -> ComposeResult:
        given = self._given
        with Vertical(id="save-query") as box:
            box.border_title = "Save this query"
            yield Static(Content(safe_multiline(self._sql, 400)), id="statement")
            yield FormField("name", "Name", Input(given.name, compact=True))
            yield FormField(
                "description", "About", Input(given.description, compact=True)
            )
            yield FormField("tags", "Tags", Input(given.tags, compact=True))
            with Horizontal(id="buttons"):
                yield Button("Save  ctrl+s", id="save", compact=True)
                yield Button("Cancel  Esc", id="cancel", compact=True)

    def on_mount(self) -> None:
        self._field("name").control.focus()

    def _field(self, key: str) -> FormField:
        return self.query_one(f"#field-{key}", FormField)

    @on(Input.Submitted)
    def _entered(self, event: Input.Submitted) -> None:
        event.stop()
        self.action_save()

    @on(Button.Pressed)
    def _pressed(self, event: Button.Pressed) -> None:
        event.stop()
        if event.button.id == "save":
            self.action_save()
        else:
            self.dismiss(None)

    def action_save(self) -> None:
        """Close, and give what was written, if there is a name."""
        name = self._field("name").value.strip()
        if not name:
            self._field("name").complain("a query needs a name")
            return
        self.dismiss(
            SaveRequest(
                name, self._field("description").value, self._field("tags").value
            )
        )


def _searched(query: SavedQuery) -> str:
    header = query.header
    parts = (query.name, header.description, *header.tags, query.sql)
    return " ".join(parts).casefold()


def _line(query: SavedQuery) -> Content:
    tags = " ".join(f"#{tag}" for tag in query.header.tags)
    return Content.assemble(
        (safe(query.name, NAME_LIMIT), "bold"),
        f"  {safe(tags, NAME_LIMIT)}  " if tags else "  ",
        (safe(query.header.description, LINE_LIMIT), "dim"),
    )


def _details(query: SavedQuery) -> Content:
    header = query.header
    lines = [header.description] if header.description else []
    if header.tags:
        lines.append(" ".join(f"#{tag}" for tag in header.tags))
    for each in header.parameters:
        default = ""
        if each.has_default:
            default = f" = {'NULL' if each.default is None else each.default}"
        lines.append(f"{each.name} {each.type_name}{default}")
    about = "\n".join(lines)
    return Content.assemble(
        (safe(query.name, NAME_LIMIT), "bold"),
        (f"\n{safe(str(query.path), LINE_LIMIT)}", "dim"),
        f"\n\n{safe_multiline(about, TEXT_LIMIT)}" if about else "",
        f"\n\n{safe_multiline(query.sql, TEXT_LIMIT)}",
    )
