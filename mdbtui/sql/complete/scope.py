"""What the cursor can see: the sources around it, their columns, the target."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cached_property

from mdbtui.sql.complete.clauses import clause_at, clauses, segment
from mdbtui.sql.complete.columns import Column, Columns
from mdbtui.sql.complete.levels import Level
from mdbtui.sql.complete.names import Names
from mdbtui.sql.complete.sources import Source, first_names, is_query, visible_sources
from mdbtui.sql.complete.wants import Context

_SEES_INSERTED = frozenset({"returning", "set", "conflict", "merge"})


class Scope:
    """The names that a place of a query can use.

    Args:
        names: what is known of the database.
        level: the level that the cursor is in.
    """

    def __init__(self, names: Names, level: Level) -> None:
        self._names = names
        self.level = level
        self.columns = Columns(names)

    @cached_property
    def _all(self) -> list[list[Source]]:
        return visible_sources(self.level)

    @cached_property
    def groups(self) -> list[list[Source]]:
        """The sources that expressions can use, by query, from the inside out."""
        shown = [[s for s in group if self._seen(s)] for group in self._all]
        return [self._with_excluded(group) for group in shown if group]

    def _seen(self, source: Source) -> bool:
        """INSERT's table is only seen behind its query."""
        return not self._inserted(source) or self._clause(source) in _SEES_INSERTED

    def _inserted(self, source: Source) -> bool:
        level, at = source.level, source.start
        return source.target and level.word(at - 2) == "insert"

    def _clause(self, source: Source) -> str:
        inner = self.level
        for around in self.level.outward():
            if around is source.level:
                at = around.cursor if around is self.level else inner.place
                low, high = segment(around, at)
                found = clause_at(clauses(around, low, high), at)
                return found.name if found else ""
            inner = around
        return ""

    def _with_excluded(self, group: list[Source]) -> list[Source]:
        first = group[0]
        if self._inserted(first) and self._clause(first) in {"set", "conflict"}:
            excluded = Source(
                "excluded", first.level, first.schema, first.name, target=True
            )
            return [*group, excluded]
        return group

    @property
    def sources(self) -> list[Source]:
        """The sources of the innermost query."""
        return self.groups[0] if self.groups else []

    def flat(self) -> Iterator[tuple[int, Source]]:
        """All sources with how far out they are."""
        for depth, group in enumerate(self.groups):
            for source in group:
                yield depth, source

    def by_alias(self, qualifier: tuple[str, ...]) -> Source | None:
        """The nearest source that a qualifier means."""
        for _, source in self.flat():
            if source.alias == qualifier[-1] and (
                len(qualifier) == 1 or source.schema in {None, qualifier[-2]}
            ):
                return source
        return None

    @cached_property
    def target(self) -> Source | None:
        """The table that the statement changes."""
        return next((s for group in self._all for s in group if s.target), None)

    def target_columns(self, context: Context) -> list[Column]:
        """The columns of the table that a place is about."""
        if context.about:
            schema = context.about[-2] if len(context.about) > 1 else None
            return self.columns.of_table(schema, context.about[-1])
        return self.columns.of(self.target) if self.target else []

    def compared_type(self, compared: tuple[str, ...]) -> str:
        """The type of the column that a value is compared with; ``""``: unknown."""
        if not compared:
            return ""
        if compared[0] == "#":
            return self._inserted_type(int(compared[1]))
        for _, source in self.flat():
            if len(compared) > 1 and source.alias != compared[-2]:
                continue
            for column in self.columns.of(source):
                if column.name == compared[-1]:
                    return column.type
        return ""

    def _inserted_type(self, index: int) -> str:
        target = self.target
        if target is None:
            return ""
        columns = self.columns.of_table(target.schema, target.name)
        end = target.level.chain_end(target.start)
        given = target.level.items[end] if target.level.kind(end) == "level" else None
        if isinstance(given, Level) and not is_query(given):
            wanted = first_names(given)
            if index >= len(wanted):
                return ""
            return next((c.type for c in columns if c.name == wanted[index]), "")
        return columns[index].type if index < len(columns) else ""

    def common_columns(self) -> list[Column]:
        """Columns that the joined table shares with one before it."""
        sources = self.sources
        if len(sources) < 2:
            return []
        before = {c.name for s in sources[:-1] for c in self.columns.of(s)}
        return [c for c in self.columns.of(sources[-1]) if c.name in before]
