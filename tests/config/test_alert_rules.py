"""What ``alerts:`` may say, and where it is wrong."""

from __future__ import annotations

from pathlib import Path
from textwrap import dedent

import pytest

from mdbtui.config import AppConfig, ConfigFileError, ConnectionSpec, load_config
from mdbtui.config.alert_built_in import built_in_rules
from mdbtui.config.alerts import RuleError, parse_rule
from mdbtui.pool import DBConfig


def load(tmp_path: Path, text: str) -> AppConfig:
    path = tmp_path / "c.yaml"
    path.write_text(dedent(text))
    return load_config(path, environ={"HOOK": "secret"})


def test_all_that_alerts_may_say(tmp_path: Path) -> None:
    config = load(
        tmp_path,
        """
        alerts:
          - Waiting  > 3 for 1.5min
          - {rule: idle_in_transaction >= 90s, where: "prod* & !tag:test",
             name: forgotten, severity: error}
        alert_built_in: false
        alert_bell: true
        alert_desktop: osc9
        alert_command: [notify-send, mdbtui]
        """,
    )
    first, second = config.alerts
    assert (first.metric.name, first.threshold, first.for_s) == ("waiting", 3, 90)
    assert (first.severity, first.name) == ("warning", "Waiting  > 3 for 1.5min")
    assert (second.threshold, second.inclusive, second.metric.server) == (
        90,
        True,
        True,
    )
    assert (second.severity, second.name) == ("error", "forgotten")
    assert second.where is not None
    assert second.where.matches(ConnectionSpec("prod1", DBConfig()))
    assert not second.where.matches(ConnectionSpec("prod1", DBConfig(), tags=("test",)))
    assert (config.alert_built_in, config.alert_bell) == ((), True)
    assert config.alert_desktop == "osc9"
    assert config.alert_command == ("notify-send", "mdbtui")
    nothing = load(tmp_path, "alerts:\n")
    assert (nothing.alerts, nothing.alert_built_in) == ((), None)
    assert (nothing.alert_bell, nothing.alert_desktop) == (False, "off")
    assert nothing.alert_command == ()


def test_built_in_rules_are_changed_by_name(tmp_path: Path) -> None:
    config = load(
        tmp_path,
        """
        alert_built_in:
          held: false
          down: for 2min
          waiting: "> 5 for 30s"
          lock_wait: lock wait >= 1min
          connections: {where: "prod*", severity: warning}
          outages per 5min: true
          timeouts per minute: {rule: "> 3", name: time-outs}
        """,
    )
    assert config.alert_built_in is not None
    usual = {rule.metric.name: rule for rule in built_in_rules()}
    found = {rule.metric.name: rule for rule in config.alert_built_in}
    assert list(found) == [name for name in usual if name != "held"]
    for name in ("outages per 5min", "idle in transaction"):
        assert found[name] == usual[name]
    assert (found["down"].for_s, found["down"].severity) == (120, "error")
    waiting = found["waiting"]
    assert (waiting.threshold, waiting.for_s) == (5, 30)
    assert waiting.name == usual["waiting"].name
    assert (found["lock wait"].threshold, found["lock wait"].inclusive) == (60, True)
    full = found["connections"]
    assert (full.text, full.severity) == (usual["connections"].text, "warning")
    assert full.where is not None
    late = found["timeouts per minute"]
    assert (late.threshold, late.name, late.severity) == (3, "time-outs", "error")
    for text, expected in (("true", None), ("yes", None), ("no", ()), ("{}", None)):
        config = load(tmp_path, f"alert_built_in: {text}")
        assert (config.alert_built_in or ()) == (
            built_in_rules() if expected is None else ()
        )


def test_mistakes_in_built_in_rules_are_told_by_line(tmp_path: Path) -> None:
    with pytest.raises(ConfigFileError) as caught:
        load(
            tmp_path,
            """\
            alert_built_in:
              hold: false
              held: waiting > 3
              waiting: "> 5s"
              down: {rule: for 5 days, colour: red}
              lock wait:
            """,
        )
    found = [m.removeprefix(f"{tmp_path}/") for m in caught.value.mistakes]
    for text, what in zip(
        found,
        (
            "c.yaml:2: alert_built_in.hold: no built-in rule; they are down, outages",
            "c.yaml:3: alert_built_in.held: has to be about held; put other rules",
            "c.yaml:4: alert_built_in.waiting: waiting is compared with a number",
            "c.yaml:5: alert_built_in.down.colour: unknown setting",
            'c.yaml:5: alert_built_in.down.rule: after "for" comes a time',
            "c.yaml:6: alert_built_in.lock wait: has no value",
        ),
        strict=True,
    ):
        assert text.startswith(what)


@pytest.mark.parametrize(
    ("rule", "what"),
    [
        ("waitin > 0", 'did you mean "waiting"'),
        ("waiting", "is compared with a number"),
        ("waiting > 5s", "is compared with a number"),
        ("waiting > 5% of max", 'no "of max"'),
        ("connections > 85 of max", "follows a share"),
        ("connections > 85%", "is compared with a number"),
        ("held > 5", "a time, such as 30s"),
        ("acquire p95 > 5 parsecs", "a time, such as 100ms"),
        ("cache hits < 0.9", "a share"),
        ("down > 0", "true or not"),
        ("waiting > 0 for 3 days", "at most 24h"),
        ("waiting > 0 for 25h", "at most 24h"),
        ("waiting ! 0", "not a rule"),
        ("", "not a rule"),
    ],
)
def test_a_rule_that_cannot_be_read_says_why(rule: str, what: str) -> None:
    with pytest.raises(RuleError, match=what):
        parse_rule(rule)


def test_mistakes_are_told_by_line(tmp_path: Path) -> None:
    with pytest.raises(ConfigFileError) as caught:
        load(
            tmp_path,
            """\
            alerts:
              - waitin > 0
              - {rule: down, where: "a &", severity: bad, colour: red}
              - {where: a}
              - [down]
            alert_desktop: loud
            alert_command: [notify-send, "${HOOK}"]
            """,
        )
    found = [m.removeprefix(f"{tmp_path}/") for m in caught.value.mistakes]
    assert [": ".join(each.split(": ")[:2]) for each in found] == [
        "c.yaml:2: alerts[1]",
        "c.yaml:3: alerts[2].colour",
        "c.yaml:3: alerts[2].where",
        "c.yaml:3: alerts[2].severity",
        "c.yaml:4: alerts[3]",
        "c.yaml:5: alerts[4]",
        "c.yaml:6: alert_desktop",
        "c.yaml:7: alert_command",
    ]
    assert "secret" not in str(caught.value)
    for text in ("alerts: down", "alert_command: ls", "alert_command: []"):
        with pytest.raises(ConfigFileError, match="list"):
            load(tmp_path, text)
