"""Saving a connection must not cost the user a byte of what he wrote himself."""

from __future__ import annotations

import os
import stat
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from mdbtui.config import (
    ConfigFileError,
    ConnectionSpec,
    Environment,
    config_dir,
    load_config,
    remove_connection,
    save_connection,
)
from mdbtui.pool import DBConfig, Secret

TEXT = """\
# my connections
connections:
    # the shop
    shop:   {host: db1, password: "${PW}"}   # inline

    logs:
        host: db2   # second
        tags: [a,
               b]
        # about the password
        password: 'it''s'

    # at the end of logs
    last:
        database: x
# done
theme: nord
"""


@pytest.fixture
def file() -> Path:
    path = config_dir() / "connections.yaml"
    path.parent.mkdir(parents=True)
    path.write_text(TEXT)
    return path


def spec(name: str, **fields: object) -> ConnectionSpec:
    return ConnectionSpec(name, DBConfig(name=name, **fields))  # type: ignore[arg-type]


def load(**environ: str) -> dict[str, ConnectionSpec]:
    return {s.name: s for s in load_config(environ=environ).connections}


def test_the_first_one_makes_a_private_file() -> None:
    saved = replace(
        spec("a b", host="h", port=6000, password="p'\"\\ ${x}\n", ssl="require"),
        group="web",
        tags=("eu", "no"),
        environment=Environment("production"),
    )
    saved = replace(saved, db=replace(saved.db, connect_timeout=2.5))
    save_connection(saved)
    path = config_dir() / "connections.yaml"
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert stat.S_IMODE(path.parent.stat().st_mode) == 0o700
    assert [p.name for p in path.parent.iterdir()] == ["connections.yaml"]
    assert replace(load()["a b"], source="") == saved


def test_a_new_one_goes_to_the_end(file: Path) -> None:
    save_connection(spec("new", host="h"))
    added = "    new:\n      host: h\n      database: postgres\n      user: postgres\n"
    assert file.read_text() == TEXT.replace("# done", f"{added}# done")


def test_only_the_lines_of_the_changed_one_change(file: Path) -> None:
    save_connection(replace(spec("logs", host="db3", password="it's"), tags=("x",)))
    before, _, rest = TEXT.partition("    logs:\n")
    after = rest[rest.index("\n    # at the end of logs") :]
    text = file.read_text()
    assert text.startswith(before)
    assert text.endswith(after)
    assert load(PW="x")["logs"].db.host == "db3"


def test_a_reference_stays_while_its_value_does(file: Path) -> None:
    save_connection(
        spec("shop", host="db9", password="s3cret"), environ={"PW": "s3cret"}
    )
    assert '"${PW}"' in file.read_text()
    assert "s3cret" not in file.read_text()
    save_connection(
        spec("shop", host="db9", password="other"), environ={"PW": "s3cret"}
    )
    assert load()["shop"].db.password == Secret("other")


def test_a_password_in_a_url_stays_a_reference(file: Path) -> None:
    file.write_text('connections:\n  a: {url: "postgresql://u:${PW}@h/d"}\n')
    (old,) = load(PW="s3cret").values()
    save_connection(replace(old, group="g"), environ={"PW": "s3cret"})
    assert "s3cret" not in file.read_text()
    (new,) = load(PW="s3cret").values()
    assert (new.db, new.group) == (old.db, "g")


def test_renaming(file: Path) -> None:
    save_connection(spec("archive", host="db2"), replaces="logs")
    assert list(load(PW="x")) == ["shop", "archive", "last"]
    before = file.read_text()
    with pytest.raises(ConfigFileError, match=r"connections\.last: exists"):
        save_connection(spec("last"), replaces="shop")
    assert file.read_text() == before


def test_removing_down_to_the_last_and_adding_again(file: Path) -> None:
    assert not remove_connection("nobody")
    for name in ("logs", "shop", "last"):
        assert remove_connection(name)
    assert load() == {}
    for line in ("# my connections", "    # the shop", "    # at the end of logs"):
        assert line in file.read_text()
    save_connection(spec("again"))
    assert list(load()) == ["again"]
    assert load_config(environ={}).theme == "nord"


@pytest.mark.parametrize(
    "text",
    ["connections: {a: {}}\n", "{connections: {}}\n", "- a\n", "connections: [a]\n"],
)
def test_other_layouts_are_left_alone(file: Path, text: str) -> None:
    file.write_text(text)
    with pytest.raises(ConfigFileError, match=r"by hand|names with values"):
        save_connection(spec("b"))
    assert file.read_text() == text


@pytest.mark.parametrize("text", ["", "# only this\n", "theme: x", "connections: ~\n"])
def test_a_file_without_connections_gets_them(file: Path, text: str) -> None:
    file.write_text(text)
    save_connection(spec("b"))
    assert list(load()) == ["b"]


def test_a_broken_file_is_left_alone(file: Path) -> None:
    file.write_text("connections: {\n")
    with pytest.raises(ConfigFileError, match="not valid YAML"):
        save_connection(spec("b"))
    assert file.read_text() == "connections: {\n"


def test_a_symbolic_link_is_never_written_through(file: Path, tmp_path: Path) -> None:
    target = tmp_path / "elsewhere.yaml"
    target.write_text(TEXT)
    file.unlink()
    file.symlink_to(target)
    with pytest.raises(ConfigFileError, match="symbolic link"):
        save_connection(spec("b"))
    assert target.read_text() == TEXT


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write anywhere")
def test_a_folder_that_can_not_be_written(file: Path) -> None:
    file.parent.chmod(0o500)
    with pytest.raises(ConfigFileError, match="cannot be written"):
        save_connection(spec("b"))
    assert file.read_text() == TEXT


def test_a_name_that_is_none_is_refused() -> None:
    for name in ("", " a", "postgresql://x", "a" * 101):
        bad = ConnectionSpec(name, DBConfig())
        with pytest.raises(ConfigFileError, match="a name"):
            save_connection(bad)


_TEXTS = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"))
_NAMES = _TEXTS.filter(
    lambda s: bool(s) and s == s.strip() and s.isprintable() and len(s) <= 100
)


@settings(
    derandomize=True,
    max_examples=150,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(name=_NAMES, password=_TEXTS, group=_TEXTS, tags=st.lists(_TEXTS, max_size=3))
def test_whatever_is_saved_is_read_again(
    file: Path, name: str, password: str, group: str, tags: list[str]
) -> None:
    file.write_text(TEXT)
    saved = replace(spec(name, password=password), group=group, tags=tuple(tags))
    save_connection(saved, environ={})
    loaded = load(PW="x")[name]
    assert replace(loaded, source="") == saved
