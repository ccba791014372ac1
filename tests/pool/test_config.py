from __future__ import annotations

import copy
import dataclasses
import pickle
from typing import Any

import pytest

from mdbtui.pool import ConfigError, DBConfig, Secret

SENTINEL = "S3NT!NEL#%41"


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("host", ""),
        ("host", "a,b"),
        ("host", "a\x1b[2J"),
        ("host", None),
        ("port", 0),
        ("port", 65536),
        ("port", "5432"),
        ("port", True),
        ("database", ""),
        ("database", "a\0b"),
        ("user", "   "),
        ("password", 1234),
        ("password", "a\0b"),
        ("ssl", "verify_full"),
        ("sslkey", "key.pem"),
        ("pool_min_size", -1),
        ("pool_min_size", 11),
        ("pool_max_size", 0),
        ("pool_max_size", 5000),
        ("pool_idle_timeout", -1),
        ("max_queries", 0),
        ("command_timeout", 0),
        ("command_timeout", float("nan")),
        ("acquire_timeout", float("inf")),
        ("connect_timeout", "5"),
        ("statement_timeout", 1.5),
        ("idle_in_transaction_timeout", -1),
        ("application_name", "a\nb"),
        ("name", ""),
    ],
)
def test_a_mistake_names_its_field(field: str, value: Any) -> None:
    with pytest.raises(ConfigError) as caught:
        DBConfig(**{field: value})
    assert caught.value.field == field
    assert isinstance(caught.value, ValueError)


def test_defaults_are_valid_and_the_id_says_where() -> None:
    assert DBConfig().id == "postgres@localhost:5432/postgres"
    assert DBConfig(host="::1").id == "postgres@[::1]:5432/postgres"
    assert DBConfig(name="shop").id == "shop"


def test_a_password_prints_nowhere() -> None:
    config = DBConfig(password=SENTINEL)
    secret = config.password
    assert isinstance(secret, Secret)
    assert secret.reveal() == SENTINEL
    copies = (copy.copy(config), copy.deepcopy(config), dataclasses.replace(config))
    for shown in (
        repr(config),
        str(config),
        f"{secret} {secret!r} {secret:>20}",
        repr(dataclasses.asdict(config)),
        repr(copies),
        repr(secret.reveal),
    ):
        assert SENTINEL not in shown
    assert all(one == config for one in copies)
    with pytest.raises(TypeError):
        pickle.dumps(config)
    with pytest.raises(ConfigError) as caught:
        DBConfig(password=SENTINEL + "\0")
    assert SENTINEL not in str(caught.value)


def test_secrets_compare_by_value() -> None:
    assert Secret("ä") == Secret("ä")
    assert Secret("a") != Secret("b")
    assert Secret("a") != "a"
    assert DBConfig(password="a") == DBConfig(password=Secret("a"))
    assert hash(DBConfig(password="a")) == hash(DBConfig(password="a"))
