"""Formatting a part of an editor's text, in the helper process."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Literal

from textual.document._document import Selection

from mdbtui.ui.helper import Helper, HelperFailed

if TYPE_CHECKING:
    from mdbtui.ui.widgets.editor import SqlEditor

BUDGET, LIMIT = 8.0, 20.0
"""Seconds after which statements are left as they are; after which all of them are."""
Told = tuple[str, Literal["information", "warning"]]


async def format_range(editor: SqlEditor, start: int, end: int) -> Told:
    """Lay out the statements between two offsets, as one undo step.

    Returns:
        What there is to say about it.
    """
    if editor.read_only:
        return "This text can't be changed.", "warning"
    whole = editor.text
    line = whole.rfind("\n", 0, start) + 1
    if not whole[line:start].strip(" \t"):
        start = line
    helper = Helper()
    try:
        head, body = await helper.ask("format", whole[start:end], LIMIT, budget=BUDGET)
    except HelperFailed as error:
        return f"Not formatted: {error}.", "warning"
    finally:
        helper.close()
    if editor.text is not whole and editor.text != whole:
        return "The text changed meanwhile. Nothing was formatted.", "warning"
    changes = json.loads(body)
    if changes:
        _apply(editor, whole, start, changes)
    return _told(len(changes), head["left"])


def _apply(
    editor: SqlEditor, whole: str, base: int, changes: list[tuple[int, int, str]]
) -> None:
    parts: list[str] = []
    first = last = base + changes[0][0]
    for start, end, new in changes:
        parts += (whole[last : base + start], new)
        last = base + end
    new = "".join(parts)
    document = editor.sql
    cursor = document.offset_at(editor.cursor_location)
    if first <= cursor <= last:
        cursor = first + _same_place(whole[first:cursor], new)
    elif cursor > last:
        cursor += len(new) - (last - first)
    places = document.location_at(first), document.location_at(last)
    editor.replace_as_one_step(new, *places, Selection.cursor(places[0]))
    editor.move_cursor(document.location_at(cursor))


def _same_place(before: str, new: str) -> int:
    """Where in ``new`` as many letters have passed as there are in ``before``."""
    letters = sum(map(len, before.split()))
    for place, letter in enumerate(new):
        if not letters:
            return place
        letters -= not letter.isspace()
    return len(new)


def _told(changed: int, left: dict[str, int]) -> Told:
    if not left:
        return ("Formatted." if changed else "It is formatted already."), "information"
    count = sum(left.values())
    words = ", ".join(
        why if count == 1 else f"{number:,} {why}" for why, number in left.items()
    )
    begin = "Formatted, but " if changed else ""
    kept = "1 statement stays" if count == 1 else f"{count:,} statements stay"
    return f"{begin}{kept} as written: {words}.".capitalize(), "warning"
