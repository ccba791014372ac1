"""The .env reader, the remembered state, and what there is to import."""

from __future__ import annotations

import json
import os
import stat
from pathlib import Path

import pytest

from mdbtui.config import (
    ConfigFileError,
    find_importable,
    load_state,
    save_state,
    state_dir,
)
from mdbtui.config.dotenv import read_env_file
from mdbtui.pool import Secret

SECRET = "S3NTINEL"


def env_file(tmp_path: Path, text: str) -> Path:
    path = tmp_path / "x.env"
    path.write_text(text)
    return path


def test_env_files(tmp_path: Path) -> None:
    text = r"""
# comment
A=1
export B = two
C='it # is $HOME ${X}'   # comment
D="a\nb \"c\" \$d \\"
E=a#b$c
F=a #comment
G=
H= # nothing
LDAP_URL=x
"""
    assert read_env_file(env_file(tmp_path, text)) == {
        "A": "1",
        "B": "two",
        "C": "it # is $HOME ${X}",
        "D": 'a\nb "c" $d \\',
        "E": "a#b$c",
        "F": "a",
        "G": "",
        "H": "",
        "LDAP_URL": "x",
    }


@pytest.mark.parametrize(
    ("line", "words"),
    [
        (SECRET, "not a line of the form NAME=value"),
        (f"A={SECRET} x", "A: .*single quotes"),
        (f"A='{SECRET}", "A: .*closing '"),
        (f'A="{SECRET}" x', 'A: .*closing "'),
        (f'A="\\q{SECRET}"', "A: "),
        (f"A=$({SECRET})", "A: nothing is expanded"),
        (f'A="${{{SECRET}}}"', "A: nothing is expanded"),
        (f"A=`{SECRET}`", "A: nothing is expanded"),
        *(
            (f"{name}={SECRET}", f"{name} may not be set")
            for name in (
                "PGSSLMODE",
                "PGSSLROOTCERT",
                "PGSERVICEFILE",
                "PGPASSFILE",
                "SSLKEYLOGFILE",
                "LD_PRELOAD",
                "DYLD_INSERT_LIBRARIES",
                "PYTHONPATH",
                "PATH",
                "EDITOR",
                "PAGER",
            )
        ),
    ],
)
def test_wrong_lines_are_named_and_not_shown(
    tmp_path: Path, line: str, words: str
) -> None:
    path = env_file(tmp_path, f"OK=1\n{line}\nalso wrong\n")
    with pytest.raises(ConfigFileError, match=words) as caught:
        read_env_file(path)
    first, second = caught.value.mistakes
    assert first.startswith(f"{path}:2: ")
    assert second.startswith(f"{path}:3: ")
    assert SECRET not in str(caught.value)


def test_a_missing_env_file(tmp_path: Path) -> None:
    with pytest.raises(ConfigFileError, match="no such file"):
        read_env_file(tmp_path / "none.env")


def test_state_is_remembered_privately() -> None:
    assert load_state() == {}
    assert save_state({"theme": "nord", "panes": [30, 70]})
    assert load_state() == {"theme": "nord", "panes": [30, 70]}
    path = state_dir() / "state.json"
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert stat.S_IMODE(path.parent.stat().st_mode) == 0o700


@pytest.mark.parametrize(
    "data", [b"", b"{", b"[1]", b"\xff", b"[" * 100_000, b"1" * 2_000_000]
)
def test_broken_state_is_no_state(data: bytes) -> None:
    state_dir().mkdir(parents=True)
    (state_dir() / "state.json").write_bytes(data)
    assert load_state() == {}
    assert save_state({"a": 1})
    assert load_state() == {"a": 1}


def test_state_that_can_not_be_written_stops_nothing(tmp_path: Path) -> None:
    state_dir().parent.mkdir(parents=True, exist_ok=True)
    state_dir().write_text("a file where the folder should be")
    assert not save_state({"a": 1})
    assert load_state() == {}


def test_state_is_not_written_through_a_link(tmp_path: Path) -> None:
    state_dir().mkdir(parents=True)
    victim = tmp_path / "victim"
    victim.write_text("mine")
    (state_dir() / "state.json").symlink_to(victim)
    assert not save_state({"a": 1})
    assert victim.read_text() == "mine"


def test_nothing_to_import() -> None:
    found = find_importable({"HOME": os.environ["HOME"]})
    assert (found.connections, found.problems) == ((), ())


def test_everything_to_import(tmp_path: Path) -> None:
    (tmp_path / ".pg_service.conf").write_text(
        "# services\n[web]\nhost=s1\nport=6001\ndbname=d%s\npassword=p=q\n"
        "[old]\nhost=s2\n\n[web]\nhost=ignored\nuser=ignored\n"
    )
    found = find_importable(
        {
            "HOME": str(tmp_path),
            "DB_HOST": "h1",
            "DATABASE_URL": "postgres://u:w@h2/d",
            "PGHOST": "h3",
            "PGUSER": "me",
            "PGPASSWORD": "pw",
            "PGSSLMODE": "require",
        }
    )
    assert found.problems == ()
    seen = {
        importable.spec.name: (importable.spec.db.host, importable.origin)
        for importable in found.connections
    }
    service_file = tmp_path / ".pg_service.conf"
    assert seen == {
        "env": ("h1", "DB_HOST and its kin"),
        "database-url": ("h2", "DATABASE_URL"),
        "pg-environment": ("h3", "PGHOST and its kin"),
        "web": ("s1", f"{service_file} [web]"),
        "old": ("s2", f"{service_file} [old]"),
    }
    by_name = {i.spec.name: i.spec.db for i in found.connections}
    assert by_name["pg-environment"].password == Secret("pw")
    assert by_name["pg-environment"].database == "me"
    assert by_name["pg-environment"].ssl == "require"
    assert by_name["web"].password == Secret("p=q")
    assert by_name["web"].database == "d%s"


def test_broken_sources_are_told_and_do_not_hide_the_others(tmp_path: Path) -> None:
    service_file = tmp_path / "services"
    service_file.write_text(
        f"password={SECRET}\n[a]\nport={SECRET}\n[b]\nhots=x\n[c]\nhost=ok\n"
        "[d]\ntarget_session_attrs=read-write\n"
    )
    found = find_importable(
        {
            "PGSERVICEFILE": str(service_file),
            "PGHOST": "x,y",
            "DB_HOST": "h",
            "DB_PORT": SECRET,
            "DATABASE_URL": f"postgres://u:{SECRET}@@h",
        }
    )
    assert [i.spec.name for i in found.connections] == ["c"]
    assert len(found.problems) == 7
    assert SECRET not in json.dumps(found.problems)
    missing = find_importable({"PGSERVICEFILE": str(tmp_path / "none")})
    assert "no such file" in missing.problems[0]
    folder = find_importable({"PGSERVICEFILE": str(tmp_path)})
    assert len(folder.problems) == 1
