"""What a first start shows: what mdbtui is, and the ways to a first connection."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum, auto
from typing import TYPE_CHECKING

from textual import on, work
from textual.binding import Binding
from textual.containers import Vertical, VerticalScroll
from textual.content import Content
from textual.screen import Screen
from textual.widgets import Button, Footer, OptionList, Static

from mdbtui.ui.safe import plain, safe, safe_multiline

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Sequence

    from textual.app import ComposeResult

    from mdbtui.config import Found, Importable

TEXT = """\
Many PostgreSQL databases in one console: browse schemas, run SQL, \
read results of any size, watch the connection pools meanwhile.
Nothing is configured yet. How would you like to start?"""
HELP = """\
Tab, ↑ and ↓ move, Enter presses, Space ticks; every line can be clicked too. \
The demo runs a PostgreSQL of its own and touches no other. Connections are \
kept in connections.yaml; `mdbtui --help` says where."""
NAME_LIMIT, PLACE_LIMIT, ORIGIN_LIMIT, PROBLEM_LIMIT = 24, 60, 40, 200
MAX_PROBLEMS = 3
MESSAGE_LIMIT = 2_000


class WelcomeChoice(Enum):
    """Which way was taken."""

    DEMO = auto()
    """The demo is running."""
    ADD = auto()
    """The form for a new connection is wanted."""
    IMPORT = auto()
    """The connections in `WelcomeAnswer.chosen` are wanted."""


@dataclass(frozen=True)
class WelcomeAnswer:
    """What the welcome came to.

    Attributes:
        choice: Which way was taken.
        chosen: What to import.
    """

    choice: WelcomeChoice
    chosen: tuple[Importable, ...] = ()


class TickList(OptionList):
    """Lines that can be ticked, all of them at first.

    Not a SelectionList, whose ticked and other lines differ by colour alone.

    Args:
        lines: What each line says.
    """

    BINDINGS = [Binding("space", "select", show=False)]

    def __init__(self, lines: Sequence[Content]) -> None:
        super().__init__(compact=True)
        self._descriptions = lines
        self._ticked = set(range(len(lines)))

    @property
    def ticked(self) -> list[int]:
        """The numbers of the ticked lines, in order."""
        return sorted(self._ticked)

    def on_mount(self) -> None:
        self.add_options(map(self._prompt, range(len(self._descriptions))))
        self.highlighted = 0

    def _prompt(self, number: int) -> Content:
        mark = "[x] " if number in self._ticked else "[ ] "
        return Content.assemble(mark, self._descriptions[number])

    @on(OptionList.OptionSelected)
    def _toggle(self, event: OptionList.OptionSelected) -> None:
        event.stop()
        self._ticked ^= {event.option_index}
        self.replace_option_prompt_at_index(
            event.option_index, self._prompt(event.option_index)
        )


class WelcomeScreen(Screen[WelcomeAnswer | None]):
    """Offers the demo, the form, and what was found; gives what was taken.

    The demo is started from here, with its progress and its errors in sight.

    Args:
        start_demo: Starts the demo; is given a function that shows a line of
            progress. Raises an exception whose text says what to do.
        found: Connections found in the environment and in other programs' files.
    """

    CSS_PATH = "welcome.tcss"
    BINDINGS = [
        Binding("d", "demo", "Demo"),
        Binding("a", "add", "Add"),
        Binding("i", "import", "Import"),
        Binding("f1", "help", "Help"),
        Binding("escape", "dismiss(None)", "Later"),
        Binding("q", "app.quit", "Quit"),
        Binding("down", "app.focus_next", show=False),
        Binding("up", "app.focus_previous", show=False),
    ]

    def __init__(
        self,
        *,
        start_demo: Callable[[Callable[[str], None]], Awaitable[object]],
        found: Found,
    ) -> None:
        super().__init__()
        self._start_demo = start_demo
        self._found = found
        self._starting = False

    def compose(self) -> ComposeResult:
        with VerticalScroll(id="welcome", can_focus=False) as box:
            box.border_title = "mdbtui"
            yield Static(TEXT, markup=False)
            yield _button("demo", "d", "Start the demo", "PostgreSQL with sample data")
            yield _button("add", "a", "Add a connection", "a form, or a pasted URL")
            with Vertical(id="found"):
                yield from self._compose_found()
            yield Static(id="progress")
        yield Footer()

    def _compose_found(self) -> ComposeResult:
        if self._found.connections:
            yield _button("import", "i", "Import", "what is ticked below, found here:")
            yield TickList([_described(found) for found in self._found.connections])
        for problem in self._found.problems[:MAX_PROBLEMS]:
            yield Static(plain(f"▲ {problem}", PROBLEM_LIMIT), classes="problem")

    def on_mount(self) -> None:
        self.query_one("#demo").focus()

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Offer nothing that leads nowhere."""
        if self._starting:
            return action not in ("demo", "add", "import", "dismiss")
        return action != "import" or bool(self._found.connections)

    @on(Button.Pressed)
    def _pressed(self, event: Button.Pressed) -> None:
        event.stop()
        if event.button.id == "demo":
            self.action_demo()
        elif event.button.id == "add":
            self.action_add()
        else:
            self.action_import()

    def action_demo(self) -> None:
        """Start the demo and wait for it here."""
        self._run_demo()

    @work(group="demo", exclusive=True)
    async def _run_demo(self) -> None:
        self._lock(True)
        self._say("Starting the demo …")
        try:
            await self._start_demo(self._say)
        except Exception as error:  # noqa: BLE001 - any failure ends here, in sight
            self._say(f"✗ The demo did not start: {error}", bad=True)
            self._lock(False)
            self.query_one("#demo").focus()
        else:
            self.dismiss(WelcomeAnswer(WelcomeChoice.DEMO))

    def action_help(self) -> None:
        """Say which keys work here."""
        self._say(HELP)

    def action_add(self) -> None:
        """Ask for the form."""
        self.dismiss(WelcomeAnswer(WelcomeChoice.ADD))

    def action_import(self) -> None:
        """Take what is ticked."""
        ticked = self.query_one(TickList).ticked
        chosen = tuple(self._found.connections[number] for number in ticked)
        if chosen:
            self.dismiss(WelcomeAnswer(WelcomeChoice.IMPORT, chosen))
        else:
            self._say("Nothing is ticked; Space ticks the line under the cursor")

    def _lock(self, starting: bool) -> None:
        self._starting = starting
        for button in self.query(Button):
            button.disabled = starting
        self.refresh_bindings()

    def _say(self, text: str, *, bad: bool = False) -> None:
        progress = self.query_one("#progress", Static)
        progress.update(Content(safe_multiline(text, MESSAGE_LIMIT)))
        progress.set_class(bad, "-bad")


def _button(name: str, key: str, label: str, detail: str) -> Button:
    text = Content.assemble(
        (f" {key} ", "bold reverse"), f"  {label}", (f"  {detail}", "dim")
    )
    return Button(text, id=name, compact=True)


def _described(importable: Importable) -> Content:
    db = importable.spec.db
    place = f"{db.user}@{db.address}/{db.database}"
    return Content.assemble(
        safe(importable.spec.name, NAME_LIMIT),
        f"  {safe(place, PLACE_LIMIT)}",
        (f"  {safe(importable.origin, ORIGIN_LIMIT)}", "dim"),
    )
