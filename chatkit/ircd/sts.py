"""Strict transport security: clients that know it insist on TLS from their second visit on.

Spec: https://ircv3.net/specs/extensions/sts
"""

from __future__ import annotations

from chatkit.config import Config


def sts_value(config: Config, secure: bool) -> str | None:
    """The value of the capability ``sts`` on a connection that is ``secure`` or not; None where it is not offered."""
    tls = config.tls
    if not tls.sts_seconds or tls.mode == "off":
        return None
    if secure:
        return f"duration={tls.sts_seconds}" + (",preload" if tls.sts_preload else "")
    port = tls.sts_port or config.port
    return f"port={port}" if port else None
