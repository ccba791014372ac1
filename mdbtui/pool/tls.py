"""TLS as libpq's sslmode asks for it."""

from __future__ import annotations

import ssl
from pathlib import Path
from typing import Any

from mdbtui.pool.config import DBConfig
from mdbtui.pool.errors import TLSRefused


class NamedContext(ssl.SSLContext):
    """A context that knows whom it talks to.

    Names are resolved by ourselves, so the driver sees only an address; the
    certificate has to be checked against the name all the same.
    """

    server_name = ""

    def wrap_bio(self, *args: Any, **kwargs: Any) -> ssl.SSLObject:
        """Wrap as the base class does, under the server's configured name."""
        kwargs["server_hostname"] = self.server_name
        return super().wrap_bio(*args, **kwargs)


def build_context(config: DBConfig) -> NamedContext:
    """Build the context for `config`. Reads files: call it off the loop.

    Raises:
        TLSRefused: If a file is missing or cannot be used; names the field.
    """
    context = NamedContext(ssl.PROTOCOL_TLS_CLIENT)
    context.server_name = config.host
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    context.set_alpn_protocols(["postgresql"])
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    if config.ssl not in ("disable", "allow", "prefer"):
        _trust(context, config)
    if config.sslcert is not None:
        try:
            # Without a callable, OpenSSL would ask for a passphrase on the
            # terminal.
            context.load_cert_chain(config.sslcert, config.sslkey, lambda: "")
        except (OSError, ValueError) as exc:
            raise _unusable("sslcert", config.sslcert, exc) from exc
    return context


def _trust(context: ssl.SSLContext, config: DBConfig) -> None:
    if config.sslrootcert == "system":
        context.verify_mode = ssl.CERT_REQUIRED
        context.check_hostname = True
        context.load_default_certs()
        return
    root = config.sslrootcert or _default_root()
    if root is None:
        if config.ssl == "require":
            return
        raise TLSRefused(
            f"ssl is {config.ssl}, but no root certificate is known",
            hint="set sslrootcert to a file, or to 'system'",
            db_id=config.id,
        )
    try:
        context.load_verify_locations(cafile=root)
    except (OSError, ValueError) as exc:
        raise _unusable("sslrootcert", root, exc) from exc
    context.verify_mode = ssl.CERT_REQUIRED
    context.check_hostname = config.ssl == "verify-full"


def _default_root() -> str | None:
    try:
        root = Path.home() / ".postgresql" / "root.crt"
        return str(root) if root.exists() else None
    except (RuntimeError, OSError):
        return None


def _unusable(field: str, path: str, exc: Exception) -> TLSRefused:
    reason = (exc.strerror if isinstance(exc, OSError) else None) or str(exc)
    return TLSRefused(
        f"{field} {path!r} cannot be used: {reason}",
        hint="it must be a readable PEM file; a key must have no passphrase",
    )
