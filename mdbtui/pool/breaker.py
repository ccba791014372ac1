"""The circuit breaker around connecting, on pybreaker's states.

pybreaker keeps the state and its counter. Its own `call` and `calling` are not
used: they do not see a coroutine's outcome, count a cancellation as a failure
(and replace it), let everyone through when half-open, and let late failures push
the next probe away. So a caller takes a `Permit` before it connects and reports
the outcome itself; a permit from before the last change of state is inert.
"""

from __future__ import annotations

import random
from collections.abc import Callable

from pybreaker import (
    STATE_CLOSED,
    STATE_HALF_OPEN,
    STATE_OPEN,
    CircuitBreaker,
    CircuitMemoryStorage,
)

from mdbtui.pool.errors import (
    CircuitOpen,
    ConnectError,
    LoginRefused,
    Parked,
    PoolError,
    SettingRefused,
    TLSRefused,
    TooManyConnections,
    UnknownDatabase,
)
from mdbtui.pool.events import (
    BreakerClosed,
    BreakerHalfOpen,
    BreakerOpened,
    PoolEvent,
)
from mdbtui.pool.stats import BreakerState

FAIL_MAX = 3
BACKOFF_BASE = 1.0
BACKOFF_CAP = 10.0
SATURATED_CAP = 30.0
ASK_INTERVAL = 1.0

NEEDS_USER = (LoginRefused, UnknownDatabase, TLSRefused, SettingRefused)
"""Trying again changes nothing, and wrong passwords lock accounts."""

_STATES = {
    STATE_CLOSED: BreakerState.CLOSED,
    STATE_OPEN: BreakerState.OPEN,
    STATE_HALF_OPEN: BreakerState.HALF_OPEN,
}


class Permit:
    """The leave to connect once. Exactly one of its methods has to be called."""

    __slots__ = ("_asked", "_breaker", "_generation")

    def __init__(
        self, breaker: Breaker, generation: int, *, asked: bool = False
    ) -> None:
        self._breaker = breaker
        self._generation = generation
        self._asked = asked

    def succeeded(self) -> None:
        """Report that a connection was made."""
        if self._generation == self._breaker.generation:
            self._breaker.on_success()

    def failed(self, error: ConnectError) -> None:
        """Report why none was made."""
        if self._generation == self._breaker.generation:
            self._breaker.on_failure(error, asked=self._asked)

    def returned(self) -> None:
        """Give the permit back unused: the caller was cancelled. Counts nothing."""
        if self._generation == self._breaker.generation:
            self._breaker.on_return()


class Breaker:
    """The breaker of one database.

    Args:
        db_id: For errors and events.
        clock: Monotonic seconds.
        emit: Gets the events, synchronously.
        jitter: Factor on each back-off, so that databases do not probe in step.

    Attributes:
        untried: It was reset after failures, and nobody has connected since: whether
            the server is there is not known.
    """

    def __init__(
        self,
        db_id: str,
        *,
        clock: Callable[[], float],
        emit: Callable[[PoolEvent], None],
        jitter: Callable[[], float] = lambda: random.uniform(0.9, 1.1),
    ) -> None:
        self._db_id = db_id
        self._clock = clock
        self._emit = emit
        self._jitter = jitter
        self._storage = CircuitMemoryStorage(STATE_CLOSED)
        self._core = CircuitBreaker(
            fail_max=FAIL_MAX, state_storage=self._storage, name=db_id
        )
        self.generation = 0
        self.last_error: ConnectError | None = None
        self._parked = self._aside = False
        self.untried = self._trying = False
        self._due = 0.0
        self._opened = 0
        self._saturated = 0
        self._asked = float("-inf")

    @property
    def state(self) -> BreakerState:
        """The state that is shown."""
        state = _STATES[self._core.current_state]
        if state is BreakerState.OPEN and self._parked:
            return BreakerState.PARKED
        return state

    @property
    def aside(self) -> bool:
        """Somebody had it parked."""
        return self._aside

    @property
    def due(self) -> bool:
        """A try shows what is true, and nobody makes one."""
        return self.untried and not self._trying

    @property
    def retry_in(self) -> float | None:
        """Seconds until connecting is tried again; None if no wait is running."""
        if self.state is BreakerState.OPEN or self._saturated:
            return max(0.0, self._due - self._clock())
        return None

    def check(self) -> None:
        """Raise what `admit` would raise, without taking the permit."""
        state = self.state
        if state is BreakerState.CLOSED:
            if self._saturated and self._clock() < self._due:
                raise self._still_full()
        elif state is not BreakerState.OPEN or self._clock() < self._due:
            raise self._refusal(state)

    def admit(self) -> Permit:
        """Return the permit to connect.

        Raises:
            CircuitOpen: If connecting is not tried now.
            TooManyConnections: If the server was full a moment ago.
        """
        self.check()
        if self.state is not BreakerState.CLOSED:
            self._half_open()
        elif self._saturated:  # one at a time finds out whether it still is
            self._due = self._clock() + self._delay(self._saturated, SATURATED_CAP)
        self._trying = True
        return Permit(self, self.generation)

    def ask(self) -> Permit:
        """Return a permit because the user asks, also when parked or not yet due.

        Raises:
            CircuitOpen: If a probe is under way, or was asked for within the last
                second (a key that repeats must not lock an account).
        """
        state = self.state
        if state is BreakerState.HALF_OPEN or (self.untried and self._trying):
            raise self._refusal(BreakerState.HALF_OPEN)
        if state is not BreakerState.CLOSED:
            if self._clock() - self._asked < ASK_INTERVAL:
                raise self._refusal(state)
            self._asked = self._clock()
            self._half_open()
        self._trying = True
        return Permit(self, self.generation, asked=True)

    def reset(self) -> None:
        """Forget everything, such as when the configuration was changed.

        That makes no server well: until the next try it is `untried`.
        """
        was_closed = self.state is BreakerState.CLOSED
        self.untried = self.untried or not was_closed or self.last_error is not None
        self._trying = False
        self._storage.reset_counter()
        self._opened = self._saturated = 0
        self._parked = self._aside = False
        self._asked = float("-inf")
        self.last_error = None
        self.generation += 1
        self._core.close()
        if not was_closed:
            self._emit(BreakerClosed(db_id=self._db_id, reset=True))

    def park(self) -> None:
        """Refuse everybody, and try nothing, until a try that is asked for works."""
        if not self._aside:
            self._aside = True
            self.untried = False
            self.last_error = Parked(
                "the pool is parked",
                hint="probe it when the server is well again",
                db_id=self._db_id,
            )
            self._open(self.last_error, parked=True)

    def on_success(self) -> None:
        """Count a connection that was made (called by its permit)."""
        self.untried = False
        self.last_error = None
        self._storage.reset_counter()
        self._saturated = 0
        if self.state is BreakerState.HALF_OPEN:
            self._close()

    def on_failure(self, error: ConnectError, *, asked: bool = False) -> None:
        """Count a failure (called by its permit).

        One attempt that somebody asked for decides alone: its answer is the state
        that they wanted to know.
        """
        self.untried = False
        self.last_error = error
        probe = self.state is BreakerState.HALF_OPEN
        if isinstance(error, TooManyConnections):
            # The server lives: only new connections have to wait.
            if probe:
                self._close()
            self._due = self._clock() + self._delay(self._saturated, SATURATED_CAP)
            self._saturated += 1
            return
        if self._aside or isinstance(error, NEEDS_USER):
            self._open(error, parked=True)
            return
        self._storage.increment_counter()
        if probe or asked or self._core.fail_counter >= FAIL_MAX:
            self._open(error, parked=False)

    def on_return(self) -> None:
        """Take an unused permit back (called by it)."""
        self._trying = False
        if self.state is BreakerState.HALF_OPEN:
            self.generation += 1
            self._core.open()

    def _delay(self, times: int, cap: float) -> float:
        return min(cap, BACKOFF_BASE * (1 << min(times, 16))) * self._jitter()

    def _half_open(self) -> None:
        self.generation += 1
        self._core.half_open()
        self._emit(BreakerHalfOpen(db_id=self._db_id))

    def _close(self) -> None:
        self.generation += 1
        self._opened = 0
        self._parked = self._aside = False
        self._storage.reset_counter()
        self._core.close()
        self._emit(BreakerClosed(db_id=self._db_id))

    def _open(self, error: ConnectError, *, parked: bool) -> None:
        self.generation += 1
        self._parked = parked
        self._saturated = 0
        self._due = self._clock() + self._delay(self._opened, BACKOFF_CAP)
        self._opened += 1
        self._core.open()
        self._emit(
            BreakerOpened(db_id=self._db_id, error=error, retry_in=self.retry_in)
        )

    def _refusal(self, state: BreakerState) -> CircuitOpen:
        cause: PoolError | None = self.last_error
        reason = cause.message if cause else "connecting failed"
        retry_in = self.retry_in
        if state is BreakerState.PARKED:
            when, hint = "not tried again", "mend it, then ask for a new try"
        elif state is BreakerState.HALF_OPEN:
            when, hint = "a probe is under way", "its outcome is known in a moment"
        else:
            when = f"next try in {retry_in or 0:.0f} s"
            hint = cause.hint if cause else ""
        return CircuitOpen(
            f"{reason}; {when}",
            hint=hint,
            db_id=self._db_id,
            retry_in=retry_in,
            cause=cause,
        )

    def _still_full(self) -> TooManyConnections:
        cause = self.last_error
        return TooManyConnections(
            f"{cause.message if cause else 'too many connections'};"
            f" next try in {self.retry_in or 0:.0f} s",
            hint=cause.hint if cause else "",
            db_id=self._db_id,
            sqlstate=cause.sqlstate if cause else "",
        )
