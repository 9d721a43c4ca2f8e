"""Where a server is reached: by its control socket, or from elsewhere over TLS with a token."""

from __future__ import annotations

import re
import socket
from pathlib import Path
from typing import Protocol

import msgspec

from chatkit.admin.errors import AdminError, Mistake, NoServer
from chatkit.net.dial import Dialed, Endpoint, Untrusted, connect
from chatkit.net.unix_path import short_path
from chatkit.premises import CONTROL_NAME


class Place(Protocol):
    """One server, as far as it is to be reached."""

    @property
    def token(self) -> str:
        """What proves who asks; empty where the system does."""

    def connect(self, timeout: float) -> Dialed:
        """A connection to it. Raises AdminError."""


class Premises(msgspec.Struct, frozen=True):
    """A server on this machine, by its data directory."""

    directory: Path
    token: str = ""

    @property
    def socket(self) -> Path:
        """Where its control socket is, if it runs."""
        return self.directory.absolute() / CONTROL_NAME

    def connect(self, timeout: float) -> Dialed:
        """Raises NoServer, AdminError."""
        sock = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        try:
            sock.settimeout(timeout)
            with short_path(self.socket) as address:
                sock.connect(address)
        except BaseException as error:
            sock.close()
            if isinstance(error, OSError):
                raise self._explain(error) from error
            raise
        return Dialed(sock)

    def _explain(self, error: OSError) -> AdminError:
        if isinstance(error, FileNotFoundError | NotADirectoryError | ConnectionRefusedError):
            hint = "if yours keeps its data elsewhere, name it with --data"
            return NoServer(f"no server is running: looked for {self.socket}; {hint}")
        if isinstance(error, PermissionError):
            return AdminError(f"you may not use {self.socket}: it belongs to the user who runs the server")
        return AdminError(f"cannot use {self.socket}: {error.strerror or error}")


class Remote(msgspec.Struct, frozen=True):
    """A server elsewhere, which has ``admin.remote`` set.

    ``fingerprint`` is the SHA-256 of its certificate, in hexadecimal, where no authority vouches for that.
    """

    host: str
    port: int
    token: str
    fingerprint: str = ""

    def __str__(self) -> str:
        return f"[{self.host}]:{self.port}" if ":" in self.host else f"{self.host}:{self.port}"

    def connect(self, timeout: float) -> Dialed:
        """Raises NoServer, AdminError. The token goes to nobody whose certificate is not the right one."""
        endpoint = Endpoint(self.host, self.port, tls=True, take_any=bool(self.fingerprint))
        try:
            dialed = connect(endpoint, timeout)
        except Untrusted as error:
            raise AdminError(
                f"this computer does not trust the certificate of {self} ({error}): "
                "name its fingerprint with --fingerprint, as the server shows it when it starts"
            ) from error
        except OSError as error:
            raise NoServer(f"cannot reach {self}: {error.strerror or error}") from error
        if self.fingerprint and dialed.fingerprint != self.fingerprint:
            dialed.sock.close()
            raise AdminError(f"{self} shows another certificate: its fingerprint is {dialed.fingerprint}")
        return dialed


def remote(server: str, token: str, fingerprint: str) -> Remote:
    """The server that is written ``host:port``. Raises Mistake."""
    from chatkit.client.address import AddressError, parse_address, pin  # late: most ask a server on this machine

    try:
        place = pin(parse_address(server), fingerprint)
    except AddressError as error:
        raise Mistake(f"--server: {error}") from error
    if place.scheme != "auto" or re.search(r"(^[^:]+|\]):\d+$", server.strip()) is None:
        raise Mistake(f"--server: '{server}' is no host:port, as in the server's admin.remote")
    return Remote(place.host, place.port, token, place.fingerprint)
