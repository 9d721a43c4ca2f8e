"""Where one could go: saved networks, the last places, servers on the local network, this computer."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Literal

import msgspec

from chatkit.client.address import DEFAULT_ADDRESS, parse_address, pin
from chatkit.client.options import ClientOptions, Taste
from chatkit.client.settings import ClientSettings, Network
from chatkit.net.discovering import Announced, Discovery
from chatkit.proto.addresses import is_loopback
from chatkit.proto.formatting import plain

if TYPE_CHECKING:
    from chatkit.client.keepsakes import Keepsakes

PlaceKind = Literal["saved", "recent", "lan", "here"]


class Place(msgspec.Struct, frozen=True):
    """A row of the list to choose from. All of it is safe for any screen."""

    kind: PlaceKind
    name: str  # to show
    address: str
    nick: str = ""  # the one used there; empty: none yet
    network: str = ""  # of "saved": its name in the settings
    fingerprint: str = ""  # of the certificate that was given for it


HERE = Place("here", "This computer", str(DEFAULT_ADDRESS))


def name_at(place: Place, typed: str, offered: str) -> str:
    """Under which name one goes there: the one that was typed; the one used there where the user left what was
    ``offered``."""
    return place.nick if place.nick and typed == offered else typed


class Places:
    """The list, and the look-out for servers on the local network. Owned by the UI thread."""

    def __init__(self, kept: Keepsakes) -> None:
        self._kept = kept
        self._announced: tuple[Announced, ...] = ()  # replaced as a whole, by a thread of the look-out
        self._discovery: Discovery | None = None

    def list(self) -> tuple[Place, ...]:
        """Saved ones first, then the last ones, then those of the local network, then this computer's. Each once."""
        found: dict[str, Place] = {}
        for place in (*self._saved(), *self._recent(), *map(_of_lan, self._announced), HERE):
            found.setdefault(place.network or bare(place.address), place)
        saved = {bare(place.address) for place in found.values() if place.network}
        return tuple(place for place in found.values() if place.network or bare(place.address) not in saved)

    def look(self, on_change: Callable[[], None]) -> None:
        """Begin to look for servers on the local network. ``on_change`` is called on any thread when the list is
        another; it must return at once."""
        if self._discovery is not None:
            return

        def hear(servers: tuple[Announced, ...]) -> None:
            self._announced = servers
            on_change()

        self._discovery = Discovery(hear)
        self._discovery.start()

    def stop(self) -> None:
        """Look no longer. Blocks for a moment."""
        if self._discovery is not None:
            self._discovery.stop()
            self._discovery = None

    def options(self, place: Place, nick: str, software: str = "") -> ClientOptions:
        """What to connect with, as ``nick``. Raises AddressError."""
        settings = self._kept.settings.current
        network = settings.network(place.network) if place.network else None
        if network is None:
            network = Network("", place.address, fingerprint=place.fingerprint)
        return options_of(msgspec.structs.replace(network, nick=nick), settings, nick=nick, software=software)

    def _saved(self) -> Iterator[Place]:
        for network in self._kept.settings.current.networks:
            name = plain(network.name)
            yield Place("saved", name, network.address, network.nick, network.name, network.fingerprint)

    def _recent(self) -> Iterator[Place]:
        for last in self._kept.recent.list():
            yield Place("recent", plain(last.address), last.address, last.nick, fingerprint=last.fingerprint)


def _of_lan(server: Announced) -> Place:
    host = f"[{server.host}]" if ":" in server.host else server.host
    scheme = "ircs://" if server.tls and not is_loopback(server.host) else ""
    return Place("lan", server.name, f"{scheme}{host}:{server.port}")


def bare(address: str) -> str:
    """Which server an address is of, however one speaks with it."""
    return address.rpartition("://")[2].lower()


def taste_of(settings: ClientSettings) -> Taste:
    """What the settings mean for a connection."""
    talk = settings.talk
    return Taste(talk.markdown, talk.typing, talk.read_markers, settings.alerts.keywords, talk.ignored)


def options_of(network: Network, settings: ClientSettings, *, nick: str, software: str = "") -> ClientOptions:
    """What to connect to a saved network with; ``nick`` is used where it has none. Raises AddressError."""
    address = pin(parse_address(network.address), network.fingerprint)
    return ClientOptions(
        nick=network.nick or nick,
        address=address,
        rooms=network.rooms,
        history=settings.talk.history,
        software=software,
        network=network.name,
        account=network.account,
        mechanism=network.mechanism,
        certificate=network.certificate,
        sasl_required=network.sasl_required,
        taste=taste_of(settings),
    )
