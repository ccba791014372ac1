"""Expressions: does one begin here or has one just ended, and what is it about."""

from __future__ import annotations

from mdbtui.sql.complete import grammar
from mdbtui.sql.complete.levels import Level
from mdbtui.sql.complete.wants import Context, Want
from mdbtui.sql.identifiers import RESERVED

COMPARISONS = frozenset({"=", "<>", "!=", "<", ">", "<=", ">=", "=="})
EXPRESSION = (Want.VALUE, Want.COLUMN, Want.ALIAS, Want.FUNCTION, Want.SCHEMA)
# Reserved words that are a whole operand, or end one.
_OPERANDS = frozenset(
    """
    null true false end current_date current_time current_timestamp localtime
    localtimestamp current_user session_user current_role current_catalog
    current_schema user default isnull notnull asc desc
    """.split()  # noqa: SIM905  a list of quoted words is no easier to read
)
# Words that are not reserved, but do not end an operand where they mostly stand.
_OPENING = frozenset(
    """
    by set values set recursive between escape over filter partition rows range
    groups if elsif return perform call exists set like ilike similar is in not or and
    """.split()  # noqa: SIM905
)
_CALLED = frozenset({"left", "right"})


def ends_operand(level: Level, at: int) -> bool:
    """Whether what stands right before an index is a whole operand."""
    kind = level.kind(at - 1)
    if kind in {"level", "quoted", "string", "number"}:
        return True
    if kind == "word":
        word = level.word(at - 1)
        if level.kind(at - 2) == "dot" or word in _OPERANDS:
            return True
        return word not in RESERVED and word not in _OPENING
    if kind == "operator":
        text = level.text(at - 1)
        if text == "]":
            return True
        return text == "*" and not ends_operand(level, at - 1)
    return False


def last_start(level: Level, start: int, at: int) -> int:
    """Where the entry of a list begins that an index is in."""
    while at > start and level.kind(at - 1) != "comma":
        at -= 1
    return at


def operand_keywords(clause: str) -> tuple[str, ...]:
    """Keywords that may begin an expression in a clause."""
    return grammar.OPERAND_OF.get(clause, grammar.OPERAND)


def _open_case(level: Level, at: int) -> bool:
    words = [level.word(i) for i in range(at)]
    return words.count("case") > words.count("end")


def compared_before(level: Level, at: int) -> tuple[str, ...]:
    """The column that a value right before an index is compared with."""
    if level.text(at - 1) in COMPARISONS:
        return level.chain_before(at - 1)
    if level.word(at - 1) == "from" and level.word(at - 2) == "distinct":
        at -= 3
        return level.chain_before(at if level.word(at) == "is" else at - 1)
    if level.word(at - 1) in {"any", "all", "some"}:
        return compared_before(level, at - 1)
    return ()


def expression(
    level: Level, clause: str, *, behind: tuple[str, ...] | None = None
) -> Context:
    """What an expression of a clause may go on with at the cursor.

    Args:
        level: the one that the cursor is in.
        clause: its name.
        behind: the keywords that may follow, if not the clause's own.
    """
    at = level.cursor
    case = grammar.CASE if _open_case(level, at) else ()
    before = level.word(at - 1)
    if before == "is":
        return Context((), grammar.FOLLOWING["is"])
    if before == "over":
        return Context()
    if before == "not" and ends_operand(level, at - 1):
        return Context((), grammar.FOLLOWING["not"], operand=False)
    if ends_operand(level, at) and before not in _CALLED:
        words = (
            grammar.BEHIND.get(clause, grammar.OPERATORS) if behind is None else behind
        )
        return Context((), (*case, *words), operand=False)
    words = operand_keywords(clause)
    if before == "select":
        words = tuple(words)
    elif clause == "select":
        words = grammar.OPERAND
    if before in {"when", "then", "else"}:
        case = ()
    elif before == "case":
        case = ("when",)
    return Context(EXPRESSION, (*case, *words), compared=compared_before(level, at))
