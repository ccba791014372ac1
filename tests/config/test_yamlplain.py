"""The reader of the simplest YAML gives what the library gives, or nothing."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from mdbtui.config.yamlfile import Mapping, Node, Scalar, read_any, read_tree
from mdbtui.config.yamlplain import read_plain

THEMES = sorted((Path(__file__).parents[2] / "themes").glob("*.yaml"))


def told(node: Node | None) -> Any:
    """All that a tree says."""
    match node:
        case None:
            return None
        case Scalar():
            return node.line, node.last_line, node.text, node.plain, node.is_text
        case Mapping():
            entries = [(told(key), told(value)) for key, value in node.entries]
            return node.line, node.last_line, node.flow, entries
        case _:
            raise AssertionError(node)


def compare(text: str) -> bool:
    """Compare the two readers if the simple one takes it; whether it did."""
    simple, root = read_plain(text)
    if simple:
        expected, mistakes = read_any(text)
        assert (told(root), []) == (told(expected), mistakes)
    return simple


@pytest.mark.parametrize("path", THEMES, ids=lambda path: path.stem)
def test_the_themes_are_simple(path: Path) -> None:
    assert compare(path.read_text())


CONFIG = """
# Where to.
theme: ember   # warm
keys:
connections:
  shop:
    url: postgresql://anna@db.example:5432/shop?sslmode=disable#x
    password: "a # b: c"
    group: 'it is'
    name: a - b, {c} ["d"] e:f
    port: 0123
  "two":
"""


def test_a_configuration_is_simple_but_for_one_line() -> None:
    assert compare(CONFIG.replace('  "two":\n', "  two:\n\n  # end\n"))
    assert not compare(CONFIG)
    root, mistakes = read_tree(CONFIG)
    assert isinstance(root, Mapping)
    assert not mistakes


@pytest.mark.parametrize(
    "text",
    [
        "a: b\n  c: d", "a: [b]", "a: {}", "a: b: c", "a: b:", "a: b\n  c", "a:\tb",
        "a: 'b''c'", 'a: "b\\x41"', "a: |\n  b", "a: *b", "a: &b c", "a: !b c",
        "a: b\na: c", "a:\n    b:\n  c:", "- a", "? a", "a:b", "---\na: b", "a: b\n...",
        "a: ü", "a: b\r\n", "a: \x01", "# \x01", "%TAG", "a: ~", "a: - b", "a: @b",
        "a: 'b' c", 'a: "b"c', "a: '#'#", " a: b\nc: d", "a: =", "<<: a", "a: `",
        "a: b\x0c", "a:\n  b", "a: >", "a: ? b", "a: %b", "a: ,", "a: b :", "a: b : c",
        "a: ]", "a: b\x85c",
        "".join("  " * depth + "a:\n" for depth in range(21)),
    ],
)  # fmt: skip
def test_what_is_not_simple_is_left_to_the_library(text: str) -> None:
    assert not read_plain(text)[0]


LINES = st.lists(
    st.tuples(
        st.sampled_from(["", "", "  ", "    ", " "]),
        st.sampled_from(["a", "b", "c-d", "yes", "e.f", "#", "", "-", "g h"]),
        st.sampled_from([":", ":", ": ", ":  ", "", ":\t"]),
        st.one_of(
            st.sampled_from(["", "x", "no", "12:30:45", "1e3", ".5", "$", "x # y"]),
            st.sampled_from(['"q"', "'q'", "'q' # r", '"q" r', "x#y", "x: y", "x :y"]),
            st.text("ab:#'\"\\[]{},&*!|>%@`-?~=<. $/_0é\t", max_size=6),
        ),
        st.sampled_from(["", "", "", " ", " # z", "#z"]),
    ).map("".join),
    max_size=8,
).map("\n".join)


SIMPLE = st.lists(
    st.tuples(
        st.sampled_from(["", "", "  ", "  ", "    "]),
        st.sampled_from("abcdefghijklmnop"),
        st.sampled_from([":", ":", ": x", ": no", ': "#1 x"', ": 'y' # z", ": 1:2 3"]),
    ).map("".join),
    max_size=8,
).map("\n".join)


@given(LINES | SIMPLE)
@example("a:\n  b:\nc: d")
@example("a:\n\n  # x\n  b: c # d\n\n\ne:\n")
@example("")
@example("# only this")
@example("a:\n b:\n  c:\n d: e")
def test_whatever_is_taken_is_read_as_the_library_reads_it(text: str) -> None:
    compare(text)
