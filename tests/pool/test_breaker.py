"""The breaker against a model of its promises."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
)

from mdbtui.pool import (
    BreakerClosed,
    BreakerHalfOpen,
    BreakerOpened,
    BreakerState,
    CircuitOpen,
    ConnectError,
    ConnectionRefused,
    LoginRefused,
    PoolEvent,
    TooManyConnections,
)
from mdbtui.pool.breaker import BACKOFF_CAP, FAIL_MAX, Breaker, Permit

CLOSED, OPEN = BreakerState.CLOSED, BreakerState.OPEN
HALF_OPEN, PARKED = BreakerState.HALF_OPEN, BreakerState.PARKED


class Clock:
    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now


def make() -> tuple[Breaker, Clock, list[PoolEvent]]:
    clock, events = Clock(), list[PoolEvent]()
    breaker = Breaker("db", clock=clock, emit=events.append, jitter=lambda: 1.0)
    return breaker, clock, events


class BreakerMachine(RuleBasedStateMachine):
    """What is promised, written down a second time and more simply."""

    @initialize()
    def start(self) -> None:
        self.breaker, self.clock, self.events = make()
        self.state = CLOSED
        self.failures = 0
        self.opened = 0
        self.due = 0.0
        self.asked = float("-inf")
        self.epoch = 0
        self.out: list[tuple[Permit, int]] = []
        self.wanted: set[Permit] = set()

    def change(self, state: BreakerState) -> None:
        self.state = state
        self.epoch += 1

    def half_open(self) -> None:
        self.before = self.state
        self.change(HALF_OPEN)

    def open(self, *, parked: bool) -> None:
        self.change(PARKED if parked else OPEN)
        self.due = self.clock.now + min(10.0, 2.0**self.opened)
        self.opened += 1

    @rule()
    def admit(self) -> None:
        allowed = self.state is CLOSED or (
            self.state is OPEN and self.clock.now >= self.due
        )
        if not allowed:
            with pytest.raises(CircuitOpen):
                self.breaker.admit()
            return
        permit = self.breaker.admit()
        if self.state is OPEN:
            self.half_open()
        self.out.append((permit, self.epoch))

    @rule()
    def ask(self) -> None:
        waits = self.state is not CLOSED and self.clock.now - self.asked < 1
        if self.state is HALF_OPEN or waits:
            with pytest.raises(CircuitOpen):
                self.breaker.ask()
            return
        permit = self.breaker.ask()
        self.wanted.add(permit)
        if self.state is not CLOSED:
            self.asked = self.clock.now
            self.half_open()
        self.out.append((permit, self.epoch))

    def take(self, data: Any) -> tuple[Permit, bool]:
        index = data.draw(st.integers(0, len(self.out) - 1))
        permit, epoch = self.out.pop(index)
        return permit, epoch == self.epoch

    @precondition(lambda self: self.out)
    @rule(data=st.data(), times=st.integers(1, 4))
    def fail(self, data: Any, times: int) -> None:
        for _ in range(min(times, len(self.out))):
            permit, counts = self.take(data)
            permit.failed(ConnectionRefused("refused"))
            if not counts:
                continue
            self.failures += 1
            if self.state is HALF_OPEN or permit in self.wanted or self.failures >= 3:
                self.open(parked=False)

    @precondition(lambda self: self.out)
    @rule(data=st.data())
    def refuse_login(self, data: Any) -> None:
        permit, counts = self.take(data)
        permit.failed(LoginRefused("wrong password"))
        if counts:
            self.open(parked=True)

    @precondition(lambda self: self.out)
    @rule(data=st.data())
    def succeed(self, data: Any) -> None:
        permit, counts = self.take(data)
        permit.succeeded()
        if counts:
            self.failures = 0
            if self.state is HALF_OPEN:
                self.opened = 0
                self.change(CLOSED)

    @precondition(lambda self: self.out)
    @rule(data=st.data())
    def cancel(self, data: Any) -> None:
        permit, counts = self.take(data)
        permit.returned()
        if counts and self.state is HALF_OPEN:
            self.change(self.before)

    @rule(seconds=st.sampled_from([0.5, 1.0, 2.0, 10.0]))
    def wait(self, seconds: float) -> None:
        self.clock.now += seconds

    @invariant()
    def shows_its_state(self) -> None:
        assert self.breaker.state is self.state
        if self.state is OPEN:
            retry_in = self.breaker.retry_in
            assert retry_in == max(0.0, self.due - self.clock.now)
        elif self.state is PARKED:
            assert self.breaker.retry_in is None

    @invariant()
    def at_most_one_probe(self) -> None:
        if self.state is HALF_OPEN:
            assert sum(epoch == self.epoch for _, epoch in self.out) == 1


BreakerMachine.TestCase.settings = settings(
    derandomize=True, max_examples=150, stateful_step_count=40, deadline=None
)
TestBreakerMachine = BreakerMachine.TestCase


def fail(breaker: Breaker, times: int = FAIL_MAX) -> None:
    for _ in range(times):
        breaker.admit().failed(ConnectionRefused("refused", hint="is it running?"))


def test_opens_backs_off_and_closes_with_events() -> None:
    breaker, clock, events = make()
    fail(breaker)
    assert breaker.state is OPEN
    for expected in (1, 2, 4, 8, 10, 10):
        assert breaker.retry_in == expected
        with pytest.raises(CircuitOpen) as caught:
            breaker.admit()
        assert caught.value.retry_in == expected
        assert isinstance(caught.value.cause, ConnectionRefused)
        clock.now += expected
        fail(breaker, 1)
    clock.now += BACKOFF_CAP
    breaker.admit().succeeded()
    assert breaker.state is CLOSED
    assert breaker.last_error is None
    kinds = [type(event) for event in events]
    assert kinds == [
        BreakerOpened,
        *[BreakerHalfOpen, BreakerOpened] * 6,
        BreakerHalfOpen,
        BreakerClosed,
    ]


def test_one_failure_that_was_asked_for_is_enough() -> None:
    breaker, _, _ = make()
    breaker.ask().failed(ConnectionRefused("refused"))
    assert breaker.state is OPEN
    assert breaker.retry_in == 1


def test_a_wrong_password_is_tried_once_until_the_user_asks() -> None:
    breaker, clock, _ = make()
    breaker.admit().failed(LoginRefused("wrong password"))
    clock.now += 1e6
    with pytest.raises(CircuitOpen, match="not tried again") as caught:
        breaker.admit()
    assert caught.value.retry_in is None
    probe = breaker.ask()
    probe.returned()
    assert breaker.state is PARKED  # a cancelled probe changes nothing
    with pytest.raises(CircuitOpen):
        breaker.ask()  # a key that repeats
    clock.now += 1
    breaker.ask().succeeded()
    assert breaker.state is CLOSED


def test_a_full_server_stays_in_use() -> None:
    breaker, clock, _ = make()
    full: ConnectError = TooManyConnections("too many clients")
    breaker.admit().failed(full)
    assert breaker.state is CLOSED
    with pytest.raises(TooManyConnections):
        breaker.admit()
    clock.now += 1
    permit = breaker.admit()
    with pytest.raises(TooManyConnections):
        breaker.admit()  # one at a time finds out
    permit.failed(full)
    assert breaker.retry_in == 2
    clock.now += 2
    breaker.admit().succeeded()
    breaker.admit()
    assert breaker.retry_in is None


def test_a_probe_that_meets_a_full_server_closes() -> None:
    breaker, clock, _ = make()
    fail(breaker)
    clock.now += 1
    breaker.admit().failed(TooManyConnections("too many clients"))
    assert breaker.state is CLOSED


def test_reset_forgets_all() -> None:
    breaker, _, events = make()
    late = breaker.admit()
    breaker.admit().failed(LoginRefused("wrong password"))
    breaker.reset()
    late.failed(LoginRefused("wrong password"))
    assert breaker.state is CLOSED
    assert breaker.last_error is None
    assert isinstance(events[-1], BreakerClosed)


def test_after_a_reset_one_try_at_a_time_finds_out() -> None:
    breaker, _, _ = make()
    breaker.reset()
    assert not breaker.untried  # there was nothing to forget
    breaker.ask().failed(LoginRefused("wrong password"))
    breaker.reset()
    assert breaker.untried
    assert breaker.due
    permit = breaker.ask()
    assert not breaker.due
    with pytest.raises(CircuitOpen, match="under way"):
        breaker.ask()
    permit.returned()
    assert breaker.due
    breaker.ask().failed(ConnectionRefused("refused"))
    assert (breaker.state, breaker.untried) == (OPEN, False)
    breaker.reset()
    breaker.admit().succeeded()
    assert not breaker.untried
