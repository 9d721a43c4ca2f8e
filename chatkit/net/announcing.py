"""Telling the local network that there is a server, so that nobody has to type its address.

DNS-SD over multicast DNS, RFC 6763 and 6762: any browser for such services lists it.
"""

from __future__ import annotations

import contextlib
import logging
import socket
import threading
from collections.abc import Iterator
from typing import TYPE_CHECKING

import msgspec

from chatkit.config import UNIX, Config
from chatkit.proto.addresses import is_loopback, parse_address, split_place

if TYPE_CHECKING:
    from zeroconf import InterfaceChoice, ServiceInfo

log = logging.getLogger("chatkit.net")

SERVICE = "_irc._tcp.local."  # as RFC 6335's registry has it
SOFTWARE = "chatkit"
MAX_LABEL = 63  # bytes of the instance's name, RFC 6763 section 4.1.1
STOP_TIMEOUT = 3.0  # seconds that a good-bye may take
# Nobody is there: documentation's own, RFC 5737 and 3849. The way there begins with the address that faces the network.
_ELSEWHERE = ((socket.AF_INET, "198.51.100.1"), (socket.AF_INET6, "2001:db8::1"))


class Announcement(msgspec.Struct, frozen=True):
    """What the local network is told."""

    name: str  # of the network, for people
    host: str  # that the server listens on
    port: int
    tls: bool  # whether that port speaks it


def announcement_of(config: Config, port: int) -> Announcement | None:
    """What ``config`` wants to be told of a server whose main port is ``port``; None: nothing.

    The first door that others can come in by: ``host`` and ``port``, or one of the listeners that speak IRC or TLS.
    """
    if config.discovery == "off":
        return None
    name = config.network.name or config.name
    for host, number, tls in _doors(config, port):
        if config.discovery == "on" or not is_loopback(host):
            return Announcement(name, host, number, tls)
    return None


def _doors(config: Config, port: int) -> Iterator[tuple[str, int, bool]]:
    yield config.host, port, config.tls.mode != "off"
    for listener in config.listeners:
        place = None if listener.address.startswith(UNIX) else split_place(listener.address)
        if place is not None and place[1] and listener.protocol != "websocket" and not listener.proxy:
            tls = listener.protocol == "tls" or (listener.protocol == "any" and config.tls.mode != "off")
            yield *place, tls


class Announcer:
    """Keeps an announcement up, on a thread of its own: the server neither waits for it nor fails with it."""

    def __init__(self, announcement: Announcement) -> None:
        self._announcement = announcement
        self._stopped = threading.Event()
        self._thread = threading.Thread(target=self._run, name="chatkit-announce", daemon=True)

    def start(self) -> None:
        """Begin. Returns at once."""
        self._thread.start()

    def stop(self) -> None:
        """Take it back; blocks for a moment."""
        self._stopped.set()
        self._thread.join(STOP_TIMEOUT)

    def _run(self) -> None:
        import zeroconf  # late, and here: it takes a fifth of a second

        try:
            with zeroconf.Zeroconf(interfaces=_interfaces(self._announcement.host)) as network:
                network.register_service(_service(self._announcement), allow_name_change=True)
                self._stopped.wait()
        except (OSError, zeroconf.Error) as error:
            log.warning("the server is not announced on the local network: %s", str(error) or type(error).__name__)


def _interfaces(host: str) -> list[str] | InterfaceChoice:
    """Where to tell it: where one can reach it."""
    from zeroconf import InterfaceChoice

    address = parse_address("127.0.0.1" if host == "localhost" else host)
    return InterfaceChoice.All if address is None or address.is_unspecified else [str(address)]


def _service(announcement: Announcement) -> ServiceInfo:
    from zeroconf import ServiceInfo

    machine = socket.gethostname().partition(".")[0] or "computer"
    return ServiceInfo(
        SERVICE,
        f"{_label(f'{announcement.name} on {machine}')}.{SERVICE}",
        port=announcement.port,
        properties={"software": SOFTWARE, "tls": "1" if announcement.tls else "0", "network": announcement.name},
        server=f"{machine}.local.",
        parsed_addresses=addresses_of(announcement.host),
    )


def _label(text: str) -> str:
    """One label of a name: it has no dots here, which would part it, and no more than MAX_LABEL bytes."""
    return text.replace(".", " ").encode()[:MAX_LABEL].decode(errors="ignore")


def addresses_of(host: str) -> list[str]:
    """Of this machine, as others reach ``host``: itself, or where it is all addresses, those that face the network."""
    address = parse_address("127.0.0.1" if host == "localhost" else host)
    if address is not None and not address.is_unspecified:
        return [str(address)]
    found = []
    for family, elsewhere in _ELSEWHERE:
        if family is socket.AF_INET6 and address is not None and address.version == 4:
            continue
        with contextlib.suppress(OSError), socket.socket(family, socket.SOCK_DGRAM) as probe:
            probe.connect((elsewhere, 9))  # sends nothing: it asks which address would be the sender's
            found.append(probe.getsockname()[0].partition("%")[0])
    return found or _addresses_by_name()


def _addresses_by_name() -> list[str]:
    """Of this machine, where no way leads out of the local network."""
    with contextlib.suppress(OSError):
        return [address for address in socket.gethostbyname_ex(socket.gethostname())[2] if not is_loopback(address)]
    return []
