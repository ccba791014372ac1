"""Server text as it may be drawn."""

from __future__ import annotations

import unicodedata

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from rich.cells import cell_len, get_character_cell_size
from rich.segment import Segment
from textual.strip import Strip

from mdbtui.ui.safe import plain, safe, safe_multiline

# Mostly ordinary text with a high share of the characters that hurt.
NASTY = (
    "\x00\x07\x08\t\n\v\f\r\x1b\x1c\x7f\x80\x85\x9b\x9d\xad\u034f\u061c\u115f\u180e"
    "\u200b\u200c\u200d\u200e\u200f\u2028\u2029\u202a\u202e\u2060\u2066\u2069\u3164"
    "\ud800\udfff\ufe0e\ufe0f\ufeff\uffa0\ufff9\ufffe\U0001f3fd\U000e0041\U000e0100"
    "\u0301\u0e31\u093f\u0644\u0627👩👍🏴❤漢한\u1112\u1161\u11ab🇩🇪[/x]"
)
CHARACTERS = st.one_of(st.sampled_from(NASTY), st.characters(codec=None))
TEXTS = st.text(CHARACTERS, max_size=40)


@settings(derandomize=True, max_examples=400, deadline=None)
@given(TEXTS)
def test_nothing_that_steers_a_terminal_is_left(text: str) -> None:
    out = safe(text)
    for character in out:
        assert unicodedata.category(character) not in ("Cc", "Cs", "Zl", "Zp")
        assert unicodedata.bidirectional(character) not in (
            "LRE", "RLE", "LRO", "RLO", "PDF", "LRI", "RLI", "FSI", "PDI",
        )  # fmt: skip
    out.encode("utf-8")


def test_every_character_alone() -> None:
    """All of Unicode: nothing hidden survives, and nothing disappears."""
    visible_formats = {*range(0x600, 0x606), 0x6DD, 0x70F, 0x890, 0x891, 0x8E2}
    visible_formats |= {0x110BD, 0x110CD}
    for code in range(0x110000):
        if (category := unicodedata.category(chr(code))) in ("Cn", "Co", "Lo"):
            continue
        out = safe(chr(code))
        if category in ("Cc", "Cf", "Cs", "Zl", "Zp"):
            assert code in visible_formats or (out != chr(code) and cell_len(out) == 1)
        assert code in _SHAPING or out, hex(code)


_SHAPING = {0x34F, *range(0x180B, 0x180E), *range(0xFE00, 0xFE10)}
_SHAPING |= set(range(0xE0100, 0xE01F0))


@settings(derandomize=True, max_examples=400, deadline=None)
@given(TEXTS)
def test_textual_draws_as_many_cells_as_its_characters_have(text: str) -> None:
    """No sequence is wider or narrower than its parts, so columns stay aligned."""
    out = safe(text)
    width = sum(get_character_cell_size(character) for character in out)
    assert cell_len(out) == width
    strip = Strip([Segment(out)])
    assert strip.cell_length == width
    assert strip.crop(0, width).text == out


@settings(derandomize=True, max_examples=400, deadline=None)
@given(TEXTS)
def test_safe_text_stays_as_it_is(text: str) -> None:
    assert safe(safe(text)) == safe(text)
    assert safe_multiline(safe_multiline(text)) == safe_multiline(text)


@settings(derandomize=True, max_examples=300, deadline=None)
@given(TEXTS, st.integers(0, 50))
def test_limit_bounds_what_is_drawn(text: str, limit: int) -> None:
    out = safe(text, limit)
    assert len(out) <= limit + 1 + (limit == 0)
    if len(text) > max(limit, 1):
        assert out.endswith("…")


@settings(derandomize=True, max_examples=200, deadline=None)
@given(st.text(st.characters(min_codepoint=32, max_codepoint=126)))
def test_printable_ascii_is_untouched(text: str) -> None:
    assert safe(text) == text == safe_multiline(text) == plain(text).plain


@settings(derandomize=True, max_examples=200, deadline=None)
@given(TEXTS)
def test_lines_are_kept_in_message_boxes(text: str) -> None:
    lines = text.replace("\r\n", "\n").split("\n")
    out = safe_multiline(text).split("\n")
    assert out == [safe(line.replace("\t", "    ")) for line in lines]


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("a\x1b[31mb", "a␛[31mb"),
        ("one\r\ntwo\tthree", "one␍⏎two→three"),
        ("nul\x00 del\x7f c1\x9b", "nul␀ del␡ c1\ufffd"),
        ("user\u202egnp.exe", "user\ufffdgnp.exe"),
        ("zero\u200bwidth", "zero\ufffdwidth"),
        ("half\ud83d", "half\ufffd"),
        ("👩\u200d👩\u200d👧", "👩👩👧"),
        ("👍🏽 ❤\ufe0f\u200d🔥", "👍 ❤🔥"),
        ("🏴\U000e0067\U000e0062\U000e007f!", "🏴!"),
        ("می\u200cخواهم", "میخواهم"),
        ("क्\u200dष", "क्ष"),
        ("a\u200cb", "a\ufffdb"),
        ("\u0301x", "◌\u0301x"),
        ("Z" + "\u0301" * 50 + "!", "Z" + "\u0301" * 8 + "!"),
        ("Zürich 漢字 עברית", "Zürich 漢字 עברית"),
        ("[/x] [bold]", "[/x] [bold]"),
    ],
)
def test_stand_ins(text: str, shown: str) -> None:
    assert safe(text) == shown


def test_long_text_is_cut_before_it_is_cleaned() -> None:
    """The cost is the limit's, not the text's."""

    class Loud(str):
        def isascii(self) -> bool:
            raise AssertionError("the whole text was looked at")

    assert safe(Loud("x" * 1000), 5) == "xxxx…"


def test_plain_is_never_markup() -> None:
    assert plain("[bold]x[/] [/nothing]").plain == "[bold]x[/] [/nothing]"
    assert not plain("[bold]x[/]").spans
    assert plain("a\x1bb", 2).plain == "a…"
