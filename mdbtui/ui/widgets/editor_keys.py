"""What the editor's own keys do to the text; pure functions on lines."""

from __future__ import annotations

from collections.abc import Sequence

INDENT = 4


def indentation(line: str) -> str:
    """The white space a line begins with."""
    return line[: len(line) - len(line.lstrip(" \t"))]


def next_line_indentation(before_cursor: str) -> str:
    """What a new line begins with, by the part of the line that stays above it."""
    opens = before_cursor.rstrip().endswith("(")
    return indentation(before_cursor) + (" " * INDENT if opens else "")


def indented(lines: Sequence[str]) -> list[str]:
    """The lines, moved in by one step; empty ones stay empty."""
    return [" " * INDENT + line if line.strip() else line for line in lines]


def dedented(lines: Sequence[str]) -> list[str]:
    """The lines, moved out by up to one step."""
    out = []
    for line in lines:
        if line.startswith("\t"):
            out.append(line[1:])
        else:
            blanks = len(line) - len(line.lstrip(" "))
            out.append(line[min(INDENT, blanks) :])
    return out


def comment_toggled(lines: Sequence[str]) -> list[str]:
    """The lines as comments; or as they were, if all that hold text are comments.

    The dashes stand in one column, so that the lines keep their shape.
    """
    full = [line for line in lines if line.strip()]
    if full and all(line.lstrip().startswith("--") for line in full):
        return [_uncommented(line) for line in lines]
    column = min((len(indentation(line)) for line in full), default=0)
    return [
        f"{line[:column]}-- {line[column:]}" if line.strip() or not full else line
        for line in lines
    ]


def _uncommented(line: str) -> str:
    blanks = indentation(line)
    rest = line[len(blanks) :].removeprefix("--")
    return blanks + rest.removeprefix(" ")


def joined(lines: Sequence[str]) -> str:
    """The lines as one, a blank between them; a comment's dashes only stay once."""
    out = lines[0].rstrip()
    for line in lines[1:]:
        line = line.strip()
        if out.lstrip().startswith("--") and line.startswith("--"):
            line = line.lstrip("-").lstrip()
        glue = "" if not out.strip() or out.endswith("(") or line[:1] in ")," else " "
        out += (glue if line else "") + line
    return out


def case_toggled(text: str) -> str:
    """The text in upper case; in lower case if it is in upper case already."""
    return text.lower() if text == text.upper() else text.upper()
