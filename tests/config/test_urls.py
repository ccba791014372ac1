"""URLs against libpq's own reader, and with passwords that nobody may see."""

from __future__ import annotations

import ctypes
import ctypes.util
import re
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mdbtui.config import parse_url
from mdbtui.config.urls import url_fields
from mdbtui.pool import ConfigError, Secret
from tests.support.server import PgServer

# In the spirit of libpq's t/001_uri.pl; what both accept means the same to both.
ACCEPTED = [
    "postgresql://uri-user:secret@host:12345/db",
    "postgresql://uri-user@host:12345/db",
    "postgresql://uri-user@host/db",
    "postgresql://host:12345/db",
    "postgresql://host/db",
    "postgresql://uri-user@host:12345/",
    "postgresql://uri-user@host/",
    "postgresql://uri-user@",
    "postgresql://host:12345/",
    "postgresql://host:12345",
    "postgresql://host/",
    "postgresql://host",
    "postgresql://",
    "postgresql:///",
    "postgresql:///db",
    "postgresql://:12345/",
    "postgresql://:12345",
    "postgresql://?host=/path/to/socket/dir",
    "postgresql://uri-user@host/db?sslmode=require",
    "postgresql://%75ri-user@host:12345/",
    "postgresql://uri-user@h%6Fst/d%62?user=other",
    "postgresql://host/db?u%73er=someotheruser",
    "postgresql://host?port=5433&dbname=d&password=x%26y",
    "postgresql://host:/db",
    "postgresql://user:@host/db",
    "postgresql://:pw@host/db",
    "postgresql://user:pa:ss@host/db",
    "postgresql://user:pa?ss@host/db",
    "postgresql://user:p+w@host/db?application_name=a+b",
    "postgresql://[::1]:12345/db",
    "postgresql://[::1]/db",
    "postgresql://[2001:db8::1234]",
    "postgresql://user:pw@[200z:db8::1234]:5433/",
    "postgresql://%2Fvar%2Flib%2Fpostgresql/dbname",
    "postgres://host:12345/db",
    "postgres://user:p%40ss%2Fw%3Ard@host/db",
    "postgresql://host/db?ssl=true",
    "postgresql://host/db?connect_timeout=10&application_name=my%20app",
    "postgresql://host/db?sslmode=",
    "postgresql://host/d%c3%a9j%C3%A0",
    "postgresql://host?",
]
REFUSED = {
    "postgresql": "begins with",
    "POSTGRESQL://host": "begins with",
    "host=localhost dbname=x": "begins with",
    "mysql://host/db": "begins with",
    "postgresql://host/db?uzzer=": "unknown",
    "postgresql://host?uzzer=x": "unknown; did you mean user",
    "postgresql://host/db?zzz=1": "known are host, port",
    "postgresql://host?sslmode=verify_full": "must be one of",
    "postgresql://host?channel_binding=require": "channel_binding is not supported",
    "postgresql://host?options=-c%20x%3D1": "options is not supported",
    "postgresql://%": "hexadecimal",
    "postgresql://host/%zz": "hexadecimal",
    "postgresql://host/%1": "hexadecimal",
    "postgresql://host/%00": "%00",
    "postgresql://host/%ff": "UTF-8",
    "postgresql://host?user": "no =",
    "postgresql://host?user=a&": "no =",
    "postgresql://host?user=a=b": "two =",
    "postgresql://[::1": "] that ends",
    "postgresql://[]": "empty",
    "postgresql://[::1]z": "only :port",
    "postgresql://host:x/": "port is not a whole number",
    "postgresql://host:70000/": "1 to 65535",
    "postgresql://host:0/": "1 to 65535",
    "postgresql://a,b/db": "several hosts",
    "postgresql://a:1,b:2/db": "several hosts",
    "postgresql://?host=a,b": "several hosts",
    "postgresql://host?port=1,2": "several hosts",
    "postgresql://host?connect_timeout=0": "wait for ever",
    "postgresql://host?connect_timeout=-1": "not a whole number",
    "postgresql://user:pa ss@host/db": "%20",
    "postgresql://user:pa@ss@host/db": "%40",
    "postgresql://user:1/ss@host/db": "%40",
}


class Option(ctypes.Structure):
    _fields_ = [
        *((name, ctypes.c_char_p) for name in ("key", "env", "compiled", "val")),
        *((name, ctypes.c_char_p) for name in ("label", "dispchar")),
        ("dispsize", ctypes.c_int),
    ]


@pytest.fixture(scope="module")
def libpq(pg: PgServer) -> Any:
    folder = Path(pg.bin_dir).parent / "lib"
    found = sorted(folder.glob("libpq.so.5*")) + sorted(folder.glob("libpq.5*.dylib"))
    name = str(found[0]) if found else ctypes.util.find_library("pq")
    if name is None:
        pytest.skip("no libpq to compare with")
    library = ctypes.CDLL(name)
    library.PQconninfoParse.restype = ctypes.POINTER(Option)
    library.PQconninfoParse.argtypes = [
        ctypes.c_char_p,
        ctypes.POINTER(ctypes.c_char_p),
    ]
    library.PQconninfoFree.argtypes = [ctypes.POINTER(Option)]
    library.PQfreemem.argtypes = [ctypes.c_char_p]
    return library


def parse_with(libpq: Any, url: str) -> dict[str, str] | None:
    error = ctypes.c_char_p()
    options = libpq.PQconninfoParse(url.encode(), ctypes.byref(error))
    if not options:
        return None
    values = {}
    index = 0
    while options[index].key:
        if options[index].val is not None:
            values[options[index].key.decode()] = options[index].val.decode()
        index += 1
    libpq.PQconninfoFree(options)
    return {key: value for key, value in values.items() if value}


def ours(url: str) -> dict[str, str]:
    names = {"database": "dbname", "ssl": "sslmode"}
    return {names.get(key, key): str(value) for key, value in url_fields(url).items()}


@pytest.mark.parametrize("url", ACCEPTED)
def test_reads_what_libpq_reads(libpq: Any, url: str) -> None:
    assert ours(url) == parse_with(libpq, url)


@pytest.mark.parametrize(("url", "why"), REFUSED.items())
def test_refuses_with_a_reason(url: str, why: str) -> None:
    with pytest.raises(ConfigError, match=re.escape(why)):
        parse_url(url)


@settings(derandomize=True, max_examples=300, deadline=None)
@given(st.text("ahu:@/?[]%&=,.41+ é", max_size=24))
def test_what_is_accepted_means_the_same_to_libpq(libpq: Any, tail: str) -> None:
    url = f"postgresql://{tail}"
    try:
        mine = ours(url)
    except ConfigError:
        return
    theirs = parse_with(libpq, url)
    assert theirs is not None
    if "port" in theirs:  # libpq reads it later
        theirs["port"] = str(int(theirs["port"]))
    assert mine == theirs


_TEXT = st.text(st.characters(exclude_categories=["Cc", "Cs"]), min_size=1)


@settings(derandomize=True, max_examples=200, deadline=None)
@given(user=_TEXT, password=_TEXT, database=_TEXT)
def test_any_value_can_be_encoded(user: str, password: str, database: str) -> None:
    from urllib.parse import quote

    parts = (quote(part, safe="") for part in (user, password, database))
    fields = url_fields("postgresql://{}:{}@host/{}".format(*parts))
    assert fields == {
        "user": user,
        "password": password,
        "host": "host",
        "database": database,
    }


def test_empty_parts_use_the_defaults(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LOGNAME", "anna")
    db = parse_url("postgresql://", name="here")
    assert (db.host, db.port, db.user, db.database) == (
        "localhost",
        5432,
        "anna",
        "anna",
    )
    assert db.id == "here"
    assert parse_url("postgresql://bob@/").database == "bob"


def test_the_password_is_boxed() -> None:
    db = parse_url("postgresql://u:hunter2@h/d?connect_timeout=3&sslmode=require")
    assert isinstance(db.password, Secret)
    assert db.password.reveal() == "hunter2"
    assert "hunter2" not in repr(db)
    assert (db.connect_timeout, db.ssl) == (3, "require")


SECRET = "S3NTINEL"


@pytest.mark.parametrize(
    "url",
    [
        f"postgresql://u:{SECRET}@@h/d",
        f"postgresql://u:{SECRET}/x@h/d",
        f"postgresql://u:x/{SECRET}@h/d",
        f"postgresql://u:12/{SECRET}@h/d",
        f"postgresql://u:{SECRET}%zz@h/d",
        f"postgresql://u:[{SECRET}@h:x/d",
        f"postgresql://u:{SECRET}@h/d?{SECRET}=1",
        f"postgresql://u:{SECRET}@h/d?{SECRET}",
        f"postgresql://h/d?password={SECRET}&port={SECRET}",
        f"postgresql://h/d?password={SECRET}={SECRET}",
        f"postgresql://u:{SECRET}@h:99999/d",
        f"postgresql://u:#{SECRET}",
        f"postgresq://u:{SECRET}@h/d",
    ],
)
def test_no_error_shows_a_piece_of_a_password(url: str) -> None:
    with pytest.raises(ConfigError) as caught:
        parse_url(url)
    seen = f"{caught.value} {caught.value!r} {caught.value.__cause__}"
    assert SECRET not in seen
    assert caught.value.__context__ is None or SECRET not in str(
        caught.value.__context__
    )
