"""The simplest YAML, read without the YAML library, whose loading takes 10 ms.

Nearly every configuration and theme is nothing but names with values in ASCII, below
one another, without flow styles, sequences, escapes or mistakes. Whatever else is in
a text makes the whole of it the library's work, so that one reader knows YAML.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from mdbtui.config.yamlfile import MAX_DEPTH, Mapping, Scalar

_ENTRY = re.compile(
    r"""(?P<indent>\ *)(?P<key>[A-Za-z_][\w.-]*):
        (?:\ +(?:"(?P<double>[^"\\]*)"|'(?P<single>[^']*)'
            |(?P<plain>(?=[\w/$.])[!-~]*[!-9;-~](?:\ +(?!\#)[!-~]*[!-9;-~])*)))?
        (?:\ +\#.*|\ *)""",
    re.ASCII | re.VERBOSE,
)


class _NotSimpleError(Exception):
    """The text is for the library."""


def read_plain(text: str) -> tuple[bool, Mapping | None]:
    """Read a document if it is as simple as that.

    Returns:
        Whether it is, and its root, which is None if there is nothing in it.
    """
    try:
        return True, _read(text)
    except _NotSimpleError:
        return False, None


def _read(text: str) -> Mapping | None:
    levels: list[tuple[int, Mapping]] = []
    root: Mapping | None = None
    waiting: Scalar | None = None  # a name whose value may be in the lines below
    for line, entry in _entries(text):
        indent = len(entry["indent"])
        if not levels or (waiting and indent > levels[-1][0]):
            node = Mapping(line, line)
            root = root or node
            if waiting:
                levels[-1][1].entries.append((waiting, node))
            levels.append((indent, node))
        else:
            _leave_empty(waiting, levels)
            while levels and indent < levels[-1][0]:
                levels.pop()
        if not levels or indent != levels[-1][0] or len(levels) > MAX_DEPTH:
            raise _NotSimpleError
        mapping = levels[-1][1]
        key = Scalar(line, line, entry["key"], plain=True)
        if mapping.get(key.text) is not None:
            raise _NotSimpleError
        value = _value(entry, line)
        if value is not None:
            mapping.entries.append((key, value))
        waiting = key if value is None else None
        for _, open_ in levels:
            open_.last_line = line
    _leave_empty(waiting, levels)
    return root


def _entries(text: str) -> Iterator[tuple[int, re.Match[str]]]:
    """Each line that says something, by its number."""
    if not text.isascii():
        raise _NotSimpleError
    for number, line in enumerate(text.split("\n"), 1):
        if not line.isprintable():
            raise _NotSimpleError
        if (said := line.lstrip(" ")) and not said.startswith("#"):
            entry = _ENTRY.fullmatch(line)
            if entry is None:
                raise _NotSimpleError
            yield number, entry


def _value(entry: re.Match[str], line: int) -> Scalar | None:
    for kind in ("plain", "double", "single"):
        if (text := entry[kind]) is not None:
            return Scalar(line, line, text, plain=kind == "plain")
    return None


def _leave_empty(key: Scalar | None, levels: list[tuple[int, Mapping]]) -> None:
    if key is not None:
        nothing = Scalar(key.line, key.line, "", plain=True)
        levels[-1][1].entries.append((key, nothing))
