"""F1: every key, by area, narrowed by typing; and how the usual things are done."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING

from textual import events, on
from textual.binding import Binding, BindingType
from textual.containers import Vertical, VerticalScroll
from textual.content import Content
from textual.dom import DOMNode
from textual.screen import ModalScreen
from textual.widgets import Input, Static

if TYPE_CHECKING:
    from textual.app import ComposeResult

Area = tuple[str, Sequence[BindingType]]
"""A part of the console and its bindings, in the order in which they are shown."""

KEY_COLUMN = 26
HOW_TO = (
    ("Run", "F5 runs the statement with the bar beside its lines, or the selection."),
    ("Cancel", "F9, or Esc while it runs."),
    ("Many rows", "They arrive as you scroll; End goes to the last one."),
    ("Mistakes", "The place is marked in the editor; the next edit clears the mark."),
    ("psql", r"\d, \dt, \copy, \watch … run like statements; \? lists them."),
    ("Databases", "F2 and Enter on one opens it; ctrl+o finds it by name."),
    ("Anything", "ctrl+p finds every command; the key bar can be clicked."),
    ("Leave", "ctrl+q. Esc closes windows like this one."),
)
_NAMES = {
    "escape": "Esc",
    "pageup": "PgUp",
    "pagedown": "PgDn",
    "question_mark": "?",
    "right_square_bracket": "]",
    "left_square_bracket": "[",
    "underscore": "_",
    "slash": "/",
    "ampersand": "&",
    "less_than_sign": "<",
    "greater_than_sign": ">",
    "plus": "+",
    "minus": "-",
    "at": "@",
    "full_stop": ".",
    "comma": ",",
    "colon": ":",
    "equals_sign": "=",
    "dollar_sign": "$",
    "number_sign": "#",
    "asterisk": "*",
    "up": "↑",
    "down": "↓",
    "left": "←",
    "right": "→",
}
_MAC_ONLY = ("super+", "alt+super+")


def keys_of(node: type[DOMNode]) -> list[BindingType]:
    """A widget's or screen's own bindings, and those it inherits from our classes."""
    return [
        binding
        for base in node.__mro__
        if base.__module__.startswith("mdbtui.")
        for binding in base.__dict__.get("BINDINGS", ())
    ]


def key_name(key: str) -> str:
    """How one key is written for people: ``ctrl+PgUp``, ``F5``, ``?``."""
    *modifiers, last = key.split("+")
    if len(last) > 1 and last[0] == "f" and last[1:].isdigit():
        last = last.upper()
    elif last in _NAMES:
        last = _NAMES[last]
    elif len(last) > 1:
        last = last.capitalize()
    return "+".join((*modifiers, last))


def rows(bindings: Iterable[BindingType]) -> list[tuple[str, str]]:
    """Keys and what they do; bindings of one action become one row."""
    found: dict[str, list[str]] = {}
    for binding in bindings:
        made = binding if isinstance(binding, Binding) else Binding(*binding)
        if not made.description:
            continue
        names = found.setdefault(made.description, [])
        for key in made.key.split(","):
            name = key_name(key.strip())
            if name not in names and not key.strip().startswith(_MAC_ONLY):
                names.append(name)
    return [(" ".join(names), what) for what, names in found.items() if names]


class HelpScreen(ModalScreen[None]):
    """The keys of each area, and a few words on how to do things.

    Args:
        areas: what is to be listed; `keys_of` gives a class's bindings.
    """

    CSS_PATH = "help.tcss"
    BINDINGS = [
        Binding("escape,f1", "dismiss(None)", "Close"),
        Binding("down", "scroll(1)", show=False),
        Binding("up", "scroll(-1)", show=False),
        Binding("pagedown", "page(1)", show=False),
        Binding("pageup", "page(-1)", show=False),
    ]

    def __init__(self, areas: Sequence[Area]) -> None:
        super().__init__()
        self._areas = [(title, rows(bindings)) for title, bindings in areas]

    def compose(self) -> ComposeResult:
        with Vertical(id="help") as box:
            box.border_title = "Help"
            box.border_subtitle = "Esc closes"
            yield Input(placeholder="type to narrow: a key, or what it does")
            with VerticalScroll(can_focus=False):
                yield Static()

    def on_mount(self) -> None:
        self._narrow("")
        self.query_one(Input).focus()

    @on(Input.Changed)
    def _typed(self, event: Input.Changed) -> None:
        self._narrow(event.value)

    def _narrow(self, wanted: str) -> None:
        words = wanted.casefold().split()
        sections = [
            (title, _matching(words, title, found))
            for title, found in (*self._areas, ("How to", HOW_TO))
        ]
        blocks = [_block(title, found) for title, found in sections if found]
        text = Content("\n\n").join(blocks) if blocks else Content("No key like that.")
        self.query_one(Static).update(text)
        self.query_one(VerticalScroll).scroll_home(animate=False)

    @on(events.Click)
    def _clicked(self, event: events.Click) -> None:
        """A click beside the window closes it."""
        if not self.query_one("#help").region.contains_point(event.screen_offset):
            self.dismiss(None)

    def action_scroll(self, lines: int) -> None:
        """Move the list while the keyboard stays in the search field."""
        self.query_one(VerticalScroll).scroll_relative(y=lines, animate=False)

    def action_page(self, pages: int) -> None:
        """Move the list by its own height."""
        area = self.query_one(VerticalScroll)
        area.scroll_relative(y=pages * max(1, area.size.height - 1), animate=False)


def _matching(
    words: Sequence[str], title: str, found: Sequence[tuple[str, str]]
) -> list[tuple[str, str]]:
    return [
        (key, what)
        for key, what in found
        if all(word in f"{title} {key} {what}".casefold() for word in words)
    ]


def _block(title: str, found: Sequence[tuple[str, str]]) -> Content:
    parts: list[Content | tuple[str, str]] = [(title, "bold $text-accent")]
    for key, what in found:
        parts.append(("\n" + key.ljust(KEY_COLUMN - 2) + "  ", "bold"))
        parts.append(Content(what))
    return Content.assemble(*parts)
