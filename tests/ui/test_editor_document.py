"""After any edits a document knows what a new one of the same text knows."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from textual import events
from textual.document._document import Selection

from mdbtui.ui.widgets import editor as editor_module
from mdbtui.ui.widgets import editor_document
from mdbtui.ui.widgets.editor_document import ReadAhead, SqlDocument
from tests.support.editor import editing
from tests.support.waiting import eventually

TEXTS = st.text("ab\n\té漢", max_size=12)
EDITS = st.lists(
    st.tuples(st.integers(0, 99), st.integers(0, 99), TEXTS, st.integers(0, 2)),
    max_size=8,
)


@settings(max_examples=300, derandomize=True, deadline=None)
@given(st.text("ab\n\t", max_size=30), EDITS)
def test_edits_leave_what_a_new_document_has(
    text: str, edits: list[tuple[int, int, str, int]]
) -> None:
    document = SqlDocument(text)
    for first, last, added, look in edits:
        start, end = sorted((first % (len(text) + 1), last % (len(text) + 1)))
        if look:  # some of it is known before the edit, or all
            document.line_offset(document.line_count // look - (look == 1))
            document.get_size(4)
        places = document.location_at(start), document.location_at(end)
        document.replace_range(*places, added)
        text = text[:start] + added + text[end:]
        new = SqlDocument(text)
        assert document.text == text
        assert document.get_size(4) == new.get_size(4)
        spot = first % (len(text) + 1)
        assert document.location_at(spot) == new.location_at(spot)
        assert document.offset_at(new.location_at(spot)) == spot
    assert document.lines == text.split("\n")
    assert document.count_on(1)
    for row in range(document.line_count):
        assert document.line_offset(row) == new_offset(text, row)


def new_offset(text: str, row: int) -> int:
    return sum(len(line) + 1 for line in text.split("\n")[:row])


@pytest.mark.parametrize("text", ["", "a", "a\n", "ab\r\ncd\rté\n\n漢" * 3])
async def test_a_text_read_ahead_is_the_same(
    text: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(editor_document, "SLICE", 3)
    document, plain = SqlDocument(await ReadAhead.of(text)), SqlDocument(text)
    assert document.lines == plain.lines
    assert document.text == plain.text
    assert document.get_size(4) == plain.get_size(4)


async def test_large_texts_are_pasted_undone_and_redone(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(editor_module, "LARGE", 5)
    async with editing("<>") as (editor, pilot):
        editor.selection = Selection((0, 1), (0, 1))
        pilot.app.post_message(events.Paste("one\r\n\ttwo 漢"))
        await pilot.press("x")
        await eventually(lambda: editor.text == "<one\n\ttwo 漢x>")
        assert editor.document.get_size(4) == SqlDocument(editor.text).get_size(4)
        await pilot.press("ctrl+z", "ctrl+z")
        assert editor.text == "<>"
        await pilot.press("ctrl+y", "ctrl+y")
        assert editor.text == "<one\n\ttwo 漢x>"
        assert editor.document.get_size(4) == SqlDocument(editor.text).get_size(4)
