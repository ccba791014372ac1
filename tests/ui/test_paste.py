from __future__ import annotations

import itertools
import time
from collections.abc import Sequence

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from textual import events
from textual.message import Message

from mdbtui.ui.paste import PasteSafeParser

START, END = "\x1b[200~", "\x1b[201~"


class Clock:
    """The time of the parser under test, in seconds."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.now = 100.0
        monkeypatch.setattr(time, "monotonic", lambda: self.now)
        monkeypatch.setattr("textual._parser.get_time", lambda: self.now)


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    return Clock(monkeypatch)


def told(messages: Sequence[Message]) -> list[str]:
    """What happened: the names of keys, and pastes in quotation marks."""
    said = []
    for message in messages:
        if isinstance(message, events.Paste):
            said.append(repr(message.text))
        elif isinstance(message, events.Key):
            said.append(message.key)
        else:
            said.append(type(message).__name__)
    return said


def read(parser: PasteSafeParser, *pieces: str) -> list[str]:
    """What comes of pieces that are read one after the other, at once."""
    messages: list[Message] = []
    for piece in pieces:
        messages += [*parser.feed(piece), *parser.tick()]
    return told(messages)


@pytest.mark.parametrize(
    ("pasted", "expected"),
    [
        ("a \x1b\n b", "a \n b"),
        ("a \x1b[31m\x11 b", "a [31m b"),
        ("a \x1b\x1b[15~ b", "a [15~ b"),
        (f"a{START}b", "a[200~b"),
        ("a\x1b[", "a["),
        ("a\x1b", "a"),
        ("a\x00\x07\x7f\x9b31m\tb\r\nc\n", "a31m\tb\r\nc\n"),
    ],
)
def test_nothing_in_a_paste_is_a_key(pasted: str, expected: str) -> None:
    got = read(PasteSafeParser(), f"x{START}{pasted}{END}y")
    assert got == ["x", repr(expected), "y"]


PASTED = st.text(st.sampled_from([*"a[201~0\n\x11é", "\x1b"]), max_size=20).filter(
    lambda text: END not in text + END[:-1]
)


@settings(max_examples=500, derandomize=True)
@given(PASTED, st.lists(st.integers(0, 40), max_size=8))
def test_it_may_come_in_any_pieces(pasted: str, cuts: list[int]) -> None:
    data = f"x\x1b[A{START}{pasted}{END}y\x1b[15~{START}second{END}\x1b[B"
    places = [0, *sorted(cuts), len(data)]
    pieces = [data[a:b] for a, b in itertools.pairwise(places) if a < b]
    harmless = pasted.replace("\x1b", "").replace("\x11", "")
    expected = ["x", "up", repr(harmless), "y", "f5", "'second'", "down"]
    assert read(PasteSafeParser(), *pieces) == [e for e in expected if e != "''"]


def test_an_escape_before_a_paste_stays_before_it() -> None:
    got = read(PasteSafeParser(), f"\x1b{START}x{END}y")
    assert got == ["escape", "'x'", "y"]


@pytest.mark.parametrize(
    ("reads", "keys"),
    [
        (["\x1bpid"], ["alt+p", "i", "d"]),
        (["\x1bh", "\x1bv", "s"], ["alt+h", "alt+v", "s"]),
        (["\x1bh\x1bv", "sp\r"], ["alt+h", "alt+v", "s", "p", "enter"]),
        (["a\x1bVb"], ["a", "alt+shift+v", "b"]),
        (["\x1b[1;3Dx\x1bOPy"], ["alt+left", "x", "f1", "y"]),
        (["\x1b[1;3", "Dx"], ["alt+left", "x"]),
    ],
)
def test_what_comes_right_behind_alt_with_a_key_is_another_key(
    reads: list[str], keys: list[str]
) -> None:
    assert read(PasteSafeParser(), *reads) == keys


def test_the_escape_key_alone_waits_no_longer_than_textual_lets_it(
    clock: Clock,
) -> None:
    parser = PasteSafeParser()
    assert read(parser, "\x1b") == []
    clock.now += 0.11
    assert told([*parser.tick()]) == ["escape"]
    assert read(parser, "x", "\x1b[A") == ["x", "up"]


def test_a_start_marker_that_stops_half_way_is_keys(clock: Clock) -> None:
    parser = PasteSafeParser()
    assert read(parser, "\x1b[2") == []
    clock.now += 0.11
    assert len(told([*parser.tick()])) == 2
    assert read(parser, "x") == ["x"]


def test_a_paste_without_end_is_shown_and_gives_the_keyboard_back(
    clock: Clock,
) -> None:
    parser = PasteSafeParser()
    assert read(parser, f"{START}lost\x1b[20") == []
    clock.now += 2.1
    assert told([*parser.tick()]) == ["'lost'"]
    assert read(parser, "\x1b[15~") == ["'[20'", "f5"]
    assert read(parser, "x") == ["x"]


@pytest.mark.parametrize("key", ["x", "\n", "\x1b", "\x1b[A", "\x1bOP", "\x1bx"])
def test_any_key_alone_ends_a_paste_without_end(clock: Clock, key: str) -> None:
    parser = PasteSafeParser()
    read(parser, f"{START}lost")
    clock.now += 2.1
    assert read(parser, key)[0] == "'lost'"
    clock.now += 0.2
    list(parser.tick())
    assert read(parser, "z") == ["z"]


def test_the_rest_of_a_paste_that_was_held_up_is_no_key(clock: Clock) -> None:
    parser = PasteSafeParser()
    assert read(parser, f"{START}first") == []
    clock.now += 60
    assert told([*parser.tick()]) == ["'first'"]
    assert read(parser, "\n\x11rest", END, "x") == ["'\\nrest'", "x"]


def test_an_end_marker_that_was_held_up_types_nothing(clock: Clock) -> None:
    parser = PasteSafeParser()
    read(parser, f"{START}text")
    clock.now += 60
    assert read(parser, END, "x") == ["'text'", "x"]
