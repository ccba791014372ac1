"""What a session holds at the server, and what it does around each statement for it."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any, Protocol

from mdbtui.pool import PoolError, QueryError
from mdbtui.query import held, transaction
from mdbtui.query.held import Held
from mdbtui.query.transaction import Broken, Doubt, IdleLimits, Transaction
from mdbtui.sql import Classified, Kind
from mdbtui.sql.transactions import Verb, control, needs_transaction, outside_only

if TYPE_CHECKING:
    from mdbtui.pool import Lease
    from mdbtui.query.rows import Result

LIMITS_LAST = 60.0
"""Seconds for which the idle time-outs that were read are believed."""
UNDO_LIMIT = 2.0
_SAVEPOINT = "mdbtui_statement"
_UNDO = f"rollback to savepoint {_SAVEPOINT}; release savepoint {_SAVEPOINT}"


class Running(Protocol):
    """What the state wants to know of a statement under way."""

    classified: Classified
    result: Result
    lease: Lease | None
    executing: bool
    """It was sent to be carried out."""
    around: str
    """What was begun for it alone: ``begin``, ``savepoint`` or nothing."""
    undone: bool
    """That was undone again."""

    def note(self, message: str, hint: str = "") -> None:
        """Tell the user something beside the result."""


class SessionState:
    """Follows one session's transactions and whatever else lives at the server.

    Attributes:
        manual: A transaction is begun by itself before what needs one.
        guarded: In a transaction each statement gets a savepoint of its own, so that
            one that fails undoes only itself.
        held: What would be lost with the connection, beside a transaction.
        path: The schemas in which the session looks for names; nothing if it holds
            nothing that could make them others than every session's.
        transaction: The open one.
        doubt: A transaction whose COMMIT was under way when the connection broke.
        limits: When the server ends an idle session.
        catalog_news: A transaction that changed definitions is over; whoever shows
            them sets it back.
        idle_since: When the last statement was over (monotonic seconds).
    """

    def __init__(self) -> None:
        self.manual = False
        self.guarded = False
        self.held: tuple[Held, ...] = ()
        self.path: tuple[str, ...] = ()
        self.transaction: Transaction | None = None
        self.doubt: Doubt | None = None
        self.limits = IdleLimits()
        self.idle_since = time.monotonic()
        self.catalog_news = False
        self._limits_until = 0.0
        self._unsure = False
        self._ending_xid: str | None = None
        self._custom: set[str] = set()

    @property
    def keeps(self) -> bool:
        """Whether there is anything to lose."""
        return self.transaction is not None or bool(self.held)

    @property
    def words(self) -> str:
        """What is held, in few words: ``open transaction, 2 settings``."""
        parts = [each.brief for each in self.held]
        if self.transaction is not None:
            failed = self.transaction.broken is not None
            parts.insert(0, "failed transaction" if failed else "open transaction")
        return ", ".join(parts)

    def forget(self) -> None:
        """The connection is gone, and all that it held."""
        self.held = ()
        self.path = ()
        self.transaction = None
        self._unsure = False
        self._custom.clear()
        self._limits_until = 0.0

    # Around a statement

    async def before(self, run: Running, connection: Any) -> bool:
        """Do what has to come first.

        Returns:
            Whether a transaction was begun.

        Raises:
            Exception: Whatever the driver raises; nothing was carried out then.
        """
        sql, classified = run.result.statement.text, run.classified
        self._ending_xid = None
        what = control(sql) if classified.kind is Kind.TRANSACTION else None
        if connection.is_in_transaction():
            await self._before_inside(
                run, connection, what.verb if what is not None else None
            )
            return False
        needed = self.manual and needs_transaction(sql, classified)
        if needed or (what is not None and what.verb is Verb.BEGIN):
            await self._read_limits(connection, in_transaction=False)
        if needed:
            await connection.execute("begin", timeout=UNDO_LIMIT)
            run.around = "begin"
            self.transaction = Transaction()
        elif self.manual and (name := outside_only(sql)):
            run.note(f"{name} can't run in a transaction: it took effect at once")
        return needed

    async def _before_inside(
        self, run: Running, connection: Any, verb: Verb | None
    ) -> None:
        now = self.transaction
        if now is None or now.broken is not None:
            return
        if verb in (Verb.COMMIT, Verb.PREPARE):
            if now.wrote:
                # The one way to find out later, should the answer be lost.
                self._ending_xid = await transaction.number_of(connection)
        elif self.guarded and run.classified.kind is not Kind.TRANSACTION:
            await connection.execute(f"savepoint {_SAVEPOINT}", timeout=UNDO_LIMIT)
            run.around = "savepoint"

    async def after(
        self, run: Running, connection: Any, error: PoolError | None
    ) -> None:
        """Undo or end what was begun for the statement; ask what is held now.

        Raises:
            Exception: Whatever the driver raises; what is known stays as it was.
        """
        failed = isinstance(error, QueryError) and error.sqlstate is not None
        if failed and run.around and connection.is_in_transaction():
            await self._undo(run, connection)
            failed = False
        elif run.around == "savepoint" and connection.is_in_transaction():
            release = f"release savepoint {_SAVEPOINT}"
            await connection.execute(release, timeout=UNDO_LIMIT)
        classified = run.classified
        custom = self._custom
        touches = run.executing and classified.touches_session
        if touches:
            held.custom_settings(run.result.statement.text, custom)
        drops = run.executing and bool(self.held) and classified.kind is Kind.DDL
        if touches or drops:
            self._unsure = True
            self._limits_until = 0.0
        if connection.is_in_transaction():
            if not failed and not (self.transaction and self.transaction.broken):
                await self._read_limits(connection, in_transaction=True)
        elif self._unsure:
            libraries = tuple(h for h in self.held if h.kind == held.LIBRARY)
            found, path = await held.ask(connection, custom)
            self.held = (*found, *libraries)
            self.path = path if found else ()
            self._unsure = False

    async def _undo(self, run: Running, connection: Any) -> None:
        """Undo a statement that failed, with what was begun for it alone."""
        if run.around == "begin":
            await connection.execute("rollback", timeout=UNDO_LIMIT)
            self.transaction = None
            run.note("It was to be the first of a transaction, which is not open now.")
        else:
            await connection.execute(_UNDO, timeout=UNDO_LIMIT)
            run.note("The statement was undone; the transaction goes on.")
        run.undone = True

    async def _read_limits(self, connection: Any, *, in_transaction: bool) -> None:
        if time.monotonic() < self._limits_until:
            return
        read = await transaction.idle_limits(connection, in_transaction=in_transaction)
        if in_transaction:
            read = IdleLimits(read.in_transaction, self.limits.between)
        self.limits = read
        self._limits_until = time.monotonic() + LIMITS_LAST

    def settled(self, run: Running, error: PoolError | None, *, is_open: bool) -> None:
        """Note what a statement did to the session."""
        self.idle_since = time.monotonic()
        sql, classified = run.result.statement.text, run.classified
        done = error is None and run.result.tag is not None
        # What was asked for is known; the rest is believed. A library is never told.
        unasked = is_open or self._unsure or classified.keyword == "LOAD"
        if done and unasked and classified.keeps_session_state:
            self._believe(held.believed(classified))
        what = control(sql) if classified.kind is Kind.TRANSACTION else None
        verb = what.verb if what is not None else None
        ends = verb in (Verb.COMMIT, Verb.ROLLBACK)
        if verb is Verb.COMMIT and run.result.tag == "ROLLBACK":
            run.note("The transaction had failed, so COMMIT rolled it back.")
        now = self.transaction
        if now is not None and (not is_open or (ends and done)):
            self.catalog_news |= now.changed_catalog
        if not is_open:
            self.transaction = None
            return
        if now is None or (ends and done):
            now = self.transaction = Transaction()
            if what is not None:
                return
        now.statements += what is None
        now.changed_catalog |= classified.changes_catalog
        now.wrote |= classified.kind is not Kind.ROWS or classified.touches_session
        if done and what is not None:
            now.did(what)
        elif run.undone or now.broken is not None:
            return
        elif isinstance(error, QueryError) and error.sqlstate is not None:
            text = " ".join(sql.split())[: transaction.STATEMENT_LIMIT]
            now.broken = Broken(text, error.message, error.sqlstate)

    def _believe(self, thing: Held) -> None:
        if all(thing.kind != each.kind for each in self.held):
            self.held = (*self.held, thing)

    # When the connection is lost

    def lost(self, run: Running) -> str:
        """Say what a connection lost with a statement under way means; note a doubt."""
        classified = run.classified
        what = control(run.result.statement.text)
        ending = what is not None and what.verb in (Verb.COMMIT, Verb.PREPARE)
        if self.transaction is not None and ending and run.executing:
            if self.transaction.broken is not None:
                return "the transaction had failed, so all it did is rolled back"
            if not self.transaction.wrote:
                return "the transaction had only read, so nothing is lost"
            self.doubt = Doubt(self._ending_xid)
            if self._ending_xid is None:
                return (
                    "it is not known whether the COMMIT took effect; look at the "
                    "data before you run anything again"
                )
            return (
                "it is not known whether the COMMIT took effect. The transaction was "
                f"{self._ending_xid}: select pg_xact_status('{self._ending_xid}') "
                "says whether it is committed"
            )
        if self.transaction is not None:
            return "the transaction was open, so all it did is rolled back"
        if not run.executing:
            return "the statement had not been sent yet, so it was not carried out"
        if classified.kind is Kind.ROWS and not classified.touches_session:
            return "it only read, so nothing is lost"
        return (
            "it is not known whether the statement was carried out; "
            "look before you run it again"
        )

    def lost_idle(self) -> str:
        """Say what a connection lost between two statements means, and why it was."""
        idle = time.monotonic() - self.idle_since
        gone = "settings and temporary tables are gone"
        limit, name = self.limits.between, "idle_session_timeout"
        if self.transaction is not None:
            gone = f"the open transaction was rolled back; {gone}"
            limit, name = (
                self.limits.in_transaction,
                ("idle_in_transaction_session_timeout"),
            )
        if limit is not None and idle >= limit * 0.95:
            return f"idle for {limit:g} s, which is the server's {name}: {gone}"
        return gone
