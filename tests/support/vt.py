"""A strict reader of what is written to a terminal.

It knows the few sequences that a full-screen program needs, and reports everything
else: a clipboard or title sequence, a device string, an 8-bit control, a mode that
nobody asked for. Server text must never become any of them.
"""

from __future__ import annotations

import re

# DEC private modes that Textual 8 or mdbtui sets, resets or asks for.
MODES = {
    7: "auto wrap",
    25: "cursor",
    1000: "mouse buttons",
    1003: "mouse moves",
    1004: "focus",
    1006: "mouse, SGR form",
    1015: "mouse, urxvt form",
    1016: "mouse in pixels",
    1036: "xterm: escape before what the meta key modifies",
    1039: "xterm: the same for alt",
    1049: "alternate screen",
    2004: "bracketed paste",
    2026: "synchronized output",
    2048: "size reports",
}
_ALLOWED_CSI = (
    re.compile(rb"[0-9;:]*m"),  # SGR
    re.compile(rb"[0-9;]*[ABCDEFGHdf]"),  # cursor moves
    re.compile(rb"[0-3]?[JK]"),  # erase
    re.compile(rb"[0-9]*[LMPX@ST]"),  # insert, delete, erase, scroll
    re.compile(rb"[0-9;]*r"),  # scroll region
    re.compile(rb"[>=<][0-9;]*u"),  # kitty keys: push, set, pop
    re.compile(rb"\?u"),  # kitty keys: which are on?
    re.compile(rb"[su]"),  # save and restore the cursor
    re.compile(rb"\?10(36|39)[sr]"),  # save and restore those two modes
    re.compile(rb"14t|16t|18t"),  # how large is it?
    re.compile(rb"c|>c|6n|5n"),  # who are you, where is the cursor
    re.compile(rb"[0-6]? q"),  # the cursor's shape
)
_CSI = re.compile(rb"\x1b\[([0-?]*[ -/]*[@-~])")
_MODE = re.compile(rb"\?([0-9;]+)(?:[hl]|\$p)")
_PLAIN_CONTROLS = {0x07, 0x08, 0x09, 0x0A, 0x0D}
_STRINGS = {
    ord("]"): "OSC",
    ord("P"): "DCS",
    ord("_"): "APC",
    ord("^"): "PM",
    ord("X"): "SOS",
}
_POINTER = re.compile(rb"\x1b\]22;[a-z-]*(?:\x07|\x1b\\)")  # the mouse pointer's shape
_STRING_END = re.compile(rb"\x07|\x1b\\|\x9c|\x18|\x1a")
_HARMLESS_ESCAPES = b"78=>M("


def check(data: bytes, *, bell: bool = True) -> list[str]:
    """Return what should not be in the output, each with the place; empty is good.

    Args:
        data: Everything that was written, UTF-8 with control sequences.
        bell: A bell is allowed.
    """
    problems: list[str] = []
    position = 0
    while position < len(data):
        byte = data[position]
        if byte == 0x1B:
            position, problem = _escape(data, position)
        elif byte < 0x20 or byte == 0x7F:
            allowed = byte in _PLAIN_CONTROLS and (bell or byte != 0x07)
            problem = "" if allowed else f"control 0x{byte:02x}"
            position += 1
        elif byte < 0x80:
            problem, position = "", position + 1
        else:
            position, problem = _character(data, position)
        if problem:
            before = data[max(0, position - 40) : position]
            problems.append(f"{problem} before byte {position}: {before!r}")
    return problems


def printed(data: bytes) -> str:
    """Return the characters between the control sequences."""
    return _CSI.sub(b"", data).decode("utf-8", "replace")


def _escape(data: bytes, position: int) -> tuple[int, str]:
    csi = _CSI.match(data, position)
    if csi is not None:
        return csi.end(), _csi_problem(csi[1])
    pointer = _POINTER.match(data, position)
    if pointer is not None:
        return pointer.end(), ""
    follower = data[position + 1] if position + 1 < len(data) else 0
    if follower in _STRINGS:
        end = _STRING_END.search(data, position + 2)
        return (end.end() if end else len(data)), f"{_STRINGS[follower]} string"
    if follower == ord("["):
        return position + 2, "broken CSI"
    if follower and follower in _HARMLESS_ESCAPES:
        return position + (3 if follower == ord("(") else 2), ""
    return position + 1, "unknown escape"


def _csi_problem(body: bytes) -> str:
    mode = _MODE.fullmatch(body)
    if mode is not None:
        unknown = [n for n in mode[1].split(b";") if int(n or 0) not in MODES]
        return f"mode {unknown}" if unknown else ""
    if any(allowed.fullmatch(body) for allowed in _ALLOWED_CSI):
        return ""
    return f"CSI {body!r}"


def _character(data: bytes, position: int) -> tuple[int, str]:
    first = data[position]
    length = 2 if first < 0xE0 else 3 if first < 0xF0 else 4
    try:
        character = data[position : position + length].decode("utf-8")
    except UnicodeDecodeError:
        return position + 1, f"8-bit control or broken UTF-8 0x{first:02x}"
    code = ord(character)
    if code < 0xA0:
        return position + length, f"C1 control U+{code:04X}"
    if code in _UNSEEN:
        return position + length, f"format character U+{code:04X}"
    return position + length, ""


# Directions, separators and invisible characters; U+200D may join emoji.
_UNSEEN = {
    0x061C, 0x200B, 0x200E, 0x200F, 0xFEFF,
    *range(0x2028, 0x202F), *range(0x2060, 0x2070), *range(0xFFF9, 0xFFFC),
}  # fmt: skip
