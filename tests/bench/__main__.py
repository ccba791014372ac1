"""All benchmarks, or those that are named, in one table."""

from __future__ import annotations

import sys
from importlib import import_module

from tests.bench.measure import Figure, progress, show
from tests.bench.world import world

ALL = (
    "startup",
    "panel",
    "fleet",
    "typing",
    "completion",
    "first_rows",
    # Before what needs much memory here: a child counts its parent's, of before `exec`.
    "headless",
    "store",
    "session",
    "pool",
    "fanout",
)


def main(names: list[str]) -> None:
    figures: list[Figure] = []
    with world() as found:
        for name in names:
            progress(f"{name} …")
            figures += import_module(f"tests.bench.{name}").measure(found)
    show(figures)


if __name__ == "__main__":
    main(sys.argv[1:] or list(ALL))
