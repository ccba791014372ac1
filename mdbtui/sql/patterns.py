r"""psql's name patterns: what the user writes after ``\d`` as regular expressions.

``*`` and ``?`` stand for any characters and for one, a dot parts schema and name,
letters are folded to lower case; within double quotes all of that is plain text.
Other signs of a regular expression keep their meaning outside quotes.
"""

from __future__ import annotations

from dataclasses import dataclass

_MEANT_PLAINLY = frozenset("|*+?()[]{}.^$\\")


class BadPattern(ValueError):  # noqa: N818 - it is told to the user, in one sentence
    """What was written is no pattern for a name."""


@dataclass(frozen=True, slots=True)
class NamePattern:
    """A pattern as the server's ``~`` takes it.

    Attributes:
        schema: For the schema; None for what the search path shows.
        name: For the name; None for all.
    """

    schema: str | None = None
    name: str | None = None


def name_pattern(written: str, *, schemas: bool = True) -> NamePattern:
    """Read a pattern.

    Args:
        written: What stands behind the command; nothing for no pattern.
        schemas: Whether the objects are in schemas; if not, a dot is part of a name.

    Raises:
        BadPattern: It has too many parts.
    """
    if not written:
        return NamePattern()
    parts = _parts(written, schemas)
    if len(parts) > 2:
        raise BadPattern(f"too many dotted names: {written}")
    anchored = [f"^({part})$" if part else None for part in parts]
    if len(parts) == 1:
        return NamePattern(None, anchored[0])
    return NamePattern(anchored[0] or "^(.*)$", anchored[1])


def _parts(written: str, schemas: bool) -> list[str]:
    parts = [""]
    quoted = False
    at = 0
    while at < len(written):
        sign = written[at]
        at += 1
        if sign == '"':
            if quoted and written.startswith('"', at):
                parts[-1] += '"'
                at += 1
            else:
                quoted = not quoted
        elif quoted:
            parts[-1] += f"\\{sign}" if sign in _MEANT_PLAINLY else sign
        elif sign == ".":
            if schemas:
                parts.append("")
            else:
                parts[-1] += "\\."
        elif sign == "*":
            parts[-1] += ".*"
        elif sign == "?":
            parts[-1] += "."
        elif sign == "$":
            parts[-1] += "\\$"  # it is a letter of names
        elif written.startswith("[]", at - 1):
            parts[-1] += "\\["  # an array type
        else:
            # Only ASCII is folded, as the server folds names.
            parts[-1] += sign.lower() if sign.isascii() else sign
    return parts
