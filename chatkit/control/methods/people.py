"""What the commands of the family "people" do: who is here, and removing somebody."""

from __future__ import annotations

from functools import partial

import msgspec

from chatkit.control import overview
from chatkit.control.methods.order import refuse_oneself
from chatkit.control.overview import UserRow
from chatkit.control.params.people import Everyone, Kick, Sessions, Somebody
from chatkit.control.phrases import counted, like, one_line, reason_of
from chatkit.control.plan import Actor, Plan, refused
from chatkit.control.runner import Desk, plans, reads
from chatkit.ircd.ban_index import ServerBan, prepare_pattern
from chatkit.ircd.ban_reach import meant_by
from chatkit.ircd.clock import Moment
from chatkit.ircd.ircd import Ircd
from chatkit.ircd.state import Session, User
from chatkit.proto import masks
from chatkit.proto.casemapping import casefold
from chatkit.proto.timestamps import format_time

DEFAULT_REASON = "Removed by those who run this server"


class SessionRow(msgspec.Struct, frozen=True):
    """A connection. ``idle`` is in seconds since anything came from it; ``nick`` is empty as long as none was given."""

    nick: str
    address: str
    since: str
    idle: int
    secure: bool
    account: str
    client: str
    certificate: str
    waiting: int  # lines of its that were too fast


class UserFacts(msgspec.Struct, frozen=True):
    """A user. Times are in UTC, ``idle`` is in seconds; what there is not is empty."""

    nick: str
    source: str
    real: str
    account: str
    addresses: tuple[str, ...]
    host: str
    certificates: tuple[str, ...]
    clients: str
    devices: int
    secure: bool
    modes: str
    oper: str
    rooms: tuple[str, ...]  # with the prefix
    away: str | None
    muted: str
    idle: int
    since: str
    left: str  # when the last device went, of one who stays without any
    metadata: tuple[str, ...]
    monitored_by: int


@reads("users")
def users(desk: Desk, params: Everyone) -> list[UserRow]:
    """Everyone who is here, by nick."""
    return desk.host.act(overview.users)


@reads("user")
def user(desk: Desk, params: Somebody) -> UserFacts:
    """Everything that is known of somebody. Refuses: nobody of that name."""
    return desk.host.act(lambda ircd, now: _facts(ircd, now, find_user(ircd, params.name)))


def find_user(ircd: Ircd, nick: str) -> User:
    """The user called ``nick``. Refuses: nobody is; with who may have been meant."""
    found = ircd.users.get(casefold(nick))
    if found is None:
        raise refused(
            f"nobody here is called {one_line(nick)}{like(nick, (user.nick for user in ircd.users.values()))}"
        )
    return found


def _facts(ircd: Ircd, now: Moment, user: User) -> UserFacts:
    mute = ircd.bans.on_user(user, "mute")
    rooms = (channel.members[user].prefixes(every=True) + channel.name for channel in user.channels.values())
    return UserFacts(
        nick=user.nick,
        source=user.source,
        real=user.real,
        account=user.account_name,
        addresses=tuple(dict.fromkeys(session.address for session in user.sessions)) or (user.address,),
        host=user.host,
        certificates=tuple(dict.fromkeys(session.certfp for session in user.sessions if session.certfp)),
        clients=overview.client_of(user.sessions),
        devices=len(user.sessions),
        secure=bool(user.sessions) and all(session.secure for session in user.sessions),
        modes=user.modes,
        oper=user.oper.name if user.oper is not None else "",
        rooms=tuple(rooms),
        away=user.away,
        muted=f"by {mute.who}{mute.why}" if mute is not None else "",
        idle=max(0, int(now.mono - user.idle_since)),
        since=format_time(user.signed_on // 1000),
        left=format_time(user.left // 1000) if user.left is not None else "",
        metadata=tuple(f"{key}={value}" for key, value in user.metadata.items()),
        monitored_by=len(ircd.watchers.get(casefold(user.nick), ())),
    )


@reads("sessions")
def sessions(desk: Desk, params: Sessions) -> list[SessionRow]:
    """Connections, by nick, those without one first. Refuses: nobody of that name."""

    def look(ircd: Ircd, now: Moment) -> list[SessionRow]:
        found = find_user(ircd, params.nick).sessions if params.nick else ircd.sessions
        rows = [_session_row(session, now) for session in found]
        return sorted(rows, key=lambda row: (casefold(row.nick), row.since))

    return desk.host.act(look)


def _session_row(session: Session, now: Moment) -> SessionRow:
    return SessionRow(
        nick=session.user.nick if session.user is not None else session.nick,
        address=session.address,
        since=format_time(session.opened.wall // 1000),
        idle=max(0, int(now.mono - session.heard)),
        secure=session.secure,
        account=session.account.name if session.account is not None else "",
        client=overview.client_of([session]),
        certificate=session.certfp or "",
        waiting=len(session.pending or ()),
    )


@plans("kick")
def kick(ircd: Ircd, now: Moment, params: Kick, actor: Actor) -> Plan:
    """Remove somebody, or everybody who fits a mask. Refuses: nobody, oneself by a mask."""
    reason = reason_of(params) or DEFAULT_REASON
    if not set("*?!@") & set(params.nick):
        users = [find_user(ircd, params.nick)]
    else:
        users = _fitting(ircd, params.nick)
        refuse_oneself(actor, users)
    nicks = tuple(user.nick for user in users)
    said = f"Removed {nicks[0]}" if len(nicks) == 1 else f"Removed {counted(len(nicks), 'user')}"
    return Plan(said, nicks, partial(_kill_all, ircd, users, reason, now))


def _fitting(ircd: Ircd, mask: str) -> list[User]:
    pattern = prepare_pattern("mask", mask)
    if pattern is None:
        raise refused(f"{one_line(mask)} is no mask")
    users = meant_by(ServerBan("", "mask", "ban", pattern), ircd.users)
    if not users:
        raise refused(f"nobody here fits {masks.normalize(one_line(mask))}")
    return users


def _kill_all(ircd: Ircd, users: list[User], reason: str, now: Moment) -> None:
    for user in users:
        ircd.kill(user, None, reason, now)
