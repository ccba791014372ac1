"""The server's side: who does what there, who waits for whom, how much is done.

Everything is read by connections of their own, which the user's work can't starve, and
handed out as frozen samples. Nothing here knows a screen.
"""

from __future__ import annotations

from mdbtui.monitor.models import (
    Backend,
    DatabaseStats,
    LockWait,
    Part,
    Progress,
    Replica,
    ServerFacts,
    ServerSample,
    Statements,
    TopStatement,
)
from mdbtui.monitor.rates import Counters, Rates
from mdbtui.monitor.service import ServerMonitor, Watch
from mdbtui.monitor.signals import Outcome, Signal, SignalResult

__all__ = [
    "Backend",
    "Counters",
    "DatabaseStats",
    "LockWait",
    "Outcome",
    "Part",
    "Progress",
    "Rates",
    "Replica",
    "ServerFacts",
    "ServerMonitor",
    "ServerSample",
    "Signal",
    "SignalResult",
    "Statements",
    "TopStatement",
    "Watch",
]
