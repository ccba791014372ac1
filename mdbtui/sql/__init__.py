"""Pure functions on SQL text: statements, what they are, colours, positions."""

from __future__ import annotations

from mdbtui.sql.classify import Classified, Kind, classify
from mdbtui.sql.positions import (
    location_to_offset,
    offset_to_location,
    position_to_offset,
)
from mdbtui.sql.statements import (
    PsqlCommand,
    Statement,
    psql_commands,
    split,
    statement_at,
)

__all__ = [
    "Classified",
    "Kind",
    "PsqlCommand",
    "Statement",
    "classify",
    "location_to_offset",
    "offset_to_location",
    "position_to_offset",
    "psql_commands",
    "split",
    "statement_at",
]
