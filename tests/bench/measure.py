"""Figures: medians and quantiles, rows of the table, and how they are printed."""

from __future__ import annotations

import os
import statistics
import sys
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

ROUNDS = "MDBTUI_BENCH_ROUNDS"


@dataclass(frozen=True)
class Figure:
    """One line of the table.

    Attributes:
        work: What was measured.
        target: What it must reach, in words.
        measured: What it reached, in words.
        value: The number that is compared with the limit.
        limit: The highest value that passes; None where there is no target.
    """

    work: str
    target: str
    measured: str
    value: float = 0.0
    limit: float | None = None

    @property
    def verdict(self) -> str:
        if self.limit is None:
            return ""
        return "pass" if self.value <= self.limit else "MISS"


def ratio(work: str, ours: float, theirs: float, limit: float, peer: str) -> Figure:
    """Ours against a peer's, both in seconds and measured in one run."""
    value = ours / theirs
    return Figure(
        work,
        f"≤ {limit:.2f} × {peer}",
        f"{seconds(ours)} / {seconds(theirs)} = {value:.2f}",
        value,
        limit,
    )


def at_most(work: str, value: float, limit: float, unit: str, more: str = "") -> Figure:
    """A number against an absolute limit in the same unit."""
    measured = f"{value:.1f} {unit}" + (f" ({more})" if more else "")
    return Figure(work, f"≤ {limit:g} {unit}", measured, value, limit)


def only(work: str, measured: str) -> Figure:
    """A figure without a target."""
    return Figure(work, "", measured)


def seconds(value: float) -> str:
    return f"{value * 1000:.0f} ms" if value < 1 else f"{value:.2f} s"


def rounds(usual: int) -> int:
    """How often to measure: as usual, or what the variable says."""
    return int(os.environ.get(ROUNDS, usual))


def median(values: Sequence[float]) -> float:
    return statistics.median(values)


def quantile(values: Iterable[float], share: float) -> float:
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(len(ordered) * share))]


def spread(values: Sequence[float]) -> str:
    """p50, p95 and max of seconds, in ms."""
    at = [quantile(values, share) * 1000 for share in (0.5, 0.95)]
    return f"p50 {at[0]:.1f} p95 {at[1]:.1f} max {max(values) * 1000:.1f} ms"


def progress(text: str) -> None:
    """Say on standard error what was just measured."""
    print(f"  {text}", file=sys.stderr, flush=True)


def show(figures: Sequence[Figure]) -> None:
    """Print the table, with the load of the machine."""
    lines = [("work", "target", "measured", "")]
    lines += [(f.work, f.target, f.measured, f.verdict) for f in figures]
    widths = [max(len(line[i]) for line in lines) for i in range(4)]
    for line in lines:
        cells = (text.ljust(width) for text, width in zip(line, widths, strict=True))
        print("  ".join(cells).rstrip())
    one, five, _ = os.getloadavg()
    print(f"load average {one:.1f} (1 min), {five:.1f} (5 min); {os.cpu_count()} CPUs")
