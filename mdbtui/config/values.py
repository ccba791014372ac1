"""The last values given for parameters, kept for the next time; blocking.

A name's value is kept for its database; a number's for its database and statement,
since ``$1`` means something else in each. What may be secret is never written.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Mapping
from pathlib import Path

from mdbtui.config import paths
from mdbtui.config.files import FileProblem, read_text, write_private

MAX_KEPT = 500
"""Values kept; those that were not used for longest go first."""
MAX_LENGTH = 1_000
"""Characters of a value that is kept."""

_SECRET_NAME = re.compile(
    r"passw|passphrase|passcode|\bpwd|_pwd|secret|token|api_?key|credential|private"
    r"|auth|bearer|\bpin\b|_pin\b|cvv|cvc|\botp\b|salt|hash|session_?id|cookie"
    r"|iban|card|\bssn\b",
    re.IGNORECASE,
)
_SECRET_VALUE = re.compile(
    r"passw(?:or)?d\W|://[^\s/@]*:[^\s/@]+@|-----BEGIN|\beyJ[\w-]{8,}\."
    r"|\b(?:gh[pousr]_|github_pat_|sk-|sk_|pk_|rk_|xox[abprs]-|glpat-|AKIA|ASIA|AIza)"
    r"|\bBearer\s|SCRAM-SHA-|\$2[aby]\$|\$argon2",
    re.IGNORECASE,
)
_RANDOM = re.compile(r"(?=\S*[a-z])(?=\S*[A-Z])(?=\S*[0-9])[A-Za-z0-9+/_=.~-]{16,}")


def may_be_secret(name: str, value: str = "") -> bool:
    """Say whether a value must not be written down.

    By the parameter's name, by words and forms that secrets have, or because the
    value looks like one that was drawn at random (UUIDs and numbers don't count).
    """
    return bool(
        _SECRET_NAME.search(name)
        or _SECRET_VALUE.search(value)
        or _RANDOM.fullmatch(value)
    )


def value_key(db: str, sql: str, name: str) -> str:
    """Return what a parameter's value is kept under."""
    if name.startswith("$"):
        name = f"{hashlib.sha256(sql.encode(errors='replace')).hexdigest()[:16]}{name}"
    return f"{db}\n{name}"


def _file() -> Path:
    return paths.state_dir() / "values.json"


def load_values() -> dict[str, str | None]:
    """Return what was kept, or nothing if that is missing or broken."""
    try:
        found = json.loads(read_text(_file()))
    except (FileNotFoundError, FileProblem, ValueError, RecursionError):
        return {}
    if not isinstance(found, dict):
        return {}
    return {
        key: value
        for key, value in found.items()
        if value is None or isinstance(value, str)
    }


def keep_values(values: Mapping[str, str | None], forget: frozenset[str]) -> bool:
    """Keep values beside what is kept already; other consoles' stay.

    Args:
        values: What to keep.
        forget: Keys of which nothing is to be kept any more.

    Returns:
        False if they could not be written, which nobody need be told.
    """
    kept = load_values()
    for key in (*values, *forget):
        kept.pop(key, None)
    kept.update(values)
    for key in list(kept)[: max(0, len(kept) - MAX_KEPT)]:
        del kept[key]
    try:
        write_private(_file(), json.dumps(kept, ensure_ascii=True, indent=0) + "\n")
    except FileProblem:
        return False
    return True
