"""Alert rules: ``waiting > 0 for 10s``, ``connections > 85% of max``.

A rule is a metric, a comparison and for how long it has to hold. `METRICS` says which
there are and in what they are counted; `monitor.alerts` reads and compares them.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from enum import Enum
from typing import TYPE_CHECKING, NamedTuple

from mdbtui.config.references import has_reference
from mdbtui.config.targets import TargetError, Targets, parse_targets

if TYPE_CHECKING:
    from mdbtui.config.reader import Reader
    from mdbtui.config.yamlfile import Node

MAX_RULES = 100
MAX_ARGUMENTS = 50
MAX_FOR_S = 86_400.0
DESKTOP = ("off", "osc9", "osc777")
SEVERITIES = ("warning", "error")
_NAME_LIMIT = 60


class Unit(Enum):
    """What a metric is counted in."""

    COUNT = "a number"
    SHARE = "a share, such as 90%"
    MS = "a time, such as 100ms or 2s"
    SECONDS = "a time, such as 30s or 5min"
    BYTES = "a size, such as 64MB"
    FLAG = "nothing: it is true or not"


class Metric(NamedTuple):
    """What a rule can look at.

    Attributes:
        name: As it is written.
        unit: What its values are; times of `Unit.MS` are kept in ms, others in s.
        server: It is read from the server, not from the pool.
        has_max: ``% of max`` can be said of it.
    """

    name: str
    unit: Unit
    server: bool = False
    has_max: bool = False


_POOL = (
    Metric("waiting", Unit.COUNT),
    Metric("in use", Unit.COUNT, has_max=True),
    Metric("free", Unit.COUNT),
    Metric("open", Unit.COUNT, has_max=True),
    Metric("pinned", Unit.COUNT),
    Metric("held", Unit.SECONDS),
    Metric("queries per second", Unit.COUNT),
    Metric("errors per second", Unit.COUNT),
    Metric("acquire p50", Unit.MS),
    Metric("acquire p95", Unit.MS),
    Metric("acquire p99", Unit.MS),
    Metric("timeouts per minute", Unit.COUNT),
    Metric("lost per minute", Unit.COUNT),
    Metric("failed per minute", Unit.COUNT),
    Metric("down", Unit.FLAG),
    Metric("outages per 5min", Unit.COUNT),
)
_SERVER = (
    Metric("connections", Unit.COUNT, has_max=True),
    Metric("active", Unit.COUNT),
    Metric("lock wait", Unit.SECONDS),
    Metric("lock waiters", Unit.COUNT),
    Metric("idle in transaction", Unit.SECONDS),
    Metric("oldest transaction", Unit.SECONDS),
    Metric("longest query", Unit.SECONDS),
    Metric("commits per second", Unit.COUNT),
    Metric("rollbacks per second", Unit.COUNT),
    Metric("deadlocks per minute", Unit.COUNT),
    Metric("temp bytes per second", Unit.BYTES),
    Metric("cache hits", Unit.SHARE),
    Metric("replication lag", Unit.SECONDS),
    Metric("replication lag bytes", Unit.BYTES),
    Metric("slot wal", Unit.BYTES),
)
METRICS = {
    metric.name: metric
    for metric in (*_POOL, *(each._replace(server=True) for each in _SERVER))
}

_TIMES = {"ms": 0.001, "s": 1.0, "min": 60.0, "m": 60.0, "h": 3600.0}
_SIZES = {"b": 1.0, "kb": 1024.0, "mb": 1024.0**2, "gb": 1024.0**3}
_NUMBER = r"\d{1,12}(?:\.\d{1,6})?"
_RULE = re.compile(
    rf"""
    (?P<metric>[a-z][a-z0-9 ]*?) \s*
    (?: (?P<op>>=|<=|>|<) \s* (?P<number>{_NUMBER}) \s* (?P<unit>%|[a-z]+?)?
        (?P<max>\s* of \s+ max)? )?
    (?: \s+ for \s+ (?P<span>{_NUMBER}) \s* (?P<span_unit>[a-z]+) )?
    """,
    re.VERBOSE,
)


class RuleError(ValueError):
    """A rule that can't be read; ``str()`` says what is wrong."""


@dataclass(frozen=True)
class AlertRule:
    """One rule.

    Attributes:
        text: As it was written.
        metric: What is looked at.
        above: True for ``>`` and ``>=``.
        inclusive: The threshold itself counts, too.
        threshold: In the metric's unit; a share (0..1) where `of_max`.
        of_max: The value is divided by the most that there can be.
        for_s: Seconds for which it has to hold.
        where: For which connections; None for all.
        name: What it is called; the text where it has no name.
        severity: ``warning`` or ``error``.
    """

    text: str
    metric: Metric
    above: bool = True
    inclusive: bool = False
    threshold: float = 0.0
    of_max: bool = False
    for_s: float = 0.0
    where: Targets | None = None
    name: str = ""
    severity: str = "warning"

    def holds(self, value: float) -> bool:
        """Whether a value is one to be told about."""
        if self.inclusive and value == self.threshold:
            return True
        return value > self.threshold if self.above else value < self.threshold


def parse_rule(text: str) -> AlertRule:
    """Read a rule.

    Raises:
        RuleError: It can't be read.
    """
    words = " ".join(text.lower().replace("_", " ").split())
    found = _RULE.fullmatch(words)
    if found is None:
        raise RuleError('not a rule; write it such as "waiting > 0 for 10s"')
    metric = METRICS.get(found["metric"])
    if metric is None:
        from difflib import get_close_matches  # only mistakes need it

        close = get_close_matches(found["metric"], METRICS, 1)
        known = f'did you mean "{close[0]}"?' if close else ", ".join(METRICS)
        raise RuleError(f'unknown metric "{found["metric"][:40]}"; {known}')
    seconds = _span(found["span"], found["span_unit"]) if found["span"] else 0.0
    rule = AlertRule(text.strip(), metric, for_s=seconds, name=text.strip())
    if found["op"] is None:
        if metric.unit is not Unit.FLAG:
            raise RuleError(f"{metric.name} is compared with {metric.unit.value}")
        return rule
    if metric.unit is Unit.FLAG:
        raise RuleError(f"{metric.name} is compared with {metric.unit.value}")
    return replace(
        rule,
        above=found["op"][0] == ">",
        inclusive=found["op"][-1] == "=",
        threshold=_threshold(
            metric, float(found["number"]), found["unit"], of_max=bool(found["max"])
        ),
        of_max=bool(found["max"]),
    )


def _span(number: str, unit: str) -> float:
    factor = _TIMES.get(unit)
    seconds = float(number) * (factor or 0.0)
    if factor is None or not 0 <= seconds <= MAX_FOR_S:
        raise RuleError('after "for" comes a time of at most 24h, such as 10s or 5min')
    return seconds


def _threshold(
    metric: Metric, number: float, unit: str | None, *, of_max: bool
) -> float:
    if of_max:
        if not metric.has_max:
            raise RuleError(f'there is no "of max" for {metric.name}')
        if unit != "%":
            raise RuleError('"of max" follows a share, such as 85%')
        return number / 100
    factor: float | None = None
    match metric.unit:
        case Unit.COUNT:
            factor = 1.0 if unit is None else None
        case Unit.SHARE:
            factor = 0.01 if unit == "%" else None
        case Unit.SECONDS:
            factor = _TIMES.get(unit or "")
        case Unit.MS:
            factor = _TIMES[unit] * 1000 if unit in _TIMES else None
        case Unit.BYTES:
            factor = _SIZES.get(unit or "")
    if factor is None:
        raise RuleError(f"{metric.name} is compared with {metric.unit.value}")
    return number * factor


def read_alerts(node: Node, reader: Reader) -> tuple[AlertRule, ...]:
    """Read ``alerts:``; what is wrong is in ``reader.mistakes``."""
    items = getattr(node, "items", None)
    if items is None:
        reader.wrong(node.line, "alerts", "has to be a list of rules")
        return ()
    if len(items) > MAX_RULES:
        reader.wrong(node.line, "alerts", f"has {MAX_RULES} rules at most")
        return ()
    found = [
        read_rule(item, f"alerts[{at}]", reader) for at, item in enumerate(items, 1)
    ]
    return tuple(rule for rule in found if rule is not None)


def read_rule(
    node: Node, path: str, reader: Reader, built_in: AlertRule | None = None
) -> AlertRule | None:
    """Read one rule; None, with a mistake noted, where it can't be read.

    Args:
        node: Its text, or a mapping.
        path: Where it stands, for mistakes.
        reader: Takes note of these.
        built_in: What it changes; what is not said stays as it is there.
    """
    if not hasattr(node, "entries"):
        rule = _parsed(node, path, reader, built_in)
        return rule if rule is None or built_in is None else _named(rule, built_in)
    mapping = reader.mapping(node, path)
    if mapping is None:
        return None
    values = reader.known(mapping, path, ("rule", "where", "name", "severity"))
    rule = built_in
    if "rule" in values:
        rule = _parsed(values["rule"], f"{path}.rule", reader, built_in)
    elif built_in is None:
        reader.wrong(node.line, path, 'has no rule; add "rule: waiting > 0 for 10s"')
    if rule is None:
        return None
    if built_in is not None:
        rule = _named(rule, built_in)
    if "where" in values:
        where = _where(values["where"], f"{path}.where", reader)
        rule = replace(rule, where=where)
    if "name" in values:
        name = reader.text(values["name"], f"{path}.name") or ""
        if not (name.strip() and name.isprintable() and len(name) <= _NAME_LIMIT):
            what = f"has to have 1 to {_NAME_LIMIT} printable characters"
            reader.wrong(values["name"].line, f"{path}.name", what)
        rule = replace(rule, name=name)
    if "severity" in values:
        severity = _one_of(values["severity"], f"{path}.severity", SEVERITIES, reader)
        rule = replace(rule, severity=severity or rule.severity)
    return rule


def _named(rule: AlertRule, built_in: AlertRule) -> AlertRule:
    return replace(rule, name=built_in.name, severity=built_in.severity)


def _parsed(
    node: Node, path: str, reader: Reader, built_in: AlertRule | None
) -> AlertRule | None:
    text = reader.text(node, path)
    if text is None:
        return None
    metric = built_in.metric.name if built_in is not None else ""
    if metric and re.match(r"\s*(?:[<>]|for\b)", text):
        text = f"{metric} {text.strip()}"  # what is compared need not be said again
    try:
        rule = parse_rule(text)
        if metric and rule.metric.name != metric:
            raise RuleError(f"has to be about {metric}; put other rules under alerts:")
    except RuleError as error:
        reader.wrong(node.line, path, str(error))
        return None
    return rule


def _where(node: Node, path: str, reader: Reader) -> Targets | None:
    text = reader.text(node, path)
    if text is None:
        return None
    try:
        return parse_targets(text)
    except TargetError as error:
        reader.wrong(node.line, path, str(error))
        return None


def _one_of(
    node: Node, path: str, choices: tuple[str, ...], reader: Reader
) -> str | None:
    text = reader.text(node, path)
    if text is None or text in choices:
        return text
    reader.wrong(node.line, path, f"has to be one of {', '.join(choices)}")
    return None


def read_desktop(node: Node, reader: Reader) -> str | None:
    """Read ``alert_desktop``."""
    # YAML takes a plain off for a word like no; here it is only a text.
    return _one_of(node, "alert_desktop", DESKTOP, reader)


def read_command(node: Node, reader: Reader) -> tuple[str, ...]:
    """Read ``alert_command``: a program with its arguments, no shell."""
    path = "alert_command"
    if any(has_reference(getattr(item, "text", "")) for item in _items(node)):
        what = "takes no ${…}: other users can see a program's arguments"
        reader.wrong(node.line, path, what)
        return ()
    found = reader.texts(node, path) or ()
    if not 1 <= len(found) <= MAX_ARGUMENTS or "\0" in "".join(found) or not found[0]:
        what = f"has to be a list: a program and at most {MAX_ARGUMENTS - 1} arguments"
        reader.wrong(node.line, path, what)
        return ()
    return found


def _items(node: Node) -> list[Node]:
    return list(getattr(node, "items", ()))
