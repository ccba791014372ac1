"""Dataclasses that are finished late behave as the standard ones."""

from __future__ import annotations

import dataclasses
import importlib
import pkgutil
import threading
from collections.abc import Iterator
from dataclasses import FrozenInstanceError, field, fields, replace

import pytest

import mdbtui
from mdbtui import records
from mdbtui.records import dataclass


@dataclass(frozen=True, kw_only=True)
class Base:
    """Has a default of each kind."""

    number: int = 1
    names: list[str] = field(default_factory=list)


@dataclass(frozen=True, kw_only=True)
class Derived(Base):
    """Adds a field, and says something about it."""

    size: int

    def __post_init__(self) -> None:
        if self.size < 0:
            raise ValueError("size")


@dataclass
class Plain:
    """Can be changed and has its own text."""

    text: str
    rest: int = field(default=0, compare=False)

    def __repr__(self) -> str:
        return f"<{self.text}>"


def test_a_class_behaves_as_the_standard_one() -> None:
    derived = Derived(size=3)
    assert repr(derived) == "Derived(number=1, names=[], size=3)"
    assert derived == Derived(size=3)
    assert derived.names is not Derived(size=3).names
    assert replace(derived, number=2) == Derived(size=3, number=2)
    assert [found.name for found in fields(derived)] == ["number", "names", "size"]
    assert Base(number=2) != derived
    assert Base() != Base(number=2)
    with pytest.raises(TypeError, match="unhashable"):
        hash(derived)  # of its list
    with pytest.raises(FrozenInstanceError):
        derived.size = 4  # type: ignore[misc]
    with pytest.raises(ValueError, match="size"):
        Derived(size=-1)
    with pytest.raises(TypeError, match="size"):
        Derived()  # type: ignore[call-arg, misc]
    with pytest.raises(TypeError, match="positional"):
        Derived(3)  # type: ignore[misc]


def test_a_class_that_can_be_changed() -> None:
    plain = Plain("a", 5)
    plain.rest = 6
    assert plain == Plain("a")
    assert repr(plain) == "<a>"
    with pytest.raises(TypeError, match="unhashable"):
        hash(plain)
    match plain:
        case Plain(text, rest):
            assert (text, rest) == ("a", 6)
        case _:
            raise AssertionError


@dataclass(frozen=True)
class Named:
    """Can be a key."""

    name: str


@dataclass(frozen=True)
class Longer(Named):
    """Another class with the same value is another value."""


def test_a_class_that_can_be_a_key() -> None:
    assert {Named("a"): 1, Longer("a"): 2}[Longer("a")] == 2
    assert hash(Named("a")) == hash(Named("a"))
    assert Named("a") != Longer("a")
    assert [repr(Longer("a")), repr(Named("b"))] == [
        "Longer(name='a')",
        "Named(name='b')",
    ]
    with pytest.raises(FrozenInstanceError, match="delete field 'name'"):
        del Named("a").name  # type: ignore[misc]


@dataclasses.dataclass(frozen=True, slots=True)
class Standard:
    """Made by the standard decorator."""

    text: str


@dataclass(frozen=True)
class Above(Standard):
    """Stands on a standard one."""

    more: int = 0


def test_a_class_above_a_standard_one() -> None:
    above = Above("a", 1)
    assert (above, repr(above)) == (Above("a", 1), "Above(text='a', more=1)")
    assert replace(above, more=2) != above
    with pytest.raises(FrozenInstanceError):
        above.text = "b"  # type: ignore[misc]


def test_threads_that_make_the_first_object_together() -> None:
    for _ in range(50):

        @dataclass(frozen=True)
        class Raced:
            number: int
            text: str = "x"

        together = threading.Barrier(4)
        made: list[object] = []

        def make(
            raced: type = Raced,
            together: threading.Barrier = together,
            made: list[object] = made,
        ) -> None:
            together.wait(10)
            made.append(raced(7))

        threads = [threading.Thread(target=make) for _ in range(4)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(10)
        assert made == [Raced(7)] * 4


def _all_classes(cls: type) -> Iterator[type]:
    for found in type.__subclasses__(cls):
        yield found
        yield from _all_classes(found)


def test_no_standard_dataclass_has_a_late_base() -> None:
    """It would find no fields there; it has to be a late one itself."""
    for module in pkgutil.walk_packages(mdbtui.__path__, "mdbtui."):
        if not module.name.endswith("__main__"):
            importlib.import_module(module.name)
    late = set(records._unfinished)
    assert len(late) > 20
    for cls in {*_all_classes(object)}:
        if cls not in late and dataclasses.is_dataclass(cls):
            early = [base for base in cls.__mro__[1:] if base in late]
            assert not early, f"{cls} needs mdbtui.records.dataclass"
