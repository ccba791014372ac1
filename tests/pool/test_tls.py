"""TLS, against a server that speaks only the beginning of the protocol."""

from __future__ import annotations

import asyncio
import shutil
import ssl
import struct
import subprocess
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from mdbtui.pool import DBConfig, LoginRefused, PoolManager, TLSRefused

SSL_REQUEST = struct.pack("!ii", 8, 80877103)


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A certificate for `localhost` only, and its key, in one file."""
    openssl = shutil.which("openssl")
    if openssl is None:
        pytest.skip("needs the openssl program to make a certificate")
    folder = tmp_path_factory.mktemp("tls")
    subprocess.run(
        [
            *[openssl, "req", "-x509", "-newkey", "rsa:2048", "-nodes"],
            *["-days", "2", "-subj", "/CN=localhost"],
            *["-addext", "subjectAltName=DNS:localhost"],
            *["-keyout", folder / "key.pem", "-out", folder / "cert.pem"],
        ],
        check=True,
        capture_output=True,
    )
    both = folder / "both.pem"
    both.write_bytes(
        (folder / "cert.pem").read_bytes() + (folder / "key.pem").read_bytes()
    )
    return both


class FakeServer:
    """Answers to the request for TLS, and refuses every login (28P01)."""

    def __init__(self, certificate: Path, *, answer: bytes = b"S") -> None:
        self._context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        self._context.load_cert_chain(certificate)
        self._answer = answer
        self._server: asyncio.Server | None = None
        self.port = 0
        self.logins: list[bool] = []
        """For each login that was tried, whether it came through TLS."""
        self.names: list[str | None] = []

    async def start(self) -> None:
        self._context.sni_callback = lambda _socket, name, _context: self.names.append(
            name
        )
        self._server = await asyncio.start_server(self._serve, "127.0.0.1", 0)
        self.port = self._server.sockets[0].getsockname()[1]

    async def stop(self) -> None:
        assert self._server is not None
        self._server.close()
        await self._server.wait_closed()

    async def _serve(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> None:
        tls = False
        try:
            head = await reader.readexactly(8)
            if head == SSL_REQUEST:
                writer.write(self._answer)
                if self._answer != b"S":
                    # Whatever still comes in would be sent without TLS.
                    head = await reader.readexactly(8)
                else:
                    await writer.start_tls(self._context)
                    tls = True
                    head = await reader.readexactly(8)
            self.logins.append(tls)
            fields = b"SFATAL\0VFATAL\0C28P01\0Mwrong password\0\0"
            writer.write(b"E" + struct.pack("!i", 4 + len(fields)) + fields)
            await writer.drain()
        except (OSError, asyncio.IncompleteReadError):
            pass
        finally:
            writer.close()


@pytest.fixture
async def server(certificate: Path) -> AsyncIterator[FakeServer]:
    fake = FakeServer(certificate)
    await fake.start()
    yield fake
    await fake.stop()


async def refusal(server: FakeServer, **changes: Any) -> Exception:
    """What an attempt to connect is refused with."""
    known = {"host": "localhost", "port": server.port, "password": "secret"}
    async with PoolManager() as pools:
        with pytest.raises((LoginRefused, TLSRefused)) as caught:
            await pools.create_pool(DBConfig(**known | changes))
        return caught.value


@pytest.mark.parametrize("mode", ["prefer", "require"])
async def test_one_login_with_a_wrong_password(server: FakeServer, mode: str) -> None:
    assert isinstance(await refusal(server, ssl=mode), LoginRefused)
    assert server.logins == [True]
    assert server.names == ["localhost"]


async def test_the_certificate_is_checked_against_the_name(
    server: FakeServer, certificate: Path
) -> None:
    known = str(certificate)
    good = await refusal(server, ssl="verify-full", sslrootcert=known)
    assert isinstance(good, LoginRefused)
    assert server.logins == [True]
    for changes in (
        {"host": "127.0.0.1", "sslrootcert": known},
        {"sslrootcert": "system"},
    ):
        error = await refusal(server, ssl="verify-full", **changes)
        assert isinstance(error, TLSRefused)
        assert "not accepted" in error.message
    assert server.logins == [True]
    ca_only = await refusal(
        server, ssl="verify-ca", host="127.0.0.1", sslrootcert=known
    )
    assert isinstance(ca_only, LoginRefused)


@pytest.mark.parametrize("answer", [b"N", b"Eevil\x1b]0;text\0", b"Sextra"])
async def test_require_never_sends_anything_in_plain_text(
    certificate: Path, answer: bytes
) -> None:
    fake = FakeServer(certificate, answer=answer)
    await fake.start()
    try:
        async with PoolManager() as pools:
            config = DBConfig(
                host="localhost", port=fake.port, password="secret", ssl="require"
            )
            with pytest.raises(Exception, match="localhost") as caught:
                await pools.create_pool(config)
        assert "evil" not in str(caught.value)
        assert fake.logins == []
    finally:
        await fake.stop()


async def test_prefer_takes_plain_text_where_there_is_no_tls(certificate: Path) -> None:
    fake = FakeServer(certificate, answer=b"N")
    await fake.start()
    try:
        # Here the plain login is on a connection of its own.
        assert isinstance(await refusal(fake, ssl="prefer"), LoginRefused)
        assert fake.logins == [False]
    finally:
        await fake.stop()
