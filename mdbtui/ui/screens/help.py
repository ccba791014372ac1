"""F1: every key, by area, narrowed by typing; and how the usual things are done."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING

from textual import events, on
from textual.binding import Binding, BindingType
from textual.containers import Vertical, VerticalScroll
from textual.content import Content
from textual.dom import DOMNode
from textual.screen import ModalScreen
from textual.widgets import Input, Static

from mdbtui.ui.key_names import key_name

if TYPE_CHECKING:
    from textual.app import ComposeResult

Area = tuple[str, Sequence[BindingType]]
"""A part of the console and its bindings, in the order in which they are shown."""

KEY_COLUMN = 26
WIDTH, FRAME = 96, 6
"""Cells of the window at most, and what its border and bar take of them."""
HOW_TO = (
    (
        "Run",
        "{run} runs the statement with the bar beside its lines, or the selection.",
    ),
    ("Cancel", "{cancel}, or Esc while it runs."),
    ("Many rows", "They arrive as you scroll; End goes to the last one."),
    ("Mistakes", "The place is marked in the editor; the next edit clears the mark."),
    ("psql", r"\d, \dt, \copy, \watch … run like statements; \? lists them."),
    ("Databases", "{focus_sidebar} and Enter opens one; {switch} finds it by name."),
    ("Anything", "{command_palette} finds every command; click the key bar."),
    ("Leave", "{quit}. Esc closes windows like this one."),
)
_USUAL = {
    "run": "F5",
    "cancel": "F9",
    "focus_sidebar": "F2",
    "switch": "ctrl+o",
    "command_palette": "ctrl+p",
    "quit": "ctrl+q",
}
#: What is the name of a key and no beginning of a word.
_KEY = re.compile(r".|f\d+|.+\+.+")
_MAC_ONLY = ("super+", "alt+super+")


def keys_of(node: type[DOMNode]) -> list[BindingType]:
    """A widget's or screen's own bindings, and those it inherits from our classes."""
    return [
        binding
        for base in node.__mro__
        if base.__module__.startswith("mdbtui.")
        for binding in base.__dict__.get("BINDINGS", ())
    ]


Row = tuple[str, str, str]
"""Keys, what they do, and the action's name for the configuration."""


def rows(bindings: Iterable[BindingType]) -> list[Row]:
    """Keys and what they do; bindings of one action become one row."""
    found: dict[str, list[str]] = {}
    ids: dict[str, str] = {}
    for binding in bindings:
        made = binding if isinstance(binding, Binding) else Binding(*binding)
        if not made.description:
            continue
        names = found.setdefault(made.description, [])
        ids[made.description] = ids.get(made.description) or made.id or ""
        for key in made.key.split(","):
            name = key_name(key.strip())
            if name not in names and not key.strip().startswith(_MAC_ONLY):
                names.append(name)
    return [
        (" ".join(names), what, ids[what]) for what, names in found.items() if names
    ]


class HelpScreen(ModalScreen[None]):
    """The keys of each area, and a few words on how to do things.

    Args:
        areas: what is to be listed; `keys_of` gives a class's bindings.
        more: what else is to be listed, as rows with a title.
    """

    CSS_PATH = "help.tcss"
    BINDINGS = [
        Binding("escape,f1", "dismiss(None)", "Close"),
        Binding("down", "scroll(1)", show=False),
        Binding("up", "scroll(-1)", show=False),
        Binding("pagedown", "page(1)", show=False),
        Binding("pageup", "page(-1)", show=False),
    ]

    def __init__(
        self, areas: Sequence[Area], more: Sequence[tuple[str, Sequence[Row]]] = ()
    ) -> None:
        super().__init__()
        listed = [(title, rows(bindings)) for title, bindings in areas]
        first = _first_keys(areas[0][1]) if areas else {}
        how_to = [(key, text.format_map(first), "") for key, text in HOW_TO]
        self._areas = [*listed, *more, ("How to", how_to)]

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
        sections = matching(words, self._areas)
        # As wide as the window is, or will be.
        room = min(self.app.size.width * 9 // 10, WIDTH) - FRAME - KEY_COLUMN
        blocks = [_block(title, found, room) for title, found in sections if found]
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


Section = tuple[str, Sequence[Row]]


def matching(words: Sequence[str], areas: Sequence[Section]) -> list[Section]:
    """What is meant by words: keys by their names, all else by how words begin.

    Args:
        words: As typed, in small letters. One that some key is called means just
            that key, if it can't be meant for a word: ``f1`` is not ``F12``.
        areas: What there is.
    """
    exact = {
        word
        for word in words
        if _KEY.fullmatch(word) and any(_has_key(word, r) for _, f in areas for r in f)
    }
    return [
        (
            title,
            [
                row
                for row in found
                if all(
                    _has_key(word, row) if word in exact else _begins(word, title, row)
                    for word in words
                )
            ],
        )
        for title, found in areas
    ]


def _has_key(key: str, row: Row) -> bool:
    return key in row[0].casefold().split()


def _begins(word: str, title: str, row: Row) -> bool:
    text = " ".join((title, *row)).casefold()
    return re.search(rf"(?<![^\W_]){re.escape(word)}", text) is not None


def _first_keys(bindings: Iterable[BindingType]) -> dict[str, str]:
    """The first key of what the sentences speak of; the usual one if it has none."""
    found = dict(_USUAL)
    for binding in bindings:
        if isinstance(binding, Binding) and binding.id in found:
            found[binding.id] = key_name(binding.key.partition(",")[0])
    return found


def _block(title: str, found: Sequence[Row], room: int) -> Content:
    parts: list[Content | tuple[str, str]] = [(title, "bold $text-accent")]
    for key, what, name in found:
        parts.append(("\n" + key.ljust(KEY_COLUMN - 2) + "  ", "bold"))
        parts.append(Content(what))
        if name:
            fits = len(what) + len(name) + 2 <= room
            between = "  " if fits else "\n" + " " * KEY_COLUMN
            parts.append((between + name, "dim"))
    return Content.assemble(*parts)
