"""What may stand at a cursor, before any name is looked up."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Want(StrEnum):
    """A kind of name."""

    RELATION = "relation"
    """What FROM takes: tables, CTEs, set-returning functions, schemas."""
    TABLE = "table"
    """A relation of certain kinds, as a command names it."""
    JOIN = "join"
    """A table with its condition, by foreign keys."""
    CONDITION = "condition"
    """A join's condition, by foreign keys or equal names."""
    COLUMN = "column"
    """A column of the tables in scope."""
    TARGET_COLUMN = "target column"
    """A column of the table that the statement changes, never qualified."""
    COMMON_COLUMN = "common column"
    """A column that both sides of a join have."""
    OWN_COLUMN = "own column"
    """A column behind the name of its table."""
    ALIAS = "alias"
    STAR = "star"
    """The columns that a ``*`` stands for."""
    FUNCTION = "function"
    PROCEDURE = "procedure"
    TRIGGER_FUNCTION = "trigger function"
    SIGNATURE = "signature"
    """A function with the types of its arguments, as DROP FUNCTION takes it."""
    TYPE = "type"
    OWN_TYPE = "own type"
    """A type that is not the server's own."""
    VALUE = "value"
    """A label of the enum that the column before is of."""
    SCHEMA = "schema"
    SCHEMA_TEXT = "schema text"
    DATABASE = "database"
    SETTING = "setting"
    SETTING_VALUE = "setting value"
    SNIPPET = "snippet"


NAMES = frozenset(Want) - {
    Want.COLUMN,
    Want.ALIAS,
    Want.STAR,
    Want.FUNCTION,
    Want.VALUE,
    Want.SNIPPET,
}
"""What is a name wherever it is the first that a place asks for."""


@dataclass(frozen=True)
class Context:
    """What a place asks for.

    Attributes:
        wants: kinds of names, the likeliest first.
        keywords: in their order.
        about: the table or setting that the place is about.
        kinds: of relations, for `Want.TABLE`; empty is any.
        compared: the column that a value is compared with or assigned to.
        taken: column names that are in the list already.
        operand: an expression may begin here (else it has just ended).
    """

    wants: tuple[Want, ...] = ()
    keywords: tuple[str, ...] = ()
    about: tuple[str, ...] = ()
    kinds: frozenset[str] = frozenset()
    compared: tuple[str, ...] = ()
    taken: frozenset[str] = frozenset()
    operand: bool = True


NOTHING = Context()
