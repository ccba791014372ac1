"""Connection pools for many PostgreSQL databases: a library of its own.

It knows no screen and no configuration file, and importing it loads neither the
driver nor the breaker: that happens when the first pool really opens.

The library never prints. It logs to ``mdbtui.pool``, and gives the driver's
logger ``asyncpg`` a handler that does nothing, so that Python's last-resort
handler does not write on a screen; a program that wants these lines adds its own
handlers. No password is ever part of a log line, an exception or a repr.
"""

from __future__ import annotations

import logging

from mdbtui.pool.config import DBConfig, DriverOptions, Secret
from mdbtui.pool.detail import Connection, Holder, PoolDetail
from mdbtui.pool.errors import (
    AcquireTimeout,
    CircuitOpen,
    ConfigError,
    ConnectError,
    ConnectionLostError,
    ConnectionRefused,
    ConnectTimeout,
    HostNotFound,
    LoginRefused,
    Parked,
    PoolClosedError,
    PoolError,
    QueryError,
    QueryTimeout,
    ServerStarting,
    SettingRefused,
    TLSRefused,
    TooManyConnections,
    UnknownDatabase,
    UnknownPool,
    from_driver,
)
from mdbtui.pool.eventlog import Logged
from mdbtui.pool.events import (
    AcquireTimedOut,
    BreakerClosed,
    BreakerHalfOpen,
    BreakerOpened,
    ConnectFailed,
    ConnectionLost,
    ConnectionOpened,
    LeaseEnded,
    PoolClosed,
    PoolDrained,
    PoolEvent,
    PoolOpened,
    PoolResized,
    SlowAcquire,
)
from mdbtui.pool.history import History, Load, Sample
from mdbtui.pool.lease import Lease, Reset
from mdbtui.pool.managed import ManagedPool
from mdbtui.pool.manager import PoolManager
from mdbtui.pool.outages import Outage
from mdbtui.pool.stats import (
    BreakerState,
    DatabaseHealth,
    FleetStats,
    Health,
    HealthReport,
    PoolStats,
)

__all__ = [
    "AcquireTimedOut",
    "AcquireTimeout",
    "BreakerClosed",
    "BreakerHalfOpen",
    "BreakerOpened",
    "BreakerState",
    "CircuitOpen",
    "ConfigError",
    "ConnectError",
    "ConnectFailed",
    "ConnectTimeout",
    "Connection",
    "ConnectionLost",
    "ConnectionLostError",
    "ConnectionOpened",
    "ConnectionRefused",
    "DBConfig",
    "DatabaseHealth",
    "DriverOptions",
    "FleetStats",
    "Health",
    "HealthReport",
    "History",
    "Holder",
    "HostNotFound",
    "Lease",
    "LeaseEnded",
    "Load",
    "Logged",
    "LoginRefused",
    "ManagedPool",
    "Outage",
    "Parked",
    "PoolClosed",
    "PoolClosedError",
    "PoolDetail",
    "PoolDrained",
    "PoolError",
    "PoolEvent",
    "PoolManager",
    "PoolOpened",
    "PoolResized",
    "PoolStats",
    "QueryError",
    "QueryTimeout",
    "Reset",
    "Sample",
    "Secret",
    "ServerStarting",
    "SettingRefused",
    "SlowAcquire",
    "TLSRefused",
    "TooManyConnections",
    "UnknownDatabase",
    "UnknownPool",
    "from_driver",
]

logging.getLogger(__name__).addHandler(logging.NullHandler())
