"""What psql itself makes of a script: it runs against a server that only listens."""

from __future__ import annotations

import os
import re
import socket
import struct
import subprocess
import threading
from pathlib import Path


class RecordingServer:
    """Speaks just enough of the protocol for psql to send all its statements."""

    def __init__(self) -> None:
        self.statements: list[str] = []
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port: int = self._listener.getsockname()[1]
        self._thread = threading.Thread(target=self._serve, daemon=True)

    def __enter__(self) -> RecordingServer:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._listener.close()
        self._thread.join(10)

    def _serve(self) -> None:
        connection, _ = self._listener.accept()
        with connection, connection.makefile("rb") as stream:
            (size,) = struct.unpack("!i", stream.read(4))
            stream.read(size - 4)
            parameters = {
                "server_version": "18.0",
                "client_encoding": "UTF8",
                "standard_conforming_strings": "on",
            }
            connection.sendall(
                _message(b"R", struct.pack("!i", 0))
                + b"".join(
                    _message(b"S", f"{k}\0{v}\0".encode())
                    for k, v in parameters.items()
                )
                + _READY
            )
            while kind := stream.read(1):
                (size,) = struct.unpack("!i", stream.read(4))
                body = stream.read(size - 4)
                if kind == b"X":
                    return
                if kind == b"Q":
                    text = body[:-1].decode()
                    self.statements.append(text)
                    connection.sendall(_answer(text))
                elif kind == b"c":  # CopyDone
                    connection.sendall(_message(b"C", b"COPY 0\0") + _READY)


def _message(kind: bytes, body: bytes) -> bytes:
    return kind + struct.pack("!i", len(body) + 4) + body


_COPY_IN = re.compile(r"(?is)\s*copy\b.*\bfrom\s+stdin\b")
_READY = _message(b"Z", b"I")


def _answer(text: str) -> bytes:
    if _COPY_IN.match(text):
        return _message(b"G", struct.pack("!bh", 0, 0))
    return _message(b"I", b"") + _READY


def sent_by_psql(psql: Path, script: Path) -> list[str]:
    """The statements that psql sends when it runs ``script``."""
    with RecordingServer() as server:
        subprocess.run(
            [psql, "-X", "-q", "-f", script],
            env={
                **os.environ,
                "PGHOST": "127.0.0.1",
                "PGPORT": str(server.port),
                "PGUSER": "nobody",
                "PGDATABASE": "nowhere",
                "PGSSLMODE": "disable",
                "PGGSSENCMODE": "disable",
                "PGCLIENTENCODING": "UTF8",
            },
            capture_output=True,
            timeout=60,
            check=True,
        )
        return server.statements
