"""``${NAME}`` and ``${NAME:-default}`` in a configured text."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING
from urllib.parse import quote

if TYPE_CHECKING:
    from collections.abc import Mapping

_REFERENCE = re.compile(r"\$?\$\{([^}]*)\}?")
_INNER = re.compile(r"([A-Za-z_][A-Za-z0-9_]*)(?::-(.*))?", re.DOTALL)


class ReferenceProblem(ValueError):  # noqa: N818 - reported as a mistake
    """A reference that can't be followed; the message names the variable."""


def has_reference(text: str) -> bool:
    """Tell whether the text refers to a variable."""
    return "${" in text


def expand(text: str, environ: Mapping[str, str]) -> str:
    """Replace each reference by the variable's value, which is not expanded again.

    ``${NAME:-default}`` gives the default when the variable is unset or empty;
    ``$${`` stands for ``${`` itself.

    Raises:
        ReferenceProblem: A variable is missing, or a reference is malformed.
    """
    return _expand(text, environ, encode=False)


def expand_url(text: str, environ: Mapping[str, str]) -> str:
    """Expand references in a URL.

    What stands before the last ``@`` is a user name or a password as it is, and so
    gets percent-encoded; elsewhere, and when the whole text is one reference, the
    value is taken as a piece of the URL.

    Raises:
        ReferenceProblem: As ``expand``.
    """
    if _REFERENCE.fullmatch(text):
        return expand(text, environ)
    head, at, tail = text.rpartition("@")
    return (
        _expand(head, environ, encode=True) + at + _expand(tail, environ, encode=False)
    )


def _expand(text: str, environ: Mapping[str, str], *, encode: bool) -> str:
    def value(match: re.Match[str]) -> str:
        if match[0].startswith("$$"):
            return match[0][1:]
        inner = _INNER.fullmatch(match[1])
        if inner is None or not match[0].endswith("}"):
            raise ReferenceProblem(
                "a reference is written ${NAME} or ${NAME:-default}; "
                "for a literal ${ write $${"
            )
        name, default = inner[1], inner[2]
        found = environ.get(name, "")
        if not found and default is not None:
            found = default
        elif name not in environ:
            raise ReferenceProblem(
                f"the variable {name} is not set; set it or write ${{{name}:-default}}"
            )
        return quote(found, safe="") if encode else found

    return _REFERENCE.sub(value, text)
