"""The lines of a plan in which EXPLAIN's text puts several facts together."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any

Raw = Mapping[str, Any]


def usage_line(node: Raw, key: str) -> tuple[frozenset[str], str] | None:
    """Return the line that a key belongs to, if it is one of several facts.

    Returns:
        All keys the line has taken up, and the line, which is empty if the text
        leaves it out. None for a key that has a line of its own.
    """
    for telling, keys, write in _LINES:
        if key in keys and telling in node:
            return keys, write(node)
    return None


def _sort(node: Raw) -> str:
    kind, used = node.get("Sort Space Type"), node.get("Sort Space Used")
    return f"Sort Method: {node.get('Sort Method')}  {kind}: {used}kB"


def _hash(node: Raw) -> str:
    parts = []
    for name in ("Buckets", "Batches"):
        now, first = node.get(f"Hash {name}"), node.get(f"Original Hash {name}")
        parts.append(f"{name}: {now}")
        if _hash_grew(node):
            parts[-1] += f" (originally {first})"
    return "  ".join((*parts, f"Memory Usage: {node.get('Peak Memory Usage')}kB"))


def _hash_grew(node: Raw) -> bool:
    return any(
        node.get(f"Hash {name}") != node.get(f"Original Hash {name}")
        for name in ("Buckets", "Batches")
    )


def _hash_aggregate(node: Raw) -> str:
    parts = []
    if node.get("Planned Partitions"):
        parts.append(f"Planned Partitions: {node['Planned Partitions']}")
    if "HashAgg Batches" in node:
        parts.append(f"Batches: {node['HashAgg Batches']}")
        parts.append(f"Memory Usage: {node.get('Peak Memory Usage')}kB")
    if node.get("Disk Usage"):
        parts.append(f"Disk Usage: {node['Disk Usage']}kB")
    return "  ".join(parts)


def _memoize(node: Raw) -> str:
    if "Cache Hits" not in node or not node["Cache Misses"]:
        return ""
    names = ("Hits", "Misses", "Evictions", "Overflows")
    counts = "  ".join(f"{name}: {node.get(f'Cache {name}', 0)}" for name in names)
    return f"{counts}  Memory Usage: {node.get('Peak Memory Usage')}kB"


def _memoize_estimates(node: Raw) -> str:
    return (
        f"Estimates: capacity={node['Estimated Capacity']}"
        f" distinct keys={node['Estimated Distinct Lookup Keys']}"
        f" lookups={node['Estimated Lookups']}"
        f" hit percent={node['Estimated Hit Percent']:.2f}%"
    )


def _heap_blocks(node: Raw) -> str:
    counts = [
        f"{word}={node[f'{name} Heap Blocks']}"
        for word, name in (("exact", "Exact"), ("lossy", "Lossy"))
        if node.get(f"{name} Heap Blocks")
    ]
    return " ".join(("Heap Blocks:", *counts)) if counts else ""


def _storage(node: Raw) -> str:
    return f"Storage: {node['Storage']}  Maximum Storage: {node['Maximum Storage']}kB"


def _tuples(node: Raw) -> str:
    if "Tuples Updated" not in node:  # INSERT … ON CONFLICT
        return f"Tuples Inserted: {node['Tuples Inserted']}"
    counts = [
        f"{name.lower()}={node[f'Tuples {name}']}"
        for name in ("Inserted", "Updated", "Deleted", "Skipped")
        if node.get(f"Tuples {name}")
    ]
    return " ".join(("Tuples:", *counts)) if counts else ""


def _full_sort(node: Raw) -> str:
    return _sort_groups(node, "Full-sort")


def _presorted(node: Raw) -> str:
    return _sort_groups(node, "Pre-sorted")


def _sort_groups(node: Raw, which: str) -> str:
    groups = node[f"{which} Groups"]
    methods = groups["Sort Methods Used"]
    plural = "s" if len(methods) > 1 else ""
    said = f"{which} Groups: {groups['Group Count']}"
    said += f"  Sort Method{plural}: {', '.join(methods)}"
    for kind in ("Memory", "Disk"):
        used = groups.get(f"Sort Space {kind}")
        if used:
            said += f"  Average {kind}: {used['Average Sort Space Used']}kB"
            said += f"  Peak {kind}: {used['Peak Sort Space Used']}kB"
    return said


def _sampling(node: Raw) -> str:
    given = ", ".join(map(str, node.get("Sampling Parameters", ())))
    said = f"Sampling: {node['Sampling Method']} ({given})"
    seed = node.get("Repeatable Seed")
    return f"{said} REPEATABLE ({seed})" if seed else said


def _wal(node: Raw) -> str:
    counts = [
        f"{word}={node[f'WAL {name}']}"
        for word, name in (
            ("records", "Records"),
            ("fpi", "FPI"),
            ("bytes", "Bytes"),
            ("buffers full", "Buffers Full"),
        )
        if node.get(f"WAL {name}")
    ]
    return " ".join(("WAL:", *counts)) if counts else ""


_Write = Callable[[Raw], str]
# A key that several lines have is told by another key of the node.
_LINES: tuple[tuple[str, frozenset[str], _Write], ...] = (
    (
        "Sort Method",
        frozenset({"Sort Method", "Sort Space Used", "Sort Space Type"}),
        _sort,
    ),
    (
        "Hash Buckets",
        frozenset({"Hash Buckets", "Original Hash Buckets", "Hash Batches"})
        | {"Original Hash Batches", "Peak Memory Usage"},
        _hash,
    ),
    (
        "Cache Mode",
        frozenset({"Cache Hits", "Cache Misses", "Cache Evictions"})
        | {"Cache Overflows", "Peak Memory Usage"},
        _memoize,
    ),
    (
        "Cache Mode",
        frozenset({"Estimated Capacity", "Estimated Distinct Lookup Keys"})
        | {"Estimated Lookups", "Estimated Hit Percent"},
        _memoize_estimates,
    ),
    (
        "Planned Partitions",
        frozenset({"Planned Partitions", "HashAgg Batches"})
        | {"Peak Memory Usage", "Disk Usage"},
        _hash_aggregate,
    ),
    (
        "HashAgg Batches",
        frozenset({"HashAgg Batches", "Peak Memory Usage", "Disk Usage"}),
        _hash_aggregate,
    ),
    (
        "Exact Heap Blocks",
        frozenset({"Exact Heap Blocks", "Lossy Heap Blocks"}),
        _heap_blocks,
    ),
    ("Maximum Storage", frozenset({"Storage", "Maximum Storage"}), _storage),
    (
        "Tuples Inserted",
        frozenset(
            f"Tuples {what}" for what in ("Inserted", "Updated", "Deleted", "Skipped")
        ),
        _tuples,
    ),
    (
        "Sampling Method",
        frozenset({"Sampling Method", "Sampling Parameters", "Repeatable Seed"}),
        _sampling,
    ),
    ("Full-sort Groups", frozenset({"Full-sort Groups"}), _full_sort),
    ("Pre-sorted Groups", frozenset({"Pre-sorted Groups"}), _presorted),
    (
        "WAL Records",
        frozenset({"WAL Records", "WAL FPI", "WAL Bytes", "WAL Buffers Full"}),
        _wal,
    ),
)


def buffer_lines(raw: Raw) -> Iterator[str]:
    """Yield EXPLAIN's lines about blocks and the time that input and output took."""
    parts = []
    for kind in ("Shared", "Local", "Temp"):
        counts = [
            f"{name.lower()}={raw[f'{kind} {name} Blocks']}"
            for name in ("Hit", "Read", "Dirtied", "Written")
            if raw.get(f"{kind} {name} Blocks")
        ]
        if counts:
            parts.append(" ".join((kind.lower(), *counts)))
    if parts:
        yield "Buffers: " + ", ".join(parts)
    times = []
    # Before 17 there was one pair for shared and local blocks together.
    for key, word in (
        ("", "shared/local"),
        ("Shared ", "shared"),
        ("Local ", "local"),
        ("Temp ", "temp"),
    ):
        counts = [
            f"{what.lower()}={raw[f'{key}I/O {what} Time']:.3f}"
            for what in ("Read", "Write")
            if raw.get(f"{key}I/O {what} Time")
        ]
        if counts:
            times.append(" ".join((word, *counts)))
    if times:
        yield "I/O Timings: " + ", ".join(times)
