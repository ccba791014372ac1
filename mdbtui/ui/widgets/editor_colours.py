"""The colours of SQL text: from the app's theme, or a built-in pair."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from rich.errors import StyleSyntaxError
from rich.style import Style

from mdbtui.sql.highlight import KINDS

if TYPE_CHECKING:
    from textual.app import App

_DARK = {
    "keyword": "bold #8ab8ff",
    "type": "#7fd6d0",
    "function": "#dcc4ff",
    "string": "#a5d68c",
    "number": "#f2b366",
    "comment": "italic #9aa5b1",
    "parameter": "#f29e9e",
}
_LIGHT = {
    "keyword": "bold #0b3d91",
    "type": "#0b5563",
    "function": "#5b2a86",
    "string": "#1f5c1a",
    "number": "#7a3e00",
    "comment": "italic #4a5058",
    "parameter": "#8a1c1c",
}
# For terminals with their own sixteen colours: told apart by weight as well.
_ANSI = {
    "keyword": "bold",
    "type": "cyan",
    "function": "magenta",
    "string": "green",
    "number": "yellow",
    "comment": "italic dim",
    "parameter": "red",
}


def syntax_styles(app: App[object]) -> dict[str, Style]:
    """The style of each kind of span for the app's current theme.

    An app that knows ``syntax_styles()`` (the console's does) is asked first.
    """
    theme = app.current_theme
    asked = getattr(app, "syntax_styles", None)
    source: Mapping[str, str]
    if theme.name.startswith(("ansi", "textual-ansi")):
        source = _ANSI
    elif callable(asked):
        source = asked()
    else:
        source = _DARK if theme.dark else _LIGHT
    styles = {}
    for kind in KINDS:
        try:
            styles[kind] = Style.parse(source.get(kind, ""))
        except StyleSyntaxError:
            styles[kind] = Style()
    return styles
