"""The embedded server: started, stopped, killed, and never left over."""

from __future__ import annotations

from tests.support.server import PgServer, alive


def test_answers(pg: PgServer, database: str) -> None:
    assert pg.psql(database, "-c", "select 1+1") == "2\n"


def test_own(own_server: PgServer) -> None:
    pid = own_server.postmaster_pid
    own_server.kill_postmaster()
    own_server.start()
    assert own_server.psql("postgres", "-c", "select 1+1") == "2\n"
    own_server.freeze()
    own_server.thaw()
    assert own_server.psql("postgres", "-c", "select 1+1") == "2\n"
    own_server.stop()
    assert not alive(pid)
