"""The alert rules that hold without being asked for, and how they are changed.

Each is known by its metric: ``alert_built_in: {held: false, waiting: "> 5 for 30s"}``.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from mdbtui.config.alerts import AlertRule, parse_rule, read_rule

if TYPE_CHECKING:
    from mdbtui.config.reader import Reader
    from mdbtui.config.yamlfile import Node

_BUILT_IN = (
    ("down for 30s", "error", "down"),
    ("outages per 5min > 2", "warning", "goes up and down"),
    ("waiting > 0 for 10s", "warning", "callers wait for a connection"),
    ("timeouts per minute > 0", "error", "callers gave up waiting"),
    ("held > 5min", "warning", "a connection is not given back"),
    ("lock wait > 10s", "warning", "waits for a lock"),
    ("idle in transaction > 5min", "warning", "idle in a transaction"),
    ("connections > 85% of max", "error", "the server's connections run out"),
)
_OFF, _ON = ("false", "no", "off"), ("true", "yes", "on")


def built_in_rules() -> tuple[AlertRule, ...]:
    """Return the rules that hold unless the configuration changes them."""
    return tuple(
        replace(parse_rule(text), severity=severity, name=name)
        for text, severity, name in _BUILT_IN
    )


def read_built_in(node: Node, reader: Reader) -> tuple[AlertRule, ...]:
    """Read ``alert_built_in``: true, false, or what is to be of some of them.

    What is wrong is in ``reader.mistakes``.
    """
    path = "alert_built_in"
    rules = {rule.metric.name: rule for rule in built_in_rules()}
    entries = getattr(node, "entries", None)
    if entries is None:
        return tuple(rules.values()) if reader.switch(node, path) else ()
    for key, value in entries:
        name = " ".join(key.text.lower().replace("_", " ").split())
        where = f"{path}.{key.text}"
        if name not in rules:
            known = ", ".join(rule.metric.name for rule in built_in_rules())
            reader.wrong(key.line, where, f"no built-in rule; they are {known}")
            continue
        word = getattr(value, "text", "").strip().lower()
        if word in _OFF:
            del rules[name]
        elif word not in _ON:
            changed = read_rule(value, where, reader, rules[name])
            rules[name] = changed or rules[name]
    return tuple(rules.values())
