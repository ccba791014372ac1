"""Ask for one line (a password, a row number) or for a yes or no."""

from __future__ import annotations

from typing import TYPE_CHECKING

from textual import on
from textual.binding import Binding
from textual.containers import Horizontal, Vertical
from textual.screen import ModalScreen
from textual.widgets import Button, Input, Static

from mdbtui.ui.safe import plain, safe_multiline

if TYPE_CHECKING:
    from textual.app import ComposeResult

from textual.content import Content

TEXT_LIMIT = 1_000


class AskScreen(ModalScreen[str | None]):
    """Ask for one line of text; gives it, or None when it was not given.

    Args:
        title: What is asked for.
        text: Why, in a sentence; any text.
        secret: Show dots instead of what is typed.
        value: What is there to begin with.
    """

    CSS_PATH = "ask.tcss"
    BINDINGS = [Binding("escape", "dismiss(None)", "Cancel")]

    def __init__(
        self, title: str, text: str = "", *, secret: bool = False, value: str = ""
    ) -> None:
        super().__init__()
        self._value = value
        self._title = title
        self._text = text
        self._secret = secret

    def compose(self) -> ComposeResult:
        with Vertical(id="ask") as box:
            box.border_title = plain(self._title, 60)
            if self._text:
                yield Static(Content(safe_multiline(self._text, TEXT_LIMIT)))
            yield Input(self._value, password=self._secret)

    def on_mount(self) -> None:
        self.query_one(Input).focus()

    @on(Input.Submitted)
    def _submitted(self, event: Input.Submitted) -> None:
        self.dismiss(event.value)


#: How to get to another button; a dialog without a field has no other use for arrows.
BUTTON_KEYS = "← → choose · Enter · Esc"
BUTTON_BINDINGS = [
    Binding("right,down", "app.focus_next", show=False),
    Binding("left,up", "app.focus_previous", show=False),
]


class ConfirmScreen(ModalScreen[bool]):
    """A question with consequences; the safe answer has the focus.

    Args:
        title: The question in a few words.
        text: What will happen; any text.
        yes: What the button says that does it.
    """

    CSS_PATH = "ask.tcss"
    BINDINGS = [Binding("escape", "dismiss(False)", "Cancel"), *BUTTON_BINDINGS]

    def __init__(self, title: str, text: str, yes: str) -> None:
        super().__init__()
        self._title = title
        self._text = text
        self._yes = yes

    def compose(self) -> ComposeResult:
        with Vertical(id="ask") as box:
            box.border_title = plain(self._title, 60)
            box.border_subtitle = BUTTON_KEYS
            yield Static(Content(safe_multiline(self._text, TEXT_LIMIT)))
            with Horizontal():
                yield Button("Cancel", id="no")
                yield Button(self._yes, id="yes", variant="warning")

    def on_mount(self) -> None:
        self.query_one("#no").focus()

    @on(Button.Pressed)
    def _pressed(self, event: Button.Pressed) -> None:
        self.dismiss(event.button.id == "yes")
