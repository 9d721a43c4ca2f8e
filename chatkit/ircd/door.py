"""The door: who may connect, and who of those may become a user.

It is asked before anything is made for a connection, so whoever is turned away costs one look; and once more when a
proxy or a gateway has said where a connection really comes from.
"""

from __future__ import annotations

from collections import Counter, OrderedDict
from math import ceil
from typing import TYPE_CHECKING

import msgspec

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
NO_ROOM = "Too many connections for administration"
SECOND = 1_000_000  # microseconds
QUIET_SECONDS = 1.0  # for which the log hears no more of an address that was turned away


class Refusal(msgspec.Struct, frozen=True):
    """Why somebody may not connect: ``reason`` in one word, for counting, and as a sentence for whoever tries."""

    reason: str
    text: str


class Door:
    """What the door remembers of those who came lately."""

    __slots__ = ("arrivals", "connects", "registrations", "told", "turned_away")

    def __init__(self) -> None:
        self.connects = Paces()
        self.registrations = Paces()
        self.arrivals: Bucket | None = None  # users that came from anywhere
        self.told: OrderedDict[str, float] = OrderedDict()  # when the log last heard of an address
        self.turned_away: Counter[str] = Counter()  # connections since the start, by the Refusal's reason


def refusal(ircd: Ircd, address: str, now: Moment, *, inside: bool = False) -> str | None:
    """Why nobody from ``address`` may connect now, as a sentence for whoever tries; None: he may, and is counted.

    ``inside`` is whether the connection is there already, and has only turned out to come from ``address``: call it
    before ``Ircd.readdress``.
    """
    why = (
        _draining(ircd)
        or _banned(ircd, address, now)
        or _full(ircd, inside)
        or _crowded(ircd, address)
        or _hasty(ircd, address, now)
    )
    return _counted(ircd, address, why, now)


def refusal_of_remote(ircd: Ircd, address: str, now: Moment, *, has_room: bool) -> str | None:
    """The same for the port for administration, which knows itself whether it ``has_room`` for one more.

    A server that is full of clients, or about to stop, is one that those who run it must be able to reach.
    """
    crowded = None if has_room else Refusal("crowded", NO_ROOM)
    return _counted(ircd, address, _banned(ircd, address, now) or crowded or _hasty(ircd, address, now), now)


def _counted(ircd: Ircd, address: str, why: Refusal | None, now: Moment) -> str | None:
    if why is None:
        return None
    ircd.door.turned_away[why.reason] += 1
    _tell_log(ircd, address, why.text, now)
    return why.text


def _draining(ircd: Ircd) -> Refusal | None:
    return Refusal("draining", DRAINING) if ircd.draining else None


def _banned(ircd: Ircd, address: str, now: Moment) -> Refusal | None:
    ban = ircd.bans.on_address(address, now.wall // SECOND)
    return None if ban is None else Refusal("banned", f"You are banned{ban.why}")


def _full(ircd: Ircd, inside: bool) -> Refusal | None:
    most = min(ircd.config.limits.connections, ircd.max_connections)
    return Refusal("full", FULL) if ircd.crowds.total - inside >= most else None


def _crowded(ircd: Ircd, address: str) -> Refusal | None:
    is_crowd = ircd.crowds.of(network_of(address)) >= ircd.config.limits.connections_per_address
    return Refusal("crowded", CROWDED) if is_crowd and not is_exempt(ircd.config, address) else None


def _hasty(ircd: Ircd, address: str, now: Moment) -> Refusal | None:
    if is_exempt(ircd.config, address):
        return None
    most = ircd.config.limits.connects_per_minute
    seconds = ceil(ircd.door.connects.take(network_of(address), most, now.mono))
    return Refusal("hasty", f"You connect too often: wait {seconds} s") if seconds else None


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
