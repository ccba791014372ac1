"""What users see of their configuration files, right and wrong."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import fields
from pathlib import Path

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from mdbtui.config import (
    AppConfig,
    ConfigFileError,
    Environment,
    config_dir,
    load_config,
)
from mdbtui.config.schema import DB_FIELDS
from mdbtui.config.yamlfile import read_tree
from mdbtui.pool import DBConfig, Secret

Load = Callable[..., AppConfig]
SECRET = "S3NTINEL"


@pytest.fixture
def load(tmp_path: Path) -> Load:
    """Load a file with this text."""

    def load(text: str, **environ: str) -> AppConfig:
        path = tmp_path / "c.yaml"
        path.write_text(text, encoding="utf-8")
        path.chmod(0o600)
        return load_config(path, environ=environ)

    return load


@pytest.fixture
def mistakes(load: Load, tmp_path: Path) -> Callable[..., list[str]]:
    """The mistakes of a file with this text, without its folder."""

    def mistakes(text: str, **environ: str) -> list[str]:
        with pytest.raises(ConfigFileError) as caught:
            load(text, **environ)
        assert str(caught.value) == "\n".join(caught.value.mistakes)
        return [m.replace(f"{tmp_path}/", "") for m in caught.value.mistakes]

    return mistakes


def test_a_whole_configuration(load: Load, tmp_path: Path) -> None:
    config = load(
        """
        theme: nord
        refresh_seconds: 2.5
        null_text: ∅
        stream_idle_seconds: 5
        result_memory_mb: 64
        results_memory_mb: 256
        environments:
          qa: {colour: "#3366ff"}
          production: {colour: red}
        connections:
          shop:
            host: db.example.org
            port: 6432
            database: shop
            user: no            # text, whatever YAML 1.1 makes of it
            password: "0123"
            ssl: verify-full
            sslrootcert: ~/ca.pem
            pool_max_size: 3
            connect_timeout: 2.5
            statement_timeout: 5000
            group: web
            tags: [eu, blue]
            environment: production
          copy: {url: "postgresql://u:p@h/d", environment: qa}
        """,
    )
    shop, copy = config.connections
    assert config.theme == "nord"
    assert config.refresh_seconds == 2.5
    assert (config.null_text, config.stream_idle_seconds) == ("∅", 5)
    assert (config.result_memory_mb, config.results_memory_mb) == (64, 256)
    assert shop.db.address == "db.example.org:6432"
    assert (shop.db.user, shop.db.password) == ("no", Secret("0123"))
    assert shop.db.sslrootcert == str(Path.home() / "ca.pem")
    assert (shop.db.pool_max_size, shop.db.connect_timeout) == (3, 2.5)
    assert shop.db.id == "shop"
    assert (shop.group, shop.tags) == ("web", ("eu", "blue"))
    assert shop.environment == Environment("production", "red")
    assert shop.source == f"{tmp_path}/c.yaml:12"
    assert copy.environment == Environment("qa", "#3366ff")
    assert config.connection("copy") is copy
    assert config.connection("nobody") is None


def test_a_plain_null_is_a_text_where_that_is_meant(load: Load) -> None:
    assert load("null_text: NULL").null_text == "NULL"
    assert load("null_text: '~'").null_text == "~"
    assert load("theme: nord").null_text == "NULL"


def test_snippets(load: Load, mistakes: Callable[..., list[str]]) -> None:
    config = load(
        """
        snippets:
          top: "select * from $0 limit 10"
          "list sizes": |
            select relname
            from pg_class
        """
    )
    assert config.snippets == (
        ("top", "select * from $0 limit 10"),
        ("list sizes", "select relname\nfrom pg_class"),
    )
    assert load("snippets:").snippets == ()
    found = mistakes('snippets:\n  a: ""\n  "\\x1b": b\n  c: [d]\n')
    assert [mistake.split(": ")[0] for mistake in found] == [
        "c.yaml:2",
        "c.yaml:3",
        "c.yaml:4",
    ]
    assert "\x1b" not in "".join(found)


def test_every_field_of_a_connection_can_be_configured() -> None:
    assert {f.name for f in fields(DBConfig)} - {"name"} == set(DB_FIELDS)


@pytest.mark.parametrize("text", ["", "# nothing yet\n", "connections:\n", "---\n"])
def test_an_empty_file_is_no_mistake(load: Load, text: str) -> None:
    assert load(text).connections == ()


def test_all_mistakes_are_reported_together(
    mistakes: Callable[..., list[str]],
) -> None:
    text = """\
connections:
  a:
    host: h
    port: 0123
    pasword: x
    ssl: no
    statement_timeout: -5
    group: [x]
    tags: y
  a: {host: other}
  b: {url: "postgresql://h/d", host: x, environment: qa}
  c: {host: "${NOBODY}"}
  d: {pool_min_size: 5, pool_max_size: 2}
  "e ": {}
  f: 1
environments:
  x: {colour: #ff0000
     }
  y: {colour: mauve}
theem: x
refresh_seconds: 0
null_text: "  "
stream_idle_seconds: 0.5
result_memory_mb: 7
results_memory_mb: 1e9
"""
    found = mistakes(text)
    expected = {
        4: "connections.a.port: not a whole number",
        5: 'connections.a.pasword: unknown setting; did you mean "password"?',
        6: "connections.a.ssl: must be one of disable, allow",
        7: "connections.a.statement_timeout: must be from 0",
        8: "connections.a.group: has to be a single value",
        9: "connections.a.tags: has to be a list; write [one, two]",
        10: "connections.a: given twice (first in line 2); remove one",
        11: "connections.b.host: given here and in the url; remove one",
        12: "connections.c.host: the variable NOBODY is not set",
        13: "connections.d.pool_min_size: 5 is more than pool_max_size",
        14: "connections.e : a name has 1 to 100 characters",
        15: "connections.f: has to be names with values",
        17: "environments.x.colour: has no value; give one (in quotes",
        19: "environments.y.colour: not a colour",
        20: 'theem: unknown setting; did you mean "theme"?',
        21: "refresh_seconds: has to be from 0.2 to 3600",
        22: "null_text: has to be printable, and not blank",
        23: "stream_idle_seconds: has to be from 1 to 86400",
        24: "result_memory_mb: has to be from 8 to 65536",
        25: "results_memory_mb: not a whole number",
    }
    lines = [int(mistake.split(":")[1]) for mistake in found]
    assert lines == sorted(lines)
    assert set(lines) == set(expected)
    for line, words in expected.items():
        assert any(m.startswith(f"c.yaml:{line}: {words}") for m in found), line
    unknown = "c.yaml:11: connections.b.environment: unknown; use one of development"
    assert any(m.startswith(unknown) for m in found)


@pytest.mark.parametrize(
    "value",
    ["no", "0123", "1_000", "12:30:45", "2024-01-31", "3.5", "0x1F", "~", "null", ""],
)
def test_a_password_that_yaml_reads_as_something_else(
    mistakes: Callable[..., list[str]], value: str
) -> None:
    (mistake,) = mistakes(f"connections:\n  a:\n    password: {value}\n")
    assert mistake.startswith("c.yaml:3: connections.a.password: ")
    assert "quotes" in mistake


@pytest.mark.parametrize("quote", ["'", '"'])
def test_a_quoted_password_is_taken_as_it_is(load: Load, quote: str) -> None:
    config = load(f"connections: {{a: {{password: {quote}0123{quote}}}}}")
    assert config.connections[0].db.password == Secret("0123")


@pytest.mark.parametrize(
    "line",
    [
        f"password: &{SECRET}",
        f"password: *{SECRET}",
        f"password: !{SECRET} x",
        f"password: !{SECRET}!{SECRET} x",
        f"password: !<{SECRET}> x",
        f"password: %{SECRET}",
        f"password: @{SECRET}",
        f'password: "{SECRET}\\q{SECRET}"',
        f'password: "{SECRET}',
        f"password: [{SECRET}]",
        f"password: {{{SECRET}: {SECRET}}}",
        f"password: {SECRET}: {SECRET}",
        f"password: {SECRET}\x01",
        f"password: {SECRET}\n   x\n  y",
        f"port: ${{{'x' * 5}:-{SECRET}}}",
        f"port: '{SECRET}'",
        f"pool_max_size: {SECRET}",
        f"url: postgresql://u:{SECRET}@@h/d",
        f"url: {SECRET}",
        f"password: ${{{SECRET} }}x",
        f"password: x${{{SECRET}",
    ],
)
@pytest.mark.parametrize("loader", ["CSafeLoader", "SafeLoader"])
def test_no_mistake_repeats_a_value(
    mistakes: Callable[..., list[str]],
    monkeypatch: pytest.MonkeyPatch,
    line: str,
    loader: str,
) -> None:
    if loader == "SafeLoader":
        monkeypatch.delattr(yaml, "CSafeLoader", raising=False)
    found = mistakes(f"connections:\n  a:\n    {line}\n    hots: x\n")
    assert found
    assert SECRET not in "\n".join(found)


@pytest.mark.parametrize(
    ("text", "on"), [("true", True), ("no", False), ("On", True), ("False", False)]
)
def test_switches(
    load: Load, mistakes: Callable[..., list[str]], text: str, on: bool
) -> None:
    config = load(f"manual_commit: {text}\nstatement_savepoints: {text}")
    assert (config.manual_commit, config.statement_savepoints) == (on, on)
    found = mistakes("manual_commit: 1")
    assert found[0].startswith("c.yaml:1: manual_commit: has to be true or false")


def test_equal_names_aliases_tags_and_depth_are_refused(
    mistakes: Callable[..., list[str]],
) -> None:
    deep = "[" * 21 + "]" * 21
    assert mistakes("theme: a\ntheme: b")[0].startswith("c.yaml:2: theme: given twice")
    assert "anchor" in mistakes("theme: &x a")[0]
    assert "alias" in mistakes("theme: *x")[0]
    assert "tag" in mistakes("theme: !!python/object/apply:os.system [id]")[0]
    assert "deeper than 20" in mistakes(f"theme: {deep}")[0]
    assert "second document" in mistakes("theme: a\n---\ntheme: b")[0]
    assert "file: has to be names" in mistakes("- a")[0]


def test_references(load: Load) -> None:
    text = """
connections:
  a:
    host: ${HOST:-fallback}
    port: ${PORT}
    user: ${EMPTY:-}x
    password: a$b$${c}${PW}
  b: {url: "postgresql://app:${PW}@h/d"}
  c: {url: "${URL}"}
"""
    config = load(
        text, PORT="6000", PW="p@s/s%41${X}", URL="postgresql://u:w@h:1/d", EMPTY=""
    )
    a, b, c = (spec.db for spec in config.connections)
    assert (a.host, a.port, a.user) == ("fallback", 6000, "x")
    assert a.password == Secret("a$b${c}p@s/s%41${X}")
    assert b.password == Secret("p@s/s%41${X}")
    assert (c.address, c.password) == ("h:1", Secret("w"))


def test_two_files_in_the_config_folder() -> None:
    folder = config_dir()
    assert load_config(environ={}) == AppConfig(
        environments=tuple(map(Environment, ("development", "staging", "production")))
    )
    folder.mkdir(parents=True)
    (folder / "config.yaml").write_text(
        "environments: {qa: {colour: red}}\nconnections: {a: {}, b: {}}\n"
    )
    (folder / "connections.yaml").write_text("connections: {c: {environment: qa}}\n")
    names = [spec.name for spec in load_config(environ={}).connections]
    assert names == ["a", "b", "c"]
    (folder / "connections.yaml").write_text("connections:\n  b: {}\n")
    with pytest.raises(ConfigFileError) as caught:
        load_config(environ={})
    assert caught.value.mistakes == (
        f"{folder}/connections.yaml:2: connections.b: given twice "
        f"(first in {folder}/config.yaml:2); rename or remove one",
    )


def test_a_named_file_has_to_be_there(tmp_path: Path) -> None:
    for path, words in (
        (tmp_path / "none.yaml", "there is no such file"),
        (tmp_path, "cannot be read|not a regular file"),
    ):
        with pytest.raises(ConfigFileError, match=words):
            load_config(path, environ={})


def test_files_that_are_no_text(tmp_path: Path) -> None:
    path = tmp_path / "c.yaml"
    for data, words in (
        (b"theme: \xff\n", "not UTF-8 in line 1"),
        (b"#" * 1_000_001, "larger than 1 MB"),
    ):
        path.write_bytes(data)
        with pytest.raises(ConfigFileError, match=words):
            load_config(path, environ={})
    path.write_bytes(b"\xef\xbb\xbftheme: x\n")
    assert load_config(path, environ={}).theme == "x"


def test_a_password_that_others_can_read_is_warned_about(tmp_path: Path) -> None:
    path = tmp_path / "c.yaml"
    literal = "connections:\n  a: {password: 'hunter2'}\n"
    in_url = 'connections:\n  a: {url: "postgresql://u:hunter2@h/d"}\n'
    reference = "connections:\n  a: {password: '${PW}'}\n"
    for text, mode, warned in (
        (literal, 0o644, True),
        (literal, 0o600, False),
        (in_url, 0o640, True),
        (reference, 0o644, False),
    ):
        path.write_text(text)
        path.chmod(mode)
        warnings = load_config(path, environ={"PW": "x"}).warnings
        assert bool(warnings) is warned, (text, mode)
        assert "hunter2" not in str(warnings)
        if warned:
            assert warnings[0].startswith(f"{path}:2: a password can be read by others")


def test_the_guides_variables(tmp_path: Path) -> None:
    environ = {
        "DB_HOST": "h",
        "DB_PORT": "6000",
        "DB_NAME": "d",
        "DB_USER": "u",
        "DB_PASSWORD": "p",
        "POOL_MIN_SIZE": "1",
        "POOL_MAX_SIZE": "5",
        "POOL_IDLE_TIMEOUT": "60",
    }
    (spec,) = load_config(environ=environ).connections
    assert (spec.name, spec.source) == ("env", "environment")
    assert spec.db == DBConfig(
        host="h",
        port=6000,
        database="d",
        user="u",
        password="p",
        pool_min_size=1,
        pool_max_size=5,
        pool_idle_timeout=60.0,
        name="env",
    )
    assert load_config(environ={"DB_PORT": "x", "POOL_MAX_SIZE": "5"}).connections == ()
    with pytest.raises(ConfigFileError) as caught:
        load_config(environ={"DB_HOST": "h", "DB_PORT": SECRET, "POOL_MAX_SIZE": "x"})
    assert [m.split(": ")[1] for m in caught.value.mistakes] == [
        "DB_PORT",
        "POOL_MAX_SIZE",
    ]
    assert SECRET not in str(caught.value)
    with pytest.raises(ConfigFileError, match="environment: DB_PORT: must be from 1"):
        load_config(environ={"DB_HOST": "h", "DB_PORT": "70000"})


def test_a_configured_env_wins_over_the_variables(load: Load) -> None:
    config = load("connections: {env: {host: mine}}", DB_HOST="other")
    assert [spec.db.host for spec in config.connections] == ["mine"]
    assert "DB_*" in config.warnings[0]


def test_an_env_file_is_read_when_named(tmp_path: Path) -> None:
    env_file = tmp_path / "my.env"
    env_file.write_text("DB_HOST=from-file\nDB_NAME=d\nDB_PASSWORD='p # $(x)'\n")
    env_file.chmod(0o600)
    config = load_config(env_file=env_file, environ={"DB_HOST": "from-environment"})
    (spec,) = config.connections
    assert (spec.db.host, spec.db.database) == ("from-environment", "d")
    assert spec.db.password == Secret("p # $(x)")
    assert config.warnings == ()
    env_file.chmod(0o644)
    assert load_config(env_file=env_file, environ={}).warnings


@settings(derandomize=True, max_examples=300, deadline=None)
@given(st.text("ab:-[]{},'\"#&*!|> \n\t\\0123~?%", max_size=60))
def test_any_text_is_a_tree_or_a_mistake(text: str) -> None:
    root, found = read_tree(text)
    assert root is None or root.line >= 1
    lines = text.count("\n") + 1
    assert all(1 <= mistake.line <= lines + 1 for mistake in found)
