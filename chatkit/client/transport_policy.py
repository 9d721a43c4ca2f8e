"""What a server says about encryption.

Spec: https://ircv3.net/specs/extensions/sts
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from chatkit.client.security import parse_sts

if TYPE_CHECKING:
    from chatkit.client.core import Core


class TransportPolicy:
    """Takes the value of the capability ``sts``; the runner, which has the connection and the files, obeys it."""

    def __init__(self, core: Core) -> None:
        self._core = core
        self._port: int | None = None
        self._seconds: int | None = None

    def heard(self, value: str) -> None:
        """The server wants encrypted connections only: come back as such, or remember it."""
        policy, security = parse_sts(value), self._core.chat.security
        if security == "" and policy.port is not None:
            self._port = policy.port
            self._core.redial()
        elif security in ("pinned", "vouched"):
            self._seconds = policy.duration

    def take_port(self) -> int | None:
        """Where to come to, encrypted. Asked once for each time."""
        port, self._port = self._port, None
        return port

    def take_seconds(self) -> int | None:
        """For how long to come encrypted only. Asked once for each time."""
        seconds, self._seconds = self._seconds, None
        return seconds
