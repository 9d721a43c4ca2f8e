"""What ``chatkit join`` begins with: from what was typed, what is saved, and where the user was the last time."""

from __future__ import annotations

import msgspec

from chatkit.client.address import DEFAULT_ADDRESS, parse_address, pin
from chatkit.client.defaults import user_nick
from chatkit.client.options import ClientOptions, Start
from chatkit.client.places import bare, options_of
from chatkit.client.remembered import Recent
from chatkit.client.settings import ClientSettings, Network, SettingError


class Wish(msgspec.Struct, frozen=True):
    """What was typed. Empty is not given."""

    address: str = ""
    network: str = ""  # the name of a saved one
    nick: str = ""
    rooms: tuple[str, ...] = ()
    password: str | None = None  # the server's
    fingerprint: str = ""
    account: str = ""
    certificate: str = ""
    software: str = ""  # the face

    def __repr__(self) -> str:  # the generated one would show the password
        return f"Wish({self.address!r}, {self.network!r})"

    @property
    def is_special(self) -> bool:
        """Whether something is wanted that is for one network alone."""
        return bool(self.rooms or self.password or self.fingerprint or self.account or self.certificate)


def make_start(wish: Wish, settings: ClientSettings, recent: Recent, *, can_pick: bool) -> Start:
    """Where to, and as whom. ``can_pick`` is whether there is somebody to choose a place where none is given.

    Raises AddressError and SettingError.
    """
    name = wish.nick or recent.last.nick or user_nick()
    wanted = _wanted(wish, settings, recent, can_pick=can_pick)
    if len(wanted) > 1 and wish.is_special:
        raise SettingError("several networks are saved: say with --network which one the options are for")
    options = tuple(_options(wish, network, settings, name) for network in wanted)
    has_names = options and (wish.nick or all(network.nick for network in wanted))
    return Start(options, None if has_names else name, pick=not options, software=wish.software)


def _wanted(wish: Wish, settings: ClientSettings, recent: Recent, *, can_pick: bool) -> tuple[Network, ...]:
    """The networks to connect to, saved or made up for this time; none where the user is to pick."""
    if wish.network and wish.address:
        raise SettingError("give an address or --network, not both")
    if wish.network:
        return (_saved(wish.network, settings),)
    if wish.address:
        return (_at(wish.address, settings, recent),)
    saved = tuple(network for network in settings.networks if network.connect)
    if saved or (can_pick and not wish.is_special):
        return saved
    return (_at(recent.last.address or str(DEFAULT_ADDRESS), settings, recent),)


def _saved(name: str, settings: ClientSettings) -> Network:
    network = settings.network(name)
    if network is None:
        known = ", ".join(network.name for network in settings.networks) or "none yet"
        raise SettingError(f"there is no network called {name}; saved are: {known}")
    return network


def _at(address: str, settings: ClientSettings, recent: Recent) -> Network:
    """The network at ``address``: a saved one, or what is known from the last times."""
    place = str(parse_address(address))
    for network in settings.networks:
        if bare(network.address) in (bare(place), bare(address)):
            return msgspec.structs.replace(network, address=address)
    known = next((last for last in recent.list() if last.address == place), None)
    return Network("", address, fingerprint=known.fingerprint if known is not None else "")


def _options(wish: Wish, network: Network, settings: ClientSettings, name: str) -> ClientOptions:
    options = options_of(network, settings, nick=name, software=wish.software)
    return msgspec.structs.replace(
        options,
        nick=wish.nick or options.nick,
        address=pin(options.address, wish.fingerprint or network.fingerprint),
        rooms=(*options.rooms, *(room for room in wish.rooms if room not in options.rooms)),
        password=wish.password,
        account=wish.account or options.account,
        certificate=wish.certificate or options.certificate,
    )
