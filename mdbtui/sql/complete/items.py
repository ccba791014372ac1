"""What is offered, and how names and keywords are written into the text."""

from __future__ import annotations

from dataclasses import dataclass

from mdbtui.sql.identifiers import quote_ident


@dataclass(frozen=True, slots=True)
class Item:
    """One proposal.

    Attributes:
        label: what the list shows.
        insert: what goes into the text.
        kind: ``table``, ``column``, ``keyword`` …
        detail: a type or signature, to be shown beside it.
        comment: the object's comment.
        caret: where in ``insert`` the cursor goes; None is its end.
        key: under this name uses are counted; ``""`` if they are not.
    """

    label: str
    insert: str
    kind: str
    detail: str = ""
    comment: str = ""
    caret: int | None = None
    key: str = ""


@dataclass(frozen=True, slots=True)
class Completion:
    """The proposals for a place, the best first.

    Attributes:
        start, end: the span of the text that a proposal replaces.
        prefix: what is typed of the name.
        items: at most `LIMIT`.
        dotted: the name stands behind a dot.
        awaited: only a name can follow, and some are known: behind FROM, say.
    """

    start: int
    end: int
    prefix: str = ""
    items: tuple[Item, ...] = ()
    dotted: bool = False
    awaited: bool = False


LIMIT = 100


def written(name: str, *, quoted: bool = False) -> str:
    """A name as SQL writes it; in quotes if it must be, or if the user began so."""
    if quoted:
        return '"' + name.replace('"', '""') + '"'
    try:
        return quote_ident(name)
    except ValueError:  # no server has such a name
        return '""'


def literal(text: str) -> str:
    """A text as a string constant."""
    escaped = text.replace("'", "''")
    if "\\" in text:
        return "E'" + escaped.replace("\\", "\\\\") + "'"
    return f"'{escaped}'"


def in_case(word: str, *, upper: bool) -> str:
    """A keyword in the case that the user writes keywords in."""
    return word.upper() if upper else word
