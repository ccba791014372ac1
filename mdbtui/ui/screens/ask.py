"""Ask for one line (a password, a row number) or for a yes or no."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Generic, TypeVar

from textual import on
from textual.binding import Binding
from textual.containers import Horizontal, Vertical
from textual.content import Content
from textual.screen import ModalScreen
from textual.widgets import Button, Input, Static

from mdbtui.ui.keymaps import said
from mdbtui.ui.safe import plain, safe_multiline

if TYPE_CHECKING:
    from collections.abc import Callable

    from textual.app import ComposeResult
    from textual.widgets.button import ButtonVariant

Answer = TypeVar("Answer")

TEXT_LIMIT = 1_000


class AskScreen(ModalScreen[str | None]):
    """Ask for one line of text; gives it, or None when it was not given.

    Args:
        title: What is asked for.
        text: Why, in a sentence; any text.
        secret: Show dots instead of what is typed.
        value: What is there to begin with.
        check: Says what is wrong with an answer, or nothing: then it is given.
    """

    CSS_PATH = "ask.tcss"
    BINDINGS = [Binding("escape", "dismiss(None)", "Cancel")]

    def __init__(
        self,
        title: str,
        text: str = "",
        *,
        secret: bool = False,
        value: str = "",
        check: Callable[[str], str] | None = None,
    ) -> None:
        super().__init__()
        self._value = value
        self._check = check
        self._title = title
        self._text = text
        self._secret = secret

    def compose(self) -> ComposeResult:
        with Vertical(id="ask") as box:
            box.border_title = plain(self._title, 60)
            if self._text:
                yield Static(Content(safe_multiline(self._text, TEXT_LIMIT)))
            box.border_subtitle = "Enter · Esc cancels"
            yield Input(self._value, password=self._secret)
            if self._check is not None:
                yield Static(id="ask-error", markup=False)

    def on_mount(self) -> None:
        self.query_one(Input).focus()

    @on(Input.Submitted)
    def _submitted(self, event: Input.Submitted) -> None:
        wrong = self._check(event.value) if self._check is not None else ""
        if wrong:  # what was typed stays, to be mended
            error = self.query_one("#ask-error", Static)
            error.update(Content(safe_multiline(f"× {wrong}", TEXT_LIMIT)))
        else:
            self.dismiss(event.value)


@dataclass(frozen=True)
class Choice(Generic[Answer]):
    """A button of a question.

    Attributes:
        id: The button's.
        label: What it says.
        answer: What it gives.
        variant: How it looks.
    """

    id: str
    label: str
    answer: Answer
    variant: ButtonVariant = "default"


class QuestionScreen(ModalScreen[Answer]):
    """A question with consequences; the first, safe choice has the focus.

    Args:
        title: The question in a few words.
        text: What will happen; any text.
        choices: The buttons; Esc means the first.
    """

    CSS_PATH = "ask.tcss"
    BINDINGS = [
        Binding("escape", "stay", "Cancel"),
        # Without a field it has no other use for arrows.
        Binding("right,down", "app.focus_next", show=False),
        Binding("left,up", "app.focus_previous", show=False),
    ]

    def __init__(self, title: str, text: str, *choices: Choice[Answer]) -> None:
        super().__init__()
        self._title = title
        self._text = text
        self._choices = choices

    def compose(self) -> ComposeResult:
        with Vertical(id="ask") as box:
            box.border_title = plain(self._title, 60)
            several = len(self._choices) > 1
            box.border_subtitle = "← → choose · Enter · Esc" if several else "Esc"
            yield Static(Content(safe_multiline(said(self._text), TEXT_LIMIT)))
            with Horizontal():
                for each in self._choices:
                    yield Button(each.label, id=each.id, variant=each.variant)

    def on_mount(self) -> None:
        self.query(Button).first().focus()

    def action_stay(self) -> None:
        """Give the safe answer."""
        self.dismiss(self._choices[0].answer)

    @on(Button.Pressed)
    def _pressed(self, event: Button.Pressed) -> None:
        answers = {each.id: each.answer for each in self._choices}
        self.dismiss(answers[event.button.id or ""])


class ConfirmScreen(QuestionScreen[bool]):
    """Go on or not.

    Args:
        title: The question in a few words.
        text: What will happen; any text.
        yes: What the button says that does it.
        no: What the other one says.
    """

    def __init__(self, title: str, text: str, yes: str, no: str = "Cancel") -> None:
        go_on = Choice("yes", yes, answer=True, variant="warning")
        super().__init__(title, text, Choice("no", no, answer=False), go_on)


class RefusedScreen(QuestionScreen[None]):
    """Says why there is nothing to choose or to type.

    In place of the dialog that a key opens otherwise: what is typed behind that key
    is lost here, and does not get into the text of the editor unseen.

    Args:
        title: That of the dialog.
        text: Why it is refused; any text.
    """

    def __init__(self, title: str, text: str) -> None:
        super().__init__(title, text, Choice("no", "Close", None))
