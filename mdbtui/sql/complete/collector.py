"""Collects what fits, with what decides its rank."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from mdbtui.sql.complete.items import Item, written
from mdbtui.sql.complete.match import SCATTERED, matcher
from mdbtui.sql.complete.names import Names
from mdbtui.sql.complete.scope import Scope
from mdbtui.sql.complete.tokens import Reading
from mdbtui.sql.complete.wants import Context

#: How it fits, weight, uses (negative), order, number, what makes the item, and its
#: arguments. The number decides at the latest, so that the rest is never compared.
Scored = tuple[int, int, int, str, int, Callable[..., Item], tuple[Any, ...]]


class Collector:
    """What is asked for, what is known, and what was found so far.

    Args:
        names: what is known of the database.
        context: what the place asks for.
        reading: what is typed.
        scope: what the place can see.
        uses: how often proposals were taken.
        upper: how keywords are written.
        following: the character behind the cursor.
    """

    def __init__(
        self,
        names: Names,
        context: Context,
        reading: Reading,
        scope: Scope,
        uses: Mapping[str, int],
        *,
        upper: bool,
        following: str,
    ) -> None:
        self.names = names
        self.context = context
        self.reading = reading
        self.scope = scope
        self.uses = uses
        self.upper = upper
        self.following = following
        self.fits = matcher(reading.prefix)
        self.scored: list[Scored] = []

    @property
    def qualifier(self) -> tuple[str, ...]:
        """The names typed before, each with a dot."""
        return self.reading.qualifier

    @property
    def schema(self) -> str | None:
        """The last name before the dot, None if there is no dot."""
        return self.qualifier[-1] if self.qualifier else None

    def written(self, name: str) -> str:
        """A name as it goes into the text: in quotes if the user began so."""
        return written(name, quoted=self.reading.quoted)

    def add(
        self,
        name: str,
        weight: int,
        make: Callable[..., Item],
        *args: Any,
        order: str | None = None,
        key: str = "",
        loosest: int = SCATTERED,
    ) -> None:
        """Take a proposal if its name fits.

        Args:
            name: what is compared with what is typed.
            weight: the lower, the sooner among those that fit equally well.
            make: makes the item, if it is one of the best.
            args: for `make`.
            order: decides among equals; closeness if not given.
            key: its uses are counted under this.
            loosest: how badly it may fit.
        """
        how = self.fits(name)
        if how is None or how > loosest:
            return
        order = self.closeness(name) if order is None else order
        self.take(how, weight, order, key, make, *args)

    def closeness(self, name: str) -> str:
        """A text that sorts what is closest to what is typed first, then by name."""
        typed = self.reading.prefix
        if not typed:
            return name.lower()
        case = 0 if name.startswith(typed) else 1
        return f"{len(name):04}{case}{name.lower()}"

    def take(
        self,
        how: int,
        weight: int,
        order: str,
        key: str,
        make: Callable[..., Item],
        *args: Any,
    ) -> None:
        """Take a proposal of which it is known how it fits."""
        used = self.uses.get(key, 0) if key else 0
        self.scored.append((how, weight, -used, order, len(self.scored), make, args))

    def named(self, name: str, kind: str, key: str = "") -> Item:
        """Make the item of a name that is nothing but a name."""
        text = self.written(name)
        return Item(text, text, kind, "" if kind == "alias" else kind, key=key)
