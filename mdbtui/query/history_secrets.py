"""Which statements are never written down: those that hold a password, or say so.

The text is looked at as it is, bodies and strings included: what is left out without
need can be typed again, a password on the disk can't be taken back.
"""

from __future__ import annotations

import re

_GAP = r"(?:\s|/\*.*?\*/|--[^\n]*(?:\n|$))"
_VALUE = r"(?:[eEnNbBxX]?'|[uU]&'|\$|\")"
_ROLE = re.compile(
    rf"\b(?:create|alter){_GAP}+(?:role|user|group)\b.*\bpassword\b",
    re.IGNORECASE | re.DOTALL,
)
_HELD = re.compile(
    # PASSWORD 'x' of an option, password=x of a conninfo, password => 'x' of a call
    rf"\b(?:ssl)?(?:password|passwd|passfile)\"?{_GAP}*(?:(?:=>?|:=){_GAP}*\S|{_VALUE})"
    # \password and PGPASSWORD have no place here, but get pasted
    r"|\bpgpassword\b"
    # postgresql://user:secret@host
    r"|\bpostgres(?:ql)?://[^\s'@/]*:[^\s'@/]+@",
    re.IGNORECASE | re.DOTALL,
)
_WISH = re.compile(r"--[ \t]*nohist\b|/\*[ \t]*nohist\b", re.IGNORECASE)


def holds_secret(sql: str) -> bool:
    """Say whether a statement looks as if it held a password."""
    lowered = sql.casefold()
    if "passw" not in lowered and "postgres" not in lowered:
        return "passfile" in lowered
    return bool(_ROLE.search(sql) or _HELD.search(sql))


def is_left_out(sql: str, before: str = "") -> bool:
    """Say whether a statement must not be written down.

    Args:
        sql: The statement.
        before: What stands before it on its line. A space at the beginning keeps it
            out, as in a shell; so does ``-- nohist`` in the statement.
    """
    if before.startswith((" ", "\t")) and not before.strip():
        return True
    return bool(_WISH.search(sql)) or holds_secret(sql)
