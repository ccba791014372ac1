"""``mdbtui query`` on several databases with a statement that writes."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from mdbtui.config import state_dir
from mdbtui.config.targets import is_production
from mdbtui.headless.target import UsageError
from mdbtui.query.writes.fan import How, WriteOut
from mdbtui.query.writes.journal import Journal
from mdbtui.sql.reading import Reading, reading
from mdbtui.sql.transactions import outside_only

if TYPE_CHECKING:
    from collections.abc import Sequence

    from mdbtui.config import ConnectionSpec
    from mdbtui.pool import PoolManager
    from mdbtui.sql import Statement


@dataclass(frozen=True)
class Writing:
    """Whether a statement may write on several databases, and how.

    Attributes:
        allowed: It may.
        production: In production, too.
        canary: The connection that goes first; the others follow if it committed.
        together: All commit or none, by prepared transactions.
    """

    allowed: bool = False
    production: bool = False
    canary: str = ""
    together: bool = False

    def how(self, *, fail_fast: bool) -> How:
        """Return in which order, and what an error means for the others."""
        if self.together:
            return How.TOGETHER
        if self.canary:
            return How.CANARY
        return How.STOP if fail_fast else How.OWN


READS = Writing()


def checked(
    statements: Sequence[Statement], specs: Sequence[ConnectionSpec], writing: Writing
) -> Statement:
    """Return the statement, if it is one that may run on these connections.

    Raises:
        UsageError: It is not; nothing was run.
    """
    if len(statements) > 1:
        raise UsageError(
            f"one statement at a time runs on several databases, not"
            f" {len(statements)}; nothing was run"
        )
    verdict = reading(statements[0].text)
    if verdict.reading is Reading.ALONE:
        raise UsageError(
            f"it runs on one database at a time: {verdict.why}; nothing was run"
        )
    if not writing.allowed:
        if writing != READS:
            raise UsageError("--production, --canary and --together go with --write")
        if verdict.reading is Reading.WRITES:
            raise UsageError(f"it needs --write: {verdict.why}; nothing was run")
        return statements[0]
    _check_targets(specs, writing)
    if writing.together and (name := outside_only(statements[0].text)):
        raise UsageError(f"{name} can't run in a transaction, so not --together")
    return statements[0]


def _check_targets(specs: Sequence[ConnectionSpec], writing: Writing) -> None:
    production = [spec.name for spec in specs if is_production(spec)]
    if production and not writing.production:
        shown = ", ".join(production[:8]) + ", …" * (len(production) > 8)
        raise UsageError(
            f"to write in production needs --production: {shown}; nothing was run"
        )
    if writing.canary and writing.together:
        raise UsageError("--canary commits first, --together all at once: say one")
    if writing.canary and writing.canary not in [spec.name for spec in specs]:
        raise UsageError(f'the canary "{writing.canary}" is none of the databases')


def write_out(
    pools: PoolManager,
    db_ids: Sequence[str],
    statement: Statement,
    how: How,
    writing: Writing,
    options: dict[str, Any],
) -> WriteOut:
    """Return what runs the statement; after a canary it goes on without a word."""
    fan = WriteOut(
        pools,
        db_ids,
        statement,
        how=how,
        canary=writing.canary,
        journal=Journal(state_dir() / "prepared"),
        **options,
    )

    def changed(_: str) -> None:
        if fan.waits_for_word:
            fan.go_on()

    fan.subscribe(changed)
    return fan
