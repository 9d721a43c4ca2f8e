"""The door: who may connect, and who of those may become a user.

It is asked before anything is made for a connection, so whoever is turned away costs one look; and once more when a
proxy or a gateway has said where a connection really comes from.
"""

from __future__ import annotations

from collections import OrderedDict
from math import ceil
from typing import TYPE_CHECKING

from chatkit.ircd.errors import NumericError
from chatkit.ircd.events import Barred, Cause
from chatkit.ircd.paces import MAX_NETWORKS, Bucket, Paces
from chatkit.proto import numerics as n
from chatkit.proto.addresses import is_within, network_of, parse_address

if TYPE_CHECKING:
    from chatkit.config import Config
    from chatkit.ircd.clock import Moment
    from chatkit.ircd.context import Context
    from chatkit.ircd.ircd import Ircd

DRAINING = "The server is about to stop"
FULL = "The server is full"
CROWDED = "Too many connections from your address"
SECOND = 1_000_000  # microseconds
QUIET_SECONDS = 1.0  # for which the log hears no more of an address that was turned away


class Door:
    """What the door remembers of those who came lately."""

    __slots__ = ("arrivals", "connects", "registrations", "told")

    def __init__(self) -> None:
        self.connects = Paces()
        self.registrations = Paces()
        self.arrivals: Bucket | None = None  # users that came from anywhere
        self.told: OrderedDict[str, float] = OrderedDict()  # when the log last heard of an address


def refusal(ircd: Ircd, address: str, now: Moment, *, inside: bool = False) -> str | None:
    """Why nobody from ``address`` may connect now, as a sentence for whoever tries; None: he may, and is counted.

    ``inside`` is whether the connection is there already, and has only turned out to come from ``address``: call it
    before ``Ircd.readdress``.
    """
    why = _closed(ircd, address, now) or _full(ircd, inside) or _crowded(ircd, address, now)
    if why is not None:
        _tell_log(ircd, address, why, now)
    return why


def _closed(ircd: Ircd, address: str, now: Moment) -> str | None:
    if ircd.draining:
        return DRAINING
    ban = ircd.bans.on_address(address, now.wall // SECOND)
    return None if ban is None else f"You are banned{ban.why}"


def _full(ircd: Ircd, inside: bool) -> str | None:
    most = min(ircd.config.limits.connections, ircd.max_connections)
    return FULL if ircd.crowds.total - inside >= most else None


def _crowded(ircd: Ircd, address: str, now: Moment) -> str | None:
    limits, network = ircd.config.limits, network_of(address)
    if is_exempt(ircd.config, address):
        return None
    if ircd.crowds.of(network) >= limits.connections_per_address:
        return CROWDED
    seconds = ceil(ircd.door.connects.take(network, limits.connects_per_minute, now.mono))
    return f"You connect too often: wait {seconds} s" if seconds else None


def is_exempt(config: Config, address: str) -> bool:
    """Whether those from ``address`` are not counted together: they were exempted, or it is only a proxy's or gateway's
    own, or no IP address at all but a Unix socket's."""
    gateways = (host for row in config.webirc for host in row.hosts)
    networks = (*config.limits.exempt, *config.proxies.trusted, *gateways)
    return parse_address(address) is None or is_within(address, networks)


def _tell_log(ircd: Ircd, address: str, why: str, now: Moment) -> None:
    told = ircd.door.told
    if now.mono - told.get(address, -QUIET_SECONDS) < QUIET_SECONDS:
        return
    told[address] = now.mono
    told.move_to_end(address)
    if len(told) > MAX_NETWORKS:
        told.popitem(last=False)
    ircd.turn.events.append(Barred(Cause(ircd.sequence.next(now.wall), address), why))


def refuse_registration(ctx: Context) -> None:
    """Turn away, with RPL_TRYAGAIN and an ERROR, who would be one user too many within a minute.

    To be asked last, when nothing else can keep the session from being a user: it is counted.
    """
    ircd, address, now = ctx.ircd, ctx.session.address, ctx.now.mono
    limits, door = ircd.config.limits, ircd.door
    if is_exempt(ircd.config, address):
        return
    seconds = door.registrations.take(network_of(address), limits.registrations_per_minute, now)
    if not seconds:
        if door.arrivals is None or door.arrivals.per_minute != limits.registrations_in_all:
            door.arrivals = Bucket(limits.registrations_in_all, now)
        seconds = door.arrivals.take(now)
    if seconds:
        text = f"Too many are coming in: wait {ceil(seconds)} s"
        raise NumericError(n.RPL_TRYAGAIN, "USER", text=text, closes=text)
