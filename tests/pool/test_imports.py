"""The library is light until it is used."""

from __future__ import annotations

import subprocess
import sys

HEAVY = ("asyncpg", "pybreaker", "yaml", "textual", "rich")


def test_importing_the_library_loads_no_driver() -> None:
    code = (
        "import sys, mdbtui.pool as pool\n"
        "pools = pool.PoolManager()\n"
        "pools.register(pool.DBConfig())\n"
        "pools.snapshot()\n"
        f"print([name for name in {HEAVY!r} if name in sys.modules])"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True
    )
    assert done.stdout.strip() == "[]"
