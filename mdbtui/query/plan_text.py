"""A plan's JSON written as EXPLAIN's own text, without asking the server again.

EXPLAIN ANALYZE twice would give other times and run the statement twice. The server
makes both formats in one pass, so the JSON's keys stand in the text's order; only what
the text puts together on one line has to be known here.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

from mdbtui.query.plan_usage import buffer_lines, usage_line

Raw = Mapping[str, Any]

_PLAIN = re.compile(r"[a-z_][a-z0-9_$]*")
_IN_HEAD = frozenset(
    {"Node Type", "Strategy", "Partial Mode", "Parent Relationship", "Subplan Name"}
    | {"Parallel Aware", "Async Capable", "Join Type", "Scan Direction", "Index Name"}
    | {"Relation Name", "Schema", "Alias", "CTE Name", "Function Name", "Operation"}
    | {"Table Function Name", "Tuplestore Name", "Command", "Custom Plan Provider"}
    | {"Startup Cost", "Total Cost", "Plan Rows", "Plan Width"}
    | {"Actual Startup Time", "Actual Total Time", "Actual Rows", "Actual Loops"}
    | {"Plans", "Target Tables"}
)
_ONLY_IF_TRUE = frozenset({"Disabled", "Inner Unique", "Single Copy"})
_ONLY_IF_SOME = ("Rows Removed by ", "Planned Partitions", "Subplans Removed")
_STRATEGIES = {
    "Plain": "Aggregate",
    "Sorted": "GroupAggregate",
    "Hashed": "HashAggregate",
    "Mixed": "MixedAggregate",
}


def title(node: Raw) -> str:
    """Return what EXPLAIN calls a node."""
    kind = str(node["Node Type"])
    if kind == "Aggregate":
        kind = _STRATEGIES.get(str(node.get("Strategy")), kind)
        mode = node.get("Partial Mode", "Simple")
        kind = kind if mode == "Simple" else f"{mode} {kind}"
    elif kind == "SetOp":
        kind = "HashSetOp" if node.get("Strategy") == "Hashed" else kind
        kind = f"{kind} {node.get('Command', '')}".rstrip()
    elif kind == "ModifyTable":
        kind = str(node.get("Operation", kind))
    elif kind == "Foreign Scan" and node.get("Operation", "Select") != "Select":
        kind = f"Foreign {node['Operation']}"
    elif kind == "Custom Scan" and "Custom Plan Provider" in node:
        kind = f"Custom Scan ({node['Custom Plan Provider']})"
    join = node.get("Join Type", "Inner")
    if join != "Inner":
        base = kind.removesuffix(" Join")
        kind = f"{base} {join} Join"
    if node.get("Parallel Aware"):
        kind = f"Parallel {kind}"
    return f"Async {kind}" if node.get("Async Capable") else kind


def target(node: Raw) -> str:
    """Return what a node works on, as EXPLAIN words it."""
    words = []
    if node.get("Scan Direction") == "Backward":
        words.append("Backward")
    index = node.get("Index Name")
    if index is not None:
        preposition = "on" if node["Node Type"] == "Bitmap Index Scan" else "using"
        words.append(f"{preposition} {_quoted(index)}")
    name = None
    for key in ("Relation", "Function", "Table Function", "CTE", "Tuplestore"):
        name = name or node.get(f"{key} Name")
    alias = node.get("Alias")
    if name is not None:
        schema = node.get("Schema")
        dotted = (
            _quoted(name) if schema is None else f"{_quoted(schema)}.{_quoted(name)}"
        )
        words.append(f"on {dotted}")
        if alias is not None and alias != name:
            words.append(_quoted(alias))
    elif alias is not None:
        words.append(f"on {_quoted(alias)}")
    return " ".join(words)


def plan_text(plan: Raw) -> str:
    """Return a whole plan as ``EXPLAIN`` prints it."""
    lines = list(_tree(plan["Plan"]))
    settings = plan.get("Settings")
    if settings:
        said = ", ".join(f"{name} = '{value}'" for name, value in settings.items())
        lines.append(f"Settings: {said}")
    if "Query Identifier" in plan:
        lines.append(f"Query Identifier: {plan['Query Identifier']}")
    lines += _planning(plan)
    triggers = plan.get("Triggers", ())
    several = len({each.get("Relation") for each in triggers}) > 1
    lines += [_trigger(each, several) for each in triggers]
    lines += _jit(plan.get("JIT"))
    lines += _serialization(plan.get("Serialization"))
    if "Execution Time" in plan:
        lines.append(f"Execution Time: {plan['Execution Time']:.3f} ms")
    return "\n".join(lines)


def _tree(root: Raw) -> Iterator[str]:
    # Of each node: the indentation in characters of its line, or of its plan's name.
    waiting: list[tuple[Raw, int, bool]] = [(root, 0, True)]
    while waiting:
        node, indent, top = waiting.pop()
        name = node.get("Subplan Name")
        if name is not None:
            yield f"{' ' * indent}{name}"
            indent += 2
        arrow = "" if top and name is None else "->  "
        yield f"{' ' * indent}{arrow}{_head(node)}"
        inner = " " * (indent + len(arrow) + 2)
        yield from (inner + line for line in property_lines(node))
        below = indent + len(arrow) + 2
        children = node.get("Plans", ())
        waiting += [(child, below, False) for child in reversed(children)]


def _head(node: Raw) -> str:
    words = f"{title(node)} {target(node)}".rstrip()
    return f"{words}  {costs(node)}{actual(node)}"


def costs(node: Raw) -> str:
    """Return a node's estimates as EXPLAIN words them."""
    return (
        f"(cost={node['Startup Cost']:.2f}..{node['Total Cost']:.2f}"
        f" rows={node['Plan Rows']:.0f} width={node.get('Plan Width', 0)})"
    )


def actual(node: Raw) -> str:
    """Return what a node really took, with a blank before it; empty if not run."""
    if "Actual Loops" not in node:
        return ""
    if not node["Actual Loops"]:
        return " (never executed)"
    rows = node.get("Actual Rows", 0)
    # PostgreSQL 18 averages over loops with two digits.
    counted = f"rows={rows:.2f}" if isinstance(rows, float) else f"rows={rows}"
    counted += f" loops={node['Actual Loops']:.0f}"
    if "Actual Total Time" not in node:
        return f" (actual {counted})"
    first, last = node["Actual Startup Time"], node["Actual Total Time"]
    return f" (actual time={first:.3f}..{last:.3f} {counted})"


def property_lines(node: Raw) -> Iterator[str]:
    """Yield the lines that EXPLAIN prints below a node's first one."""
    said: set[str] = set()
    for key, value in node.items():
        if key in _IN_HEAD or key in said:
            continue
        if key in _SEVERAL:
            yield from _SEVERAL[key](value)
            continue
        used = usage_line(node, key)
        if used is not None:
            keys, line = used
            said |= keys
            if line:
                yield line
        elif key.endswith((" Blocks", "I/O Read Time", "I/O Write Time")):
            if "blocks" not in said:
                said.add("blocks")
                yield from buffer_lines(node)
        elif _is_said(key, value):
            yield f"{key}: {_value(value)}"


def _is_said(key: str, value: object) -> bool:
    if key in _ONLY_IF_TRUE:
        return value is True
    if key.startswith(_ONLY_IF_SOME):
        return bool(value)
    return value not in ([], "")


def _value(value: object) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, list):
        return ", ".join(_value(each) for each in value)
    if isinstance(value, dict):
        return "; ".join(f"{name}: {_value(each)}" for name, each in value.items())
    return str(value)


def _workers(workers: Sequence[Raw]) -> Iterator[str]:
    for worker in workers:
        yield from _worker(worker)


def _grouping_sets(sets: Sequence[Raw]) -> Iterator[str]:
    for each in sets:
        indent = ""
        if "Sort Key" in each:
            yield f"Sort Key: {_value(each['Sort Key'])}"
            indent = "  "
        for name in ("Hash Keys", "Group Keys"):
            for keys in each.get(name, ()):
                yield f"{indent}{name[:-1]}: {_value(keys) or '()'}"


_SEVERAL: Mapping[str, Callable[[Any], Iterator[str]]] = {
    "Workers": _workers,
    "Grouping Sets": _grouping_sets,
}


def _worker(worker: Raw) -> Iterator[str]:
    lead = f"Worker {worker.get('Worker Number', 0)}:  "
    if "Actual Loops" in worker:
        yield lead + actual(worker).strip(" ()")
        lead = " " * 2
    said: set[str] = set()
    for key in worker:
        used = usage_line(worker, key)
        if used is not None and used[1] and key not in said:
            said |= used[0]
            yield lead + used[1]
            lead = "  "
    yield from (f"  {line}" for line in buffer_lines(worker))


def _planning(plan: Raw) -> Iterator[str]:
    lines = list(buffer_lines(plan.get("Planning", {})))
    memory = plan.get("Planning", {})
    if "Memory Used" in memory:
        used, allocated = memory["Memory Used"], memory.get("Memory Allocated", 0)
        lines.append(f"Memory: used={used}kB  allocated={allocated}kB")
    if lines:
        yield "Planning:"
        yield from (f"  {line}" for line in lines)
    if "Planning Time" in plan:
        yield f"Planning Time: {plan['Planning Time']:.3f} ms"


def _trigger(trigger: Raw, named: bool) -> str:
    name, constraint = trigger.get("Trigger Name"), trigger.get("Constraint Name")
    said = f"Trigger {name}" if name else "Trigger"
    if constraint:
        said += f" for constraint {constraint}"
    if named:
        said += f" on {trigger['Relation']}"
    time = f"time={trigger['Time']:.3f} " if "Time" in trigger else ""
    return f"{said}: {time}calls={trigger.get('Calls', 0):.0f}"


def _jit(jit: Raw | None) -> Iterator[str]:
    if not jit or not jit.get("Functions"):
        return
    yield "JIT:"
    yield f"  Functions: {jit['Functions']}"
    on = jit.get("Options", {})
    yield "  Options: " + ", ".join(f"{k} {_value(v)}" for k, v in on.items())
    timing = jit.get("Timing")
    if timing:
        yield "  Timing: " + ", ".join(_jit_part(k, v) for k, v in timing.items())


def _jit_part(name: str, value: Any) -> str:
    if isinstance(value, Mapping):  # since 17, with what deforming took
        inner = f" (Deform {value.get('Deform', 0):.3f} ms)"
        return f"{name}{inner} {value.get('Total', 0):.3f} ms"
    return f"{name} {value:.3f} ms"


def _serialization(said: Raw | None) -> Iterator[str]:
    if said:
        words = f"Serialization: time={said.get('Time', 0):.3f} ms"
        yield f"{words}  output={said.get('Output Volume', 0)}kB  format=text"
        yield from (f"  {line}" for line in buffer_lines(said))


def _quoted(name: object) -> str:
    """Return a name so that its end can be seen; reserved words stay as they are."""
    text = str(name)
    return text if _PLAIN.fullmatch(text) else '"' + text.replace('"', '""') + '"'
