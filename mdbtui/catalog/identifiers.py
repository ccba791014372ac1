"""The names of objects: quoted for SQL, and sorted for people."""

from __future__ import annotations

import re

from mdbtui.sql.identifiers import quote_ident

__all__ = ["natural_key", "quote_ident"]

_DIGITS = re.compile("[0-9]+")


def natural_key(name: str) -> str:
    """Return a text that sorts as people expect: t2 before t10, A beside a.

    Names that differ only in case or in leading zeros still have different keys.
    """
    key = name.casefold()
    if _DIGITS.search(key):
        key = _DIGITS.sub(_padded, key)
    return f"{key}\0{name}"


def _padded(digits: re.Match[str]) -> str:
    # The number of digits goes first, so that texts compare as the numbers would. A
    # name has at most 63 bytes, but a function's arguments are part of its label.
    number = digits[0].lstrip("0")
    return f"{len(number):05}{number}"
