from __future__ import annotations

import subprocess
import sys

import pytest

import mdbtui.query


def test_every_public_name_is_there():
    for name in mdbtui.query.__all__:
        assert getattr(mdbtui.query, name) is not None
    with pytest.raises(AttributeError, match="nonsense"):
        mdbtui.query.nonsense  # noqa: B018 - the access is the test


@pytest.mark.parametrize(
    ("code", "absent"),
    [
        ("from mdbtui.query import Column, Result", ("asyncio", "mdbtui.pool")),
        ("from mdbtui.query import Session", ("asyncpg", "pybreaker", "textual")),
    ],
)
def test_importing_loads_no_more_than_needed(code, absent):
    check = f"{code}\nimport sys; print([m for m in {absent} if m in sys.modules])"
    done = subprocess.run(
        [sys.executable, "-c", check], capture_output=True, text=True, check=True
    )
    assert done.stdout.strip() == "[]"
