"""What a sample of a server holds; all of it frozen, none of it safe to draw as it is.

Times are ages in seconds at the moment of the sample, by the server's clock: the two
clocks need not agree.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import Flag, auto

from mdbtui.monitor.rates import Counters, Rates

CLIENT = "client backend"
ACTIVE = "active"
IDLE = "idle"
IN_TRANSACTION = ("idle in transaction", "idle in transaction (aborted)")


class Part(Flag):
    """What a sample is to hold beside the activity."""

    ACTIVITY = 0
    STATISTICS = auto()
    REPLICATION = auto()
    PROGRESS = auto()
    STATEMENTS = auto()


@dataclass(frozen=True)
class ServerFacts:
    """What stays as it is while a connection lasts.

    Attributes:
        version_num: Such as 180006; `version` is the text that people write.
        max_connections: How many connections the server takes.
        started_at: Seconds since 1970.
        own_pid: The backend that answers the monitor.
        encoding: The database's, as PostgreSQL calls it.
        sees_all: Other roles' states and queries are visible to us.
    """

    version_num: int
    version: str
    max_connections: int
    started_at: float
    own_pid: int
    encoding: str
    database: str
    user: str
    sees_all: bool

    @property
    def major(self) -> int:
        """The major version."""
        return self.version_num // 10_000


@dataclass(frozen=True)
class Backend:
    """One server process.

    Attributes:
        pid: Its process id; another process may have it later (see `identity`).
        kind: ``client backend``, ``autovacuum worker`` …; empty where hidden.
        state: ``active``, ``idle``, ``idle in transaction`` …; empty where hidden,
            and for most processes that serve no client.
        wait_type, wait_event: What it waits for; empty while it runs.
        started_us: When it began, in microseconds since 1970; None where hidden.
        query_us: When its query began, likewise.
        backend_s, transaction_s, query_s, state_s: Ages in seconds, None where there
            is no such thing.
        xmin_age: How many transactions back it keeps the server from cleaning up.
        leader_pid: The backend for which a parallel worker works.
        query: What it runs, or ran last; its beginning where `is_cut`.
        hidden: Its state is not for us to see (pg_read_all_stats).
        blocked_by: The pids it waits for; 0 stands for a prepared transaction.
        holder: Who holds it, where it is a connection of this program's pool.
    """

    pid: int
    kind: str = ""
    database: str = ""
    user_oid: int | None = None
    user: str = ""
    application: str = ""
    address: str = ""
    port: int | None = None
    hostname: str = ""
    state: str = ""
    wait_type: str = ""
    wait_event: str = ""
    started_us: int | None = None
    query_us: int | None = None
    backend_s: float | None = None
    transaction_s: float | None = None
    query_s: float | None = None
    state_s: float | None = None
    xid: str = ""
    xmin_age: int | None = None
    leader_pid: int | None = None
    query_id: str = ""
    query: str = ""
    is_cut: bool = False
    hidden: bool = False
    blocked_by: tuple[int, ...] = ()
    holder: str = ""

    @property
    def identity(self) -> tuple[int, int | None]:
        """What tells it from a later process with the same pid."""
        return self.pid, self.started_us

    @property
    def is_client(self) -> bool:
        """It serves a client (a hidden one with a role does, as far as is known)."""
        return self.kind == CLIENT or (self.hidden and not self.kind)

    @property
    def is_idle(self) -> bool:
        """It waits for its client, outside of a transaction."""
        return self.state == IDLE

    @property
    def in_idle_transaction(self) -> bool:
        """It waits for its client, with a transaction open."""
        return self.state in IN_TRANSACTION

    @property
    def is_waiting(self) -> bool:
        """It waits for a lock of another backend."""
        return bool(self.blocked_by) or self.wait_type == "Lock"

    @property
    def client(self) -> str:
        """Where its client is: an address, ``local``, or empty where not known."""
        if self.address:
            return self.address
        return "local" if self.is_client and not self.hidden else ""


@dataclass(frozen=True)
class LockWait:
    """A lock that is waited for.

    Attributes:
        kind: ``relation``, ``transactionid``, ``tuple`` …
        mode: Such as ``ShareLock``.
        relation: With its schema; its OID where it is of another database; or empty.
        waiting_s: For so long; None before PostgreSQL 14.
    """

    pid: int
    kind: str
    mode: str
    relation: str = ""
    waiting_s: float | None = None


@dataclass(frozen=True)
class DatabaseStats:
    """One database's counters, and what they grew by since the sample before.

    Attributes:
        rates: None in the first sample and after a reset.
        reset_at: When the counters began, in seconds since 1970; None: never reset.
    """

    oid: int
    name: str
    backends: int
    counters: Counters
    rates: Rates | None
    reset_at: float | None


@dataclass(frozen=True)
class Replica:
    """Someone who follows this server's WAL, whom it follows, or a slot.

    Attributes:
        kind: ``sender``, ``receiver``, ``subscription`` or ``slot``.
        mode: ``sync``, ``async`` …; a slot's type.
        behind_bytes: How much WAL it lacks.
        behind_s: For how long, where known.
        unsent_bytes: How much of that was not sent to it yet.
        kept_bytes: How much WAL a slot keeps from being removed.
        room_bytes: How much more there may be until the slot is lost, where limited.
        inactive_s: For how long nobody has used a slot, where known.
        xmin_age: How many transactions back it keeps the server from cleaning up.
    """

    kind: str
    name: str
    user: str
    database: str
    address: str
    pid: int | None
    state: str
    mode: str
    lsn: str
    behind_bytes: int | None
    behind_s: float | None
    unsent_bytes: int | None = None
    kept_bytes: int | None = None
    room_bytes: int | None = None
    inactive_s: float | None = None
    xmin_age: int | None = None

    @property
    def loses_wal(self) -> bool:
        """A slot whose WAL is gone, or may go: who follows it begins anew."""
        return "wal lost" in self.state or "wal unreserved" in self.state

    @property
    def is_idle_slot(self) -> bool:
        """A slot that nobody uses, and that keeps WAL for whoever should."""
        return (
            self.kind == "slot"
            and self.state.startswith("inactive")
            and self.kept_bytes is not None
        )


@dataclass(frozen=True)
class Progress:
    """How far a long command is.

    Attributes:
        done, total: In `unit`; a total of 0 is not known.
    """

    pid: int
    command: str
    phase: str
    database: str
    relation: str
    done: int
    total: int
    unit: str

    @property
    def share(self) -> float | None:
        """What is done (0..1); None where the total isn't known."""
        return min(self.done / self.total, 1.0) if self.total > 0 else None


@dataclass(frozen=True)
class TopStatement:
    """A statement as pg_stat_statements counts it, constants left out.

    Attributes:
        total_ms: Spent in it, by all its calls.
        hit, read, temp: Blocks found in the cache, read, written or read in temporary
            files.
        query: Empty where it is not for us to see (pg_read_all_stats).
        is_here: It was run in the database that the monitor is connected to.
    """

    user_oid: int
    database_oid: int
    query_id: str
    database: str
    user: str
    calls: int
    total_ms: float
    rows: int
    hit: int
    read: int
    temp: int
    query: str
    is_cut: bool
    is_here: bool

    @property
    def mean_ms(self) -> float:
        """Spent in one call."""
        return self.total_ms / max(self.calls, 1)


@dataclass(frozen=True)
class Statements:
    """The top statements, or why there are none.

    Attributes:
        missing: What is to be done to have them; empty where they are there.
    """

    rows: tuple[TopStatement, ...] = ()
    missing: str = ""


@dataclass(frozen=True)
class ServerSample:
    """A server at one moment. What was not asked for is empty.

    Attributes:
        db_id: The database whose connection was used.
        at: Monotonic seconds, here.
        took_ms: How long it took to ask.
        parts: What was asked for beside the activity.
        backends: All server processes (at most `MAX_BACKENDS`).
        is_cut: There are more of them.
        connections: Connections in use, all of them, the monitor's own included.
        in_recovery: It is a standby, or recovers; this ends when it is promoted.
        waits: The locks that are waited for, by pid.
        problems: What could not be read, and why, in words.
    """

    db_id: str
    at: float
    took_ms: float
    server: ServerFacts
    parts: Part = Part.ACTIVITY
    backends: tuple[Backend, ...] = ()
    is_cut: bool = False
    connections: int = 0
    in_recovery: bool = False
    waits: Mapping[int, LockWait] = field(default_factory=dict)
    databases: tuple[DatabaseStats, ...] = ()
    total: Rates | None = None
    replicas: tuple[Replica, ...] = ()
    progress: tuple[Progress, ...] = ()
    statements: Statements | None = None
    problems: Mapping[Part, str] = field(default_factory=dict)

    @property
    def clients(self) -> tuple[Backend, ...]:
        """The backends that serve a client."""
        return tuple(each for each in self.backends if each.is_client)

    @property
    def connections_share(self) -> float:
        """How much of max_connections is used (0..1)."""
        return self.connections / max(self.server.max_connections, 1)

    @property
    def active(self) -> int:
        """Clients whose query runs, the monitor's own left out."""
        own = self.server.own_pid
        return sum(b.state == ACTIVE and b.pid != own for b in self.clients)

    @property
    def waiting(self) -> int:
        """Backends that wait for a lock of another."""
        return sum(each.is_waiting for each in self.backends)

    @property
    def longest_wait_s(self) -> float:
        """The longest that a backend waits for a lock, in seconds; 0: none waits."""
        return max(
            (self.wait_s(b) or 0.0 for b in self.backends if b.is_waiting), default=0.0
        )

    @property
    def idle_in_transaction(self) -> int:
        """Clients that left a transaction open and do nothing."""
        return sum(each.in_idle_transaction for each in self.backends)

    @property
    def longest_idle_in_transaction_s(self) -> float:
        """For how long the one that does nothing longest has; 0: there is none."""
        idle = (b.state_s or 0.0 for b in self.backends if b.in_idle_transaction)
        return max(idle, default=0.0)

    @property
    def longest_transaction_s(self) -> float:
        """The age of the clients' oldest transaction; 0: there is none."""
        own = self.server.own_pid
        ages = (b.transaction_s or 0.0 for b in self.clients if b.pid != own)
        return max(ages, default=0.0)

    @property
    def longest_query_s(self) -> float:
        """The age of the clients' oldest running query; 0: none runs."""
        own = self.server.own_pid
        running = (b for b in self.clients if b.state == ACTIVE and b.pid != own)
        return max((b.query_s or 0.0 for b in running), default=0.0)

    def wait_s(self, backend: Backend) -> float | None:
        """For how long a backend has waited for its lock, as far as is known."""
        wait = self.waits.get(backend.pid)
        if wait is not None and wait.waiting_s is not None:
            return wait.waiting_s
        return backend.query_s if backend.is_waiting else None

    def backend(self, pid: int) -> Backend | None:
        """Return the backend with this pid, if it is there."""
        return next((each for each in self.backends if each.pid == pid), None)
