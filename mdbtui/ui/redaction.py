"""Take passwords and rows out of text that goes into a file."""

from __future__ import annotations

import json
import re
from urllib.parse import quote, quote_plus

HIDDEN = "•••"

# Every quantifier is bounded: the text may be a server's, and must not cost more than
# time in proportion to its length.
_QUOTED = r'"(?:[^"\\]|\\.){0,400}"|' + r"'(?:[^'\\]|\\.|''){0,400}'"
_PATTERNS = (
    # Up to the last @ of the word: a password may itself hold @ and /.
    (re.compile(r"(://[^\s:/@]{0,100}:)\S{1,400}@"), rf"\1{HIDDEN}@"),
    (
        re.compile(
            r"(?i)((?:password|passwd|passphrase|pwd|secret)[\"']?\s{0,5}[=:]\s{0,5})"
            rf"(?:{_QUOTED}|[^\s,;&)}}\]]{{1,400}})"
        ),
        rf"\1{HIDDEN}",
    ),
    (
        re.compile(rf"(?i)(\bpassword\s{{1,5}}(?:e|u&)?)(?:{_QUOTED})"),
        rf"\1{HIDDEN}",
    ),
    (
        re.compile(r"(?i)(\bpassword\s{1,5})(\$\w{0,20}\$).{0,400}?\2"),
        rf"\1{HIDDEN}",
    ),
    (re.compile(r"(?i)(\bauthorization\s{0,5}[:=]).{1,400}"), rf"\1 {HIDDEN}"),
    # A server's DETAIL quotes the row: "Key (email)=(ann@example.com) already exists."
    (re.compile(r"(?m)^(\s{0,40}DETAIL:).*$"), rf"\1 {HIDDEN}"),
)
_SHORT = 4


class Redactor:
    """Replaces what looks like a password, and the passwords it was told."""

    def __init__(self) -> None:
        self._known: set[str] = set()
        self._pattern: re.Pattern[str] | None = None

    def __repr__(self) -> str:
        return f"<Redactor of {len(self._known)} forms>"

    def add(self, secret: str) -> None:
        """Remember a secret, in the forms that URLs, JSON, SQL and repr() give it.

        Args:
            secret: The secret itself; it is kept in memory only.
        """
        if not secret:
            return
        self._known |= {
            secret,
            quote(secret, safe=""),
            quote_plus(secret),
            json.dumps(secret)[1:-1],
            repr(secret)[1:-1],
            secret.replace("'", "''"),
        }
        # A short secret is only taken for one where it stands alone: replacing every
        # "a" would leave no log to read.
        forms = [
            re.escape(form)
            if len(form) >= _SHORT
            else rf"(?<!\w){re.escape(form)}(?!\w)"
            for form in sorted(self._known, key=len, reverse=True)
        ]
        self._pattern = re.compile("|".join(forms))

    def redact(self, text: str) -> str:
        """Return the text with every known or likely secret hidden."""
        if self._pattern is not None:
            text = self._pattern.sub(HIDDEN, text)
        for pattern, replacement in _PATTERNS:
            text = pattern.sub(replacement, text)
        return text
