"""Finding the IRC servers that announce themselves on the local network."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

import msgspec

from chatkit.net.announcing import SERVICE
from chatkit.proto.formatting import plain

if TYPE_CHECKING:
    from zeroconf import ServiceInfo, ServiceStateChange, Zeroconf

log = logging.getLogger("chatkit.net")

MAX_FOUND = 50  # servers; a network that has more has somebody who plays tricks
MAX_NAME = 60  # characters
RESOLVE_MS = 3000  # that a server may take to say where it is
STOP_TIMEOUT = 5.0  # seconds


class Announced(msgspec.Struct, frozen=True):
    """A server of the local network. Whoever is on that network can say anything here; it is safe to be shown."""

    name: str
    host: str  # an address
    port: int
    tls: bool = False  # whether it says that the port speaks it
    software: str = ""


class Discovery:
    """The look-out, on threads of its own.

    ``on_change`` gets all servers that there are now, by name, whenever that is another list. It is called on one of
    those threads and must return at once.
    """

    def __init__(
        self, on_change: Callable[[tuple[Announced, ...]], None], interfaces: Sequence[str] | None = None
    ) -> None:
        """``interfaces`` are addresses of this machine; None: all that it has."""
        self._on_change = on_change
        self._interfaces = interfaces
        self._found: dict[str, Announced] = {}  # by the service's name; the browser's thread owns it
        self._stopped = threading.Event()
        self._thread = threading.Thread(target=self._run, name="chatkit-discover", daemon=True)

    def start(self) -> None:
        """Begin. Returns at once."""
        self._thread.start()

    def stop(self) -> None:
        """Look no longer; blocks for a moment."""
        self._stopped.set()
        self._thread.join(STOP_TIMEOUT)

    def _run(self) -> None:
        import zeroconf  # late, and here: it takes a fifth of a second

        interfaces = zeroconf.InterfaceChoice.All if self._interfaces is None else list(self._interfaces)
        try:
            with zeroconf.Zeroconf(interfaces=interfaces) as network:
                browser = zeroconf.ServiceBrowser(network, SERVICE, handlers=[self._heard])
                self._stopped.wait()
                browser.cancel()  # or its thread stays
        except (OSError, zeroconf.Error) as error:
            log.info("cannot look for servers on the local network: %s", str(error) or type(error).__name__)

    def _heard(self, zeroconf: Zeroconf, service_type: str, name: str, state_change: ServiceStateChange) -> None:
        """On the browser's thread: a server came, says something else than before, or went."""
        if state_change.name == "Removed":
            if self._found.pop(name, None) is not None:
                self._tell()
        elif not self._stopped.is_set() and (name in self._found or len(self._found) < MAX_FOUND):
            info = zeroconf.get_service_info(service_type, name, timeout=RESOLVE_MS)
            server = None if info is None else _read(info)
            if server is not None and server != self._found.get(name):
                self._found[name] = server
                self._tell()

    def _tell(self) -> None:
        if not self._stopped.is_set():
            self._on_change(tuple(sorted(self._found.values(), key=lambda server: (server.name, server.host))))


def _read(info: ServiceInfo) -> Announced | None:
    host = _address(info.parsed_scoped_addresses())
    if host is None or not info.port:
        return None
    said = {key: value or "" for key, value in info.decoded_properties.items()}
    instance = info.name.removesuffix(f".{info.type}")
    name = plain(said.get("network") or instance).strip()[:MAX_NAME] or host
    return Announced(name, host, info.port, said.get("tls") == "1", plain(said.get("software", ""))[:MAX_NAME])


def _address(addresses: Sequence[str]) -> str | None:
    """The best of them: IPv4 as it needs no zone, else what is no link's own."""
    return min(addresses, key=lambda text: (":" in text, text.lower().startswith("fe80:")), default=None)
