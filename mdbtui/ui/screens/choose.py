"""Choose one of many by typing part of its name."""

from __future__ import annotations

from typing import TYPE_CHECKING

from textual import on
from textual.binding import Binding
from textual.containers import Vertical
from textual.content import Content
from textual.screen import ModalScreen
from textual.widgets import Input, OptionList
from textual.widgets.option_list import Option

from mdbtui.ui.safe import safe

if TYPE_CHECKING:
    from collections.abc import Sequence

    from textual.app import ComposeResult

MAX_SHOWN = 200
NAME_LIMIT, DETAIL_LIMIT = 40, 60


class ChooseScreen(ModalScreen[str | None]):
    """A list that narrows while one types; gives the chosen key, or None.

    Args:
        title: What is being chosen.
        choices: Key, name and a dim detail of each; any text.
    """

    CSS_PATH = "choose.tcss"
    BINDINGS = [
        Binding("escape", "dismiss(None)", "Close"),
        Binding("down", "move(1)", show=False),
        Binding("up", "move(-1)", show=False),
    ]

    def __init__(self, title: str, choices: Sequence[tuple[str, str, str]]) -> None:
        super().__init__()
        self._title = title
        self._choices = choices

    def compose(self) -> ComposeResult:
        with Vertical(id="choose") as box:
            box.border_title = self._title
            yield Input(placeholder="type to narrow, Enter to choose")
            yield OptionList(markup=False)

    def on_mount(self) -> None:
        self._narrow("")
        self.query_one(Input).focus()

    @on(Input.Changed)
    def _typed(self, event: Input.Changed) -> None:
        self._narrow(event.value)

    def _narrow(self, wanted: str) -> None:
        words = wanted.casefold().split()
        found = [
            choice
            for choice in self._choices
            if all(word in f"{choice[1]} {choice[2]}".casefold() for word in words)
        ]
        options = self.query_one(OptionList)
        options.clear_options()
        options.add_options(
            Option(
                Content.assemble(
                    safe(name, NAME_LIMIT), "  ", (safe(detail, DETAIL_LIMIT), "dim")
                ),
                id=key,
            )
            for key, name, detail in found[:MAX_SHOWN]
        )
        if found:
            options.highlighted = 0

    def action_move(self, by: int) -> None:
        """Move the highlight while the keyboard stays in the input."""
        options = self.query_one(OptionList)
        (options.action_cursor_down if by > 0 else options.action_cursor_up)()

    @on(Input.Submitted)
    def _submitted(self) -> None:
        options = self.query_one(OptionList)
        if options.highlighted is not None:
            self.dismiss(options.get_option_at_index(options.highlighted).id)

    @on(OptionList.OptionSelected)
    def _selected(self, event: OptionList.OptionSelected) -> None:
        self.dismiss(event.option.id)
