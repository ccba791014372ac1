"""Target expressions: what they mean, and what is said about wrong ones."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mdbtui.config import ConnectionSpec, Environment
from mdbtui.config.targets import TargetError, parse_targets
from mdbtui.pool import DBConfig


def spec(
    name: str, group: str | None = None, env: str | None = None, *tags: str
) -> ConnectionSpec:
    environment = Environment(env) if env else None
    return ConnectionSpec(name, DBConfig(name=name), group, tags, environment)


SPECS = (
    spec("acme", "Tenants", "production", "tenant", "eu"),
    spec("beta", "Tenants", "production", "tenant", "us"),
    spec("gamma", "Tenants", "staging", "tenant", "eu", "canary"),
    spec("shop [eu]", "Shop", None, "time series"),
    spec("tenant", None, "development"),
)


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("tenant & eu & !canary", "acme"),
        ("tenant", "acme beta gamma tenant"),
        ("tag:tenant", "acme beta gamma"),
        ("name:tenant", "tenant"),
        ("TENANTS", "acme beta gamma"),
        ("group:tenants & env:production", "acme beta"),
        ("environment:staging | us", "beta gamma"),
        ("eu|us&production", "acme beta gamma"),
        ("(eu | us) && production", "acme beta"),
        ("!tag:tenant", "shop [eu] tenant"),
        ("!!canary", "gamma"),
        ("!(eu || us)", "shop [eu] tenant"),
        ("*a & !g*", "beta"),
        ("'time series'", "shop [eu]"),
        ('tag:"Time Series"', "shop [eu]"),
        ("'shop [eu]'", "shop [eu]"),
        ("sh?p*", ""),
        ("nothing", ""),
        ("tag:acme", ""),
        ("group:x | acme", "acme"),
    ],
)
def test_an_expression_means_these(text: str, names: str) -> None:
    found = parse_targets(text).select(SPECS)
    assert " ".join(spec.name for spec in found) == names


@pytest.mark.parametrize(
    ("text", "position", "words"),
    [
        ("", 0, "expected, and here it ends"),
        ("  ", 2, "expected, and here it ends"),
        ("eu &", 4, "expected, and here it ends"),
        ("eu & & us", 5, "expected, not &"),
        ("eu us", 3, "& or | is missing before us"),
        ("(eu | us", 0, "this ( is never closed"),
        ("eu | (us & (a)", 5, "this ( is never closed"),
        ("eu)", 2, "a ) without its ("),
        ("()", 1, "expected, not )"),
        ("eu & !", 6, "here it ends"),
        ("'time series", 0, "' is never closed"),
        ("eu & tag:", 5, "a word is empty"),
        ("(" * 99 + "eu" + ")" * 99, 51, "too many"),
    ],
)
def test_a_mistake_is_told_with_its_place(text: str, position: int, words: str) -> None:
    with pytest.raises(TargetError) as caught:
        parse_targets(text)
    assert caught.value.position == position
    assert words in caught.value.message
    assert f"character {position + 1}" in str(caught.value)


def test_words_that_nobody_has_are_told() -> None:
    targets = parse_targets("tenat & eu & !(canary | x*)")
    assert targets.unknown(SPECS) == ("tenat", "x*")


_WORDS = ("tenant", "eu", "us", "canary", "production", "acme")
_EXPRESSIONS = st.recursive(
    st.sampled_from(_WORDS),
    lambda inner: st.one_of(
        inner.map(lambda e: f"!({e})"),
        st.tuples(inner, st.sampled_from("&|"), inner).map(
            lambda e: f"({e[0]}) {e[1]} {e[2]}"
        ),
    ),
    max_leaves=8,
)


@given(_EXPRESSIONS)
@settings(max_examples=200, derandomize=True)
def test_it_means_what_python_means(text: str) -> None:
    for each in SPECS:
        has = {each.name, each.group, *each.tags}
        has.add(each.environment.name if each.environment else None)
        has = {str(word).lower() for word in has}
        python = text.replace("!", " not ").replace("&", " and ").replace("|", " or ")
        words = {word: word in has for word in _WORDS}
        assert parse_targets(text).matches(each) == eval(python, {}, words)


@given(st.text("tenant eu&|!()'\":*", max_size=30))
@settings(max_examples=300, derandomize=True)
def test_any_text_is_read_or_refused_in_its_bounds(text: str) -> None:
    position = 0
    try:
        parse_targets(text).select(SPECS)
    except TargetError as error:
        position = error.position
    assert 0 <= position <= len(text)
