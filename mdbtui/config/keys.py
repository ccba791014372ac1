"""Keys in the configuration: how they are written, and which a terminal can send."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from typing import TYPE_CHECKING

from mdbtui.config.yamlfile import Sequence

if TYPE_CHECKING:
    from mdbtui.config.reader import Reader
    from mdbtui.config.yamlfile import Node

KEYMAPS = ("default", "vim", "datagrip")
AREA_OF_TEXT = "editor"
"""Where letters are typed, so that they can be no keys."""

_MODIFIERS = ("alt", "ctrl", "hyper", "meta", "shift", "super")
_ALIASES = {
    "esc": "escape",
    "return": "enter",
    "pgup": "pageup",
    "pgdn": "pagedown",
    "del": "delete",
    "ins": "insert",
    "control": "ctrl",
    "option": "alt",
    "←": "left",
    "→": "right",
    "↑": "up",
    "↓": "down",
}
_MOVING = ("up", "down", "left", "right", "home", "end", "pageup", "pagedown")
_FUNCTION = tuple(f"f{number}" for number in range(1, 25))
_NAMED = frozenset(
    ("escape", "enter", "tab", "space", "backspace", "delete", "insert")
).union(_MOVING, _FUNCTION)
_SIGNS = {
    "hyphen_minus": "minus",
    "low_line": "underscore",
    "solidus": "slash",
    "reverse_solidus": "backslash",
    "commercial_at": "at",
    "plus_sign": "plus",
}
_NAMES_OF_SIGNS = frozenset(
    _SIGNS.get(name, name)
    for name in (
        unicodedata.name(chr(code)).lower().replace("-", "_").replace(" ", "_")
        for code in range(33, 127)
        if not chr(code).isalnum()
    )
)
# What a terminal sends for these is the same as for another key.
_SENT_AS = {
    "ctrl+slash": "ctrl+underscore",
    "ctrl+space": "ctrl+@",
}
_NOT_SENT = frozenset(
    ("ctrl+h", "ctrl+i", "ctrl+m", "alt+b", "alt+f", "shift+f3", "ctrl+shift+f3")
)
_ACTION = re.compile(r"[a-z][a-z0-9_]*(\.[a-z][a-z0-9_]*)?")


@dataclass(frozen=True)
class KeySetting:
    """The user's keys for one action.

    Attributes:
        action: its name, such as ``run`` or ``results.copy``.
        keys: in Textual's names; none takes the action's keys away.
        source: where it was said: ``file:line``.
    """

    action: str
    keys: tuple[str, ...]
    source: str


def canonical(text: str) -> tuple[str, ...]:
    """The keys that are meant by a text such as ``ctrl+PgUp``, ``F5`` or ``?``.

    Returns:
        In Textual's names; more than one where terminals differ; none if the text
        is no key.
    """
    # A plus stands between the parts, and may be the last of them.
    parts = re.split(r"(?<=[^+])\+", text.strip())
    *modifiers, last = (_ALIASES.get(part.lower(), part) for part in parts)
    found = sorted({modifier.lower() for modifier in modifiers})
    if any(modifier not in _MODIFIERS for modifier in found):
        return ()
    if len(last) == 1:
        if last.isalpha() and last.isupper():
            if found and "ctrl" not in found and "shift" not in found:
                found = sorted((*found, "shift"))  # alt+X is alt+shift+x
            last = last.lower() if found else last
        elif not last.isalnum():
            last = _sign(last)
        if found == ["shift"] and last.isalpha() and len(last) == 1:
            found, last = [], last.upper()
    else:
        last = last.lower()
        if last not in _NAMED and last not in _NAMES_OF_SIGNS:
            return ()
    key = "+".join((*found, last))
    return (key, _SENT_AS[key]) if key in _SENT_AS else (key,)


def _sign(character: str) -> str:
    name = unicodedata.name(character, "").lower().replace("-", "_").replace(" ", "_")
    return _SIGNS.get(name, name)


def is_typed(key: str) -> bool:
    """Whether a key is a character, which an editor takes for itself."""
    return key == "space" or len(key) == 1 or key in _NAMES_OF_SIGNS


def reaches(key: str) -> bool:
    """Whether ordinary terminals send a key so that it can be told from others.

    The others need a terminal with the keyboard protocol of kitty.
    """
    *modifiers, last = key.split("+")
    if key in _NOT_SENT:
        return False
    if not modifiers:
        return last not in _FUNCTION[12:]
    if last in _MOVING:
        return not {"hyper", "meta", "super"} & set(modifiers)
    if last in ("delete", "insert"):
        return "super" not in modifiers
    if last in _FUNCTION[:12]:
        return "alt" not in modifiers and set(modifiers) <= {"ctrl", "shift"}
    if modifiers == ["ctrl"]:
        signs = ("@", "backslash", "right_square_bracket", "underscore")
        return (len(last) == 1 and last.isascii() and last.isalpha()) or last in signs
    if modifiers in (["alt"], ["alt", "shift"]):
        return len(last) == 1 and last.isascii() and last.isalpha()
    return modifiers == ["shift"] and last == "tab"


def read_keymap(node: Node, reader: Reader) -> str | None:
    """The name of a keymap; what is wrong is noted."""
    name = reader.text(node, "keymap")
    if name is not None and name not in KEYMAPS:
        reader.wrong(node.line, "keymap", f"unknown; use one of {', '.join(KEYMAPS)}")
        return None
    return name


def read_keys(node: Node, reader: Reader) -> tuple[KeySetting, ...]:
    """The user's own keys; what is wrong is noted.

    Whether there are such actions is only known to who has them.
    """
    mapping = reader.mapping(node, "keys")
    found: list[KeySetting] = []
    for key, value in mapping.entries if mapping else ():
        path = f"keys.{key.text}"
        if not _ACTION.fullmatch(key.text):
            what = "not the name of an action; F1 shows the names beside the keys"
            reader.wrong(key.line, path, what)
            continue
        keys = _keys(value, path, key.text, reader)
        found.append(KeySetting(key.text, keys, f"{reader.source}:{key.line}"))
    return tuple(found)


def _keys(node: Node, path: str, action: str, reader: Reader) -> tuple[str, ...]:
    if isinstance(node, Sequence):
        texts = reader.texts(node, path) or ()
    else:
        text = reader.text(node, path)
        texts = () if text in (None, "none") else (str(text),)
    area = action.rpartition(".")[0]
    keys: list[str] = []
    for text in texts:
        meant = canonical(text)
        if not meant:
            what = f"{text} is not a key; write it such as ctrl+o, alt+x, F5, PgUp or ?"
            reader.wrong(node.line, path, what)
        elif is_typed(meant[0]) and area in ("", AREA_OF_TEXT):
            what = f"{text} is a character that is typed; use it with ctrl or alt"
            reader.wrong(node.line, path, what)
        keys += meant
    return tuple(dict.fromkeys(keys))
