"""Alert rules over made-up samples and a made-up clock."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from mdbtui.config import ConnectionSpec, Environment
from mdbtui.config.alert_built_in import built_in_rules
from mdbtui.config.alerts import METRICS, AlertRule, parse_rule
from mdbtui.config.targets import parse_targets
from mdbtui.monitor import Backend, LockWait, Rates, Replica, ServerFacts, ServerSample
from mdbtui.monitor.alerts import CLEAR_S, Alert, Evaluator
from mdbtui.pool import BreakerState, DBConfig, PoolStats


def told(changes: list[Alert]) -> list[str]:
    return [f"{'+' if a.raised else '-'}{a.db_id} {a.rule.name}" for a in changes]


def pool(**numbers: Any) -> PoolStats:
    return PoolStats(db_id="a", **{"max_size": 4, **numbers})


class Clock:
    """Feeds an evaluator with one pool, second by second."""

    def __init__(self, *rules: str | AlertRule) -> None:
        made = [parse_rule(r) if isinstance(r, str) else r for r in rules]
        self.evaluator = Evaluator(made)
        self.now = 100.0

    def feed(self, seconds: float, **numbers: Any) -> list[str]:
        """What is told while these numbers last."""
        heard: list[str] = []
        end = self.now + seconds
        stats = pool(**numbers)
        while self.now < end:
            heard += [
                f"{text} @{self.now - 100:g}"
                for text in told(self.evaluator.pools([stats], {}, self.now))
            ]
            self.now += 1
        return heard


def test_a_rule_holds_for_its_time_before_it_is_raised_and_calm_before_cleared() -> (
    None
):
    clock = Clock("waiting > 0 for 10s")
    assert clock.feed(9, waiting=3) == []
    assert clock.feed(1) == []  # begins anew
    assert clock.feed(15, waiting=3) == ["+a waiting > 0 for 10s @20"]
    # A moment of calm does not clear it, nor is it raised twice.
    assert clock.feed(3) + clock.feed(20, waiting=1) == []
    assert [a.value for a in clock.evaluator.alerts] == [1]
    assert clock.feed(CLEAR_S + 2) == [f"-a waiting > 0 for 10s @{48 + CLEAR_S:g}"]
    assert clock.evaluator.alerts == []


@pytest.mark.parametrize(
    ("rule", "calm", "bad"),
    [
        ("in use > 75% of max", {"in_use": 3}, {"in_use": 4}),
        ("in use >= 3", {"in_use": 2}, {"in_use": 3}),
        ("free < 1", {"free": 1}, {"free": 0}),
        ("acquire p95 > 0.1s", {"acquire_p95_ms": 100}, {"acquire_p95_ms": 101}),
        ("held > 5min", {"longest_held_s": 300}, {"longest_held_s": 301}),
        ("down", {}, {"breaker": BreakerState.PARKED}),
        ("errors_per_second > 1.5", {"errors_per_s": 1.5}, {"errors_per_s": 2}),
    ],
)
def test_thresholds(rule: str, calm: dict[str, Any], bad: dict[str, Any]) -> None:
    clock = Clock(rule)
    assert clock.feed(3, **calm) == []
    assert clock.feed(3, **bad) == [f"+a {rule} @3"]


def test_counters_tell_what_they_grew_by_lately() -> None:
    clock = Clock("timeouts per minute > 1")
    assert clock.feed(5, timeouts=50) == []  # from before anybody looked
    assert clock.feed(5, timeouts=51) == []
    assert clock.feed(70, timeouts=52) == [
        "+a timeouts per minute > 1 @10",
        # The first one of the two is a minute old at 65.
        f"-a timeouts per minute > 1 @{66 + CLEAR_S:g}",
    ]


def test_outages_are_counted_by_their_beginnings() -> None:
    clock = Clock("outages per 5min > 2")
    down, up = {"breaker": BreakerState.OPEN}, {"breaker": BreakerState.CLOSED}
    heard = []
    for _ in range(3):
        heard += clock.feed(10, **down) + clock.feed(10, **up)
    assert heard == ["+a outages per 5min > 2 @40"]
    assert clock.feed(400, **up)[0].startswith("-a outages")


def test_a_scope_is_by_tag_environment_or_name() -> None:
    rule = replace(
        parse_rule("waiting > 0"), where=parse_targets("env:production & eu")
    )
    specs = {
        name: ConnectionSpec(
            name, DBConfig(name=name), tags=tags, environment=Environment(environment)
        )
        for name, tags, environment in (
            ("a", ("eu",), "production"),
            ("b", ("us",), "production"),
            ("c", ("eu",), "staging"),
        )
    }
    samples = [PoolStats(db_id=name, waiting=1) for name in "abcd"]
    assert told(Evaluator([rule]).pools(samples, specs, 0.0)) == ["+a waiting > 0"]


def test_a_database_that_is_removed_ends_its_alerts() -> None:
    evaluator = Evaluator([parse_rule("waiting > 0")])
    evaluator.pools([pool(waiting=1)], {}, 1.0)
    assert told(evaluator.pools([], {}, 2.0)) == ["-a waiting > 0"]
    assert told(evaluator.pools([pool(waiting=1)], {}, 3.0)) == ["+a waiting > 0"]


FACTS = ServerFacts(180000, "18.0", 100, 0.0, 1, "UTF8", "shop", "me", True)
BILLING = Backend(
    pid=7,
    kind="client backend",
    database="shop",
    application="billing",
    state="idle in transaction",
    state_s=400.0,
    transaction_s=401.0,
)
WEB = Backend(
    pid=8, kind="client backend", state="active", query_s=20.0, blocked_by=(7,)
)
SAMPLE = ServerSample(
    "a",
    0.0,
    1.0,
    FACTS,
    backends=(Backend(pid=1, kind="client backend", query_s=999), BILLING, WEB),
    connections=86,
    waits={8: LockWait(8, "tuple", "ShareLock", "orders", 12.0)},
    total=Rates(10.0, commits=5, deadlocks=0.1, blocks_hit=9, blocks_read=1),
    replicas=(
        Replica("sender", "r1", "", "", "", 3, "", "", "", 1024, 3.0),
        Replica(
            *("slot", "cdc", "", "", "", None, "inactive", "logical", "", 9, None),
            kept_bytes=2048,
        ),
    ),
)


@pytest.mark.parametrize(
    ("rule", "value", "detail"),
    [
        (
            "lock wait > 10s",
            12,
            "held by billing (pid 7) in shop, idle in transaction; it holds up 1",
        ),
        ("idle in transaction > 5min", 400, "billing (pid 7) in shop"),
        ("oldest transaction > 400s", 401, "billing (pid 7) in shop"),
        ("connections > 85% of max", 0.86, "86 of 100, 2 of them without a name"),
        ("longest query > 19s", 20, "a backend"),
        ("lock waiters > 0", 1, "held by billing"),
        ("deadlocks per minute > 5", 6, ""),
        ("cache hits < 95%", 0.9, ""),
        ("replication lag > 2s", 3, "r1"),
        ("replication lag bytes > 1kB", None, ""),
        ("slot wal > 1kB", 2048, "slot cdc, inactive"),
        ("slot wal > 2kB", None, ""),
        ("active > 2", None, ""),
    ],
)
def test_server_rules_say_who_is_behind_it(
    rule: str, value: float | None, detail: str
) -> None:
    if rule.startswith("longest"):
        detail = "client backend (pid 8)"
    alerts = Evaluator([parse_rule(rule)]).server(SAMPLE, (), 0.0)
    assert [a.value for a in alerts] == ([] if value is None else [value])
    assert all(detail in a.detail for a in alerts)


def test_every_metric_is_read_from_a_sample_and_every_built_in_rule_parses() -> None:
    compared = {"a number": "0", "a share, such as 90%": "0%"}
    rules = []
    for metric in METRICS.values():
        unit = compared.get(
            metric.unit.value, "0B" if "size" in metric.unit.value else "0s"
        )
        text = (
            metric.name
            if "nothing" in metric.unit.value
            else f"{metric.name} >= {unit}"
        )
        rules.append(parse_rule(text))
    evaluator = Evaluator(rules)
    evaluator.pools([pool()], {}, 0.0)
    evaluator.server(SAMPLE, (), 0.0)
    seen = {alert.rule.metric.name for alert in evaluator.alerts}
    assert seen == METRICS.keys() - {"down"}
    assert len(built_in_rules()) == 8
