"""What is said of an alert; a server's text in it is made safe here."""

from __future__ import annotations

from typing import TYPE_CHECKING

from mdbtui.config.alerts import Unit
from mdbtui.pool.durations import duration
from mdbtui.ui.safe import safe
from mdbtui.ui.widgets.charts import short_count

if TYPE_CHECKING:
    from mdbtui.config.alerts import AlertRule
    from mdbtui.monitor.alerts import Alert

NAME_LIMIT, RULE_LIMIT, DETAIL_LIMIT = 60, 120, 240


def sign(rule: AlertRule) -> str:
    """The mark of a rule's severity."""
    return "×" if rule.severity == "error" else "▲"


def value_words(rule: AlertRule, value: float) -> str:
    """Return a value with its unit."""
    unit = Unit.SHARE if rule.of_max else rule.metric.unit
    match unit:
        case Unit.FLAG:
            return ""
        case Unit.SHARE:
            return f"{value:.0%}"
        case Unit.MS:
            return duration(value / 1000)
        case Unit.SECONDS:
            return duration(value)
        case Unit.BYTES:
            return f"{value / 1024**2:,.1f} MB"
    return short_count(value)


def place(alert: Alert) -> str:
    """Return where it is: a database, or the server behind it."""
    name = safe(alert.db_id, NAME_LIMIT)
    return f"{name}'s server" if alert.rule.metric.server else name


def title(alert: Alert) -> str:
    """Return where and what, in a few words."""
    return f"{place(alert)}: {safe(alert.rule.name, RULE_LIMIT)}"


def numbers(alert: Alert) -> str:
    """Return the metric with its value, and who is behind it."""
    value = value_words(alert.rule, alert.value)
    parts = [f"{alert.rule.metric.name} {value}" if value else ""]
    parts.append(safe(alert.detail, DETAIL_LIMIT))
    return " · ".join(part for part in parts if part)
