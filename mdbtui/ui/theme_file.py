"""One theme file: read, and checked field by field with the line of each mistake."""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from functools import cache
from pathlib import Path

from rich.errors import StyleSyntaxError
from rich.style import Style
from textual.color import Color, ColorParseError
from textual.theme import Theme

MAX_BYTES = 64_000
SYNTAX_NAMES = (
    "keyword",
    "string",
    "number",
    "comment",
    "identifier",
    "parameter",
    "function",
    "type",
    "operator",
)
OWN_VARIABLES = {
    "mark-ok": "text-success",
    "mark-warn": "text-warning",
    "mark-bad": "text-error",
    "mark-idle": "foreground-muted",
    "env-development": "success",
    "env-staging": "warning",
    "env-production": "error",
    "env-other": "accent",
}
"""The console's own variables, each with Textual's one that stands in for it."""

_COLOURS = (
    "primary",
    "secondary",
    "warning",
    "error",
    "success",
    "accent",
    "foreground",
    "background",
    "surface",
    "panel",
    "boost",
)
_FLAGS = ("dark", "ansi")
_SECTIONS = ("variables", "syntax")
_TEXT_STYLES = frozenset(
    ("none", "not", "bold", "b", "dim", "italic", "i", "underline", "u", "reverse")
)
_NAME = re.compile(r"[a-z][a-z0-9-]{0,40}")
_PERCENT = re.compile(r" \d{1,3}%$")

# The plain form that all shipped themes have; what else YAML allows is left to YAML.
_PLAIN_LINE = re.compile(
    r"(?P<indent>  )?(?P<name>[a-z0-9-]+):"
    r'(?: +(?:"(?P<text>[^"\\]*)"|(?P<word>true|false)))? *(?:#.*)?$'
)


class ThemeError(ValueError):
    """A theme file that cannot be used.

    Attributes:
        problems: Every mistake, each as ``file:line: field: what, what to do``.
    """

    def __init__(self, problems: Iterable[str]) -> None:
        self.problems = tuple(problems)
        super().__init__("; ".join(self.problems))


@dataclass(frozen=True)
class ConsoleTheme:
    """A theme with the colours of SQL text."""

    theme: Theme
    syntax: dict[str, str]
    """Rich styles by name of `SYNTAX_NAMES`; a missing one means plain text."""


@dataclass(frozen=True)
class _Value:
    line: int
    text: str


@dataclass
class _Fields:
    """The file's values and the mistakes found so far."""

    source: str
    top: dict[str, _Value] = field(default_factory=dict)
    variables: dict[str, _Value] = field(default_factory=dict)
    syntax: dict[str, _Value] = field(default_factory=dict)
    problems: list[str] = field(default_factory=list)

    def wrong(self, line: int, what: str) -> None:
        self.problems.append(f"{self.source}:{line}: {what}")

    def section(self, name: str) -> dict[str, _Value]:
        return self.variables if name == "variables" else self.syntax


def read_theme(path: Path) -> ConsoleTheme:
    """Read and check a theme; its name is the file's name without the ending.

    Args:
        path: A YAML file.

    Raises:
        ThemeError: It cannot be read, or holds mistakes; all of them are listed.
    """
    name = path.stem
    if not _NAME.fullmatch(name):
        what = "a theme's file name has small letters, digits and hyphens only"
        raise ThemeError([f"{path}:1: {what}"])
    text = _read(path)
    fields = _read_plain(text, str(path)) or _read_yaml(text, str(path))
    colours = _check_top(fields)
    for key, value in fields.variables.items():
        _check_variable(fields, key, value)
    for key, value in fields.syntax.items():
        _check_syntax(fields, key, value)
    if fields.problems:
        raise ThemeError(fields.problems)
    theme = Theme(
        name=name,
        primary=colours.pop("primary"),
        dark=_flag(fields, "dark", default=True),
        ansi=_flag(fields, "ansi", default=False),
        variables={key: value.text for key, value in fields.variables.items()},
    )
    theme = replace(theme, **colours)  # type: ignore[arg-type]
    syntax = {key: value.text for key, value in fields.syntax.items()}
    return ConsoleTheme(theme, syntax)


def _read(path: Path) -> str:
    try:
        if not path.is_file():
            raise ThemeError([f"{path}:1: not a file"])
        with path.open("rb") as file:
            data = file.read(MAX_BYTES + 1)
    except OSError as error:
        problem = f"{path}:1: cannot be read: {error.strerror}"
        raise ThemeError([problem]) from None
    if len(data) > MAX_BYTES:
        raise ThemeError([f"{path}:1: larger than {MAX_BYTES:,} bytes"])
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        raise ThemeError([f"{path}:{line}: not UTF-8 text; save it as UTF-8"]) from None


def _read_plain(text: str, source: str) -> _Fields | None:
    """Read the plain form without YAML, whose import is 40 ms of every start."""
    fields = _Fields(source)
    section: dict[str, _Value] | None = None
    for number, line in enumerate(text.splitlines(), 1):
        if not line.strip() or line.startswith("#"):
            continue
        match = _PLAIN_LINE.match(line)
        if match is None:
            return None
        name = match["name"]
        value = match["text"] if match["text"] is not None else match["word"]
        if match["indent"]:
            target = section
        elif name in _SECTIONS and value is None and not fields.section(name):
            section = fields.section(name)
            continue
        else:
            target = fields.top
            section = None
        if target is None or value is None or name in target:
            return None
        target[name] = _Value(number, value)
    return fields


def _read_yaml(text: str, source: str) -> _Fields:
    from mdbtui.config.yamlfile import Mapping, Scalar, read_tree

    fields = _Fields(source)
    root, mistakes = read_tree(text)
    for mistake in mistakes:
        fields.wrong(mistake.line, mistake.what)
    if not isinstance(root, Mapping):
        if not mistakes:
            fields.wrong(1, 'not a list of names with values, such as primary: "#08f"')
        raise ThemeError(fields.problems)
    for key, node in root.entries:
        if key.text not in _SECTIONS:
            _take(fields, fields.top, key.text, node)
        elif isinstance(node, Mapping):
            for inner, value in node.entries:
                _take(fields, fields.section(key.text), inner.text, value)
        elif not (isinstance(node, Scalar) and node.is_null):
            fields.wrong(
                node.line, f"{key.text}: has to be a list of names with values"
            )
    return fields


def _take(fields: _Fields, target: dict[str, _Value], name: str, node: object) -> None:
    from mdbtui.config.yamlfile import Node, Scalar

    assert isinstance(node, Node)
    if not isinstance(node, Scalar):
        fields.wrong(node.line, f"{name}: has to be a single value")
    elif node.is_null:
        what = "no value; a colour that begins with # has to be in quotes"
        fields.wrong(node.line, f"{name}: {what}")
    else:
        target[name] = _Value(node.line, node.text)


def _check_top(fields: _Fields) -> dict[str, str]:
    """Check the top level; the colours that are right."""
    colours = {}
    for name, value in fields.top.items():
        if name in _COLOURS:
            if _is_colour(value.text):
                colours[name] = value.text
            else:
                fields.wrong(value.line, f"{name}: {_bad_colour(value.text)}")
        elif name == "name":
            fields.wrong(value.line, "name: leave it out; the file's name is the name")
        elif name not in _FLAGS:
            known = (*_COLOURS, *_FLAGS, *_SECTIONS)
            fields.wrong(value.line, _unknown(name, known))
    if "primary" not in fields.top:
        fields.wrong(1, 'primary: is missing; give at least primary: "#rrggbb"')
    for name in _FLAGS:
        _flag(fields, name, default=False, report=True)
    return colours


def _flag(fields: _Fields, name: str, *, default: bool, report: bool = False) -> bool:
    value = fields.top.get(name)
    if value is None:
        return default
    if report and value.text not in ("true", "false"):
        fields.wrong(value.line, f"{name}: has to be true or false")
    return value.text == "true"


def _check_variable(fields: _Fields, name: str, value: _Value) -> None:
    if name not in _known_variables():
        problem = _unknown(name, _known_variables())
        fields.wrong(value.line, f"variables.{problem}")
    elif "-style" in name:
        unknown = [word for word in value.text.split() if word not in _TEXT_STYLES]
        if unknown or not value.text.split():
            what = "has to be a text style, such as bold, reverse or none"
            fields.wrong(value.line, f"variables.{name}: {what}")
    else:
        text = _PERCENT.sub("", value.text)
        # `auto` picks black or white for what lies behind: only text can have that.
        automatic = text == "auto" and ("foreground" in name or name.startswith("text"))
        if not automatic and not _is_colour(text):
            problem = _bad_colour(value.text)
            fields.wrong(value.line, f"variables.{name}: {problem}")


def _check_syntax(fields: _Fields, name: str, value: _Value) -> None:
    if name not in SYNTAX_NAMES:
        fields.wrong(value.line, f"syntax.{_unknown(name, SYNTAX_NAMES)}")
        return
    try:
        # A style may also carry a link, which is an escape sequence of its own.
        good = Style.parse(value.text).link is None
    except StyleSyntaxError:
        good = False
    if not good:
        what = 'has to be a style, such as "bold #ff8800"'
        fields.wrong(value.line, f"syntax.{name}: {what}")


def _is_colour(text: str) -> bool:
    try:
        Color.parse(text)
    except ColorParseError:
        return False
    return True


def _bad_colour(text: str) -> str:
    shown = text if len(text) <= 30 and text.isprintable() else "this"
    return f'{shown} is not a colour; write "#rrggbb" or a colour\'s name'


def _unknown(name: str, known: Iterable[str]) -> str:
    close = difflib.get_close_matches(name, list(known), 1)
    shown = name if len(name) <= 40 and name.isprintable() else "this name"
    return f"{shown}: unknown" + (f"; did you mean {close[0]}?" if close else "")


@cache
def _known_variables() -> frozenset[str]:
    system = Theme(name="any", primary="#000000").to_color_system()
    ansi = Theme(name="any", primary="ansi_blue", ansi=True).to_color_system()
    return frozenset({**system.generate(), **ansi.generate(), **OWN_VARIABLES})
